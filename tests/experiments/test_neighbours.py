"""Right neighbours beside mAP: every number against records, labels and a spelt-out graph."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from making_data import features, write_feats, write_set

from hashbench.data import load_dataset
from hashbench.experiments import neighbours
from hashbench.experiments.declared import Experiment, MethodRow, find
from hashbench.experiments.grid import Grid, plan
from hashbench.experiments.run import perform, show
from hashbench.reports.results import load
from hashbench.runs import Options

SMALL = "k1=3,k2=2,epochs=1"
ROWS = (
    MethodRow(f"ssvh[{SMALL}]", "SSVH, 1"),
    MethodRow(f"ssvh[{SMALL},graph=segments,segments=2]", "SSVH, 2"),
    MethodRow(f"ssvh[{SMALL},graph=segments]", "SSVH, auto"),
    MethodRow(f"ssvh[{SMALL},reconstruction=none]", "alone, 1"),
    MethodRow(f"ssvh[{SMALL},graph=segments,segments=9]", "SSVH, 9"),
    MethodRow("itq", "itq"),
)


@pytest.fixture(scope="module")
def card(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A set of 30 + 20 videos of 4 frames, with labels for the training videos too."""
    folder = tmp_path_factory.mktemp("set")
    path = write_set(folder)
    write_feats(folder / "train.h5", features(30, seed=3))
    np.save(folder / "train-labels.npy", np.eye(3, dtype=np.int8)[np.arange(30) % 3])
    text = path.read_text()
    head, found, rest = text.partition("[splits.train]\n")
    assert found
    path.write_text(f'{head}{found}labels = "train-labels.npy"\n{rest}')
    return path


@pytest.fixture(scope="module")
def made(card: Path, tmp_path_factory: pytest.TempPathFactory) -> Grid:
    declared = Experiment("trial", "A trial", "neighbours", ROWS, (4,), (5,), across="segments S")
    out = tmp_path_factory.mktemp("runs")
    options = Options(methods=(), dataset=str(card), bits=(4,), k=(5,), out=out, cache=out)
    found = plan(declared, options)
    perform(found, argv=["test"])
    return found


def share(card: Path, segments: int) -> tuple[float, float]:
    """Return the share of right neighbours and that of chance, in percent."""
    train = load_dataset(card).labelled_train
    labels = np.arange(30) % 3
    values = train.take(slice(None)).astype(np.float64)
    vectors = np.concatenate([p.mean(axis=1) for p in np.array_split(values, segments, 1)], axis=1)
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    order = np.argsort(-(unit @ unit.T), axis=1, kind="stable").tolist()
    sets = [{i, *[j for j in order[i] if j != i][:3]} for i in range(30)]
    graph = np.zeros((30, 30), bool)
    for i in range(30):
        ranked = sorted(range(30), key=lambda j: (-len(sets[i] & sets[j]), j))
        for j in ranked[:2]:
            graph[i, list(sets[j])] |= bool(sets[i] & sets[j])
    graph |= graph.T
    np.fill_diagonal(graph, False)
    shares = [(labels[np.flatnonzero(row)] == labels[i]).mean() for i, row in enumerate(graph)]
    return 100 * float(np.mean(shares)), 100 * 9 / 29


def test_shares_and_scores_stand_side_by_side(made: Grid, card: Path, tmp_path: Path) -> None:
    document, drawn = show(made, tmp_path)
    (sheet,) = document.sheets
    heads = [column.heading for column in sheet.columns]
    assert heads == ["right neighbours", "SSVH", "alone", "itq"]
    lines = {line.label: line.entries for line in sheet.lines}
    chosen = made.records()[2].diagnostics["segments"]
    assert list(lines) == ["1", "2", f"auto (S = {chosen})", "9", "itq"]
    for label, segments in (("1", 1), ("2", 2), (f"auto (S = {chosen})", chosen)):
        assert lines[label][0].value == pytest.approx(share(card, segments)[0])
    assert any(f"by chance {share(card, 1)[1]:.1f}" in note.text for note in sheet.notes)
    scores = {
        record.method.label: 100 * record.evaluation["profiles"]["strict"]["expected"]["AP@5"]
        for record in made.records()
        if record.ok
    }
    labels = [cell.method.label for cell in made.plan.cells]
    assert lines["2"][1].value == pytest.approx(scores[labels[1]])
    assert lines["1"][2].value == pytest.approx(scores[labels[3]])
    assert lines["itq"][3].value == pytest.approx(scores["itq"])
    assert lines["2"][2].value is None  # no such row
    assert lines["itq"][0].value is None  # it has no neighbourhood
    assert len(drawn) == 3


