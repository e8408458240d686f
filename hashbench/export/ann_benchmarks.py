"""The HDF5 of ann-benchmarks: bits as bool, queries, and their true neighbours.

Its distance "hamming" is the share of bits that differ (``ann_benchmarks/distance.py``).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hashbench.codes import BinaryCodes
from hashbench.errors import UsageError
from hashbench.export.collection import ROWS, Collection
from hashbench.export.targets import Beside, ExportOptions
from hashbench.files.atomic import check_room
from hashbench.retrieval.nearest import search_shards


def write(collection: Collection, path: Path, options: ExportOptions) -> Beside:
    """Write train, test, neighbors and distances, with the attributes that the suite reads."""
    import h5py

    queries = collection.queries
    if queries is None:
        raise UsageError("--to ann-benchmarks needs queries: name their codes with --query-codes")
    bits, size = collection.n_bits, len(collection)
    top = min(options.top, size)
    hits = search_shards(collection.database.shards, queries, top=top)
    check_room(path, (size + len(queries)) * bits)
    with h5py.File(path, "w") as file:
        rows = min(size, ROWS)
        train = file.create_dataset("train", (size, bits), np.bool_, chunks=None)
        for block in collection.blocks(rows):
            train[block.start : block.start + len(block)] = _bits(block.packed, bits)
        file["test"] = _bits(queries.packed, bits)
        file["neighbors"] = hits.items.astype(np.int32)
        file["distances"] = hits.distances / np.float32(bits)
        file.attrs.update(
            {"type": "dense", "distance": "hamming", "dimension": bits, "point_type": "bit"}
        )
    return {}


def _bits(packed: NDArray[np.uint8], n_bits: int) -> NDArray[np.bool_]:
    return BinaryCodes(packed, n_bits).unpack().view(np.bool_)
