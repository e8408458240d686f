"""``hashbench leaderboard``: render, check and extend the boards."""

from __future__ import annotations

from pathlib import Path

import click

from hashbench.cli.arguments import argument
from hashbench.cli.options import run_option

BOARDS = click.option(
    "--boards",
    "root",
    type=click.Path(path_type=Path),
    default=Path("leaderboards"),
    show_default=True,
    help="Folder of the boards.",
)

CARDS = click.option(
    "--card",
    "cards",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Card of a data set without a registered name; repeatable.",
)


@click.group()
def leaderboard() -> None:
    """Boards rendered from records and codes that are kept beside them."""


@leaderboard.command()
@argument(
    "names", "Boards to build, by data set.  [default: all]", nargs=-1, metavar="[DATASET]..."
)
@click.option(
    "--neighbours",
    is_flag=True,
    help="Measure of how many nearest training videos the class is the same, from the features.",
)
@click.option("--recompute", is_flag=True, help="Measure codes of other evaluators again.")
@click.option("--two-stage", is_flag=True, help="Measure two-stage search where that was not done.")
@CARDS
@run_option("data_root")
@BOARDS
def build(
    names: tuple[str, ...],
    neighbours: bool,
    recompute: bool,
    two_stage: bool,
    cards: tuple[Path, ...],
    data_root: Path | None,
    root: Path,
) -> None:
    """Render the markdown of the boards, all of them by default.

    Records that have a file each, as those of earlier releases, are packed into one a method.
    --neighbours needs the data set, and so does --two-stage on a board without nearest.npz. Where
    it is not here, a line says so.
    """
    from hashbench.cli.bars import one_bar
    from hashbench.leaderboards import boards
    from hashbench.leaderboards.feature_check import cards_by_name
    from hashbench.leaderboards.front_page import write_front_page
    from hashbench.leaderboards.page import compose
    from hashbench.leaderboards.remember import remember_neighbours
    from hashbench.leaderboards.staging import held, write_board
    from hashbench.leaderboards.submit import remeasured
    from hashbench.leaderboards.two_stage import complete

    found = boards(root, names)
    by_name = cards_by_name(cards, [board.dataset for board in found], "on a board here")
    with one_bar("build") as bar:
        for number, board in enumerate(found):
            bar.update(f"build {board.dataset}", number, len(found))
            with held(board):
                if recompute and (count := remeasured(board)):
                    click.echo(f"{board.dataset}: {count} records measured again", err=True)
                if neighbours and (
                    told := remember_neighbours(board, by_name.get(board.dataset), data_root)
                ):
                    _say(f"{board.dataset}: {told}")
                board.pack()
                if two_stage:
                    told = complete(board, data_root, by_name.get(board.dataset))
                    _say(f"{board.dataset}: {told}")
                write_board(board, compose(board))
            click.echo(f"wrote {board.page}", err=True)
    click.echo(f"wrote {write_front_page(root)}", err=True)


@leaderboard.command()
@argument(
    "names", "Boards to check, by data set.  [default: all]", nargs=-1, metavar="[DATASET]..."
)
@CARDS
@run_option("data_root")
@BOARDS
def check(
    names: tuple[str, ...], cards: tuple[Path, ...], data_root: Path | None, root: Path
) -> None:
    """Recompute every number from the codes and compare. Exit with 4 if one differs.

    The score of the features before hashing is recomputed where the data set is at hand, as the
    built-in sets are. For other sets it is only checked to be possible.
    """
    from hashbench.cli.bars import one_bar
    from hashbench.leaderboards import boards, check_boards

    found = boards(root, names)
    with one_bar("check") as bar:
        check_boards(found, _say, cards=cards, data_root=data_root, progress=bar)
    click.echo(f"{len(found)} boards agree with their records")


