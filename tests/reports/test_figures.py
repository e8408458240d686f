"""Figures: their bytes, their legibility, and not drawing them twice."""

from __future__ import annotations

import dataclasses
import itertools
import sys

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.image import imread

from hashbench.reports import Selection, charts, draw, read, sections
from hashbench.reports.figures import _figure, _styles
from hashbench.reports.palette import COLOURS, FIXED, MARKERS, positions, style


@pytest.fixture
def found(record):
    """Charts of two methods and both controls at three lengths."""
    ap = {20: 0.30, 40: 0.25, 60: 0.20}
    records = [record(m, bits, ap=ap) for m in ("itq", "lsh") for bits in (8, 16, 32)]
    for bits in (8, 16, 32):
        records.append(record("random", bits, ap=dict.fromkeys(ap, 0.02), control=True))
        oracle = {"control": True, "supervised": True}
        records.append(record("oracle", bits, ap=dict.fromkeys(ap, 1.0), **oracle))
    return charts(sections(read(records)), Selection())


@pytest.fixture
def one(found):
    """The chart of a single panel, quickly drawn."""
    return found[1:]


def test_same_numbers_same_bytes(one, tmp_path):
    first = draw(one, tmp_path / "a")
    second = draw(one, tmp_path / "b")
    assert len(first) == 3
    assert [p.read_bytes() for p in first] == [p.read_bytes() for p in second]


def test_kinds_of_file(one, tmp_path):
    heads = {".png": b"\x89PNG", ".svg": b"<?xml", ".pdf": b"%PDF"}
    paths = draw(one, tmp_path)
    assert {path.suffix for path in paths} == set(heads)
    assert all(path.read_bytes().startswith(heads[path.suffix]) for path in paths)
    png = imread(next(path for path in paths if path.suffix == ".png"))
    assert png.shape[0] > 300
    assert np.ptp(png[..., :3]) > 0.9


def test_a_drawn_figure_is_left_alone(one, tmp_path):
    paths = draw(one, tmp_path)
    before = [path.stat().st_mtime_ns for path in paths]
    assert draw(one, tmp_path) == paths
    assert [path.stat().st_mtime_ns for path in paths] == before


def test_other_numbers_are_drawn_anew(one, record, tmp_path):
    paths = draw(one, tmp_path)
    before = {path: path.read_bytes() for path in paths}
    changed = [record("itq", bits, ap={20: 0.2}) for bits in (8, 16, 32)]
    again = draw(charts(sections(read(changed)), Selection()), tmp_path)
    assert again == paths
    assert all(path.read_bytes() != before[path] for path in paths)


@pytest.mark.parametrize("lost", [".png", ".json"])
def test_a_lost_file_is_drawn_anew(one, tmp_path, lost):
    draw(one, tmp_path)
    gone = next(tmp_path.glob(f"*{lost}"))
    gone.unlink()
    draw(one, tmp_path)
    assert gone.is_file()


def test_neither_pyplot_nor_global_settings_are_touched(one, tmp_path):
    sys.modules.pop("matplotlib.pyplot", None)
    before = mpl.rcParams.copy()
    draw(one, tmp_path)
    assert "matplotlib.pyplot" not in sys.modules
    assert mpl.rcParams.copy() == before


def test_a_control_that_sees_labels_does_not_flatten_the_rest(found):
    figure = _figure(found[0])
    assert figure.axes[0].get_ylim()[1] < 40
    texts = [text.get_text() for text in figure.legends[0].get_texts()]
    assert texts == ["itq", "lsh", "oracle ‡ (above the frame)", "random †"]


def test_the_legend_lies_outside_the_panels(found):
    figure = _figure(found[0])
    FigureCanvasAgg(figure).draw()
    box = figure.legends[0].get_window_extent()
    panels = [axes.get_tightbbox() for axes in figure.axes]
    assert not any(box.overlaps(panel) for panel in panels)
    assert all(figure.bbox.containsx(x) for x in (box.x0, box.x1))
    for one, other in itertools.combinations(panels, 2):
        assert not one.overlaps(other)


def test_lines_differ_without_colour():
    looks = [style(i, control=False) for i in range(20)]
    assert len({(look.marker, str(look.stroke)) for look in looks}) == 20
    assert len({look.marker for look in looks[: len(MARKERS)]}) == len(MARKERS)


