"""Spherical hashing (SpH): Heo, Lee, He, Chang and Yoon, CVPR 2012."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from hashbench import BinaryCodes, Method, MethodSpec, Videos, hookimpl
from hashbench.errors import DataError, MethodError, UsageError
from hashbench.linear import MARGIN, finite_mean, halving, projections, random_state, row_blocks

_VIDEOS_A_PIVOT = 5
"""Videos whose mean is a pivot at first."""

_SAMPLE_END = 100_000
_GAP = 8
"""Margins that the distances on both sides of a radius lie apart, at least."""


@hookimpl
def hashbench_register_methods() -> Iterable[MethodSpec]:
    """Register SpH."""
    return [
        MethodSpec(
            name="sph",
            aliases=("spherical",),
            summary="inside or outside of spheres that halve the videos independently",
            target="hashbench_sph:SpH",
            reference="Heo et al., Spherical hashing, CVPR 2012",
            year=2012,
            venue="CVPR",
            program="https://sglab.kaist.ac.kr/Spherical_Hashing/",
        )
    ]


class SpH(Method):
    """Spherical hashing of mean-pooled videos.

    Bit k of a video is 1 where its mean frame x lies in a sphere, d(p_k, x) <= t_k. Radius t_k
    halves the m sampled training videos. The pivots p_k move until the spheres are independent,
    which means that every two of them share m / 4 videos: with o_ij videos in both,

        f_(i<-j) = 1/2 (o_ij - m/4) / (m/4) (p_i - p_j),   p_i += 1/L sum_j f_(i<-j),

    round after round, while the mean of |o_ij - m/4| exceeds a tenth of m/4 or the standard
    deviation of o_ij 15 % of it.

    A radius lies in the middle of the gap at the median distance, so that no sampled video lies on
    a sphere. The measure ``SphericalAP`` ranks by the distance that the authors propose.

    Parameters
    ----------
    bits : int
        Code length L; may exceed the number of feature dimensions, not that of training videos.
    seed : int
        Seed of the sample and of the first pivots.
    sample : int
        Training videos m that pivots and radii are found on, at most.
    mean_tolerance, deviation_tolerance : float
        When the rounds end, as shares of m / 4: 0.1 and 0.15 in the paper.
    rounds : int
        Rounds at most.

    Attributes
    ----------
    mean_ : ndarray of float64, shape (dims,)
        Mean of the training videos' mean frames.
    pivots_ : ndarray of float64, shape (L, dims)
        p, less the mean.
    squared_radii_ : ndarray of float64, shape (L,)
        t^2.
    overlaps_ : ndarray of float64, shape (rounds, 2)
        Mean of |o_ij - m/4| and deviation of o_ij before each round and after the last, as shares
        of m / 4.
    """

    def __init__(
        self,
        bits: int = 64,
        seed: int = 0,
        sample: int = 10_000,
        mean_tolerance: float = 0.1,
        deviation_tolerance: float = 0.15,
        rounds: int = 100,
    ) -> None:
        super().__init__(bits, seed)
        self.sample = sample
        self.mean_tolerance = mean_tolerance
        self.deviation_tolerance = deviation_tolerance
        self.rounds = rounds

    def check_params(self) -> None:
        """Raise UsageError where a parameter is out of range."""
        if not _VIDEOS_A_PIVOT <= self.sample <= _SAMPLE_END:
            raise UsageError(
                f"sph: sample is {self.sample}; from {_VIDEOS_A_PIVOT} to {_SAMPLE_END} are "
                "possible"
            )
        for name in ("mean_tolerance", "deviation_tolerance"):
            if not getattr(self, name) > 0:
                raise UsageError(f"sph: {name} must be above 0, not {getattr(self, name)}")
        if self.rounds < 1:
            raise UsageError(f"sph: rounds must be at least 1, not {self.rounds}")

    def fit(self, train: Videos) -> Self:
        """Sample videos, and move pivots until their spheres are independent.

        Raises
        ------
        MethodError
            If there are fewer training videos than bits.
        UsageError
            If fewer are to be sampled.
        """
        self.check_bits()
        self.check_params()
        least = max(self.bits, _VIDEOS_A_PIVOT)
        if self.sample < least:
            raise UsageError(
                f"sph: sample is {self.sample}; {self.bits} bits are as many pivots and need at "
                f"least {least} videos"
            )
        if len(train) < least:
            raise MethodError(
                f"sph: {self.bits} bits are as many pivots and need at least {least} videos; "
                f"{train.name} has {len(train)}"
            )
        X = train.mean_pooled()
        mean = finite_mean(X, train.name)
        rows = np.sort(random_state(self.seed).permutation(len(X))[: self.sample])
        self._find(X[rows].astype(np.float64) - mean, float(np.linalg.norm(mean)))
        self.mean_ = mean
        return self

    def encode(self, videos: Videos) -> BinaryCodes:
        """Return which spheres hold each video's mean frame."""
        self.check_fitted()
        X = videos.mean_pooled()
        reach = np.linalg.norm(self.mean_) + np.linalg.norm(self.pivots_, axis=1)
        parts = []
        P = self.pivots_
        for start, products in projections(X, P.T, self.mean_):
            x = X[start : start + len(products)].astype(np.float64)
            within = self.squared_radii_ - _squared_distances(x - self.mean_, P, products)
            if not np.isfinite(within).all():
                raise DataError(f"{videos.name}: features hold NaN or infinite values")
            near = np.abs(within) <= MARGIN * (np.linalg.norm(x, axis=1)[:, None] + reach) ** 2
            codes = BinaryCodes.from_bits((within >= 0) | near)
            parts.append(BinaryCodes(codes.packed, codes.n_bits, int(np.count_nonzero(near))))
        return BinaryCodes.concatenate(parts)

    def diagnostics(self) -> dict[str, Any]:
        """Return how far from independent the spheres were, round by round."""
        mean, deviation = self.overlaps_.T.tolist()
        return {"overlap_mean_error": mean, "overlap_deviation": deviation}

    def _find(self, X: NDArray[np.float64], origin: float) -> None:
        """Set pivots, radii and their history from the sampled videos X, less the mean."""
        random, m = random_state([self.seed, 1]), len(X)
        chosen = [random.permutation(m)[:_VIDEOS_A_PIVOT] for _ in range(self.bits)]
        P = np.stack([X[rows].mean(axis=0) for rows in chosen])
        overlaps = []
        for done in range(self.rounds + 1):
            inside, radii = halved(X, P, origin)
            o = (inside.T @ inside) / (m / 4) - 1  # (o_ij - m/4) / (m/4)
            overlaps.append(_spread(o))
            mean, deviation = overlaps[-1]
            settled = mean <= self.mean_tolerance and deviation <= self.deviation_tolerance
            if settled or done == self.rounds:
                break
            P = P + forces(o, P)
            self.workspace.progress.update("move pivots", done + 1, self.rounds)
        self.pivots_, self.squared_radii_ = P, radii
        self.overlaps_ = np.array(overlaps)


