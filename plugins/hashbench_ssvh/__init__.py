"""Self-supervised video hashing (SSVH): Song et al., IEEE TIP 2018."""

from __future__ import annotations

from collections.abc import Iterable

from hashbench import MethodSpec, hookimpl


@hookimpl
def hashbench_register_methods() -> Iterable[MethodSpec]:
    """Register SSVH and SSVH-T."""
    return [
        MethodSpec(
            name="ssvh",
            summary="hierarchical binary auto-encoder that keeps frames and neighbourhood",
            target="hashbench_ssvh.method:SSVH",
            reference="Song et al., Self-supervised video hashing with hierarchical binary "
            "auto-encoder, IEEE TIP 2018",
            min_frames=2,
            year=2018,
            venue="IEEE TIP",
            program="https://github.com/lixiangpengcs/Self-Supervised-Video-Hashing",
        ),
        MethodSpec(
            name="ssvh-t",
            summary="SSVH whose neighbours see the order of frames: ours, not the paper's",
            target="hashbench_ssvh.ordered:SSVHT",
            reference="Song et al., Self-supervised video hashing with hierarchical binary "
            "auto-encoder, IEEE TIP 2018, with a neighbourhood of ordered segments (hashbench)",
            min_frames=2,
        ),
    ]
