"""Finished cells taken from published records instead of training them again."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from pathlib import Path

from hashbench.errors import UsageError
from hashbench.runs.cells import Cell
from hashbench.runs.record import Record
from hashbench.runs.store import Store


def reuse(store: Store, cells: Sequence[Cell], published: Path) -> int:
    """Copy records and codes of cells that are published into a store; return how many.

    A cell is taken where its key is equal, which covers the method's parameters and source, the
    content of the data set, bits and seed, and where the codes are those that its record names.
    Its numbers are not taken: the copy lacks its values per query, so that whoever works on the
    cell ranks its codes again.

    Parameters
    ----------
    store : Store
        What the grid writes to.
    cells : sequence of Cell
        Those that the store lacks.
    published : Path
        A run directory, the folder of a board, or a folder of boards or of a site of them.

    Raises
    ------
    UsageError
        If there are no records in it.
    StoreError, DataError
        If a record or its codes are damaged.
    """
    taken: set[str] = set()
    for source, key, record in _published(cells, published):
        query, database = source.codes(record)
        codes = store.write_codes(key, query, database)
        files: dict[str, str | None] = {
            "codes": store.relative(codes),
            "per_query": store.relative(store.per_query_path(key)),
            "model": None,
        }
        store.write(dataclasses.replace(record, files=files, manifest=None))
        taken.add(key)
    return len(taken)


def reusable(cells: Sequence[Cell], published: Path) -> set[str]:
    """Return the keys of the cells that :func:`reuse` would take, copying nothing."""
    return {key for _, key, _ in _published(cells, published)}


def _published(cells: Sequence[Cell], published: Path) -> Iterator[tuple[Store, str, Record]]:
    """Yield the store, key and record of each cell that is published, once."""
    wanted = [cell.key for cell in cells]
    there = [Store(folder) for folder in _folders(published, cells)]
    if not there:
        raise UsageError(
            f"--reuse {published}: no records there; a run directory, a board's folder, or a "
            "folder of boards is needed"
        )
    taken: set[str] = set()
    for source in there:
        for key, record in source.get_all(wanted).items():
            if key not in taken and record.ok:
                taken.add(key)
                yield source, key, record


def _folders(published: Path, cells: Sequence[Cell]) -> Iterator[Path]:
    """Yield the folders with records: the one given, or those of the cells' boards below it."""
    names = dict.fromkeys(cell.dataset.name.casefold() for cell in cells)
    below = [published / part / name for part in ("", "boards") for name in names]
    for folder in (published, *below):
        if (folder / "records").is_dir():
            yield folder
