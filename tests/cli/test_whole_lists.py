"""K = all and the profiles of image hashing, from a run to every way to look at it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

from hashbench import load_dataset
from hashbench.cli.main import main
from hashbench.ranking import ALL, evaluate
from hashbench.runs import Store


def call(*argv: object) -> int:
    with pytest.raises(SystemExit) as stop:
        main([str(arg) for arg in argv])
    code = stop.value.code
    assert isinstance(code, int)
    return code


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two methods on images, at two lengths, at K = 10, 1,000 and all."""
    folder = tmp_path_factory.mktemp("images") / "runs"
    given = ("--dataset", "digits-images", "--bits", "8,16", "--k", "10,1000,all", "--jobs", "1")
    assert call("run", "itq", "lsh", *given, "--out", folder, "--device", "cpu") == 0
    return folder


def test_records_hold_what_evaluate_gives(runs: Path) -> None:
    store, dataset = Store(runs), load_dataset("digits-images")
    for record in store.records():
        query, database = store.codes(record)
        again = evaluate(
            query, database, dataset.query.labels, dataset.database.labels,
            k=[10, 1000, "all"], profiles=["image"],
        )  # fmt: skip
        assert set(record.scores.profiles) == {"paper", "official", "strict", "image"}
        for k in (10, 1000, ALL):
            value = record.scores.get("image", "expected", "AP", k)
            assert value == again.scores.get("image", "expected", "AP", k)
        assert record.evaluation is not None
        assert record.evaluation["full"]["by_rank"]["dropped"]["rank"][-1] == 1300


def test_a_run_that_asks_for_no_more_keeps_its_records(
    runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {path: path.stat().st_mtime_ns for path in runs.glob("records/*/*.json")}
    given = ("--dataset", "digits-images", "--bits", "8,16", "--k", "all", "--profile", "image")
    assert call("run", "itq", "lsh", *given, "--out", runs, "--device", "cpu") == 0
    assert {path: path.stat().st_mtime_ns for path in runs.glob("records/*/*.json")} == before


@pytest.mark.parametrize("form", ["markdown", "json", "csv", "latex", "table"])
def test_every_format_of_a_report_says_all(
    runs: Path, form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call("report", runs, "--k", "all", "--format", form) == 0
    shown = capsys.readouterr().out
    assert "9007199254740991" not in shown
    if form == "json":
        (table,) = json.loads(shown)["tables"]
        assert (table["measure"], table["k"], table["profile"]) == ("AP@all", "all", "image")
    else:
        assert (",all," if form == "csv" else "all") in shown


def test_a_report_that_lacks_k_says_how_to_add_it(
    runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call("report", runs, "--k", "5") == 2
    assert "they have K = 10,1000,all; 'hashbench run ... --k 5' adds it" in capsys.readouterr().err


def test_curves_of_rankings_lie_beside_the_others(runs: Path, tmp_path: Path) -> None:
    assert call("report", runs, "--curves", tmp_path, "--format", "csv") == 0
    drawn = {path.stem for path in tmp_path.glob("*.png")}
    stem = "digits-images-precision"
    wanted = {f"{stem}-recall-by-rank-dropped", f"{stem}-recall-by-radius", f"{stem}-at-n-dropped"}
    assert wanted <= drawn
    numbers = json.loads((tmp_path / f"{stem}-at-n-dropped.json").read_text())
    assert [panel["title"] for panel in numbers["panels"]] == ["8 bits", "16 bits"]
    first = numbers["panels"][0]["curves"][0]
    record = next(r for r in Store(runs).records() if (r.method.name, r.bits) == ("itq", 8))
    assert first["label"] == "itq"
    at = {x: y for x, y, _ in first["points"]}
    assert at[1300] == pytest.approx(100 * record.scores.get("image", "expected", "P", ALL))
    over_k = json.loads((tmp_path / "digits-images-map-at-k-image-expected.json").read_text())
    assert [x for x, _, _ in over_k["panels"][0]["curves"][0]["points"]] == [10, 1000, 1300]


def test_the_page_offers_all_and_its_curves(runs: Path, tmp_path: Path) -> None:
    pytest.importorskip("plotly", reason="the page needs the extra 'html'")
    assert call("report", runs, "--format", "html", "--out", tmp_path / "page.html") == 0
    text = (tmp_path / "page.html").read_text()
    (data,) = re.findall(r'type="application/json" id="data">(.*?)</script>', text, re.DOTALL)
    (section,) = json.loads(data)["sections"]
    assert (section["ks"], section["nDatabase"]) == ([10, 1000, "all"], 1300)
    assert section["queries"]["image"] == "dropped"
    for record in section["records"]:
        ranks, recall, precision = record["curves"]["dropped"]
        assert (ranks[0], ranks[-1], recall[-1]) == (1, 1300, 1)
        assert len(ranks) == len(recall) == len(precision)
        assert 0 < record["ap"]["image"]["expected"]["all"] < 1


def test_methods_are_compared_at_all(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = ("itq", "lsh", "--runs", runs, "--bits", "16", "--k")
    assert call("compare", *given, "all") == 0
    assert "mAP@all" in capsys.readouterr().out
    assert call("compare", *given, "10,all") == 2
    assert "methods are compared at one K" in capsys.readouterr().err
    assert call("compare", *given, "all", "--profile", "image-skip") == 2
    assert "profile image counts them all" in capsys.readouterr().err


def test_experiments_take_all(
    runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = """
[[experiment]]
name = "few"
title = "Few"
shows = "by-bits"
rows = [{ method = "itq", label = "ITQ" }, { method = "lsh", label = "LSH" }]
bits = [8]
k = [10, "all"]
"""
    (tmp_path / "few.toml").write_text(text)
    given = ("experiment", tmp_path / "few.toml", "--dataset", "digits-images", "--out", runs)
    assert call(*given, "--device", "cpu", "--format", "csv") == 0
    assert "mAP@all" in capsys.readouterr().out
    (tmp_path / "few.toml").write_text(text.replace('"all"', '"whole"'))
    assert call(*given) == 2
    assert "a whole number from 1, or 'all'" in capsys.readouterr().err


def test_evaluate_prints_a_column_all(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rng = np.random.default_rng(0)
    np.save(tmp_path / "D.npy", rng.integers(0, 2, (50, 16)))
    np.save(tmp_path / "L.npy", rng.integers(0, 3, 50))
    files = ("--database-codes", tmp_path / "D.npy", "--database-labels", tmp_path / "L.npy")
    given = ("evaluate", *files, "--k", "5,all", "--profile", "image,image-skip")
    assert call(*given, "--format", "json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["image"]["expected"].keys() >= {"AP@5", "AP@all", "P@all", "R@all"}
    assert found["image"]["expected"]["R@all"] == 1
    assert call(*given) == 0
    assert "all" in capsys.readouterr().out.splitlines()[2]
    assert call("evaluate", *files, "--k", "51") == 2
    assert "'all' stands for the whole database" in capsys.readouterr().err


def test_k_beyond_the_database_names_all(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ("run", "itq", "--dataset", "digits-images", "--k", "1301", "--out", tmp_path / "runs")
    assert call(*given) == 2
    assert "K can be at most 1300, or 'all'" in capsys.readouterr().err
