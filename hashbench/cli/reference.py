"""The command-line reference, written from the commands themselves.

``python -m hashbench.cli.reference > docs/cli.md`` renews the page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import click

from hashbench.cli.main import VERBS, cli

_HEAD = """# Command line

Every verb with its arguments, its options and their defaults, generated from the program by
`python -m hashbench.cli.reference`. Data goes to standard output, messages and progress go to
standard error.

| exit code | meaning |
|---|---|
| 0 | done |
| 1 | some cells failed |
| 2 | the input cannot be right |
| 3 | a plugin is broken |
| 4 | a recomputed number differs from the recorded one |
| 130 | interrupted |
"""


def reference() -> str:
    """Return the page as markdown."""
    context = _context(cli, "hashbench")
    parts = [_HEAD, *_section(cli, context, 2)]
    for verb in VERBS:
        command = cli.get_command(context, verb)
        assert command is not None  # VERBS holds our own
        parts += _tree(command, _context(command, verb, context), 2)
    return "\n".join(parts).rstrip() + "\n"


def _context(
    command: click.Command, name: str, parent: click.Context | None = None
) -> click.Context:
    """Return a context with the command's own settings, ``show_default`` among them."""
    return click.Context(command, parent, name, **command.context_settings)


def _tree(command: click.Command, context: click.Context, level: int) -> Iterator[str]:
    yield from _section(command, context, level)
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            if inner is not None and not inner.hidden:
                yield from _tree(inner, _context(inner, name, context), level + 1)


def _section(command: click.Command, context: click.Context, level: int) -> Iterator[str]:
    usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
    yield f"{'#' * level} {context.command_path}\n"
    yield f"```text\n{usage}\n```\n"
    if command.help:
        yield _prose(command.help) + "\n"
    rows = [row for param in command.get_params(context) if (row := _row(param, context))]
    if rows:
        yield "| option | meaning |\n|---|---|\n" + "\n".join(rows) + "\n"


def _row(param: click.Parameter, context: click.Context) -> str | None:
    record = param.get_help_record(context)
    if record is None or "--help" in param.opts:
        return None
    names, meaning = record
    return f"| `{names.replace('|', chr(92) + '|')}` | {_escaped(meaning)} |"


def _prose(text: str) -> str:
    """Return a command's help as markdown; ``\\b`` marks a paragraph whose lines stay apart."""
    paragraphs = []
    for paragraph in re.split(r"\n\s*\n", text.partition("\f")[0].strip()):
        if paragraph.lstrip().startswith("\b"):
            kept = paragraph.replace("\b", "").strip("\n")
            paragraphs.append(f"```text\n{kept}\n```")
        else:
            paragraphs.append(_escaped(" ".join(paragraph.split())))
    return "\n\n".join(paragraphs)


def _escaped(text: str) -> str:
    return re.sub(r"([|<>*\[\]_`])", r"\\\1", " ".join(text.split()))


if __name__ == "__main__":
    click.echo(reference(), nl=False)
