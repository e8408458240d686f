"""A partner for each video: one that shares its near anchors, or one that shares far ones alone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hashbench.nn import Anchors

_SIMILAR = 3
"""Two videos are similar where they share one of their 3 nearest anchors."""
_FAR = 5
"""They are dissimilar where they share one of 5, but none of 4."""

_LISTED = 1 << 22
"""Videos of all lists of a batch that are in memory at a time."""
_MARKS = 1 << 24
"""Bytes that marking the videos of a batch may take."""


class Partners:
    """Draws partners from the anchors of all videos; nothing of N x N is made.

    Parameters
    ----------
    anchors : Anchors
        With five anchors a video.
    itself : bool
        Whether a video may be its own similar partner, as in the authors' program.
    """

    def __init__(self, anchors: Anchors, *, itself: bool) -> None:
        self.nearest, self.itself = anchors.nearest, itself
        self._members = {s: self._listed(s, len(anchors.centres)) for s in (3, 4, 5)}
        self._longest = _FAR * int(np.diff(self._members[_FAR][0]).max())

    def similar(self, row: int) -> NDArray[np.int64]:
        """Return the videos similar to ``row``, ascending."""
        return self._similar(np.array([row]))

    def dissimilar(self, row: int) -> NDArray[np.int64]:
        """Return the videos dissimilar to ``row``, ascending."""
        return self._dissimilar(np.array([row]))

    def draw(
        self, rows: NDArray[np.int64], numbers: NDArray[np.float32]
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return a partner (b,) of each row, and +1 where it is similar, -1 where not (b,).

        Half of the partners are similar. The others are dissimilar. Where a video has none such,
        its partner is any video that is not similar to it.

        Parameters
        ----------
        rows : ndarray of int64, shape (b,)
        numbers : ndarray of float32, shape (b, 2)
            From [0, 1): the kind, and which of them.
        """
        step = max(1, _LISTED // self._longest)
        parts = [slice(start, start + step) for start in range(0, len(rows), step)]
        found = [self._drawn(rows[part], numbers[part]) for part in parts]
        partner, tag = (np.concatenate(ones) for ones in zip(*found, strict=True))
        return partner, tag

    def _drawn(
        self, rows: NDArray[np.int64], numbers: NDArray[np.float32]
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return what :meth:`draw` does, of so few rows that their lists fit into memory."""
        kind, which = numbers.T
        partner = np.full(len(rows), -1, np.int64)
        alike = kind < 0.5
        self._pick(self._similar(rows), which, alike, partner)
        alike &= partner >= 0
        other = np.flatnonzero(~alike)
        found = np.full(len(other), -1, np.int64)
        self._pick(self._dissimilar(rows[other]), which[other], found < 0, found)
        partner[other] = found
        for at in other[found < 0]:
            similar = self.similar(rows[at])
            pool = np.delete(np.arange(self._n), np.append(similar, rows[at]))
            if not len(pool):  # all videos share their anchors
                pool, alike[at] = similar, True
            partner[at] = pool[min(int(which[at] * len(pool)), len(pool) - 1)]
        return partner, np.where(alike, np.float32(1), np.float32(-1))

    def _pick(
        self,
        keys: NDArray[np.int64],
        which: NDArray[np.float32],
        wanted: NDArray[np.bool_],
        partner: NDArray[np.int64],
    ) -> None:
        """Write into ``partner`` the video that ``which`` names among each row's, if it has any."""
        size = np.bincount(keys // self._n, minlength=len(which))
        chosen = np.minimum((which * size.astype(np.float32)).astype(np.int64), size - 1)
        at = np.flatnonzero(wanted & (size > 0))
        partner[at] = keys[(np.cumsum(size) - size + chosen)[at]] % self._n

    def _similar(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the videos similar to each of ``rows``, as keys: place in rows times N + video."""
        keys = self._distinct(len(rows), self._sharing(rows, _SIMILAR))
        return keys if self.itself else keys[keys % self._n != rows[keys // self._n]]

    def _dissimilar(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the videos dissimilar to each of ``rows``, as such keys."""
        return self._distinct(len(rows), self._sharing(rows, _FAR), self._sharing(rows, _FAR - 1))

    def _sharing(self, rows: NDArray[np.int64], s: int) -> NDArray[np.int64]:
        """Return the videos that share one of the ``s`` nearest anchors, as such keys, repeated.

        All rows at a time: a device waits for the partners of its batch.
        """
        start, members = self._members[s]
        anchors = self.nearest[rows, :s].reshape(-1)
        length = start[anchors + 1] - start[anchors]
        before = np.repeat(start[anchors] - np.cumsum(length) + length, length)
        listed = members[before + np.arange(len(before))]
        owner = np.repeat(np.arange(len(rows)), s)
        keys: NDArray[np.int64] = np.repeat(owner, length) * self._n + listed
        return keys

    def _distinct(
        self, rows: int, keys: NDArray[np.int64], without: NDArray[np.int64] | None = None
    ) -> NDArray[np.int64]:
        """Return each of the keys of so many rows once, ascending, but for those ``without``."""
        if rows * self._n > _MARKS:
            found: NDArray[np.int64] = np.unique(keys)
            return found if without is None else found[~np.isin(found, without)]
        there = np.zeros(rows * self._n, np.bool_)  # several times as fast as sorting
        there[keys] = True
        if without is not None:
            there[without] = False
        return np.flatnonzero(there)

    @property
    def _n(self) -> int:
        return len(self.nearest)

    def _listed(self, s: int, count: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the videos of each anchor, one list after the other, and where each begins."""
        of = self.nearest[:, :s].reshape(-1)
        order = np.argsort(of, kind="stable")
        start = np.concatenate([[0], np.bincount(of, minlength=count).cumsum()])
        return start, order // s
