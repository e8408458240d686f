"""The files of a site: numbers, links, names that a stranger wrote, and how it is replaced."""

from __future__ import annotations

import importlib.util
import itertools
import json
import shutil
import sys
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import numpy as np
import pandas as pd
import pytest
from hostile_names import HOSTILE, STRANGER

import hashbench
from hashbench.errors import HashbenchError, UsageError, VerificationError
from hashbench.leaderboards import Board
from hashbench.leaderboards.page import compose
from hashbench.leaderboards.summary import read_summary
from hashbench.runs import Store
from hashbench.site import build, tables
from hashbench.site.badges import badge_names
from hashbench.site.build import build_site
from hashbench.site.feed import feed, items
from hashbench.site.measured import measured


class Page(HTMLParser):
    """What a browser would see: tags with their attributes, and the text between them."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data


def files(root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file()
    }


def test_there_is_a_page_a_record_with_its_numbers(site, board):
    records = board.records()
    assert {path.stem for path in (site / "record").iterdir()} == {one.key for one in records}
    for one in records:
        text = Page(site / "record" / f"{one.key}.html").text
        ap = one.scores.get("strict", "expected", "AP", 20)
        assert f"{100 * ap:.2f} %" in text
        assert f"--bits {one.bits} --seed {one.seed}" in text
        assert one.dataset.sha256 in text


def test_the_first_table_of_a_board_is_sorted_by_rank(site, board):
    summary = read_summary(board)
    page = (site / "boards" / "mine.html").read_text(encoding="utf-8")
    table = page[page.index('id="overall"') :]
    places = [table.index(f"{row['mean']:.2f}") for one in summary["methods"]
              for row in one["rows"][:1]]  # fmt: skip
    assert places == sorted(places)
    assert "last change" in compose(board).page
    assert f"Last measured {summary['last_change']}" in Page(site / "boards" / "mine.html").text


def test_every_link_leads_somewhere_and_nothing_is_fetched_from_elsewhere(site):
    seen = 0
    for path in site.rglob("*.html"):
        for tag, attributes in Page(path).tags:
            for name in ("src", "href"):
                target = urlsplit(attributes.get(name) or "#")
                if target.scheme or target.netloc:
                    assert tag == "a", (path, attributes)
                elif target.path:
                    assert (path.parent / unquote(target.path)).is_file(), (path, attributes)
                    seen += 1
    assert seen > 100
    for path in (*site.glob("assets/site.css"), *site.glob("assets/[bfr]*.js")):
        assert "http" not in path.read_text(encoding="utf-8")


def test_a_stranger_s_names_are_text(site):
    named = 0
    for path in site.rglob("*.html"):
        page = Page(path)
        named += HOSTILE in page.text
        for tag, attributes in page.tags:
            assert not any(name.startswith("on") for name in attributes), path
            if tag == "script" and "src" in attributes:
                assert attributes["src"].startswith(("assets/", "../assets/"))
            elif tag == "script":
                assert attributes["type"] in ("application/json", "text/plain")
            assert attributes.get("src") != "x"
    assert named >= 5  # its records and the board
    assert STRANGER in Page(site / "boards" / "mine.html").text
    for path in site.rglob("badges/**/*.svg"):
        root = ET.fromstring(path.read_text(encoding="utf-8"))
        assert {element.tag.rpartition("}")[2] for element in root.iter()} <= {
            "svg", "title", "rect", "path", "g", "text",
        }  # fmt: skip


def test_the_same_records_give_the_same_bytes(site, shelf, tmp_path):
    build_site(shelf, tmp_path / "again")
    assert files(site) == files(tmp_path / "again")


def test_tables_hold_every_record(site, board):
    # Python reads every digit, which not every release of pandas does by itself.
    table = pd.read_csv(site / "results.csv", converters={"ap": float})
    assert set(table["board"]) == {"mine"}
    assert set(table["measured_by"]) == {STRANGER}
    for one in board.records():
        mine = table[(table.key == one.key) & (table.profile == "strict") & (table.k == 20)]
        assert mine["ap"].item() == one.scores.get("strict", "expected", "AP", 20)
    pytest.importorskip("pyarrow", reason="the extra 'parquet'")
    again = pd.read_parquet(site / "results.parquet")
    assert list(again.columns) == list(table.columns)
    np.testing.assert_array_equal(again["ap"], table["ap"])


def test_no_text_of_a_stranger_is_a_formula(tmp_path, monkeypatch):
    made = pd.DataFrame({"measured_by": ["=1+1", "Ada"], "ap": [0.25, -1e-9]})
    monkeypatch.setattr(tables, "everything", lambda found: made)
    tables.write_tables([], tmp_path)
    lines = (tmp_path / tables.CSV).read_text().splitlines()
    assert lines == ["measured_by,ap", "'=1+1,0.25", "Ada,-1e-09"]


def test_without_pyarrow_there_is_csv_and_a_line(shelf, tmp_path, monkeypatch):
    there = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda n: None if n == "pyarrow" else there(n))
    said = []
    build_site(shelf[:1], tmp_path / "site", say=said.append)
    assert said == ["results.parquet left out: it needs pyarrow, pip install 'hashbench[parquet]'"]
    assert not (tmp_path / "site" / "results.parquet").exists()
    assert "results.parquet" not in Page(tmp_path / "site" / "index.html").text


def test_without_jinja2_there_is_one_line_and_no_folder(shelf, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "jinja2", None)
    with pytest.raises(HashbenchError, match=r"needs jinja2: pip install 'hashbench\[html\]'"):
        build_site(shelf, tmp_path / "site")
    assert list(tmp_path.iterdir()) == []


def test_cells_of_a_site_are_reused(site, card, tmp_path):
    out = tmp_path / "out"
    result = hashbench.run(["itq"], card, bits="4,6", seed="0,1", k="1,5,20", device="cpu",
                           out=out, reuse=site)  # fmt: skip
    assert sorted(one.state for one in result.outcomes.values()) == ["ranked"] * 4
    assert {one.key for one in Store(out).records()} <= {
        path.stem for path in (site / "record").iterdir()
    }


def test_the_distribution_is_that_of_the_codes(board, site):
    found = measured(board)
    key = next(iter(found.ap))
    text = (site / "record" / f"{key}.html").read_text(encoding="utf-8")
    start = text.index(">", text.index('id="data"')) + 1
    data = json.loads(text[start : text.index("</script>", start)])
    values = found.ap[key]
    edges = np.arange(21) / 20
    counts = [int(((values >= a) & (values < b)).sum()) for a, b in itertools.pairwise(edges)]
    counts[-1] += int((values == 1).sum())
    assert data["counts"] == counts
    assert sum(counts) == len(values)


def test_the_feed_has_the_last_first(board):
    last = items([measured(board)])
    assert len(last) == 3
    told = feed(last, "https://example.org/boards/")
    assert told["version"] == "https://jsonfeed.org/version/1.1"
    assert len({one["id"] for one in told["items"]}) == 3
    assert told["items"][0]["url"] == "https://example.org/boards/boards/mine.html"
    assert all(one["date_published"].endswith("T00:00:00Z") for one in told["items"])
    assert "feed_url" not in feed(last, "")


def test_a_badge_says_what_the_board_says(site, board):
    for one in read_summary(board)["methods"]:
        if one["method"] != "itq":
            continue
        for row in one["rows"]:
            ranks = sorted({row["rank"], row["last_rank"]})
            text = (site / "badges" / "mine" / "itq" / f"{row['bits']}.svg").read_text()
            shown = [
                element.text
                for element in ET.fromstring(text).iter()
                if (element.text or "").strip()
            ]
            title = f"itq on mine, {row['bits']} bits: rank {chr(0x2013).join(map(str, ranks))}"
            assert shown[0] == title
    assert not list((site / "badges" / "mine").glob("random*"))


def test_names_of_badges_do_not_clash(board):
    found = measured(board)
    names = badge_names(found)
    assert len({name.casefold() for name in names.values()}) == len(names)
    assert all("/" not in name and name[0] != "." for name in names.values())


def test_a_folder_of_something_else_is_left_alone(shelf, tmp_path):
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(UsageError, match="something else than a site of boards; not replaced"):
        build_site(shelf, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_build_that_breaks_leaves_the_old_site(shelf, tmp_path, monkeypatch):
    out = tmp_path / "site"
    build_site(shelf, out)
    before = files(out)

    def broken(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(build, "copy_board", broken)
    with pytest.raises(HashbenchError, match="No space left on device"):
        build_site(shelf[:1], out)
    assert files(out) == before
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


def test_an_older_site_goes_with_all_its_pages(shelf, tmp_path):
    out = tmp_path / "site"
    build_site(shelf, out)
    (tmp_path / ".site-1-00000000.partial").mkdir()  # of a killed process
    build_site(shelf[1:], out)
    assert not (out / "record").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


def test_a_number_that_codes_do_not_give_is_refused(board, tmp_path):
    shutil.copytree(board.root, tmp_path / "boards")
    path = tmp_path / "boards" / "mine" / "records" / "itq.jsonl"
    told = [json.loads(line) for line in path.read_text().splitlines()]
    told[0]["evaluation"]["profiles"]["strict"]["expected"]["AP@20"] += 0.01
    path.write_text("".join(json.dumps(one) + "\n" for one in told))
    with pytest.raises(VerificationError, match="does not have the mAP@20 that its codes give"):
        build_site([Board(tmp_path / "boards", "mine")], tmp_path / "site")
    assert not (tmp_path / "site").exists()


def test_an_address_that_is_none(shelf, tmp_path):
    with pytest.raises(UsageError, match="is no address of a site"):
        build_site(shelf, tmp_path / "site", address="javascript:alert(1)")
