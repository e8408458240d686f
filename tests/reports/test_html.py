"""The page as a file: whole, inert, the same for the same records."""

from __future__ import annotations

import base64
import gzip
import json
import re
import sys

import pytest

from hashbench.errors import HashbenchError
from hashbench.files.atomic import write_json
from hashbench.reports import Selection, read, sections
from hashbench.reports.html import page

pytest.importorskip("plotly", reason="the page needs the extra 'html'")

ALL = Selection()
EVIL = "</script><script>alert(1)</script>"


def data_of(text):
    (found,) = re.findall(
        r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL
    )
    return json.loads(found)


def build(records, selection=ALL, runs=()):
    return page(sections(read(records)), selection, runs)


def test_nothing_is_fetched_and_the_size_is_bounded(record):
    records = [record(f"m{i}", bits, seed) for i in range(7) for bits in (8, 16, 32, 64, 128, 256)
               for seed in range(5)]  # fmt: skip
    assert len(records) >= 200
    text = build(records)
    ours = text[: text.index('<script type="application/json"')]
    assert not re.search(r"(src|href)=(?![\"']#)", ours)
    assert "default-src 'none'" in ours
    assert len(text.encode()) < 3_000_000
    # What is packed is plotly.js as it was installed; its licence stands in plain sight.
    (packed,) = re.findall(r'id="plotly">([A-Za-z0-9+/=]+)</script>', text)
    from plotly.offline import get_plotlyjs

    assert gzip.decompress(base64.b64decode(packed)).decode() == get_plotlyjs()
    assert "Licensed under the MIT license" in text[: text.index(packed)]


def test_same_records_same_bytes(record):
    records = [record(), record("lsh")]
    assert build(records) == build(records[::-1])


def test_the_page_offers_everything_measured_and_starts_as_the_tables_do(record):
    every = {"profiles": ("official", "paper", "strict"), "ties": ("expected", "stable")}
    (section,) = data_of(build([record(profile="strict", **every)]))["sections"]
    assert section["profiles"] == ["official", "paper", "strict"]
    assert section["ties"] == ["expected", "stable"]
    assert section["usual"] == {"k": 20, "profile": "strict", "ties": "expected"}
    assert section["records"][0]["ap"]["official"]["stable"] == {"20": 0.5, "40": 0.5}


def test_a_selection_narrows_the_offer(record):
    every = {"profiles": ("official", "paper")}
    text = build([record(**every)], Selection(k=(40,), profiles=("official",)))
    (section,) = data_of(text)["sections"]
    assert (section["ks"], section["profiles"]) == ([40], ["official"])


def test_names_cannot_break_out(record):
    text = build([record(f"itq[{EVIL}]", error=(EVIL, EVIL)), record()])
    assert EVIL not in text
    errors = [r["error"] for r in data_of(text)["sections"][0]["records"]]
    assert errors == [None, f"{EVIL}: {EVIL}"]


def test_manifests_are_embedded_once(record, tmp_path):
    manifest = {"argv": ["hashbench", "run"], "versions": {"hashbench": "0.1.0"}}
    write_json(tmp_path / "manifests" / "one.json", manifest)
    records = [record(), record("lsh"), record("mfh", manifest="manifests/gone.json")]
    data = data_of(build(records, runs=(tmp_path,)))
    assert data["manifests"] == [manifest]
    named = {r["about"]["method"]["label"]: r["manifest"] for r in data["sections"][0]["records"]}
    assert named == {"itq": 0, "lsh": 0, "mfh": None}


def test_only_failures_still_make_a_page(record):
    (section,) = data_of(build([record(error=("DataError", "NaN"))]))["sections"]
    assert section["records"][0]["ap"] == {"paper": {"expected": {}}}


def test_without_plotly_the_extra_is_named(record, monkeypatch):
    monkeypatch.setitem(sys.modules, "plotly.offline", None)
    with pytest.raises(HashbenchError, match=r"pip install 'hashbench\[html\]'"):
        build([record()])
