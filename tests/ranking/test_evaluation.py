"""Evaluations: kept whole on disk, refused where they cannot be right; documentation examples."""

from __future__ import annotations

import doctest
import json
from pathlib import Path

import numpy as np
import pytest

import hashbench.ranking.clusters
import hashbench.ranking.measures
import hashbench.ranking.ranks
import hashbench.ranking.statistics
from hashbench import BinaryCodes, Labels
from hashbench.errors import DataError, UsageError
from hashbench.plugins import registry
from hashbench.ranking import (
    AP,
    Evaluation,
    evaluate,
    evaluate_counts,
    make_plan,
    measure_class,
    prepare,
)


def problem(n=150, bits=10):
    rng = np.random.default_rng(7)
    codes = BinaryCodes.from_bits(rng.integers(0, 2, (n, bits)))
    return codes, Labels.from_array(rng.integers(0, 6, n), 6)


def test_saved_and_loaded_it_is_the_same(tmp_path):
    codes, labels = problem()
    result = evaluate(
        codes, codes, labels, labels, k=(5,), self_retrieval=True, measures=["AP(divisor='hits')@9"]
    )
    result.save(tmp_path / "values.npz")
    loaded = Evaluation.load(tmp_path / "values.npz")
    assert loaded.summary() == result.summary()
    for name, values in result.per_query.items():
        np.testing.assert_array_equal(loaded.per_query[name], values)
    np.testing.assert_array_equal(loaded.clusters, labels.ids)
    json.dumps(result.summary(), allow_nan=False)


def test_clusters_are_kept_where_queries_are_the_database_alone(tmp_path):
    codes, labels = problem()
    apart = evaluate(codes[:9], codes, labels[:9], labels, k=(5,), full=False)
    apart.save(tmp_path / "values.npz")
    assert Evaluation.load(tmp_path / "values.npz").clusters is None


def test_what_is_no_evaluation_is_refused(tmp_path):
    with pytest.raises(DataError, match="no such file"):
        Evaluation.load(tmp_path / "none.npz")
    codes, labels = problem()
    evaluate(codes, codes, labels, labels, k=(5,)).save(tmp_path / "cut.npz")
    content = (tmp_path / "cut.npz").read_bytes()
    (tmp_path / "cut.npz").write_bytes(content[: len(content) // 2])
    codes.save(tmp_path / "codes.npz")
    for name in ("cut.npz", "codes.npz"):
        with pytest.raises(DataError, match=r"not a (readable )?file of per-query values"):
            Evaluation.load(tmp_path / name)


def test_optimistic_and_pessimistic_are_orders_and_bound_only_fixed_divisors():
    # Of the three places of a tie behind one hit, two are seen; both items there are relevant.
    codes = BinaryCodes.from_bits([[0, 0], [0, 1], [0, 1], [0, 1]])
    query, classes = codes[:1], Labels.from_array([0, 1, 1, 0], 2)
    ask = {"k": (3,), "measures": [], "full": False}
    found = {
        ties: evaluate(
            query, codes, classes[:1], classes, **{**ask, "measures": [
                AP(3, divisor, ties) for divisor in ("hits", "min(R,K)")
            ]}
        )
        for ties in ("optimistic", "expected", "pessimistic")
    }  # fmt: skip
    whole = {t: e.mean(AP(3, "min(R,K)", t)) for t, e in found.items()}
    assert whole["pessimistic"] < whole["expected"] < whole["optimistic"] == 1
    hits = {t: e.mean(AP(3, "hits", t)) for t, e in found.items()}
    # The orders of the last relevant item: rank 2, 3 or 4, that is 1, 5/6 and 1.
    assert hits["optimistic"] == hits["pessimistic"] == 1
    assert hits["expected"] == pytest.approx((1 + 5 / 6 + 1) / 3)


def test_blocks_of_queries_do_not_show(monkeypatch):
    codes, labels = problem(300, 64)
    whole = evaluate(codes, codes, labels, labels, k=(9,), self_retrieval=True, ties=("stable",))
    monkeypatch.setattr("hashbench.ranking.measure_plan._BLOCK_CELLS", 1)
    done = []
    parts = evaluate(
        codes, codes, labels, labels, k=(9,), self_retrieval=True, ties=("stable",),
        progress=lambda n, total: done.append((n, total)),
    )  # fmt: skip
    assert done == [(64, 300), (128, 300), (192, 300), (256, 300), (300, 300)]
    for name, values in whole.per_query.items():
        np.testing.assert_array_equal(parts.per_query[name], values)


def test_merged_counts_evaluate_like_the_whole():
    codes, labels = problem()
    plan = make_plan((5, 20), ("paper", "strict"), ("expected",), (), False, len(codes), True)
    counts = prepare(codes, labels).count(codes, labels, depth=plan.depth, radius=plan.radius)
    labelled = labels.multi_hot.any(axis=1)
    result = evaluate_counts(counts, plan, own=np.arange(len(codes)), labelled=labelled)
    direct = evaluate(
        codes, codes, labels, labels, k=(5, 20), profiles=("paper", "strict"),
        self_retrieval=True, full=False,
    )  # fmt: skip
    assert result.summary() == direct.summary()


def test_perfect_and_hopeless_codes():
    ids = np.repeat(np.arange(4), 10)
    labels = Labels.from_array(ids)
    perfect = BinaryCodes.from_bits(np.eye(4, dtype=int)[ids])
    result = evaluate(perfect, perfect, labels, labels, k=(9,), self_retrieval=True)
    assert result.mean(AP(9, query="dropped")) == pytest.approx(1)
    assert result.mean(AP(None, "R", query="dropped")) == pytest.approx(1)
    assert result.curve["precision"][0] == pytest.approx(1)
    nothing = Labels(np.zeros((40, 4), dtype=bool))
    result = evaluate(perfect, perfect, nothing, nothing, k=(9,), self_retrieval=True)
    assert result.summary()["queries_without_relevant"] == 40
    assert result.mean(AP(9)) == 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"k": ()}, "at least one cut-off"),
        ({"k": (151,)}, "K can be at most 150"),
        ({"profiles": ("x",)}, "no profile 'x'"),
        ({"ties": ("random",)}, "no tie policy 'random'"),
        ({"measures": ["AP@500"]}, "K can be at most 150"),
    ],
)
def test_what_cannot_be_measured_is_refused(change, message):
    codes, labels = problem()
    with pytest.raises(UsageError, match=message):
        evaluate(codes, codes, labels, labels, **{"k": (5,), **change})


def test_self_retrieval_takes_one_set():
    codes, labels = problem()
    with pytest.raises(UsageError, match="ranks one set against itself"):
        evaluate(codes[:9], codes, labels[:9], labels, k=(5,), self_retrieval=True)


def test_measures_come_in_as_plugins():
    assert measure_class("ap") is AP
    assert registry().measures.plugin("AP").distribution == "hashbench"
    with pytest.raises(UsageError, match="no measure 'map'; did you mean 'ap'"):
        measure_class("map")


@pytest.mark.parametrize(
    "module",
    [
        hashbench.ranking.measures,
        hashbench.ranking.statistics,
        hashbench.ranking.ranks,
        hashbench.ranking.clusters,
    ],
)
def test_examples_in_docstrings(module):
    outcome = doctest.testmod(module)
    assert outcome.attempted > 0
    assert outcome.failed == 0


def test_examples_in_the_documentation():
    page = Path(__file__).parents[2] / "docs" / "measures.md"
    outcome = doctest.testfile(str(page), module_relative=False)
    assert outcome.attempted > 5
    assert outcome.failed == 0
