"""Names of measures, read back into values."""

from __future__ import annotations

import ast
import re
from dataclasses import fields
from typing import Any

from hashbench.errors import PluginError, UsageError
from hashbench.names import unknown
from hashbench.plugins import registry
from hashbench.ranking.measures import Measure
from hashbench.specs import resolve

_NAME = re.compile(r"\s*(?P<call>\w+\s*(\(.*\))?)\s*(@\s*(?P<k>\d+))?\s*", re.DOTALL)


def parse_measure(text: str) -> Measure:
    """Return the measure that ``text`` names.

    Parameters
    ----------
    text : str
        ``NAME(argument=value, ...)@K``; arguments left out take their defaults, ``@K`` may be
        missing, and the name is matched in any case.

    Raises
    ------
    UsageError
        If the text is not of that form, or names no measure, argument or value.
    """
    match = _NAME.fullmatch(text)
    if match is None:
        raise UsageError(f"measure {text!r} is not of the form NAME(argument=value, ...)@K")
    name, arguments = _call(match["call"], text)
    cls = measure_class(name)
    known = {field.name for field in fields(cls)} - {"k"}
    for argument in arguments:
        if argument not in known:
            raise unknown(f"argument of {cls.name}", argument, known)
    k = None if match["k"] is None else int(match["k"])
    return cls(k=k, **arguments)


def measure_class(name: str) -> type[Measure]:
    """Return the class of the measure called ``name`` by whatever plugin brings it."""
    spec = registry().measures.get(name)
    cls = resolve(spec.target)
    if not (isinstance(cls, type) and issubclass(cls, Measure)):
        raise PluginError(f"{spec.target} is not a subclass of hashbench.ranking.Measure")
    return cls


def _call(call: str, text: str) -> tuple[str, dict[str, Any]]:
    try:
        tree = ast.parse(call.strip(), mode="eval").body
        if isinstance(tree, ast.Name):
            return tree.id, {}
        if not (isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name) and not tree.args):
            raise ValueError("not a call with named arguments")
        arguments = {str(k.arg): ast.literal_eval(k.value) for k in tree.keywords}
        return tree.func.id, arguments
    except (SyntaxError, ValueError):
        raise UsageError(
            f"measure {text!r} is not of the form NAME(argument=value, ...)@K"
        ) from None
