"""``hashbench two-stage``: its table against a search carried out by hand."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import numpy as np
import pytest
from making_data import features
from two_sets import write_two_sets

import hashbench
from hashbench.errors import UsageError
from hashbench.places import Places
from hashbench.ranking import evaluate, parse_measure
from hashbench.retrieval.two_stage import StageOptions, stage_scores
from hashbench.runs import Store

CommandLine = Callable[..., CompletedProcess[str]]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    folder = tmp_path_factory.mktemp("runs")
    card, _ = write_two_sets(folder)
    run = hashbench.run(["itq", "random"], card, bits=8, k=5, seed="0,1", out=folder / "runs")
    return run.store


def test_recall_is_that_of_a_search_that_rescores(store: Store) -> None:
    """Between the best and the worst order of ties lies a search that takes database order."""
    X = features(20, seed=3).mean(axis=1, dtype=np.float64)
    unit = X / np.linalg.norm(X, axis=1, keepdims=True)
    cosine = unit @ unit.T
    np.fill_diagonal(cosine, -np.inf)
    near = np.argsort(-cosine, axis=1)[:, :3]
    records = [(store, record) for record in store.records()]
    found = stage_scores(records, StageOptions(3, (5, 19), 4), Places())
    assert [one.record for one in found] == store.records()
    for one in found:
        _, database = store.codes(one.record)
        distance = (database.unpack()[:, None] != database.unpack()[None]).sum(axis=2)
        np.fill_diagonal(distance, 99)
        bounds = []
        for worse in (-1, 1):  # true neighbours before their equals, or behind them
            keys = 2 * distance.astype(float)
            np.put_along_axis(keys, near, np.take_along_axis(keys, near, 1) + 0.5 * worse, 1)
            first = np.argsort(keys, axis=1)[:, :5]
            bounds.append(np.mean([np.isin(n, f).mean() for n, f in zip(near, first, strict=True)]))
        assert bounds[1] <= one.recall[0] <= bounds[0]
        assert one.recall[1] == pytest.approx(1)


def test_asymmetric_distance_is_measured_where_there_are_projections(store: Store) -> None:
    records = [(store, record) for record in store.records()]
    found = stage_scores(records, StageOptions(3, (5,), 4, asymmetric=True), Places())
    labels = hashbench.load_dataset(next(store.path.parent.glob("first/*.toml"))).query.labels
    for one in found:
        query, database = store.codes(one.record)
        assert (one.asymmetric is None) == (one.record.method.name == "random")
        name = 'AP(query="dropped")@4'
        result = evaluate(
            query, database, labels, labels, k=[4], self_retrieval=True, measures=[name]
        )
        assert one.hamming == pytest.approx(result.mean(parse_measure(name)))
        if one.asymmetric is not None:
            assert one.asymmetric != one.hamming


def test_a_database_that_is_too_small_is_refused(store: Store) -> None:
    records = [(store, store.records()[0])]
    with pytest.raises(UsageError, match="K can be at most 19"):
        stage_scores(records, StageOptions(3, (20,), 4), Places())
    with pytest.raises(UsageError, match="20 nearest are asked for"):
        stage_scores(records, StageOptions(20, (5,), 4), Places())


def test_the_command(hashbench_command: CommandLine, store: Store, tmp_path: Path) -> None:
    call = ("two-stage", store.path, "--find", "3", "--first", "5,10", "--k", "4", "--asymmetric")
    done = hashbench_command(*call, "--curves", "figures")
    assert done.returncode == 0, done.stderr
    assert "recall@3 of exact cosine (%)" in done.stdout
    assert "not to be mixed" in done.stdout
    assert "none" in done.stdout
    assert {path.suffix for path in (tmp_path / "figures").iterdir()} >= {".png", ".svg", ".json"}
    done = hashbench_command(*call, "--format", "json")
    rows = json.loads(done.stdout)
    assert [(row["method"], row["seed"]) for row in rows] == [
        ("itq", 0), ("itq", 1), ("random", 0), ("random", 1)
    ]  # fmt: skip
    assert list(rows[0]["recall"]) == ["5", "10"]
    assert rows[0]["recall"]["5"] <= rows[0]["recall"]["10"] <= 1
