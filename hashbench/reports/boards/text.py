"""A board as markdown, the same bytes for the same records."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from hashbench.reports.boards.folder import Board, K
from hashbench.reports.boards.reported import Reported, notes, reported
from hashbench.reports.boards.standings import Standing, clusters_of, section_of, standings
from hashbench.reports.markdown import escape
from hashbench.reports.results import Section
from hashbench.reports.tables import SIGNS, sign_of

if TYPE_CHECKING:
    from hashbench.ranking.statistics import Interval

INTERVALS = (
    "- brackets hold the 95 % interval over seeds and {queries} or, where there is one seed, over "
    "{queries} alone (marked *q*)"
)
RANKS = (
    "- a rank is the range of places left open by the paired differences that are significant at "
    "5 % after Holm's correction over all pairs of a length; a better mean never has a worse end"
)
FEATURES = (
    "Exact cosine ranking of the uncompressed features, a ceiling to read the codes against; "
    "not a competitor."
)
REPORTED = (
    "Printed in publications, not measured here, and not comparable with numbers of another "
    "profile."
)
DASH = "\N{EN DASH}"


def render(board: Board) -> str:
    """Return the markdown of a board.

    Raises
    ------
    VerificationError
        If its records cannot stand on one board.
    DataError
        If codes or labels are missing or damaged.
    """
    section = section_of(board)
    lines = [f"# {board.dataset}", ""]
    if section is None:
        lines += ["Nothing has been measured for this board; it holds reported numbers only.", ""]
    else:
        rows = standings(board, section)
        lines += _terms(board, section, rows)
        lines += _overview(rows)
        for bits, found in rows.items():
            lines += _length(bits, found)
        lines += _features(board, section)
    lines += _reported(reported(board.dataset))
    lines += [
        "---",
        "",
        "Rendered by `hashbench leaderboard build` from the records, codes and labels in "
        f"`{board.dataset}/`; not to be edited by hand."
        if section is not None
        else "Rendered by `hashbench leaderboard build`; not to be edited by hand.",
    ]
    return "\n".join(lines) + "\n"


def _terms(board: Board, section: Section, rows: Mapping[int, Sequence[Standing]]) -> list[str]:
    from hashbench.ranking import PROFILES

    first = section.results[0].record.dataset
    profile = PROFILES[section.profile]
    whom = "themselves" if first.self_retrieval else f"{first.n_database:,} videos"
    signs = {sign_of(row.method) for found in rows.values() for row in found}
    return [
        (
            f"- mAP@{K} in percent by Hamming ranking, profile {profile.name}: divisor "
            f"{profile.divisor}, query {profile.query}; ties: the exact mean over all orders"
        ),
        (
            f"- {first.n_query:,} queries against {whom}, trained on {first.n_train:,}; data set "
            f"{escape(first.name)} {escape(first.version)}, sha256 `{first.sha256[:16]}`; "
            f"evaluator {section.dataset.evaluator}"
        ),
        INTERVALS.format(queries=_drawn(board, section)),
        RANKS,
        *(f"- {sign} {text}" for sign, text in SIGNS.items() if sign in signs),
        *_machines(section),
        "",
    ]


def _drawn(board: Board, section: Section) -> str:
    """Say what is drawn at random besides seeds."""
    clusters = clusters_of(board, section)
    return "queries" if clusters is None else "classes of queries"


def _machines(section: Section) -> list[str]:
    hosts = {
        f"{host.get('cores', '?')} cores of {host['cpu']}"
        for result in section.results
        if (host := result.record.host).get("cpu")
    }
    return [f"- encoding speed measured on {escape(host)}" for host in sorted(hosts)]


def _overview(rows: Mapping[int, Sequence[Standing]]) -> list[str]:
    named = {row.label: row for found in rows.values() for row in found}
    order = sorted(named.values(), key=lambda row: (row.method.control, row.label.casefold()))
    lines = [
        "## All lengths: mAP and rank",
        "",
        "| method | " + " | ".join(f"{bits} bits" for bits in rows) + " |",
        "| --- |" + " ---: |" * len(rows),
    ]
    for first in order:
        cells = []
        for found in rows.values():
            here = [_ranked(row) for row in found if row.label == first.label]
            cells.append(here[0] if here else DASH)
        lines.append("| " + " | ".join([_name(first), *cells]) + " |")
    return [*lines, ""]


def _ranked(row: Standing) -> str:
    number = f"{100 * row.interval.mean:.2f}"
    if row.rank is None:
        return number
    return f"**{number}** ({_rank(row)})" if row.rank == 1 else f"{number} ({_rank(row)})"


def _rank(row: Standing) -> str:
    """Write the places open to a row, as ``2`` or ``2-4`` with a dash between."""
    if row.rank is None:
        return DASH
    return str(row.rank) if row.rank == row.last_rank else f"{row.rank}{DASH}{row.last_rank}"


def _length(bits: int, found: Sequence[Standing]) -> list[str]:
    columns = (
        "rank", "method", f"mAP@{K}", "tie mass", "encode videos/s", "bytes/video", "seeds",
        "measured by", "records", "command",
    )  # fmt: skip
    return [
        f"## {bits} bits",
        "",
        "| " + " | ".join(columns) + " |",
        "| ---: | --- | ---: | ---: | ---: | ---: | --- | --- | --- | --- |",
        *("| " + " | ".join(_cells(row)) + " |" for row in found),
        "",
    ]


def _cells(row: Standing) -> Iterable[str]:
    yield _rank(row)
    yield _name(row)
    yield _interval(row.interval)
    yield DASH if row.tie_mass is None else f"{row.tie_mass:.3f}"
    yield DASH if row.speed is None else f"{row.speed:,.0f}"
    yield str(row.bytes_per_video)
    yield ", ".join(map(str, row.seeds))
    yield escape(", ".join(row.by))
    yield " ".join(f"`{key[:8]}`" for key in row.keys)
    yield f"`{row.command}`".replace("|", "\\|")


def _name(row: Standing) -> str:
    return f"{escape(row.label)} {sign_of(row.method)}".strip()


def _interval(interval: Interval) -> str:
    mean, low, high = (f"{100 * x:.2f}" for x in (interval.mean, interval.low, interval.high))
    return f"{mean} [{low}, {high}]" + ("" if interval.covers_seeds else " *q*")


def _features(board: Board, section: Section) -> list[str]:
    from hashbench.ranking.statistics import mean_interval

    found = board.features()
    if not found:
        return []
    lines = [
        "## Control: the features before hashing",
        "",
        FEATURES,
        "",
        f"| control | mAP@{K}, profile {section.profile} |",
        "| --- | ---: |",
    ]
    clusters = clusters_of(board, section)
    for name, ap in found.items():
        # The features are the same with every seed.
        interval = mean_interval(ap, clusters, deterministic=True)
        lines.append(f"| {escape(name)} | {_interval(interval)} |")
    return [*lines, ""]


def _reported(numbers: Sequence[Reported]) -> list[str]:
    if not numbers:
        return []
    lines = [
        "## Reported elsewhere",
        "",
        REPORTED,
        "",
    ]
    lines += _printed([n for n in numbers if not n.trained_on])
    told = [f"- {escape(note)}" for note in notes(numbers)]
    lines += [*told, ""] if told else []
    return lines + _gains([n for n in numbers if n.trained_on])


def _printed(numbers: Sequence[Reported]) -> list[str]:
    """One line a row of a source, one column a K."""
    if not numbers:
        return []
    cutoffs = sorted({n.k for n in numbers})
    rows: dict[tuple[str, str, int, str], dict[int, float]] = {}
    for n in numbers:
        rows.setdefault((n.source, n.profile, n.bits, n.label), {})[n.k] = n.value
    heads = ["reported for", "bits", *(f"mAP@{k}" for k in cutoffs), "profile", "source"]
    lines = ["| " + " | ".join(heads) + " |"]
    lines.append("| --- | ---: |" + " ---: |" * len(cutoffs) + " --- | --- |")
    for (source, profile, bits, label), values in rows.items():
        shown = [f"{values[k]:.2f}" if k in values else "" for k in cutoffs]
        cells = [escape(label), str(bits), *shown, profile, escape(source)]
        lines.append("| " + " | ".join(cells) + " |")
    return [*lines, ""]


def _gains(numbers: Sequence[Reported]) -> list[str]:
    if not numbers:
        return []
    return [
        "| reported for | trained on | bits | measure | gain, % | profile | source |",
        "| --- | --- | ---: | --- | ---: | --- | --- |",
        *(
            f"| {escape(n.label)} | {escape(n.trained_on)} | {n.bits} | mAP@{n.k} | "
            f"{n.value:+g} | {n.profile} | {escape(n.source)} |"
            for n in numbers
        ),
        "",
    ]
