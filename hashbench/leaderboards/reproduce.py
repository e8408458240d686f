"""A row of a board, run again here and held against its records."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hashbench.errors import UsageError, VerificationError
from hashbench.leaderboards.board import Board, K, boards
from hashbench.leaderboards.standings import command_of, label_of, section_of
from hashbench.names import unknown
from hashbench.reports.results import Result, Section
from hashbench.reports.score_tables import labels_of
from hashbench.runs.api import run

if TYPE_CHECKING:
    from hashbench.runs import Record

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Reproduction:
    """A record of a row and what the same cell gave here.

    Attributes
    ----------
    there, here : Record
    same_codes : bool
    difference : float
        mAP@20 here minus that of the record, as a fraction.
    half : float or None
        Half of the width of the interval that one more training lies in, at 95 %, by the seeds of
        the row; None where the row has one seed.
    """

    there: Record
    here: Record
    same_codes: bool
    difference: float
    half: float | None

    @property
    def within(self) -> bool:
        """Whether the codes are the same, or the difference is what another seed could make."""
        return self.same_codes or (self.half is not None and abs(self.difference) <= self.half)

    def __str__(self) -> str:
        what = f"seed {self.there.seed}: "
        if self.same_codes:
            return what + "the same codes"
        what += f"other codes, {100 * self.difference:+.2f} points of mAP@{K}"
        if self.half is None:
            return what + "; the row has one seed, so nothing says how much seeds differ"
        where = "within" if self.within else "outside of"
        return what + f", {where} the ± {100 * self.half:.2f} that another training may differ by"


@dataclass(frozen=True, slots=True)
class Row:
    """A row to run again.

    Attributes
    ----------
    board : Board
    results : tuple of Result
        One a seed.
    profile : str
        That the board ranks by.
    """

    board: Board
    results: tuple[Result, ...]
    profile: str

    @property
    def command(self) -> str:
        """What made its records."""
        return command_of(self.results)


def find_row(root: Path, text: str) -> Row:
    """Return the row that ``BOARD/METHOD/BITS`` names, METHOD as its label on the board.

    Raises
    ------
    UsageError
        If there is no such row.
    """
    name, _, rest = text.partition("/")
    label, _, bits = rest.rpartition("/")
    if not (name and label and bits.isdecimal()):
        raise UsageError(f"{text!r} names no row; BOARD/METHOD/BITS does, as digit-stories/itq/64")
    (board,) = boards(root, (name,))
    section = section_of(board)
    if section is None:
        raise UsageError(f"board {name} holds reported numbers only")
    by_label = _by_label(section)
    if label not in by_label:
        raise unknown("row", label, by_label)
    found = tuple(one for one in by_label[label] if one.bits == int(bits))
    if not found:
        lengths = ", ".join(str(b) for b in sorted({one.bits for one in by_label[label]}))
        raise UsageError(f"{label} has no row at {bits} bits on board {name} (it has {lengths})")
    if any(one.record.authored for one in found):
        raise UsageError(f"{text} has codes by their authors; only their program makes them again")
    return Row(board, found, section.profile)


def reproduce(
    row: Row, out: Path, *, seeds: Sequence[int] = (), dataset: str | Path = "", **options: Any
) -> Iterator[Reproduction]:
    """Run a row again and yield what came out, a seed each.

    Parameters
    ----------
    row : Row
    out : Path
        The run directory. What it holds already is not run again.
    seeds : sequence of int
        All of the row's by default.
    dataset : str or Path
        A card, where the set has no registered name.
    **options
        Of :func:`hashbench.run`.

    Raises
    ------
    UsageError
        If the row has no such seed.
    VerificationError
        If the data set here has other content, or a cell fails.
    """
    by_seed = {result.seed: result.record for result in row.results}
    for seed in seeds:
        if seed not in by_seed:
            raise unknown("seed", str(seed), [str(one) for one in by_seed])
    first = row.results[0].record
    done = run(
        [label_of(first)],
        dataset or first.dataset.name,
        bits=first.bits,
        seed=list(seeds or by_seed),
        k=list(row.results[0].scores.k),
        out=out,
        **options,
    )
    spread = _half_width([_score(one.record, row.profile) for one in row.results])
    for here in done.records:
        there = by_seed[here.seed]
        if here.error is not None:
            raise VerificationError(f"seed {here.seed} failed here: {here.error['message']}")
        if here.dataset.sha256 != there.dataset.sha256:
            raise VerificationError(
                f"{here.dataset.name} here has content {here.dataset.sha256[:12]}..., the row was "
                f"measured on {there.dataset.sha256[:12]}..."
            )
        same = here.codes_sha256 == there.codes_sha256
        # Boards round their numbers: equal codes differ by nothing, whatever the tenth digit says.
        difference = 0.0 if same else _score(here, row.profile) - _score(there, row.profile)
        yield Reproduction(there, here, same, difference, spread)


def releases_differ(row: Row) -> str:
    """Return what tells the row's release from the one installed here, nothing where it is it."""
    from hashbench.runs.origins import origin_of

    method = row.results[0].record.method
    here = origin_of(method.name)
    if (here.distribution, here.version) == (method.distribution, method.version):
        return ""
    return (
        f"the row is of {method.distribution} {method.version}, here is "
        f"{here.distribution} {here.version}"
    )


def _by_label(section: Section) -> dict[str, list[Result]]:
    named = labels_of(section)
    found: dict[str, list[Result]] = {}
    for result in section.measured:
        found.setdefault(named[result.method], []).append(result)
    return found


def _score(record: Record, profile: str) -> float:
    found = record.scores.get(profile, "expected", "AP", K)
    if found is None:
        raise VerificationError(f"record {record.key[:12]} has no mAP@{K} with expected ties")
    return found


def _half_width(scores: Sequence[float]) -> float | None:
    """Return half the prediction interval of one more training, against one that is known."""
    from scipy.stats import t

    if len(scores) < 2:
        return None
    # Two trainings differ by the root of two deviations.
    quantile = float(t.ppf((1 + CONFIDENCE) / 2, len(scores) - 1))
    return quantile * statistics.stdev(scores) * 2**0.5
