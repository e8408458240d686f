"""Look-up of names as people type them: in any case, with a suggestion for a misspelt one."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from hashbench.errors import UsageError


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
