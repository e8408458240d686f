"""Bi-half Net: Li and van Gemert, AAAI 2021."""

from __future__ import annotations

from collections.abc import Iterable

from hashbench import MethodSpec, hookimpl


@hookimpl
def hashbench_register_methods() -> Iterable[MethodSpec]:
    """Register Bi-half Net."""
    return [
        MethodSpec(
            name="bihalf",
            aliases=("bi-half",),
            summary="linear layer with bits that halve each batch, and keep its cosines",
            target="hashbench_bihalf.method:BiHalf",
            reference="Li and van Gemert, Deep unsupervised image hashing by maximizing bit "
            "entropy, AAAI 2021",
            year=2021,
            venue="AAAI",
            program="https://github.com/liyunqianggyn/Deep-Unsupervised-Image-Hashing",
        )
    ]
