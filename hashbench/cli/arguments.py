"""Positional arguments that explain themselves in ``--help`` and in the reference."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

_Command = TypeVar("_Command", bound=Callable[..., Any])


class Argument(click.Argument):
    """A positional argument with a line of help, which click itself has from 8.5 on."""

    def __init__(self, *names: Any, described: str, **how: Any) -> None:
        super().__init__(*names, **how)
        self.described = described

    def get_help_record(self, ctx: click.Context) -> tuple[str, str]:
        return self.human_readable_name, self.described


def argument(name: str, described: str, **how: Any) -> Callable[[_Command], _Command]:
    """Return a decorator that adds the argument ``name`` to a command.

    Parameters
    ----------
    name : str
        What the command's function calls it.
    described : str
        One line of help.
    **how
        As for :func:`click.argument`.
    """
    return click.argument(name, cls=Argument, described=described, **how)
