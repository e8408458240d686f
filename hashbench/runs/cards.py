"""The card of a record's data set, found again through the manifest of its run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hashbench.errors import DataError, StoreError
from hashbench.files.documents import read_json
from hashbench.files.inside import inside
from hashbench.runs.record import Record
from hashbench.runs.record_schema import MANIFEST
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
    manifest = manifest_of(store, record)
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


def manifest_of(store: Store, record: Record) -> dict[str, Any]:
    """Return the manifest of a record; an empty one where it has gone or was never kept.

    Raises
    ------
    StoreError
        If it lies outside the run directory, or is damaged.
    """
    if not record.manifest:
        return {}
    path = inside(store.path / "manifests", record.manifest.removeprefix("manifests/"))
    if path is None or not record.manifest.startswith("manifests/"):
        raise StoreError(
            f"{store.path}: record {record.key[:16]} names the manifest {record.manifest!r}, "
            "which lies outside the folder manifests"
        )
    if not path.is_file():
        return {}
    try:
        value = read_json(path)
        MANIFEST(value, "")
    except (OSError, ValueError) as error:
        raise StoreError(f"{path}: damaged manifest ({error})") from error
    return dict(value)
