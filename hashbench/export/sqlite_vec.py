"""A SQLite database with a virtual table of sqlite-vec.

Its ``bit[n]`` vectors are packed least significant bit first, as ours are, and ``match`` orders by
the Hamming distance. Python's own ``sqlite3`` is often built without extensions, so that the file
is written through ``apsw``, which brings a SQLite with them.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hashbench.export.collection import Block, Collection
from hashbench.export.targets import Beside, ExportOptions, package


def write(collection: Collection, path: Path, options: ExportOptions) -> Beside:
    """Write the table of codes, with ids and labels, and a table ``about`` of one row."""
    connection = connect(path)
    name = _quoted(options.table)
    # Speed: the file takes its name when it is whole, so that no journal has to save it.
    for pragma in ("journal_mode = off", "synchronous = off", "locking_mode = exclusive"):
        connection.execute(f"pragma {pragma}")
    with connection:
        connection.execute(
            f"create virtual table {name} using "
            f"vec0(code bit[{8 * collection.width}], +id text, +labels text)"
        )
        insert = f"insert into {name}(rowid, code, id, labels) values (?, vec_bit(?), ?, ?)"
        for block in collection.blocks():
            connection.executemany(insert, _values(block))
        connection.execute("create table about(bits integer, bit_order text, source text)")
        about = (collection.n_bits, "least significant bit first", collection.name)
        connection.execute("insert into about values (?, ?, ?)", about)
    connection.close()
    return {}


def connect(path: Path) -> Any:
    """Return a connection to a database in which sqlite-vec is loaded.

    Raises
    ------
    HashbenchError
        If apsw or sqlite-vec is not installed.
    """
    apsw, extension = (package("sqlite-vec", name) for name in ("apsw", "sqlite_vec"))
    connection = apsw.Connection(str(path))
    connection.enable_load_extension(True)
    connection.load_extension(extension.loadable_path())
    return connection


def _values(block: Block) -> Iterator[tuple[int, bytes, str, str | None]]:
    rows = zip(block.rows(), block.packed, block.called(), block.labels_json(), strict=True)
    for row, code, called, labels in rows:
        yield row, code.tobytes(), called, labels


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
