"""Export of codes: what is written, where, and what is said of it."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from hashbench.errors import StoreError, UsageError
from hashbench.export.collection import Collection
from hashbench.export.targets import TARGETS, ExportOptions, Target, package
from hashbench.files.atomic import replacing
from hashbench.files.schema import shown
from hashbench.names import unknown

ITEMS = ".items.jsonl"
"""Appended to the name of a file that cannot hold ids and labels."""


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export wrote.

    Parameters
    ----------
    path : Path
        The file, or the folder.
    beside : tuple of Path
        Further files.
    n_codes, n_bits : int
    padded_bits : int
        Code length in the file; ``n_bits`` where nothing was added.
    """

    path: Path
    beside: tuple[Path, ...]
    n_codes: int
    n_bits: int
    padded_bits: int

    def __str__(self) -> str:
        said = f"{self.n_codes} codes of {self.n_bits} bits in {self.path}"
        if self.padded_bits != self.n_bits:
            zeros = self.padded_bits - self.n_bits
            said += (
                f"; padded to {self.padded_bits} bits with {zeros} zeros each, "
                "which changes no distance"
            )
        if self.beside:
            said += "; beside it " + ", ".join(path.name for path in self.beside)
        return said


def export_codes(
    collection: Collection,
    target: str,
    out: Path,
    options: ExportOptions | None = None,
    *,
    force: bool = False,
) -> Exported:
    """Write codes, ids and labels in the format of another program, whole or not at all.

    Files beside the first are in place before it. A kill in between leaves no file of codes, and
    never one beside the ids and labels of other codes.

    Parameters
    ----------
    collection : Collection
        What :func:`hashbench.export.opening.open_collection` returned.
    target : str
        One of :data:`hashbench.export.targets.TARGETS`.
    out : Path
        The file, or for some targets the folder.
    options : ExportOptions, optional
    force : bool
        Whether to replace what is there.

    Raises
    ------
    UsageError
        If there is no such target or index, it cannot have such a table, or something is in the
        way.
    HashbenchError
        If a package is missing.
    StoreError
        If ``out`` cannot be written.
    """
    found = _target(target)
    options = options or ExportOptions()
    _check_index(target, found, options)
    _check_table(target, found, options)
    for name in found.packages:
        package(target, name.partition("=")[0])
    items = not found.keeps_items and (collection.has_ids or collection.has_labels)
    suffixes = [*found.beside, *([ITEMS] if items else [])]
    beside = tuple(out.with_name(out.name + suffix) for suffix in suffixes)
    listed = out.with_name(out.name + ITEMS)
    # Those of other codes must not stay beside codes that have none.
    _check_free(dict.fromkeys((out, *beside, listed)), force)
    writer = found.load()
    making = _replacing_folder if found.folder else replacing
    with making(out) as temporary, ExitStack() as sides:
        texts = writer(collection, temporary, options)
        for suffix, text in texts.items():
            side = sides.enter_context(replacing(out.with_name(out.name + suffix)))
            side.write_text(text, encoding="utf-8")
        if items:
            _write_items(collection, sides.enter_context(replacing(listed)))
        # All is written, nothing has its name yet.
        if beside or listed.exists():
            _remove_file(out)
        _remove_file(listed)
    word = found.word if found.whole_bytes else 1
    padded = -(-collection.n_bits // word) * word
    return Exported(out, beside, len(collection), collection.n_bits, padded)


def _target(name: str) -> Target:
    if name not in TARGETS:
        raise unknown("export target", name, [*TARGETS, "onnx"])
    return TARGETS[name]


def _check_index(name: str, target: Target, options: ExportOptions) -> None:
    if options.index and options.index not in target.indexes:
        if not target.indexes:
            raise UsageError(f"--index {options.index}: {name} has one kind of index; leave it out")
        raise unknown(f"index of {name}", options.index, target.indexes)


def _check_table(name: str, target: Target, options: ExportOptions) -> None:
    rule = target.table
    if rule is not None and not rule.take(options.table):
        given = f"--table {shown(options.table)}"
        raise UsageError(f"{given}: {name} needs {rule.said}, {rule.longest} bytes at most")


def _check_free(paths: Iterable[Path], force: bool) -> None:
    for path in paths:
        if path.exists() and not force:
            raise UsageError(f"--out {path}: is there already; --force replaces it")


def _write_items(collection: Collection, path: Path) -> None:
    with path.open("w", encoding="utf-8") as file:
        for block in collection.blocks():
            file.writelines(json.dumps(i, ensure_ascii=False) + "\n" for i in block.items())


def _remove_file(path: Path) -> None:
    """Remove a file, or the file that a link leads to; the link stays. A folder is left alone."""
    found = Path(os.path.realpath(path))
    if found.is_file():
        found.unlink()


@contextmanager
def _replacing_folder(path: Path) -> Iterator[Path]:
    """Yield a new folder beside ``path`` that takes its place when the block succeeds."""
    if path.exists() and not path.is_dir():
        raise StoreError(f"cannot write {path}: it is a file, and a folder is written")
    temporary = path.with_name(f".{path.name}.partial")
    aside = path.with_name(f".{path.name}.old")
    try:
        for left in (temporary, aside):
            shutil.rmtree(left, ignore_errors=True)
        temporary.mkdir(parents=True)
        yield temporary
        if path.exists():
            path.rename(aside)
        temporary.rename(path)
    except OSError as error:
        raise StoreError(f"cannot write {path}: {error.strerror or error}") from error
    finally:
        for left in (temporary, aside):
            shutil.rmtree(left, ignore_errors=True)
