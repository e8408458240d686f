"""``hashbench data``: what it prints and how it fails."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

from making_data import write_set

CommandLine = Callable[..., subprocess.CompletedProcess[str]]


def test_info_of_a_name(hashbench_command: CommandLine) -> None:
    shown = hashbench_command("data", "info", "Digit-Stories")
    assert shown.returncode == 0, shown.stderr
    for text in ["digit-stories 1", "CC BY 4.0", "24 frames of 64", "4,000", "query, database"]:
        assert text in shown.stdout


def test_info_of_a_card_as_json(hashbench_command: CommandLine, tmp_path: Path) -> None:
    shown = hashbench_command("data", "info", write_set(tmp_path), "--json")
    described = json.loads(shown.stdout)
    assert described["splits"]["test"]["labels"] == ["labels.npy"]
    assert described["protocol"] == {"train": "train", "query": "test", "database": "test"}


def test_info_of_nothing(hashbench_command: CommandLine, tmp_path: Path) -> None:
    shown = hashbench_command("data", "info", "digit-storys")
    assert shown.returncode == 2
    assert "did you mean 'digit-stories'" in shown.stderr
    shown = hashbench_command("data", "info", tmp_path / "none.toml")
    assert shown.returncode == 2
    assert shown.stderr.count("\n") == 1
    assert "no such card" in shown.stderr
