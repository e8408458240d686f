"""``hashbench report`` from the command line."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest

from hashbench.cli.main import main
from hashbench.runs import DatasetInfo, MethodInfo, Record, Store


@pytest.fixture
def runs(tmp_path):
    store = Store(tmp_path / "runs")
    for position, name in enumerate(("itq", "lsh")):
        for bits in (8, 16):
            ap = {f"AP@{k}": 0.5 - k / 400 - position / 10 for k in (20, 40)}
            store.write(
                Record(
                    key=f"{position}{bits:03}" * 16,
                    status="ok",
                    method=MethodInfo(name, name, {}, "hashbench", "1", False, False),
                    dataset=DatasetInfo(
                        "toy", "1", "d" * 64, "paper", 40, 10, 20, False, "toy", "d" * 64
                    ),
                    bits=bits,
                    seed=0,
                    evaluation={"profiles": {"paper": {"expected": ap}}, "evaluator": "1"},
                )
            )
    return store.path


def call(*argv: object) -> int:
    with pytest.raises(SystemExit) as stop:
        main([str(arg) for arg in argv])
    return stop.value.code


@pytest.mark.parametrize(
    ("form", "start"),
    [
        ("table", "mAP (%) on toy 1, profile paper"),
        ("markdown", "**mAP@20 (%) on toy 1**"),
        ("csv", "dataset,dataset_version,"),
        ("json", '{\n  "schema": 1'),
        ("latex", "% \\usepackage{booktabs,graphicx}"),
    ],
)
def test_formats(runs, capsys, tmp_path, form, start):
    assert call("report", runs, "--format", form) == 0
    out = capsys.readouterr().out
    assert out.startswith(start)
    assert call("report", runs, "--format", form, "--out", tmp_path / "file") == 0
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == f"wrote {tmp_path / 'file'}\n"
    assert (tmp_path / "file").read_text(encoding="utf-8") == out


def test_cut_offs_in_the_order_asked_for(runs, capsys):
    assert call("report", runs, "--format", "json", "--k", "40,20", "--dataset", "TOY") == 0
    assert [t["k"] for t in json.loads(capsys.readouterr().out)["tables"]] == [40, 20]


def test_what_is_a_file_or_a_folder_is_said_before_anything_is_printed(runs, tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert call("report", runs, "--curves", tmp_path / "file") == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert (
        captured.err == f"hashbench: --curves {tmp_path / 'file'}: is a file; a folder is needed\n"
    )
    assert call("report", runs, "--format", "csv", "--out", tmp_path) in (1, 2)
    assert "is a folder" in capsys.readouterr().err


def test_an_over_long_path_is_one_line(runs, capsys):
    assert call("report", "x" * 5000) == 1
    assert capsys.readouterr().err.endswith("File name too long\n")


def test_curves(runs, tmp_path, capsys):
    assert call("report", runs, "--curves", tmp_path / "curves") == 0
    assert len(list((tmp_path / "curves").glob("*.png"))) == 2
    assert "mAP@20" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        (["--k", "5"], "no record on toy has mAP@5; they have K = 20,40"),
        (["--k", "0"], "--k 0: 0 is out of range"),
        (["--profile", "papers"], "no profile 'papers'; did you mean 'paper'?"),
        (["--ties", "stabel"], "no tie policy 'stabel'"),
        (["--dataset", "tory"], "no data set 'tory'; did you mean 'toy'?"),
        (["--format", "word"], "'word' is not one of"),
        (["--out", "/dev/null/table"], "cannot write /dev/null/table"),
    ],
)
def test_mistakes_are_told_in_one_line(runs, capsys, extra, message):
    assert call("report", runs, *extra) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1


def test_a_directory_without_records(tmp_path, capsys):
    assert call("report", tmp_path) == 2
    assert "no records; 'hashbench run" in capsys.readouterr().err
    assert call("report", tmp_path / "none") == 2
    assert "no such run directory" in capsys.readouterr().err


def test_records_that_lost_their_files_are_a_warning(runs, capsys):
    store = Store(runs)
    poor, fine = store.records()[:2]
    for record in (poor, fine):
        path = store.codes_path(record.key)
        path.parent.mkdir(exist_ok=True)
        np.savez(path, query=np.zeros(2), database=np.zeros(2), n_bits=8)
        store.write(dataclasses.replace(record, files={"codes": store.relative(path)}))
    assert call("report", runs, "--format", "csv") == 0
    assert capsys.readouterr().err == ""
    path = store.codes_path(poor.key)
    path.write_bytes(path.read_bytes()[:-40])
    assert call("report", runs, "--format", "csv") == 0
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert f"{runs}: 1 record has lost codes or per-query values (itq 8 bits seed 0)" in err


def rows_of(capsys) -> dict[str, list[int]]:
    """Return the lengths of each row of the first table, in the order shown."""
    first = json.loads(capsys.readouterr().out)["tables"][0]
    return {row["method"]: [score["bits"] for score in row["scores"]] for row in first["rows"]}


def test_rows_lengths_order_and_labels_are_chosen(runs, capsys):
    args = [
        "--format",
        "json",
        "--methods",
        "LSH, itq",
        "--bits",
        "16",
        "--label",
        "lsh=Ours (b=1)",
    ]
    assert call("report", runs, *args) == 0
    rows = rows_of(capsys)
    assert list(rows.items()) == [("Ours (b=1)", [16]), ("itq", [16])]
    assert call("report", runs, "--format", "json", "--methods", "itq") == 0
    assert rows_of(capsys) == {"itq": [8, 16]}
    assert call("report", runs, "--format", "latex", "--label", "itq=R&D_1") == 0
    assert r"R\&D\_1" in capsys.readouterr().out
    assert call("report", runs, "--format", "csv", "--label", "itq=Ours", "--bits", "8") == 0
    frame = capsys.readouterr().out.splitlines()
    assert len({line.split(",").index("Ours") for line in frame if "Ours" in line.split(",")}) == 1


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        (["--methods", "iqt"], "no method in the records 'iqt'; did you mean 'itq'?"),
        (["--bits", "24"], "--bits 24: no record has this length; they have 8,16"),
        (["--label", "itq"], "--label itq: ROW=TEXT is needed"),
        (["--label", "itq=lsh"], "two rows would be called 'lsh'"),
        (["--label", "later=Ours"], "no method in the records 'later'"),
    ],
)
def test_rows_that_are_not_there(runs, capsys, extra, message):
    assert call("report", runs, *extra) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert message in line
