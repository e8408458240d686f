"""Experiments: their declarations, what they show, and that nothing is made up."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from making_data import write_set
from matplotlib.image import imread, imsave

from hashbench.errors import UsageError, VerificationError
from hashbench.experiments import convergence, run
from hashbench.experiments.costs import cost
from hashbench.experiments.declared import Experiment, MethodRow, experiments, find, parse
from hashbench.experiments.grid import Grid, plan
from hashbench.experiments.run import Retrieving, perform, show
from hashbench.plugins import registry
from hashbench.reports.reported import printed_tables
from hashbench.runs import Options, Record

Cards = tuple[Path, Path]


def grid(out: Path, card: Path, shows: str, *rows: tuple[str, str], **more: object) -> Grid:
    asked = {name: more.pop(name) for name in ("rows", "settings", "train", "test") if name in more}
    values = {"bits": (4,), "k": (5,), "reported": ()} | more
    declared = Experiment(
        "trial",
        "A trial",
        shows,  # type: ignore[arg-type]
        tuple(MethodRow(method, label) for label, method in rows),
        values["bits"],
        values["k"],
        reported=values["reported"],
        settings=values.get("set", {}),
        across="gain",
    )
    options = Options(
        methods=(),
        dataset=str(card),
        bits=values["bits"],
        k=values["k"],
        seed=values.get("seed", 0),
        profile=values.get("profile"),
        ties=values.get("ties", "expected"),
        out=out,
    )
    return plan(declared, options, **asked)


PLANES = (("twice", "planes[gain=2.0]"), ("plain", "planes"))


def test_the_paper_is_declared_whole() -> None:
    names = [experiment.name for experiment in experiments()]
    papers = [f"table{i}" for i in (1, 2, 3, 4)] + [f"figure{i}" for i in (6, 7, 8, 9)]
    assert names == [*papers, "neighbours", "all-methods"]
    printed = {table.id: table for table in printed_tables()}
    for experiment in experiments():
        labels = {row.label for row in experiment.rows}
        for name in experiment.reported:
            assert labels & printed[name].values.keys(), (experiment.name, name)
    for name in ("table1", "table2", "table3"):
        found = find(name)
        for printed_id in found.reported:
            table = printed[printed_id]
            assert table.values.keys() == {row.label for row in found.rows}
            assert table.bits in found.bits
            assert all(tuple(values) == found.k for values in table.values.values())
    with pytest.raises(UsageError, match="no experiment 'tabel1'; did you mean 'table1'"):
        find("tabel1")


@pytest.mark.parametrize("name", [experiment.name for experiment in experiments()])
def test_every_row_is_a_method_with_those_parameters(name: str) -> None:
    from hashbench.runs.choices import choose

    found = find(name)
    known = registry().methods.entries
    rows = [row.method for row in found.rows if row.name in known]
    names = {row.partition("[")[0] for row in rows}
    settings = {n: p for n, p in found.settings.items() if n in names}
    choices = choose(rows, settings)
    assert len(choices) == len(rows) >= len(found.rows) - 1  # a method may not be installed
    if name == "figure7":
        assert [choice.params["lam"] for choice in choices] == [0, 1e-4, 1e-3, 1e-2, 0.1, 1]
    if name == "table1":
        assert [c.supervised for c in choices] == [False] * 5 + [True]


def declaration(label: str = "label = 'ITQ'", more: str = "") -> str:
    return (
        "[[experiment]]\nname = 'x'\ntitle = 'X'\nshows = 'by-k'\nbits = [4]\nk = [5]\n"
        f"rows = [{{ method = 'itq', {label} }}]\n{more}\n"
    )


def test_methods_are_set_in_any_case() -> None:
    (found,) = parse(declaration(more="set = { ITQ = { n_iter = 2 } }"), "mine.toml")
    assert found.settings == {"itq": {"n_iter": 2}}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[experiment]]\nname = 'x'", "lacks title"),
        ("[[experiment]]\nname = 'x'\ncolour = 'red'", "no key 'colour'"),
        ("not toml", "not TOML"),
        ("experiment = 3", r"\[\[experiment\]\]"),
        ("experiment = [1, 2]", r"\[\[experiment\]\]"),
        (declaration("label = 1"), "method and label of a row are strings"),
        (declaration(more="set = { itqq = { n_iter = 2 } }"), "no method in the rows 'itqq'"),
        (declaration(more="set = { itq = 5 }"), "itq = 5: a table of parameters is needed"),
        (declaration(more="set = { itq = {}, ITQ = {} }"), "ITQ is there twice"),
        (declaration(more="reported = ['nope']"), "no reported table 'nope'"),
        (declaration(more="reported = [1]"), "no reported table '1'"),
    ],
)
def test_a_bad_declaration_says_what_is_wrong(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        parse(text, "mine.toml")


def test_rows_in_the_papers_order_and_words(
    trial_methods: None, cards: Cards, tmp_path: Path
) -> None:
    made = grid(tmp_path, cards[0], "by-k", *PLANES, k=(5, 10), seed="0,1")
    perform(made, argv=["test"])
    document, drawn = show(made, tmp_path / "figures")
    (sheet,) = document.sheets
    assert drawn == []
    assert [line.label for line in sheet.lines] == ["twice", "plain"]
    assert [column.heading for column in sheet.columns] == ["mAP@5", "mAP@10"]
    for line, label in zip(sheet.lines, ("planes[gain=2.0]", "planes"), strict=True):
        aps = [
            r.evaluation["profiles"]["strict"]["expected"]["AP@10"]
            for r in made.records()
            if r.method.label == label
        ]
        assert len(aps) == 2
        assert line.entries[1].value == pytest.approx(100 * np.mean(aps))
        assert line.entries[1].spread == pytest.approx(100 * np.std(aps, ddof=1))
    assert "seeds 0, 1" in sheet.terms


@pytest.mark.parametrize("shows", ["by-k", "curves", "parameter", "cross"])
def test_each_record_is_read_once_whatever_is_shown(
    trial_methods: None,
    cards: Cards,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    shows: str,
) -> None:
    first, second = map(str, cards)
    sets = {"train": first, "test": second} if shows == "cross" else {}
    options = {"k": (5, 10), "bits": (4, 8), "profile": "paper,strict", "ties": "expected,stable"}
    made = grid(tmp_path, cards[0], shows, *PLANES, **options, **sets)
    perform(made, argv=["test"])
    opened: list[Path] = []
    read = Record.read
    monkeypatch.setattr(Record, "read", lambda path: opened.append(path) or read(path))
    document, _ = show(made, tmp_path / "figures")
    assert len(document.sheets) >= 4 * 2  # profiles and tie policies, by K or code length
    assert len(opened) == len(set(opened)) == len({c.key for p in made.plans for c in p.cells})


def test_reported_numbers_stand_beside_and_only_on_their_set(
    trial_methods: None, tmp_path: Path
) -> None:
    mine = write_set(tmp_path, n=(30, 40))
    card = tmp_path / "fcvid.toml"
    card.write_text(mine.read_text().replace('name = "mine"', 'name = "fcvid"'))
    rows = (("SSVH", "planes"), ("unheard of", "planes[gain=2.0]"))
    more = {"bits": (8, 16), "k": (20,), "reported": ("ssvh-text-8",)}
    made = grid(tmp_path, card, "by-bits", *rows, **more)
    perform(made, argv=["test"])
    document, _ = show(made, tmp_path / "figures")
    (sheet,) = document.sheets
    assert [c.heading for c in sheet.columns] == ["8 bits", "8 bits reported", "16 bits"]
    ours, theirs, _ = sheet.lines[0].entries
    assert (theirs.value, theirs.text) == (16.2, "16.20")
    assert 0 < ours.value <= 100
    assert sheet.lines[1].entries[1].value is None
    assert any("Song et al." in note.text and "profile paper" in note.text for note in sheet.notes)
    elsewhere = grid(tmp_path, mine, "by-bits", *rows, **more)
    perform(elsewhere, argv=["test"])
    document, _ = show(elsewhere, tmp_path / "figures")
    (sheet,) = document.sheets
    assert all(column.kind == "measured" for column in sheet.columns)


def test_parameters_and_curves_are_drawn(trial_methods: None, cards: Cards, tmp_path: Path) -> None:
    made = grid(tmp_path, cards[0], "parameter", *PLANES, k=(5, 10), bits=(4, 8))
    perform(made, argv=["test"])
    document, drawn = show(made, tmp_path / "figures")
    sheets = document.sheets
    assert len(sheets) == 2
    numbers = json.loads(drawn[0].with_suffix(".json").read_text())
    assert numbers["names"] == ["twice", "plain"]
    assert [c["label"] for c in numbers["panels"][0]["curves"]] == ["K =  5", "K = 10"]
    point = numbers["panels"][1]["curves"][0]["points"][0]
    assert point[:2] == [0, sheets[1].lines[0].entries[0].value]
    curves = grid(tmp_path, cards[0], "curves", *PLANES, k=(5, 10), bits=(4, 8))
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.npz")}
    perform(curves, argv=["test"])
    _, drawn = show(curves, tmp_path / "figures")
    assert {path.name.split("-")[0] for path in drawn} == {"trial"}
    assert len(drawn) == 6  # over K and over code lengths, as PNG, SVG and PDF
    assert before == {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.npz")}


def test_convergence_is_measured_afterwards_and_once(
    cards: Cards, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = {"epochs": 3, "batch_size": 16, "k1": 3, "k2": 3, "snapshot_every": 2}
    made = grid(tmp_path, cards[0], "convergence", ("SSVH", "ssvh"), set={"ssvh": small})
    perform(made, argv=["test"])
    assert not (tmp_path / "convergence").exists()
    _, drawn = show(made, tmp_path / "figures")
    (record,) = made.records()
    loss, ap = (json.loads(p.with_suffix(".json").read_text()) for p in (drawn[0], drawn[3]))
    ((curve,),) = (list(p["curves"]) for p in ap["panels"])
    assert [point[0] for point in curve["points"]] == [2, 3]
    final = record.evaluation["profiles"]["strict"]["expected"]["AP@5"]
    assert curve["points"][-1][1] == pytest.approx(100 * final)
    history = record.diagnostics["loss_history"]["loss"]
    shown = [point[1] for point in loss["panels"][0]["curves"][0]["points"]]
    assert shown == pytest.approx([100 * value / history[0] for value in history])
    monkeypatch.setattr(convergence, "load_method", None)  # what is kept needs no model
    assert show(made, tmp_path / "figures")[1] == drawn
    kept = tmp_path / "convergence" / f"{record.key}.json"
    value = json.loads(kept.read_text())
    for spoilt in ({"codes_sha256": {"query": "0" * 64}}, {"epochs": None}):
        kept.write_text(json.dumps(value | spoilt))
        with pytest.raises(TypeError):  # it would be measured again, with the model
            show(made, tmp_path / "figures")


def test_a_snapshot_of_another_model_is_noticed(
    cards: Cards, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import hashbench

    small = {"epochs": 1, "k1": 3, "k2": 3, "snapshot_every": 1}
    made = grid(tmp_path, cards[0], "convergence", ("SSVH", "ssvh"), set={"ssvh": small})
    perform(made, argv=["test"])
    videos = hashbench.data.load_dataset(cards[0]).train
    other = hashbench.method("ssvh", bits=4, seed=9, **small).fit(videos)
    monkeypatch.setattr(convergence, "load_method", lambda _: other)
    with pytest.raises(VerificationError, match="snapshot of the epoch that was kept"):
        show(made, tmp_path / "figures")


def test_retrieval_marks_right_and_wrong(trial_methods: None, cards: Cards, tmp_path: Path) -> None:
    thumbnails = tmp_path / "thumbs" / "test"
    thumbnails.mkdir(parents=True)
    for row in range(19):  # and none of the last
        imsave(thumbnails / f"{row}.png", np.full((9, 16, 3), row * 10, np.uint8))
    made = grid(tmp_path, cards[0], "retrieval", *PLANES)
    perform(made, argv=["test"])
    wanted = Retrieving(queries=(3, 19), thumbnails=tmp_path / "thumbs", top=4)
    _, drawn = show(made, tmp_path / "figures", wanted)
    found = json.loads(drawn[0].with_suffix(".json").read_text())
    assert [(one["query"], one["method"]) for one in found] == [
        (3, "twice"), (3, "plain"), (19, "twice"), (19, "plain"),
    ]  # fmt: skip
    labels = np.load(cards[0].parent / "labels.npy").argmax(axis=1)
    for one in found:
        assert len(one["neighbours"]) == 4
        for neighbour in one["neighbours"]:
            assert neighbour["row"] != one["query"]
            assert neighbour["relevant"] == (labels[neighbour["row"]] == labels[one["query"]])
    png = imread(next(path for path in drawn if path.suffix == ".png"))[..., :3]
    green, red = np.array([0, 158, 115]) / 255, np.array([213, 94, 0]) / 255
    marks = [n["relevant"] for one in found for n in one["neighbours"]]
    for colour, there in ((green, True in marks), (red, False in marks)):
        assert bool((np.abs(png - colour).max(axis=2) < 0.02).sum() > 100) is there
    with pytest.raises(UsageError, match="queries of first are 0 to 19"):
        show(made, tmp_path / "figures", Retrieving(queries=(20,)))


def test_the_built_in_sets_draw_their_videos(tmp_path: Path) -> None:
    made = grid(tmp_path, Path("digit-stories"), "retrieval", ("LSH", "lsh"), bits=(16,), k=(20,))
    perform(made, argv=["test"])
    _, drawn = show(made, tmp_path / "figures", Retrieving(seed=1))
    first = drawn[0].read_bytes()
    assert show(made, tmp_path / "figures", Retrieving(seed=1))[1] == drawn
    assert drawn[0].read_bytes() == first
    found = json.loads(drawn[0].with_suffix(".json").read_text())
    assert len(found) == 4
    assert all(len(label.split("-")) == 3 for one in found for label in one["query_labels"])


def test_across_sets_and_what_it_costs(trial_methods: None, cards: Cards, tmp_path: Path) -> None:
    first, second = cards
    made = grid(tmp_path, first, "cross", *PLANES, train=first, test=second)
    assert (cost(made).cells, cost(made).trainings, cost(made).done) == (8, 4, 0)
    perform(made, argv=["test"])
    document, _ = show(made, tmp_path / "figures")
    sheets = document.sheets
    assert [sheet.title.split(" on ")[1].split(",")[0] for sheet in sheets] == ["second", "first"]
    assert [line.label for line in sheets[0].lines] == ["twice", "plain"]
    known = cost(made)
    records = [plan.store.get(cell.key) for plan in made.plans for cell in plan.cells]
    assert known.done == 8
    assert 0 < known.seconds <= sum(sum(record.times.values()) for record in records)


def test_a_method_that_is_not_installed_is_left_out(
    trial_methods: None, cards: Cards, tmp_path: Path
) -> None:
    made = grid(tmp_path, cards[0], "by-k", ("gone", "elsewhere"), *PLANES)
    assert [row.label for row in made.left_out] == ["gone"]
    assert [row.label for row in made.experiment.rows] == ["twice", "plain"]
    kept = grid(tmp_path, cards[0], "by-k", *PLANES, rows=["PLAIN"])
    assert [cell.method.label for cell in kept.plan.cells] == ["planes"]
    with pytest.raises(UsageError, match="no row of trial 'plane'"):
        grid(tmp_path, cards[0], "by-k", *PLANES, rows=["plane"])
    with pytest.raises(UsageError, match="takes one set"):
        grid(tmp_path, cards[0], "by-k", *PLANES, train=cards[1])


def test_when_all_fail_it_says_so(trial_methods: None, cards: Cards, tmp_path: Path) -> None:
    made = grid(tmp_path, cards[0], "curves", ("broken", "boom"))
    assert run.perform(made, argv=["test"])[0].failed
    document, drawn = show(made, tmp_path / "figures")
    (sheet,) = document.sheets
    assert sheet.lines[0].entries[0].text == "fail"
    assert drawn == []
    assert any("the loss is infinite" in note.text for note in sheet.notes)
