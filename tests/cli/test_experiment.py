"""``hashbench cross``, ``experiment`` and ``search``: what is printed where, and the status."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from two_sets import write_two_sets

CommandLine = Callable[..., subprocess.CompletedProcess[str]]

QUICK = """
[[experiment]]
name = "quick"
title = "Two planes"
shows = "by-k"
bits = [4]
k = [5, 10]
rows = [{ label = "ITQ", method = "itq" }, { label = "LSH", method = "lsh" }]
"""


@pytest.fixture(scope="module")
def cards(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return write_two_sets(tmp_path_factory.mktemp("sets"))


def test_cross_prints_gains_and_shares_models_with_run(
    hashbench_command: CommandLine, cards: tuple[Path, Path], tmp_path: Path
) -> None:
    grid = ["--train", cards[0], "--test", cards[1], "--bits", "4", "--k", "5"]
    dry = hashbench_command("cross", "itq", *grid, "--dry-run")
    assert [line.split("\t")[:2] for line in dry.stdout.splitlines()] == [
        ["second", "second"],
        ["second", "first"],
    ]
    assert not (tmp_path / "runs").exists()
    done = hashbench_command("cross", "itq", *grid, "--both")
    assert done.returncode == 0, done.stderr
    assert "mAP@K (%) and gain (%) on second, 4 bits" in done.stdout
    assert "cross: trained on second" in " ".join(done.stdout.split())
    assert len(list((tmp_path / "runs" / "models").iterdir())) == 2
    again = hashbench_command("cross", "itq", *grid, "--both", "--format", "json")
    tables = json.loads(again.stdout)["tables"]
    assert [column["kind"] for column in tables[0]["columns"]] == ["measured", "measured", "gain"]
    assert again.stderr.count("0 cells to do") == 4


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--train", "digit-stories"], "--test is needed"),
        (["--train", "digit-stories", "--test", "digit-reel"], "did you mean 'digit-reels'"),
        (["--train", "digit-reels", "--test", "digit-reels"], "are both digit-reels"),
    ],
)
def test_cross_says_what_is_wrong(
    hashbench_command: CommandLine, more: list[str], message: str
) -> None:
    done = hashbench_command("cross", "itq", *more)
    assert done.returncode == 2
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert done.stdout == ""


def test_an_experiment_of_ones_own(
    hashbench_command: CommandLine, cards: tuple[Path, Path], tmp_path: Path
) -> None:
    (tmp_path / "quick.toml").write_text(QUICK)
    command = ["experiment", "quick.toml", "--dataset", cards[0], "--format", "markdown"]
    done = hashbench_command(*command)
    assert done.returncode == 0, done.stderr
    assert "| method | mAP@5 | mAP@10 |" in done.stdout
    rows = [line.split(" | ")[0] for line in done.stdout.splitlines() if line.startswith("| ")]
    assert rows == ["| method", "| ---", "| ITQ", "| LSH"]
    one = hashbench_command(*command, "--row", "lsh", "--bits", "8", "--k", "5")
    assert "8 bits" in one.stdout
    assert "ITQ" not in one.stdout


def test_list_says_what_each_costs(hashbench_command: CommandLine) -> None:
    done = hashbench_command("experiment", "list")
    assert done.returncode == 0, done.stderr
    for name in ("table1", "table2", "table3", "table4", "figure6", "figure9"):
        assert name in done.stdout
    listed = {one["name"]: one for one in json.loads(
        hashbench_command("experiment", "list", "--format", "json").stdout
    )}  # fmt: skip
    assert listed["table2"]["cells"] == 11
    assert listed["table4"]["cells"] == 2 * listed["table4"]["trainings"]
    assert listed["figure8"]["done"] == 0
    rows = hashbench_command("experiment", "list", "--format", "markdown").stdout.splitlines()
    assert [row.split(" | ")[3] for row in rows if row.startswith("| table2 ")] == ["11"]
    refused = hashbench_command("experiment", "list", "--format", "csv")
    assert refused.returncode == 2
    assert "take json" in refused.stderr


def test_experiments_say_what_is_wrong(hashbench_command: CommandLine) -> None:
    for arguments, message in (
        (["figur6"], "did you mean 'figure6'"),
        (["gone.toml"], "no such file"),
        (["table4", "--dataset", "digit-stories"], "takes two sets, --train and --test"),
        (["table1", "--row", "SSV"], "did you mean 'ssvh'"),
    ):
        done = hashbench_command("experiment", *arguments)
        assert (done.returncode, done.stdout) == (2, "")
        assert message in done.stderr
        assert len(done.stderr.splitlines()) == 1


def test_search_shows_neighbours(
    hashbench_command: CommandLine, cards: tuple[Path, Path], tmp_path: Path
) -> None:
    hashbench_command("run", "itq", "--dataset", cards[0], "--bits", "4", "--k", "5")
    (record,) = (tmp_path / "runs" / "records" / "first").iterdir()
    key = json.loads(record.read_text())["key"]
    command = ["search", f"runs:{key[:8]}", "--dataset", cards[0], "--query", "2", "--top", "3"]
    done = hashbench_command(*command)
    assert done.returncode == 0, done.stderr
    lines = [line.split() for line in done.stdout.splitlines() if line.strip()]
    assert lines[0][:4] == ["nearest", "to", "first/test", "2:"]
    assert lines[1] == ["rank", "video", "distance", "label", "relevant"]
    assert [line[0] for line in lines[3:]] == ["1", "2", "3"]
    (found,) = json.loads(hashbench_command(*command, "--json").stdout)
    assert [str(n["row"]) for n in found["neighbours"]] == [line[1] for line in lines[3:]]
    wrong = hashbench_command("search", "runs:0000000000", "--query", "1")
    assert wrong.returncode == 2
    assert "1 must" in wrong.stderr
