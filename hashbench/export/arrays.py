"""Plain arrays: ``.npy``, and the ``.u8bin`` and ``.ibin`` of the billion-scale benchmarks.

A ``.u8bin`` begins with two little-endian uint32, rows and values a row, and goes on with the rows
of uint8. An ``.ibin`` is the same with int32 values (big-ann-benchmarks, ``dataset_io.py``). Both
are read by DiskANN and cuVS.
"""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

import numpy as np

from hashbench.export.collection import Collection
from hashbench.export.targets import Beside, ExportOptions
from hashbench.files.atomic import check_room

_WORD = 4  # bytes of an int32


def write_npy(collection: Collection, path: Path, options: ExportOptions) -> Beside:
    """Write packed codes as an array of uint8, shape (n, ceil(bits / 8))."""
    shape = (len(collection), collection.width)
    check_room(path, shape[0] * shape[1])
    with path.open("wb") as file:
        header = {"descr": "|u1", "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(file, header)  # type: ignore[no-untyped-call]  # numpy
        _write_rows(collection, file, collection.width)
    return {}


def write_u8bin(collection: Collection, path: Path, options: ExportOptions) -> Beside:
    """Write packed codes, a byte a value."""
    _write_bin(collection, path, collection.width, 1)
    return {}


def write_ibin(collection: Collection, path: Path, options: ExportOptions) -> Beside:
    """Write packed codes as words of 32 bits, the last one padded with zeros."""
    _write_bin(collection, path, -(-collection.width // _WORD) * _WORD, _WORD)
    return {}


def _write_bin(collection: Collection, path: Path, width: int, size: int) -> None:
    check_room(path, 8 + len(collection) * width)
    with path.open("wb") as file:
        file.write(np.array([len(collection), width // size], "<u4").tobytes())
        _write_rows(collection, file, width)


def _write_rows(collection: Collection, file: BinaryIO, width: int) -> None:
    for block in collection.blocks():
        rows = block.packed
        if rows.shape[1] < width:
            rows = np.pad(rows, ((0, 0), (0, width - rows.shape[1])))
        file.write(np.ascontiguousarray(rows).data)
