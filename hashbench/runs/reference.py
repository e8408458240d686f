"""Reference to a fitted method: ``RUNS:KEY``, a record's file, or the folder of a saved method."""

from __future__ import annotations

from pathlib import Path

from hashbench.runs.record import Record
from hashbench.runs.store import Store


def find_record(reference: str | Path) -> tuple[Store, Record] | None:
    """Return the record that ``reference`` names and its store; None where it names a folder.

    Parameters
    ----------
    reference : str or Path
        ``RUNS:KEY`` with the start of a record's key in the run directory RUNS; the JSON file of
        a record in a run directory; or the folder of a saved method. An existing path goes before
        ``RUNS:KEY``, so that a folder may have a colon in its name.

    Raises
    ------
    StoreError
        If it names a record that is not there, is damaged, or shares the start of its key.
    """
    path = Path(reference)
    if path.is_file():
        # RUNS/records/DATASET/RECORD.json
        return Store(path.resolve().parent.parent.parent), Record.read(path)
    root, colon, prefix = str(reference).rpartition(":")
    if colon and not path.exists() and Path(root).is_dir():
        store = Store(root)
        return store, store.find(prefix)
    return None


def model_folder(reference: str | Path) -> Path:
    """Return the folder of the fitted method that ``reference`` names; it may not exist.

    Raises
    ------
    StoreError
        As :func:`find_record`, or if the record has no model.
    """
    found = find_record(reference)
    if found is None:
        return Path(reference)
    store, record = found
    return store.file(record, "model")
