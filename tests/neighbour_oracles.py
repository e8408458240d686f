"""Naive constructions on dense arrays and exact rational numbers."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray


def rational_sets(vectors: NDArray[np.float32], k1: int) -> list[list[int]]:
    """Return N_i by exact rational arithmetic; equal cosines by lower index, 0 for zeros."""
    whole = [[Fraction(float(value)) for value in row] for row in vectors]
    norms = [sum(v * v for v in row) for row in whole]

    def signed_square(i: int, j: int) -> Fraction:
        if norms[i] == 0 or norms[j] == 0:
            return Fraction(0)
        dot = sum(x * y for x, y in zip(whole[i], whole[j], strict=True))
        return dot * abs(dot) / (norms[i] * norms[j])

    sets = []
    for i in range(len(whole)):
        square = [signed_square(i, j) for j in range(len(whole))]
        others = [j for j in range(len(whole)) if j != i]
        others.sort(key=lambda j: (-square[j], j))
        sets.append([i, *others[:k1]])
    return sets


def dense_graph(sets: list[list[int]], k2: int) -> NDArray[np.bool_]:
    """Return the graph of the sets N_i, word for word as it is defined, on an N x N array."""
    n = len(sets)
    graph = np.zeros((n, n), bool)
    for i in range(n):
        shared = [len(set(sets[i]) & set(sets[j])) for j in range(n)]
        ranked = sorted(range(n), key=lambda j: (-shared[j], j))
        for j in ranked[:k2]:
            if shared[j]:
                graph[i, sets[j]] = True
    graph |= graph.T
    np.fill_diagonal(graph, True)
    return graph
