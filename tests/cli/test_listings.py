"""Lists of what is installed: the same rows in every format."""

from __future__ import annotations

import csv
import io
import json
import subprocess
from collections.abc import Callable

import pytest

CommandLine = Callable[..., subprocess.CompletedProcess[str]]


@pytest.mark.parametrize("verb", ["methods", "measures", "plugins", "datasets"])
def test_every_format_lists_the_same_names(hashbench_command: CommandLine, verb: str) -> None:
    def printed(*how: str) -> str:
        done = hashbench_command(verb, *how)
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    names = [row["name"] for row in json.loads(printed("--format", "json"))]
    assert len(names) > 2
    assert printed("--json") == printed("--format", "json")
    assert [row["name"] for row in csv.DictReader(io.StringIO(printed("--format", "csv")))] == names
    for line, name in zip(printed("--format", "markdown").splitlines()[4:], names, strict=True):
        assert line.startswith(f"| {name} |")
    assert {line.split()[0] for line in printed().splitlines() if line[:1].strip()} >= set(names)


def test_a_name_stays_in_one_piece_beside_long_words(hashbench_command: CommandLine) -> None:
    lines = hashbench_command("datasets").stdout.splitlines()
    assert any(line.startswith("japanese-vowels ") for line in lines)
    assert max(map(len, lines)) <= 80
