"""The card of a record's data set, found again through the manifest of its run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hashbench.errors import DataError, StoreError
from hashbench.runs.record import Record
from hashbench.runs.store import Store


def dataset_of(store: Store, record: Record) -> str:
    """Return what :func:`hashbench.data.load_dataset` opens for a record: its card, or its name.

    The path of a card is looked up as seen from the run directory, then as it was typed.

    Parameters
    ----------
    store : Store
        Where the record lies.
    record : Record

    Raises
    ------
    DataError
        If the card is no longer there.
    StoreError
        If the manifest is damaged.
    """
    manifest = _manifest(store, record)
    name = record.dataset.name
    sets = manifest.get("datasets", [])
    cards = [str(info["card"]) for info in sets if info.get("name") == name and "card" in info]
    if not cards:
        return name
    typed = str(manifest.get("config", {}).get("dataset", ""))
    for path in (store.path / cards[0], Path(typed)):
        if path.is_file():
            return str(path)
    raise DataError(
        f"record {record.key[:16]}: the card of data set {name} is not at {store.path / cards[0]}; "
        "name it with its new path"
    )


def _manifest(store: Store, record: Record) -> dict[str, Any]:
    """Return the manifest of a record; an empty one where it has gone or was never kept."""
    path = store.path / record.manifest if record.manifest else None
    if path is None or not path.is_file():
        return {}
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise StoreError(f"{path}: damaged manifest ({error})") from error
    if not isinstance(value, dict):
        raise StoreError(f"{path}: damaged manifest (not a table)")
    return value
