"""Sheets of every shape in every format, against text written by hand."""

from __future__ import annotations

import io
import json

import pandas as pd
import pytest

from hashbench.reports.formats import FORMATS, render, write
from hashbench.reports.sheet import (
    Column,
    Document,
    Entry,
    Line,
    Note,
    Sheet,
    gained,
    printed,
    words,
)


def sheet(**more) -> Sheet:
    columns = (
        Column("@20", group="@20"),
        Column("@20", "gain", "@20"),
        Column("@20", "reported", "@20"),
        Column("says", "text"),
    )
    lines = (
        Line("a_b", (Entry(12.5, "12.50", 0.25), gained(-4.76), printed(3), words("50% & more"))),
        Line("c", (Entry(None, "fail", failed=True), gained(None), printed(None), words(""))),
    )
    given = {"title": "Gains", "terms": "seed 0", "across": "method", "columns": columns}
    notes = (Note("reported: somewhere."), Note("a control", "†"))
    return Sheet(**{**given, "lines": lines, "notes": notes, **more})


def wide(columns: int, group: int = 0, label: str = "itq") -> Sheet:
    heads = [Column(f"mAP@{n}", group=str(n // group) if group else "") for n in range(columns)]
    entries = tuple(Entry(50.0, "50.00") for _ in heads)
    return Sheet("Wide", "", "method", tuple(heads), (Line(label, entries),))


def test_kinds_and_words_in_markdown():
    assert render(Document((sheet(),)), "markdown") == (
        "**Gains**, seed 0\n"
        "\n"
        "| method | @20 | @20 gain | @20 reported | says |\n"
        "| --- | ---: | ---: | ---: | --- |\n"
        r"| a\_b | 12.50 ± 0.25 | -4.76↓ | 3.00 | 50% \& more |"
        "\n"
        "| c | fail | – | – |  |\n"  # noqa: RUF001
        "\n"
        "- reported: somewhere.\n"
        "- † a control\n"
    )


def test_kinds_and_words_in_latex():
    text = render(Document((sheet(),)), "latex")
    assert r"\begin{tabular}{lrrrl}" in text
    assert (
        r"a\_b & 12.50 {\scriptsize$\pm$0.25} & -4.76$\downarrow$ & 3.00 & 50\% \& more \\" in text
    )
    assert "    reported: somewhere.\n    \\dag{}~a control.\n" in text
    assert "\\label" not in text
    assert r"\label{tab:gains-20}" in render(Document((sheet(key="gains-20"),)), "latex")


def test_ranks_and_commands_in_every_format_but_data():
    columns = (Column("mAP@20"), Column("command", "code"))
    entries = (Entry(42.0, "42.00", best=True, suffix="(1)"), words("run a|b\nrun c_d"))
    document = Document((Sheet("Board", "", "rank", columns, (Line("1", entries),), right=True),))
    markdown = render(document, "markdown")
    assert "| ---: | ---: | --- |" in markdown
    assert r"| 1 | **42.00** (1) | `run a\|b` `run c_d` |" in markdown
    latex = render(document, "latex")
    assert r"\begin{tabular}{rrl}" in latex
    assert r"1 & \textbf{42.00} (1) & \texttt{run a\textbar{}b run c\_d} \\" in latex
    assert "42.00* (1)" in render(document, "table")


def test_links_lead_somewhere_on_a_page_only():
    line = Line("a_b", (Entry(None, "c|d", suffix="†", link="d.md"),), sign="§", link="c.md")
    document = Document((Sheet("Linked", "", "method", (Column("other", "text"),), (line,)),))
    assert r"| [a\_b](c.md) § | [c\|d](d.md) † |" in render(document, "markdown")
    for form in ("table", "latex", "csv", "json"):
        assert ".md" not in render(document, form)
    assert render(document, "table").splitlines()[-2].split() == ["a_b", "§", "c|d", "†"]


def test_groups_of_lines_are_set_apart():
    one = sheet().lines
    grouped = sheet(lines=(one[0], Line("control", one[1].entries, "control")))
    assert render(Document((grouped,)), "latex").count(r"\midrule") == 2
    assert render(Document((sheet(),)), "latex").count(r"\midrule") == 1
    lines = render(Document((grouped,)), "table").splitlines()
    before = lines.index(next(line for line in lines if line.startswith("control"))) - 1
    assert lines[before] == ""


def test_headings_of_lines_in_every_format():
    lines = [
        Line(name, (Entry(value, f"{value}"),), under=under)
        for under, name, value in (("mAP@K", "a_b", 1), ("mAP@K", "c", 2), ("P@K", "a_b", 3))
    ]
    sheet = Sheet("Measures", "", "row", (Column("20"),), tuple(lines))
    document = Document((sheet,))
    assert render(document, "table").splitlines()[2:] == [
        "row    20",
        "─────────",
        "mAP@K",
        "  a_b   1",
        "  c     2",
        "",
        "P@K",
        "  a_b   3",
        "",
    ]
    assert "| **mAP@K** | |\n| a\\_b | 1 |\n| c | 2 |\n| **P@K** | |\n" in render(
        document, "markdown"
    )
    latex = render(document, "latex")
    assert latex.count("\\midrule\n    \\multicolumn{2}{l}{") == 2
    assert "\\quad a\\_b & 3 " in latex
    assert "mAP@K: a_b" in render(document, "csv")
    rows = json.loads(render(document, "json"))["tables"][0]["rows"]
    assert [row["label"] for row in rows] == ["mAP@K: a_b", "mAP@K: c", "P@K: a_b"]


def test_numbers_come_back_from_csv_and_json():
    (document,) = [Document((sheet(),))]
    frame = pd.read_csv(io.StringIO(render(document, "csv")))
    assert list(frame.columns) == ["table", "row", "column", "kind", "percent", "std"]
    first = frame[frame.row == "a_b"].set_index("kind").percent
    assert (first.measured, first.gain, first.reported) == (12.5, -4.76, 3.0)
    assert frame[frame.row == "c"].percent.isna().all()
    (table,) = json.loads(render(document, "json"))["tables"]
    assert table["rows"][0]["percent"] == [12.5, -4.76, 3, None]
    assert table["rows"][0]["std"] == [0.25, None, None, None]
    assert table["notes"] == ["reported: somewhere.", "† a control"]


@pytest.mark.parametrize("columns", [1, 7, 20])
@pytest.mark.parametrize("group", [0, 5, 20])
def test_any_width_fits_eighty_columns_and_shows_each_column_once(columns, group):
    text = render(Document((wide(columns, group, "m[" + "x" * 40 + "]"),)), "table")
    assert max(map(len, text.splitlines())) <= 80
    heads = [word for line in text.splitlines() for word in line.split() if word[:4] == "mAP@"]
    assert heads == [f"mAP@{n}" for n in range(columns)]


def test_columns_of_a_group_stay_side_by_side():
    lines = render(Document((wide(10, 5),)), "table").splitlines()
    heads = [line.split()[1:] for line in lines if "mAP@" in line]
    assert heads == [[f"mAP@{n}" for n in range(5)], [f"mAP@{n}" for n in range(5, 10)]]


def test_words_are_folded_not_cut():
    text = "better by far than anything that was ever seen here or elsewhere " * 3
    folded = sheet(lines=(Line("a", (*sheet().lines[0].entries[:3], words(text))),), notes=())
    shown = render(Document((folded,)), "table")
    assert max(map(len, shown.splitlines())) <= 80
    assert "…" not in shown
    assert set(text.split()) <= set(shown.split())


def test_a_document_says_in_full_what_its_sheets_do_not():
    full = Document((sheet(),), {"answer": 42}, lambda: pd.DataFrame({"answer": [42]}))
    assert json.loads(render(full, "json")) == {"answer": 42}
    assert render(full, "csv") == "answer\n42\n"


@pytest.mark.parametrize("form", FORMATS)
def test_a_file_holds_what_standard_output_would(form, tmp_path, capsys):
    document = Document((sheet(),))
    write(document, form, tmp_path / "file")
    assert (tmp_path / "file").read_text(encoding="utf-8") == render(document, form)
    assert capsys.readouterr() == ("", f"wrote {tmp_path / 'file'}\n")
    write(document, form)
    assert "a_b" in capsys.readouterr().out.replace("\\", "")
