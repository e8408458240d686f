"""JSON rows for Milvus, and the schema of the collection that takes them.

A binary vector is a list of bytes in a file of rows. ``dim`` counts bits and is a multiple of 8.
"""

from __future__ import annotations

import json
from pathlib import Path

from hashbench.export.collection import Collection
from hashbench.export.targets import Beside, ExportOptions

_LONGEST = 65_535  # bytes of a VARCHAR


def write(collection: Collection, path: Path, options: ExportOptions) -> Beside:
    """Write ``{"rows": [...]}``; return the schema."""
    with path.open("w", encoding="utf-8") as file:
        file.write('{"rows": [')
        for block in collection.blocks():
            labels = block.labels or [()] * len(block)
            rows = zip(block.rows(), block.called(), labels, block.packed.tolist(), strict=True)
            for row, called, names, code in rows:
                value = {"row": row, "id": called, "labels": list(names), "code": code}
                file.write(("\n" if row == 0 else ",\n") + json.dumps(value, ensure_ascii=False))
        file.write("\n]}\n")
    return {".schema.json": json.dumps(schema(collection, options), indent=2) + "\n"}


def schema(collection: Collection, options: ExportOptions) -> dict[str, object]:
    """Return collection, fields and index by the names of Milvus's REST interface, version 2."""
    fields = [
        {"fieldName": "row", "dataType": "Int64", "isPrimary": True},
        {
            "fieldName": "id",
            "dataType": "VarChar",
            "elementTypeParams": {"max_length": str(_LONGEST)},
        },
        {"fieldName": "labels", "dataType": "JSON"},
        {
            "fieldName": "code",
            "dataType": "BinaryVector",
            "elementTypeParams": {"dim": str(8 * collection.width)},
        },
    ]
    index: dict[str, object] = {
        "fieldName": "code",
        "indexName": "code",
        "metricType": "HAMMING",
        "indexType": options.index or "BIN_FLAT",
    }
    if options.index == "BIN_IVF_FLAT":
        index["params"] = {"nlist": max(1, min(round(4 * len(collection) ** 0.5), 65_536))}
    return {
        "collectionName": options.table,
        "schema": {"autoId": False, "enableDynamicField": False, "fields": fields},
        "indexParams": [index],
    }