def _seen(colour: str, kind: np.ndarray) -> np.ndarray:
    """Return a colour in CIELAB as somebody sees it whose linear RGB is mapped by ``kind``."""
    rgb = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    linear = np.clip(kind @ linear, 0, 1)
    to_xyz = np.array(
        [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    )
    xyz = to_xyz @ linear / [0.9505, 1.0, 1.089]
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize(
    "kind",
    [
        # Machado, Oliveira and Fernandes (2009), severity 1: protanopia, deuteranopia, tritanopia.
        [[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]],
        [[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]],
        [[1.256, -0.077, -0.179], [-0.078, 0.931, 0.148], [0.005, 0.691, 0.304]],
    ],
    ids=["protanopia", "deuteranopia", "tritanopia"],
)
def test_colours_differ_for_the_colour_blind(kind):
    seen = [_seen(colour, np.array(kind)) for colour in COLOURS]
    gaps = [np.linalg.norm(a - b) for a, b in itertools.combinations(seen, 2)]
    assert min(gaps) > 9  # about four just-noticeable differences


def test_a_method_looks_the_same_in_whatever_company():
    alone = positions(["lsh"], control=False)["lsh"]
    among = positions(["ours", "itq", "lsh", "ssvh[k1=3]", "ssvh"], control=False)
    assert among["lsh"] == alone
    assert len(set(among.values())) == 5
    looks = [style(place, control=False) for place in among.values()]
    assert len({(look.colour, look.marker) for look in looks}) == 5
    assert positions(["random", "oracle"], control=True) == {"oracle": 0, "random": 1}


def test_built_in_methods_keep_their_looks():
    built_in = {"bth", "conmh", "autossvh", "s5vh", "pcah", "cibhash"}
    assert {label: positions([label], control=False)[label] for label in built_in} == {
        label: place
        for label, place in positions([*built_in, "a", "z"], control=False).items()
        if label in built_in
    }
    # What tells two lines apart does so without the colour.
    looks = [style(place, control=False) for place in range(len(FIXED))]
    assert len({(look.marker, str(look.stroke)) for look in looks}) == len(FIXED)


def test_signs_do_not_change_the_look(record):
    chart = charts(
        sections(read([record("itq", bits, ap={20: 0.1}) for bits in (8, 16)])), Selection()
    )[0]
    ((label, look),) = _styles(chart).items()
    assert (label, look) == ("itq", style(FIXED.index("itq"), control=False))


@pytest.mark.parametrize(
    ("measured", "shown"),
    [
        ((20, 40), (20, 40)),
        ((5, 10, 20, 50, 100, 200), (5, 10, 20, 50, 100, 200)),
        (tuple(range(20, 160, 20)), (20, 60, 100, 140)),
        (tuple(range(5, 105, 5)), (5, 25, 45, 65, 85)),
    ],
)
def test_ticks_are_the_measured_cut_offs_up_to_six_and_thinned_beyond(record, measured, shown):
    ap = {k: 1 / k for k in measured}
    (chart,) = charts(
        sections(read([record("itq", 8, ap=ap), record("lsh", 8, ap=ap)])), Selection()
    )
    (axes,) = _figure(chart).axes
    assert tuple(axes.get_xticks()) == shown
    assert [tick.get_text() for tick in axes.get_xticklabels()] == list(map(str, shown))


def test_a_figure_for_a_paper_is_a_column_wide_and_has_no_title(found):
    for chart in found:
        screen, paper = _figure(chart), _figure(dataclasses.replace(chart, paper=True))
        assert paper.get_suptitle() == ""
        assert screen.get_suptitle().startswith("mAP@")
        assert paper.get_size_inches()[0] == 3.4
        FigureCanvasAgg(paper).draw()
        boxes = [axes.get_tightbbox() for axes in paper.axes if axes.get_visible()]
        boxes.append(paper.legends[0].get_window_extent())
        assert all(box.x0 >= 0 and box.x1 <= paper.bbox.x1 + 1 for box in boxes)
        assert not any(one.overlaps(other) for one, other in itertools.combinations(boxes, 2))
