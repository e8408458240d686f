"""Deep Hashing (DH): Liong, Lu, Wang, Moulin and Zhou, CVPR 2015."""

from __future__ import annotations

from collections.abc import Iterable

from hashbench import MethodSpec, hookimpl


@hookimpl
def hashbench_register_methods() -> Iterable[MethodSpec]:
    """Register DH."""
    return [
        MethodSpec(
            name="dh",
            summary="three tanh layers over features of a plain LSTM encoder-decoder",
            target="hashbench_dh.method:DH",
            reference="Liong et al., Deep hashing for compact binary codes learning, CVPR 2015",
            year=2015,
            venue="CVPR",
        )
    ]
