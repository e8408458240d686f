"""A grid from options to records."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from making_data import write_set

import hashbench
from hashbench.data import load_dataset
from hashbench.errors import DataError, UsageError
from hashbench.ranking import evaluate
from hashbench.ranking.profiles import ALWAYS
from hashbench.runs import Options, RunResult, Store, make_plan
from hashbench.runs.cell_runner import CellRunner
from hashbench.runs.executors.base import Outcome, Task, Watcher
from hashbench.workspace import Silent

pytestmark = pytest.mark.usefixtures("trial_methods")


class Here:
    """Works in this process: what the cells leave behind is the same, and sooner there."""

    def run(self, tasks: Sequence[Task], watcher: Watcher) -> Iterator[tuple[Task, Outcome]]:
        runner = CellRunner(Silent())
        for task in tasks:
            yield task, runner.run(task)


def go(card: Path, out: Path, *methods: str, **options: Any) -> RunResult:
    options = {"bits": "4,8", "k": "5,10", "device": "cpu", "executor": Here(), **options}
    return hashbench.run(methods or ["planes"], card, out=out, **options)


def test_a_record_holds_what_the_parts_give(card: Path, tmp_path: Path) -> None:
    result = go(card, tmp_path, "planes[gain=2]", seed="0,3")
    assert [(r.bits, r.seed, r.status) for r in result.records] == [
        (4, 0, "ok"),
        (4, 3, "ok"),
        (8, 0, "ok"),
        (8, 3, "ok"),
    ]
    record = result.records[3]
    dataset = load_dataset(card)
    method = hashbench.method("planes", bits=8, seed=3, gain=2.0).fit(dataset.train)
    codes = method.encode(dataset.query.unlabelled())
    assert result.store.codes(record) == (codes, codes)
    labels = dataset.query.labels
    expected = evaluate(codes, codes, labels, labels, k=(5, 10), self_retrieval=True)
    assert record.evaluation is not None
    assert record.evaluation["profiles"] == expected.summary()["profiles"]
    assert set(record.evaluation["profiles"]) == set(ALWAYS)
    stored = result.store.per_query(record)
    assert stored.keys() == expected.per_query.keys()
    for name, values in expected.per_query.items():
        np.testing.assert_array_equal(stored[name], values)
    assert record.method.label == "planes[gain=2.0]"
    assert record.diagnostics == {"loss": [1.0, 0.5]}
    assert set(record.times) == {"load", "fit", "encode", "rank"}
    assert record.dataset.n_train == 30
    assert record.peak_memory_bytes is not None
    assert 10e6 < record.peak_memory_bytes < 2e9
    assert record.encode_videos_per_s is not None
    assert record.encode_videos_per_s > 0


def test_what_is_done_is_kept_and_force_redoes_it(card: Path, tmp_path: Path) -> None:
    log = tmp_path / "fits"
    methods = [f"planes[log='{log}']", "itq"]
    first = go(card, tmp_path / "runs", *methods, bits="4")
    again = go(card, tmp_path / "runs", *methods, bits="4")
    assert again.records == first.records
    assert not again.outcomes
    assert again.manifest is None
    assert log.read_text().split() == ["4"]
    more = go(card, tmp_path / "runs", *methods, bits="2,4")
    assert {outcome.state for outcome in more.outcomes.values()} == {"done"}
    assert len(more.outcomes) == 2
    forced = go(card, tmp_path / "runs", *methods, bits="4", force=True)
    assert log.read_text().split() == ["4", "2", "4"]
    assert [r.codes_sha256 for r in forced.records] == [r.codes_sha256 for r in first.records]


def test_further_measures_come_from_the_codes(card: Path, tmp_path: Path) -> None:
    log = tmp_path / "fits"
    method = f"planes[log='{log}']"
    first = go(card, tmp_path / "runs", method, bits="4", k="5")
    more = go(card, tmp_path / "runs", method, bits="4", k="10", ties="expected,stable")
    assert [outcome.state for outcome in more.outcomes.values()] == ["ranked"]
    assert log.read_text().split() == ["4"]
    (before,), (after,) = first.records, more.records
    assert before.evaluation is not None
    assert after.evaluation is not None
    assert after.codes_sha256 == before.codes_sha256
    strict = after.evaluation["profiles"]["strict"]
    assert {"AP@5", "AP@10"} <= strict["expected"].keys() & strict["stable"].keys()
    old = before.evaluation["profiles"]["strict"]["expected"]["AP@5"]
    assert strict["expected"]["AP@5"] == old
    assert not go(card, tmp_path / "runs", method, bits="4", k="5,10").outcomes


def test_codes_that_have_gone_are_made_again_from_the_model(card: Path, tmp_path: Path) -> None:
    log = tmp_path / "fits"
    method = f"planes[log='{log}']"
    (record,) = go(card, tmp_path / "runs", method, bits="4", k="5").records
    Store(tmp_path / "runs").codes_path(record.key).unlink()
    again = go(card, tmp_path / "runs", method, bits="4", k="10")
    assert [outcome.state for outcome in again.outcomes.values()] == ["done"]
    assert again.records[0].codes_sha256 == record.codes_sha256
    assert again.records[0].times["fit"] == record.times["fit"]
    assert log.read_text().split() == ["4"]


@pytest.mark.parametrize("kind", ["codes", "per_query"])
@pytest.mark.parametrize("how", ["gone", "cut", "empty"])
def test_files_that_are_lost_are_noticed_and_made_again(
    card: Path, tmp_path: Path, kind: str, how: str
) -> None:
    result = go(card, tmp_path, bits="4,8", k="5")
    lost, fine = result.records
    path = result.store.file(lost, kind)
    before = path.read_bytes()
    path.unlink()
    if how != "gone":
        path.write_bytes(before[:-30] if how == "cut" else b"")
    assert result.store.lacks(lost) == [kind]
    assert result.store.lacks(fine) == []
    again = go(card, tmp_path, bits="4,8", k="5")
    wanted = "done" if kind == "codes" else "ranked"
    assert {k: o.state for k, o in again.outcomes.items()} == {lost.key: wanted}
    assert again.records[0].evaluation == lost.evaluation
    assert result.store.codes(lost) == result.store.codes(again.records[0])
    assert result.store.per_query(lost).keys() == result.store.per_query(fine).keys()
    assert not go(card, tmp_path, bits="4,8", k="5").outcomes


def test_damaged_codes_are_made_again_where_they_are_needed(card: Path, tmp_path: Path) -> None:
    result = go(card, tmp_path, bits="4", k="5")
    path = result.store.file(result.records[0], "codes")
    damaged = bytearray(path.read_bytes())
    damaged[damaged.index(b"NUMPY") + 125] ^= 0xFF
    path.write_bytes(damaged)
    again = go(card, tmp_path, bits="4", k="10")
    assert [outcome.state for outcome in again.outcomes.values()] == ["done"]
    assert again.records[0].codes_sha256 == result.records[0].codes_sha256


def test_another_evaluator_measures_again(card: Path, tmp_path: Path) -> None:
    (record,) = go(card, tmp_path, bits="4").records
    path = next(tmp_path.glob("records/*/*.json"))
    value = json.loads(path.read_text())
    value["evaluation"]["evaluator"] = "0"
    path.write_text(json.dumps(value))
    again = go(card, tmp_path, bits="4")
    assert [outcome.state for outcome in again.outcomes.values()] == ["ranked"]
    assert again.records[0].evaluation == record.evaluation


@pytest.mark.parametrize(
    ("method", "kind", "message"),
    [
        ("boom", "ValueError", "the loss is infinite"),
        ("wrong", "MethodError", "encode returned 19 codes of 4 bits for 20 videos and 4 bits"),
        ("peeks", "DataError", "labels are out of reach of an unsupervised method"),
        ("unsaved", "MethodError", "cannot be saved"),
        ("steers", "ValueError", r"\x1b[1mcannot do this"),
        ("tells", "MethodError", "reports of its training: diagnostics.note must be text"),
        ("dies", "Killed", "the process was ended by SIGKILL (out of memory?)"),
        ("exits", "Killed", "the process ended with status 7: last words"),
    ],
)
def test_a_failed_cell_is_a_record_and_the_others_go_on(
    card: Path, tmp_path: Path, method: str, kind: str, message: str
) -> None:
    options: dict[str, Any] = {"executor": None} if kind == "Killed" else {}
    result = go(card, tmp_path, method, "planes", bits="4", **options)
    failed, fine = result.records
    assert fine.ok
    assert failed.status == "failed"
    assert failed.evaluation is None
    assert failed.error is not None
    assert failed.error["type"] == kind
    assert message in failed.error["message"]
    assert failed.error["message"].isprintable()
    assert ("traceback" in failed.error) == (kind == "ValueError")
    assert [cell.method.name for cell in result.failed] == [method]
    again = go(card, tmp_path, method, "planes", bits="4", **options)
    assert [outcome.state for outcome in again.outcomes.values()] == ["failed"]


def test_a_record_that_does_not_fit_is_a_failed_cell(
    card: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hashbench.runs.cell_runner.hardware", lambda: {"cores": 0})
    with pytest.raises(DataError, match=r"host\.cores must be"):  # of a failed record, too
        go(card, tmp_path / "none", bits="4")
    assert not list((tmp_path / "none").glob("records/*/*.json"))
    monkeypatch.undo()
    monkeypatch.setattr("hashbench.runs.cell_runner._parameters", lambda *given: 2**61)
    (record,) = go(card, tmp_path / "one", bits="4").records
    assert record.error is not None
    assert "n_parameters must be a whole number" in record.error["message"]
    assert Store(tmp_path / "one").records() == [record]


def test_processes_side_by_side_give_the_same(card: Path, tmp_path: Path) -> None:
    methods = ["planes", "itq", "dies", "teacher"]
    one = go(card, tmp_path / "one", *methods, bits="4", executor=None)
    two = go(card, tmp_path / "two", *methods, bits="4", executor=None, jobs=3)
    digests = [[(r.key, r.status, r.codes_sha256) for r in res.records] for res in (one, two)]
    assert digests[0] == digests[1]
    assert [r.evaluation for r in one.records] == [r.evaluation for r in two.records]
    teacher = next(r for r in one.records if r.method.name == "teacher")
    assert teacher.method.supervised
    assert teacher.method.control


def test_another_set_to_train_on_shares_the_model(card: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = write_set(tmp_path / "other")
    other.write_text(other.read_text().replace('name = "mine"', 'name = "other"'))
    np.save(tmp_path / "other" / "labels.npy", np.arange(20) % 3)
    log = tmp_path / "fits"
    method = f"planes[log='{log}']"
    (home,) = go(card, tmp_path / "runs", method, bits="4").records
    (away,) = go(other, tmp_path / "runs", method, bits="4", trained_on=card).records
    assert log.read_text().split() == ["4"]
    assert away.files["model"] == home.files["model"]
    assert away.key != home.key
    assert away.dataset.cross
    assert (away.dataset.name, away.dataset.trained_on) == ("other", "mine")
    assert not home.dataset.cross


def test_keys_depend_on_what_decides_the_codes_only(card: Path, tmp_path: Path) -> None:
    def keys(*methods: str, **options: Any) -> set[str]:
        options = {"bits": 4, "k": "5", **options}
        chosen = methods or ("planes",)
        plan = make_plan(Options(methods=chosen, dataset=str(card), **options))
        return {cell.key for cell in plan.cells}

    base = keys()
    assert keys(k="5,10", ties="stable", profile="official", out=tmp_path, jobs=2) == base
    assert keys("PLANES[gain=1]") == base
    for other in [
        keys("planes[gain=2]"),
        keys("teacher"),
        keys(bits=5),
        keys(seed=1),
    ]:
        assert other.isdisjoint(base)


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"bits": "0"}, "--bits 0: 0 is out of range"),
        ({"bits": "8,15,...,256"}, "no single progression"),
        ({"k": "5,21"}, "--k 21: the database of mine has only 20 videos"),
        ({"k": "5,20"}, "--k 20: the 20 videos of mine are ranked against themselves"),
        ({"seed": "-1"}, "--seed -1"),
        ({"seed": str(2**63)}, "from 0 to 9223372036854775807 is possible"),
        ({"profile": "ofical"}, "no profile 'ofical'; did you mean 'official'?"),
        ({"ties": "best"}, "no tie policy 'best'"),
        ({"jobs": 0}, "--jobs 0: at least 1"),
        ({"device": "gpu"}, "--device gpu"),
    ],
)
def test_wrong_options_stop_before_any_work(
    card: Path, tmp_path: Path, options: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(UsageError) as caught:
        go(card, tmp_path / "runs", **options)
    assert complaint in str(caught.value)
    assert not (tmp_path / "runs").exists()


def test_arrays_are_found_beside_their_card(tmp_path: Path) -> None:
    X = np.random.default_rng(0).standard_normal((60, 8)).astype(np.float32)
    data = hashbench.dataset_from_arrays(X, np.arange(60) % 5, cache=tmp_path / "kept")
    (record,) = go(data, tmp_path / "runs", bits=np.int64(4), k=np.int32(5)).records  # type: ignore[arg-type]
    assert (record.ok, record.bits, record.dataset.n_train) == (True, 4, 50)


def test_features_of_another_width_cannot_be_trained_on(card: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="features of 64 dimensions and mine of 6"):
        go(card, tmp_path, trained_on="digit-stories")


def test_an_open_set_is_named_as_other_processes_open_it(card: Path) -> None:
    made = load_dataset("digit-stories")
    assert Options("planes", made).target == "digit-stories"
    member = replace(made.card, name="digit-stories:x")
    assert Options("planes", replace(made, card=member)).target == "digit-stories:x"
    assert Options("planes", load_dataset(card)).target == card
    other = replace(made.card, path=card)  # of that name, and no plugin's
    assert Options("planes", replace(made, card=other)).target == card


def test_the_manifest_says_what_was_run(card: Path, tmp_path: Path) -> None:
    result = go(card, tmp_path, "planes[gain=2]", "dies", bits="4", seed="1,2", executor=None)
    assert result.manifest is not None
    value = json.loads(result.manifest.read_text())
    assert value["status"] == "finished"
    assert value["outcomes"] == {"done": 2, "failed": 2}
    assert value["config"]["methods"] == ["dies", "planes[gain=2.0]"]
    assert value["seeds"] == [1, 2]
    assert value["versions"].keys() >= {"hashbench", "numpy", "torch", "numba"}
    assert value["datasets"][0]["sha256"] == result.records[0].dataset.sha256
    assert value["cells"] == [cell.key for cell in result.plan.cells]
    assert value["hardware"]["cores"] >= 1
    assert value["seconds"] > 0
    assert {r.manifest for r in result.records} == {result.store.relative(result.manifest)}


def test_a_set_that_changes_underway_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "set").mkdir()
    card = write_set(tmp_path / "set")
    plan = make_plan(Options(methods=["planes"], dataset=str(card), bits=4, k="5"))
    np.save(tmp_path / "set" / "labels.npy", np.arange(20) % 3)
    task = plan.tasks(list(plan.cells), "manifests/x.json")[0]
    with pytest.raises(DataError, match="has changed since the command began"):
        CellRunner(Silent()).dataset(str(card), task, plan.cells[0].dataset.sha256)
