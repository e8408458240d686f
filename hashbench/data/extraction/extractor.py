"""Extractor of features from frames: a network behind a small interface, brought by a plugin."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from hashbench.errors import UsageError
from hashbench.plugins import registry
from hashbench.specs import resolve


class Extractor(Protocol):
    """A network that sees single frames.

    A class is made as ``Class(weights, device)``: the path of a weights file or None, and a
    device name such as ``"cpu"`` or ``"cuda"``.
    """

    @property
    def dims(self) -> int:
        """Length of a feature vector."""

    @property
    def identity(self) -> str:
        """All that decides the features: name, weights' digest, preparation."""

    def prepare(self, image: NDArray[np.uint8]) -> NDArray[Any]:
        """Bring a frame (height, width, 3), RGB, to a fixed shape; called in several threads."""

    def __call__(self, images: NDArray[Any]) -> NDArray[np.float32]:
        """Return features (m, dims) of m prepared frames."""


def make_extractor(name: str, weights: Path | None, device: str) -> Extractor:
    """Return the extractor called ``name``, in any case, ready to work.

    A member of a family is called ``FAMILY:NAME``.

    Raises
    ------
    UsageError
        If there is none of that name, or it needs weights or a device that are not there.
    DataError
        If the weights are not what they should be.
    """
    base, _, member = name.partition(":")
    spec = registry().extractors.get(base if member else name)
    if bool(member) != spec.family:
        raise UsageError(
            f"--model {name}: {spec.name} is a family: name a member, {spec.name}:NAME"
            if spec.family
            else f"--model {name}: {spec.name} has no members; leave ':{member}' out"
        )
    given = (member, weights, device) if spec.family else (weights, device)
    extractor: Extractor = resolve(spec.target)(*given)
    return extractor
