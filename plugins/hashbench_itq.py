"""Iterative quantization (ITQ): Gong, Lazebnik, Gordo and Perronnin, TPAMI 2013."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Self

import numpy as np

from hashbench import BinaryCodes, Method, MethodSpec, Videos, hookimpl


@hookimpl
def hashbench_register_methods() -> Iterable[MethodSpec]:
    """Register ITQ."""
    return [
        MethodSpec(
            name="itq",
            summary="PCA of the mean frame, rotated so that rounding to signs loses least",
            target="hashbench_itq:ITQ",
            reference="Gong et al., Iterative quantization, TPAMI 2013",
        )
    ]


class ITQ(Method):
    """Iterative quantization of mean-pooled videos.

    Parameters
    ----------
    bits : int
        Code length L; at most the number of feature dimensions.
    seed : int
        Seed of the random orthogonal start.
    iterations : int
        Rounds of alternating minimisation (50 in the paper).
    """

    def __init__(self, bits: int = 64, seed: int = 0, iterations: int = 50) -> None:
        super().__init__(bits, seed)
        self.iterations = iterations

    def fit(self, train: Videos) -> Self:
        """Learn mean, principal directions and rotation."""
        X = train.mean_pooled()
        self.mean_ = X.mean(axis=0, dtype=np.float64).astype(np.float32)
        _, _, directions = np.linalg.svd(X - self.mean_, full_matrices=False)
        W = directions[: self.bits].T
        V = (X - self.mean_) @ W
        start = np.random.default_rng(self.seed).standard_normal((self.bits, self.bits))
        R = np.linalg.qr(start)[0].astype(np.float32)
        for _ in range(self.iterations):
            B = np.where(V @ R >= 0, np.float32(1), np.float32(-1))  # Eq. 3
            left, _, right = np.linalg.svd(B.T @ V)
            R = (left @ right).T
        self.projection_ = W @ R
        return self

    def encode(self, videos: Videos) -> BinaryCodes:
        """Return sgn((x - mean) W R) of each video's mean frame x."""
        self.check_fitted()
        return BinaryCodes.from_signs((videos.mean_pooled() - self.mean_) @ self.projection_)
