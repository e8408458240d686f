"""Experiments as data: which rows, which code lengths, which cut-offs, and what to draw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Literal, get_args

from hashbench.errors import UsageError
from hashbench.files.documents import parse_toml
from hashbench.files.regular import read_text
from hashbench.names import unknown
from hashbench.ranking.cutoffs import cutoffs
from hashbench.reports.reported import printed_tables

Shows = Literal[
    "by-k",
    "by-bits",
    "cross",
    "convergence",
    "parameter",
    "curves",
    "retrieval",
    "neighbours",
]


@dataclass(frozen=True, slots=True)
class MethodRow:
    """A row of a table, or a line of a figure.

    Parameters
    ----------
    method : str
        As ``hashbench run`` takes it: ``ssvh[lam=0.01]``.
    label : str
        What the paper calls it.
    """

    method: str
    label: str

    @property
    def name(self) -> str:
        """The method's name, without parameters."""
        return self.method.partition("[")[0].strip()


@dataclass(frozen=True, slots=True)
class Experiment:
    """A table or a figure.

    Parameters
    ----------
    name, title : str
        As asked for, and as shown.
    shows : str
        What is drawn; see ``experiments.toml``.
    rows : tuple of MethodRow
    bits, k : tuple of int
        Code lengths and cut-offs, unless others are asked for.
    settings : mapping of str to mapping
        Parameters of every row of a method; those of a row come first.
    reported : tuple of str
        Names of the printed tables that belong to it.
    across : str
        What the rows differ in, for the axis of a figure.
    """

    name: str
    title: str
    shows: Shows
    rows: tuple[MethodRow, ...]
    bits: tuple[int, ...]
    k: tuple[int, ...]
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    reported: tuple[str, ...] = ()
    across: str = "method"


@cache
def experiments() -> tuple[Experiment, ...]:
    """Return the tables and figures of the paper, in its order, and what goes beyond it."""
    text = resources.files("hashbench.experiments").joinpath("experiments.toml").read_text("utf-8")
    return parse(text, "experiments.toml")


def find(name: str | Path) -> Experiment:
    """Return an experiment by name, or the only one that a TOML file declares.

    Raises
    ------
    UsageError
        If there is no such experiment, or the file is not what it should be.
    """
    text = str(name)
    if text.endswith(".toml"):
        try:
            found = parse(read_text(text), text)
        except FileNotFoundError:
            raise UsageError(f"{text}: no such file") from None
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"{text}: cannot be read ({error})") from error
        if len(found) != 1:
            raise UsageError(f"{text}: {len(found)} experiments; one [[experiment]] is needed")
        return found[0]
    by_name = {experiment.name: experiment for experiment in experiments()}
    if text.casefold() not in by_name:
        raise unknown("experiment", text, by_name)
    return by_name[text.casefold()]


def parse(text: str, where: str) -> tuple[Experiment, ...]:
    """Read declarations.

    Parameters
    ----------
    text : str
        TOML with a table ``[[experiment]]`` each.
    where : str
        For messages.

    Raises
    ------
    UsageError
        If it is not TOML, lacks a key or has an unknown one, or a value is of another kind.
    """
    try:
        tables = parse_toml(text).get("experiment", [])
    except ValueError as error:
        raise UsageError(f"{where}: not TOML ({error})") from error
    if not (isinstance(tables, list) and all(isinstance(table, dict) for table in tables)):
        raise UsageError(f"{where}: experiments are declared as [[experiment]]")
    return tuple(_experiment(table, where) for table in tables)


_KINDS: dict[str, tuple[type, str]] = {
    "name": (str, "a string"),
    "title": (str, "a string"),
    "shows": (str, "a string"),
    "rows": (list, "a list of rows"),
    "bits": (list, "a list of whole numbers"),
    "k": (list, "a list of whole numbers"),
    "set": (dict, "a table of methods"),
    "reported": (list, "a list of names"),
    "across": (str, "a string"),
}
_OPTIONAL = {"set", "reported", "across"}


def _experiment(table: Mapping[str, Any], where: str) -> Experiment:
    where = f"{where}: experiment {table.get('name', '?')}"
    for key in table:
        if key not in _KINDS:
            raise UsageError(f"{where}: {unknown('key', key, _KINDS)}")
    for key, (kind, wanted) in _KINDS.items():
        if key not in table:
            if key not in _OPTIONAL:
                raise UsageError(f"{where}: lacks {key}")
        elif not isinstance(table[key], kind):
            raise UsageError(f"{where}: {key} = {table[key]!r}: {wanted} is needed")
    if table["shows"] not in get_args(Shows):
        raise UsageError(f"{where}: {unknown('value of shows', table['shows'], get_args(Shows))}")
    values = {key: table[key] for key in ("name", "title", "shows")}
    rows = _rows(table["rows"], where)
    return Experiment(
        **values,
        rows=rows,
        bits=_whole(table["bits"], "bits", where),
        k=_cuts(table["k"], where),
        settings=_settings(table.get("set", {}), rows, where),
        reported=_reported(table.get("reported", []), where),
        across=table.get("across", "method"),
    )


def _rows(values: list[Any], where: str) -> tuple[MethodRow, ...]:
    names = {field.name for field in fields(MethodRow)}
    for value in values:
        if not isinstance(value, dict) or value.keys() != names:
            raise UsageError(f"{where}: a row has a method and a label, not {value!r}")
        if not all(isinstance(text, str) for text in value.values()):
            raise UsageError(f"{where}: method and label of a row are strings, not {value!r}")
    rows = tuple(MethodRow(**value) for value in values)
    for label in (labels := [row.label for row in rows]):
        if labels.count(label) > 1:
            raise UsageError(f"{where}: two rows are labelled {label!r}")
    if not rows:
        raise UsageError(f"{where}: there are no rows")
    return rows


def _settings(
    values: Mapping[str, Any], rows: Sequence[MethodRow], where: str
) -> dict[str, Mapping[str, Any]]:
    """Return parameters by method, in lower case; a row's method need not be installed."""
    names = {row.name.casefold() for row in rows}
    found: dict[str, Mapping[str, Any]] = {}
    for name, params in values.items():
        if name.casefold() not in names:
            raise UsageError(f"{where}: set: {unknown('method in the rows', name, names)}")
        if name.casefold() in found:
            raise UsageError(f"{where}: set: {name} is there twice")
        if not isinstance(params, dict):
            raise UsageError(f"{where}: set: {name} = {params!r}: a table of parameters is needed")
        found[name.casefold()] = params
    return found


def _reported(values: list[Any], where: str) -> tuple[str, ...]:
    known = [table.id for table in printed_tables()]
    for value in values:
        if value not in known:
            raise UsageError(f"{where}: {unknown('reported table', str(value), known)}")
    return tuple(values)


def _cuts(values: list[Any], where: str) -> tuple[int, ...]:
    try:
        return cutoffs(values) if values else _whole(values, "k", where)
    except UsageError as error:
        raise UsageError(f"{where}: k = {values!r}: {error}") from None


def _whole(values: list[Any], key: str, where: str) -> tuple[int, ...]:
    bad = [v for v in values if not isinstance(v, int) or isinstance(v, bool) or v < 1]
    if bad or not values:
        raise UsageError(f"{where}: {key} = {values!r}: a list of whole numbers is needed")
    return tuple(values)
