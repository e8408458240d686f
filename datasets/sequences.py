"""``aeon:NAME``: real multivariate sequences in the place of videos, without a download.

A reading (channels,) is taken as a frame. Sequences of any length are resampled to the card's
frames by linear interpolation, and each channel is standardised as measured on train. The
archive's own split is kept, with the test split as query and database.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from hashbench.data import Card, Made
from hashbench.errors import DataError, UsageError


def generate(card: Card, argument: str | None) -> Mapping[str, Made]:
    """Return the splits of member ``argument``.

    Raises
    ------
    UsageError
        If aeon is not installed.
    DataError
        If aeon has no such set and cannot fetch it, or its values are not finite.
    """
    name = argument or ""
    read = {split: _load(name, split) for split in ("train", "test")}
    resampled = {split: _resampled(x, card.frames, name) for split, (x, _) in read.items()}
    mean = resampled["train"].mean(axis=(0, 1))
    deviation = resampled["train"].std(axis=(0, 1))
    deviation[deviation == 0] = 1  # a channel that never changes says nothing, at any scale
    classes = np.unique(np.concatenate([y for _, y in read.values()]))
    return {
        split: Made(
            ((resampled[split] - mean) / deviation).astype(np.float32),
            np.searchsorted(classes, y).astype(np.int32),
        )
        for split, (_, y) in read.items()
    }


def _load(name: str, split: str) -> tuple[list[NDArray[np.float64]], NDArray[np.str_]]:
    try:
        from aeon.datasets import load_classification
    except ImportError as error:
        raise UsageError(
            "data sets of the family aeon need the extra: pip install 'hashbench[sequences]'"
        ) from error
    try:
        x, y = load_classification(name, split=split, load_equal_length=False)
    except Exception as error:  # aeon, its reader and its download raise many kinds
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise DataError(f"aeon has no set {name!r} and cannot fetch it ({reason})") from error
    return [np.asarray(sequence, np.float64) for sequence in x], np.asarray(y).astype(str)


def _resampled(sequences: list[NDArray[np.float64]], frames: int, name: str) -> NDArray[np.float64]:
    """Return sequences (channels, length), each of its own length, as (n, frames, channels)."""
    out = np.empty((len(sequences), frames, len(sequences[0])))
    for row, sequence in enumerate(sequences):
        if not np.isfinite(sequence).all():
            raise DataError(f"aeon:{name} has missing values in sequence {row}")
        at = np.linspace(0, sequence.shape[1] - 1, frames)
        low = np.floor(at).astype(np.int64)
        high = np.minimum(low + 1, sequence.shape[1] - 1)
        share = at - low
        out[row] = ((1 - share) * sequence[:, low] + share * sequence[:, high]).T
    return out
