"""A Parquet file: a row an item, the code a fixed-size binary value."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from hashbench.export.collection import Block, Collection
from hashbench.export.targets import Beside, ExportOptions, package


def write(collection: Collection, path: Path, options: ExportOptions) -> Beside:
    """Write columns ``row``, ``code`` and, where they are known, ``id`` and ``labels``."""
    arrow = package("parquet", "pyarrow")
    parquet = package("parquet", "pyarrow.parquet")
    schema = schema_of(arrow, collection, arrow.binary(collection.width))
    # Codes look random: a dictionary or a compressor finds nothing and takes time.
    named = [name for name in schema.names if name in ("id", "labels")]
    how = {"compression": "none", "use_dictionary": named or False, "write_statistics": False}
    with parquet.ParquetWriter(path, schema, **how) as writer:
        for batch in batches(arrow, collection, schema):
            writer.write_batch(batch)
    return {}


def schema_of(arrow: Any, collection: Collection, code: Any) -> Any:
    """Return the columns, with the code length among the file's metadata.

    Parameters
    ----------
    arrow : module
        pyarrow.
    collection : Collection
    code : pyarrow.DataType
        Of the column ``code``.
    """
    fields = [arrow.field("row", arrow.int64(), nullable=False)]
    fields.append(arrow.field("code", code, nullable=False))
    if collection.has_ids:
        fields.append(arrow.field("id", arrow.string()))
    if collection.has_labels:
        fields.append(arrow.field("labels", arrow.list_(arrow.string())))
    about = {"n_bits": str(collection.n_bits), "bit_order": "least significant bit first"}
    return arrow.schema(fields, metadata=about)


def batches(arrow: Any, collection: Collection, schema: Any) -> Iterator[Any]:
    """Yield record batches of the columns that :func:`schema_of` names."""
    code = schema.field("code").type
    for block in collection.blocks():
        columns: dict[str, Any] = {
            "row": np.arange(block.start, block.start + len(block)),
            "code": _codes(arrow, block, code),
            "id": list(block.ids) or [None] * len(block),
            "labels": list(block.labels),
        }
        arrays = [
            columns["code"]
            if field.name == "code"
            else arrow.array(columns[field.name], field.type)
            for field in schema
        ]
        yield arrow.record_batch(arrays, schema=schema)


def _codes(arrow: Any, block: Block, code: Any) -> Any:
    packed = np.ascontiguousarray(block.packed)
    if arrow.types.is_fixed_size_list(code):
        flat = arrow.array(packed.reshape(-1))
        return arrow.FixedSizeListArray.from_arrays(flat, packed.shape[1])
    return arrow.FixedSizeBinaryArray.from_buffers(
        code, len(packed), [None, arrow.py_buffer(packed)]
    )
