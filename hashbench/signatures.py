"""A class's parameters read from source text, for where importing it would take too long."""

from __future__ import annotations

import ast
import importlib.util
from collections.abc import Iterator
from pathlib import Path


def written_parameters(target: str) -> list[str]:
    """Return the arguments of ``__init__`` of a ``"module:Class"``, without importing anything.

    A class without an ``__init__`` has that of its first base, looked for through the imports
    of its module. An ``__init__`` that ends in ``**training`` is followed to the first base in
    the same way, as :meth:`hashbench.Method.parameters` does. The list ends where the trail is
    lost.

    Examples
    --------
    >>> written_parameters("hashbench.estimator:Method")
    ['bits', 'seed']
    """
    module, _, name = target.partition(":")
    names: list[str] = []
    for node in _ancestry(module, name, set()):
        for item in node.body:
            if isinstance(item, ast.FunctionDef) and item.name == "__init__":
                written = item.args
                own = [*written.posonlyargs, *written.args, *written.kwonlyargs][1:]
                names += [argument.arg for argument in own if argument.arg not in names]
                if written.kwarg is None:
                    return names
    return names


def _ancestry(module: str, name: str, seen: set[tuple[str, str]]) -> Iterator[ast.ClassDef]:
    """Yield the class, its first base, that one's first base, and so on."""
    source = _source(module)
    if source is None or (module, name) in seen:
        return
    seen.add((module, name))
    try:
        tree = ast.parse(source.read_text(encoding="utf-8"))
    except (OSError, SyntaxError, ValueError):
        return
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and node.name == name:
            yield node
            if node.bases and isinstance(node.bases[0], ast.Name):
                yield from _ancestry(module, node.bases[0].id, seen)
            return
    for found in ast.walk(tree):
        if isinstance(found, ast.ImportFrom) and found.module and not found.level:
            for alias in found.names:
                if (alias.asname or alias.name) == name:
                    yield from _ancestry(found.module, alias.name, seen)
                    return


def _source(module: str) -> Path | None:
    """Return the file of a module by its path, since finding it would import its parents."""
    top, *rest = module.split(".")
    try:
        spec = importlib.util.find_spec(top)
    except (ImportError, ValueError):
        return None
    if spec is None or spec.origin is None or not spec.has_location:
        return None
    base = Path(spec.origin)
    if not rest:
        return base
    below = base.parent.joinpath(*rest)
    found = (below.with_suffix(".py"), below / "__init__.py")
    return next((path for path in found if path.is_file()), None)
