"""Description of codes by their authors: of which method, and where the files of each cell lie."""

from __future__ import annotations

import glob
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Self

from hashbench.codefiles import CodeForm
from hashbench.errors import DataError, UsageError
from hashbench.files.documents import read_toml
from hashbench.files.inside import CONTROL, is_plain
from hashbench.names import unknown
from hashbench.runs.progressions import numbers
from hashbench.runs.record_schema import MAX_BITS, MAX_PARAMETERS, MAX_SEED
from hashbench.specs import CHOSEN_ON

_PLACE = re.compile(r"\{(bits|seed)\}")


@dataclass(frozen=True, slots=True)
class AuthoredFile:
    """The files of one cell.

    Parameters
    ----------
    bits : int or None
        Code length; None where the codes themselves tell it.
    seed : int
    database : Path
    query : Path, optional
        None where the queries are the database.
    form : CodeForm
        How the codes are written.
    """

    bits: int | None
    seed: int
    database: Path
    query: Path | None
    form: CodeForm


@dataclass(frozen=True, slots=True, kw_only=True)
class Authored:
    """Codes by their authors, as ``hashbench import`` is told of them.

    Parameters
    ----------
    method : str
        Name of the method.
    dataset : str
        Name or card of the data set that was encoded.
    database_codes : str
        File, or pattern with ``{bits}`` and ``{seed}``: ``"codes/{bits}/{seed}/test.npy"``.
    query_codes : str, optional
        The same of the queries, where these are not the database.
    database_labels, query_labels : str, optional
        Files of labels. They are held against those of the data set where its features are at hand,
        and stand in for it elsewhere.
    labels_key, query_labels_key : str, optional
        Names of the arrays of labels.
    bits, seeds : tuple of int, optional
        Code lengths and seeds; by default all that the pattern finds.
    key, query_key : str, optional
        Names of the arrays of codes, also with ``{bits}`` and ``{seed}``.
    packed, zeros : str, optional
        As of :class:`hashbench.codefiles.CodeForm`.
    paper, program, version, licence, venue : str
        What is known of where the codes come from.
    year : int, optional
        When the paper appeared.
    trained_on : str
        The split that was trained on, such as ``"train"``.
    n_parameters : int, optional
        Parameters of the encoder.
    chosen_on : {"unknown", "nothing", "validation", "test"}
        What the checkpoint was chosen on.
    supervised : bool
        Whether labels were trained on.
    folder : Path
        What relative paths start from.

    Raises
    ------
    UsageError
        If one of them is not what it can be.
    """

    method: str
    dataset: str
    database_codes: str
    query_codes: str | None = None
    database_labels: str | None = None
    query_labels: str | None = None
    labels_key: str | None = None
    query_labels_key: str | None = None
    bits: tuple[int, ...] | None = None
    seeds: tuple[int, ...] | None = None
    key: str | None = None
    query_key: str | None = None
    packed: Any = None
    zeros: Any = None
    paper: str = ""
    program: str = ""
    version: str = ""
    licence: str = ""
    venue: str = ""
    year: int | None = None
    trained_on: str = ""
    n_parameters: int | None = None
    chosen_on: str = "unknown"
    supervised: bool = False
    folder: Path = field(default=Path())

    def __post_init__(self) -> None:
        if not is_plain(self.method):
            raise UsageError(f"method {self.method!r}: a plain name is needed, such as conmh")
        if self.chosen_on not in CHOSEN_ON:
            raise unknown("value of --chosen-on", self.chosen_on, CHOSEN_ON)
        if self.zeros == "half":
            raise UsageError("--zeros half: a record is of codes of bits; plus or minus is needed")
        for name in ("paper", "program", "version", "licence", "venue", "trained_on"):
            if CONTROL.search(getattr(self, name)) or len(getattr(self, name)) > 1000:
                option = name.replace("_", "-")
                raise UsageError(f"--{option}: a line of up to 1,000 characters is needed")
        if self.year is not None and not 1 <= self.year <= 9999:
            raise UsageError(f"--year {self.year}: a year such as 2023 is needed")
        if self.n_parameters is not None and not 0 <= self.n_parameters <= MAX_PARAMETERS:
            raise UsageError(f"--n-parameters {self.n_parameters}: a count from 0 is needed")
        CodeForm(None, self.packed, None, self.zeros)

    @classmethod
    def read(cls, path: Path | None, given: Mapping[str, Any]) -> Self:
        """Take a description from a TOML file, if there is one, and from options.

        Parameters
        ----------
        path : Path, optional
            The file; relative paths in it start from its folder.
        given : mapping
            Options by the names of our parameters; None for those that are not given.

        Raises
        ------
        DataError
            If the file is damaged or has an unknown key or a value of the wrong type.
        UsageError
            If what is needed is not given.
        """
        table: dict[str, Any] = {}
        if path is not None:
            try:
                table = read_toml(path)
            except OSError as error:
                raise DataError(f"{path}: cannot be read ({error.strerror})") from error
            except ValueError as error:
                raise DataError(f"{path}: not a TOML file ({error})") from None
            table = {name.replace("-", "_"): value for name, value in table.items()}
            _check(path, table, {f.name for f in fields(cls)} - {"folder"})
        said = {name: value for name, value in given.items() if value is not None}
        merged = _absolute(table, path) | said
        lacking = [n for n in ("method", "dataset", "database_codes") if n not in merged]
        if lacking:
            raise UsageError(f"--{lacking[0].replace('_', '-')} is missing")
        for name, most in (("bits", MAX_BITS), ("seeds", MAX_SEED)):
            if name in merged:
                low = 1 if name == "bits" else 0
                listed = numbers(merged[name], f"--{name}", low=low, high=most)
                merged[name] = tuple(listed)
        return cls(**merged)

    def files(self) -> list[AuthoredFile]:
        """Return the files of each cell, by length and seed.

        Raises
        ------
        DataError
            If a pattern matches nothing, or a length or seed that is asked for.
        UsageError
            If there are several lengths or seeds and no place for them in the pattern.
        """
        return sorted(self._cells(), key=lambda one: (one.bits or 0, one.seed))

    def _cells(self) -> Iterator[AuthoredFile]:
        where = self.database_codes
        has = {name: f"{{{name}}}" in where for name in ("bits", "seed")}
        for name, listed in (("bits", self.bits), ("seed", self.seeds)):
            if listed is not None and len(listed) > 1 and not has[name]:
                raise UsageError(f"--database-codes {where}: has no {{{name}}} for several")
        for bits, seed, written in self._grid(has["bits"], has["seed"]):
            yield self._cell(bits, seed, written)

    def _grid(
        self, has_bits: bool, has_seed: bool
    ) -> Sequence[tuple[int | None, int, Mapping[str, str]]]:
        """Return lengths and seeds, and how the names of files write those that were found."""
        lengths, seeds = self.bits or (None,), self.seeds or (0,)
        if (self.bits or not has_bits) and (self.seeds or not has_seed):
            return [(bits, seed, {}) for bits in lengths for seed in seeds]
        found = [
            (lengths[0] if bits is None else bits, seeds[0] if seed is None else seed, written)
            for bits, seed, written in _matches(self.folder, self.database_codes)
            if bits is None or self.bits is None or bits in self.bits
            if seed is None or self.seeds is None or seed in self.seeds
        ]
        if not found:
            raise DataError(f"{self.database_codes}: no such files of these lengths and seeds")
        return found

    def _cell(self, bits: int | None, seed: int, written: Mapping[str, str]) -> AuthoredFile:
        plainly = {"bits": str(bits), "seed": str(seed)}

        def filled(text: str, values: Mapping[str, str]) -> str:
            return _PLACE.sub(lambda m: values[m[1]], text)

        def file(pattern: str) -> Path:
            return self.folder / filled(pattern, {**plainly, **written})

        key = None if self.key is None else filled(self.key, plainly)
        packed_bits = bits if self.packed else None
        query = None if self.query_codes is None else file(self.query_codes)
        form = CodeForm(key, self.packed, packed_bits, self.zeros)
        return AuthoredFile(bits, seed, file(self.database_codes), query, form)

    def query_form(self, one: AuthoredFile) -> CodeForm:
        """Return how the query codes of a cell are written."""
        if self.query_key is None:
            return one.form
        key = _PLACE.sub(lambda m: str(one.bits if m[1] == "bits" else one.seed), self.query_key)
        return CodeForm(key, one.form.packed, one.form.bits, one.form.zeros)


