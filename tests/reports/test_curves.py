"""The numbers that the curves show."""

from __future__ import annotations

import pytest

from hashbench.reports import Selection, charts, read, sections

FALLING = {20: 0.5, 60: 0.4, 100: 0.3}


def build(*records, **selection):
    return {c.stem: c for c in charts(sections(read(records)), Selection(**selection))}


def test_one_panel_a_bit_length_and_one_line_a_method(record):
    found = build(
        *(record(m, bits, ap=FALLING) for m in ("itq", "lsh") for bits in (8, 16)),
    )
    panels = found["digit-stories-map-at-k-paper-expected"].panels
    assert [panel.title for panel in panels] == ["8 bits", "16 bits"]
    assert [curve.label for curve in panels[0].curves] == ["itq", "lsh"]
    points = ((20, 50.0, None), (60, 40.0, None), (100, pytest.approx(30.0), None))
    assert panels[1].curves[0].points == points


def test_map_at_20_over_bits_with_its_spread(record):
    found = build(
        *(record(bits=bits, seed=s, ap={20: 0.1 + 0.02 * s}) for bits in (8, 16) for s in (0, 1))
    )
    assert list(found) == ["digit-stories-map-over-bits-paper-expected"]
    (panel,) = found["digit-stories-map-over-bits-paper-expected"].panels
    spread = pytest.approx(2**0.5)
    assert panel.curves[0].points == tuple((x, pytest.approx(11.0), spread) for x in (8, 16))


def test_a_single_k_and_a_single_length_draw_nothing(record):
    assert build(record(ap={20: 0.5})) == {}


def test_failed_cells_leave_gaps_not_zeros(record):
    failed = record(bits=16, error=("MethodError", "no"))
    found = build(record(bits=8, ap=FALLING), failed, record(bits=32, ap=FALLING))
    (panel,) = found["digit-stories-map-over-bits-paper-expected"].panels
    assert [x for x, _, _ in panel.curves[0].points] == [8, 32]


def test_only_failures_draw_nothing(record):
    assert build(record(bits=8, error=("A", "b")), record(bits=16, error=("A", "b"))) == {}


def test_two_contents_of_one_name_write_two_files(record):
    both = [record(bits=b, ap={20: 0.1}, sha256=s * 64) for b in (8, 16) for s in "ab"]
    assert sorted(build(*both)) == [
        "digit-stories-aaaaaaaa-1-map-over-bits-paper-expected",
        "digit-stories-bbbbbbbb-1-map-over-bits-paper-expected",
    ]


def test_file_names_are_safe(record):
    records = [record(bits=b, ap={20: 0.1}, dataset="aeon:Japanese Vowels") for b in (8, 16)]
    assert list(build(*records)) == ["aeon-Japanese-Vowels-map-over-bits-paper-expected"]
