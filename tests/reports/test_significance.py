"""Marks of significance in tables, against the paired comparisons that they stand for."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from click.testing import CliRunner
from making_runs import LABELS, add, four_methods

from hashbench.cli.main import cli
from hashbench.errors import UsageError
from hashbench.ranking.clusters import class_clusters
from hashbench.ranking.ranks import rank_ranges
from hashbench.ranking.statistics import compare
from hashbench.reports import Selection, tables
from hashbench.reports.comparing import Terms, verdicts
from hashbench.reports.documents import report
from hashbench.reports.formats import render
from hashbench.reports.perquery import per_query_values
from hashbench.reports.results import load
from hashbench.reports.significance import ranked
from hashbench.runs import Store


@pytest.fixture
def store(tmp_path):
    store = four_methods(Store(tmp_path / "runs"))
    add(store, "good", 0.05, 0, bits=24)
    return store


def found_in(store, **chosen):
    found = load([store.path])
    return ranked(tables(found, Selection(**chosen)), found, [store.path])


def test_ranks_are_those_of_boards(store):
    (table,) = found_in(store, k=(20,))
    results = [r for r in load([store.path])[0].measured if r.bits == 16]
    homes = {result.key: [store.path] for result in results}
    name = 'AP(divisor="min(R,K)", ties="expected", query="dropped")@20'
    values = {
        method: per_query_values([r for r in results if r.method.label == method], homes, name)
        for method in ("good", "twin", "poor")
    }
    means = {method: float(array.mean()) for method, array in values.items()}
    expected = rank_ranges(means, compare(values, class_clusters(LABELS)))
    ranks = {row.label: row.scores[0].rank for row in table.rows}
    assert ranks == {**expected, "random": None}
    assert ranks["poor"] == (3, 3)


def test_a_tie_with_the_best_is_one_that_compare_cannot_tell_apart(store):
    (table,) = found_in(store, k=(20,))
    at_16 = {row.label: row.scores[0] for row in table.rows}
    assert sum(score.best for score in at_16.values()) == 1
    assert {name for name, score in at_16.items() if score.tied or score.best} == {"good", "twin"}
    (pair,) = verdicts(["good", "twin"], [store.path], Terms(bits=(16,)))
    assert not pair.comparison.separable
    (remark,) = map(str, table.remarks)
    assert remark.startswith("≈ not separable from the best at 5 % after Holm's correction, over ")
    assert remark.endswith("over seeds and queries by class")


def test_a_lone_method_has_no_rank_and_one_seed_is_said(store):
    (table,) = found_in(store, k=(20,))
    assert [row.scores[1].rank for row in table.rows] == [None] * 4  # 24 bits
    add(store, "poor", 0.45, 0, bits=24)
    (table,) = found_in(store, k=(20,))
    at_24 = {row.label: row.scores[1].rank for row in table.rows}
    assert (at_24["good"], at_24["poor"]) == ((1, 1), (2, 2))
    assert "queries by class only where there is one seed" in str(table.remarks[0])


def test_where_none_is_tied_a_note_says_that_all_were_compared(tmp_path):
    store = Store(tmp_path / "runs")
    for seed in (0, 1, 2):
        add(store, "good", 0.05, seed)
        add(store, "poor", 0.40, seed)
    (table,) = found_in(store, k=(20,))
    assert str(table.remarks[0]).startswith("all others are separable from the best at 5 %")


def test_every_format_has_the_mark(store):
    found = load([store.path])
    document = report(found, Selection(k=(20,)), [store.path])
    assert "≈" in render(document, "table")
    assert "≈ ±" in render(document, "markdown")
    assert r"$\approx$ " in render(document, "latex")
    (table,) = json.loads(render(document, "json"))["tables"]
    ranks = {row["method"]: row["scores"][0]["rank"] for row in table["rows"]}
    assert ranks == {"good": [1, 2], "twin": [1, 2], "poor": [3, 3], "random": None}
    assert "≈" not in render(report(found, Selection(k=(20,))), "table")


def test_the_command_line_marks_unless_told_not_to(store):
    with_marks = CliRunner().invoke(cli, ["report", str(store.path), "--k", "20"])
    without = CliRunner().invoke(cli, ["report", str(store.path), "--no-significance"])
    assert "≈ not separable from the best" in with_marks.output
    assert "≈" not in without.output


def test_lost_values_are_a_note_and_no_mark(store):
    (record, *_) = [r for r in store.records() if r.method.name == "twin"]
    store.file(record, "per_query").unlink()
    (table,) = found_in(store, k=(20,))
    assert {row.scores[0].rank for row in table.rows} == {None}
    assert [str(remark) for remark in table.remarks] == [
        "what is separable is not known at 16 bits: per-query values are missing or cannot be read"
    ]


def test_a_method_without_the_k_is_left_out(store):
    add(store, "late", 0.1, 0, k=(5,))
    at_5, at_20 = found_in(store, k=(5, 20))
    assert {r.label for r in at_5.rows if r.scores[0].rank} == {"good", "twin", "poor", "late"}
    assert {r.label for r in at_20.rows if r.scores[0].rank} == {"good", "twin", "poor"}


def test_of_one_query_a_table_stands_with_a_note(store, monkeypatch):
    def refuse(*_):
        raise UsageError("one query; nothing can be said of others from fewer than two")

    monkeypatch.setattr("hashbench.ranking.statistics.compare", refuse)
    (table,) = found_in(store, k=(20,))
    (remark,) = map(str, table.remarks)
    assert remark.startswith("what is separable is not known at 16 bits: one query; nothing")


def test_a_cell_that_failed_in_another_directory_is_ranked_by_where_it_did_not(store, tmp_path):
    other = Store(tmp_path / "before")
    done = next(r for r in store.records() if r.method.label == "good")
    error = {"type": "MethodError", "message": "out of memory"}
    other.write(replace(done, status="failed", evaluation=None, files={}, error=error))
    runs = [other.path, store.path]
    found = load(runs)
    (table,) = ranked(tables(found, Selection(k=(20,))), found, runs)
    (alone,) = found_in(store, k=(20,))
    assert [row.scores for row in table.rows] == [row.scores for row in alone.rows]
