"""Plugins that end the program, and output that cannot be written: one line and a status."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from making_data import write_set

from hashbench.cli.streams import one_line
from hashbench.data.extraction.listing import list_clips
from hashbench.errors import DataError
from hashbench.machine import short_of_addresses


def called(
    *arguments: str, stdout: int | None = None, **environment: str
) -> subprocess.CompletedProcess[bytes]:
    """Run the command line in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "hashbench", *arguments],
        stdout=subprocess.PIPE if stdout is None else stdout,
        stderr=subprocess.PIPE,
        env={**os.environ, **environment},
        timeout=120,
        check=False,
    )


@pytest.fixture
def plugins(tmp_path: Path) -> Path:
    """A folder with a plugin that exits and one that prints."""
    (tmp_path / "leaving.py").write_text("import sys\nsys.exit(0)\n")
    (tmp_path / "talking.py").write_text("print('hello')\n")
    return tmp_path


def test_the_run_goes_on_and_names_the_broken_plugins(plugins: Path, tmp_path: Path) -> None:
    done = called(
        "--plugins-dir", str(plugins), "run", "lsh", "--dataset", "digit-stories", "--bits", "8",
        "--out", str(tmp_path / "run"), "--dry-run", "--json",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    json.loads(done.stdout)
    said = done.stderr.decode()
    assert "plugin leaving" in said
    assert "is broken and left out: SystemExit" in said
    assert "hello" in said


def test_output_to_a_full_device_is_one_line(plugins: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        done = called("methods", stdout=full.fileno())
    assert done.returncode == 1
    (line,) = done.stderr.decode().splitlines()
    assert line.startswith("hashbench: ")
    assert line.endswith("No space left on device")


def test_output_in_ascii_and_names_that_are_not_utf8(tmp_path: Path) -> None:
    name = os.fsdecode(b"caf\xe9.toml")
    done = called("data", "info", str(tmp_path / name), PYTHONIOENCODING="ascii")
    assert done.returncode == 2
    (line,) = done.stderr.decode("ascii").splitlines()
    assert "Traceback" not in line
    assert line.endswith("no such card")


def test_messages_steer_no_terminal() -> None:
    assert one_line("a\x1b[2Jb\nc\x9b1m") == "a\\x1b[2Jb c\\x9b1m"
    assert one_line("café, 5 µs") == "café, 5 µs"


def test_videos_with_names_that_are_not_utf8_are_refused_first(tmp_path: Path) -> None:
    for split in ("train", "test"):
        (tmp_path / split / "a").mkdir(parents=True)
        (tmp_path / split / "a" / "0.mp4").write_bytes(b"")
    os.rename(  # noqa: PTH104 - of bytes
        os.fsencode(tmp_path / "test" / "a" / "0.mp4"),
        os.fsencode(tmp_path / "test" / "a") + b"/caf\xe9.mp4",
    )
    with pytest.raises(DataError, match=r"caf.udce9\.mp4.*not UTF-8; rename"):
        list_clips(tmp_path)


def test_a_file_beyond_the_limit_of_sizes_is_refused_first(tmp_path: Path) -> None:
    card = write_set(tmp_path, n=(3000, 20))
    command = f"ulimit -f 64; exec {sys.executable} -m hashbench data convert {card} --out new"
    done = subprocess.run(
        ["bash", "-c", command], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "ulimit -f" in done.stderr
    assert "Traceback" not in done.stderr
    assert not list((tmp_path / "new").glob("*.h5"))


def limited(kibibytes: int, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command line with a limit on its addresses."""
    command = f'ulimit -v {kibibytes}; exec "$@"'
    return subprocess.run(
        ["bash", "-c", command, "bash", sys.executable, "-m", "hashbench", *arguments],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("kibibytes", [120_000, 550_000])
@pytest.mark.parametrize(
    "verb", ["run lsh --dataset digit-stories --bits 8", "evaluate", "plugins"]
)
def test_memory_too_short_for_the_libraries_is_said_in_a_line(kibibytes: int, verb: str) -> None:
    done = limited(kibibytes, *verb.split())
    assert done.returncode == 1
    assert not done.stdout
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"hashbench: the limit on memory is {kibibytes >> 10} MiB (ulimit -v)")


@pytest.mark.parametrize("kibibytes", [120_000, 550_000])
def test_help_needs_no_memory_to_speak_of(kibibytes: int) -> None:
    done = limited(kibibytes, "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert "evaluate" in done.stdout


def test_a_process_with_addresses_enough_is_let_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    import resource

    limit = 600 << 20
    monkeypatch.setattr(resource, "getrlimit", lambda kind: (limit, resource.RLIM_INFINITY))
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: set(range(8)))
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "1")
    assert short_of_addresses() == ""
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "64")  # of which eight run
    assert "need 1,136 MiB" in short_of_addresses()
    assert short_of_addresses().endswith("set OPENBLAS_NUM_THREADS=1")
    limit = resource.RLIM_INFINITY
    assert short_of_addresses() == ""
