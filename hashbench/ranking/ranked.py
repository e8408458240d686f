"""Input of measures: the counts of a block of queries, and sums over them, once each."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from hashbench.errors import UsageError
from hashbench.ranking.beside import Beside
from hashbench.ranking.counts import Counts, Ints
from hashbench.ranking.lists import RankedLists
from hashbench.ranking.profiles import Query
from hashbench.ranking.ties import Floats, Groups, Ties, chance_of_hit, expected_ratio


@dataclass(slots=True, eq=False)
class Ranked:
    """The rankings of a block of queries, as measures see them.

    Parameters
    ----------
    kept : Counts
        With each query in its own list, where queries and database are one set.
    own : ndarray of int64, shape (n_query,), optional
        Database position of each query; None where the queries are a set of their own, so that
        "kept" and "dropped" mean the same.
    labelled : ndarray of bool, shape (n_query,), optional
        Whether a query has a label; needed with ``own``.
    lists : RankedLists, optional
        Needed by measures with ties "stable".
    beside : Beside, optional
        Needed by measures of rescoring, and by asymmetric ones.
    rows : slice, optional
        Which queries of ``beside`` these are.
    scale : int
        Distance that one bit of a code makes; 4 for codes of three values.
    own_distances : ndarray of int64, shape (n_query,), optional
        Distance of each query from itself; 0 by default.
    spherical : Ranked, optional
        The same queries ranked by spherical Hamming distance, for measures of that distance.
    """

    kept: Counts
    own: Ints | None = None
    labelled: NDArray[np.bool_] | None = None
    lists: RankedLists | None = None
    beside: Beside | None = None
    rows: slice = field(default_factory=lambda: slice(None))
    scale: int = 1
    own_distances: Ints | None = None
    spherical: Ranked | None = None
    _cache: dict[tuple[object, ...], object] = field(default_factory=dict, repr=False)

    def __len__(self) -> int:
        return len(self.kept)

    def counts(self, query: Query = "kept") -> Counts:
        """Return the counts with the query kept in, or dropped from, its own list."""
        if query == "kept" or self.own is None:
            return self.kept
        found = self._cache.get(("counts",))
        if not isinstance(found, Counts):
            if self.labelled is None:
                raise UsageError("to drop queries, 'labelled' is needed beside 'own'")
            found = self.kept.without_query(self.labelled, self.own_distances)
            self._cache["counts",] = found
        return found

    def of_cosine(self, find: int, query: Query) -> Ranked:
        """Return the same rankings, with the ``find`` nearest by cosine in place of relevant items.

        Raises
        ------
        UsageError
            If the features are not known.
        """
        key = ("cosine", find, query)
        found = self._cache.get(key)
        if not isinstance(found, Ranked):
            counts = self._beside().of_cosine(self.counts(query), self.rows, find, query)
            found = self._cache[key] = Ranked(counts)
        return found

    def asymmetric(self) -> Ranked:
        """Return the rankings of the same queries by asymmetric distance.

        Raises
        ------
        UsageError
            If the values behind the queries' codes are not known.
        """
        found = self._cache.get(("asymmetric",))
        if not isinstance(found, Ranked):
            counts = self._beside().of_values(self.rows)
            found = self._cache["asymmetric",] = Ranked(counts, self.own, self.labelled)
        return found

    def _beside(self) -> Beside:
        if self.beside is None:
            raise UsageError(
                "measures of rescoring need features, and asymmetric ones need values: give "
                "'features' or 'values' to evaluate"
            )
        return self.beside

    def groups(self, query: Query = "kept") -> Groups:
        """Return the tie groups."""
        key = ("groups", query if self.own is not None else "kept")
        found = self._cache.get(key)
        if not isinstance(found, Groups):
            found = self._cache[key] = Groups.of(self.counts(query))
        return found

    def relevant(self, query: Query = "kept") -> Floats:
        """Return R, the number of relevant items, shape (n_query,)."""
        return self.counts(query).relevant.astype(np.float64)

    def depth(self, k: int | None, query: Query) -> int:
        """Return rank ``k``, or for None the length of the list, checking that it is known."""
        counts = self.counts(query)
        wanted = counts.size if k is None else k
        if min(wanted, counts.size) > counts.depth:
            raise UsageError(f"counts reach rank {counts.depth}, not rank {wanted}")
        return wanted

    def gains(self, k: int | None, ties: Ties, query: Query) -> Floats:
        """Return the sum of I * R / rank over the first ``k`` ranks, shape (n_query,)."""
        return self._sum("gains", k, ties, query)

    def hits(self, k: int | None, ties: Ties, query: Query) -> Floats:
        """Return the relevant items among the first ``k`` ranks, shape (n_query,)."""
        return self._sum("hits", k, ties, query)

    def gain_per_hit(self, k: int | None, ties: Ties, query: Query) -> Floats:
        """Return AP@k with the hits in the top k as its divisor, shape (n_query,)."""
        if ties == "expected":
            return expected_ratio(self.groups(query), self.depth(k, query))
        gains, hits = self.gains(k, ties, query), self.hits(k, ties, query)
        return np.divide(gains, hits, out=np.zeros_like(gains), where=hits > 0)

    def any_hit(self, k: int | None, ties: Ties, query: Query) -> Floats:
        """Return the chance that the first k ranks hold a relevant item, shape (n_query,)."""
        if ties == "expected":
            return chance_of_hit(self.groups(query), self.depth(k, query))
        return (self.hits(k, ties, query) > 0).astype(np.float64)

    def tie_mass(self, k: int, query: Query) -> Floats:
        """Return the share of the top k inside the group that straddles k, shape (n_query,)."""
        return self.groups(query).tie_mass(self.depth(k, query))

    def _sum(self, what: str, k: int | None, ties: Ties, query: Query) -> Floats:
        query = query if self.own is not None else "kept"
        depth = self.depth(k, query)
        key = (what, depth, ties, query)
        if key not in self._cache:
            if ties == "stable":
                hits, gains = self._stable(depth, query)
            elif ties == "expected":
                hits, gains = self.groups(query).expected(depth)
            else:
                groups = self.groups(query)
                hits, gains = groups.hits(depth, ties), groups.gains(depth, ties)
            self._cache["hits", depth, ties, query] = hits
            self._cache["gains", depth, ties, query] = gains
        found = self._cache[key]
        assert isinstance(found, np.ndarray)
        return found

    def _stable(self, k: int, query: Query) -> tuple[Floats, Floats]:
        lists = self.lists
        if lists is None:
            raise UsageError("ties 'stable' need ranked lists, which counts cannot give")
        if query == "dropped" and self.own is not None:
            lists = lists.without_query(self.own)
        if min(k, self.counts(query).size) > lists.depth:
            raise UsageError(f"lists reach rank {lists.depth}, not rank {k}")
        relevant = lists.relevant[:, :k].astype(np.float64)
        ranks = np.arange(1, relevant.shape[1] + 1)
        gains = relevant * np.cumsum(relevant, axis=1) / ranks
        return relevant.sum(axis=1), gains.sum(axis=1)
