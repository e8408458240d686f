"""A feed of Vespa, a document a line, and the schema that takes it.

A code is a tensor of int8, fed as hexadecimal text, under the distance metric ``hamming``. The rank
profile goes by closeness, since Vespa puts the highest score first, and tells the distance beside.
"""

from __future__ import annotations

import json
from pathlib import Path

from hashbench.export.collection import Collection
from hashbench.export.targets import Beside, ExportOptions


def write(collection: Collection, path: Path, options: ExportOptions) -> Beside:
    """Write the feed; return the schema."""
    name = options.table
    with path.open("w", encoding="utf-8") as file:
        for block in collection.blocks():
            labels = block.labels or [()] * len(block)
            rows = zip(block.rows(), block.called(), labels, block.packed, strict=True)
            for row, called, names, code in rows:
                fields = {
                    "id": called,
                    "labels": list(names),
                    "code": {"values": code.tobytes().hex()},
                }
                value = {"put": f"id:{name}:{name}::{row}", "fields": fields}
                file.write(json.dumps(value, ensure_ascii=False) + "\n")
    return {".sd": schema(name, collection.width)}


def schema(name: str, width: int) -> str:
    """Return the schema of documents whose codes have ``width`` bytes."""
    tensor = f"tensor<int8>(x[{width}])"
    return f"""schema {name} {{
  document {name} {{
    field id type string {{
      indexing: attribute | summary
    }}
    field labels type array<string> {{
      indexing: attribute | summary
    }}
    field code type {tensor} {{
      indexing: attribute | index
      attribute {{
        distance-metric: hamming
      }}
      index {{
        hnsw {{
          max-links-per-node: 16
          neighbors-to-explore-at-insert: 200
        }}
      }}
    }}
  }}
  rank-profile hamming {{
    inputs {{
      query(code) {tensor}
    }}
    first-phase {{
      expression: closeness(field, code)
    }}
    match-features: distance(field, code)
  }}
}}
"""
