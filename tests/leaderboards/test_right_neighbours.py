"""How right neighbours are, against every pair in plain Python, and on a board's pages."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace

import numpy as np
import pytest

from hashbench import dataset_from_arrays, run
from hashbench.errors import DataError
from hashbench.experiments.neighbour_classes import neighbour_classes
from hashbench.leaderboards import Board, check_boards, problems, submit_run
from hashbench.leaderboards.front_page import front_page
from hashbench.leaderboards.remember import remember_neighbours
from hashbench.leaderboards.right_neighbours import (
    MEAN,
    ORDERED,
    measure_neighbours,
    neighbour_problems,
    read_neighbours,
    sentence,
    takes_long,
    write_neighbours,
)

MODULE = "hashbench.leaderboards.right_neighbours"


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    rng = np.random.default_rng(0)
    labels = np.arange(120) % 3
    centres = rng.normal(size=(3, 4, 6))
    features = (centres[labels] + rng.normal(size=(120, 4, 6))).astype(np.float32)
    return dataset_from_arrays(features, labels, name="three", cache=tmp_path_factory.mktemp("c"))


@pytest.fixture(scope="module")
def built(dataset, tmp_path_factory):
    tmp_path = tmp_path_factory.mktemp("built")
    root = dataset.card.path.parent.parent / "arrays"
    how = {"bits": 4, "k": "5,20", "out": tmp_path / "runs", "jobs": 1, "progress": False}
    run(["lsh", "itq"], dataset, device="cpu", data_root=root, **how)
    (made,) = submit_run(
        tmp_path / "runs", tmp_path / "boards", "Ada", cards=[dataset.card.path], data_root=root
    )
    return made


@pytest.fixture
def board(built, tmp_path):
    """A copy of the board that may be spoiled."""
    shutil.copytree(built.root, tmp_path / "boards")
    return Board(tmp_path / "boards", "three")


def by_hand(vectors, ids, asked, k=10):
    """The share over all pairs, one at a time."""
    hits = []
    for i in asked:
        cosines = {
            j: float(vectors[i] @ vectors[j] / np.linalg.norm(vectors[i]) / np.linalg.norm(row))
            for j, row in enumerate(vectors)
            if j != i
        }
        near = sorted(cosines, key=lambda j: (-cosines[j], j))[:k]
        hits.append(sum(ids[j] == ids[i] for j in near) / k)
    return sum(hits) / len(hits)


def test_the_shares_are_those_of_every_pair(dataset):
    train = dataset.labelled_train
    frames = train.take(slice(None)).astype(np.float64)
    ids = train.labels.multi_hot.argmax(axis=1)
    found = measure_neighbours(dataset)
    every = range(len(train))
    assert found.share(MEAN) == pytest.approx(by_hand(frames.mean(axis=1), ids, every))
    ordered = frames.reshape(len(train), -1)
    assert found.share(ORDERED) == pytest.approx(by_hand(ordered, ids, every))
    same = (ids[:, None] == ids).sum(axis=1) - 1
    assert found.chance == pytest.approx((same / (len(ids) - 1)).mean())
    assert (found.videos, found.asked) == (96, 96)


def test_they_are_those_of_data_neighbours(dataset):
    other = neighbour_classes(dataset, [10])
    found = measure_neighbours(dataset)
    for mine, (mean, low, high) in found.shares.items():
        way = {MEAN: "mean frame", ORDERED: "4 frames in order"}[mine]
        theirs = other.shares[way, 10].share
        assert (mean, low, high) == pytest.approx((theirs.mean, theirs.low, theirs.high))


def test_of_many_videos_some_are_asked(dataset, monkeypatch):
    monkeypatch.setattr(f"{MODULE}.ASKED", 11)
    train = dataset.labelled_train
    frames = train.take(slice(None)).astype(np.float64)
    asked = np.linspace(0, 95, 11).round().astype(int).tolist()
    found = measure_neighbours(dataset)
    ids = train.labels.multi_hot.argmax(axis=1)
    assert found.asked == 11
    assert found.share(MEAN) == pytest.approx(by_hand(frames.mean(axis=1), ids, asked))


def test_without_labels_or_with_few_videos_there_are_none(dataset):
    bare = replace(dataset, labelled_train=dataset.labelled_train.unlabelled())
    assert measure_neighbours(bare) is None


def test_a_first_submission_measures_them_and_pages_show_them(board, dataset):
    found = read_neighbours(board)
    assert found == measure_neighbours(dataset)
    assert f"- {sentence(found)}\n" in board.page.read_text()
    (row,) = re.findall(r"^\| \[three\].*$", front_page(board.root), re.MULTILINE)
    shares = [f"{100 * x:.1f}" for x in (found.share(MEAN), found.share(ORDERED), found.chance)]
    assert f"| 2 | 4 | 24 | {' | '.join(shares)} |" in row


def test_a_check_finds_other_shares(board, dataset, monkeypatch):
    assert list(neighbour_problems(board, dataset)) == []
    told = read_neighbours(board)
    mean, low, high = told.shares[MEAN]
    write_neighbours(board, replace(told, shares={**told.shares, MEAN: (mean + 0.01, low, high)}))
    (problem,) = neighbour_problems(board, dataset)
    assert problem.startswith(f"{board.folder / 'neighbours.json'} is not what the features of")
    monkeypatch.setattr(f"{MODULE}.PRODUCTS", 1)
    assert takes_long(dataset)
    assert list(neighbour_problems(board, dataset)) == []
    # Without the data set the page still differs from the file.
    assert any("three.md:" in problem for problem in problems(board))


@pytest.mark.parametrize("text", ["[", "{}", '{"k": 10}'])
def test_a_damaged_file_is_one_line(board, text):
    (board.folder / "neighbours.json").write_text(text)
    with pytest.raises(DataError, match=r"neighbours\.json: not shares of right neighbours"):
        read_neighbours(board)
    said = []
    with pytest.raises(Exception, match="1 problem"):
        check_boards([board], said.append)
    assert "not shares of right neighbours" in "".join(said)


def test_shares_are_between_0_and_1(board):
    path = board.folder / "neighbours.json"
    told = json.loads(path.read_text())
    told["chance"] = 1.5
    path.write_text(json.dumps(told))
    with pytest.raises(DataError, match="chance"):
        read_neighbours(board)


def test_they_are_measured_anew_where_the_data_set_is_at_hand(board, dataset):
    (board.folder / "neighbours.json").unlink()
    why = remember_neighbours(board, None, None)
    assert why.startswith("neighbours not measured: no dataset 'three'")
    root = dataset.card.path.parent.parent / "arrays"
    assert remember_neighbours(board, dataset.card.path, root) == ""
    assert read_neighbours(board) == measure_neighbours(dataset)
    assert remember_neighbours(Board(board.root, "fcvid"), None, None) == ""
