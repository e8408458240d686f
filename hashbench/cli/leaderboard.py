"""``hashbench leaderboard``: render, check and extend the boards."""

from __future__ import annotations

from pathlib import Path

import click

from hashbench.cli.options import data_root_option

BOARDS = click.option(
    "--boards",
    "root",
    type=click.Path(path_type=Path),
    default=Path("leaderboards"),
    show_default=True,
    help="Folder of the boards.",
)


@click.group()
def leaderboard() -> None:
    """Boards rendered from records and codes that are kept beside them."""


@leaderboard.command()
@click.argument("names", nargs=-1, metavar="[DATASET]...")
@click.option("--recompute", is_flag=True, help="Measure codes of other evaluators again.")
@BOARDS
def build(names: tuple[str, ...], recompute: bool, root: Path) -> None:
    """Render the markdown of the boards, all of them by default."""
    from hashbench.cli.bars import one_bar
    from hashbench.files.atomic import write_text
    from hashbench.reports.boards import boards, render
    from hashbench.reports.boards.submitting import remeasured

    found = boards(root, names)
    with one_bar("build") as bar:
        for number, board in enumerate(found):
            bar.update(f"build {board.dataset}", number, len(found))
            if recompute and (count := remeasured(board)):
                click.echo(f"{board.dataset}: {count} records measured again", err=True)
            write_text(board.page, render(board))
            click.echo(f"wrote {board.page}", err=True)


@leaderboard.command()
@click.argument("names", nargs=-1, metavar="[DATASET]...")
@data_root_option()
@BOARDS
def check(names: tuple[str, ...], data_root: Path | None, root: Path) -> None:
    """Recompute every number from the codes and compare; exit with 4 where something differs.

    What the features score before hashing is recomputed where the data set is there, as the
    built-in ones are; elsewhere it is only found possible or not.
    """
    from hashbench.cli.bars import one_bar
    from hashbench.reports.boards import boards
    from hashbench.reports.boards import check as check_boards

    found = boards(root, names)
    with one_bar("check") as bar:
        check_boards(found, _say, data_root=data_root, progress=bar)
    click.echo(f"{len(found)} boards agree with their records")


@leaderboard.command()
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--by", required=True, help="Who measured, as the board will say.")
@click.option("--recompute", is_flag=True, help="Take records of other evaluators, measured again.")
@click.option(
    "--card",
    type=click.Path(path_type=Path),
    help="Card of a data set without a registered name.",
)
@data_root_option()
@BOARDS
def submit(
    run: Path, by: str, recompute: bool, card: Path | None, data_root: Path | None, root: Path
) -> None:
    """Pack the records and codes of the run directory RUN, after recomputing every number."""
    from hashbench.cli.bars import one_bar
    from hashbench.files.atomic import write_text
    from hashbench.reports.boards import render
    from hashbench.reports.boards import submit as submit_run

    with one_bar("submit") as bar:
        kept = submit_run(
            run,
            root,
            by,
            recompute=recompute,
            card=card,
            data_root=data_root,
            say=_say,
            progress=bar,
        )
    for board in kept:
        write_text(board.page, render(board))
        click.echo(f"wrote {board.page}", err=True)


def _say(line: str) -> None:
    click.echo(line, err=True)
