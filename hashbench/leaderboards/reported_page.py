"""Section of a board's page with the numbers that publications report."""

from __future__ import annotations

from collections.abc import Sequence

from hashbench.reports.formats.markdown import escape, table
from hashbench.reports.reported import Reported, notes
from hashbench.reports.sheet import Column, Entry, Line, Sheet, words

REPORTED = (
    "Printed in publications, not measured here, and not comparable with numbers of another "
    "profile."
)


def reported_elsewhere(numbers: Sequence[Reported]) -> list[str]:
    """Return the section of numbers from publications; nothing where there are none."""
    if not numbers:
        return []
    lines = [
        "## Reported elsewhere",
        "",
        REPORTED,
        "",
    ]
    printed, gains = reported_sheets(numbers)
    lines += [*table(printed), ""] if printed else []
    told = [f"- {escape(note)}" for note in notes(numbers)]
    lines += [*told, ""] if told else []
    return lines + ([*table(gains), ""] if gains else [])


def reported_sheets(numbers: Sequence[Reported]) -> tuple[Sheet | None, Sheet | None]:
    """Return the tables of printed scores and of printed gains, None where there are none."""
    return (
        _printed([n for n in numbers if not n.trained_on]),
        _gains([n for n in numbers if n.trained_on]),
    )


def _printed(numbers: Sequence[Reported]) -> Sheet | None:
    """One line a row of a source, one column a K."""
    if not numbers:
        return None
    cutoffs = sorted({n.k for n in numbers})
    rows: dict[tuple[str, str, int, str], dict[int, float]] = {}
    for n in numbers:
        rows.setdefault((n.source, n.profile, n.bits, n.label), {})[n.k] = n.value
    flags = {(n.source, n.profile, n.bits, n.label): n.flag for n in numbers if n.flag}
    columns = [Column("bits"), *(Column(f"mAP@{k}") for k in cutoffs)]
    lines = [
        Line(
            label,
            (
                Entry(None, str(bits)),
                *(Entry(v := values.get(k), "" if v is None else f"{v:.2f}") for k in cutoffs),
                words(profile),
                words(source),
                *([words(flags.get((source, profile, bits, label), ""))] if flags else []),
            ),
        )
        for (source, profile, bits, label), values in rows.items()
    ]
    columns += [Column("profile", "text"), Column("source", "text")]
    columns += [Column("contradicted", "text")] if flags else []
    return Sheet("", "", "reported for", tuple(columns), tuple(lines))


_GAINS = (
    Column("trained on", "text"),
    Column("bits"),
    Column("measure", "text"),
    Column("gain, %"),
    Column("profile", "text"),
    Column("source", "text"),
)


def _gains(numbers: Sequence[Reported]) -> Sheet | None:
    if not numbers:
        return None
    lines = [
        Line(
            n.label,
            (
                words(n.trained_on),
                Entry(None, str(n.bits)),
                words(f"mAP@{n.k}"),
                Entry(n.value, f"{n.value:+g}"),
                words(n.profile),
                words(n.source),
            ),
        )
        for n in numbers
    ]
    return Sheet("", "", "reported for", _GAINS, tuple(lines))
