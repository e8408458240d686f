"""Centres of clusters in Hamming space: Hadamard rows, moved apart and towards semantics.

A centre is set anew by an Lp-box ADMM (Wu and Ghanem, IEEE TPAMI 2019), as S5VH (AAAI 2025) does
it after Wang et al., Deep hashing with minimal-distance-separated hash centers (CVPR 2023).
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from hashbench.errors import UsageError

Floats = NDArray[np.float64]
Start = Callable[[int], Floats]
"""n -> n numbers from [0, 1) that multipliers start from."""

_WEIGHT = 1.0
"""Of the agreement with semantics."""
_FIRST, _GROWTH, _LAST = 5e-5, 1.07, 1e9
"""Penalty of the constraints."""
_STEP = (1 + 5**0.5) / 2
_INNER, _AT_LAST = 10, 100
"""Iterations at one penalty, and penalties in a row at the last one."""
_ROUNDS = 20
"""At most; the first that brings no better centres is the last. The program waits for five such."""


def check_centres(bits: int, clusters: int) -> None:
    """Raise UsageError where there are no such centres to start from."""
    if bits < 2 or bits & (bits - 1):
        raise UsageError(
            f"centres=hadamard needs bits that are a power of 2, not {bits}: "
            "use such bits, or centres=random"
        )
    most = 2 + math.comb(bits, bits // 2)  # rows with as many +1 as -1, and two constant ones
    if clusters > most:
        raise UsageError(
            f"{bits} bits have {most} centres, not {clusters}: lower clusters, or raise bits"
        )


def separation(bits: int, clusters: int) -> int:
    """Return the distance that so many centres can have, by the Gilbert-Varshamov bound.

    It is the least d with C(L, 0) + ... + C(L, d - 1) >= 2^L / K.

    Examples
    --------
    >>> separation(64, 100)
    24
    """
    reached, distance = 0, 0
    while reached * clusters < 2**bits:
        reached += math.comb(bits, distance)
        distance += 1
    return distance


def hadamard_rows(bits: int, clusters: int, seed: int) -> Floats:
    """Return K rows of length L: of a Hadamard matrix, of its negative, then random ones.

    The random ones have as many +1 as -1, and no two rows are equal.
    """
    check_centres(bits, clusters)
    from scipy.linalg import hadamard

    matrix = hadamard(bits).astype(np.float64)
    rows = list(np.concatenate([matrix, -matrix])[:clusters])
    known = {row.tobytes() for row in rows}
    random = np.random.default_rng([seed, bits, clusters])
    half = np.repeat([-1.0, 1.0], bits // 2)
    while len(rows) < clusters:
        row = random.permutation(half)
        if row.tobytes() not in known:
            known.add(row.tobytes())
            rows.append(row)
    return np.stack(rows)


def quality(B: Floats, semantics: Floats) -> float:
    """Return how far centres B (K, L) lie apart, less how far they exceed the semantics.

    That is the sum of their distances over K^2, less the sum over pairs of the cosine of two
    centres minus that of their semantics (K, S).
    """
    pairs = np.triu_indices(len(B), 1)
    cosines = [(unit @ unit.T)[pairs] for unit in (_unit(B), _unit(semantics))]
    distance = B.shape[1] * (1 - cosines[0]) / 2
    return float(distance.sum() / len(B) ** 2 - (cosines[0] - cosines[1]).sum())


def improved(B: Floats, semantics: Floats, start: Start) -> Floats:
    """Set one centre after the other anew, in rounds, and return the best of the rounds.

    Parameters
    ----------
    B : ndarray of float64, shape (K, L)
        Centres in {-1, 1}.
    semantics : ndarray of float64, shape (K, S)
        What the clusters look like: centroids of unit length.
    start : callable
        Draws where multipliers start from.
    """
    distance = separation(B.shape[1], len(B))
    B = B.copy()
    best, reached = B.copy(), -math.inf
    for _ in range(_ROUNDS):
        for row in range(len(B)):
            B[row] = replaced(B, semantics, row, distance, start)
        now = quality(B, semantics)
        if now <= reached:
            break
        best, reached = B.copy(), now
    return best


def replaced(B: Floats, semantics: Floats, row: int, distance: int, start: Start) -> Floats:
    """Return a centre for ``row`` whose mean plus least distance from the others is larger.

    The row as it was, where none was found.
    """
    others, before = np.delete(B, row, 0), B[row].copy()
    bits = len(before)
    agreement = np.delete(semantics, row, 0) @ semantics[row]
    spread = float(np.ptp(agreement))
    wanted: Floats = np.zeros(len(others))
    if spread > 0:
        wanted = bits * (2 * (agreement - agreement.min()) / spread - 1)
    problem = Problem(others, bits - 2 * distance, wanted, before, start)
    best = _apart(before, others)
    found: Floats = before
    rho, left = _FIRST, _AT_LAST
    while left:
        problem.iterate(rho)
        rho = min(_GROWTH * rho, _LAST)
        if rho == _LAST:
            left -= 1
            candidate = np.where(problem.b >= 0, 1.0, -1.0)
            if _apart(candidate, others) > best:
                best, found = _apart(candidate, others), candidate
    return found


class Problem:
    """min_b ||H b - s||^2 + mean(H) b, for b in {-1, 1}^L with H b <= d.

    {-1, 1}^L is where the box (z1) meets the sphere (z2); z3 is what d exceeds H b by.

    Parameters
    ----------
    H : ndarray, shape (K - 1, L)
        The other centres.
    d : int
        Greatest inner product with any.
    s : ndarray, shape (K - 1,)
        Inner products that semantics ask for.
    b : ndarray, shape (L,)
        The centre to start from.
    start : callable
        Draws where multipliers start from.

    Attributes
    ----------
    b : ndarray, shape (L,)
        The solution so far, not binary.
    unprojected : tuple of ndarray
        z1, z2 and z3 of the last step before they were brought back to their sets.
    """

    def __init__(self, H: Floats, d: int, s: Floats, b: Floats, start: Start) -> None:
        self.H, self.d, self.b = H, d, b
        self.pull: Floats = 2 * _WEIGHT * (H.T @ s) - H.mean(0)
        self.z: tuple[Floats, Floats, Floats] = (b, b, d - H @ b)
        self.y: tuple[Floats, Floats, Floats] = (start(len(b)), start(len(b)), start(len(H)))
        self.unprojected = self.z
        # H^T H does not change between the systems that are solved: only what is added does.
        self.values, self.vectors = np.linalg.eigh(H.T @ H)

    def iterate(self, rho: float) -> None:
        """Take up to ten steps at the penalty ``rho``, fewer once nothing has to be projected."""
        for _ in range(_INNER):
            if self.step(rho):
                return

    def step(self, rho: float) -> bool:
        """Take one step; return whether the constraints hold by themselves."""
        H, (y1, y2, y3), (z1, z2, z3) = self.H, self.y, self.z
        right = rho * (z1 + z2) - y1 - y2 + H.T @ (rho * (self.d - z3) - y3) + self.pull
        scale = 2 * rho + (rho + 2 * _WEIGHT) * self.values
        self.b = b = self.vectors @ ((self.vectors.T @ right) / scale)
        slack = self.d - H @ b
        self.unprojected = z1, z2, z3 = b + y1 / rho, b + y2 / rho, slack - y3 / rho
        # The program's test of the box can never fail, so there is none.
        holds = bool(np.all(z3 >= 0)) and bool(abs(z2 @ z2 - len(b)) <= 1e-3)
        if not holds:
            z1 = z1.clip(-1, 1)
            z2 = z2 * math.sqrt(len(b) / (z2 @ z2))
            z3 = np.maximum(z3, 0)
        self.z = z1, z2, z3
        gain = _STEP * rho
        self.y = y1 + gain * (b - z1), y2 + gain * (b - z2), y3 + gain * (z3 - slack)
        return holds


def _apart(b: Floats, others: Floats) -> float:
    """Return the mean plus the least Hamming distance of b (L,) from the others."""
    distance = (len(b) - others @ b) / 2
    return float(distance.mean() + distance.min())


def _unit(x: Floats) -> Floats:
    norm: Floats = np.linalg.norm(x, axis=1, keepdims=True)
    unit: Floats = x / np.where(norm > 0, norm, 1)
    return unit
