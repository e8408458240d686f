"""The public names are exactly those listed, and importing them is cheap."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import hashbench
from hashbench import nn

HEAVY = ("torch", "numba", "pandas", "scipy", "sklearn", "matplotlib", "h5py", "rich")


def test_all_is_exactly_the_public_names() -> None:
    assert hashbench.__all__ == sorted(hashbench.__all__)
    for name in hashbench.__all__:
        assert getattr(hashbench, name) is not None
    assert set(dir(hashbench)) == set(hashbench.__all__)


def test_start_up_loads_nothing_heavy() -> None:
    program = (
        "import sys, hashbench\n"
        "from hashbench.cli.main import cli\n"
        "from hashbench.plugins import registry\n"
        "registry()\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_no_public_name_of_nn_is_also_a_module() -> None:
    modules = {path.stem for path in Path(nn.__file__).parent.rglob("*.py")}
    assert modules & set(nn.__all__) == set()


@pytest.mark.parametrize(("earlier", "name"), [("Cell", "LSTMVariant"), ("Plan", "TrainingPlan")])
def test_earlier_names_of_nn_stay_importable(earlier: str, name: str) -> None:
    assert getattr(nn, earlier) is getattr(nn, name)
    assert earlier not in nn.__all__
