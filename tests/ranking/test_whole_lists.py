"""K = all, the profiles of image hashing, and curves over ranks, against brute force."""

from __future__ import annotations

import itertools
import json
import pickle
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score

from hashbench import BinaryCodes, Labels
from hashbench.errors import UsageError
from hashbench.ranking import (
    ALL,
    AP,
    Evaluation,
    Hit,
    Ranked,
    Scores,
    evaluate,
    parse_measure,
    prepare,
)
from hashbench.ranking.curve import RankCurve
from hashbench.ranking.cutoffs import cutoff, cutoffs, plain, rank_of
from hashbench.ranking.ties import TIES


def problem(n=40, bits=12, classes=4, seed=3):
    rng = np.random.default_rng(seed)
    codes = BinaryCodes.from_bits(rng.integers(0, 2, (n, bits)))
    return codes, Labels.from_array(rng.integers(0, classes, n), classes)


def ranked_of(distances, relevant, bits=6):
    """One query of all zeros against items at the given distances."""
    items = (np.arange(bits) < np.asarray(distances)[:, None]).astype(int)
    database, query = BinaryCodes.from_bits(items), BinaryCodes.from_bits(np.zeros((1, bits)))
    labels = Labels(np.asarray(relevant, dtype=bool)[:, None])
    engine, wanted = prepare(database, labels, engine="numpy"), Labels(np.ones((1, 1), dtype=bool))
    n = len(relevant)
    return Ranked(engine.count(query, wanted, depth=n), lists=engine.lists(query, wanted, depth=n))


def orders(distances, relevant):
    """All orders of the relevance flags inside the tie groups."""
    groups = [
        [bool(r) for d, r in zip(distances, relevant, strict=True) if d == level]
        for level in sorted(set(distances))
    ]
    for choice in itertools.product(*(itertools.permutations(group) for group in groups)):
        yield [flag for group in choice for flag in group]


def ap_of_hits(order, k):
    """AP@K divided by the hits in the top K, from its definition; None without a hit."""
    hits = np.cumsum(order)
    if not hits[k - 1]:
        return None
    return sum(order[i] * hits[i] / (i + 1) for i in range(k)) / hits[k - 1]


rankings = st.lists(st.tuples(st.integers(0, 3), st.booleans()), min_size=1, max_size=6)


def test_all_is_a_cut_off_above_every_other():
    assert cutoffs([100, "ALL", 20, ALL, 100]) == (100, ALL, 20)
    assert cutoffs(np.int64(5)) == cutoffs(np.array([5], np.int32)) == (5,)
    assert sorted([ALL, 5, 10**9]) == [5, 10**9, ALL]
    assert (str(ALL), f"{ALL:>5}", plain(ALL), plain(7)) == ("all", "  all", "all", 7)
    assert (rank_of(ALL), rank_of(7)) == (None, 7)
    assert pickle.loads(pickle.dumps(ALL)) is ALL
    assert cutoff(int(ALL)) is ALL  # as another process gets it


@pytest.mark.parametrize("value", [0, -1, True, 2.0, "20", "whole", None])
def test_what_is_no_cut_off_says_what_would_be(value):
    with pytest.raises(UsageError, match="a whole number from 1, or 'all', is needed"):
        cutoff(value)


@settings(max_examples=80, deadline=None)
@given(rankings, st.data())
def test_hit_and_skipped_queries_are_what_all_permutations_say(pairs, data):
    distances, relevant = (list(column) for column in zip(*pairs, strict=True))
    k = data.draw(st.integers(1, len(pairs)))
    ranked = ranked_of(distances, relevant)
    every = [ap_of_hits(order, k) for order in orders(distances, relevant)]
    found = [value for value in every if value is not None]
    (chance,) = Hit(k).per_query(ranked)
    assert chance == pytest.approx(len(found) / len(every), abs=1e-12)
    (value,) = AP(k, "hits", empty="skip").per_query(ranked)
    assert value == pytest.approx(sum(found) / len(every), abs=1e-12)
    best = max(sum(order[:k]) for order in orders(distances, relevant))
    least = min(sum(order[:k]) for order in orders(distances, relevant))
    assert Hit(k, "optimistic").per_query(ranked)[0] == (best > 0)
    assert Hit(k, "pessimistic").per_query(ranked)[0] == (least > 0)


@pytest.mark.parametrize("self_retrieval", [True, False])
@pytest.mark.parametrize("ties", TIES)
def test_k_all_is_k_at_the_size_of_the_list(ties, self_retrieval):
    codes, labels = problem()
    query = (codes, labels) if self_retrieval else (codes[:9], labels[:9])
    size = len(codes)
    names = ("paper", "image-kept", "strict", "image")
    whole = evaluate(
        query[0], codes, query[1], labels,
        k="all", profiles=names, ties=[ties], self_retrieval=self_retrieval,
    )  # fmt: skip
    dropped = size - 1 if self_retrieval else size
    for names, depth in ((("paper", "image-kept"), size), (("strict", "image"), dropped)):
        cut = evaluate(
            query[0], codes, query[1], labels,
            k=depth, profiles=names, ties=[ties], self_retrieval=self_retrieval, full=False,
        )  # fmt: skip
        for name, measure in itertools.product(names, ("AP", "P", "R")):
            got = whole.scores.get(name, ties, measure, ALL)
            assert got == pytest.approx(cut.scores.get(name, ties, measure, depth), abs=1e-12)
    assert whole.scores.get("paper", ties, "tie_mass", ALL) == 0


