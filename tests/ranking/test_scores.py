"""Scores against the JSON that records hold, written by hand."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from hashbench.ranking import PROFILES, Scores
from hashbench.ranking.profiles import ALWAYS

NESTED = {
    "paper": {"expected": {"AP@20": 0.5, "AP@100": 0.25, "P@20": 0.75, "tie_mass@20": 0.125}},
    "strict": {"stable": {"AP@20": 0.375, "PRadius": 0.0}},
}


@dataclass(frozen=True)
class Asked:
    k: tuple[int, ...]
    ties: tuple[str, ...]
    profiles: tuple[str, ...] = ALWAYS


@pytest.fixture
def scores():
    return Scores.from_json(NESTED)


def test_every_number_is_found_by_what_it_is(scores):
    assert scores.get("paper", "expected", "AP", 20) == 0.5
    assert scores.get("paper", "expected", "AP", 100) == 0.25
    assert scores.get("paper", "expected", "tie_mass", 20) == 0.125
    assert scores.get("strict", "stable", "PRadius", None) == 0.0
    assert scores.get("paper", "stable", "AP", 20) is None
    assert scores.get("paper", "expected", "AP", 2) is None


def test_json_comes_back_as_it_was_order_included(scores):
    assert repr(scores.to_json()) == repr(NESTED)
    assert Scores.from_json({}).to_json() == {}


def test_what_was_measured(scores):
    assert scores.k == (20, 100)  # By value: as text, 100 would come first.
    assert scores.ties == ("expected", "stable")
    assert scores.profiles == ("paper", "strict")
    assert (Scores().k, Scores().ties, Scores().profiles) == ((), (), ())
    only_precision = Scores.from_json({"paper": {"expected": {"P@5": 0.1}}})
    assert only_precision.k == ()  # Tables show average precision; other measures have no say.


def test_covers_asks_for_every_profile():
    values = {"expected": {"AP@5": 0.1, "AP@20": 0.2}}
    whole = Scores.from_json(dict.fromkeys(PROFILES, values))
    assert whole.covers(Asked((5, 20), ("expected",)))
    assert not whole.covers(Asked((5, 40), ("expected",)))
    assert not whole.covers(Asked((5,), ("expected", "stable")))
    assert not Scores.from_json({"paper": values}).covers(Asked((5,), ("expected",)))
    always = Scores.from_json(dict.fromkeys(ALWAYS, values))
    assert always.covers(Asked((5,), ("expected",)))
    assert not always.covers(Asked((5,), ("expected",), ("image",)))


def test_union_keeps_all_and_the_last_of_two(scores):
    other = Scores.from_json({"paper": {"expected": {"AP@20": 0.6, "AP@40": 0.3}}})
    both = scores.union(other)
    assert both.k == (20, 40, 100)
    assert both.get("paper", "expected", "AP", 20) == 0.6
    assert both.get("strict", "stable", "AP", 20) == 0.375
    assert scores.get("paper", "expected", "AP", 20) == 0.5  # The first is left as it was.
