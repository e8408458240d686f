"""Packed records: one line each in one file a method, so that a board of many stays small.

::

    records/itq.jsonl   a record a line, ordered by data set, label, bits and seed

A record that is added or changed is one line of a difference.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from hashbench.errors import StoreError
from hashbench.files.atomic import write_text
from hashbench.files.documents import parse_json
from hashbench.files.regular import read_text
from hashbench.runs.record import Record

FOLDER = "records"


def read_packed(run: Path) -> list[Record]:
    """Return the packed records of a run directory or of a board's folder.

    Raises
    ------
    StoreError
        If one is damaged or of a newer schema.
    """
    files = sorted(path for path in run.glob(f"{FOLDER}/*.jsonl") if path.name[0] != ".")
    return [record for path in files for record in _read(path)]


def write_packed(run: Path, records: Iterable[Record]) -> None:
    """Keep records in the places of older ones of their keys; only their files are written."""
    by_file: dict[Path, list[Record]] = {}
    for record in records:
        by_file.setdefault(packed_path(run, record), []).append(record)
    for path, added in by_file.items():
        kept = {record.key: record for record in (_read(path) if path.exists() else [])}
        kept |= {record.key: record for record in added}
        write_text(path, "".join(_line(one) for one in sorted(kept.values(), key=in_order)))


def packed_path(run: Path, record: Record) -> Path:
    """Return the file that a record is packed in."""
    return run / FOLDER / f"{file_name(record.method.name)}.jsonl"


def packed_places(run: Path, records: Iterable[Record]) -> Mapping[str, tuple[Path, int]]:
    """Return the file and the line, from 1, of each record by its key, if these are all of them."""
    by_file: dict[Path, list[Record]] = {}
    for record in records:
        by_file.setdefault(packed_path(run, record), []).append(record)
    return {
        record.key: (path, number)
        for path, kept in by_file.items()
        for number, record in enumerate(sorted(kept, key=in_order), start=1)
    }


def in_order(record: Record) -> tuple[str, str, str, int, int, str]:
    """Order records by data set, method, bits and seed."""
    data = record.dataset
    return data.name, data.trained_on, record.method.label, record.bits, record.seed, record.key


def file_name(text: str) -> str:
    """Return ``text`` with what no file name should have replaced."""
    return re.sub(r"[^\w.=+-]+", "-", text).strip(".-") or "unnamed"


def parse_packed(text: str, where: str) -> list[Record]:
    """Return the records that the lines of ``text`` write; ``where`` is for messages.

    Raises
    ------
    StoreError
        As :func:`read_packed`.
    """
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        place = f"{where}, line {number}"
        try:
            value = parse_json(line)
        except ValueError as error:
            raise StoreError(f"{place}: damaged record ({error})") from error
        found.append(Record.from_json(value, place))
    return found


def _read(path: Path) -> list[Record]:
    try:
        text = read_text(path)
    except OSError as error:
        raise StoreError(f"{path}: cannot be read ({error.strerror})") from error
    except ValueError as error:
        raise StoreError(f"{path}: not lines of text ({error})") from error
    return parse_packed(text, str(path))


def _line(record: Record) -> str:
    text = json.dumps(record.to_json(), sort_keys=True, allow_nan=False, separators=(",", ":"))
    return f"{text}\n"