@leaderboard.command()
@argument("run", "The run directory to take records from.", type=click.Path(path_type=Path))
@click.option("--by", required=True, help="Who measured, as the board will say.")
@click.option("--recompute", is_flag=True, help="Take records of other evaluators, measured again.")
@CARDS
@run_option("data_root")
@BOARDS
def submit(
    run: Path,
    by: str,
    recompute: bool,
    cards: tuple[Path, ...],
    data_root: Path | None,
    root: Path,
) -> None:
    """Pack the records and codes of the run directory RUN, after recomputing every number.

    A repetition of what is on the board adds no row: with equal codes it is counted, with other
    codes it is kept beside the row with its difference. A card is needed only where it no longer
    lies where the run found it.
    """
    from hashbench.cli.bars import one_bar
    from hashbench.leaderboards import submit_run

    with one_bar("submit") as bar:
        kept = submit_run(
            run,
            root,
            by,
            recompute=recompute,
            cards=cards,
            data_root=data_root,
            say=_say,
            progress=bar,
        )
    for board in kept:
        click.echo(f"wrote {board.page}", err=True)


@leaderboard.command()
@argument("row", "The row, as BOARD/METHOD/BITS: digit-stories/itq/64.", metavar="ROW")
@run_option("seed", default=None, help="Seeds of the row.  [default: all of them]")
@click.option("--card", type=click.Path(path_type=Path), help="Card of a set without a name.")
@run_option("out")
@run_option("data_root")
@run_option("device")
@run_option("jobs")
@BOARDS
def reproduce(
    row: str,
    seed: str | None,
    card: Path | None,
    out: Path,
    data_root: Path | None,
    device: str,
    jobs: int | None,
    root: Path,
) -> None:
    """Run a row of a board again here. Exit with 4 if it comes out otherwise.

    A seed gives the same codes, or other ones. Their mAP@20 then lies within what another training
    of the row may differ by, at 95 %, or outside of it. Submit the run to have it counted.
    """
    from hashbench.errors import VerificationError
    from hashbench.leaderboards.reproduce import find_row, releases_differ, reproduce
    from hashbench.runs.progressions import numbers

    found = find_row(root, row)
    seeds = numbers(seed, "--seed", low=0) if seed else ()
    click.echo(f"command  {found.command}")
    if told := releases_differ(found):
        click.echo(f"hashbench: warning: {told}", err=True)
    given = {"data_root": data_root, "device": device, "jobs": jobs}
    wrong = 0
    for one in reproduce(found, out, seeds=seeds, dataset=card or "", **given):
        click.echo(str(one))
        wrong += not one.within
    if wrong:
        raise VerificationError(f"{row}: {wrong} of its seeds came out otherwise here")


@leaderboard.command()
@argument(
    "names", "Boards of the site, by data set.  [default: all]", nargs=-1, metavar="[DATASET]..."
)
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of the site; an older site there is replaced.",
)
@click.option(
    "--docs",
    default="",
    metavar="PATH",
    help="Folder of the built documentation from --out, for links: '..'.",
)
@click.option(
    "--address",
    default="",
    metavar="URL",
    help="Where the site will be published, for the feed.",
)
@BOARDS
def site(names: tuple[str, ...], out: Path, docs: str, address: str, root: Path) -> None:
    """Write the boards as a site of static pages that fetches nothing from other hosts.

    It has a page a board and a page a record, tables that sort and filter without a server,
    results.csv and results.parquet, a feed, badges, and the boards' own files.
    """
    from hashbench.cli.bars import one_bar
    from hashbench.leaderboards import boards
    from hashbench.site.build import build_site

    with one_bar("site") as bar:
        built = build_site(
            boards(root, names), out, docs=docs, address=address, say=_say, progress=bar
        )
    click.echo(f"wrote {out}: {built.boards} boards, {built.records:,} records", err=True)


@leaderboard.command()
@click.option("--base", required=True, metavar="REVISION", help="What the branch is merged into.")
@click.option("--out", type=click.Path(path_type=Path), help="Write the comment into a file.")
@CARDS
@run_option("data_root")
@BOARDS
def review(
    base: str, out: Path | None, cards: tuple[Path, ...], data_root: Path | None, root: Path
) -> None:
    """Check what a git branch adds to the boards. Exit with 4 if it cannot be merged.

    A submission adds records, their codes, and what is rendered from them. It leaves every other
    file and every record of the base as they are. What it changes is told as a table in markdown.
    """
    from hashbench.files.atomic import write_text
    from hashbench.leaderboards.review import review

    comment = review(root, base, _say, cards=cards, data_root=data_root)
    if out is None:
        click.echo(comment, nl=False)
    else:
        write_text(out, comment)


def _say(line: str) -> None:
    click.echo(line, err=True)
