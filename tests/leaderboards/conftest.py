"""A board of a small set, made once a module."""

from __future__ import annotations

import shutil

import pytest
from making_data import write_set
from making_runs import board_run

from hashbench.files.atomic import write_text
from hashbench.leaderboards import Board, render, submit_run


@pytest.fixture(scope="module")
def card(tmp_path_factory):
    return write_set(tmp_path_factory.mktemp("set"), n=(60, 80))


@pytest.fixture(scope="module")
def run(card, tmp_path_factory):
    return board_run(card, tmp_path_factory.mktemp("run"))


@pytest.fixture(scope="module")
def built(run, card, tmp_path_factory):
    root = tmp_path_factory.mktemp("boards")
    (board,) = submit_run(run, root, "Ada", cards=[card])
    write_text(board.page, render(board))
    return root


@pytest.fixture
def board(built, tmp_path):
    """A copy of the board that may be spoiled."""
    shutil.copytree(built, tmp_path / "boards")
    return Board(tmp_path / "boards", "mine")
