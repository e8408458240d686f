"""Locks that die with their holder."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from hashbench.errors import StoreError
from hashbench.files.locks import lock

HOLDER = """
import sys, time
from pathlib import Path
from hashbench.files.locks import lock
with lock(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_only_one_holds_it(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b.lock"
    with lock(path) as first:
        assert first
        with lock(path, wait=False) as second:
            assert not second
        assert path.exists()
    assert not path.exists()
    with lock(path, wait=False) as third:
        assert third


def test_a_killed_holder_lets_go(tmp_path: Path) -> None:
    path = tmp_path / "x.lock"
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)], stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    with holder, holder.stdout:
        assert holder.stdout.readline() == "held\n"
        with lock(path, wait=False) as got:
            assert not got
        os.kill(holder.pid, signal.SIGKILL)
        holder.wait()
        with lock(path, wait=False) as got:
            assert got


def test_many_waiters_take_turns(tmp_path: Path) -> None:
    path, inside, seen = tmp_path / "x.lock", [], []

    def work() -> None:
        for _ in range(5):
            with lock(path):
                inside.append(1)
                seen.append(len(inside))
                time.sleep(0.001)
                inside.pop()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [1] * 20


def test_an_impossible_place(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot write"), lock(tmp_path / "file" / "x.lock"):
        pass