def test_what_cannot_be_is_shown_as_failed(made: Grid, tmp_path: Path) -> None:
    (sheet,) = show(made, tmp_path)[0].sheets
    nine = next(line for line in sheet.lines if line.label == "9")
    assert (nine.entries[0].value, nine.entries[1].text) == (None, "fail")
    assert any("4 frames are fewer than segments=9" in note.text for note in sheet.notes)


def test_the_figure_shows_the_same_numbers(made: Grid, card: Path, tmp_path: Path) -> None:
    document, drawn = show(made, tmp_path)
    figure = json.loads(drawn[0].with_suffix(".json").read_text())
    curves = {curve["label"]: curve["points"] for curve in figure["panels"][0]["curves"]}
    assert curves.keys() == {"SSVH", "alone", "itq", "right neighbours", "by chance"}
    lines = document.sheets[0].lines
    for place, value, _ in curves["right neighbours"]:
        assert value == pytest.approx(lines[place].entries[0].value)
    for place, value, _ in curves["SSVH"]:
        assert value == pytest.approx(lines[place].entries[1].value)
    assert {point[1] for point in curves["by chance"]} == {share(card, 1)[1]}


def test_a_set_whose_training_videos_have_no_labels(tmp_path: Path) -> None:
    declared = Experiment("trial", "A trial", "neighbours", ROWS[:2], (4,), (5,))
    options = Options(
        methods=(), dataset=str(write_set(tmp_path)), bits=(4,), k=(5,), out=tmp_path / "runs"
    )
    found = plan(declared, options)
    perform(found, argv=["test"])
    (sheet,) = show(found, tmp_path / "figures")[0].sheets
    assert [line.entries[0].value for line in sheet.lines] == [None, None]
    assert all(line.entries[1].value is not None for line in sheet.lines)
    assert any("have no labels" in note.text for note in sheet.notes)


def test_the_declared_one_has_every_series_at_every_value() -> None:
    pairs = [tuple(row.label.rsplit(", ", 1)) for row in find("neighbours").rows]
    series, values = dict.fromkeys(s for s, _ in pairs), dict.fromkeys(v for _, v in pairs)
    assert list(series) == ["SSVH", "SSVH official", "neighbourhood only"]
    assert list(values) == ["1", "2", "3", "6", "12", "auto"]
    assert sorted(pairs) == sorted((s, v) for s in series for v in values)


def test_rows_without_a_graph_are_told_from_videos_without_labels(
    card: Path, tmp_path: Path
) -> None:
    rows = (MethodRow("itq", "itq, 1"), MethodRow("lsh", "lsh, 1"))
    declared = Experiment("trial", "A trial", "neighbours", rows, (4,), (5,), across="S")
    options = Options(
        methods=(), dataset=str(card), bits=(4,), k=(5,), out=tmp_path, cache=tmp_path
    )
    found = plan(declared, options)
    right = neighbours.measure(found)
    assert (right.shares, right.labelled) == ({}, True)
    perform(found, argv=["test"])
    (sheet,) = show(found, tmp_path)[0].sheets
    assert "no row is trained on a graph" in sheet.notes[0].text


def test_a_later_row_of_a_value_may_have_the_graph(card: Path, tmp_path: Path) -> None:
    rows = (MethodRow("itq", "itq, 1"), MethodRow(f"ssvh[{SMALL}]", "SSVH, 1"))
    declared = Experiment("trial", "A trial", "neighbours", rows, (4,), (5,), across="S")
    options = Options(
        methods=(), dataset=str(card), bits=(4,), k=(5,), out=tmp_path, cache=tmp_path
    )
    right = neighbours.measure(plan(declared, options))
    assert right.shares["1"] == pytest.approx(share(card, 1)[0])


def test_nothing_measured_draws_no_chart(made: Grid, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neighbours, "_curves", lambda *_: [])
    section = load([made.plan.store.path])[0]
    assert neighbours.charts(made, section, neighbours.RightNeighbours({}, None, 30)) == []
