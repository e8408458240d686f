"""Run a script from the source tree where hashbench is not installed.

The plugins are found by their entry points, which only an installed distribution has. Where there
is none, a folder with the entry points of ``pyproject.toml`` and a link to ``datasets`` is made,
put on the path, and the script begins again.
"""

from __future__ import annotations

import importlib.metadata
import os
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def use_source_tree() -> None:
    """Begin again with plugins on the path, if no installed distribution offers them."""
    if importlib.metadata.entry_points(group="hashbench"):
        return
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    made = Path(tempfile.mkdtemp(prefix="hashbench-source-"))
    about = made / "hashbench-0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: hashbench\nVersion: 0\n")
    points = [f"{name} = {module}" for name, module in project["entry-points"]["hashbench"].items()]
    (about / "entry_points.txt").write_text("\n".join(["[hashbench]", *points, ""]))
    (made / "hashbench_datasets").symlink_to(ROOT / "datasets")
    paths = [str(made), str(ROOT), str(ROOT / "plugins"), os.environ.get("PYTHONPATH", "")]
    os.environ["PYTHONPATH"] = os.pathsep.join(path for path in paths if path)
    os.execv(sys.executable, [sys.executable, *sys.argv])
