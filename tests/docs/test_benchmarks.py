"""Benchmarks are run seldom: what they import must be there when they are."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

BENCHMARKS = sorted((Path(__file__).parents[2] / "benchmarks").glob("*.py"))


def imported(path: Path) -> Iterator[tuple[str, str]]:
    """Yield modules of ours and the names that are taken from them."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("hashbench"):
            yield from ((str(node.module), alias.name) for alias in node.names)


@pytest.mark.parametrize("path", BENCHMARKS, ids=lambda path: path.stem)
def test_what_a_benchmark_imports_is_there(path: Path) -> None:
    for module, name in imported(path):
        found = importlib.import_module(module)
        assert hasattr(found, name) or importlib.util.find_spec(f"{module}.{name}"), (module, name)


@pytest.mark.parametrize("path", BENCHMARKS, ids=lambda path: path.stem)
def test_a_benchmark_says_how_it_is_called(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert "argparse.ArgumentParser(" in text
    assert f"python benchmarks/{path.name}" in ast.get_docstring(ast.parse(text))


def test_without_a_device_nothing_is_measured(tmp_path: Path) -> None:
    script = Path(__file__).parents[2] / "benchmarks" / "gpu.py"
    done = subprocess.run(
        [sys.executable, script, "--out", tmp_path / "out"],
        env={"PATH": "", "CUDA_VISIBLE_DEVICES": ""},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert done.stdout == "no CUDA device here: nothing was measured\n"
    assert not (tmp_path / "out").exists()
