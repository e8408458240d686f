"""Submodular Video Hashing (Submod): Cao, Li, Mu and Chang, ACM Multimedia 2012."""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from decimal import Decimal, localcontext
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from hashbench import BinaryCodes, Method, MethodSpec, Videos, hookimpl
from hashbench.linear import finite_mean, hyperplanes

POOL = 1024
"""Hyperplanes to choose from: those of ``lsh`` with the same seed."""

_ROWS = 4096  # videos whose bits are counted at a time


@hookimpl
def hashbench_register_methods() -> Iterable[MethodSpec]:
    """Register Submod."""
    return [
        MethodSpec(
            name="submod",
            aliases=("lsh-submod",),
            summary="the most informative of 1,024 random bits, by submodular maximisation",
            target="hashbench_submod:Submod",
            reference="Cao et al., Submodular video hashing, ACM Multimedia 2012",
            year=2012,
            venue="ACM Multimedia",
        )
    ]


class Submod(Method):
    """LSH bits chosen by greedy influence maximisation on a graph of bits (a reconstruction).

    The paper hashes mean frames to 1,024 LSH bits and keeps the L most informative, by a
    submodular score on a graph whose vertices are the bits; there is no public program. Chosen
    here:

    - edge p_uv = phi(u, v)^2, the squared correlation of bits u and v over the training videos:
      the share of one bit's variance that the other explains; p_uu = 1;
    - vertex weight w_v = H(v), the entropy of bit v in bits;
    - score F(S) = sum_v w_v (1 - prod_{u in S} (1 - p_uv)), the expected weight that S activates in
      one step of an independent cascade. F is monotone and submodular, so the greedy choice
      reaches (1 - 1/e) of the best; it is found lazily, in the order of stale gains.

    The pool is that of ``lsh`` with the same seed. Choices are nested: the set for L bits is a
    prefix of the set for 2 L. Beyond 1,024 bits the whole pool comes first, then more planes.

    Parameters
    ----------
    bits : int
        Code length L; may exceed the number of feature dimensions.
    seed : int
        Seed of the hyperplanes.

    Attributes
    ----------
    mean_ : ndarray of float64, shape (dims,)
        Mean of the training videos' mean frames.
    planes_ : ndarray of int64, shape (L,)
        The chosen planes of the pool, in the order of choice.
    gains_ : ndarray of float64, shape (min(L, 1024),)
        What each added to F.
    normals_ : ndarray of float64, shape (dims, L)
        Their normals, one column a bit.
    """

    def __init__(self, bits: int = 64, seed: int = 0) -> None:
        super().__init__(bits, seed)

    def fit(self, train: Videos) -> Self:
        """Draw the pool, measure its bits on the training videos and choose L."""
        self.check_bits()
        X = train.mean_pooled()
        mean = finite_mean(X, train.name)
        pool = hyperplanes(train.dims, max(self.bits, POOL), self.seed)
        P, w = bit_graph(X, np.ascontiguousarray(pool[:POOL].T), mean)
        chosen, self.gains_ = lazy_greedy(P, w, min(self.bits, POOL))
        self.planes_ = np.concatenate([chosen, np.arange(POOL, self.bits)])
        self.normals_ = np.ascontiguousarray(pool[self.planes_].T)
        self.mean_ = mean
        return self

    def encode(self, videos: Videos) -> BinaryCodes:
        """Return sgn((x - mean) W) of each video's mean frame x, with the chosen planes W."""
        self.check_fitted()
        return BinaryCodes.from_hyperplanes(videos.mean_pooled(), self.normals_, centre=self.mean_)

    def diagnostics(self) -> dict[str, Any]:
        """Return what each chosen bit added to the score."""
        return {"gains": self.gains_.tolist()}


def bit_graph(
    X: NDArray[np.float32], normals: NDArray[np.float64], mean: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return edges p_uv = phi(u, v)^2, shape (bits, bits), and weights w_v = H(v), shape (bits,).

    A bit that is the same for all videos explains nothing and weighs nothing. Once the bits are
    given, every machine yields the same numbers: counts are whole numbers, and the logarithms are
    rounded once.
    """
    n, bits = len(X), normals.shape[1]
    both = np.zeros((bits, bits))  # videos for which u and v are 1; exact, for counts < 2^24
    codes = BinaryCodes.from_hyperplanes(X, normals, centre=mean)
    for start in range(0, n, _ROWS):
        ones = codes[start : start + _ROWS].unpack().astype(np.float32)
        both += ones.T @ ones
    counts = np.diag(both)
    q = counts / n
    covariance = both / n - np.outer(q, q)
    variance = q * (1 - q)
    varies = variance > 0
    P = np.divide(
        covariance**2,
        np.outer(variance, variance),
        out=np.zeros_like(both),
        where=np.outer(varies, varies),
    )
    np.clip(P, 0, 1, out=P)
    np.fill_diagonal(P, 1.0)
    return P, _entropies(counts.astype(np.int64), n)


def _entropies(counts: NDArray[np.int64], n: int) -> NDArray[np.float64]:
    """Return the entropy in bits of a coin that fell heads ``count`` of ``n`` times, of each.

    By decimal arithmetic: numpy's logarithms differ in the last bit from processor to processor.
    """
    distinct, where = np.unique(counts, return_inverse=True)
    with localcontext() as context:
        context.prec = 30
        total = Decimal(n)
        found = []
        for count in map(int, distinct):
            if count in (0, n):
                found.append(0.0)
                continue
            heads, tails = Decimal(count), Decimal(n - count)
            nats = total.ln() - (heads * heads.ln() + tails * tails.ln()) / total
            found.append(float(nats / Decimal(2).ln()))
    return np.array(found)[where]


def score(P: NDArray[np.float64], w: NDArray[np.float64], S: Iterable[int]) -> float:
    """Return F(S) = sum_v w_v (1 - prod_{u in S} (1 - p_uv))."""
    return float(w @ (1 - np.prod(1 - P[list(S)], axis=0)))


def lazy_greedy(
    P: NDArray[np.float64], w: NDArray[np.float64], size: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Choose ``size`` bits, each the one that adds most to F; the lower number wins a draw.

    A gain only shrinks as S grows, so a stale gain is an upper bound (Minoux 1978): a bit whose
    fresh gain still tops the heap is the best of all, and few others are looked at.

    Returns
    -------
    chosen : ndarray of int64, shape (size,)
        Bits in the order of choice.
    gains : ndarray of float64, shape (size,)
        F(S + u) - F(S) of each.
    """
    left = w.copy()  # w_v prod_{u in S} (1 - p_uv): what is not activated yet
    heap = [(-_gain(row, left), u, 0) for u, row in enumerate(P)]
    heapq.heapify(heap)
    chosen: list[int] = []
    gains: list[float] = []
    while len(chosen) < size:
        gain, u, when = heapq.heappop(heap)
        if when < len(chosen):
            heapq.heappush(heap, (-_gain(P[u], left), u, len(chosen)))
            continue
        chosen.append(u)
        gains.append(-gain)
        left *= 1 - P[u]
    return np.array(chosen), np.array(gains)


def _gain(row: NDArray[np.float64], left: NDArray[np.float64]) -> float:
    """Return the product of two vectors, added up in one order on every machine, unlike BLAS's.

    Bits that fall alike on all training videos gain the same, so that rounding would choose.
    """
    return float((row * left).sum())
