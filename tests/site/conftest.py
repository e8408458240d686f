"""A site of one small board, one of whose methods has a hostile name, made once."""

from __future__ import annotations

import json

import pytest
from hostile_names import HOSTILE, STRANGER
from making_data import write_set
from making_runs import board_run

from hashbench.files.atomic import write_text
from hashbench.leaderboards import Board, boards, submit_run
from hashbench.leaderboards.page import compose
from hashbench.leaderboards.staging import held, write_board
from hashbench.site.build import build_site


@pytest.fixture(scope="session")
def card(tmp_path_factory):
    return write_set(tmp_path_factory.mktemp("set"), n=(60, 80))


@pytest.fixture(scope="session")
def run(card, tmp_path_factory):
    return board_run(card, tmp_path_factory.mktemp("run"))


@pytest.fixture(scope="session")
def board(run, card, tmp_path_factory):
    (made,) = submit_run(run, tmp_path_factory.mktemp("boards"), STRANGER, cards=[card])
    path = made.folder / "records" / "lsh.jsonl"
    told = [json.loads(line) for line in path.read_text().splitlines()]
    for one in told:
        one["method"]["label"] = HOSTILE
    write_text(path, "".join(json.dumps(one) + "\n" for one in told))
    with held(made):
        write_board(made, compose(made))
    return made


@pytest.fixture(scope="session")
def shelf(board):
    """The board, and one of reported numbers only."""
    return [Board(board.root, "mine"), *boards(board.root, ("fcvid",))]


@pytest.fixture(scope="session")
def site(shelf, tmp_path_factory):
    out = tmp_path_factory.mktemp("made") / "site"
    build_site(shelf, out)
    return out
