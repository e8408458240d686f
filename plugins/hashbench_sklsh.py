"""Codes from shift-invariant kernels (SKLSH): Raginsky and Lazebnik, NIPS 2009."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from hashbench import BinaryCodes, Method, MethodSpec, Videos, hookimpl
from hashbench.errors import DataError, MethodError
from hashbench.linear import (
    MARGIN,
    finite_mean,
    hyperplanes,
    projections,
    random_state,
    row_blocks,
)
from hashbench.parameters import above_zero, at_least

_ASKED = 1000
"""Training videos whose distance to a neighbour is looked up, at most."""


@hookimpl
def hashbench_register_methods() -> Iterable[MethodSpec]:
    """Register SKLSH."""
    return [
        MethodSpec(
            name="sklsh",
            summary="signs of random Fourier features of a Gaussian kernel on the mean frame",
            target="hashbench_sklsh:SKLSH",
            reference="Raginsky and Lazebnik, Locality-sensitive binary codes from shift-invariant "
            "kernels, NIPS 2009",
            year=2009,
            venue="NIPS",
        )
    ]


class SKLSH(Method):
    """Locality-sensitive codes of a Gaussian kernel, on mean-pooled videos.

    With x a mean frame less the training mean, bit k is

        sgn(cos(w_k . x + b_k) + t_k),   w ~ N(0, I / sigma^2),  b ~ U[0, 2 pi],  t ~ U[-1, 1],

    where sgn(0) = +1. The expected share of bits in which two videos differ depends on their kernel
    exp(-||x - y||^2 / (2 sigma^2)) alone, and grows as it falls. Codes are nested: the first L bits
    of a longer code of the same seed are the code of L bits.

    sigma is found without labels: the mean distance of training videos from their
    ``neighbour``-th nearest other, over up to 1,000 of them that are drawn.

    Parameters
    ----------
    bits : int
        Code length L; may exceed the number of feature dimensions.
    seed : int
        Seed of w, b and t, and of the videos whose neighbours are looked up.
    neighbour : int
        Which neighbour's distance sigma is; the last there is where there are fewer videos.
    sigma : float, optional
        In units of the features, in place of that distance.

    Attributes
    ----------
    mean_ : ndarray of float64, shape (dims,)
        Mean of the training videos' mean frames.
    sigma_ : float
        Bandwidth of the kernel.
    frequencies_ : ndarray of float64, shape (dims, L)
        w, one column a bit.
    phases_, thresholds_ : ndarray of float64, shape (L,)
        b and t.
    """

    def __init__(
        self, bits: int = 64, seed: int = 0, neighbour: int = 50, sigma: float | None = None
    ) -> None:
        super().__init__(bits, seed)
        self.neighbour = neighbour
        self.sigma = sigma

    def check_params(self) -> None:
        """Raise UsageError where a parameter is out of range."""
        at_least(1, neighbour=self.neighbour)
        above_zero(sigma=self.sigma)

    def fit(self, train: Videos) -> Self:
        """Find the bandwidth, and draw frequencies, phases and thresholds.

        Raises
        ------
        MethodError
            If the distance that sigma is to be is 0, or there is one video alone.
        """
        self.check_bits()
        self.check_params()
        if self.sigma is None and len(train) < 2:
            raise MethodError(f"sklsh: {train.name} has one video, so no neighbours: give sigma")
        X = train.mean_pooled()
        mean = finite_mean(X, train.name)
        self.sigma_ = self.sigma or neighbour_distance(X, mean, self.neighbour, self.seed)
        if not self.sigma_ > MARGIN * np.abs(X).max():
            raise MethodError(
                f"sklsh: videos of {train.name} are as far from neighbour {self.neighbour} as from "
                "themselves: give sigma or a larger neighbour"
            )
        self.mean_ = mean
        self.frequencies_ = hyperplanes(train.dims, self.bits, self.seed).T / self.sigma_
        drawn = random_state([self.seed, 1]).random_sample((self.bits, 2))
        self.phases_ = 2 * np.pi * drawn[:, 0]
        self.thresholds_ = 2 * drawn[:, 1] - 1
        return self

    def encode(self, videos: Videos) -> BinaryCodes:
        """Return sgn(cos(w . x + b) + t) of each video's mean frame x."""
        self.check_fitted()
        X = videos.mean_pooled()
        widths = np.linalg.norm(self.frequencies_, axis=0)
        origin = float(np.linalg.norm(self.mean_))
        parts = []
        for start, values in projections(X, self.frequencies_, self.mean_):
            if not np.isfinite(values).all():
                raise DataError(f"{videos.name}: features hold NaN or infinite values")
            lengths = np.linalg.norm(X[start : start + len(values)].astype(np.float64), axis=1)
            height = np.cos(values + self.phases_) + self.thresholds_
            # A cosine moves by no more than its argument, and is rounded at 1 itself.
            near = np.abs(height) <= MARGIN * (np.outer(lengths + origin, widths) + 1)
            codes = BinaryCodes.from_bits((height >= 0) | near)
            parts.append(BinaryCodes(codes.packed, codes.n_bits, int(np.count_nonzero(near))))
        return BinaryCodes.concatenate(parts)

    def diagnostics(self) -> dict[str, Any]:
        """Return the bandwidth."""
        return {"sigma": float(self.sigma_)}


def neighbour_distance(
    X: NDArray[np.float32], mean: NDArray[np.float64], neighbour: int, seed: int
) -> float:
    """Return the mean distance of up to 1,000 rows of X from their ``neighbour``-th nearest other.

    Parameters
    ----------
    X : ndarray of float32, shape (n, dims)
        At least two rows.
    mean : ndarray of float64, shape (dims,)
        Taken off first, so that the squares lose fewer digits.
    neighbour : int
        From 1 on; the farthest other row where there are fewer.
    seed : int
        Seed of the rows that are looked up.
    """
    rows = np.sort(random_state([seed, 2]).permutation(len(X))[:_ASKED])
    asked = X[rows].astype(np.float64) - mean
    kept = min(neighbour, len(X) - 1) + 1  # a row is the nearest to itself
    nearest = np.empty((len(asked), 0))
    for block in row_blocks(X):
        x = block.astype(np.float64) - mean
        squares = np.einsum("ij,ij->i", asked, asked)[:, None] + np.einsum("ij,ij->i", x, x)
        squares -= 2 * (asked @ x.T)
        nearest = np.concatenate([nearest, squares], axis=1)
        if nearest.shape[1] > kept:
            nearest = np.partition(nearest, kept - 1, axis=1)[:, :kept]
    return float(np.sqrt(np.maximum(nearest.max(axis=1), 0)).mean())
