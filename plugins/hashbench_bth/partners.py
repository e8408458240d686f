"""A partner for each video: one that shares its near anchors, or one that shares far ones alone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hashbench.nn import Anchors

_SIMILAR = 3
"""Two videos are similar where they share one of their 3 nearest anchors."""
_FAR = 5
"""They are dissimilar where they share one of 5, but none of 4."""


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

    def similar(self, row: int) -> NDArray[np.int64]:
        """Return the videos similar to ``row``, ascending."""
        found = self._sharing(row, _SIMILAR)
        return found if self.itself else found[found != row]

    def dissimilar(self, row: int) -> NDArray[np.int64]:
        """Return the videos dissimilar to ``row``, ascending."""
        return np.setdiff1d(
            self._sharing(row, _FAR), self._sharing(row, _FAR - 1), assume_unique=True
        )

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
        partner = np.empty(len(rows), np.int64)
        tag = np.empty(len(rows), np.float32)
        for at, (row, (kind, which)) in enumerate(zip(rows.tolist(), numbers, strict=True)):
            similar = self.similar(row)
            alike = kind < 0.5 and len(similar) > 0
            pool = similar if alike else self.dissimilar(row)
            if not len(pool):
                pool = np.delete(np.arange(len(self.nearest)), similar)
            if not len(pool):  # all videos share their anchors
                pool, alike = similar, True
            partner[at] = pool[min(int(which * len(pool)), len(pool) - 1)]
            tag[at] = 1 if alike else -1
        return partner, tag

    def _sharing(self, row: int, s: int) -> NDArray[np.int64]:
        start, members = self._members[s]
        lists = [members[start[a] : start[a + 1]] for a in self.nearest[row, :s]]
        return np.unique(np.concatenate(lists))

    def _listed(self, s: int, count: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the videos of each anchor, one list after the other, and where each begins."""
        of = self.nearest[:, :s].reshape(-1)
        order = np.argsort(of, kind="stable")
        start = np.concatenate([[0], np.bincount(of, minlength=count).cumsum()])
        return start, order // s
