"""One line for each plugin that is broken, where a command is about to work with plugins."""

from __future__ import annotations

import click

from hashbench.plugins import registry


def say_broken() -> None:
    """Name the broken plugins on the standard errors; what they bring is missing from now on."""
    for plugin in registry().broken:
        click.echo(
            f"hashbench: plugin {plugin.name} ({plugin.origin}) is broken and left out: "
            f"{plugin.reason}",
            err=True,
        )