def test_map_at_all_without_ties_is_that_of_scikit_learn():
    rng = np.random.default_rng(0)
    # Thermometer codes: item i lies at distance i of the query of zeros, so nothing is tied.
    items = (np.arange(64) < rng.permutation(64)[:, None]).astype(int)
    database, query = BinaryCodes.from_bits(items), BinaryCodes.from_bits(np.zeros((3, 64)))
    theirs, ours = rng.integers(0, 3, 64), np.arange(3)
    found = evaluate(
        query, database, Labels.from_array(ours, 3), Labels.from_array(theirs, 3),
        k=["all"], profiles=["image"],
    )  # fmt: skip
    expected = [average_precision_score(theirs == c, -items.sum(axis=1)) for c in ours]
    assert found.scores.get("image", "expected", "AP", ALL) == pytest.approx(np.mean(expected))


@pytest.mark.parametrize("engine", ["numba", "numpy"])
def test_every_block_and_engine_gives_the_same_at_all(engine, monkeypatch):
    codes, labels = problem(n=300)
    once = evaluate(codes, codes, labels, labels, k=[7, "all"], self_retrieval=True)
    monkeypatch.setattr("hashbench.ranking.measure_plan._BLOCK_CELLS", 1)  # 64 queries a block
    again = evaluate(codes, codes, labels, labels, k=[7, "all"], self_retrieval=True, engine=engine)
    for name, values in once.per_query.items():
        np.testing.assert_allclose(again.per_query[name], values, atol=1e-12)
    for query, curve in once.by_rank.items():
        for name, values in curve.items():
            np.testing.assert_allclose(again.by_rank[query][name], values, atol=1e-12)


def test_skipped_queries_leave_the_mean_and_no_other():
    database = BinaryCodes.from_bits([[0, 0, 0], [0, 0, 1], [1, 1, 1]])
    query = BinaryCodes.from_bits([[0, 0, 0], [0, 0, 0]])
    found = evaluate(
        query, database, Labels.from_array([0, 1], 2), Labels.from_array([1, 0, 0], 2),
        k=1, profiles=["image", "image-skip"], measures=['AP(divisor="hits", empty="skip")@2'],
    )  # fmt: skip
    # At rank 1 lies an item of class 1, so the first query has no hit.
    assert found.scores.get("image", "expected", "AP", 1) == 0.5
    assert found.scores.get("image-skip", "expected", "AP", 1) == 1.0
    assert found.mean('AP(divisor="hits", ties="expected", query="kept", empty="skip")@2') == 0.75


def test_where_no_query_has_a_hit_the_mean_is_zero():
    codes = BinaryCodes.from_bits([[0, 0], [1, 1]])
    found = evaluate(
        codes, codes, Labels.from_array([0, 0], 2), Labels.from_array([1, 1], 2),
        k="all", profiles=["image-skip"],
    )  # fmt: skip
    assert found.scores.get("image-skip", "expected", "AP", ALL) == 0


def test_names_from_before_there_were_skipped_queries_stay():
    assert str(AP(5, "hits")) == 'AP(divisor="hits", ties="expected", query="kept")@5'
    skipping = AP(5, "hits", empty="skip")
    assert str(skipping).endswith('query="kept", empty="skip")@5')
    assert parse_measure(str(skipping)) == skipping
    with pytest.raises(UsageError, match='only the divisor "hits" leaves'):
        AP(5, "K", empty="skip")


@settings(max_examples=60, deadline=None)
@given(rankings)
def test_curves_over_ranks_are_the_mean_over_all_orders(pairs):
    distances, relevant = (list(column) for column in zip(*pairs, strict=True))
    counts = ranked_of(distances, relevant).counts()
    curve = RankCurve()
    curve.add(counts)
    found = curve.means()
    assert found["rank"] == list(range(1, len(pairs) + 1))
    every = np.array(list(orders(distances, relevant)), dtype=float).cumsum(axis=1).mean(axis=0)
    np.testing.assert_allclose(found["precision"], every / found["rank"], atol=1e-12)
    np.testing.assert_allclose(found["recall"], every / max(sum(relevant), 1), atol=1e-12)


def test_an_evaluation_at_all_is_kept_whole(tmp_path: Path):
    codes, labels = problem()
    found = evaluate(
        codes, codes, labels, labels,
        k=[3, "all"], profiles=["image-skip", "paper"], self_retrieval=True,
    )  # fmt: skip
    found.save(tmp_path / "values.npz")
    again = Evaluation.load(tmp_path / "values.npz")
    assert again.k == (3, ALL)
    assert again.summary() == found.summary()
    nested = json.loads(json.dumps(found.scores.to_json()))
    assert "AP@all" in nested["paper"]["expected"]
    assert Scores.from_json(nested).k == (3, ALL)
    assert set(found.to_frame()["k"]) == {3, "all"}
    assert found.plot().axes[0].lines[0].get_xdata().tolist() == [3, len(codes)]
    assert found.by_rank.keys() == {"kept", "dropped"}


def test_a_k_beyond_the_database_names_all():
    codes, labels = problem()
    with pytest.raises(UsageError, match="at most 40; 'all' stands for the whole database"):
        evaluate(codes, codes, labels, labels, k=41)
