"""Profiles: the settings under which published numbers were measured, by name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Divisor = Literal["K", "min(R,K)", "hits", "R"]
Query = Literal["kept", "dropped"]

DIVISORS: tuple[Divisor, ...] = ("K", "min(R,K)", "hits", "R")
QUERIES: tuple[Query, ...] = ("kept", "dropped")


@dataclass(frozen=True, slots=True)
class Profile:
    """How mAP@K is divided, and whether a query meets itself.

    Parameters
    ----------
    name : str
    divisor : {"K", "min(R,K)", "hits", "R"}
        Divisor of AP@K.
    query : {"kept", "dropped"}
        Whether a query that is part of the database stays in its own list.
    summary : str
        Where the settings come from.
    """

    name: str
    divisor: Divisor
    query: Query
    summary: str


PROFILES: dict[str, Profile] = {
    profile.name: profile
    for profile in (
        Profile("paper", "min(R,K)", "kept", "as the SSVH paper defines AP@K"),
        Profile("official", "K", "kept", "as published video-hashing code computes it"),
        Profile("strict", "min(R,K)", "dropped", "a query is no answer to itself"),
    )
}
