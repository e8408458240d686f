"""Video hashing with selective state spaces (S5VH): Wang et al., AAAI 2025."""

from __future__ import annotations

from collections.abc import Iterable

from hashbench import MethodSpec, hookimpl


@hookimpl
def hashbench_register_methods() -> Iterable[MethodSpec]:
    """Register S5VH."""
    return [
        MethodSpec(
            name="s5vh",
            summary="masked auto-encoder of bidirectional Mamba, drawn towards centres of clusters",
            target="hashbench_s5vh.method:S5VH",
            reference="Wang et al., Efficient self-supervised video hashing with selective state "
            "spaces, AAAI 2025",
            min_frames=2,
            year=2025,
            venue="AAAI",
            program="https://github.com/gimpong/AAAI25-S5VH",
        )
    ]
