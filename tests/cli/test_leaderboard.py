"""``hashbench leaderboard`` and ``hashbench compare`` from the command line."""

from __future__ import annotations

import pytest
from making_data import write_set

import hashbench
from hashbench.cli.main import main


@pytest.fixture(scope="module")
def card(tmp_path_factory):
    return write_set(tmp_path_factory.mktemp("set"), n=(60, 80))


@pytest.fixture(scope="module")
def run(card, tmp_path_factory):
    out = tmp_path_factory.mktemp("run")
    hashbench.run(["itq", "lsh"], card, bits="4", seed="0,1", out=out, device="cpu", k="20")
    return out


def call(*argv: object) -> int:
    with pytest.raises(SystemExit) as stop:
        main([str(arg) for arg in argv])
    return stop.value.code


def test_submit_check_build(run, card, tmp_path, capsys):
    root = tmp_path / "boards"
    where = ("--boards", root)
    assert call("leaderboard", "submit", run, "--by", "Ada", "--card", card, *where) == 0
    assert call("leaderboard", "check", *where) == 4  # fcvid and yfcc are not rendered yet
    assert "fcvid.md is missing" in capsys.readouterr().err
    assert call("leaderboard", "build", *where) == 0
    capsys.readouterr()
    assert call("leaderboard", "check", *where) == 0
    assert capsys.readouterr().out == "6 boards agree with their records\n"
    page = root / "mine.md"
    page.write_text(page.read_text("utf-8").replace("itq", "ITQ", 1), encoding="utf-8")
    assert call("leaderboard", "check", "mine", *where) == 4
    error = capsys.readouterr().err
    assert f"mine: {page}:" in error
    assert "Traceback" not in error


def test_check_takes_the_card_that_submit_found(run, card, tmp_path, capsys):
    root = tmp_path / "boards"
    assert call("leaderboard", "submit", run, "--by", "Ada", "--boards", root) == 0
    capsys.readouterr()
    assert call("leaderboard", "check", "mine", "--boards", root) == 0
    assert "features not ranked again" in capsys.readouterr().err
    assert call("leaderboard", "check", "mine", "--card", card, "--boards", root) == 0
    assert "features not ranked again" not in capsys.readouterr().err
    other = tmp_path / "card.toml"
    other.write_text(card.read_text().replace('name = "mine"', 'name = "other"'))
    assert call("leaderboard", "check", "mine", "--card", other, "--boards", root) == 2
    assert "data set 'other' is not on a board here" in capsys.readouterr().err


def test_submit_needs_a_name(run, tmp_path, capsys):
    assert call("leaderboard", "submit", run, "--boards", tmp_path) == 2
    assert "--by" in capsys.readouterr().err


def test_compare(run, capsys):
    assert call("compare", "itq", "lsh", "--runs", run) == 0
    out = capsys.readouterr().out
    assert out.startswith("mAP@20, profile strict, ties expected; first minus second, in points")
    assert "intervals over seeds and queries" in out
    assert max(map(len, out.splitlines())) <= 80
    assert call("compare", "itq", "lhs", "--runs", run) == 2
    assert "did you mean 'lsh'" in capsys.readouterr().err
