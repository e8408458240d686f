"""Files of TREC: ir_measures and pytrec_eval give our numbers back where definitions meet."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import pytrec_eval
from making_data import multi_hot, write_feats, write_set

import hashbench
from hashbench.data import load_dataset
from hashbench.errors import DataError, UsageError
from hashbench.ranking import PROFILES, evaluate, parse_measure
from hashbench.reports import Selection
from hashbench.reports.results import load
from hashbench.reports.trec import write_trec
from hashbench.runs import Store

K, N = 20, 80
CommandLine = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def card(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_set(tmp_path_factory.mktemp("set"), n=(60, N))


@pytest.fixture(scope="module")
def apart(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data set whose queries are a set of their own, some without a label."""
    folder = tmp_path_factory.mktemp("apart")
    card = write_set(folder, n=(60, N))
    write_feats(folder / "q.h5", np.random.default_rng(9).random((9, 4, 6), np.float32))
    labels = multi_hot(9, seed=5)
    labels[4] = 0
    np.save(folder / "q.npy", labels)
    text = card.read_text().replace('query = "test"', 'query = "ask"')
    card.write_text(text + '\n[splits.ask]\nfeats = "q.h5"\nlabels = "q.npy"\n')
    return card


@pytest.fixture(scope="module")
def runs(card: Path, apart: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    found = {}
    for name, path in (("card", card), ("apart", apart)):
        found[name] = tmp_path_factory.mktemp(name)
        hashbench.run(["lsh"], path, bits="4,6", seed="0,1", out=found[name], k="5,20",
                      device="cpu")  # fmt: skip
    return found


def read_run(path: Path) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    for line in path.read_text().splitlines():
        query, q0, item, rank, score, tag = line.split(" ")
        assert (q0, tag) == ("Q0", path.stem.removeprefix("mine-"))
        here = found.setdefault(query, {})
        assert int(rank) == len(here) + 1
        here[item] = float(score)
    return found


def read_qrels(path: Path) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for line in path.read_text().splitlines():
        query, _, item, relevance = line.split(" ")
        found.setdefault(query, {})[item] = int(relevance)
    return found


@pytest.mark.parametrize("which", ["card", "apart"])
@pytest.mark.parametrize("profile", ["official", "strict"])
def test_pytrec_eval_and_ir_measures_give_our_numbers_back(
    which: str, profile: str, runs: dict[str, Path], request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    ir_measures = pytest.importorskip("ir_measures")
    run, data = runs[which], load_dataset(request.getfixturevalue(which))
    written = write_trec(load([run]), Selection((K,), (profile,)), [run], tmp_path)
    assert [path.name for path in written] == [
        "mine.qrels", "mine-lsh-4-s0.run", "mine-lsh-4-s1.run", "mine-lsh-6-s0.run",
        "mine-lsh-6-s1.run",
    ]  # fmt: skip
    qrels, query = read_qrels(tmp_path / "mine.qrels"), PROFILES[profile].query
    names = ("P_20", "recall_20", "map_cut_20")
    for record in Store(run).records():
        theirs = read_run(tmp_path / f"mine-lsh-{record.bits}-s{record.seed}.run")
        judged = pytrec_eval.RelevanceEvaluator(qrels, {"P", "recall", "map_cut"}).evaluate(theirs)
        said = f'ties="stable", query="{query}"'
        ours = [f"P({said})@20", f"R({said})@20", f'AP(divisor="R", {said})@20']
        measured = evaluate(
            *Store(run).codes(record), data.query.labels, data.database.labels, k=[K],
            self_retrieval=data.self_retrieval, measures=ours, full=False,
        )  # fmt: skip
        for name, our in zip(names, ours, strict=True):
            values = measured.per_query[str(parse_measure(our))]
            back = [judged.get(f"q{i}", {}).get(name, 0.0) for i in range(len(values))]
            np.testing.assert_allclose(values, back, atol=1e-6)
        # A mean over the queries that have a relevant item; ours counts the others as 0.
        means = ir_measures.calc_aggregate(
            [ir_measures.P @ 20, ir_measures.R @ 20, ir_measures.AP @ 20], qrels, theirs
        )
        for name, our in (("P@20", ours[0]), ("R@20", ours[1]), ("AP@20", ours[2])):
            back = means[ir_measures.parse_measure(name)] * len(qrels) / measured.n_query
            assert measured.mean(parse_measure(our)) == pytest.approx(back, abs=1e-6)


def test_a_query_that_is_dropped_is_in_neither_file(runs: dict[str, Path], tmp_path: Path) -> None:
    for profile, there in (("strict", False), ("paper", True)):
        write_trec(load([runs["card"]]), Selection((K,), (profile,)), [runs["card"]], tmp_path)
        ranked = read_run(tmp_path / "mine-lsh-6-s0.run")
        judged = read_qrels(tmp_path / "mine.qrels")
        assert (judged["q3"].get("d3") == 1) is there
        assert any(f"d{q[1:]}" in items for q, items in ranked.items()) is there
        assert {len(items) for items in ranked.values()} == {K}


def test_the_command_writes_a_folder(
    runs: dict[str, Path], tmp_path: Path, hashbench_command: CommandLine
) -> None:
    run = str(runs["card"])
    done = hashbench_command("report", run, "--format", "trec", "--out", str(tmp_path / "a"),
                             "--bits", "6", "--k", "5")  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in (tmp_path / "a").iterdir()) == [
        "mine-lsh-6-s0.run", "mine-lsh-6-s1.run", "mine.qrels",
    ]  # fmt: skip
    assert len((tmp_path / "a" / "mine-lsh-6-s0.run").read_text().splitlines()) == 5 * N
    done = hashbench_command("report", run, "--format", "trec")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "--format trec writes a folder: --out is missing" in done.stderr


def test_what_does_not_fit_is_said(runs: dict[str, Path], card: Path, tmp_path: Path) -> None:
    run = runs["card"]
    with pytest.raises(UsageError, match="lists are of one profile"):
        write_trec(load([run]), Selection((K,), ("paper", "strict")), [run], tmp_path)
    both = [run, runs["apart"]]
    with pytest.raises(UsageError, match="several tables of mine"):
        write_trec(load(both), Selection((K,)), both, tmp_path)
    labels = card.parent / "labels.npy"
    before = labels.read_bytes()
    try:
        np.save(labels, multi_hot(N, seed=8))
        with pytest.raises(DataError, match="has changed since record"):
            write_trec(load([run]), Selection((K,)), [run], tmp_path)
    finally:
        labels.write_bytes(before)
