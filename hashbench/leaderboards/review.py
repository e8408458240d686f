"""What a pull request does to the boards: refused, or told in one comment."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from hashbench.errors import UsageError, VerificationError
from hashbench.leaderboards.board import Board, K, boards
from hashbench.leaderboards.check import check_boards
from hashbench.leaderboards.entries import from_to
from hashbench.leaderboards.front_page import NAME as FRONT_PAGE
from hashbench.leaderboards.kept import kept
from hashbench.leaderboards.repetitions import read_repetitions
from hashbench.leaderboards.summary import parse_summary, read_summary
from hashbench.reports.formats.markdown import escape, table
from hashbench.reports.sheet import Column, Entry, Line, Sheet, words
from hashbench.runs.packed import parse_packed

Say = Callable[[str], None]

_OF_A_BOARD = re.compile(
    r"(labels|features|nearest)\.npz"
    r"|(submitters|summary|repetitions|two-stage|methods|neighbours)\.json"
    r"|(map-over-\w+|recall-over-rescored)\.(svg|json)"
    r"|(repetitions/)?(records/[\w.=+-]+\.jsonl|codes/[0-9a-f]{64}\.npz)"
)


def review(
    root: Path, base: str, say: Say, *, cards: Sequence[Path] = (), data_root: Path | None = None
) -> str:
    """Check what a branch adds to the boards, and return a comment on it.

    Parameters
    ----------
    root : Path
        The folder of the boards, in a git repository.
    base : str
        The revision that the branch is to be merged into.
    say : callable
        Given a line a problem.
    cards : sequence of Path
        Cards of data sets without a registered name.
    data_root : Path, optional
        Where the files of the data sets lie.

    Returns
    -------
    str
        Markdown: the rows that are added, and the places that change.

    Raises
    ------
    UsageError
        If ``root`` is in no git repository, or has no such revision.
    VerificationError
        If a file outside of the boards is touched, a record that was there is changed or gone, or
        a board does not agree with its records.
    """
    git = _Git(root, base)
    changed = git.changed()
    refused = [problem for path in changed for problem in _strange(path, root.name)]
    # A page alone, or the page above all, may be forged too; a folder may be gone.
    here = [path for path in changed if path.parts[0] == root.name]
    touched = {path.parts[1].removesuffix(".md") for path in here}
    touched.discard(FRONT_PAGE.removesuffix(".md"))
    for name in sorted(touched) if not refused else ():
        refused += _lost(Board(root, name), git)
    for problem in refused:
        say(problem)
    if refused:
        raise VerificationError(
            f"{len(refused)} problem{'s' if len(refused) > 1 else ''}; a submission adds to boards "
            "and changes nothing else: 'hashbench leaderboard submit' writes what is needed"
        )
    if not changed:
        return "This changes no board.\n"
    found = boards(root, tuple(sorted(touched)))
    if not touched:  # the page above them stands on all that there are
        found = [board for board in found if board.page.exists()]
    check_boards(found, say, cards=cards, data_root=data_root)
    parts = [part for board in found for part in _told(board, git)]
    return "\n".join(parts or ["This changes no row."]) + "\n"


class _Git:
    """What the base of a branch has."""

    def __init__(self, root: Path, base: str) -> None:
        self._root, self._name = root, root.resolve().name
        try:
            top = self._run("rev-parse", "--show-toplevel").strip()
            self._base = self._run("merge-base", base, "HEAD").strip()
        except (OSError, subprocess.CalledProcessError) as error:
            why = getattr(error, "stderr", "") or str(error)
            raise UsageError(f"{root}: git has no base {base!r} there ({why.strip()})") from error
        if Path(top).resolve() != root.resolve().parent:
            raise UsageError(f"{root}: the folder of the boards must lie at the top of {top}")

    def changed(self) -> list[Path]:
        """Return what the branch added, changed or removed, from the top of the repository."""
        between = f"{self._base}..HEAD"
        told = self._run("diff", "--name-only", "--no-renames", "-z", between, top=True)
        return [Path(name) for name in told.split("\0") if name]

    def text(self, path: Path) -> str | None:
        """Return what the base has of a file of the boards' folder."""
        name = f"{self._base}:{self._name}/{path.as_posix()}"
        try:
            return self._run("show", name)
        except subprocess.CalledProcessError:
            return None

    def files(self, folder: Path) -> list[Path]:
        """Return the base's files below a folder of the boards' folder."""
        given = ("ls-tree", "-r", "-z", "--name-only", "--full-tree", self._base)
        told = self._run(*given, f"{self._name}/{folder.as_posix()}/")
        return [Path(name).relative_to(self._name) for name in told.split("\0") if name]

    def _run(self, *command: str, top: bool = False) -> str:
        folder = self._root.resolve().parent if top else self._root
        return subprocess.run(
            ["git", "-C", str(folder), *command], check=True, capture_output=True, text=True
        ).stdout


