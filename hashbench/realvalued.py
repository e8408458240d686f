"""Values behind codes: the real numbers that a method takes the signs of."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Planes:
    """Hyperplanes whose sides are bits: bit j of a point x is sgn((x - centre) w_j + offset_j).

    Parameters
    ----------
    points : ndarray, shape (n, dims)
        What was encoded with them.
    normals : ndarray, shape (dims, L)
        One column a bit.
    centre : ndarray, shape (dims,), optional
        0 by default.
    offset : ndarray, shape (L,), optional
        0 by default.
    """

    points: NDArray[Any]
    normals: NDArray[Any]
    centre: NDArray[Any] | None
    offset: NDArray[Any] | None


@dataclass(slots=True, eq=False)
class Seen:
    """What became bits while somebody looked.

    Attributes
    ----------
    values : list of ndarray, each (m, L)
        Before their signs were taken, in order.
    planes : list of Planes
        Where the values are projections.
    """

    values: list[NDArray[Any]] = field(default_factory=list)
    planes: list[Planes] = field(default_factory=list)

    def joined(self) -> NDArray[np.float64] | None:
        """Return all values, (n, L); None where there are none, or of several widths."""
        if len({array.shape[1] for array in self.values}) != 1:
            return None
        joined: NDArray[np.float64] = np.concatenate(self.values).astype(np.float64)
        return joined


_looking: ContextVar[Seen | None] = ContextVar("hashbench_binarised", default=None)


@contextmanager
def watching_signs() -> Iterator[Seen]:
    """Yield what is taken the signs of inside the block, by :class:`hashbench.BinaryCodes`.

    Examples
    --------
    >>> from hashbench import BinaryCodes
    >>> with watching_signs() as seen:
    ...     codes = BinaryCodes.from_signs([[-0.5, 2.0]])
    >>> seen.joined().tolist()
    [[-0.5, 2.0]]
    """
    seen = Seen()
    token = _looking.set(seen)
    try:
        yield seen
    finally:
        _looking.reset(token)


def note_values(values: NDArray[Any]) -> None:
    """Tell whoever watches that the signs of ``values`` (m, L) become bits."""
    seen = _looking.get()
    if seen is not None:
        seen.values.append(np.array(values))


def note_planes(planes: Planes) -> None:
    """Tell whoever watches that the values to come are projections."""
    seen = _looking.get()
    if seen is not None:
        seen.planes.append(planes)
