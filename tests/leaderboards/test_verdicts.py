"""Records against their codes, in this process and in others."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hashbench.errors import DataError
from hashbench.leaderboards.recompute import board_ap, per_query_ap
from hashbench.leaderboards.standings import section_of, standings
from hashbench.leaderboards.verdicts import verdicts


def test_other_processes_say_the_same_in_the_same_order(board):
    records = [(board, record) for record in board.records()]
    forged = replace(records[3][1], evaluation={**records[3][1].evaluation, "n_query": 7})
    records[3] = (board, forged)
    here, there = (list(verdicts(board, records, processes)) for processes in (1, 2))
    assert [v.record for v in here] == [v.record for v in there] == [r for _, r in records]
    assert [v.problems for v in here] == [v.problems for v in there]
    assert [bool(v.problems) for v in here] == [n == 3 for n in range(len(records))]
    assert here[3].problems == ("n_query is 7 in the record and 80 from its codes",)
    for one, other in zip(here, there, strict=True):
        np.testing.assert_array_equal(one.ap, other.ap)


def test_the_values_are_those_that_a_board_ranks_by(board):
    found = list(verdicts(board, [(board, record) for record in board.records()]))
    for one in found:
        codes, data = board.codes(one.record), one.record.dataset
        alone = per_query_ap(codes, board.labels(), data.profile, self_retrieval=True)
        np.testing.assert_array_equal(one.ap, alone)
    section = section_of(board)
    known = {one.record.key: one.ap for one in found}
    assert standings(board, section, known) == standings(board, section)


@pytest.mark.parametrize("lacking", ["profile", "cut-off", "ties"])
def test_a_forged_record_is_named_whatever_it_says(board, lacking):
    record = board.records()[0]
    own = record.dataset.profile
    profiles = record.evaluation["profiles"]
    kept = {
        "profile": {name: found for name, found in profiles.items() if name != own},
        "cut-off": {own: {ties: _without_20(of) for ties, of in profiles[own].items()}},
        "ties": {own: {"optimistic": profiles[own]["expected"]}},
    }[lacking]
    forged = replace(record, evaluation={**record.evaluation, "profiles": kept})
    (verdict,) = verdicts(board, [(board, forged)])
    assert verdict.problems[-1].endswith("which boards rank by, was not measured")
    assert verdict.ap is None


def test_profiles_that_there_are_not(board):
    record = board.records()[0]
    by_ties = next(iter(record.evaluation["profiles"].values()))
    renamed = replace(record, evaluation={**record.evaluation, "profiles": {"papr": by_ties}})
    elsewhere = replace(record, dataset=replace(record.dataset, profile="papr"))
    for one in verdicts(board, [(board, renamed), (board, elsewhere)]):
        assert any("papr" in problem for problem in one.problems)
        assert one.ap is None


def _without_20(scores):
    return {name: value for name, value in scores.items() if not name.endswith("@20")}


def test_no_board_of_a_profile_that_leaves_queries_out():
    with pytest.raises(DataError, match="profile image-skip leaves queries without a hit out"):
        board_ap(None, "image-skip")
