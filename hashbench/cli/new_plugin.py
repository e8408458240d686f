"""``hashbench new-plugin``: a package with a method that passes its tests as it stands."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from hashbench.cli.arguments import argument


@click.command("new-plugin")
@argument("name", "Name of the method, such as time-hash.")
@click.option("--deep", is_flag=True, help="A torch auto-encoder on the shared trainer.")
@click.option(
    "--into",
    type=click.Path(path_type=Path),
    default=Path(),
    show_default="the current folder",
    help="Folder that receives hashbench-NAME.",
)
def new_plugin(name: str, deep: bool, into: Path) -> None:
    """Write a package with a new method, ready to install, test and run.

    NAME is the name of the method on the command line. The package is written to hashbench-NAME.
    It is an error if that folder exists.
    """
    from hashbench.scaffold import new_plugin as write

    folder = write(name, into, deep=deep)
    click.echo(folder)
    steps = [
        f"cd {shlex.quote(str(folder))}",
        "pip install -e . && pytest",
        f"hashbench run {name} itq --dataset digit-stories --bits 16,32",
    ]
    click.echo("Next:\n" + "\n".join(f"  {step}" for step in steps), err=True)
