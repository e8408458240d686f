"""SSVH-T: SSVH whose neighbourhood sees the order of frames. Ours, not the paper's."""

from __future__ import annotations

from typing import Any, Literal

from hashbench_ssvh.method import SSVH


class SSVHT(SSVH):
    """SSVH with neighbours that are alike segment by segment.

    Videos are compared by the concatenated mean frames of S ordered segments, not by the mean of
    all frames. Nothing else differs from :class:`hashbench_ssvh.method.SSVH`.

    Parameters
    ----------
    bits, seed : int
        L, and the seed of start values and batches.
    graph : {"segments", "features", "labels"}
        What makes the neighbourhood.
    **ssvh
        As of SSVH, ``segments`` and ``variant`` among them.
    """

    def __init__(
        self,
        bits: int = 64,
        seed: int = 0,
        *,
        graph: Literal["features", "segments", "labels"] = "segments",
        **ssvh: Any,
    ) -> None:
        super().__init__(bits, seed, graph=graph, **ssvh)
