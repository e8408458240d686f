"""Finished cells taken from a board: a new method is compared by running only itself."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest

import hashbench
from hashbench.errors import DataError, UsageError
from hashbench.files.arrays import read_npz
from hashbench.runs import Store


def again(card, out, reuse, methods=("itq", "lsh"), **more):
    """Run the grid of the board anew."""
    given = {"bits": "4,6", "seed": "0,1", "device": "cpu", "k": "1,5,20", **more}
    return hashbench.run(list(methods), card, out=out, reuse=reuse, **given)


def states(result):
    return sorted(outcome.state for outcome in result.outcomes.values())


def test_cells_of_a_board_are_ranked_and_not_trained(board, card, run, tmp_path):
    out = tmp_path / "out"
    result = again(card, out, board.root)
    assert states(result) == ["ranked"] * 8
    there = {record.key: record for record in Store(run).records()}
    for record in result.records:
        mine = there[record.key]
        assert record.evaluation == mine.evaluation
        assert record.codes_sha256 == mine.codes_sha256
        assert record.times["fit"] == mine.times["fit"]
        own, theirs = (Store(at).per_query(one) for at, one in ((out, record), (run, mine)))
        assert own.keys() == theirs.keys()
        for name, values in own.items():
            np.testing.assert_array_equal(values, theirs[name])


@pytest.mark.parametrize("part", ["", "mine"])
def test_a_folder_of_boards_a_board_or_a_site(board, card, tmp_path, part):
    assert states(again(card, tmp_path / "out", board.root / part)) == ["ranked"] * 8
    shutil.move(board.root, tmp_path / "site" / "boards")
    assert states(again(card, tmp_path / "other", tmp_path / "site")) == ["ranked"] * 8


def test_only_a_new_method_is_trained(board, card, tmp_path):
    result = again(card, tmp_path / "out", board.root, ("itq", "lsh", "itq[iterations=3]"))
    assert states(result) == ["done"] * 4 + ["ranked"] * 8


def test_other_cut_offs_are_measured_on_the_codes_of_the_board(board, card, tmp_path):
    result = again(card, tmp_path / "out", board.root, k="7")
    assert states(result) == ["ranked"] * 8
    assert all("AP@7" in r.evaluation["profiles"]["strict"]["expected"] for r in result.records)


def test_what_is_there_is_left_alone_and_force_trains(board, card, tmp_path):
    again(card, tmp_path / "out", board.root)
    assert states(again(card, tmp_path / "out", board.root)) == []
    assert states(again(card, tmp_path / "out", board.root, force=True)) == ["done"] * 8


def test_codes_that_are_not_the_record_s_are_refused(board, card, tmp_path):
    path = next((board.folder / "codes").glob("*.npz"))
    arrays = dict(read_npz(path))
    arrays["database"] = arrays["database"] ^ 1
    np.savez(path, **arrays)
    with pytest.raises(DataError, match="not the codes of record"):
        again(card, tmp_path / "out", board.root, ("itq", "lsh", "random"))


def test_a_folder_without_records(card, tmp_path):
    with pytest.raises(UsageError, match="no records there"):
        again(card, tmp_path / "out", tmp_path)


def test_a_dry_run_says_what_would_be_taken(hashbench_command, board, card, tmp_path):
    command = [
        *("run", "itq", "lsh", "--dataset", str(card), "--bits", "4,8", "--seed", "0", "--k", "5"),
        *("--out", str(tmp_path / "out"), "--reuse", str(board.root), "--dry-run"),
    ]
    done = hashbench_command(*command)
    assert done.returncode == 0
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    assert {(row[-3], row[-1]) for row in rows} == {("4", "to take"), ("8", "to do")}
    assert "4 cells, 2 to do, 2 to take, in" in done.stderr
    cells = json.loads(hashbench_command(*command, "--json").stdout)["cells"]
    assert [(cell["to_do"], cell["to_take"]) for cell in cells] == [(False, True)] * 2 + [
        (True, False)
    ] * 2
    assert not (tmp_path / "out").exists()
