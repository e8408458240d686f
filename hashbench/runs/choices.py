"""Methods as people choose them: ``ssvh[k1=10,lam=0.01]`` and ``--set ssvh.k1=10``."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hashbench.catalogue import method as make_method
from hashbench.catalogue import method_class
from hashbench.errors import UsageError
from hashbench.files.documents import parse_toml
from hashbench.names import spelled, unknown
from hashbench.plugins import registry
from hashbench.runs.options import Scalar, Settings
from hashbench.runs.origins import Origin, origin_of

_CHOICE = re.compile(r"\s*([^\[\]\s]+)\s*(?:\[(.*)\])?\s*", re.DOTALL)
_PIECES = re.compile(r"""(?:"(?:\\.|[^"\\])*"|'[^']*'|[^,"'])+""")
_BARE = re.compile(r"[\w./:+-]+")
_RESERVED = {"bits": "--bits", "seed": "--seed"}


@dataclass(frozen=True, slots=True)
class Choice:
    """One row of a grid: a method with all its parameters.

    Parameters
    ----------
    name, label : str
        Registered name; and the same with the parameters that are not the default.
    params : dict
        Every parameter but ``bits`` and ``seed``.
    origin : Origin
        The plugin and its version.
    supervised, control : bool
        Whether these parameters make it read labels; whether it is a yardstick.
    """

    name: str
    label: str
    params: dict[str, Any]
    origin: Origin
    supervised: bool
    control: bool


def choose(methods: Sequence[str], settings: Settings = ()) -> tuple[Choice, ...]:
    """Return the methods that ``methods`` names, in order.

    Parameters
    ----------
    methods : sequence of str
        Each a name in any case, with parameters in brackets where they are not the default.
        Values are TOML scalars; a bare word is a string.
    settings : sequence of str, or mapping
        Parameters for every row of a method; those in brackets come first.

    Raises
    ------
    UsageError
        If a method or parameter is unknown, a value is of the wrong kind, or two rows are equal.

    Examples
    --------
    >>> [choice.label for choice in choose(["ITQ", "itq[iterations=5]"])]
    ['itq', 'itq[iterations=5]']
    """
    if not methods:
        raise UsageError("no method is named; 'hashbench methods' lists them")
    shared: dict[str, dict[str, Any]] = {}
    for name, param, value in _settings(settings):
        shared.setdefault(registry().methods.get(name).name, {})[param] = value
    parsed = [_parse(text) for text in methods]
    idle = sorted(shared.keys() - {name for name, _ in parsed})
    if idle:
        raise UsageError(f"--set {idle[0]}.{next(iter(shared[idle[0]]))}: no {idle[0]} is run")
    choices = tuple(_choice(name, {**shared.get(name, {}), **own}) for name, own in parsed)
    labels = [choice.label for choice in choices]
    for label in labels:
        if labels.count(label) > 1:
            raise UsageError(f"method {label} comes twice")
    return choices


def _choice(name: str, given: Mapping[str, Any]) -> Choice:
    spec = registry().methods.get(name)
    defaults = _defaults(name)
    params = dict(defaults)
    for typed, value in given.items():
        param = spelled(typed, defaults)
        if param in _RESERVED:
            raise UsageError(f"{name}[{param}=...]: {param} is set with {_RESERVED[param]}")
        if param not in defaults:
            raise unknown(f"parameter of {name}", param, defaults)
        params[param] = _fitted(value, defaults[param], f"{name}[{param}={value}]")
    missing = [param for param, value in params.items() if value is inspect.Parameter.empty]
    if missing:
        raise UsageError(f"method {name} needs a value for {missing[0]}: {name}[{missing[0]}=...]")
    changed = {param: value for param, value in params.items() if value != defaults[param]}
    made = make_method(name, **params)
    return Choice(
        name=spec.name,
        label=spec.name + _brackets(changed),
        params=params,
        origin=origin_of(spec.name),
        supervised=spec.supervised or made.uses_labels,
        control=spec.control,
    )


def _defaults(name: str) -> dict[str, Any]:
    """Return the defaults of a method's parameters, sorted by name."""
    cls = method_class(name)
    known = cls.parameters()
    return {param: known[param].default for param in sorted(known) if param not in _RESERVED}


def _parse(text: str) -> tuple[str, dict[str, str]]:
    found = _CHOICE.fullmatch(text)
    if found is None:
        raise UsageError(f"method {text!r} is not of the form NAME or NAME[param=value,...]")
    name, inside = found.groups()
    given: dict[str, str] = {}
    for param, value in _assignments(inside or "", text):
        if spelled(param, given) in given:
            raise UsageError(f"method {text}: {param} comes twice")
        given[param] = value
    return registry().methods.get(name).name, given


def _assignments(inside: str, text: str) -> Iterator[tuple[str, str]]:
    pieces = _PIECES.findall(inside)
    if ",".join(pieces) != inside:
        raise UsageError(f"method {text}: the form is NAME[param=value,...]")
    for piece in pieces:
        param, equals, value = piece.partition("=")
        if not equals:
            raise UsageError(f"method {text}: {piece.strip()!r} is not of the form param=value")
        yield param.strip(), value.strip()


def _settings(settings: Settings) -> Iterable[tuple[str, str, Any]]:
    if isinstance(settings, Mapping):
        for name, params in settings.items():
            for param, value in params.items():
                yield name, param, value
        return
    for text in settings:
        target, equals, value = text.partition("=")
        name, dot, param = target.strip().rpartition(".")
        if not (equals and dot and name and param):
            raise UsageError(f"--set {text}: the form is METHOD.param=value")
        yield name, param, value.strip()


def _fitted(value: Any, default: Any, where: str) -> Scalar:
    """Return ``value``, text or already a scalar, as the kind that ``default`` is of."""
    parsed = _scalar(value, where) if isinstance(value, str) else value
    if isinstance(default, bool):
        if isinstance(parsed, bool):
            return parsed
    elif isinstance(default, int):
        if isinstance(parsed, float) and parsed.is_integer():
            return int(parsed)
        if isinstance(parsed, int) and not isinstance(parsed, bool):
            return parsed
    elif isinstance(default, float):
        if isinstance(parsed, int | float) and not isinstance(parsed, bool):
            return float(parsed)
    elif isinstance(default, str):
        # What reads as a number may be meant as a word: 10_5 names a setting, not 105.
        return parsed if isinstance(parsed, str) else str(value)
    elif isinstance(parsed, bool | int | float | str | None):
        return None if value == "none" else parsed
    wanted = {bool: "true or false", int: "a whole number", float: "a number"}
    raise UsageError(f"{where}: {wanted.get(type(default), 'a TOML scalar')} is needed")


def _scalar(text: str, where: str) -> Scalar:
    try:
        parsed = parse_toml(f"value = {text}")["value"]
    except ValueError:
        parsed = text
        if not _BARE.fullmatch(text):
            raise UsageError(f"{where}: {text!r} is neither a TOML scalar nor a word") from None
    if isinstance(parsed, list | dict):
        raise UsageError(f"{where}: one value is needed, not {text}")
    return parsed if isinstance(parsed, bool | int | float | str) else text


def _brackets(params: Mapping[str, Any]) -> str:
    """Return ``params`` as :func:`choose` reads them back."""
    shown = ",".join(f"{param}={_shown(value)}" for param, value in params.items())
    return f"[{shown}]" if shown else ""


def _shown(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, str) and _BARE.fullmatch(value):
        return value
    return json.dumps(value, ensure_ascii=False)
