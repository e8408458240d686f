"""A stranger's fork of a repository with boards: what is merged, and what is refused."""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import hashbench
from hashbench.errors import HashbenchError, UsageError
from hashbench.files.arrays import read_npz
from hashbench.leaderboards import Board, submit_run
from hashbench.leaderboards.front_page import write_front_page
from hashbench.leaderboards.page import compose
from hashbench.leaderboards.review import review
from hashbench.leaderboards.staging import write_board
from hashbench.runs import Store


def git(folder: Path, *command: str) -> str:
    """Run git as somebody without a configuration."""
    who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "commit.gpgsign=false")
    return subprocess.run(
        ["git", "-C", str(folder), *who, *command], check=True, capture_output=True, text=True
    ).stdout


@pytest.fixture(scope="module")
def new_run(card, tmp_path_factory):
    """A method that the board does not have."""
    out = tmp_path_factory.mktemp("new")
    hashbench.run("itq[iterations=2]", card, bits="4,6", seed="0,1", out=out, device="cpu",
                  k="1,5,20")  # fmt: skip
    return out


@pytest.fixture(scope="module")
def origin(built, tmp_path_factory):
    """A bare repository whose main branch has a board and a program beside it."""
    work, bare = tmp_path_factory.mktemp("work"), tmp_path_factory.mktemp("origin") / "boards.git"
    shutil.copytree(built, work / "leaderboards", ignore=shutil.ignore_patterns(".*"))
    (work / "program.py").write_text("pass\n")
    git(work, "init", "-q", "-b", "main")
    git(work, "add", ".")
    git(work, "commit", "-qm", "boards")
    git(work, "clone", "-q", "--bare", str(work), str(bare))
    return bare


@pytest.fixture
def fork(origin, tmp_path):
    """A clone on a branch of its own."""
    git(tmp_path, "clone", "-q", str(origin), "fork")
    git(tmp_path / "fork", "switch", "-qc", "mine")
    return tmp_path / "fork"


def reviewed(fork, origin, tmp_path, card):
    """Push the branch, fetch it as a reviewer does, and return the comment with what was said."""
    for part in fork.glob("leaderboards/.*"):
        part.unlink()
    git(fork, "add", "-A")
    git(fork, "commit", "-qm", "submission")
    git(fork, "push", "-q", "origin", "mine")
    git(tmp_path, "clone", "-q", "--branch", "mine", str(origin), "review")
    git(fork, "push", "-q", "origin", ":mine")
    said: list[str] = []
    try:
        comment = review(tmp_path / "review/leaderboards", "origin/main", said.append, cards=[card])
    except HashbenchError as error:
        return None, [*said, str(error)]
    return comment, said


def test_a_submission_is_told_row_by_row(fork, origin, new_run, tmp_path, card):
    submit_run(new_run, fork / "leaderboards", "Grace", cards=[card])
    comment, said = reviewed(fork, origin, tmp_path, card)
    assert said == []
    rows = [line for line in comment.splitlines() if line.startswith("| itq\\[iterations=2\\]")]
    assert [line.split("|")[2].strip() for line in rows] == ["4", "6"]
    assert all(line.rstrip(" |").endswith("new") for line in rows)
    assert "**mine**" in comment


def spoilt_record(fork, change):
    """Change one of Grace's records and render the board anew, as a forger would."""
    board = Board(fork / "leaderboards", "mine")
    record = next(r for r in board.records() if "iterations=2" in r.method.label)
    Store(board.folder).pack([change(record)])
    with contextlib.suppress(HashbenchError):  # as of another evaluator; then the old page stays
        write_board(board, compose(board))
    write_front_page(board.root)


def forged(fork):
    def better(record):
        evaluation = json.loads(json.dumps(record.evaluation))
        evaluation["profiles"]["strict"]["expected"]["AP@20"] = 0.99
        return replace(record, evaluation=evaluation)

    spoilt_record(fork, better)


def more_trained(fork):
    spoilt_record(fork, lambda r: replace(r, dataset=replace(r.dataset, n_train=61)))


def fewer_asked(fork):
    spoilt_record(fork, lambda r: replace(r, dataset=replace(r.dataset, n_query=79)))


def other_evaluator(fork):
    spoilt_record(fork, lambda r: replace(r, evaluation={**r.evaluation, "evaluator": "7"}))


def outside(fork):
    (fork / "program.py").write_text("import os\n")


def strange_file(fork):
    (fork / "leaderboards/mine/run.sh").write_text("true\n")


