"""Ranking compiled ahead, in a process of its own, while another makes or reads data.

Started as ``python -m hashbench.ranking.ahead``. numba keeps on disk what it compiles, so that this
is done once on a machine, for a release.
"""

from __future__ import annotations

import hashlib
import platform
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from hashbench.files.atomic import write_text
from hashbench.workspace import default_cache


def compile_ahead() -> None:
    """Start compiling unless this has been done; nobody waits for it, nor asks how it went."""
    if not _done().exists():
        with suppress(OSError):
            subprocess.Popen(
                [sys.executable, "-P", "-m", "hashbench.ranking.ahead"],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )


def main() -> None:
    """Rank a few codes, and leave a note that it was done.

    Only what every run needs first: at the same time as this, a data set is made. What is compiled
    when that is finished takes a core from those who rank.
    """
    import numpy as np

    from hashbench.codes import BinaryCodes
    from hashbench.labels import Labels
    from hashbench.ranking.evaluating import evaluate

    draw = np.random.default_rng(0)
    labels = Labels.from_array(draw.integers(0, 9, 300))
    codes = BinaryCodes.from_bits(draw.random((300, 64)) < 0.5)
    evaluate(codes[:30], codes, labels[:30], labels, k=(5, 20), threads=1)
    write_text(_done(), "")


def _done() -> Path:
    """Return the file that says so, of these sources and this processor."""
    source = Path(__file__)
    about = f"{source} {source.stat().st_mtime_ns} {sys.version} {platform.machine()}"
    name = hashlib.sha256(about.encode()).hexdigest()[:16]
    return default_cache() / "compiled" / name


if __name__ == "__main__":
    main()
