"""Check that a plugin's module is imported without the heavy libraries."""

from __future__ import annotations

import json
import subprocess
import sys

from hashbench.testing.subjects import MethodSubject

HEAVY = ("numba", "pandas", "scipy", "sklearn", "torch")

_PROGRAM = """
import importlib, json, sys
before = set(sys.modules)
importlib.import_module(sys.argv[1])
loaded = set(sys.modules) - before
print(json.dumps([name for name in sys.argv[2:] if name in loaded]))
"""


def stays_light(subject: MethodSubject) -> None:
    """Import the module that registers the method in a fresh interpreter."""
    from hashbench.plugins import registry

    if subject.name is None:
        return  # not registered: nothing imports it at start-up
    spec = registry().methods.get(subject.name)
    package = spec.target.partition(":")[0].partition(".")[0]
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, package, *HEAVY],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"importing {package} fails: {done.stderr.strip()[-300:]}"
    heavy = json.loads(done.stdout)
    assert not heavy, f"importing {package} loads {', '.join(heavy)}"
