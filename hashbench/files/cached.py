"""Arrays that took a pass over the files to compute, kept in the cache folder."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hashbench.files.atomic import replacing


def cached_array(
    cache: Path,
    kind: str,
    signature: str,
    shape: tuple[int, ...],
    compute: Callable[[], NDArray[np.float32]],
) -> NDArray[np.float32]:
    """Return the array that ``kind`` and ``signature`` name, computed unless it is there.

    Parameters
    ----------
    cache : Path
        The cache folder.
    kind : str
        Such as ``"mean"``; the name of a folder in it.
    signature : str
        All that the array depends on.
    shape : tuple of int
        Its shape; a file of another shape or a damaged one is made anew.
    compute : callable
        Makes it, as float32.
    """
    path = cache / kind / f"{hashlib.sha256(signature.encode()).hexdigest()}.npy"
    try:
        found: NDArray[Any] = np.load(path, allow_pickle=False)
        if found.shape == shape and found.dtype == np.float32:
            return found
    except (OSError, ValueError, EOFError):
        pass  # not there yet, or damaged: made below
    made = compute()
    with replacing(path) as temporary, temporary.open("wb") as file:
        np.save(file, made, allow_pickle=False)
    return made
