"""Targets of an export: one module each, and this table of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from hashbench.errors import HashbenchError

if TYPE_CHECKING:
    from hashbench.export.collection import Collection


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """What some targets let a user choose.

    Parameters
    ----------
    index : str
        Which index, for targets that have several; the first of them by default.
    top : int
        Neighbours of each query, for targets that hold the true ones.
    table : str
        What the table, collection or index is called in a database.
    """

    index: str = ""
    top: int = 100
    table: str = "videos"


Beside: TypeAlias = Mapping[str, str]
"""Further text files: what is appended to the name of the first, and their content."""

Writer: TypeAlias = "Callable[[Collection, Path, ExportOptions], Beside]"
"""Writes a collection to a path, and returns what belongs beside it."""


@dataclass(frozen=True, slots=True)
class TableNames:
    """What a table, collection or index can be called in a database.

    Parameters
    ----------
    pattern : str
        Regular expression of the whole name.
    said : str
        The same in words, for messages.
    longest : int
        Bytes in UTF-8.
    """

    pattern: str
    said: str
    longest: int = 255

    def take(self, name: str) -> bool:
        """Say whether a table can be called ``name``."""
        short = len(name.encode(errors="surrogatepass")) <= self.longest
        return short and bool(re.fullmatch(self.pattern, name))


_PRINTED = r"[^\x00-\x1f\x7f-\x9f\ud800-\udfff]+"
_WORD = r"[A-Za-z_][A-Za-z0-9_]*"
_INDEX = TableNames(
    r"(?![-_+])(?!\.{1,2}$)[^\x00-\x20\x7f-\x9f\ud800-\udfffA-Z\\/*?\"<>|,#:]+",
    'a name in lower case, without spaces or any of \\ / * ? " < > | , # : and none of - _ + first',
)


@dataclass(frozen=True, slots=True)
class Target:
    """A format that codes are exported to.

    Parameters
    ----------
    writer : str
        Module of this room and function in it, as ``"module:function"``.
    summary : str
        One line on what is written.
    extra : str
        The extra of hashbench that brings its packages; empty where it needs none.
    packages : tuple of str
        What is imported, and what to install where the names differ: ``"faiss=faiss-cpu"``.
    whole_bytes : bool
        Whether codes are padded to whole bytes.
    word : int
        Bits of the unit that codes are padded to, where they are.
    keeps_items : bool
        Whether ids and labels lie in the file itself, and not beside it.
    folder : bool
        Whether a folder is written, not a file.
    indexes : tuple of str
        Kinds of index to choose from, the default first.
    beside : tuple of str
        What is appended to the name of the file for those that are always beside it.
    table : TableNames, optional
        What a table can be called; None where there is none.
    """

    writer: str
    summary: str
    extra: str = ""
    packages: tuple[str, ...] = ()
    whole_bytes: bool = True
    word: int = 8
    keeps_items: bool = True
    folder: bool = False
    indexes: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    table: TableNames | None = None

    def load(self) -> Writer:
        """Import the writer."""
        module, _, function = self.writer.partition(":")
        writer: Writer = getattr(import_module(f"hashbench.export.{module}"), function)
        return writer


TARGETS = {
    "faiss": Target(
        "faiss_index:write",
        "an index of FAISS: IndexBinaryFlat, IndexBinaryIVF or IndexBinaryHNSW",
        extra="faiss",
        packages=("faiss=faiss-cpu",),
        keeps_items=False,
        indexes=("flat", "ivf", "hnsw"),
    ),
    "usearch": Target(
        "usearch_index:write",
        "an index of USearch, bits under the Hamming metric",
        extra="usearch",
        packages=("usearch",),
        keeps_items=False,
    ),
    "sqlite-vec": Target(
        "sqlite_vec:write",
        "a SQLite database with a table of sqlite-vec",
        extra="sqlite-vec",
        packages=("sqlite_vec=sqlite-vec", "apsw"),
        table=TableNames(
            rf"(?!(?i:about$|sqlite_)){_PRINTED}",
            "a name of printed characters, neither 'about' nor 'sqlite_...'",
        ),
    ),
    "lancedb": Target(
        "lancedb_table:write",
        "a folder with a table of LanceDB",
        extra="lancedb",
        packages=("lancedb", "pyarrow"),
        folder=True,
        table=TableNames(
            r"(?!\.{1,2}$)[A-Za-z0-9_.-]+", "a name of letters, digits and _ . -", 200
        ),
    ),
    "pgvector": Target(
        "pgvector:write",
        "an SQL script for PostgreSQL with pgvector 0.7 or later",
        whole_bytes=False,
        indexes=("hnsw", "ivfflat", "none"),
        table=TableNames(_PRINTED, "a name of printed characters", 63),
    ),
    "parquet": Target(
        "parquet:write",
        "a Parquet file with a column of fixed-size binary values",
        extra="parquet",
        packages=("pyarrow",),
    ),
    "npy": Target("arrays:write_npy", "packed bytes as a NumPy array", keeps_items=False),
    "u8bin": Target(
        "arrays:write_u8bin", "packed bytes behind two uint32, rows and bytes", keeps_items=False
    ),
    "ibin": Target(
        "arrays:write_ibin",
        "packed 32-bit words behind two uint32, rows and words",
        word=32,
        keeps_items=False,
    ),
    "ann-benchmarks": Target(
        "ann_benchmarks:write",
        "HDF5 with train, test, and the true neighbours and distances",
        whole_bytes=False,
        keeps_items=False,
    ),
    "milvus": Target(
        "milvus:write",
        "JSON rows for Milvus, and the schema of the collection",
        indexes=("BIN_FLAT", "BIN_IVF_FLAT"),
        beside=(".schema.json",),
        table=TableNames(_WORD, "a name of letters, digits and _, no digit first"),
    ),
    "elasticsearch": Target(
        "elasticsearch:write_elasticsearch",
        "a bulk file for Elasticsearch 8.15 or later, and the mapping",
        beside=(".mapping.json",),
        table=_INDEX,
    ),
    "opensearch": Target(
        "elasticsearch:write_opensearch",
        "a bulk file for OpenSearch 2.16 or later, and the mapping",
        beside=(".mapping.json",),
        table=_INDEX,
    ),
    "vespa": Target(
        "vespa:write",
        "a feed of Vespa, and the schema",
        beside=(".sd",),
        table=TableNames(_WORD, "a name of letters, digits and _, no digit first"),
    ),
}
"""Target -> what it is; a new one is a module of this room and an entry here."""


def package(target: str, name: str) -> Any:
    """Return an optional package that a target needs.

    Parameters
    ----------
    target : str
        One of :data:`TARGETS`, or ``"onnx"``.
    name : str
        What is imported.

    Raises
    ------
    HashbenchError
        If it is not installed.
    """
    try:
        return import_module(name)
    except ImportError as error:
        extra = TARGETS[target].extra if target in TARGETS else target
        raise HashbenchError(
            f"--to {target} needs the package {error.name or name}: "
            f"pip install 'hashbench[{extra}]'"
        ) from error
