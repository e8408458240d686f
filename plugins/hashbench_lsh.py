"""Locality-sensitive hashing (LSH) by random hyperplanes: Charikar, STOC 2002."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Self

import numpy as np

from hashbench import BinaryCodes, Method, MethodSpec, Videos, hookimpl
from hashbench.linear import finite_mean, hyperplanes, random_state

POOL = 1024
"""Hyperplanes that Submodular Video Hashing chooses from."""


@hookimpl
def hashbench_register_methods() -> Iterable[MethodSpec]:
    """Register LSH."""
    return [
        MethodSpec(
            name="lsh",
            summary="signs of random projections of the mean frame",
            target="hashbench_lsh:LSH",
            reference="Charikar, Similarity estimation techniques from rounding algorithms, 2002",
            year=2002,
            venue="STOC",
        )
    ]


class LSH(Method):
    """Random hyperplanes through the training mean: L of a pool of 1,024, drawn at random.

    The plain end of Submodular Video Hashing (``submod``): for equal seeds both choose from the
    same pool, so that their difference is what the choice adds. Codes are nested: the first L
    bits of a longer code of the same seed, up to 1,024, are the code of L bits. Beyond 1,024
    bits the whole pool is taken and more planes are drawn.

    Parameters
    ----------
    bits : int
        Code length L; may exceed the number of feature dimensions.
    seed : int
        Seed of the pool and of the draw from it.

    Attributes
    ----------
    mean_ : ndarray of float64, shape (dims,)
        Mean of the training videos' mean frames.
    planes_ : ndarray of int64, shape (L,)
        Which planes of the pool the bits are.
    normals_ : ndarray of float64, shape (dims, L)
        Their normals, one column a bit.
    """

    def __init__(self, bits: int = 64, seed: int = 0) -> None:
        super().__init__(bits, seed)

    def fit(self, train: Videos) -> Self:
        """Take the mean of the training videos and draw L hyperplanes."""
        self.check_bits()
        mean = finite_mean(train.mean_pooled(), train.name)
        pool = hyperplanes(train.dims, max(self.bits, POOL), self.seed)
        order = random_state([self.seed, 1]).permutation(POOL)
        self.planes_ = np.concatenate([order, np.arange(POOL, len(pool))])[: self.bits]
        self.normals_ = np.ascontiguousarray(pool[self.planes_].T)
        self.mean_ = mean
        return self

    def encode(self, videos: Videos) -> BinaryCodes:
        """Return sgn((x - mean) W) of each video's mean frame x, with Gaussian W."""
        self.check_fitted()
        return BinaryCodes.from_hyperplanes(videos.mean_pooled(), self.normals_, centre=self.mean_)
