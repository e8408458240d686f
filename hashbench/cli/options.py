"""Options that several verbs have, declared once, so that they mean and complete the same.

Each function returns a decorator; what a verb has otherwise than the rest (a default, a help
text, another name for the argument) is given to it as to :func:`click.option`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import MISSING
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import click

from hashbench.cli import complete
from hashbench.reports.formats import FORMATS
from hashbench.runs.options import FLAGS, Kind

_Command = TypeVar("_Command", bound=Callable[..., Any])
Decorator = Callable[[_Command], _Command]

# A list comes as one word from the command line and as a list from a configuration file.
_KINDS: dict[Kind, dict[str, Any]] = {
    "list": {"type": click.UNPROCESSED, "metavar": "LIST"},
    "one": {"type": str, "metavar": "NAME"},
    "name": {"metavar": "NAME|CARD"},
    "settings": {"type": click.UNPROCESSED, "metavar": "METHOD.PARAM=VALUE", "multiple": True},
    "count": {"type": int, "metavar": "N"},
    "share": {"type": float, "metavar": "SHARE"},
    "text": {"metavar": "NAME"},
    "device": {"metavar": "DEVICE"},
    "file": {"type": click.Path(path_type=Path, dir_okay=False)},
    "folder": {"type": click.Path(path_type=Path)},
    "flag": {"is_flag": True},
}
_SHELL: dict[str, dict[str, Any]] = {
    "dataset": {"shell_complete": complete.datasets},
    "profile": {"shell_complete": complete.profiles},
    "ties": {"shell_complete": complete.ties},
    "data_root": {"envvar": "HASHBENCH_DATA"},
}


def run_option(
    name: str, *, kind: Kind | None = None, argument: str | None = None, **how: Any
) -> Decorator[Any]:
    """Return one option of :class:`hashbench.runs.Options` for a verb.

    Parameters
    ----------
    name : str
        The field.
    kind : str, optional
        What the flag takes, where it is not what the field says.
    argument : str, optional
        What the verb's function calls it; the field's name by default.
    **how
        What this verb has otherwise, as for :func:`click.option`.
    """
    flag, default = FLAGS[name]
    kind = kind or flag.kind
    usual: dict[str, Any] = {"help": flag.help, **_KINDS[kind], **_SHELL.get(name, {})}
    if default is not MISSING and kind != "settings":
        usual["default"] = str(default) if kind == "list" and default is not None else default
    return click.option(flag.spelling, argument or name, **usual | how)


def run_options(
    without: Collection[str] = (), **changes: dict[str, Any]
) -> Callable[[_Command], _Command]:
    """Return a decorator that adds every option of :class:`hashbench.runs.Options`.

    Parameters
    ----------
    without : collection of str
        Fields that the verb does not offer.
    **changes
        By field: what this verb has otherwise, as for :func:`run_option`.
    """

    def decorate(command: _Command) -> _Command:
        for name in reversed([name for name in FLAGS if name not in without]):
            command = run_option(name, **changes.get(name, {}))(command)
        return command

    return decorate


def format_option(*more: str, **how: Any) -> Decorator[Any]:
    """``--format``: one of the formats that every table is written in, or one of ``more``."""
    usual: dict[str, Any] = {
        "type": click.Choice((*FORMATS, *more), case_sensitive=False),
        "default": "table",
        "help": "What to write to standard output.",
    }
    return click.option("--format", "form", **usual | how)


def format_or_json(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--format`` and its older short form ``--json``; the verb receives ``form`` alone."""

    @wraps(command)
    def called(*args: Any, as_json: bool, form: str, **others: Any) -> Any:
        return command(*args, form="json" if as_json else form, **others)

    short = click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
    decorated: Callable[..., Any] = format_option(show_default=True)(short(called))
    return decorated


def dry_run_option(**how: Any) -> Decorator[Any]:
    """``--dry-run``: print the grid and do nothing."""
    usual: dict[str, Any] = {"is_flag": True, "help": "Print the grid and do nothing."}
    return click.option("--dry-run", **usual | how)
