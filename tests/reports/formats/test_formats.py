"""Every format against text written by hand, and read back by another program."""

from __future__ import annotations

import io
import json
import re

import pandas as pd
import pytest
from rich.console import Console

from hashbench.reports import Selection, read, report, sections
from hashbench.reports.formats.csv_json import as_csv, as_json
from hashbench.reports.formats.latex import escape as latex_escape
from hashbench.reports.formats.latex import latex
from hashbench.reports.formats.markdown import escape as markdown_escape
from hashbench.reports.formats.markdown import markdown
from hashbench.reports.formats.terminal import show, terminal

LATEX = r"""% \usepackage{booktabs,graphicx}
\begin{table}
  \centering
  \caption{mAP@20 (\%) on digit-stories 1, profile paper, ties expected, seeds 0, 1 (mean and standard deviation).}
  \label{tab:digit-stories-map20-paper-expected}
  \resizebox{\ifdim\width>\linewidth\linewidth\else\width\fi}{!}{\begin{tabular}{lrr}
    \toprule
    method & 8 & 16 \\
    \midrule
    itq & \textbf{42.00} {\scriptsize$\pm$1.41} & fail$^{\mathrm{a}}$ \\
    my\_method[a=50\%,b=x\textbar{}y] & 40.00 {\scriptsize$\pm$0.00} & \textbf{30.50} {\scriptsize$\pm$0.71} \\
    \midrule
    random \dag{} & 2.00 {\scriptsize$\pm$0.00} & -- \\
    \bottomrule
  \end{tabular}}
  \par\smallskip
  {\footnotesize\raggedright
    \dag{}~control: a yardstick, not a competitor.
    a~itq failed at 16 bits, seeds 0, 1: MethodError: 50\% of x\_y.
  \par}
\end{table}
"""  # noqa: E501
ODD = "my_method[a=50%,b=x|y]"


@pytest.fixture
def found(record):
    """Two methods with two seeds, a control, and a failure: means 42, 40, 30.5 and 2 %."""
    return sections(
        read(
            [
                record("itq", 8, 0, {20: 0.41}),
                record("itq", 8, 1, {20: 0.43}),
                record("itq", 16, 0, error=("MethodError", "50% of x_y")),
                record("itq", 16, 1, error=("MethodError", "50% of x_y")),
                record(ODD, 8, 0, {20: 0.40}),
                record(ODD, 8, 1, {20: 0.40}),
                record(ODD, 16, 0, {20: 0.30}),
                record(ODD, 16, 1, {20: 0.31}),
                record("random", 8, 0, {20: 0.02}, control=True),
                record("random", 8, 1, {20: 0.02}, control=True),
            ]
        )
    )


def test_terminal(found):
    assert terminal(report(found, Selection())) == (
        "mAP@20 (%) on digit-stories 1, profile paper, ties expected, seeds 0, 1 (mean\n"
        "and standard deviation)\n"
        "\n"
        "method                       8        16\n"
        "────────────────────────────────────────\n"
        "itq                     42.00*  fail [a]\n"
        "                         ±1.41\n"
        "my_method[a=50%,b=x|y]   40.00    30.50*\n"
        "                         ±0.00     ±0.71\n"
        "\n"
        "random †                  2.00         –\n"  # noqa: RUF001
        "                         ±0.00\n"
        "* best of its column\n"
        "† control: a yardstick, not a competitor\n"
        "a itq failed at 16 bits, seeds 0, 1: MethodError: 50% of x_y\n"
        "\n"
    )


def test_a_terminal_stacks_the_cut_offs_of_a_data_set(record):
    records = [
        record("itq", 8, ap={20: 0.5, 40: 0.25}),
        record("lsh[n=1]", 8, ap={20: 0.4}),
        record("lsh[n=1]", 16, ap={20: 0.3, 40: 0.2}),
        record("itq", 16, error=("MethodError", "too few")),
    ]
    found = sections(read(records))
    assert terminal(report(found, Selection())) == (
        "mAP (%) on digit-stories 1, profile paper, ties expected, seed 0\n"
        "\n"
        "method           8        16\n"
        "────────────────────────────\n"
        "mAP@20\n"
        "  itq       50.00*  fail [a]\n"
        "  lsh[n=1]   40.00    30.00*\n"
        "\n"
        "mAP@40\n"
        "  itq       25.00*  fail [a]\n"
        "  lsh[n=1]   – [b]    20.00*\n"  # noqa: RUF001
        "* best of its column\n"
        "a itq failed at 16 bits, seed 0: MethodError: too few\n"
        "b lsh[n=1] at 8 bits has no AP@40 under profile paper with ties expected\n"
        "\n"
    )
    other = record("itq", 8, ap=0.5, dataset="digit-reels")
    both = report(sections(read([*records, other])), Selection())
    assert len(both.sheets) == 4
    assert [sheet.title for sheet in both.on_screen] == [
        "mAP (%) on digit-reels 1",
        "mAP (%) on digit-stories 1",
    ]


