"""Ranking compiled ahead, in a process of its own, while another makes or reads data.

Started as ``python -m hashbench.ranking.ahead``. numba keeps on disk what it compiles, so that this
is done once on a machine, for a release.
"""

from __future__ import annotations

import hashlib
import platform
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from hashbench.errors import StoreError
from hashbench.files.atomic import write_text
from hashbench.files.locks import lock
from hashbench.workspace import default_cache

_PATIENCE_S = 60.0
"""Many times what compiling takes on a busy machine."""


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


def wait_until_compiled() -> None:
    """Wait for the process that compiles, if there is one: to compile as well takes no less time.

    Nobody waits for one that has been killed, nor where there was none, nor for ever.
    """
    end = time.monotonic() + _PATIENCE_S
    while not _done().exists() and _lock().exists() and time.monotonic() < end:
        try:
            with lock(_lock(), wait=False) as free:
                if free:
                    return
        except StoreError:
            return
        time.sleep(0.05)


def main() -> None:
    """Rank a few codes; leave a note of it.

    Only what every run on a small set needs: at the same time as this, a data set is made. What is
    compiled when that is finished takes a core from those who rank.
    """
    with lock(_lock(), wait=False) as mine:
        if mine:
            _compile()
            write_text(_done(), "")


def _compile() -> None:
    import numpy as np

    from hashbench.codes import BinaryCodes
    from hashbench.labels import Labels
    from hashbench.ranking.evaluating import evaluate

    draw = np.random.default_rng(0)
    labels = Labels.from_array(draw.integers(0, 9, 300))
    codes = BinaryCodes.from_bits(draw.random((300, 64)) < 0.5)
    evaluate(codes[:30], codes, labels[:30], labels, k=(5, 20), threads=1)


def _done() -> Path:
    """Return the file that says so, of these sources and this processor."""
    source = Path(__file__)
    about = f"{source} {source.stat().st_mtime_ns} {sys.version} {platform.machine()}"
    name = hashlib.sha256(about.encode()).hexdigest()[:16]
    return default_cache() / "compiled" / name


def _lock() -> Path:
    return _done().with_suffix(".lock")


if __name__ == "__main__":
    main()
