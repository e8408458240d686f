"""Functions compiled by numba."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

F = TypeVar("F", bound=Callable[..., Any])


def jit(function: F, **options: Any) -> F:
    """Compile without the GIL, cached on disk where there is a place to write to.

    numba keeps its cache beside the source, else in the user's cache folder. Where neither can
    be written it refuses to decorate at all; then we compile anew in each process.

    Parameters
    ----------
    function : callable
    **options
        Of ``numba.njit``.
    """
    import numba

    options = {"nogil": True, "boundscheck": False} | options
    try:
        compiled: Any = numba.njit(cache=True, **options)(function)
    except RuntimeError:
        compiled = numba.njit(**options)(function)
    return cast(F, compiled)
