"""What is known of a method besides its numbers: where it was published, what it was chosen on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hashbench.plugins import registry


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a method; empty where nobody says.

    Attributes
    ----------
    year : int or None
        When it was published.
    venue, paper : str
        Where, and the paper as one line.
    program, licence : str
        Address of the authors' program, and on what terms it may be used.
    chosen_on : str
        One of :data:`hashbench.specs.CHOSEN_ON`: what the defaults of its parameters or, of codes
        by their authors, the checkpoint was chosen on.
    how : str
        One line on how.
    """

    year: int | None = None
    venue: str = ""
    paper: str = ""
    program: str = ""
    licence: str = ""
    chosen_on: str = "unknown"
    how: str = ""

    @property
    def address(self) -> str:
        """The program where it is an address that a page may lead to, else nothing."""
        safe = self.program.startswith(("https://", "http://"))
        return self.program if safe and not set(self.program) & set(' ()<>"') else ""


def method_facts(name: str, distribution: str) -> Facts | None:
    """Return what a plugin says of its method, None where that distribution does not bring it."""
    shelf, more = registry().methods, registry().facts
    key = name.casefold()
    if key not in shelf.entries or shelf.plugin(name).distribution != distribution:
        return None
    spec = shelf.get(name)
    found = Facts(spec.year, spec.venue, spec.reference, spec.program, spec.licence, spec.chosen_on)
    if key not in more.entries or more.plugin(name).distribution != distribution:
        return found
    told = more.get(name)
    return Facts(
        told.year or found.year,
        told.venue or found.venue,
        found.paper,
        told.program or found.program,
        told.licence or found.licence,
        found.chosen_on if told.chosen_on == "unknown" else told.chosen_on,
        told.summary,
    )


def authored_facts(told: Mapping[str, Any]) -> Facts:
    """Return what the authors of codes said of them, as a record keeps it."""
    return Facts(
        told.get("year"),
        told.get("venue", ""),
        told.get("paper", ""),
        told.get("program", ""),
        told.get("licence", ""),
        told["chosen_on"],
    )
