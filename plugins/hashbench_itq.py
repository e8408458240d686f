"""Iterative quantization (ITQ): Gong, Lazebnik, Gordo and Perronnin, TPAMI 2013."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from hashbench import BinaryCodes, Method, MethodSpec, Videos, hookimpl
from hashbench.errors import UsageError
from hashbench.linear import (
    MARGIN,
    finite_mean,
    nearest_orthonormal,
    principal_directions,
    random_state,
    room_for,
    row_blocks,
)


@hookimpl
def hashbench_register_methods() -> Iterable[MethodSpec]:
    """Register ITQ."""
    return [
        MethodSpec(
            name="itq",
            summary="PCA of the mean frame, rotated so that rounding to signs loses least",
            target="hashbench_itq:ITQ",
            reference="Gong et al., Iterative quantization, TPAMI 2013",
            year=2013,
            venue="IEEE TPAMI",
        )
    ]


class ITQ(Method):
    """Iterative quantization of mean-pooled videos.

    With x a mean frame, W the first principal directions and V = (X - mean) W, ITQ seeks binary B
    and a rotation R that minimise the quantisation loss Q(B, R) = ||B - V R||^2 (Eq. 2), each
    with the other held fixed. A video's code is sgn((x - mean) W R), where sgn(0) = +1.

    Where L exceeds the number of directions (the feature width, or videos less one), V is taken
    to have L - d further columns of zeros. Nothing of the algorithm changes, and only the first d
    rows of the L x L rotation matter; these, orthonormal, are the R kept here.

    The codes are the same on every machine. All is in float64, B depends on its rounding only
    where a projection is 0, and R is made from B anew in each round, so that errors do not grow.
    The random start belongs to the space that W spans, not to W: directions of equal variance,
    which LAPACK may turn or mirror, yield the same codes.

    Parameters
    ----------
    bits : int
        Code length L.
    seed : int
        Seed of the random orthogonal start.
    iterations : int
        Rounds of alternating minimisation (50 in the paper).

    Attributes
    ----------
    mean_ : ndarray of float64, shape (dims,)
        Mean of the training videos' mean frames.
    projection_ : ndarray of float64, shape (dims, L)
        W R.
    loss_ : ndarray of float64, shape (rounds,)
        Q(B, R) / (N L) at the end of each round; it never rises. Fewer than ``iterations`` where
        B no longer changed: then R is a fixed point and further rounds would repeat it.
    """

    def __init__(self, bits: int = 64, seed: int = 0, iterations: int = 50) -> None:
        super().__init__(bits, seed)
        self.iterations = iterations

    def check_params(self) -> None:
        """Raise UsageError unless ``iterations`` is a positive whole number."""
        if not isinstance(self.iterations, int) or self.iterations < 1:
            raise UsageError(f"itq: iterations is {self.iterations!r}; at least 1 is needed")

    def fit(self, train: Videos) -> Self:
        """Learn mean, principal directions and rotation."""
        self.check_bits()
        self.check_params()
        X = train.mean_pooled()
        mean = finite_mean(X, train.name)
        W = principal_directions(X, mean, self.bits)
        V = room_for((len(X), W.shape[1]))
        for rows, part in zip(row_blocks(X), row_blocks(V), strict=True):
            np.matmul(rows - mean, W, out=part)
        R, self.loss_ = rotate(V, random_start(W, self.bits, self.seed), self.iterations)
        self.mean_ = mean
        self.projection_ = W @ R
        return self

    def encode(self, videos: Videos) -> BinaryCodes:
        """Return sgn((x - mean) W R) of each video's mean frame x."""
        self.check_fitted()
        return BinaryCodes.from_hyperplanes(
            videos.mean_pooled(), self.projection_, centre=self.mean_
        )

    def diagnostics(self) -> dict[str, Any]:
        """Return the quantisation loss by round."""
        return {"quantisation_loss": self.loss_.tolist()}


def random_start(W: NDArray[np.float64], bits: int, seed: int) -> NDArray[np.float64]:
    """Return a random R, shape (d, bits), with orthonormal rows, such that W R depends on W's span.

    The orthonormal matrix nearest to W^T G, where G is Gaussian. It is as random as the orthogonal
    factor of a Gaussian matrix, and turns with W: for W O it is O^T R.

    Parameters
    ----------
    W : ndarray of float64, shape (dims, d)
        Orthonormal columns; d is at most ``bits``.
    bits : int
        Columns L.
    seed : int
        Seed of G.
    """
    G = random_state(seed).standard_normal((len(W), bits))
    return nearest_orthonormal(W.T @ G)


def rotate(
    V: NDArray[np.float64], start: NDArray[np.float64], iterations: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Minimise ||B - V R||^2 over B in {-1, +1} and R with orthonormal rows (Sec. 3.2).

    Parameters
    ----------
    V : ndarray of float64, shape (n, d)
        Centred, projected data.
    start : ndarray of float64, shape (d, L)
        The first R; d is at most L.
    iterations : int
        Rounds at most.

    Returns
    -------
    R : ndarray of float64, shape (d, L)
        R R^T = I.
    loss : ndarray of float64
        ||B - V R||^2 / (n L) after each round.
    """
    n, bits, R = len(V), start.shape[1], start
    energy = sum(float(np.vdot(rows, rows)) for rows in row_blocks(V))
    # A video at the mean, whose projections are rounding alone, counts as on the plane: +1.
    least = -MARGIN * np.sqrt(energy / n)
    losses: list[float] = []
    signs = np.zeros((n, bits), bool)
    for number in range(iterations):
        # Fix R and update B: B = sgn(V R), the sum B^T V gathered on the way.
        changed = number == 0
        BV = np.zeros((bits, V.shape[1]))
        for rows, part in zip(row_blocks(V), row_blocks(signs), strict=True):
            positive = (rows @ R) >= least
            changed = changed or not np.array_equal(part, positive)
            part[:] = positive
            B = positive.astype(np.float64)
            B *= 2
            B -= 1
            BV += B.T @ rows
        if not changed:
            break
        # Fix B and update R, the orthogonal Procrustes problem: B^T V = S Omega S'^T, R = S' S^T.
        S, omega, St = np.linalg.svd(BV, full_matrices=False)
        R = (S @ St).T
        losses.append((n * bits + energy - 2 * float(omega.sum())) / (n * bits))
    return R, np.array(losses)
