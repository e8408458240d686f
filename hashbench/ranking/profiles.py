"""Profiles: the settings under which published numbers were measured, by name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Divisor = Literal["K", "min(R,K)", "hits", "R"]
Query = Literal["kept", "dropped"]
Empty = Literal["zero", "skip"]

DIVISORS: tuple[Divisor, ...] = ("K", "min(R,K)", "hits", "R")
QUERIES: tuple[Query, ...] = ("kept", "dropped")
EMPTIES: tuple[Empty, ...] = ("zero", "skip")


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
    empty : {"zero", "skip"}
        Whether a query without a hit in the top K counts 0 or is left out of the mean.
    """

    name: str
    divisor: Divisor
    query: Query
    summary: str
    empty: Empty = "zero"


PROFILES: dict[str, Profile] = {
    profile.name: profile
    for profile in (
        Profile("paper", "min(R,K)", "kept", "as the SSVH paper defines AP@K"),
        Profile("official", "K", "kept", "as published video-hashing code computes it"),
        Profile("strict", "min(R,K)", "dropped", "a query is no answer to itself"),
        Profile("image", "hits", "dropped", "as most published image-hashing code computes it"),
        Profile("image-kept", "hits", "kept", "image, where queries stay in the database"),
        Profile("image-skip", "hits", "dropped", "image, without queries that have no hit", "skip"),
    )
}

ALWAYS = ("paper", "official", "strict")
"""Profiles that every record has; the others are measured where they are asked for."""
