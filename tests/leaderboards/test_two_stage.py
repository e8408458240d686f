"""What a board says of two-stage search, against a plain count, and what a check finds wrong."""

from __future__ import annotations

import json

import numpy as np
import pytest

from hashbench.data import load_dataset
from hashbench.errors import DataError
from hashbench.leaderboards import problems, render
from hashbench.leaderboards.two_stage import (
    FIND,
    keep_two_stage,
    nearest_on,
    read_two_stage,
)


@pytest.fixture
def data_at_hand(card, monkeypatch):
    """A machine on which the board's data set has a registered name."""
    monkeypatch.setattr("hashbench.data.load_dataset", lambda name, **how: load_dataset(card))


def plain_recall(codes, nearest, first):
    """The expected share of the nearest in the first K', one query and one item at a time."""
    query, database = (part.unpack().astype(int) for part in codes)
    total = 0.0
    for row, bits in enumerate(query):
        distances = np.abs(database - bits).sum(axis=1)
        others = [item for item in range(len(database)) if item != row]
        for item in nearest[row]:
            closer = sum(distances[other] < distances[item] for other in others)
            equal = sum(distances[other] == distances[item] for other in others)
            total += min(max((first - closer) / equal, 0), 1)
    return total / (len(query) * nearest.shape[1])


def test_recalls_are_those_of_a_plain_count(board, card):
    told, records = read_two_stage(board), board.records()
    assert (told.find, told.first) == (FIND, (10, 20, 50))
    assert told.recall.keys() == {record.key for record in records}
    features = load_dataset(card).database.mean_pooled().astype(np.float64)
    unit = features / np.linalg.norm(features, axis=1, keepdims=True)
    cosine = unit @ unit.T
    np.fill_diagonal(cosine, -2)
    nearest = np.argsort(-cosine, axis=1)[:, :FIND]
    np.testing.assert_array_equal(nearest_on(board, records[0]), nearest)
    for record in records[:2]:
        expected = [plain_recall(board.codes(record), nearest, k) for k in told.first]
        assert told.recall[record.key] == pytest.approx(expected, abs=1e-6)


def test_the_page_has_a_folded_table_a_length_and_a_figure(board):
    told, text = read_two_stage(board), board.page.read_text()
    lengths = sorted({record.bits for record in board.records()})
    assert text.count("Recall by K' at") == len(lengths)
    part = text[text.index("## Two-stage search") :]
    row = next(line for line in part.splitlines() if line.startswith("| itq |"))
    keys = [r.key for r in board.records() if r.method.name == "itq" and r.bits == lengths[0]]
    means = [f"{100 * value:.2f}" for value in told.of(keys)]
    assert [cell.strip(" *") for cell in row.strip("|").split("|")[1:]] == means
    assert "mine/recall-over-rescored.svg" in part
    chart = json.loads((board.folder / "recall-over-rescored.json").read_text())
    assert [point[0] for point in chart["panels"][0]["curves"][0]["points"]] == [10, 20, 50]
    assert list(problems(board)) == []


def test_a_board_without_it_stays_as_it_is(board):
    for name in ("nearest.npz", "two-stage.json", "recall-over-rescored.svg"):
        (board.folder / name).unlink()
    assert "Two-stage" not in render(board)
    board.page.write_text(render(board))
    assert list(problems(board)) == []
    assert keep_two_stage(board, None) == 0
    assert read_two_stage(board) is None


def test_records_without_a_recall_have_no_row(board):
    path = board.folder / "two-stage.json"
    told = json.loads(path.read_text())
    gone = next(r.key for r in board.records() if r.method.name == "itq")
    whole = told["recall"].pop(gone)
    path.write_text(json.dumps(told))
    rows = render(board).count("| itq |")
    # What is known without the features is measured again without them.
    assert keep_two_stage(board, None) == 1
    assert json.loads(path.read_text())["recall"][gone] == whole
    assert render(board).count("| itq |") == rows + 1


def test_a_better_recall_is_found(board):
    path = board.folder / "two-stage.json"
    told = json.loads(path.read_text())
    record = board.records()[0]
    told["recall"][record.key][1] += 1e-5
    path.write_text(json.dumps(told))
    board.page.write_text(render(board))
    (problem,) = problems(board)
    assert problem.startswith(f"record {record.key[:12]} ({record.method.label}, {record.bits}")
    assert "recall@10 after rescoring 20 is" in problem


def test_other_neighbours_are_found_where_the_data_is(board, data_at_hand):
    nearest = nearest_on(board, board.records()[0])
    ours = nearest[3].tolist()
    nearest[3, 0] = next(item for item in range(80) if item != 3 and item not in ours)
    np.savez_compressed(board.folder / "nearest.npz", nearest=nearest)
    said = list(problems(board))
    assert said[0].endswith("those of query 3 are not the nearest of mine by cosine")
    # The same videos in another order are the same neighbours.
    nearest[3] = ours[::-1]
    np.savez_compressed(board.folder / "nearest.npz", nearest=nearest)
    assert list(problems(board)) == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda n: n[1:], r"integers \(80, 10\) are needed"),
        (lambda n: n.astype(float), r"are float64 \(80, 10\)"),
        (lambda n: np.where(n == n[0, 0], 80, n), "those of query 0 are not 10 other videos"),
        (lambda n: np.where(n == n[0, 0], -1, n), "those of query 0 are not 10 other videos"),
        (lambda n: np.repeat(n[:, :1], 10, axis=1), "those of query 0 are not 10 other videos"),
        (lambda n: np.tile(np.arange(10), (80, 1)), "those of query 0 are not 10 other videos"),
    ],
)
def test_damaged_neighbours_are_one_line(board, change, message):
    record = board.records()[0]
    np.savez(board.folder / "nearest.npz", nearest=change(nearest_on(board, record)))
    with pytest.raises(DataError, match=message):
        nearest_on(board, record)
    assert any("nearest.npz" in line for line in problems(board))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda told: told.pop("find"), "find"),
        (lambda told: told.update(first=[10, 20]), "not one recall for each of 2"),
        (lambda told: told["recall"].update({"0" * 64: [0, 0, 2]}), "recall"),
        (lambda told: told["recall"].update({"0" * 64: [0, 0, 1]}), "which is no record here"),
    ],
)
def test_damaged_recalls_are_one_line(board, change, message):
    path = board.folder / "two-stage.json"
    told = json.loads(path.read_text())
    change(told)
    path.write_text(json.dumps(told))
    said = list(problems(board))
    assert len(said) == 1
    assert message in said[0]


def test_build_measures_what_a_board_lacks(board, card, hashbench_command):
    page, kept = board.page.read_text(), (board.folder / "two-stage.json").read_text()
    for name in ("nearest.npz", "two-stage.json"):
        (board.folder / name).unlink()
    call = ("leaderboard", "build", "mine", "--two-stage", "--boards", str(board.root))
    without = hashbench_command(*call)
    assert "mine: two-stage search not measured: no dataset 'mine'" in without.stderr
    assert "Two-stage" not in board.page.read_text()
    done = hashbench_command(*call, "--card", str(card))
    assert done.returncode == 0, done.stderr
    assert f"two-stage search of {len(board.records())} records measured" in done.stderr
    assert (board.folder / "two-stage.json").read_text() == kept
    assert board.page.read_text() == page