def _strange(path: Path, root: str) -> Iterator[str]:
    """Yield why a file has no place in a submission."""
    shown = escape(path.as_posix())
    if path.parts[0] != root:
        yield f"{shown}: outside of {root}/"
        return
    inside = Path(*path.parts[1:])
    if len(inside.parts) == 1:
        if inside.suffix != ".md":
            yield f"{shown}: no page of a board"
    elif not _OF_A_BOARD.fullmatch(Path(*inside.parts[1:]).as_posix()):
        yield f"{shown}: no file of a board"


def _lost(board: Board, git: _Git) -> Iterator[str]:
    """Yield which records and repetitions of the base are changed, gone, or of other people."""
    here = {record.key: record for record in board.records()}
    for path in git.files(Path(board.dataset) / "records"):
        for record in parse_packed(git.text(path) or "", path.as_posix()):
            told = f"record {record.key[:12]} ({record.method.label}, {record.bits} bits)"
            if record.key not in here:
                yield f"{board.dataset}: {told} is gone"
            elif kept(here[record.key]) != kept(record):  # boards of earlier releases kept more
                yield f"{board.dataset}: {told} is changed"
    before = _json(git.text(Path(board.dataset) / "submitters.json")) or {}
    after = board.submitters()
    for key, one in before.items():
        if after.get(key) != (one if isinstance(one, str) else one.get("by")):
            yield f"{board.dataset}: record {key[:12]} names another who measured it"
    there = [asdict(one) for one in read_repetitions(board)]
    for one in _json(git.text(Path(board.dataset) / "repetitions.json")) or ():
        if one not in there:
            yield f"{board.dataset}: a repetition of record {one['of'][:12]} is changed or gone"


def _told(board: Board, git: _Git) -> Iterator[str]:
    """Yield the rows of a board that are new, and the places that change."""
    now = read_summary(board)
    text = git.text(Path(board.dataset) / "summary.json")
    before = _rows(parse_summary(text, f"{board.dataset}/summary.json") if text else None)
    after = _rows(now)
    lines = []
    for place, row in after.items():
        old = before.get(place)
        if old == row:
            continue
        half = (row["high"] - row["low"]) / 2
        entries = (
            words(str(place[1])),
            Entry(row["mean"], f"{row['mean']:.2f}", suffix=f"± {half:.2f}"),
            words(from_to(row["rank"], row["last_rank"])),
            words("new" if old is None else from_to(old["rank"], old["last_rank"])),
        )
        lines.append(Line(place[0], entries))
    columns = (
        Column("bits", "text"), Column(f"mAP@{K}"), Column("rank", "text"),
        Column("rank before", "text"),
    )  # fmt: skip
    if lines:
        sheet = Sheet("", "", "method", columns, tuple(lines))
        yield "\n".join([f"**{escape(board.dataset)}**", "", *table(sheet), ""])


def _rows(summary: Mapping[str, Any] | None) -> dict[tuple[str, int], Mapping[str, Any]]:
    if summary is None:
        return {}
    return {(one["method"], row["bits"]): row for one in summary["methods"] for row in one["rows"]}


def _json(text: str | None) -> Any:
    """Return what a file of the base says, which was checked when it came in."""
    return json.loads(text) if text else None
