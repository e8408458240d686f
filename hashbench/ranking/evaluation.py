"""The outcome of ranking: a value for each query and measure, and what follows from them."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hashbench.errors import DataError
from hashbench.files.arrays import read_npz, write_npz
from hashbench.files.atomic import replacing
from hashbench.files.documents import parse_json
from hashbench.ranking.cutoffs import cutoffs, plain, rank_of
from hashbench.ranking.measures import AP, Measure, Precision, RadiusPrecision, Recall, TieMass
from hashbench.ranking.naming import parse_measure
from hashbench.ranking.notebook import Shown
from hashbench.ranking.profiles import PROFILES, Query
from hashbench.ranking.scores import Place, Scores
from hashbench.ranking.ties import Ties

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame

EVALUATOR_VERSION = "1"
"""Raised whenever the same codes would yield another number."""
_ARRAYS = ("per_query", "clusters")


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Evaluation:
    """Measured values of one set of codes.

    Parameters
    ----------
    per_query : dict of str to ndarray of float64, shape (n_query,)
        By the measure's name, as ``str(measure)`` gives it.
    k : tuple of int
        ``hashbench.ranking.ALL`` among them stands for the whole database.
    profiles, ties : tuple of str
    n_query, n_database, n_bits : int
    self_retrieval : bool
        Whether the queries are the database.
    queries_without_relevant : dict of str to int
        Queries with R = 0, with the query ``kept`` in its own list and ``dropped`` from it; they
        score 0 and count in every mean.
    extra : tuple of str
        Names of the measures asked for beyond the profiles.
    curve : dict, optional
        Mean precision and recall within each Hamming radius; where whole lists were ranked.
    full : bool
        Whether whole lists were ranked.
    by_rank : dict, optional
        Mean precision and recall of the first N ranks, ties expected, with the query ``kept`` in
        its own list and ``dropped`` from it; where whole lists were ranked.
    clusters : ndarray of int64, shape (n_query,), optional
        The class of each query where the queries are the database, whose values vary together
        (:func:`hashbench.ranking.clusters.class_clusters`).
    """

    per_query: dict[str, NDArray[np.float64]]
    k: tuple[int, ...]
    profiles: tuple[str, ...]
    ties: tuple[Ties, ...]
    n_query: int
    n_database: int
    n_bits: int
    self_retrieval: bool
    queries_without_relevant: dict[str, int]
    extra: tuple[str, ...] = ()
    curve: dict[str, list[float]] = field(default_factory=dict)
    full: bool = False
    by_rank: dict[str, dict[str, list[float]]] = field(default_factory=dict)
    clusters: NDArray[np.int64] | None = None

    def __repr__(self) -> str:
        cuts = ", ".join(map(str, self.k))
        return f"<Evaluation: {self._ranked}, K = {cuts}, profiles {', '.join(self.profiles)}>"

    def _repr_html_(self) -> str:
        """Return the table that a notebook shows."""
        return self._shown.html()

    def to_frame(self) -> DataFrame:
        """Return the means as a data frame.

        Returns
        -------
        DataFrame
            One row a number, with the columns ``profile``, ``ties``, ``measure``, ``k`` and
            ``value``, a fraction. Further measures have neither profile, ties nor K.
        """
        return self._shown.frame()

    def plot(self) -> Figure:
        """Draw mAP@K in percent over K, a line a profile and tie policy.

        Returns
        -------
        matplotlib.figure.Figure

        Raises
        ------
        UsageError
            If there is one K only.
        """
        return self._shown.plot()

    @property
    def _shown(self) -> Shown:
        further = {name: self.mean(name) for name in self.extra}
        return Shown(
            self.scores, self.profiles, self.ties, self.k, further, self._ranked, self.n_database
        )

    @property
    def _ranked(self) -> str:
        """What was ranked, in a line."""
        others = "themselves" if self.self_retrieval else f"{self.n_database:,}"
        return f"{self.n_query:,} queries against {others}, {self.n_bits} bits"

    @property
    def queries(self) -> tuple[Query, ...]:
        """Whether the profiles keep the query, drop it, or some one and some the other."""
        return tuple(sorted({PROFILES[name].query for name in self.profiles}, reverse=True))

    def mean(self, measure: object) -> float:
        """Return the mean of a measure (its value or its name) over the queries that count.

        All do but with ``AP(divisor="hits", empty="skip")``, where queries without a hit do not.
        0 where none counts.
        """
        values = self.per_query[str(measure)]
        value = float(np.add.reduce(values) / len(values))  # as np.mean, in a third of the time
        if 'empty="skip"' not in str(measure):
            return value
        known = parse_measure(measure) if isinstance(measure, str) else measure
        counted = known.counted if isinstance(known, AP) else None
        share = 1.0 if counted is None else float(np.mean(self.per_query[str(counted)]))
        return value / share if share else 0.0

    @property
    def scores(self) -> Scores:
        """The means at each cut-off, by profile and tie policy."""
        return Scores({place: self.mean(measure) for place, measure in self._at_cuts()})

    def summary(self) -> dict[str, Any]:
        """Return the means, ready for JSON."""
        without = self.queries_without_relevant
        return {
            "profiles": self.scores.to_json(),
            "radius": {
                query: {"P@r<=2": self.mean(RadiusPrecision(query=query))} for query in self.queries
            },
            "full": self._whole_list() if self.full else {},
            "measures": {name: self.mean(name) for name in self.extra},
            "queries_without_relevant": without["dropped" if "dropped" in self.queries else "kept"],
            "queries_without_relevant_by_query": dict(without),
            "n_query": self.n_query,
            "n_database": self.n_database,
            "bits": self.n_bits,
            "self_retrieval": self.self_retrieval,
            "evaluator": EVALUATOR_VERSION,
        }

    def _at_cuts(self) -> tuple[tuple[Place, Measure], ...]:
        return _places(self.k, self.profiles, self.ties)

    def _whole_list(self) -> dict[str, Any]:
        ties = [ties for ties in self.ties if ties != "stable"]
        means: dict[str, Any] = {
            query: {tie: {"AP": self.mean(AP(None, "R", tie, query))} for tie in ties}
            for query in self.queries
        }
        return {**means, "curve": self.curve, "by_rank": self.by_rank}

    def save(self, path: Path | str) -> None:
        """Write an ``.npz`` with all per-query values, compressed, whole or not at all."""
        described = {
            name: getattr(self, name) for name in self.__slots__ if name not in _ARRAYS
        } | {
            "names": list(self.per_query),
            "evaluator": EVALUATOR_VERSION,
            "k": [plain(k) for k in self.k],
        }
        text = np.frombuffer(json.dumps(described, allow_nan=False).encode(), dtype=np.uint8)
        values = np.stack(list(self.per_query.values())) if self.per_query else np.zeros((0, 0))
        # An array of its own: readers from before there were clusters pass over it.
        clusters: dict[str, Any] = {} if self.clusters is None else {"clusters": self.clusters}
        with replacing(Path(path)) as temporary, temporary.open("wb") as file:
            # Numpy's own level takes three times as long for a file of nearly the same size.
            write_npz(file, {"values": values, "described": text, **clusters})

    @classmethod
    def load(cls, path: Path | str) -> Evaluation:
        """Read what :meth:`save` wrote.

        Raises
        ------
        DataError
            If the file is missing, damaged, holds something else, or was written by another
            version of the evaluator.
        """
        kind = "file of per-query values"
        arrays = read_npz(path, ("described", "values"), optional=("clusters",), kind=kind)
        try:
            described = parse_json(arrays["described"].tobytes().decode())
            if not isinstance(described, dict):
                raise ValueError("no table of what was measured")
        except ValueError as error:
            raise DataError(f"{path}: not a readable {kind} ({error})") from error
        return cls._from_description(path, described, arrays["values"], arrays.get("clusters"))

    @classmethod
    def _from_description(
        cls,
        path: Path | str,
        described: Mapping[str, Any],
        values: NDArray[np.float64],
        clusters: NDArray[np.int64] | None,
    ) -> Evaluation:
        rest = dict(described)
        version = rest.pop("evaluator", None)
        if version != EVALUATOR_VERSION:
            raise DataError(
                f"{path}: written by evaluator {version}, this is evaluator {EVALUATOR_VERSION}; "
                "evaluate the codes again"
            )
        try:
            names = rest.pop("names")
            for name in ("profiles", "ties", "extra"):
                rest[name] = tuple(rest[name])
            rest["k"] = cutoffs(rest["k"])
            per_query = dict(zip(names, values, strict=True))
            return cls(per_query=per_query, clusters=clusters, **rest)
        except (KeyError, TypeError, ValueError) as error:
            raise DataError(f"{path}: incomplete file of per-query values ({error})") from error


@functools.lru_cache(maxsize=64)
def _places(
    k: tuple[int, ...], profiles: tuple[str, ...], ties: tuple[Ties, ...]
) -> tuple[tuple[Place, Measure], ...]:
    """Return the place of each score with the measure whose mean it is."""
    found: list[tuple[Place, Measure]] = []
    ranks = [(cut, rank_of(cut)) for cut in k]
    for name in profiles:
        profile = PROFILES[name]
        divisor, query, empty = profile.divisor, profile.query, profile.empty
        for tie in ties:
            for cut, rank in ranks:
                found.append(((name, tie, "AP", cut), AP(rank, divisor, tie, query, empty)))
            for cut, rank in ranks:
                found.append(((name, tie, "P", cut), Precision(rank, tie, query)))
            for cut, rank in ranks:
                found.append(((name, tie, "R", cut), Recall(rank, tie, query)))
            for cut, rank in ranks:
                found.append(((name, tie, "tie_mass", cut), TieMass(rank, query)))
    return tuple(found)
