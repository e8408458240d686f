"""Binary indexes of FAISS (Douze et al., The Faiss library, 2024).

FAISS counts differing bits of whole bytes, so that the order of bits in a byte does not matter as
long as queries are packed alike.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hashbench.export.collection import Collection
from hashbench.export.targets import Beside, ExportOptions, package

_LINKS = 32  # edges of a vertex of the HNSW graph, FAISS's own default
_A_LIST = 39  # training points for a list, below which FAISS warns
_SAMPLE = 64  # training points for a list; FAISS takes up to 256, for four times the time


def write(collection: Collection, path: Path, options: ExportOptions) -> Beside:
    """Write an index whose ids are the rows of the collection."""
    faiss = package("faiss", "faiss")
    kind = options.index or "flat"
    index = _empty(faiss, collection, kind)
    if kind == "flat":
        _fill(faiss, index, collection)
    else:
        for block in collection.blocks():
            index.add(block.packed)
    faiss.write_index_binary(index, str(path))
    return {}


def _fill(faiss: Any, index: Any, collection: Collection) -> None:
    """Copy the codes to where a flat index keeps them: growing block by block would move them."""
    size = len(collection) * collection.width
    index.xb.resize(size)
    codes = faiss.rev_swig_ptr(index.xb.data(), size).reshape(len(collection), -1)
    for block in collection.blocks():
        codes[block.start : block.start + len(block)] = block.packed
    index.ntotal = len(collection)


def _empty(faiss: Any, collection: Collection, kind: str) -> Any:
    bits = 8 * collection.width
    if kind == "hnsw":
        return faiss.IndexBinaryHNSW(bits, _LINKS)
    flat = faiss.IndexBinaryFlat(bits)
    if kind == "flat":
        return flat
    lists = max(1, min(round(4 * len(collection) ** 0.5), len(collection) // _A_LIST))
    index = faiss.IndexBinaryIVF(flat, bits, lists)
    # The index is saved with the lists that a search visits: a tenth of them, and at least eight.
    index.nprobe = min(lists, max(8, lists // 10))
    index.cp.seed = 0
    index.train(_sample(collection, lists * _SAMPLE))
    # Python owns the quantiser: it must live as long as the index that refers to it.
    index.referenced_objects = [flat]
    return index


def _sample(collection: Collection, wanted: int) -> NDArray[np.uint8]:
    """Return about ``wanted`` codes, evenly from all blocks."""
    step = max(1, len(collection) // wanted)
    parts = [block.packed[-block.start % step :: step] for block in collection.blocks()]
    return np.concatenate(parts)
