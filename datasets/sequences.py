"""``aeon:NAME`` and ``japanese-vowels``: real sequences in the place of videos, no download.

A reading (channels,) is taken as a frame. Sequences of any length are resampled to the card's
frames by linear interpolation, and each channel is standardised as measured on train. The
archive's own split is kept, with the test split as query and database.

Everything is computed in float64, by operations that round alike on every machine, and rounded to
float32 once: the cards pin the bytes.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from hashbench.data import Card, Made
from hashbench.errors import DataError, UsageError

Floats = NDArray[np.float64]


def generate(card: Card, argument: str | None) -> Mapping[str, Made]:
    """Return the splits of member ``argument``, or of the ``member`` that the card names.

    Raises
    ------
    UsageError
        If aeon is not installed.
    DataError
        If aeon has no such set and cannot fetch it, or its values are not finite.
    """
    member = argument or str(card.generator.get("member", ""))
    name = card.name if argument is None else f"{card.name}:{argument}"
    read = {split: _load(member, name, split) for split in ("train", "test")}
    classes = np.unique(np.concatenate([y for _, y in read.values()]))
    features = standardised({s: resampled(x, card.frames, name) for s, (x, _) in read.items()})
    return {
        split: Made(features[split], np.searchsorted(classes, y).astype(np.int32))
        for split, (_, y) in read.items()
    }


def resampled(sequences: list[Floats], frames: int, name: str) -> Floats:
    """Return sequences, each of its own length, with ``frames`` readings each.

    The readings stand at equal distances from the first to the last; values between two readings
    are interpolated linearly.

    Parameters
    ----------
    sequences : list of ndarray of float64, shape (channels, length)
    frames : int
    name : str
        Of the set, for messages.

    Returns
    -------
    ndarray of float64, shape (n, frames, channels)

    Raises
    ------
    DataError
        If a value is NaN or infinite.
    """
    out = np.empty((len(sequences), frames, len(sequences[0])))
    for row, sequence in enumerate(sequences):
        if not np.isfinite(sequence).all():
            raise DataError(f"{name} has missing values in sequence {row}")
        at = np.linspace(0, sequence.shape[1] - 1, frames)
        low = np.floor(at).astype(np.int64)
        high = np.minimum(low + 1, sequence.shape[1] - 1)
        share = at - low
        out[row] = ((1 - share) * sequence[:, low] + share * sequence[:, high]).T
    return out


def standardised(splits: Mapping[str, Floats]) -> dict[str, NDArray[np.float32]]:
    """Return all splits with each channel at mean 0 and variance 1 on ``train``.

    A channel that never changes is only centred.

    Parameters
    ----------
    splits : mapping of str to ndarray of float64, shape (n, frames, channels)
        ``train`` among them.

    Returns
    -------
    dict of str to ndarray of float32, shape (n, frames, channels)
    """
    train = splits["train"].reshape(-1, splits["train"].shape[2])
    mean = _exact_mean(train)
    deviation = np.sqrt(_exact_mean((train - mean) ** 2))
    deviation[deviation == 0] = 1
    return {name: ((x - mean) / deviation).astype(np.float32) for name, x in splits.items()}


def _exact_mean(rows: Floats) -> Floats:
    """Return the mean of each column, summed without rounding: in no order of its own."""
    return np.array([math.fsum(column.tolist()) / len(rows) for column in rows.T])


def _load(member: str, name: str, split: str) -> tuple[list[Floats], NDArray[np.str_]]:
    try:
        from aeon.datasets import load_classification
    except ImportError as error:
        raise UsageError(
            f"{name} comes with the package aeon: pip install 'hashbench[sequences]'"
        ) from error
    try:
        x, y = load_classification(member, split=split, load_equal_length=False)
    except Exception as error:  # aeon, its reader and its download raise many kinds
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise DataError(f"aeon has no set {member!r} and cannot fetch it ({reason})") from error
    return [np.asarray(sequence, np.float64) for sequence in x], np.asarray(y).astype(str)
