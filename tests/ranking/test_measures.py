"""Measures against brute force over all orders, Monte Carlo, and trec_eval."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import pytrec_eval
from hypothesis import given, settings
from hypothesis import strategies as st

from hashbench import BinaryCodes, Labels
from hashbench.errors import UsageError
from hashbench.ranking import (
    AP,
    Measure,
    Precision,
    RadiusPrecision,
    Ranked,
    Recall,
    TieMass,
    evaluate,
    parse_measure,
    prepare,
)
from hashbench.ranking.profiles import DIVISORS, QUERIES
from hashbench.ranking.ties import TIES


def ranked_of(distances, relevant, bits=6):
    """One query of all zeros against items at the given distances."""
    items = (np.arange(bits) < np.asarray(distances)[:, None]).astype(int)
    database, query = BinaryCodes.from_bits(items), BinaryCodes.from_bits(np.zeros((1, bits)))
    labels = Labels(np.asarray(relevant, dtype=bool)[:, None])
    engine, wanted = prepare(database, labels, engine="numpy"), Labels(np.ones((1, 1), dtype=bool))
    n = len(relevant)
    return Ranked(engine.count(query, wanted, depth=n), lists=engine.lists(query, wanted, depth=n))


def textbook_ap(order, k, divisor, total):
    """AP@K from its definition, on one order of relevance flags."""
    hits = np.cumsum(order)
    gain = sum(order[i] * hits[i] / (i + 1) for i in range(k))
    by = {"K": k, "min(R,K)": min(total, k), "hits": hits[k - 1], "R": total}[divisor]
    return gain / by if by else 0.0


def orders(distances, relevant):
    """All orders of the relevance flags inside the tie groups."""
    groups = [
        [bool(r) for d, r in zip(distances, relevant, strict=True) if d == level]
        for level in sorted(set(distances))
    ]
    for choice in itertools.product(*(itertools.permutations(group) for group in groups)):
        yield [flag for group in choice for flag in group]


rankings = st.lists(st.tuples(st.integers(0, 3), st.booleans()), min_size=1, max_size=7)


@settings(max_examples=60, deadline=None)
@given(rankings, st.data())
def test_every_tie_policy_is_what_all_permutations_say(pairs, data):
    distances, relevant = (list(column) for column in zip(*pairs, strict=True))
    k = data.draw(st.integers(1, len(pairs)))
    divisor = data.draw(st.sampled_from(DIVISORS))
    ranked, total = ranked_of(distances, relevant), sum(relevant)
    every = list(orders(distances, relevant))
    values = [textbook_ap(order, k, divisor, total) for order in every]
    got = {ties: AP(k, divisor, ties).per_query(ranked)[0] for ties in TIES}
    assert got["expected"] == pytest.approx(np.mean(values), abs=1e-12)
    if divisor != "hits":  # there, more hits in the top K do not always raise the quotient
        assert got["optimistic"] == pytest.approx(max(values), abs=1e-12)
        assert got["pessimistic"] == pytest.approx(min(values), abs=1e-12)
    stable = [relevant[i] for i in np.argsort(distances, kind="stable")]
    assert got["stable"] == pytest.approx(textbook_ap(stable, k, divisor, total), abs=1e-12)
    hits = [sum(order[:k]) for order in every]
    assert Precision(k).per_query(ranked)[0] == pytest.approx(np.mean(hits) / k, abs=1e-12)
    recall = np.mean(hits) / total if total else 0.0
    assert Recall(k).per_query(ranked)[0] == pytest.approx(recall, abs=1e-12)


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from(DIVISORS))
def test_expected_ties_agree_with_monte_carlo(seed, divisor):
    rng = np.random.default_rng(seed)
    distances, relevant = rng.integers(0, 4, 60), rng.random(60) < 0.3
    k, rounds = 25, 1500
    values = np.empty(rounds)
    for i in range(rounds):
        shuffled = np.lexsort((rng.random(60), distances))
        values[i] = textbook_ap(relevant[shuffled].tolist(), k, divisor, int(relevant.sum()))
    expected = AP(k, divisor).per_query(ranked_of(distances, relevant))[0]
    assert abs(expected - values.mean()) < 5.5 * values.std() / math.sqrt(rounds) + 1e-9


def problem(n=400, bits=12, seed=0, classes=9):
    rng = np.random.default_rng(seed)
    ids = rng.integers(0, classes, n)
    centres = rng.integers(0, 2, (classes, bits))
    codes = centres[ids] ^ (rng.random((n, bits)) < 0.25)
    return BinaryCodes.from_bits(codes), Labels.from_array(ids, classes)


def test_strict_is_the_same_as_ranking_each_query_against_all_others():
    codes, labels = problem(60)
    result = evaluate(
        codes, codes, labels, labels, k=(7, 20), ties=TIES, self_retrieval=True, full=True
    )
    for row in range(60):
        others = np.delete(np.arange(60), row)
        alone = evaluate(
            codes[row], codes[others], labels[row], labels[others],
            k=(7, 20), profiles=("strict",), ties=TIES, full=True,
        )  # fmt: skip
        for name, values in alone.per_query.items():
            assert values[0] == pytest.approx(result.per_query[name][row], abs=1e-12), name


def test_profiles_differ_as_they_say():
    codes, labels = problem(seed=3)
    result = evaluate(codes, codes, labels, labels, k=(100,), self_retrieval=True)
    table = {name: v["expected"] for name, v in result.summary()["profiles"].items()}
    class_sizes = labels.multi_hot.sum(axis=0)[labels.ids]
    paper = result.per_query[str(AP(100, "min(R,K)"))]
    official = result.per_query[str(AP(100, "K"))]
    np.testing.assert_allclose(official * 100, paper * np.minimum(class_sizes, 100))
    assert table["strict"]["AP@100"] < table["paper"]["AP@100"]
    assert table["paper"]["P@100"] == table["official"]["P@100"]
    assert result.summary()["queries_without_relevant"] == 0


def test_cut_and_whole_lists_agree_with_trec_eval():
    codes, labels = problem(120, bits=200, seed=5)
    query, ql = codes[:20], labels[:20]
    theirs = ("map_cut_30", "P_30", "recall_30", "map")
    ours = [f"{name}(ties='stable')@30" for name in ("P", "R")]
    ours = ["AP(divisor='R', ties='stable')@30", *ours, "AP(divisor='R', ties='stable')"]
    result = evaluate(query, codes, ql, labels, k=(30,), measures=ours, full=False)
    distances = (query.unpack()[:, None] != codes.unpack()[None]).sum(axis=2)
    relevance = ql.relevance(labels)
    # Scores that fall with distance and, inside a tie, with the position in the database.
    scores = 1000 - distances - np.arange(120) / 1000
    qrels = {f"q{i}": {f"d{j}": int(relevance[i, j]) for j in range(120)} for i in range(20)}
    run = {f"q{i}": {f"d{j}": float(scores[i, j]) for j in range(120)} for i in range(20)}
    judged = pytrec_eval.RelevanceEvaluator(qrels, {"map_cut", "P", "recall", "map"}).evaluate(run)
    for name, measure in zip(theirs, ours, strict=True):
        expected = [judged[f"q{i}"][name] for i in range(20)]
        np.testing.assert_allclose(result.per_query[str(parse_measure(measure))], expected)


def test_radius_and_tie_mass_by_hand():
    ranked = ranked_of([0, 1, 2, 2, 3, 3, 3, 5], [1, 0, 1, 1, 0, 1, 0, 0])
    assert RadiusPrecision().per_query(ranked)[0] == 3 / 4
    assert TieMass(6).per_query(ranked)[0] == pytest.approx(2 / 6)
    assert TieMass(4).per_query(ranked)[0] == 0
    far = ranked_of([4, 5], [1, 1])
    assert RadiusPrecision().per_query(far)[0] == 0


@given(
    st.one_of(
        st.builds(
            AP,
            st.none() | st.integers(1, 10**6),
            st.sampled_from(DIVISORS),
            st.sampled_from(TIES),
            st.sampled_from(QUERIES),
        ),
        st.builds(Precision, st.integers(1, 100), st.sampled_from(TIES)),
        st.builds(Recall, st.integers(1, 100), st.sampled_from(TIES)),
        st.builds(TieMass, st.integers(1, 100)),
        st.builds(RadiusPrecision, st.none(), st.integers(0, 9)),
    )
)
def test_names_parse_back(measure: Measure):
    assert parse_measure(str(measure)) == measure


def test_the_documented_name():
    name = 'AP(divisor="min(R,K)", ties="expected", query="kept")@20'
    assert str(parse_measure(name)) == name == str(AP(20))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("AQ@20", "no measure 'AQ'"),
        ("AP(divisr='K')@20", "did you mean 'divisor'"),
        ("AP(divisor='L')@20", "no divisor of AP 'L'"),
        ("AP@0", "whole number from 1"),
        ("AP@x", "not of the form"),
        ("AP(20)", "not of the form"),
        ("AP(divisor=open('x'))@5", "not of the form"),
        ("PRadius@5", "takes no cut-off"),
        ("PRadius(within=-1)", "a distance from 0"),
    ],
)
def test_bad_names_say_what_is_wrong(text, message):
    with pytest.raises(UsageError, match=message):
        parse_measure(text)


def test_counts_that_do_not_reach_are_refused():
    codes, labels = problem(50)
    counts = prepare(codes, labels).count(codes, labels, depth=5, radius=-1)
    with pytest.raises(UsageError, match="reach rank 5, not rank 6"):
        AP(6).per_query(Ranked(counts))
    with pytest.raises(UsageError, match="complete to radius -1"):
        RadiusPrecision().per_query(Ranked(counts))
    with pytest.raises(UsageError, match="ranked lists"):
        AP(5, ties="stable").per_query(Ranked(counts))
