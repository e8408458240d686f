"""The ``hashbench`` command: lazy verbs, and errors in one line."""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from hashbench.cli.interrupts import hold_interrupts_of
from hashbench.cli.streams import (
    SYSTEM,
    complain,
    finished,
    lacks_memory,
    make_safe,
    reason_of,
    silence,
)
from hashbench.ending import ending_quickly
from hashbench.errors import HashbenchError
from hashbench.machine import short_of_addresses
from hashbench.plugins import registry, use_plugins_dir
from hashbench.specs import CommandSpec, resolve
from hashbench.version import __version__

VERBS = {
    "methods": ("hashbench.cli.listings:methods", "List the hashing methods."),
    "datasets": ("hashbench.cli.listings:datasets", "List the data sets."),
    "measures": ("hashbench.cli.listings:measures", "List the measures."),
    "plugins": ("hashbench.cli.listings:plugins", "List the plugins and what is broken."),
    "run": (
        "hashbench.cli.run:run",
        "Fit, encode and rank, with one record per method, length and seed.",
    ),
    "report": ("hashbench.cli.report:report", "Draw tables, curves and a page from records."),
    "compare": ("hashbench.cli.compare:compare", "Test whether methods differ, and by how much."),
    "leaderboard": ("hashbench.cli.leaderboard:leaderboard", "Build, check and extend boards."),
    "import": (
        "hashbench.cli.import_codes:import_codes",
        "Keep codes by their authors.",
    ),
    "evaluate": ("hashbench.cli.evaluate:evaluate", "Measure codes made elsewhere."),
    "cross": ("hashbench.cli.cross:cross", "Train on one data set, evaluate on another."),
    "search": ("hashbench.cli.search:search", "Find the videos nearest to a query."),
    "two-stage": (
        "hashbench.cli.two_stage:two_stage",
        "Show what codes are worth where candidates are rescored.",
    ),
    "experiment": ("hashbench.cli.experiment:experiment", "Make a table or figure of the paper."),
    "encode": ("hashbench.cli.encode:encode", "Hash new videos with a saved method."),
    "export": ("hashbench.cli.export:export", "Write codes or an encoder for another program."),
    "data": ("hashbench.cli.data:data", "Inspect, check and make data sets."),
    "new-plugin": ("hashbench.cli.new_plugin:new_plugin", "Write a package with a new method."),
    "completion": ("hashbench.cli.completion:completion", "Print a shell's completion script."),
}
"""Verb -> (module:command, one line of help)."""


class Verbs(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*VERBS, *(spec.name for spec in _added())]

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if short := short_of_addresses():
            raise HashbenchError(short)
        if name in VERBS:
            command: click.Command = resolve(VERBS[name][0])
            return command
        if name.casefold() in registry().commands.entries:
            added: click.Command = resolve(registry().commands.get(name).target)
            return added
        return None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        rows = [(verb, line) for verb, (_, line) in VERBS.items()]
        rows += [(spec.name, spec.summary) for spec in _added()]
        with formatter.section("Commands"):
            formatter.write_dl(rows)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        known = not args or args[0].startswith("-") or self.get_command(ctx, args[0]) is not None
        if not known and not ctx.resilient_parsing:
            from hashbench.names import unknown

            raise unknown("command", args[0], self.list_commands(ctx))
        return super().resolve_command(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        # click's own would import every verb for its line of help.
        lines = {verb: line for verb, (_, line) in VERBS.items()}
        lines |= {spec.name: spec.summary for spec in _added()}
        verbs = [CompletionItem(v, help=h) for v, h in lines.items() if v.startswith(incomplete)]
        return verbs + click.Command.shell_complete(self, ctx, incomplete)


def _added() -> list[CommandSpec]:
    """Return the commands of plugins; none where plugins cannot be loaded."""
    return [] if short_of_addresses() else list(registry().commands)


def _plugins_dir(ctx: click.Context, param: click.Parameter, value: Path | None) -> None:
    if value is not None:
        use_plugins_dir(value)


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="hashbench")
@click.option(
    "--plugins-dir",
    type=click.Path(path_type=Path),
    envvar="HASHBENCH_PLUGINS_DIR",
    is_eager=True,  # before --help, which lists the commands that plugins add
    expose_value=False,
    callback=_plugins_dir,
    help="Folder of single-file plugins.",
)
@click.option("--strict", is_flag=True, help="Exit with 3 if any plugin is broken.")
def cli(strict: bool) -> None:
    """Benchmark learning to hash videos.

    Start with: hashbench run itq lsh --dataset digit-stories --bits 8,16,...,256
    """
    if strict and registry().broken:
        from hashbench.errors import PluginError

        raise PluginError(
            "; ".join(f"plugin {p.name} ({p.origin}): {p.reason}" for p in registry().broken)
        )


def command() -> None:
    """Be the command ``hashbench``: :func:`main`, in a process that ends quickly."""
    with ending_quickly():
        main()


def main(argv: list[str] | None = None) -> None:
    """Run the command line and exit with its status."""
    make_safe()
    hold_interrupts_of("torch")
    sys.exit(finished(_status(argv)))


def _status(argv: list[str] | None) -> int:
    if "_HASHBENCH_COMPLETE" in os.environ:
        importlib.import_module("hashbench.cli.completion")  # tells click of our shells
    try:
        result: Any = cli.main(args=argv, prog_name="hashbench", standalone_mode=False)
        return result if isinstance(result, int) else 0
    except HashbenchError as error:
        complain(str(error))
        return error.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return 2
    except click.ClickException as error:
        context: click.Context | None = getattr(error, "ctx", None)
        where = f" (see '{context.command_path} --help')" if context else ""
        complain(_before_the_verb(error) or f"{error.format_message()}{where}")
        return 2
    except (KeyboardInterrupt, click.Abort):
        click.echo("hashbench: interrupted", err=True)
        return 130
    except BrokenPipeError:
        # The reader of our output has gone: nothing to say, and nowhere to say it.
        silence()
        return 1
    except MemoryError:
        return _out_of_memory()
    except ImportError as error:
        if lacks_memory(error):
            return _out_of_memory()
        if error.name != "torch":
            raise
        complain(reason_of(error))
        return 1
    except OSError as error:
        if error.errno not in SYSTEM:
            raise
        complain(reason_of(error))
        return 1


def _before_the_verb(error: click.ClickException) -> str | None:
    """Return what to say of an option of ``hashbench`` itself that stands after the verb."""
    if not isinstance(error, click.NoSuchOption) or error.ctx is None:
        return None
    own = {option for param in cli.params for option in param.opts}
    if error.ctx.command is cli or error.option_name not in own:
        return None
    return f"{error.option_name} goes before the verb: hashbench {error.option_name} ... " + (
        " ".join(error.ctx.command_path.split()[1:])
    )


def _out_of_memory() -> int:
    complain("out of memory; fewer videos, shorter codes or another machine may do")
    return 1
