"""Export of codes to each binary target, against writing the same file.

python benchmarks/exporting.py [--n 1000000] [--bits 256] [--rounds 3] [--targets npy,faiss,...]

Two yardsticks stand beside an export. "Bytes" writes the bytes of the very file, which are in
memory already, and brings them to the disk. "Library" lets the target's own library make the file
from an array in memory, since no index or table can be had without that. Exports start from a file
of codes. All sides alternate, and the best of --rounds counts. ann-benchmarks also searches for the
neighbours of 100 queries, which is part of its export: its other side is that search by FAISS and
the same arrays by h5py. faiss:ivf, faiss:hnsw and usearch build structures that take minutes for a
million codes, so that --rounds 1 is enough for them.
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hashbench import BinaryCodes
from hashbench.export.exporting import export_codes
from hashbench.export.opening import SourceOptions, open_collection
from hashbench.export.sqlite_vec import connect
from hashbench.export.targets import ExportOptions
from hashbench.machine import hardware

TARGETS = "npy,u8bin,ibin,faiss,parquet,ann-benchmarks,sqlite-vec,lancedb"
QUERIES = 100

Call = Callable[[Path], object]


def by_faiss(codes: NDArray[np.uint8], path: Path, kind: str = "flat") -> None:
    """Fill an index with FAISS alone, as its own documentation has it."""
    import faiss

    bits = 8 * codes.shape[1]
    index = faiss.IndexBinaryHNSW(bits, 32) if kind == "hnsw" else faiss.IndexBinaryFlat(bits)
    if kind == "ivf":
        flat = index
        lists = min(round(4 * len(codes) ** 0.5), len(codes) // 39)
        index = faiss.IndexBinaryIVF(flat, bits, lists)
        index.train(codes[:: max(1, len(codes) // (64 * lists))])
    index.add(codes)
    faiss.write_index_binary(index, str(path))


def by_pyarrow(codes: NDArray[np.uint8], path: Path) -> None:
    """Write rows and codes with pyarrow, in one table."""
    import pyarrow
    from pyarrow import parquet

    kind = pyarrow.binary(codes.shape[1])
    buffers = [None, pyarrow.py_buffer(codes)]
    column = pyarrow.FixedSizeBinaryArray.from_buffers(kind, len(codes), buffers)
    table = pyarrow.table({"row": np.arange(len(codes)), "code": column})
    parquet.write_table(table, path, compression="none", use_dictionary=False)


def by_usearch(codes: NDArray[np.uint8], path: Path) -> None:
    """Fill an index with USearch alone."""
    from usearch.index import Index

    index = Index(ndim=8 * codes.shape[1], metric="hamming", dtype="b1")
    index.add(np.arange(len(codes), dtype=np.uint64), codes)
    index.save(str(path))


def by_sqlite(codes: NDArray[np.uint8], path: Path) -> None:
    """Fill a table of sqlite-vec in one transaction."""
    connection = connect(path)
    bits = 8 * codes.shape[1]
    connection.execute(f"create virtual table videos using vec0(code bit[{bits}])")
    rows = ((row, code.tobytes()) for row, code in enumerate(codes))
    with connection:
        insert = "insert into videos(rowid, code) values (?, vec_bit(?))"
        connection.executemany(insert, rows)
    connection.close()


def by_lancedb(codes: NDArray[np.uint8], path: Path) -> None:
    """Fill a table of LanceDB from one array."""
    import lancedb
    import pyarrow

    flat = pyarrow.array(codes.reshape(-1))
    column = pyarrow.FixedSizeListArray.from_arrays(flat, codes.shape[1])
    table = pyarrow.table({"row": np.arange(len(codes)), "code": column})
    lancedb.connect(str(path)).create_table("videos", data=table)


def by_h5py(codes: NDArray[np.uint8], path: Path) -> None:
    """Search the neighbours of the queries with FAISS alone, and write all with h5py."""
    import faiss
    import h5py

    bits = 8 * codes.shape[1]
    index = faiss.IndexBinaryFlat(bits)
    index.add(codes)
    distances, items = index.search(codes[:QUERIES], min(ExportOptions().top, len(codes)))
    with h5py.File(path, "w") as file:
        file["train"] = np.unpackbits(codes, axis=1, bitorder="little").view(np.bool_)
        file["test"] = np.unpackbits(codes[:QUERIES], axis=1, bitorder="little").view(np.bool_)
        file["neighbors"] = items.astype(np.int32)
        file["distances"] = distances / np.float32(bits)


def by_library(target: str, codes: NDArray[np.uint8]) -> Call | None:
    """Return what lets the target's own library write to a path; None where there is none."""
    name, _, kind = target.partition(":")
    own = {
        "ann-benchmarks": lambda path: by_h5py(codes, path),
        "faiss": lambda path: by_faiss(codes, path, kind or "flat"),
        "lancedb": lambda path: by_lancedb(codes, path),
        "parquet": lambda path: by_pyarrow(codes, path),
        "sqlite-vec": lambda path: by_sqlite(codes, path),
        "usearch": lambda path: by_usearch(codes, path),
    }
    return own.get(name)


def by_bytes(made: Path) -> Call | None:
    """Return what writes the bytes of a file to a path; None for a folder."""
    if made.is_dir():
        return None
    content = made.read_bytes()

    def written(path: Path) -> None:
        with path.open("wb") as file:
            file.write(content)
            os.fsync(file.fileno())

    return written


def seconds(call: Call, path: Path) -> float:
    """Return the time of one call, which finds nothing at its path."""
    shutil.rmtree(path, ignore_errors=True)
    path.unlink(missing_ok=True)
    started = time.perf_counter()
    call(path)
    return time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n", type=int, default=1_000_000)
    parser.add_argument("--bits", type=int, default=256)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--targets", default=TARGETS)
    options = parser.parse_args()
    rng = np.random.default_rng(0)
    packed = rng.integers(0, 256, (options.n, options.bits // 8), dtype=np.uint8)
    print(f"{options.n:,} codes of {options.bits} bits; {hardware()}")
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        BinaryCodes(packed, options.bits).save(home / "codes.npz")
        BinaryCodes(packed[:QUERIES], options.bits).save(home / "queries.npz")
        print("| target | export, s | bytes, s | ratio | library, s | ratio |")
        for target in options.targets.split(","):
            print(measured(target, packed, home, options.rounds), flush=True)


def measured(target: str, packed: NDArray[np.uint8], home: Path, rounds: int) -> str:
    """Return a line of the table of one target."""
    name, _, kind = target.partition(":")
    choice = ExportOptions(index=kind)
    queries = SourceOptions(queries=home / "queries.npz")

    def ours(path: Path, codes: str = "codes.npz") -> None:
        export_codes(open_collection(home / codes, queries), name, path, choice, force=True)

    seconds(lambda path: ours(path, "queries.npz"), home / "few")  # imports
    first = seconds(ours, home / "ours")  # its bytes are a yardstick
    sides = [ours, by_bytes(home / "ours"), by_library(target, packed)]
    best = [first, float("inf"), float("inf")]
    for turn in range(rounds):
        for at, side in enumerate(sides):
            if side is not None and (turn or at):
                best[at] = min(best[at], seconds(side, home / f"side-{at}"))
    cells = [f"{best[0]:.3f}"]
    for took in best[1:]:
        cells += ["", ""] if took == float("inf") else [f"{took:.3f}", f"{best[0] / took:.2f}"]
    return f"| `{target}` | " + " | ".join(cells) + " |"


if __name__ == "__main__":
    main()
