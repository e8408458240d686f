"""Without torch all works but what is made of it, and an interrupt while it loads is one line."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from hashbench.cli.interrupts import hold_interrupts_of, interrupts_held
from hashbench.cli.streams import lacks_memory

_NO_TORCH = """
import sys

class NoTorch:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "torch":
            raise ModuleNotFoundError("No module named 'torch'", name="torch")

sys.meta_path.insert(0, NoTorch())
"""


@pytest.fixture
def without_torch(tmp_path: Path) -> dict[str, str]:
    """An environment whose processes, workers included, find no torch."""
    (tmp_path / "sitecustomize.py").write_text(_NO_TORCH)
    return {**os.environ, "PYTHONPATH": str(tmp_path)}


def called(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "hashbench", *arguments],
        capture_output=True,
        text=True,
        env=environment,
        timeout=300,
        check=False,
    )


def test_shallow_methods_need_no_torch(without_torch: dict[str, str], tmp_path: Path) -> None:
    out = str(tmp_path / "run")
    done = called(
        without_torch,
        "run", "itq", "lsh", "--dataset", "digit-stories", "--bits", "8", "--k", "20",
        "--out", out, "--json",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    records = json.loads(done.stdout)["records"]
    assert [record["status"] for record in records] == ["ok", "ok"]
    (manifest,) = (tmp_path / "run" / "manifests").glob("*.json")
    assert "numpy" in json.loads(manifest.read_text())["versions"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["ssvh"], "torch is not installed (pip install torch)"),
        (["lsh", "--device", "cuda"], "torch is not installed; use device cpu or auto"),
    ],
)
def test_what_needs_torch_says_so(
    without_torch: dict[str, str], tmp_path: Path, arguments: list[str], message: str
) -> None:
    done = called(
        without_torch,
        "run", *arguments, "--dataset", "digit-stories", "--bits", "8", "--out", str(tmp_path / "r")
    )  # fmt: skip
    assert done.returncode in (2, 3)
    (line,) = done.stderr.splitlines()
    assert message in line


def test_an_interrupt_is_held_until_the_module_is_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "slow_start.py").write_text(
        "import signal\nsignal.raise_signal(signal.SIGINT)\nsignal.raise_signal(signal.SIGINT)\n"
        "import builtins\nbuiltins.slow_start_ended = True\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    finders = list(sys.meta_path)
    before = signal.getsignal(signal.SIGINT)
    hold_interrupts_of("slow_start")
    with pytest.raises(KeyboardInterrupt):
        __import__("slow_start")
    import builtins

    assert builtins.__dict__.pop("slow_start_ended")
    assert capsys.readouterr().err == "hashbench: stopping as soon as slow_start is loaded\n"
    assert signal.getsignal(signal.SIGINT) is before
    assert sys.meta_path == finders


def test_a_module_loaded_so_keeps_its_own_loader(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "quick_start.py").write_text("value = 3\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    hold_interrupts_of("quick_start")
    module = __import__("quick_start")
    assert module.value == 3
    assert module.__spec__.loader.get_source("quick_start") == "value = 3\n"
    del sys.modules["quick_start"]


def test_an_error_in_the_block_is_not_hidden_by_an_interrupt() -> None:
    def fails() -> None:
        with interrupts_held("it ends"):
            signal.raise_signal(signal.SIGINT)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()


def test_a_library_that_finds_no_memory_is_told_from_one_that_is_missing() -> None:
    assert lacks_memory(ImportError("libx.so: failed to map segment from shared object"))
    assert not lacks_memory(ImportError("libx.so: cannot open shared object file"))
