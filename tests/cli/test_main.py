"""The command line: quick to start, and an error is one line with the right exit code."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import click
import pytest

import hashbench
from hashbench.cli import main as program
from hashbench.errors import HashbenchError, PluginError, VerificationError
from hashbench.specs import resolve


@pytest.mark.parametrize("verb", sorted(program.VERBS))
def test_every_verb_is_there_and_says_what_it_does(verb: str) -> None:
    command = resolve(program.VERBS[verb][0])
    assert isinstance(command, click.Command)
    assert command.name == verb
    assert command.help
    assert all(p.help for p in command.params if isinstance(p, click.Option)), verb


def test_help_starts_quickly() -> None:
    # Idle BLAS threads spin as they start; their time is nobody's wait.
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    durations = []
    for _ in range(5):
        before = os.times()
        subprocess.run(
            [sys.executable, "-m", "hashbench", "--help"],
            env=environment, stdout=subprocess.DEVNULL, check=True,
        )  # fmt: skip
        after = os.times()
        durations.append(after.children_user + after.children_system
                         - before.children_user - before.children_system)  # fmt: skip
    # 0.3 s is the promise on a quiet machine. Processor time, as others may keep this one busy,
    # and twice that, as they stretch it as well.
    assert min(durations) < 0.6


def test_version(hashbench_command) -> None:
    assert hashbench.__version__ in hashbench_command("--version").stdout


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["rnu"], "no command 'rnu'; did you mean 'run'?"),
        (["--no-such-option"], "--no-such-option"),
        (["methods", "--no-such-option"], "see 'hashbench methods --help'"),
        (["--plugins-dir", "nowhere", "methods"], "nowhere: no such folder"),
        (["methods", "surplus"], "surplus"),
        (
            ["run", "itq", "--plugins-dir", "mine"],
            "--plugins-dir goes before the verb: hashbench --plugins-dir ... run",
        ),
        (["data", "info", "x", "--strict"], "hashbench --strict ... data info"),
    ],
)
def test_a_mistake_is_one_line_and_exit_2(hashbench_command, args, message) -> None:
    done = hashbench_command(*args)
    assert done.returncode == 2
    assert message in done.stderr
    assert done.stderr.startswith("hashbench: ")
    assert done.stderr.count("\n") == 1
    assert not done.stdout


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (HashbenchError("x"), 1),
        (PluginError("x"), 3),
        (VerificationError("x"), 4),
        (KeyboardInterrupt(), 130),
        (BrokenPipeError(), 1),
    ],
)
def test_exit_codes(error: BaseException, status: int, monkeypatch, capfd) -> None:
    @click.command()
    def failing() -> None:
        raise error

    monkeypatch.setattr(program.Verbs, "get_command", lambda *_: failing)
    saved = program.os.dup(1)
    try:
        assert program._status(["failing"]) == status
    finally:
        program.os.dup2(saved, 1)
        program.os.close(saved)
    assert "Traceback" not in capfd.readouterr().err


def test_no_arguments_show_the_help(hashbench_command) -> None:
    done = hashbench_command()
    assert re.search(r"Commands:\n", done.stdout + done.stderr)
