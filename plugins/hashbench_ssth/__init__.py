"""Self-supervised temporal hashing (SSTH): Zhang et al., Play and Rewind, ACM Multimedia 2016."""

from __future__ import annotations

from collections.abc import Iterable

from hashbench import MethodSpec, hookimpl


@hookimpl
def hashbench_register_methods() -> Iterable[MethodSpec]:
    """Register SSTH."""
    return [
        MethodSpec(
            name="ssth",
            summary="binary LSTM whose code plays the frames forward and backward",
            target="hashbench_ssth.method:SSTH",
            reference="Zhang et al., Play and rewind: optimizing binary representations of videos "
            "by self-supervised temporal hashing, ACM Multimedia 2016",
            min_frames=2,
            year=2016,
            venue="ACM Multimedia",
        )
    ]