def _matches(
    folder: Path, pattern: str
) -> Sequence[tuple[int | None, int | None, Mapping[str, str]]]:
    """Return lengths and seeds of the files that match a pattern, and how their names write them.

    A name may have zeros in front, as in ``c_008.npy``.
    """
    if not _PLACE.search(pattern):
        return []
    seen: set[str] = set()
    expression, wild = "", ""
    for number, part in enumerate(_PLACE.split(str(folder / pattern))):
        if number % 2 == 0:
            expression, wild = expression + re.escape(part), wild + glob.escape(part)
            continue
        expression += f"(?P={part})" if part in seen else rf"(?P<{part}>\d{{1,18}})"
        wild += "*"
        seen.add(part)
    found = [re.fullmatch(expression, name) for name in glob.glob(wild)]  # noqa: PTH207
    cells = [
        (_number(match, "bits", seen), _number(match, "seed", seen), match.groupdict())
        for match in found
        if match
    ]
    if not cells:
        raise DataError(f"{folder / pattern}: no such files")
    return cells


def _number(match: re.Match[str], name: str, seen: set[str]) -> int | None:
    return int(match[name]) if name in seen else None


def _check(path: Path, table: Mapping[str, Any], known: set[str]) -> None:
    for name, value in table.items():
        if name not in known:
            raise DataError(f"{path}: {unknown('key', name, sorted(known))}")
        if name in ("bits", "seeds"):
            right: bool = isinstance(value, int | str) or _whole(value)
        elif name in ("year", "n_parameters"):
            right = isinstance(value, int)
        elif name == "supervised":
            right = isinstance(value, bool)
        else:
            right = isinstance(value, str)
        if not right or (isinstance(value, bool) and name != "supervised"):
            wanted = {"supervised": "true or false"}.get(name, "text")
            wanted = "whole numbers" if name in ("bits", "seeds") else wanted
            wanted = "a whole number" if name in ("year", "n_parameters") else wanted
            raise DataError(f"{path}: {name} must be {wanted}")


