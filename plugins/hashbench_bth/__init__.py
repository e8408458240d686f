"""Bidirectional transformers for video hashing (BTH): Li et al., CVPR 2021."""

from __future__ import annotations

from collections.abc import Iterable

from hashbench import MethodSpec, hookimpl


@hookimpl
def hashbench_register_methods() -> Iterable[MethodSpec]:
    """Register BTH."""
    return [
        MethodSpec(
            name="bth",
            summary="transformer that fills in frames, and keeps pairs and anchors of its own",
            target="hashbench_bth.method:BTH",
            reference="Li et al., Self-supervised video hashing via bidirectional transformers, "
            "CVPR 2021",
            min_frames=2,
            year=2021,
            venue="CVPR",
            program="https://github.com/Lily1994/BTH",
        )
    ]
