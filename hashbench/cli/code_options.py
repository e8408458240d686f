"""Options that say how codes are written in files, for every verb that reads codes."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import click


def code_form_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--key``, ``--packed``, ``--bits``, ``--zeros``; the verb gets one ``code_form``."""
    return _added(command, "--key")


def database_form_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the same for a verb whose ``--key`` is another thing already."""
    return _added(command, "--codes-key")


def _added(command: Callable[..., Any], key: str) -> Callable[..., Any]:
    @wraps(command)
    def called(
        *args: Any, form_key: Any, packed: Any, form_bits: Any, zeros: Any, **others: Any
    ) -> Any:
        from hashbench.codefiles import CodeForm

        return command(*args, code_form=CodeForm(form_key, packed, form_bits, zeros), **others)

    decorated: Callable[..., Any] = called
    for option in reversed(_options(key)):
        decorated = option(decorated)
    return decorated


def _options(key: str) -> list[Callable[..., Any]]:
    return [
        click.option(
            key,
            "form_key",
            metavar="NAME",
            help="Name of the codes in a file.  [default: codes]",
        ),
        click.option(
            "--packed",
            type=click.Choice(["lsb", "msb"]),
            help="Codes are bytes of eight bits, the least or the most significant bit first.",
        ),
        click.option(
            "--bits",
            "form_bits",
            type=int,
            metavar="N",
            help="Bits of packed codes.  [default: all there are]",
        ),
        click.option(
            "--zeros",
            type=click.Choice(["plus", "minus", "half"]),
            help="What a 0 among -1 and +1 is: +1, -1, or half a bit from anything.",
        ),
    ]
