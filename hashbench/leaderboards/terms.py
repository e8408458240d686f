"""What the numbers of a board mean, as the lines above its tables say it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hashbench.leaderboards.board import Board, K
from hashbench.leaderboards.right_neighbours import read_neighbours, sentence
from hashbench.leaderboards.standings import Standing, clusters_of
from hashbench.reports.footnotes import FALLING
from hashbench.reports.formats.markdown import escape
from hashbench.reports.results import Section
from hashbench.reports.rows import SIGNS, sign_of

INTERVALS = (
    "brackets hold the 95 % interval over seeds and {queries} or, where there is one seed, over "
    "{queries} alone (marked {q})"
)
RANKS = (
    "a rank is the range of places left open by the paired differences that are significant at "
    "5 % after Holm's correction over all pairs of a length; a better mean never has a worse end. "
    "What is bold may be the first"
)
MEAN_RANK = (
    "mean rank: over the lengths at which at least half of the methods were measured, each the "
    "middle of its range; methods at all of these stand above those at fewer"
)
HALF = "± half of the 95 % interval over seeds and {queries}, or {queries} alone for one seed"
NORMALISED = (
    "normalised: (mAP - random) / (exact - random), where random is the control and exact the "
    "better ranking of the features before hashing"
)
FEATURES = (
    "Exact cosine ranking of the uncompressed features, a ceiling to read the codes against; "
    "not a competitor."
)
FALLING_SIGN = "↓"
FALLING_TERM = f"{FALLING_SIGN} {FALLING} with at least one of the seeds"


def terms(
    board: Board, section: Section, rows: Mapping[int, Sequence[Standing]], last_change: str
) -> list[str]:
    """Return the lines above a board's tables, in Markdown: :func:`meanings`, and the last change.

    Parameters
    ----------
    board, section, rows
        As of :func:`meanings`.
    last_change : str
        A day, or nothing.
    """
    told = meanings(board, section, rows, markdown=True)
    told += [f"last change {last_change}"] if last_change else []
    return [*(f"- {line}" for line in told), ""]


def meanings(
    board: Board,
    section: Section,
    rows: Mapping[int, Sequence[Standing]],
    *,
    markdown: bool = False,
) -> list[str]:
    """Return what the numbers of a board mean and where they come from, a sentence a line.

    Parameters
    ----------
    board : Board
    section : Section
        Its records.
    rows : mapping of int to sequence of Standing
        By code length.
    markdown : bool
        Whether names are escaped and digests set as code.
    """
    from hashbench.ranking import PROFILES

    shown = escape if markdown else str
    first = section.results[0].record.dataset
    sha256 = first.sha256[:16]
    profile = PROFILES[section.profile]
    whom = "themselves" if first.self_retrieval else f"{first.n_database:,} videos"
    standings = [row for found in rows.values() for row in found]
    signs = set("".join(sign_of(row.method) for row in standings))
    drawn = "queries" if clusters_of(board, section) is None else "classes of queries"
    return [
        (
            f"mAP@{K} in percent by Hamming ranking, profile {profile.name}: divisor "
            f"{profile.divisor}, query {profile.query}; ties: the exact mean over all orders"
        ),
        (
            f"{first.n_query:,} queries against {whom}, trained on {first.n_train:,}; data set "
            f"{shown(first.name)} {shown(first.version)}, protocol "
            f"{shown(section.dataset.protocol)}, sha256 {f'`{sha256}`' if markdown else sha256}; "
            f"evaluator {section.dataset.evaluator}"
        ),
        *neighbour_terms(board),
        INTERVALS.format(queries=drawn, q="*q*" if markdown else "q"),
        RANKS,
        MEAN_RANK,
        HALF.format(queries=drawn),
        NORMALISED,
        *(f"{sign} {text}" for sign, text in SIGNS.items() if sign in signs),
        *([FALLING_TERM] if any(row.falling for row in standings) else []),
        *(f"encoding speed measured on {shown(machine)}" for machine in _machines(section)),
    ]


def neighbour_terms(board: Board) -> list[str]:
    """Return the sentence on the neighbours of the training videos, if they were measured."""
    found = read_neighbours(board)
    return [] if found is None else [sentence(found)]


def _machines(section: Section) -> list[str]:
    hosts = {
        f"{host.get('cores', '?')} cores of {host['cpu']}"
        for result in section.results
        if (host := result.record.host).get("cpu")
    }
    return sorted(hosts)
