"""Leaderboards: rendered from records and codes that are kept beside them."""

from hashbench.reports.boards.checking import check, problems
from hashbench.reports.boards.folder import Board, boards
from hashbench.reports.boards.standings import standings
from hashbench.reports.boards.submitting import submit
from hashbench.reports.boards.text import render

__all__ = ["Board", "boards", "check", "problems", "render", "standings", "submit"]
