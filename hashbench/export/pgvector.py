"""An SQL script for PostgreSQL with pgvector: a table of ``bit(n)``, its rows and an index.

``psql -f codes.sql`` runs it. The operator ``<~>`` is the Hamming distance, and HNSW and IVFFlat
index it from pgvector 0.7 on.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from hashbench.export.collection import Block, Collection
from hashbench.export.targets import Beside, ExportOptions

_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def write(collection: Collection, path: Path, options: ExportOptions) -> Beside:
    """Write the script. Bit j of a code is the j-th digit."""
    kind = options.index or "hnsw"
    table = _quoted(options.table)
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(
            "begin;\n"
            "create extension if not exists vector;\n"
            f"create table {table} (\n"
            '  "row" bigint primary key,\n'
            "  id text not null,\n"
            "  labels jsonb,\n"
            f"  code bit({collection.n_bits}) not null\n"
            ");\n"
            f'copy {table} ("row", id, labels, code) from stdin;\n'
        )
        for block in collection.blocks():
            file.writelines(_lines(block, collection.n_bits))
        file.write("\\.\n")
        if kind == "hnsw":
            file.write(f"create index on {table} using hnsw (code bit_hamming_ops);\n")
        elif kind == "ivfflat":
            lists = max(1, min(round(len(collection) ** 0.5), 1000))
            how = f"using ivfflat (code bit_hamming_ops) with (lists = {lists})"
            file.write(f"create index on {table} {how};\n")
        file.write("commit;\n")
    return {}


def _lines(block: Block, n_bits: int) -> Iterator[str]:
    bits = np.unpackbits(block.packed, axis=1, count=n_bits, bitorder="little")
    digits = np.ascontiguousarray(bits + ord("0")).tobytes().decode("ascii")
    rows = zip(block.rows(), block.called(), block.labels_json(), strict=True)
    for at, (row, called, labels) in enumerate(rows):
        code = digits[at * n_bits : (at + 1) * n_bits]
        known = "\\N" if labels is None else _escaped(labels)
        yield f"{row}\t{_escaped(called)}\t{known}\t{code}\n"


def _escaped(text: str) -> str:
    return text.translate(_ESCAPES)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