def test_a_screen_shows_bold_instead_of_stars(found):
    file = io.StringIO()
    show(report(found, Selection()).sheets, Console(file=file, force_terminal=True, width=80))
    assert "\x1b[1m42.00\x1b[0m" in file.getvalue()
    assert "*" not in file.getvalue()


@pytest.mark.parametrize("lengths", [(8, 16, 32, 64, 128, 256), tuple(range(8, 264, 8))])
def test_tables_fit_eighty_columns(record, lengths):
    label = "ssvh[activation=tanh,k1=10,k2=10,lam=0.001,variant=official]"
    records = [record(label, bits, seed, 0.5) for bits in lengths for seed in range(5)]
    text = terminal(report(sections(read(records)), Selection(k=(20,))))
    assert max(map(len, text.splitlines())) <= 80
    heads = [line for line in text.splitlines() if line.startswith("method ")]
    assert " ".join(heads).replace("method", "").split() == list(map(str, lengths))
    assert "variant=official]" in text
    assert "…" not in text


def test_markdown(found):
    assert markdown(report(found, Selection())) == (
        "**mAP@20 (%) on digit-stories 1**, profile paper, ties expected, seeds 0, 1 "
        "(mean and standard deviation)\n"
        "\n"
        "| method | 8 | 16 |\n"
        "| --- | ---: | ---: |\n"
        "| itq | **42.00** ± 1.41 | fail <sup>a</sup> |\n"
        r"| my\_method\[a=50%,b=x\|y\] | 40.00 ± 0.00 | **30.50** ± 0.71 |"
        "\n"
        "| random † | 2.00 ± 0.00 | – |\n"  # noqa: RUF001
        "\n"
        "- † control: a yardstick, not a competitor\n"
        r"- a itq failed at 16 bits, seeds 0, 1: MethodError: 50% of x\_y"
        "\n"
    )


def test_latex(found):
    assert latex(report(found, Selection())) == LATEX


def test_latex_rows_have_as_many_cells_as_columns_and_braces_close(found):
    text = latex(report(found, Selection()))
    (columns,) = re.findall(r"\\begin{tabular}{(\w+)}", text)
    rows = [line for line in text.splitlines() if line.endswith(r" \\")]
    assert {len(re.findall(r"(?<!\\)&", row)) + 1 for row in rows} == {len(columns)}
    bare = re.sub(r"\\[{}]", "", text)
    assert bare.count("{") == bare.count("}")


def test_csv_reads_back_in_full_precision(found):
    frame = pd.read_csv(io.StringIO(as_csv(report(found, Selection()))))
    assert len(frame) == 10
    odd = frame[frame.method == ODD].set_index(["bits", "seed"])
    assert odd.ap.to_dict() == {(8, 0): 0.40, (8, 1): 0.40, (16, 0): 0.30, (16, 1): 0.31}
    failed = frame[frame.status == "failed"]
    assert set(failed.error) == {"MethodError: 50% of x_y"}
    assert failed.ap.isna().all()
    assert set(frame.columns[frame.isna().all()]) == set()
    assert frame.precision.dropna().unique().tolist() == [0.25]


def test_csv_has_a_line_for_each_profile_tie_rule_and_k(record):
    both = {"profiles": ("official", "paper"), "ties": ("expected", "stable")}
    found = sections(read([record(**both), record("lsh", **both)]))
    chosen = Selection(profiles=("official", "paper"), ties=("expected", "stable"))
    frame = pd.read_csv(io.StringIO(as_csv(report(found, chosen))))
    assert frame.groupby(["method", "profile", "ties", "k"]).size().tolist() == [1] * 16


def test_json(found):
    document = json.loads(as_json(report(found, Selection())))
    (table,) = document["tables"]
    assert (table["dataset"], table["k"], table["seeds"]) == ("digit-stories", 20, [0, 1])
    itq, odd, random = table["rows"]
    assert itq["scores"][0]["by_seed"] == {"0": 0.41, "1": 0.43}
    assert itq["scores"][0]["best"]
    assert itq["scores"][1] == {
        "bits": 16, "mean": None, "std": None, "by_seed": {}, "failed": True, "best": False,
        "rank": None, "notes": ["a"],
    }  # fmt: skip
    assert odd["scores"][1]["mean"] == pytest.approx(0.305)
    assert random["control"]
    assert table["notes"] == {"a": "itq failed at 16 bits, seeds 0, 1: MethodError: 50% of x_y"}


@pytest.mark.parametrize("text", ["a\nb", "`code`", "<b>", "~x~", "a\\b", "#1 & $2"])
def test_markdown_escapes_survive_a_reader(text):
    shown = re.sub(r"\\(.)", r"\1", markdown_escape(text))
    assert shown == " ".join(text.split())


def test_latex_escapes_every_special_character():
    assert latex_escape(r"\~^<>|&%$#_{}") == (
        r"\textbackslash{}\textasciitilde{}\textasciicircum{}\textless{}\textgreater{}"
        r"\textbar{}\&\%\$\#\_\{\}"
    )
