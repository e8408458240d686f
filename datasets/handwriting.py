"""The 1,797 handwritten digits that scikit-learn brings, read without importing it.

To import scikit-learn takes a second, most of it for statistics and tables that nobody needs to
read one file.
"""

from __future__ import annotations

import gzip
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_FILE = "datasets/data/digits.csv.gz"


@cache
def handwriting() -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return images (n, 64) in 0..16 and digits (n,), in the order of ``load_digits``.

    Where a release of scikit-learn keeps them elsewhere, ``load_digits`` is asked.
    """
    found = find_spec("sklearn")
    for folder in (found and found.submodule_search_locations) or ():
        path = Path(folder) / _FILE
        if path.is_file():
            with gzip.open(path, "rt", encoding="ascii") as lines:
                table = np.loadtxt(lines, np.uint8, delimiter=",")
            return np.ascontiguousarray(table[:, :-1]), table[:, -1].astype(np.int64)
    from sklearn.datasets import load_digits

    bunch = load_digits()
    return bunch.data.astype(np.uint8), bunch.target.astype(np.int64)
