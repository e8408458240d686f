"""A row run again: the same codes, or a difference held against what seeds differ by."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import t

from hashbench.errors import UsageError, VerificationError
from hashbench.leaderboards.reproduce import find_row, releases_differ, reproduce
from hashbench.runs import Store


def test_a_row_of_itq_comes_out_with_the_same_codes(board, card, tmp_path):
    row = find_row(board.root, "mine/itq/4")
    assert row.command == "hashbench run itq --dataset mine --bits 4 --seed 0,1"
    assert releases_differ(row) == ""
    found = list(reproduce(row, tmp_path, dataset=card, device="cpu"))
    assert [(one.same_codes, one.difference, one.within) for one in found] == [(True, 0, True)] * 2
    assert [str(one) for one in found] == ["seed 0: the same codes", "seed 1: the same codes"]


def test_one_seed_alone(board, card, tmp_path):
    row = find_row(board.root, "mine/lsh/6")
    (found,) = reproduce(row, tmp_path, seeds=[1], dataset=card, device="cpu")
    assert found.there.seed == found.here.seed == 1


def swapped(record, change):
    """The record of other codes with another mAP@20."""
    evaluation = {**record.evaluation, "profiles": {
        name: {ties: {**scores, "AP@20": scores["AP@20"] + change} for ties, scores in of.items()}
        for name, of in record.evaluation["profiles"].items()
    }}  # fmt: skip
    return replace(record, evaluation=evaluation, codes_sha256=dict.fromkeys(
        record.codes_sha256, "0" * 64
    ))  # fmt: skip


@pytest.mark.parametrize(("factor", "where"), [(0.9, "within"), (1.1, "outside of")])
def test_other_codes_are_held_against_the_seeds(board, card, tmp_path, factor, where):
    row = find_row(board.root, "mine/itq/4")
    scores = [one.record.scores.get("strict", "expected", "AP", 20) for one in row.results]
    half = t.ppf(0.975, 1) * np.std(scores, ddof=1) * np.sqrt(2)
    there = [replace(one, record=swapped(one.record, -factor * half)) for one in row.results]
    found = list(reproduce(replace(row, results=tuple(there)), tmp_path, dataset=card,
                           device="cpu"))  # fmt: skip
    for one in found:
        assert one.difference == pytest.approx(factor * half)
        assert one.half == pytest.approx(half)
        assert one.within == (where == "within")
        assert f"other codes, {100 * factor * half:+.2f} points of mAP@20, {where}" in str(one)


def test_one_seed_says_nothing_about_seeds(board, card, tmp_path):
    row = find_row(board.root, "mine/itq/4")
    alone = replace(row.results[0], record=swapped(row.results[0].record, 0.01))
    (found,) = reproduce(replace(row, results=(alone,)), tmp_path, dataset=card, device="cpu")
    assert not found.within
    assert "the row has one seed" in str(found)


def test_another_release_is_named(board):
    row = find_row(board.root, "mine/itq/4")
    record = row.results[0].record
    old = replace(record, method=replace(record.method, version="0.0.1"))
    told = releases_differ(replace(row, results=(replace(row.results[0], record=old),)))
    assert told.startswith("the row is of hashbench 0.0.1, here is hashbench ")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("mine", "names no row; BOARD/METHOD/BITS does"),
        ("mine/itq/x", "names no row"),
        ("yours/itq/4", "no leaderboard 'yours'"),
        ("mine/itk/4", "no row 'itk'; did you mean 'itq'"),
        ("mine/itq/8", r"no row at 8 bits on board mine \(it has 4, 6\)"),
        ("fcvid/itq/8", "holds reported numbers only"),
    ],
)
def test_no_such_row(board, text, message):
    with pytest.raises(UsageError, match=message):
        find_row(board.root, text)


def test_no_such_seed_and_other_content(board, card, tmp_path):
    row = find_row(board.root, "mine/itq/4")
    with pytest.raises(UsageError, match="no seed '7'"):
        list(reproduce(row, tmp_path, seeds=[7], dataset=card))
    record = row.results[0].record
    other = replace(record, dataset=replace(record.dataset, sha256="0" * 64))
    changed = replace(row, results=(replace(row.results[0], record=other),))
    with pytest.raises(VerificationError, match="the row was measured on 000000000000"):
        list(reproduce(changed, tmp_path, dataset=card, device="cpu"))


def test_from_the_command_line(board, card, tmp_path, hashbench_command):
    given = ("--boards", str(board.root), "--card", str(card), "--out", str(tmp_path / "out"))
    done = hashbench_command("leaderboard", "reproduce", "mine/lsh/4", *given)
    assert done.returncode == 0
    assert "seed 0: the same codes\nseed 1: the same codes\n" in done.stdout
    store = Store(tmp_path / "out")
    record = next(r for r in store.records() if r.seed == 0)
    store.write(swapped(record, 0.4))
    done = hashbench_command("leaderboard", "reproduce", "mine/lsh/4", *given)
    row = find_row(board.root, "mine/lsh/4")
    scores = [one.record.scores.get("strict", "expected", "AP", 20) for one in row.results]
    within = t.ppf(0.975, 1) * np.std(scores, ddof=1) * np.sqrt(2) >= 0.4
    assert done.returncode == (0 if within else 4)
    assert f"+40.00 points of mAP@20, {'within' if within else 'outside of'}" in done.stdout
