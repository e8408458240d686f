"""Bulk files for Elasticsearch and OpenSearch, each with the mapping of its index.

Elasticsearch has ``dense_vector`` of ``element_type: bit`` from 8.15 on, OpenSearch ``knn_vector``
of ``data_type: binary`` from 2.16 on. Both take a code as bytes: the first as hexadecimal text, the
second as signed integers.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hashbench.export.collection import Collection
from hashbench.export.targets import Beside, ExportOptions


def write_elasticsearch(collection: Collection, path: Path, options: ExportOptions) -> Beside:
    """Write actions and documents, a line each; return the mapping."""
    _write_bulk(collection, path, options, lambda code: code.tobytes().hex())
    vector = {
        "type": "dense_vector",
        "element_type": "bit",
        "dims": 8 * collection.width,
        "index": True,
        "index_options": {"type": "hnsw"},
    }
    return {".mapping.json": _mapping({}, vector)}


def write_opensearch(collection: Collection, path: Path, options: ExportOptions) -> Beside:
    """Write actions and documents, a line each; return the mapping."""
    _write_bulk(collection, path, options, lambda code: code.view(np.int8).tolist())
    vector = {
        "type": "knn_vector",
        "dimension": 8 * collection.width,
        "data_type": "binary",
        "space_type": "hamming",
        "method": {"name": "hnsw", "engine": "faiss"},
    }
    return {".mapping.json": _mapping({"settings": {"index": {"knn": True}}}, vector)}


def _write_bulk(
    collection: Collection,
    path: Path,
    options: ExportOptions,
    encoded: Callable[[NDArray[np.uint8]], Any],
) -> None:
    with path.open("w", encoding="utf-8") as file:
        for block in collection.blocks():
            labels = block.labels or [()] * len(block)
            rows = zip(block.rows(), block.called(), labels, block.packed, strict=True)
            for row, called, names, code in rows:
                action = {"index": {"_index": options.table, "_id": str(row)}}
                document = {"id": called, "labels": list(names), "code": encoded(code)}
                for value in (action, document):
                    file.write(json.dumps(value, ensure_ascii=False) + "\n")


def _mapping(settings: dict[str, Any], vector: dict[str, Any]) -> str:
    properties = {"id": {"type": "keyword"}, "labels": {"type": "keyword"}, "code": vector}
    return json.dumps({**settings, "mappings": {"properties": properties}}, indent=2) + "\n"
