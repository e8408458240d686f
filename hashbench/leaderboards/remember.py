"""Measurement of how right neighbours are on a board whose data set is at hand."""

from __future__ import annotations

from pathlib import Path

from hashbench.leaderboards.board import Board
from hashbench.leaderboards.feature_check import dataset_of
from hashbench.leaderboards.right_neighbours import measure_neighbours, write_neighbours
from hashbench.leaderboards.standings import section_of


def remember_neighbours(board: Board, card: Path | None, data_root: Path | None) -> str:
    """Measure the neighbours of a board's training videos and keep them; return why not, if so.

    The board must be held, as :func:`hashbench.leaderboards.staging.held` does.
    """
    section = section_of(board)
    if section is None:
        return ""
    dataset, why = dataset_of(section, data_root, card)
    if dataset is None:
        return f"neighbours not measured: {why}"
    found = measure_neighbours(dataset)
    if found is None:
        return "neighbours not measured: too few training videos, or without labels"
    write_neighbours(board, found)
    return ""
