"""Paired comparisons from stores, against differences known by construction."""

from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from making_runs import CLASSES, LABELS, add, four_methods

from hashbench.cli.main import cli
from hashbench.errors import UsageError
from hashbench.ranking import Evaluation
from hashbench.reports.compared import compared, matrix
from hashbench.reports.comparing import Terms, verdicts
from hashbench.reports.formats import render
from hashbench.runs import Store


@pytest.fixture
def store(tmp_path):
    return four_methods(Store(tmp_path / "runs"))


def test_a_real_difference_is_found_with_its_size_and_sign(store):
    (found,) = verdicts(["good", "POOR"], [store.path], Terms())
    means = {
        name: np.mean([
            r.evaluation["profiles"]["strict"]["expected"]["AP@20"]
            for r in store.records() if r.method.name == name
        ])
        for name in ("good", "poor")
    }  # fmt: skip
    pair = found.comparison
    assert pair.difference == pytest.approx(means["good"] - means["poor"])
    assert pair.low < pair.difference < pair.high
    assert (found.words, found.scope) == ("good is better", "seeds and queries in 6 classes")
    (reverse,) = verdicts(["poor", "good"], [store.path], Terms())
    assert reverse.words == "good is better"
    assert reverse.comparison.difference == pytest.approx(-pair.difference)


def test_twins_are_not_separable(store):
    (found,) = verdicts(["good", "twin"], [store.path], Terms())
    pair = found.comparison
    assert found.words == f"not separable, {100 * pair.detectable:.2f} or more would be"
    assert pair.low <= 0 <= pair.high < pair.detectable


def test_without_names_all_competitors_are_paired_and_corrected(store):
    found = verdicts([], [store.path], Terms())
    pairs = {(v.comparison.a, v.comparison.b) for v in found}
    assert pairs == {("good", "poor"), ("good", "twin"), ("poor", "twin")}
    smallest = min(v.comparison.p for v in found)
    assert min(v.comparison.p_holm for v in found) == pytest.approx(3 * smallest)


def test_one_seed_covers_queries_only_and_says_so(tmp_path):
    store = Store(tmp_path / "runs")
    add(store, "good", 0.05, 0)
    add(store, "poor", 0.30, 0)
    (found,) = verdicts(["good", "poor"], [store.path], Terms())
    assert found.scope == "queries in 6 classes only: one seed"


def test_p_is_corrected_within_a_length(store):
    for seed in (0, 1, 2):
        for name, noise in (("good", 0.05), ("twin", 0.06)):
            add(store, name, noise, seed + 50, bits=32)
    found = verdicts([], [store.path], Terms())
    assert [v.bits for v in found] == [16, 16, 16, 32]
    assert found[-1].comparison.p_holm == found[-1].comparison.p


def without_clusters(store):
    """Make the per-query files as they were before they held clusters."""
    for path in (store.path / "per_query").glob("*.npz"):
        replace(Evaluation.load(path), clusters=None).save(path)


def test_older_records_find_their_classes_in_the_data_set(store, monkeypatch):
    (now,) = verdicts(["good", "poor"], [store.path], Terms())
    without_clusters(store)

    class Opened:
        sha256 = "d" * 64
        query = SimpleNamespace(labels=LABELS)

    monkeypatch.setattr("hashbench.data.load_dataset", lambda name: Opened)
    (found,) = verdicts(["good", "poor"], [store.path], Terms())
    assert found == now
    monkeypatch.setattr(Opened, "sha256", "e" * 64)
    (other,) = verdicts(["good", "poor"], [store.path], Terms())
    assert other.independent


def test_where_classes_are_unknown_the_scope_says_so(store, monkeypatch, capsys):
    without_clusters(store)
    (found,) = verdicts(["good", "twin"], [store.path], Terms())
    assert found.scope == "seeds and queries, queries taken for independent"
    assert found.comparison.n_clusters is None
    monkeypatch.setenv("COLUMNS", "160")
    cli.main(["compare", "good", "twin", "--runs", str(store.path)], standalone_mode=False)
    printed = capsys.readouterr().out
    assert "intervals over seeds and queries, queries taken for independent" in printed
    assert f"{100 * found.comparison.detectable:.2f} or more would be" in printed


def test_two_run_directories_are_compared_method_by_method(store, tmp_path):
    other = Store(tmp_path / "later")
    for seed in (0, 1, 2):
        add(other, "poor", 0.05, seed, note="improved")
    (found,) = verdicts([str(store.path), str(other.path)], [], Terms())
    assert found.comparison.a == f"poor in {store.path}"
    assert found.words == f"poor in {other.path} is better"


