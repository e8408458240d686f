"""Footnotes of a table: one note for the cells that share a reason."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from hashbench.reports.sheet import numbered

Marks = tuple[str, ...]

FALLING = "the training loss was still falling when the training ended"

LONGEST = 160
"""Characters of an error that a footnote repeats; the record has the rest."""


@dataclass(slots=True)
class _Note:
    label: str
    kind: str
    text: str
    bits: list[int] = field(default_factory=list)
    seeds: set[int] = field(default_factory=set)


class Footnotes:
    """Collects notes, gives them letters in the order of their first use, and words them."""

    def __init__(self) -> None:
        self._notes: dict[tuple[str, str, str], _Note] = {}

    def failure(self, label: str, bits: int, seed: int, error: str) -> str:
        """Note a failed cell; return its letter."""
        first_line = (error.splitlines() or [""])[0]
        if len(first_line) > LONGEST:
            first_line = first_line[: LONGEST - 1] + "…"
        return self._letter(label, "failed", first_line, bits, [seed])

    def missing_measure(self, label: str, bits: int, measure: str, profile: str, ties: str) -> str:
        """Note a record that lacks the measure of the table; return its letter."""
        text = f"has no {measure} under profile {profile} with ties {ties}"
        return self._letter(label, "lacks", text, bits, [])

    def fewer_seeds(self, label: str, bits: int, seeds: Sequence[int]) -> str:
        """Note a mean over fewer seeds than the rest of its row; return its letter."""
        return self._letter(label, "seeds", f"only {numbered('seed', sorted(seeds))}", bits, [])

    def still_falling(self, label: str, bits: int, seeds: Sequence[int]) -> str:
        """Note trainings whose loss was still falling at their end; return the letter."""
        return self._letter(label, "falling", FALLING, bits, seeds)

    def authored(self, label: str, bits: int, text: str) -> str:
        """Note what the checkpoint of codes by their authors was chosen on; return the letter."""
        return self._letter(label, "authored", text, bits, [])

    def _letter(self, label: str, kind: str, text: str, bits: int, seeds: Iterable[int]) -> str:
        note = self._notes.setdefault((label, kind, text), _Note(label, kind, text))
        if bits not in note.bits:
            note.bits.append(bits)
        note.seeds.update(seeds)
        return letter(list(self._notes.values()).index(note))

    def lettered(self) -> tuple[tuple[str, str], ...]:
        """Return letter and wording of every note."""
        return tuple((letter(i), _worded(note)) for i, note in enumerate(self._notes.values()))


def letter(index: int) -> str:
    """Return a, b, ... z, aa, ab, ... for 0, 1, ...

    Examples
    --------
    >>> [letter(i) for i in (0, 25, 26, 27, 701, 702)]
    ['a', 'z', 'aa', 'ab', 'zz', 'aaa']
    """
    name = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        name = chr(ord("a") + rest) + name
    return name


def _worded(note: _Note) -> str:
    bits = ", ".join(map(str, note.bits))
    if note.kind == "failed":
        seeds = numbered("seed", sorted(note.seeds))
        return f"{note.label} failed at {bits} bits, {seeds}: {note.text}"
    if note.kind == "falling":
        seeds = numbered("seed", sorted(note.seeds))
        return f"{note.label} at {bits} bits, {seeds}: {note.text}"
    return (
        f"{note.label} at {bits} bits: {note.text}"
        if note.kind in ("seeds", "authored")
        else (f"{note.label} at {bits} bits {note.text}")
    )
