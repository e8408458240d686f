"""What a notebook shows of runs, records, evaluations and data sets."""

from __future__ import annotations

import dataclasses
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest

import hashbench
from hashbench import reports
from hashbench.errors import UsageError
from hashbench.reports.plots import plotted
from hashbench.runs.notebook import records_html


def test_records_are_a_table_with_a_number_a_cutoff(record) -> None:
    evaluation = {"profiles": {"paper": {"expected": {"AP@5": 0.25, "AP@10": 0.125}}}}
    good = record(evaluation=evaluation)
    good = dataclasses.replace(good, dataset=dataclasses.replace(good.dataset, profile="paper"))
    bad = dataclasses.replace(
        good, status="failed", evaluation=None, error={"type": "E", "message": "a <b> & c"}
    )
    table = ElementTree.fromstring(records_html([good, bad]))
    heads = [cell.text for cell in table.iter("th")]
    assert heads[-2:] == ["mAP@5 (%)", "mAP@10 (%)"]
    rows = [[cell.text for cell in row] for row in table.find("tbody")]
    assert rows[0][-2:] == ["25.00", "12.50"]
    assert rows[1][-2] == "a <b> & c"
    assert {len(row) for row in rows} == {len(heads)}


def test_reprs_are_one_short_line(record) -> None:
    dataset = hashbench.load_dataset("digit-stories")
    shown = [repr(record()), repr(dataset), repr(dataset.train)]
    shown.append(repr(hashbench.Videos(np.zeros((2, 3, 4), np.float32))))
    assert all(len(line) < 160 and "\n" not in line for line in shown)
    assert shown[0].startswith(f"<Record {record().key[:8]}: ")
    assert "digit-stories" in shown[1]
    assert "2 of 3 frames, 4 dimensions, without labels" in shown[3]


def test_names_are_those_of_the_command_line() -> None:
    from hashbench.plugins import registry

    assert hashbench.list_methods() == registry().methods.names()
    assert [hashbench.method(name).bits for name in ("itq", "lsh")] == [64, 64]
    assert "aeon:NAME" in hashbench.list_datasets()
    assert len(hashbench.list_datasets()) == len(registry().datasets.names())


def small_result(tmp_path):
    return hashbench.run(
        ["lsh", "random"], "digit-stories", bits=[8, 16], k=[5, 20], out=tmp_path / "runs"
    )


def test_a_result_is_a_frame_and_a_figure(tmp_path) -> None:
    result = small_result(tmp_path)
    frame = result.to_frame()
    pd.testing.assert_frame_equal(frame, reports.frame(result.store.records()))
    one = result.records[0]
    row = one.to_frame().query("profile == 'strict' and ties == 'expected' and k == 20")
    assert row.ap.item() == one.scores.get("strict", "expected", "AP", 20)
    over_bits = result.plot(k=5)
    (axes,) = over_bits.axes
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("bits", "mAP@5 (%)")
    drawn = {line[0].get_xdata().tolist().__repr__() for line in axes.containers}
    assert drawn == {"[8, 16]"}
    lsh = axes.containers[0][0].get_ydata()
    strict = frame.query("method == 'lsh' and profile == 'strict' and k == 5")
    np.testing.assert_allclose(
        np.asarray(lsh, float), 100 * strict.sort_values("bits").ap.astype(float)
    )
    assert [axes.get_title() for axes in result.plot("k").axes[:2]] == ["8 bits", "16 bits"]
    assert over_bits._repr_png_().startswith(b"\x89PNG")
    assert one.plot().axes[0].get_xlabel() == "K"
    assert ElementTree.fromstring(one._repr_html_()).find("tbody/tr/td").text == one.method.label
    with pytest.raises(UsageError, match="no curve 'bit'; did you mean 'bits'"):
        result.plot("bit")
    with pytest.raises(UsageError, match="one code length and one K makes no curve"):
        plotted(result.records[:1], k=20)
    with pytest.raises(UsageError, match=r"records of 0 data sets \(none\)"):
        plotted([])


def test_a_data_set_is_a_frame_a_table_and_a_figure() -> None:
    dataset = hashbench.load_dataset("digit-stories")
    frame = dataset.to_frame()
    sizes = {"train": len(dataset.train), "test": len(dataset.query)}
    assert frame.groupby("split").size().to_dict() == sizes
    labels = dataset.query.labels
    seventh = frame[frame.split == "test"].iloc[7]
    assert seventh.labels == dataset.card.class_names[labels.ids[7]]
    assert frame.id.isna().all()
    shown = dict(
        [cell.text for cell in row] for row in ElementTree.fromstring(dataset._repr_html_())[0]
    )
    assert shown["queries"] == "2,000 videos"
    assert shown["database"] == "the queries"
    (axes,) = dataset.plot().axes
    test = next(line for line in axes.lines if line.get_label() == "test")
    assert sorted(test.get_ydata()) == sorted(labels.multi_hot.sum(axis=0))


def test_an_evaluation_is_a_frame_a_table_and_a_figure() -> None:
    rng = np.random.default_rng(0)
    codes = hashbench.BinaryCodes.from_bits(rng.random((40, 8)) < 0.5)
    labels = hashbench.Labels.from_array(np.arange(40) % 4)
    found = hashbench.evaluate(codes, codes, labels, labels, k=[5, 10], self_retrieval=True)
    assert repr(found) == (
        "<Evaluation: 40 queries against themselves, 8 bits, K = 5, 10, profiles paper, official, "
        "strict>"
    )
    assert repr(codes) == "<BinaryCodes: 40 codes of 8 bits>"
    assert repr(labels) == "<Labels: 40 videos, 4 classes, at most one a video>"
    frame = found.to_frame()
    ap = found.scores.get("strict", "expected", "AP", 10)
    row = frame.query("profile == 'strict' and measure == 'AP' and k == 10")
    assert row.value.item() == ap
    table = ElementTree.fromstring(found._repr_html_())
    assert table.findall("tbody/tr")[-1][-1].text == f"{100 * ap:.2f}"
    (axes,) = found.plot().axes
    assert axes.lines[-1].get_ydata()[-1] == pytest.approx(100 * ap)
    one = hashbench.evaluate(codes, codes, labels, labels, k=[5], self_retrieval=True)
    with pytest.raises(UsageError, match=r"one K \(5\) makes no curve"):
        one.plot()
