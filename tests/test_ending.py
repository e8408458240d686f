"""A process that ends quickly ends with its status, after all that was registered, and says all."""

from __future__ import annotations

import subprocess
import sys

import pytest

BEGINNING = """
import atexit, sys, threading, time
from hashbench.ending import ending_quickly

class Loud:
    def __del__(self):
        print("taken apart")

with ending_quickly():
    atexit.register(print, "registered")
    loud = Loud()
    threading.Thread(target=lambda: (time.sleep(0.2), print("thread"))).start()
    sys.stdout.write("buffered ")
"""


def ended(end: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", f"{BEGINNING}    {end}"], capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    ("end", "status", "said"),
    [
        ("sys.exit(7)", 7, ["buffered thread", "registered"]),
        ("sys.exit()", 0, ["buffered thread", "registered"]),
        ("pass", 0, ["buffered thread", "registered"]),
    ],
)
def test_what_was_begun_is_finished_and_no_more(end: str, status: int, said: list[str]) -> None:
    done = ended(end)
    assert done.returncode == status
    assert done.stdout.splitlines() == said
    assert not done.stderr


def test_an_error_is_said_as_ever() -> None:
    for end, said in (("raise ValueError('wrong')", "ValueError: wrong"), ("sys.exit('no')", "no")):
        done = ended(end)
        assert done.returncode == 1
        assert said in done.stderr
        assert done.stdout.splitlines() == ["buffered thread", "registered", "taken apart"]


def test_a_closed_output_is_no_error() -> None:
    assert ended("sys.stdout.close(); sys.exit(4)").returncode == 4
