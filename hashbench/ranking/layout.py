"""Memory layout of codes and label sets for the compiled loops."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hashbench.labels import Labels

Words = NDArray[np.uint64]
Bytes = NDArray[np.uint8]
Ints = NDArray[np.int64]

LANES = 64
"""Items in a block, one for each bit of a mask."""

ROOM = 2 * LANES
"""Bytes that the distances of a block take, at most."""


def aligned(n_bytes: int) -> Bytes:
    """Return zeros (n_bytes,) whose address is a multiple of 64.

    numpy aligns to 16 bytes only, and the loads of compiled code are declared aligned: anything
    else is undefined behaviour.
    """
    raw = np.zeros(n_bytes + 64, dtype=np.uint8)
    start = -raw.ctypes.data % 64
    return raw[start : start + n_bytes]


def into_blocks(values: NDArray[Any], out: NDArray[Any]) -> None:
    """Lay values (n, width) out in ``out``, (ceil(n / 64), width, 64): a row of all items each.

    What lies behind the last item is left as it is.
    """
    n, width = values.shape
    whole = n // LANES
    out[:whole] = values[: whole * LANES].reshape(whole, LANES, width).transpose(0, 2, 1)
    if n % LANES:
        out[whole, :, : n % LANES] = values[whole * LANES :].T


def label_words(labels: Labels, multi: bool, unlabelled: int) -> Words:
    """Return label sets as bits (n, ceil(C / 64)), or class ids (n, 1) where labels are single.

    ``unlabelled`` is the id of a video without label: queries and database take different ones,
    so that they never meet.
    """
    if multi:
        return labels.words()
    ids = labels.ids.astype(np.int64)
    ids[ids < 0] = unlabelled
    return ids.view(np.uint64)[:, None]


@dataclass(frozen=True, slots=True, eq=False)
class Distinct:
    """Rows sorted into groups of equal ones.

    Parameters
    ----------
    rows : ndarray of uint64, shape (n_groups, words)
    order : ndarray of int64, shape (n,)
        Row numbers, group after group.
    starts : ndarray of int64, shape (n_groups + 1,)
        Group ``g`` is ``order[starts[g]:starts[g + 1]]``.
    """

    rows: Words
    order: Ints
    starts: Ints

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def sizes(self) -> Ints:
        """Rows of each group, shape (n_groups,)."""
        return np.diff(self.starts)

    @classmethod
    def of(cls, words: Words) -> Distinct:
        """Group equal rows, by their digests, which are then checked."""
        # Sorting one number a code is cheaper than sorting codes of many words. A
        # shift brings high bits down before each odd factor carries low bits up, so that all bits
        # of all words count. A single word is its own digest.
        digest = words[:, 0].copy()
        for column in range(1, words.shape[1]):
            digest ^= digest >> np.uint64(29)
            digest *= np.uint64(0x9E3779B97F4A7C15)
            digest += words[:, column]
        order = np.argsort(digest, kind="stable")
        ordered = digest[order]
        starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
        rows = words[order[starts]]
        bounds = np.append(starts, len(words))
        if words.shape[1] > 1 and len(starts) < len(words):
            # Two codes of one digest: as good as never, but then only a full sort is right.
            copies = np.repeat(rows, np.diff(bounds), axis=0)
            if not np.array_equal(copies, words[order]):
                return cls._sorted(words)
        return cls(rows, order, bounds)

    @classmethod
    def _sorted(cls, words: Words) -> Distinct:
        order = np.lexsort(words.T)
        ordered = words[order]
        change = np.any(ordered[1:] != ordered[:-1], axis=1)
        starts = np.flatnonzero(np.concatenate([[True], change]))
        return cls(ordered[starts], order, np.append(starts, len(words)))