def halved(
    X: NDArray[np.float64], P: NDArray[np.float64], origin: float = 0.0
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the radii that halve the videos, and which videos they hold.

    Parameters
    ----------
    X : ndarray of float64, shape (m, dims)
        Videos.
    P : ndarray of float64, shape (L, dims)
        Pivots.
    origin : float
        Length of what was taken from X before, which widens the margin of rounding.

    Returns
    -------
    inside : ndarray of float64, shape (m, L)
        1 for a video in the sphere, else 0.
    squared_radii : ndarray of float64, shape (L,)
    """
    D = np.concatenate([_squared_distances(rows, P, rows @ P.T) for rows in row_blocks(X)])
    reach = 2 * origin + np.sqrt(np.einsum("ij,ij->i", X, X).max())
    least = _GAP * MARGIN * (reach + np.linalg.norm(P, axis=1)) ** 2
    radii = np.array([halving(d, gap) for d, gap in zip(D.T, least, strict=True)])
    return (radii >= D).astype(np.float64), radii


def forces(o: NDArray[np.float64], P: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return 1/L sum_j f_(i<-j) of every pivot, shape (L, dims).

    Parameters
    ----------
    o : ndarray of float64, shape (L, L)
        (o_ij - m/4) / (m/4); the diagonal counts for nothing, as p_i - p_i = 0.
    P : ndarray of float64, shape (L, dims)
    """
    moved: NDArray[np.float64] = (o.sum(axis=1)[:, None] * P - o @ P) / (2 * len(P))
    return moved


def _squared_distances(
    x: NDArray[np.float64], P: NDArray[np.float64], products: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return ||x - p||^2, shape (n, L), from the products x . p."""
    lengths = np.einsum("ij,ij->i", x, x)[:, None] + np.einsum("ij,ij->i", P, P)
    found: NDArray[np.float64] = lengths - 2 * products
    return found


def _spread(o: NDArray[np.float64]) -> tuple[float, float]:
    """Return the mean of |o_ij| and the deviation of o_ij over pairs; 0 where there are none."""
    pairs = o[np.triu_indices(len(o), 1)]
    return (float(np.abs(pairs).mean()), float(pairs.std())) if len(pairs) else (0.0, 0.0)
