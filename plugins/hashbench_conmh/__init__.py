"""Masked auto-encoding with contrast: ConMH (AAAI 2023) and AutoSSVH (CVPR 2025)."""

from __future__ import annotations

from collections.abc import Iterable

from hashbench import MethodSpec, hookimpl


@hookimpl
def hashbench_register_methods() -> Iterable[MethodSpec]:
    """Register ConMH and AutoSSVH."""
    return [
        MethodSpec(
            name="conmh",
            summary="rebuilds hidden frames from codes of visible ones, and contrasts two views",
            target="hashbench_conmh.method:ConMH",
            reference="Wang et al., Contrastive masked autoencoders for self-supervised video "
            "hashing, AAAI 2023",
            min_frames=2,
            year=2023,
            venue="AAAI",
            program="https://github.com/huangmozhi9527/ConMH",
        ),
        MethodSpec(
            name="autossvh",
            summary="ConMH whose frames are hidden adversarially, with prototypes of the codes",
            target="hashbench_conmh.method:AutoSSVH",
            reference="Lian et al., AutoSSVH: exploring automated frame sampling for efficient "
            "self-supervised video hashing, CVPR 2025",
            min_frames=2,
            year=2025,
            venue="CVPR",
            program="https://github.com/EliSpectre/CVPR25-AutoSSVH",
        ),
    ]
