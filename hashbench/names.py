"""Look-up of names as people type them: in any case, with a suggestion for a misspelt one."""

from __future__ import annotations

import difflib
from collections.abc import Container, Iterable

from hashbench.errors import UsageError

_SPELLINGS = {"standardise": "standardize", "optimiser": "optimizer"}
_OTHER = _SPELLINGS | {new: old for old, new in _SPELLINGS.items()}


def few(names: Iterable[object], limit: int = 8) -> str:
    """Return the first of some names for a message, with dots where there are more.

    The names may come from a stranger's file: control characters are escaped.

    Examples
    --------
    >>> few(range(3000), limit=3), few([])
    ('0, 1, 2, ... (3,000)', 'nothing')
    >>> few(["a\\nb"])
    'a\\\\nb'
    """
    listed = [_printable(str(name)) for name in names]
    if len(listed) <= limit:
        return ", ".join(listed) or "nothing"
    return f"{', '.join(listed[:limit])}, ... ({len(listed):,})"


def _printable(name: str) -> str:
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in name)


def unknown(kind: str, name: str, known: Iterable[str]) -> UsageError:
    """Return the error for a ``name`` that is none of ``known``.

    Examples
    --------
    >>> str(unknown("method", "itp", ["itq", "lsh"]))
    "no method 'itp'; did you mean 'itq'? (known: itq, lsh)"
    """
    choices = sorted(known)
    close = difflib.get_close_matches(name.casefold(), [c.casefold() for c in choices], n=1)
    hint = f"; did you mean {close[0]!r}?" if close else ";"
    listed = ", ".join(choices) if choices else "none"
    return UsageError(f"no {kind} {name!r}{hint} (known: {listed})".replace("; (", " ("))


def spelled(name: str, known: Container[str]) -> str:
    """Return ``name`` as ``known`` spells it: keys and parameters may be typed in either spelling.

    Examples
    --------
    >>> spelled("standardise", {"standardize", "epochs"})
    'standardize'
    >>> spelled("epoch", {"epochs"})
    'epoch'
    """
    other = _OTHER.get(name, name)
    return other if name not in known and other in known else name
