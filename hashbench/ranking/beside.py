"""What measures may look at beside codes: features before hashing, and values before the sign."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from hashbench.codes import BinaryCodes
from hashbench.errors import UsageError
from hashbench.labels import Labels
from hashbench.ranking.asymmetric import asymmetric_counts
from hashbench.ranking.counts import Counts
from hashbench.ranking.profiles import Query
from hashbench.ranking.rescoring import counts_of_items, nearest_by_cosine

_NEXT_TO_ZERO = 1e-6
"""Part of a query's largest value; the sign of less may be that of a rounding error."""


@dataclass(frozen=True, slots=True, eq=False)
class Beside:
    """Queries and database, with what is known of them beside their codes.

    Parameters
    ----------
    query, database : (BinaryCodes, Labels)
    features : (ndarray, ndarray), optional
        Of queries (n_query, dims) and database (n, dims), such as mean frames.
    values : ndarray, shape (n_query, L), optional
        What the codes of the queries are the signs of.
    own : bool
        Whether query i is item i of the database.
    """

    query: tuple[BinaryCodes, Labels]
    database: tuple[BinaryCodes, Labels]
    features: tuple[NDArray[Any], NDArray[Any]] | None = None
    values: NDArray[Any] | None = None
    own: bool = False
    _found: dict[tuple[int, Query], NDArray[np.int64]] = field(default_factory=dict, repr=False)

    @classmethod
    def of_neighbours(
        cls,
        query: tuple[BinaryCodes, Labels],
        database: tuple[BinaryCodes, Labels],
        nearest: NDArray[np.int64],
        *,
        own: bool,
    ) -> Self:
        """Return what is known where the nearest by cosine are, and the features are not.

        Parameters
        ----------
        query, database : (BinaryCodes, Labels)
        nearest : ndarray of int64, shape (n_query, find)
            Items of the database, no query's own among them.
        own : bool
            Whether query i is item i of the database.
        """
        key: tuple[int, Query] = (nearest.shape[1], "dropped" if own else "kept")
        return cls(query, database, own=own, _found={key: nearest})

    def check(self) -> None:
        """Raise UsageError unless there is one row of features and values a video.

        Values must have the signs of the queries' codes, but for those that are next to 0.
        """
        sizes = len(self.query[0]), len(self.database[0])
        if self.features is not None and tuple(map(len, self.features)) != sizes:
            found = " and ".join(str(len(part)) for part in self.features)
            raise UsageError(f"features of {found} videos; {sizes[0]} and {sizes[1]} are needed")
        if self.values is not None and self.values.shape != (sizes[0], self.query[0].n_bits):
            raise UsageError(
                f"values have shape {self.values.shape}; {(sizes[0], self.query[0].n_bits)}, one a "
                "bit of each query, is needed"
            )
        if self.values is not None and self.query[0].scale == 1:
            size = np.abs(self.values)
            other = (self.values >= 0) != self.query[0].unpack().astype(bool)
            other &= size > _NEXT_TO_ZERO * size.max(axis=1, keepdims=True, initial=0)
            if other.any():
                query, bit = np.argwhere(other)[0]
                raise UsageError(
                    f"values of query {query} have other signs than its code, first at bit {bit}: "
                    "they must be what the codes of the queries are the signs of"
                )

    def of_cosine(self, counts: Counts, rows: slice, find: int, query: Query) -> Counts:
        """Return counts of some queries whose hits are the ``find`` nearest by cosine.

        Raises
        ------
        UsageError
            If there are no features.
        """
        key = (find, query if self.own else "kept")
        if key not in self._found:
            if self.features is None:
                raise UsageError("measures of rescoring need the features of queries and database")
            own = np.arange(len(self.query[0])) if self.own and query == "dropped" else None
            self._found[key] = nearest_by_cosine(*self.features, find, own)
        codes = self.query[0][rows]
        return counts_of_items(counts, codes, self.database[0], self._found[key][rows])

    def of_values(self, rows: slice) -> Counts:
        """Return counts of some queries by asymmetric distance.

        Raises
        ------
        UsageError
            If there are no values.
        """
        if self.values is None:
            raise UsageError("asymmetric measures need the values that queries' codes are signs of")
        labels = self.query[1][rows]
        return asymmetric_counts(self.values[rows], labels, *self.database)
