"""Leaderboards: rendered from records and codes that are kept beside them."""

from hashbench.leaderboards.board import Board, boards
from hashbench.leaderboards.check import check_boards, problems
from hashbench.leaderboards.page import render
from hashbench.leaderboards.submit import submit_run

__all__ = ["Board", "boards", "check_boards", "problems", "render", "submit_run"]
