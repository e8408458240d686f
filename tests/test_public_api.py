"""The public names are exactly those listed, and importing them is cheap."""

from __future__ import annotations

import subprocess
import sys

import hashbench

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
