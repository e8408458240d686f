"""Gains across data sets: what is trained, how often, and what is shown."""

from __future__ import annotations

import statistics
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from making_data import features, write_feats

import hashbench
from hashbench.errors import UsageError
from hashbench.experiments import cross
from hashbench.reports.formats import FORMATS, render
from hashbench.reports.reported import find_gain
from hashbench.reports.sheet import NOTHING, Document
from hashbench.runs import Options, Store

Cards = tuple[Path, Path]


def options(out: Path, *methods: str, **more: object) -> Options:
    values = {"bits": 4, "k": 5, "out": out, "dataset": "unused"} | more
    return Options(methods=list(methods) or ["itq", "lsh"], **values)


def test_nothing_is_trained_twice(trial_methods: None, cards: Cards, tmp_path: Path) -> None:
    log = tmp_path / "fits"
    row = f"planes[log={log}]"
    hashbench.run(row, cards[0], bits=4, k=5, out=tmp_path / "runs")
    assert log.read_text().splitlines() == ["4"]
    first, second = map(str, cards)
    for _ in range(2):
        found = cross.directions(options(tmp_path / "runs", row), first, second, both=True)
        cross.perform(found, argv=["test"])
    # Two sets, two trainings, though there are four cells and each was asked for twice.
    assert log.read_text().splitlines() == ["4", "4"]
    records = Store(tmp_path / "runs").records()
    assert len(records) == 4
    assert {(r.dataset.name, r.dataset.trained_on) for r in records} == {
        (a, b) for a in ("first", "second") for b in ("first", "second")
    }
    assert len({r.files["model"] for r in records}) == 2


def test_gain_is_relative_to_training_on_the_evaluated_set(cards: Cards, tmp_path: Path) -> None:
    first, second = map(str, cards)
    found = cross.directions(
        options(tmp_path / "runs", "lsh", k="5,10", seed="0,1,2"), first, second
    )
    assert len(found) == 1
    cross.perform(found, argv=["test"])
    by_set: dict[str, dict[int, float]] = {"first": {}, "second": {}}
    for record in Store(tmp_path / "runs").records():
        assert record.dataset.name == "second"
        ap = record.evaluation["profiles"]["strict"]["expected"]["AP@5"]
        by_set[record.dataset.trained_on][record.seed] = ap
    own, across = by_set["second"], by_set["first"]
    wanted = 100 * (sum(across.values()) / sum(own.values()) - 1)
    (gain,) = cross.gains(found[0], cross.read(found), 4, 5, "strict", "expected")
    assert gain.percent == pytest.approx(wanted)
    single = [100 * (across[seed] / own[seed] - 1) for seed in own]
    assert gain.spread == pytest.approx(statistics.stdev(single))
    (sheet,) = cross.sheets(found)
    assert [column.heading for column in sheet.columns] == [
        "@5 own", "@5 cross", "@5 gain", "@10 own", "@10 cross", "@10 gain",
    ]  # fmt: skip
    assert sheet.lines[0].entries[2].value == pytest.approx(wanted)
    low, high = gain.interval
    assert low < gain.percent < high
    arrow = "↑" if wanted > 0 else "↓"
    assert sheet.lines[0].entries[2].text == f"{wanted:.2f}{arrow} [{low:.2f}, {high:.2f}]"
    assert "brackets: 95 % interval of the gain over seeds and queries." in [
        note.text for note in sheet.notes
    ]
    for form in FORMATS:
        assert "lsh" in render(Document((sheet,)), form), form


def test_a_failed_method_is_named_and_the_others_have_numbers(
    trial_methods: None, cards: Cards, tmp_path: Path
) -> None:
    first, second = map(str, cards)
    found = cross.directions(options(tmp_path / "runs", "boom", "lsh"), first, second)
    cross.perform(found, argv=["test"])
    (sheet,) = cross.sheets(found)
    by_label = {line.label: line for line in sheet.lines}
    assert [entry.text for entry in by_label["boom"].entries] == ["fail", "fail", NOTHING]
    assert by_label["lsh"].entries[2].value is not None
    assert any("the loss is infinite" in note.text for note in sheet.notes)


def test_one_set_is_no_two(cards: Cards, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"--train and --test are both first"):
        cross.directions(options(tmp_path), str(cards[0]), str(cards[0]))


@pytest.mark.parametrize(("frames", "dims"), [(4, 7), (5, 6)])
def test_sets_of_other_shapes_are_refused_and_those_that_fit_named(
    cards: Cards, tmp_path: Path, frames: int, dims: int
) -> None:
    text = cards[0].read_text().replace("frames = 4", f"frames = {frames}")
    other = tmp_path / "other.toml"
    other.write_text(text.replace("dims = 6", f"dims = {dims}").replace('"first"', '"other"'))
    for split, n in (("train", 30), ("test", 20)):
        write_feats(tmp_path / f"{split}.h5", features(n, frames, dims))
    (tmp_path / "labels.npy").write_bytes((cards[0].parent / "labels.npy").read_bytes())
    message = f"first has 4 frames of 6 dimensions and other {frames} of {dims}"
    with pytest.raises(UsageError, match=message):
        cross.directions(options(tmp_path), str(cards[0]), str(other))
    with pytest.raises(UsageError, match="of one shape with digit-stories: digit-reels"):
        cross.directions(options(tmp_path), "digit-stories", str(other))


def test_printed_gains_stand_apart(cards: Cards) -> None:
    printed = find_gain("fcvid", "yfcc", 256, 20)
    assert printed is not None
    assert printed.get("itq") == -4.76
    assert printed.get("nobody") is None
    assert find_gain("fcvid", "yfcc", 64, 20) is None


def test_of_one_query_a_gain_has_no_interval(monkeypatch: pytest.MonkeyPatch) -> None:
    cell = SimpleNamespace(bits=4, key="key", seed=0, method=SimpleNamespace(label="itq"))
    plan = SimpleNamespace(cells=[cell], store=SimpleNamespace(file=lambda *_: None))
    found = SimpleNamespace(per_query={"AP": np.array([0.5])}, clusters=None)
    monkeypatch.setattr(cross.Evaluation, "load", lambda _: found)
    scores = SimpleNamespace(values=((0, 0.5),))
    gain = SimpleNamespace(percent=0.0, label="itq", own=scores, across=scores)
    both = SimpleNamespace(own=plan, across=plan)
    records = {"key": None}
    assert cross._interval(both, records, 4, "AP", gain) is None  # type: ignore[arg-type]