def _whole(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(type(one) is int for one in value)


def _absolute(table: Mapping[str, Any], path: Path | None) -> dict[str, Any]:
    """Return a file's table with its paths as seen from here."""
    found = dict(table)
    for name in ("database_codes", "query_codes", "database_labels", "query_labels"):
        if name in found and path is not None:
            found[name] = str(path.parent / found[name])
    card = found.get("dataset", "")
    if path is not None and card.endswith(".toml"):
        found["dataset"] = str(path.parent / card)
    return found


def sentence(authored: Mapping[str, Any]) -> str:
    """Return what a record says of codes by their authors, as tables and boards show it.

    Examples
    --------
    >>> sentence({"chosen_on": "test", "features": True, "paper": "A and B, 2024"})
    'codes by their authors (A and B, 2024), checkpoint chosen on test'
    """
    told = [authored[name] for name in ("paper", "program", "licence") if authored.get(name)]
    whose = f"codes by their authors ({'; '.join(told)})" if told else "codes by their authors"
    return f"{whose}, {chosen(authored)}"


def chosen(authored: Mapping[str, Any]) -> str:
    """Return what the checkpoint of codes was chosen on."""
    what = str(authored["chosen_on"])
    return f"checkpoint chosen on {'unknown data' if what == 'unknown' else what}"
