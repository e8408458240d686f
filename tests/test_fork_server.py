"""A command that is forked is the command: output, status, surroundings and end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from fork_server import ForkServer

SCRIPT = """\
import os, sys
print(sys.argv[1:], os.getcwd(), os.environ["COLOUR"], sys.stdin.read(), "torch" in sys.modules)
print("said", file=sys.stderr)
sys.exit(7)
"""


@pytest.fixture(scope="module")
def forking(pytestconfig: pytest.Config) -> Iterator[str]:
    """The interpreter that forks, whatever the other tests use."""
    server = ForkServer()
    yield server.python
    server.close()


def script(folder: Path, text: str) -> str:
    (folder / "script.py").write_text(text)
    return str(folder / "script.py")


def test_streams_arguments_folder_environment_and_status(forking: str, tmp_path: Path) -> None:
    def call(python: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [python, script(tmp_path, SCRIPT), "a b", "-P"],
            input="given", cwd=tmp_path, env={**os.environ, "COLOUR": "red"},
            capture_output=True, text=True, check=False,
        )  # fmt: skip

    forked, fresh = call(forking), call(sys.executable)
    assert forked.returncode == fresh.returncode == 7
    assert forked.stderr == fresh.stderr == "said\n"
    assert fresh.stdout.endswith("red given False\n")
    assert forked.stdout == fresh.stdout.replace("False", "True")


def test_a_command_says_the_same(forking: str) -> None:
    for arguments in (["methods", "--json"], ["rnu"]):
        forked, fresh = (
            subprocess.run(
                [python, "-m", "hashbench", *arguments], capture_output=True, check=False
            )
            for python in (forking, sys.executable)
        )
        assert (forked.returncode, forked.stdout, forked.stderr) == (
            fresh.returncode, fresh.stdout, fresh.stderr,
        )  # fmt: skip


@pytest.mark.parametrize("place", ["variable", "folder"])
def test_a_command_of_another_hashbench_starts_anew(
    forking: str, tmp_path: Path, place: str
) -> None:
    other = tmp_path / "other" / "hashbench"
    other.mkdir(parents=True)
    (other / "__init__.py").touch()
    (other / "__main__.py").write_text("import sys\nprint(__file__, 'torch' in sys.modules)\n")
    environment = {"PYTHONPATH": "other"} if place == "variable" else {}
    done = subprocess.run(
        [forking, "-m", "hashbench"], env={**os.environ, **environment},
        cwd=tmp_path if place == "variable" else other.parent,
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout == f"{other / '__main__.py'} False\n"


def test_nothing_but_modules_is_made_beforehand(forking: str, tmp_path: Path) -> None:
    text = (
        "import sys\nfrom hashbench.plugins import registry\n"
        "print('hashbench.cli.run' in sys.modules, registry.cache_info().currsize,"
        " [name for name in sys.modules if name.startswith('hashbench_')])\n"
    )
    done = subprocess.run(
        [forking, script(tmp_path, text)], capture_output=True, text=True, check=True
    )
    assert done.stdout == "True 0 []\n"


@pytest.mark.parametrize(
    ("arguments", "environment"),
    [(["-c"], {}), ([], {"OMP_NUM_THREADS": "3"}), (["-X", "utf8"], {})],
    ids=["code", "variable", "option"],
)
def test_what_cannot_be_forked_starts_anew(
    forking: str, tmp_path: Path, arguments: list[str], environment: dict[str, str]
) -> None:
    text = "import sys\nprint('torch' in sys.modules)\n"
    what = text if arguments == ["-c"] else script(tmp_path, text)
    done = subprocess.run(
        [forking, *arguments, what],
        env={**os.environ, **environment}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout == "False\n"


def waiting(forking: str, folder: Path, before: str = "") -> tuple[subprocess.Popen[Any], int]:
    """Start a process that waits, and return its stand-in and its number."""
    text = f"import os, signal, time\n{before}\nprint(os.getpid(), flush=True)\ntime.sleep(60)\n"
    process = subprocess.Popen([forking, script(folder, text)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, int(process.stdout.readline())


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV])
def test_a_process_that_is_killed_ends_its_stand_in(
    forking: str, tmp_path: Path, number: signal.Signals
) -> None:
    process, forked = waiting(forking, tmp_path, "import faulthandler; faulthandler.disable()")
    os.kill(forked, number)
    process.communicate(timeout=30)
    assert process.returncode == -number


def test_a_stand_in_passes_signals_on_and_its_end(forking: str, tmp_path: Path) -> None:
    process, _ = waiting(forking, tmp_path, "signal.signal(signal.SIGINT, lambda *_: os._exit(5))")
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode == 5
    process, forked = waiting(forking, tmp_path)
    process.kill()
    process.communicate(timeout=30)
    deadline = time.monotonic() + 30
    while psutil.pid_exists(forked):
        assert time.monotonic() < deadline
        time.sleep(0.01)
