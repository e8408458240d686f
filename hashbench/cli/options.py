"""Options that several verbs have, declared once, so that they mean and complete the same.

Each function returns a decorator; what a verb has otherwise than the rest (a default, a help
text, another name for the argument) is given to it as to :func:`click.option`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from hashbench.cli import complete
from hashbench.reports.formats import FORMATS

_Command = TypeVar("_Command", bound=Callable[..., Any])
Decorator = Callable[[_Command], _Command]

# A list comes as one word from the command line and as a list from a configuration file.
_LIST: dict[str, Any] = {"type": click.UNPROCESSED, "metavar": "LIST"}
_ONE: dict[str, Any] = {"type": str, "metavar": "NAME"}


def k_option(*names: str, **how: Any) -> Decorator[Any]:
    """``--k``: the cut-offs of mAP@K."""
    return click.option("--k", *names, **_LIST | {"help": "Cut-offs of mAP@K."} | how)


def profile_option(*, one: bool = False, **how: Any) -> Decorator[Any]:
    """``--profile``: divisor and treatment of the query; several, or ``one``."""
    usual: dict[str, Any] = {
        "shell_complete": complete.profiles,
        "help": "Divisor and treatment of the query: paper, official, strict.",
    }
    return click.option("--profile", **(_ONE if one else _LIST) | usual | how)


def ties_option(*, one: bool = False, **how: Any) -> Decorator[Any]:
    """``--ties``: the tie policies; several, or ``one``."""
    usual: dict[str, Any] = {
        "shell_complete": complete.ties,
        "default": "expected",
        "help": "Tie policies: expected, optimistic, pessimistic, stable.",
    }
    return click.option("--ties", **(_ONE if one else _LIST) | usual | how)


def dataset_option(**how: Any) -> Decorator[Any]:
    """``--dataset``: a registered name or the path of a card."""
    usual: dict[str, Any] = {"metavar": "NAME|CARD", "shell_complete": complete.datasets}
    return click.option("--dataset", **usual | how)


def bits_option(**how: Any) -> Decorator[Any]:
    """``--bits``: code lengths."""
    return click.option("--bits", **_LIST | {"help": "Code lengths."} | how)


def seed_option(**how: Any) -> Decorator[Any]:
    """``--seed``: seeds."""
    return click.option("--seed", **_LIST | {"default": "0", "help": "Seeds."} | how)


def set_option(**how: Any) -> Decorator[Any]:
    """``--set METHOD.PARAM=VALUE``, repeatable, given to the verb as ``settings``."""
    usual: dict[str, Any] = {
        "type": click.UNPROCESSED,
        "multiple": True,
        "metavar": "METHOD.PARAM=VALUE",
    }
    return click.option("--set", "settings", **usual | how)


def jobs_option(**how: Any) -> Decorator[Any]:
    """``--jobs``: processes at a time."""
    usual: dict[str, Any] = {
        "type": int,
        "metavar": "N",
        "help": "Processes at a time.  [default: one per core as memory allows, one on a GPU]",
    }
    return click.option("--jobs", **usual | how)


def device_option(**how: Any) -> Decorator[Any]:
    """``--device``: where methods work."""
    usual: dict[str, Any] = {
        "default": "auto",
        "metavar": "DEVICE",
        "help": "auto, cpu, cuda or cuda:N.",
    }
    return click.option("--device", **usual | how)


def out_option(**how: Any) -> Decorator[Any]:
    """``--out``: the run directory."""
    usual: dict[str, Any] = {
        "type": click.Path(path_type=Path),
        "default": Path("runs"),
        "help": "The run directory.",
    }
    return click.option("--out", **usual | how)


def data_root_option(**how: Any) -> Decorator[Any]:
    """``--data-root``, or the environment's HASHBENCH_DATA."""
    usual: dict[str, Any] = {
        "type": click.Path(path_type=Path),
        "envvar": "HASHBENCH_DATA",
        "help": "Folder of the data sets' files.",
    }
    return click.option("--data-root", **usual | how)


def format_option(*more: str, **how: Any) -> Decorator[Any]:
    """``--format``: one of the formats that every table is written in, or one of ``more``."""
    usual: dict[str, Any] = {
        "type": click.Choice((*FORMATS, *more), case_sensitive=False),
        "default": "table",
        "help": "What to write to standard output.",
    }
    return click.option("--format", "form", **usual | how)


def dry_run_option(**how: Any) -> Decorator[Any]:
    """``--dry-run``: print the grid and do nothing."""
    usual: dict[str, Any] = {"is_flag": True, "help": "Print the grid and do nothing."}
    return click.option("--dry-run", **usual | how)
