"""The recipe search: the same trials for every method, in turn, and the choice among them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

BENCHMARKS = str(Path(__file__).resolve().parent.parent / "benchmarks")
SETS, LENGTHS = ("one", "two"), (10, 20, 30)


@pytest.fixture
def trials(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(BENCHMARKS)
    import recipe_trials

    return recipe_trials


@pytest.fixture
def report(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(BENCHMARKS)
    import recipe_report

    return recipe_report


def all_jobs(trials: Any, score: Callable[[Any], float], method: str = "ssvh") -> list[Any]:
    """Finish every job that is named, until no new one is."""
    scores: dict[Any, float] = {}
    while True:
        named = list(trials.jobs(method, SETS, LENGTHS, scores))
        missing = [job for job in named if job.key not in scores]
        if not missing:
            return named
        scores[missing[0].key] = score(missing[0].trial)


@pytest.mark.parametrize("best", [(1e-3, "one_cycle"), (1e-2, "cosine"), (3e-3, "cosine")])
def test_every_method_that_gains_by_updates_gets_the_same_number(trials: Any, best: Any) -> None:
    def score(trial: Any) -> float:
        likes = (trial.lr == best[0]) + (trial.schedule == best[1])
        return likes / 2 + trial.updates / 1000 + 0.01 * trial.early_stop

    found = all_jobs(trials, score)
    assert len({job.key for job in found}) == len(found) == 18 * len(SETS)
    assert [job.k for job in found] == sorted(job.k for job in found)
    lengths = [job.trial.updates for job in found if job.set == "one"]
    assert lengths[:14] == [10] * 9 + [20] * 3 + [30] * 2
    repeats = [job for job in found if job.k >= 14]
    assert {(job.bits, job.seed) for job in repeats} == {(64, 1), (16, 0)}
    assert all((job.trial.lr, job.trial.schedule) == best for job in repeats)


def test_what_more_updates_do_not_improve_gets_no_more_of_them(trials: Any) -> None:
    found = all_jobs(trials, lambda trial: trial.lr - trial.updates / 1000)
    updates = {job.key: job.trial.updates for job in found}
    assert len(found) == len(updates) == 16 * len(SETS)
    assert max(updates.values()) == LENGTHS[1]
    assert all(job.trial.updates == LENGTHS[0] for job in found if job.k >= 12)


def test_a_slow_method_gets_no_more_updates_than_it_has_time_for(
    trials: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(trials.LONGEST, "slow", LENGTHS[1])
    found = all_jobs(trials, lambda trial: trial.updates / 1000, "slow")
    assert [job.trial.updates for job in found if job.set == "one"] == [10] * 9 + [20] * 7
    assert {(job.bits, job.seed) for job in found if job.k >= 12} == {(64, 1), (16, 0)}


def test_nothing_is_named_before_its_round_is_over(trials: Any) -> None:
    first = list(trials.jobs("ssvh", SETS, LENGTHS, {}))
    assert len(first) == 9 * len(SETS)
    scores = {job.key: 0.5 for job in first[:-1]}
    assert len(list(trials.jobs("ssvh", SETS, LENGTHS, scores))) == len(first)


def test_both_stages_of_dh_get_the_recipe(trials: Any) -> None:
    trial = trials.Trial(0.01, "cosine", 0.1, 0.5, 20, early_stop=True)
    assert trial.params("ssth") == {
        "lr": 0.01, "schedule": "cosine", "warmup": 0.1, "clip": 0.5, "updates": 20,
        "early_stop": True,
    }  # fmt: skip
    assert trial.params("dh")["encoder_lr"] == 0.01
    assert trial.params("dh")["encoder_updates"] == 20


def test_the_cheapest_within_one_standard_error_is_chosen(trials: Any, report: Any) -> None:
    def record(updates: int, name: str, value: float, **more: Any) -> dict[str, Any]:
        return {"lr": 0.01, "schedule": "cosine", "warmup": 0.0, "clip": 0.0, "updates": updates,
                "early_stop": False, "set": name, "bits": 64, "seed": 0, "digest": name,
                "map20": value, "standard_error": 0.04, "cpu_s": updates, **more}  # fmt: skip

    records = [
        record(30, "one", 0.6), record(30, "two", 0.8),
        record(20, "one", 0.58), record(20, "two", 0.78),
        record(10, "one", 0.57), record(10, "two", 0.76),
        record(5, "one", 0.99),  # not on every set
    ]  # fmt: skip
    found = report._tried(records, SETS)
    assert [one.trial.updates for one in found] == [30, 20, 10]
    assert found[0].error == pytest.approx(0.04 / 2**0.5)
    # Best 0.70, its standard error 0.028: 0.68 is within it, 0.665 is not.
    assert report.choice(found).trial.updates == 20


def test_trials_on_other_features_are_not_compared(report: Any) -> None:
    records = {"ssvh": [{"set": "one", "digest": "a"}, {"set": "one", "digest": "b"}]}
    with pytest.raises(SystemExit, match="set one: trials on features b and a"):
        report._check_one_version(records)


def test_a_search_that_is_not_over_says_so(trials: Any, report: Any) -> None:
    def record(job: Any) -> dict[str, Any]:
        found = {name: getattr(job.trial, name) for name in trials.Trial.__slots__}
        return {**found, "set": job.set, "bits": job.bits, "seed": job.seed, "map20": 0.5}

    every = all_jobs(trials, lambda trial: 0.5)
    assert report.unfinished("ssvh", [record(job) for job in every], SETS, LENGTHS) == ""
    begun = [record(job) for job in every[:17]]  # the ninth trial is made on one set only
    told = report.unfinished("ssvh", begun, SETS, LENGTHS)
    assert "8 trials are finished" in told
    assert "10 updates at 64 bits with seed 0" in told


def test_report_of_some_methods_would_lose_the_others(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.syspath_prepend(BENCHMARKS)
    import recipes

    monkeypatch.setattr("sys.argv", ["recipes.py", "--report", "--methods", "ssvh"])
    with pytest.raises(SystemExit):
        recipes.main()
    assert "leave out --methods and --sets" in capsys.readouterr().err
