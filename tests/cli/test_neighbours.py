"""``hashbench data neighbours``: features, fitted methods and files of codes."""

from __future__ import annotations

import csv
import io
import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from making_data import multi_hot, write_set

from hashbench import BinaryCodes, load_dataset
from hashbench.cli.main import main

CommandLine = Callable[..., subprocess.CompletedProcess[str]]
Called = Callable[..., tuple[int, str, str]]


@pytest.fixture
def called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Called:
    """Call ``hashbench data ARGS`` in this process; return its status and what it printed."""
    monkeypatch.chdir(tmp_path)

    def call(*args: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as left:
            main(["data", *map(str, args)])
        return (int(left.value.code or 0), *capsys.readouterr())

    return call


def labelled_set(folder: Path) -> Path:
    """Write a set whose training videos are labelled too."""
    folder.mkdir(exist_ok=True)
    card = write_set(folder)
    n = len(load_dataset(card).train)
    np.save(folder / "train.npy", multi_hot(n, seed=5))
    text = card.read_text()
    card.write_text(text.replace('feats = "train.h5"', 'feats = "train.h5"\nlabels = "train.npy"'))
    return card


def test_features_models_and_files_of_codes(
    hashbench_command: CommandLine, called: Called, tmp_path: Path
) -> None:
    card = labelled_set(tmp_path / "set")
    ran = hashbench_command("run", "itq", "--dataset", card, "--bits", "4", "--k", "5")
    assert ran.returncode == 0, ran.stderr
    (record,) = (tmp_path / "runs" / "records").rglob("*.json")
    reference = f"runs:{json.loads(record.read_text())['key'][:12]}"
    # Equal codes say nothing: any order is as likely, so they are right as often as chance is.
    BinaryCodes.from_bits(np.ones((30, 8), int)).save(tmp_path / "same.npz")
    status, out, err = called(
        *("neighbours", card, "--k", "2,6", "--format", "csv"),
        *("--codes", reference, "--codes", "same.npz"),
    )
    assert status == 0, err
    rows = list(csv.DictReader(io.StringIO(out)))
    ways = list(dict.fromkeys(row["by"] for row in rows))
    assert ways == [
        *("mean frame", "4 frames in order", f"{reference} (4 bits)", "same.npz (8 bits)")
    ]
    assert [row["k"] for row in rows] == ["2", "6"] * 4
    assert abs(float(rows[-1]["share"]) - float(rows[-1]["chance"])) < 1e-12
    assert len({row["chance"] for row in rows}) == 1


def test_info_tells_what_was_measured(
    called: Called, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HASHBENCH_CACHE", str(tmp_path / "cache"))
    card = labelled_set(tmp_path / "set")
    text, digest = card.read_text(), load_dataset(card).sha256
    card.write_text(text.replace("classes =", f'sha256 = "{digest}"\nclasses ='))
    _, before, _ = called("info", card)
    assert "measures how many are of one class" in " ".join(before.split())
    status, out, err = called("neighbours", card)
    assert status == 0, err
    assert "labels are read for this table only" in out
    _, after, _ = called("info", card)
    assert "of one class among the 10 nearest: " in " ".join(after.split())
    write_set(tmp_path)  # No label of its training videos: nothing to say.
    assert "neighbours" not in called("info", tmp_path / card.name)[1]


def test_wrong_calls_end_in_one_line(called: Called, tmp_path: Path) -> None:
    bare = write_set(tmp_path)
    labelled = labelled_set(tmp_path / "labelled")
    BinaryCodes.from_bits(np.ones((3, 8), int)).save(tmp_path / "few.npz")
    for arguments, told in (
        ([bare], "mine/train has no labels"),
        ([labelled, "--k", "30"], "K = 30 of 30 training videos; K must be from 1 to 29"),
        ([labelled, "--k", "many"], "--k"),
        ([labelled, "--segments", "5"], "5 segments of 4 frames; from 1 to 4 are possible"),
        ([labelled, "--codes", "few.npz"], "few.npz (8 bits): 3 codes for 30 training videos"),
        ([labelled, "--codes", "none.npz"], "none.npz: no such file"),
        ([labelled, "--codes", "none"], "none"),
        ([labelled, "--device", "gpu9"], "gpu9"),
        (["digit-storys"], "did you mean 'digit-stories'"),
    ):
        status, out, err = called("neighbours", *arguments)
        assert status in (2, 3), (arguments, status, err)
        assert told in err, (arguments, err)
        assert err.count("\n") == 1, err
        assert out == ""
