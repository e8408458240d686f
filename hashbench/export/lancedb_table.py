"""A table of LanceDB, whose vectors of uint8 are compared by Hamming distance."""

from __future__ import annotations

from pathlib import Path

from hashbench.export.collection import Collection
from hashbench.export.parquet import batches, schema_of
from hashbench.export.targets import Beside, ExportOptions, package


def write(collection: Collection, path: Path, options: ExportOptions) -> Beside:
    """Write a database folder with one table."""
    lancedb, arrow = package("lancedb", "lancedb"), package("lancedb", "pyarrow")
    schema = schema_of(arrow, collection, arrow.list_(arrow.uint8(), collection.width))
    reader = arrow.RecordBatchReader.from_batches(schema, batches(arrow, collection, schema))
    lancedb.connect(str(path)).create_table(options.table, data=reader, schema=schema)
    return {}
