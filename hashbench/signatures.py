"""A class's parameters read from its source text, for where importing it would take too long."""

from __future__ import annotations

import ast
import importlib.util
from collections.abc import Iterator
from pathlib import Path


def written_parameters(target: str) -> list[str]:
    """Return the arguments of ``__init__`` of a ``"module:Class"``, without importing the module.

    Only packages around the module are imported, as finding it demands. A class without its own
    ``__init__`` yields that of the base class written in the same module, else ``[]``; so does a
    module that has no source.

    Examples
    --------
    >>> written_parameters("hashbench.estimator:Method")
    ['bits', 'seed']
    """
    module, _, name = target.partition(":")
    try:
        spec = importlib.util.find_spec(module)
        if spec is None or spec.origin is None or not spec.has_location:
            return []
        tree = ast.parse(Path(spec.origin).read_text(encoding="utf-8"))
    except (ImportError, OSError, SyntaxError, ValueError):
        return []
    classes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
    for node in _line_of(classes, name):
        for item in node.body:
            if isinstance(item, ast.FunctionDef) and item.name == "__init__":
                arguments = item.args
                named = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
                return [argument.arg for argument in named][1:]
    return []


def _line_of(classes: dict[str, ast.ClassDef], name: str) -> Iterator[ast.ClassDef]:
    """Yield a class and its first bases, as far as the module holds them."""
    seen: set[str] = set()
    while name in classes and name not in seen:
        seen.add(name)
        yield classes[name]
        bases = [base.id for base in classes[name].bases if isinstance(base, ast.Name)]
        name = bases[0] if bases else ""
