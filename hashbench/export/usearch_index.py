"""An index of USearch: an HNSW graph over bits."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from hashbench.export.collection import Collection
from hashbench.export.targets import Beside, ExportOptions, package


def write(collection: Collection, path: Path, options: ExportOptions) -> Beside:
    """Write an index whose keys are the rows of the collection."""
    found = package("usearch", "usearch.index")
    index = found.Index(ndim=8 * collection.width, metric="hamming", dtype="b1")
    for block in collection.blocks():
        index.add(np.arange(block.start, block.start + len(block), dtype=np.uint64), block.packed)
    index.save(str(path))
    return {}