def test_other_profiles_and_cut_offs(store):
    terms = Terms(k=5, profile="official")
    (found,) = verdicts(["good", "poor"], [store.path], terms)
    assert found.profile == "official"
    expected = [
        np.mean([r.evaluation["profiles"]["official"]["expected"]["AP@5"]
                 for r in store.records() if r.method.name == name])
        for name in ("good", "poor")
    ]  # fmt: skip
    assert found.comparison.difference == pytest.approx(expected[0] - expected[1])


def test_json(store):
    document = json.loads(
        render(compared(verdicts(["good", "poor"], [store.path], Terms()), Terms()), "json")
    )
    (row,) = document["comparisons"]
    assert row["separable"] is True
    assert row["difference"]["n_seeds"] == 3
    assert (row["first"], row["second"]) == ("good", "poor")
    assert (row["n_clusters"], row["covers_seeds"]) == (CLASSES, True)
    assert 0 < row["p"] <= row["p_holm"] < row["alpha"]
    assert row["difference"]["low"] < row["difference"]["mean"] < row["difference"]["high"]


@pytest.mark.parametrize(
    ("wanted", "terms", "message"),
    [
        (["good", "por"], Terms(), "no method in the records 'por'; did you mean 'poor'"),
        (["good"], Terms(), "good alone cannot be compared"),
        (["good", "poor"], Terms(k=7), r"no AP\(.*@7; it has K = 5,20; .*--k 7' adds it"),
        (["good", "poor"], Terms(profile="papr"), "no profile 'papr'"),
        (["good", "poor"], Terms(ties="exact"), "no tie rule 'exact'"),
        (["good", "poor"], Terms(bits=(32,)), "no code length is common"),
        (["good", "poor"], Terms(dataset="toys"), "no data set 'toys'; did you mean 'toy'"),
    ],
)
def test_mistakes(store, wanted, terms, message):
    with pytest.raises(UsageError, match=message):
        verdicts(wanted, [store.path], terms)


def test_directories_and_methods_do_not_mix(store):
    with pytest.raises(UsageError, match="cannot be mixed"):
        verdicts([str(store.path), "good"], [store.path], Terms())
    with pytest.raises(UsageError, match="cannot be compared with itself"):
        verdicts([str(store.path), str(store.path)], [], Terms())


def test_two_data_sets_need_a_choice(store):
    (first, *_) = store.records()
    store.write(replace(first, key="e" * 64, dataset=replace(first.dataset, name="other")))
    with pytest.raises(UsageError, match=r"records of 2 data sets .*--dataset picks one"):
        verdicts([], [store.path], Terms())


def test_a_label_with_parameters_is_printed_whole(store, monkeypatch, capsys):
    add(store, "good[lam=0.5]", 0.2, 0)
    monkeypatch.setenv("COLUMNS", "160")
    cli.main(["compare", "good", "good[lam=0.5]", "--runs", str(store.path)], standalone_mode=False)
    assert "good[lam=0.5]" in capsys.readouterr().out


def test_records_trained_on_another_set_are_left_out(store):
    before = verdicts(("good", "poor"), [store.path], Terms())
    for record in store.records():
        across = replace(record.dataset, trained_on="other", trained_on_sha256="e" * 64)
        key = record.key[:-1] + "f"
        store.write(replace(record, key=key, dataset=across, files=record.files))
    assert verdicts(("good", "poor"), [store.path], Terms()) == before


def test_a_matrix_has_each_pair_with_both_signs(store):
    found = verdicts((), [store.path], Terms(k=20))
    document = matrix(found, Terms(k=20))
    assert len(document.sheets) == len({verdict.bits for verdict in found})
    sheet = document.sheets[0]
    names = [column.head for column in sheet.columns]
    assert [line.label for line in sheet.lines] == names
    table = [[entry.value for entry in line.entries] for line in sheet.lines]
    shown = {
        (n, m): e.text
        for n, li in zip(names, sheet.lines, strict=True)
        for m, e in zip(names, li.entries, strict=True)
    }
    for i in range(len(names)):
        assert table[i][i] is None
        for j in range(i):
            assert table[i][j] == -table[j][i]
    for verdict in found:
        pair = verdict.comparison
        if verdict.bits == found[0].bits:
            text = f"{100 * pair.difference:+.2f}"
            assert shown[pair.a, pair.b] == (text if pair.separable else f"({text})")
    assert document.data == compared(found, Terms(k=20)).data


def test_two_releases_in_one_directory_are_not_pooled(store, tmp_path):
    other = four_methods(Store(tmp_path / "other"))
    (first, *_) = [r for r in store.records() if r.method.name == "good"]
    store.write(replace(first, key="e" * 64, method=replace(first.method, version="2")))
    with pytest.raises(UsageError, match=r"runs: good is of here 1, here 2; a directory with one"):
        verdicts([str(store.path), str(other.path)], [], Terms())