def another_s_record(fork):
    board = Board(fork / "leaderboards", "mine")
    record = next(r for r in board.records() if r.method.label == "lsh")
    Store(board.folder).pack([replace(record, times={"fit": 0.1})])
    write_board(board, compose(board))


def without_another(fork):
    path = fork / "leaderboards/mine/records/lsh.jsonl"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[1:]))
    board = Board(fork / "leaderboards", "mine")
    write_board(board, compose(board))


def other_name(fork):
    path = fork / "leaderboards/mine/submitters.json"
    path.write_text(path.read_text().replace("Ada", "Grace"))
    board = Board(fork / "leaderboards", "mine")
    write_board(board, compose(board))


def other_codes(fork):
    board = Board(fork / "leaderboards", "mine")
    record = next(r for r in board.records() if "iterations=2" in r.method.label)
    path = board.folder / f"codes/{record.key}.npz"
    arrays = dict(read_npz(path))
    np.savez(path, **{**arrays, "database": arrays["database"] ^ 1})


def page_alone(fork):
    git(fork, "checkout", "-q", ".")
    git(fork, "clean", "-qfd")
    path = fork / "leaderboards/mine.md"
    path.write_text(path.read_text().replace("Ada", "Eve"))


def front_page_alone(fork):
    git(fork, "checkout", "-q", ".")
    git(fork, "clean", "-qfd")
    path = fork / "leaderboards/README.md"
    path.write_text(path.read_text().replace("itq", "ours"))


def page_of_no_board(fork):
    (fork / "leaderboards/yours.md").write_text("# yours\n")


def without_the_board(fork):
    shutil.rmtree(fork / "leaderboards/mine")


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (forged, "AP@20 is 0.990000 in the record"),
        (more_trained, "dataset.n_train is 61 in the record and 60 here"),
        (fewer_asked, "evaluation.n_query is 80, elsewhere 79"),
        (other_evaluator, "records of evaluator 1, 7"),
        (outside, "program.py: outside of leaderboards/"),
        (strange_file, "leaderboards/mine/run.sh: no file of a board"),
        (another_s_record, "(lsh, 4 bits) is changed"),
        (without_another, "(lsh, 4 bits) is gone"),
        (other_name, "names another who measured it"),
        (other_codes, "sha256 differs from that in record"),
        (page_alone, "its records give"),
        (front_page_alone, "its records give"),
        (page_of_no_board, "no leaderboard 'yours'"),
        (without_the_board, "(lsh, 4 bits) is gone"),
    ],
)
def test_what_is_refused_is_refused_with_a_line(
    fork, origin, new_run, tmp_path, card, spoil, message
):
    submit_run(new_run, fork / "leaderboards", "Grace", cards=[card])
    spoil(fork)
    comment, said = reviewed(fork, origin, tmp_path, card)
    assert comment is None
    assert any(message in line and "\n" not in line for line in said), said


def test_a_repetition_of_somebody_else_stays(origin, run, card, tmp_path):
    git(tmp_path, "clone", "-q", str(origin), "home")
    home = tmp_path / "home"
    shutil.copytree(run, tmp_path / "again")
    for record in Store(tmp_path / "again").records():
        times = {name: seconds + 0.5 for name, seconds in record.times.items()}
        Store(tmp_path / "again").write(replace(record, times=times))
    submit_run(tmp_path / "again", home / "leaderboards", "Alan", cards=[card])
    for part in home.glob("leaderboards/.*"):
        part.unlink()
    git(home, "add", "-A")
    git(home, "commit", "-qm", "repeated")
    git(home, "switch", "-qc", "mine")
    path = home / "leaderboards/mine/repetitions.json"
    path.write_text(json.dumps(json.loads(path.read_text())[1:]))
    board = Board(home / "leaderboards", "mine")
    write_board(board, compose(board))
    git(home, "commit", "-qam", "one less")
    said: list[str] = []
    with pytest.raises(HashbenchError, match="1 problem"):
        review(home / "leaderboards", "main", said.append, cards=[card])
    assert "is changed or gone" in said[0]


def test_a_branch_that_touches_nothing(fork, card):
    assert "changes no board" in review(fork / "leaderboards", "origin/main", print, cards=[card])


def test_no_repository_and_no_such_base(fork, built, card):
    with pytest.raises(UsageError, match="git has no base"):
        review(built, "main", print)
    with pytest.raises(UsageError, match="no base 'nowhere'"):
        review(fork / "leaderboards", "nowhere", print)
