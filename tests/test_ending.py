"""A process that ends quickly ends with its status, after all that was registered, and says all."""

from __future__ import annotations

import subprocess
import sys

import pytest

BEGINNING = """
import atexit, sys, threading, time
from hashbench.ending import QuickEnd

class Loud:
    def __del__(self):
        print("taken apart")

ending = QuickEnd()
atexit.register(print, "registered")
loud = Loud()
threading.Thread(target=lambda: (time.sleep(0.2), print("thread"))).start()
sys.stdout.write("buffered ")
"""


def ended(end: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", BEGINNING + end], capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    ("end", "status", "said"),
    [
        ("ending.status = 7", 7, ["buffered thread", "registered"]),
        ("ending.status = 0", 0, ["buffered thread", "registered"]),
        ("", 0, ["buffered thread", "registered", "taken apart"]),
        ("sys.exit(3)", 3, ["buffered thread", "registered", "taken apart"]),
    ],
)
def test_what_was_begun_is_finished_and_no_more(end: str, status: int, said: list[str]) -> None:
    done = ended(end)
    assert done.returncode == status
    assert done.stdout.splitlines() == said
    assert not done.stderr


def test_an_error_is_said_as_ever() -> None:
    done = ended("raise ValueError('wrong')")
    assert done.returncode == 1
    assert "ValueError: wrong" in done.stderr


def test_a_closed_output_is_no_error() -> None:
    assert ended("sys.stdout.close(); ending.status = 4").returncode == 4
