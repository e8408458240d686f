"""Multiple Feature Hashing (MFH): Song, Yang, Huang, Shen and Hong, ACM Multimedia 2011."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from hashbench import BinaryCodes, Method, MethodSpec, Videos, hookimpl
from hashbench.errors import DataError, MethodError, UsageError
from hashbench.linear import (
    MARGIN,
    equal_runs,
    halving,
    projections,
    random_state,
    settled_basis,
)

if TYPE_CHECKING:
    from scipy.sparse import csr_array

_ROWS = 1024  # rows of a block of distances
_VIDEOS = 64  # videos read at a time
_SPARE = 8  # eigenvectors beyond L, to see whether the last ones have equals
_EQUAL = 1e-12  # eigenvalues that differ by less, as a part of the largest, count as equal
_PREDICTED = 1e-9  # length of the least prediction of a vector of length 1 that is not 0
_DIGITS = 36  # binary digits of a squared distance that count; float64 has 52


@hookimpl
def hashbench_register_methods() -> Iterable[MethodSpec]:
    """Register MFH."""
    return [
        MethodSpec(
            name="mfh",
            summary="linear functions of frames that keep the frames' neighbourhood graph",
            target="hashbench_mfh:MFH",
            reference="Song et al., Multiple feature hashing, ACM Multimedia 2011",
            year=2011,
            venue="ACM Multimedia",
        )
    ]


class MFH(Method):
    """Multiple feature hashing with one view (a reconstruction).

    On n sampled frames X (dims x n) with the Laplacian of their neighbour graph, L relaxed bits Y
    (n x L), their copy Y_g of the view, weights W and bias b minimise

        tr(Y_g^T L_g Y_g) + gamma ||Y - Y_g||^2
            + alpha (||X^T W + 1 b - Y||^2 + beta ||W||^2),  Y^T Y = I.

    With Y_g, W and b eliminated this is tr(Y^T D Y), whose minimisers are the eigenvectors of the
    smallest eigenvalues of D; the first of all, constant and of eigenvalue 0, says nothing and is
    skipped. A video's code is the mean of its frames' projections X^T W + b, thresholded; since
    the projection is linear, that of the mean frame.

    Chosen where the paper or its program leave it open: edges weigh 1 (Gaussian weights of
    sigma 1 underflow at 4,096 dimensions); the frames are sampled evenly over all; the
    threshold is each bit's median over the training videos. Where L exceeds the feature width, the
    further eigenvectors can hardly be predicted from X; their bits are the best linear guess, and
    the same for all videos where X says nothing.

    Parameters
    ----------
    bits : int
        Code length L; fewer than the sampled frames.
    seed : int
        Seed of the sample of frames.
    frames : int
        Frames n to sample, at most 10,000: D has n^2 entries.
    k : int
        Neighbours a frame has in the graph, itself left out.
    alpha, beta, gamma : float
        Weight of the regression, of its ridge, and of the ties between Y and Y_g.
    threshold : {"median", "sign"}
        Cut each bit at its median over the training videos, or at 0.

    Attributes
    ----------
    weights_ : ndarray of float64, shape (dims, L)
        W, columns scaled to unit spread of their projections.
    offset_ : ndarray of float64, shape (L,)
        b less the threshold.
    eigenvalues_ : ndarray of float64, shape (L,)
        Those of D that belong to Y, ascending.
    """

    def __init__(
        self,
        bits: int = 64,
        seed: int = 0,
        frames: int = 5000,
        k: int = 5,
        alpha: float = 1.0,
        beta: float = 1e-2,
        gamma: float = 1e-3,
        threshold: str = "median",
    ) -> None:
        super().__init__(bits, seed)
        self.frames = frames
        self.k = k
        self.alpha = alpha
        self.beta = beta
        self.gamma = gamma
        self.threshold = threshold

    def fit(self, train: Videos) -> Self:
        """Sample frames, build their graph, solve for Y and W, and set the thresholds."""
        self.check_params()
        X = sample_frames(train, self.frames, self.seed)
        if not np.isfinite(X).all():
            raise DataError(f"{train.name}: features hold NaN or infinite values")
        if len(X) <= max(self.bits, self.k):
            raise MethodError(
                f"mfh needs more frames than bits and neighbours: {train.name} gave {len(X)} "
                f"for bits={self.bits}, k={self.k}"
            )
        progress = self.workspace.progress.update
        laplacian = neighbour_laplacian(X, self.k, progress)
        W, b, self.eigenvalues_ = closed_form(
            X.T, laplacian, self.bits, self.alpha, self.beta, self.gamma, progress
        )
        mean = X.mean(axis=0, dtype=np.float64)
        centred_b = b + mean @ W
        spread = ((X - mean) @ W).std(axis=0)
        # Y has columns of length 1. Of one that X does not predict at all, W is rounding alone: 0.
        told = spread * np.sqrt(len(X)) > _PREDICTED
        spread, W, centred_b = np.where(told, spread, 1), W * told, centred_b * told
        self.centre_ = mean
        self.weights_ = W / spread
        self.offset_ = centred_b / spread
        if self.threshold == "median":
            self.offset_ = -self._thresholds(train)
        return self

    def encode(self, videos: Videos) -> BinaryCodes:
        """Return the thresholded mean of each video's frame projections."""
        self.check_fitted()
        return BinaryCodes.from_hyperplanes(
            videos.mean_pooled(), self.weights_, centre=self.centre_, offset=self.offset_
        )

    def diagnostics(self) -> dict[str, Any]:
        """Return the eigenvalues of D that belong to Y."""
        return {"eigenvalues": self.eigenvalues_.tolist()}

    def _thresholds(self, train: Videos) -> NDArray[np.float64]:
        X = train.mean_pooled()
        values = np.empty((len(X), self.bits))
        for start, part in projections(X, self.weights_, self.centre_):
            values[start : start + len(part)] = part
        lengths = np.linalg.norm(X, axis=1).max() + np.linalg.norm(self.centre_)
        least = 8 * MARGIN * (lengths * np.linalg.norm(self.weights_, axis=0))
        return np.array([halving(v, gap) for v, gap in zip(values.T, least, strict=True)])

    def check_params(self) -> None:
        """Raise UsageError where a parameter is out of range."""
        self.check_bits()
        if self.threshold not in ("median", "sign"):
            raise UsageError(f"mfh: threshold is {self.threshold!r}; 'median' or 'sign' is needed")
        if not 2 <= self.frames <= 10_000:
            raise UsageError(f"mfh: frames is {self.frames}; from 2 to 10000 are possible")
        if self.k < 1 or min(self.alpha, self.beta, self.gamma) <= 0:
            raise UsageError("mfh: k, alpha, beta and gamma must be positive")


def sample_frames(train: Videos, count: int, seed: int) -> NDArray[np.float32]:
    """Return ``count`` frames, or all if there are fewer, drawn evenly; shape (n, dims)."""
    total = len(train) * train.frames
    drawn = np.sort(random_state(seed).permutation(total)[:count])
    videos, frames = np.divmod(drawn, train.frames)
    X = np.empty((len(drawn), train.dims), np.float32)
    for start in range(0, len(drawn), _VIDEOS):
        part = slice(start, start + _VIDEOS)
        rows, where = np.unique(videos[part], return_inverse=True)
        X[part] = train.take(rows)[where, frames[part]]
    return X


def neighbour_laplacian(
    X: NDArray[np.float32], k: int, progress: Callable[..., None] | None = None
) -> csr_array:
    """Return L_g = diag(A 1) - A, A_pq = 1 where p is among the k nearest of q or q of p.

    Parameters
    ----------
    X : ndarray of shape (n, dims)
        Frames; nearness is Euclidean, and a frame is no neighbour of its own. Of frames that are
        equally near, the first ones count.
    k : int
        Neighbours, fewer than n.
    progress : callable, optional
        Told how many frames have their neighbours.
    """
    from scipy.sparse import csr_array, diags_array

    n = len(X)
    # Distances stay the same about the mean, and their expansion loses fewer digits.
    centred = X - X.mean(axis=0, dtype=np.float64)
    squares = np.einsum("ij,ij->i", centred, centred)
    # Distances that differ by rounding alone are made equal: the lower number is the nearer.
    step = 2.0 ** np.ceil(np.log2(max(float(squares.max()), np.finfo(float).tiny)) - _DIGITS)
    nearest = np.empty((n, k), np.int64)
    for start in range(0, n, _ROWS):
        part = slice(start, start + _ROWS)
        distances = squares[part, None] + squares - 2 * (centred[part] @ centred.T)
        distances = np.rint(distances / step)
        rows = np.arange(len(distances))
        distances[rows, start + rows] = np.inf
        nearest[part] = _k_least(distances, k)
        if progress is not None:
            progress("graph of frames", min(start + _ROWS, n), n)
    edges = csr_array((np.ones(n * k), (np.repeat(np.arange(n), k), nearest.ravel())), shape=(n, n))
    A = edges.maximum(edges.T)
    return (diags_array(A.sum(axis=0)) - A).tocsr()


def _k_least(values: NDArray[np.float64], k: int) -> NDArray[np.int64]:
    """Return the columns of the k least values of each row; among equals the first columns."""
    bound = np.partition(values, k - 1, axis=1)[:, k - 1 : k]
    below, equal = values < bound, values == bound
    wanted = k - below.sum(axis=1, keepdims=True)
    taken = below | (equal & (np.cumsum(equal, axis=1) <= wanted))
    return np.nonzero(taken)[1].reshape(-1, k)


def closed_form(
    X: NDArray[np.floating[Any]],
    laplacian: csr_array,
    bits: int,
    alpha: float,
    beta: float,
    gamma: float,
    progress: Callable[..., None] | None = None,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return W (dims, L), b (L,) and the eigenvalues of D that belong to Y.

    Everything dense, in float64, by LAPACK: all eigenvalues that matter lie within gamma = 1e-3 of
    each other (D is nearly 0 on what X predicts and nearly alpha elsewhere), where iterative
    solvers (ARPACK, LOBPCG) stall and float32 cannot tell neighbours apart. ``evr`` finds only the
    wanted vectors, and the three n x n steps work in place: 0.8 GB for n = 10,000.

    Parameters
    ----------
    X : ndarray, shape (dims, n)
        Frames as columns, as in the paper.
    laplacian : sparse array, shape (n, n)
        L_g.
    bits : int
        L, fewer than n.
    alpha, beta, gamma : float
        As in :class:`MFH`.
    progress : callable, optional
        Told which step is at work; LAPACK does not say how far it is within one.
    """
    from scipy.linalg import cho_factor, cho_solve, eigh, solve_triangular
    from scipy.linalg.blas import dsyrk

    def step(name: str) -> None:
        if progress is not None:
            progress(name, 0)

    n = X.shape[1]
    mean = X.mean(axis=1, dtype=np.float64)
    step("regression")
    XLc = X.astype(np.float64) - mean[:, None]
    # X Lc X^T + beta I = C C^T
    C, _ = cho_factor(XLc @ XLc.T + beta * np.eye(len(XLc)), lower=True, overwrite_a=True)
    step("graph term")
    D = _graph_term(laplacian, gamma)
    # Lc = I - 11^T / n. The constant eigenvector, of eigenvalue 0, is to be skipped: with 11^T / n
    # added instead of taken away, its eigenvalue is the largest and it is out of the way. All
    # others are orthogonal to it and stay as they are.
    D[np.diag_indices(n)] += alpha
    D += (alpha + gamma) / n
    # Lc X^T (X Lc X^T + beta I)^-1 X Lc = Z^T Z with Z = C^-1 X Lc
    Z = solve_triangular(C, XLc, lower=True)
    D = dsyrk(-alpha, Z, beta=1.0, c=D, trans=1, lower=True, overwrite_c=True)
    del Z
    step("eigenvectors")
    values, Y = eigh(
        D,
        lower=True,
        subset_by_index=[0, min(bits + _SPARE, n - 1) - 1],
        driver="evr",
        overwrite_a=True,
        check_finite=False,
    )
    # LAPACK may turn vectors of equal eigenvalues into each other, and mirror any.
    fixed = random_state(0).standard_normal(Y.shape)
    for columns in equal_runs(values, _EQUAL * (alpha + gamma)):
        Y[:, columns] = settled_basis(Y[:, columns], fixed[:, columns])
    values, Y = values[:bits], Y[:, :bits]
    W = cho_solve((C, True), XLc @ Y)
    b = Y.mean(axis=0) - mean @ W
    return W, b, values


def _graph_term(laplacian: csr_array, gamma: float) -> NDArray[np.float64]:
    """Return gamma I - gamma^2 (L_g + gamma I)^-1, the lower triangle of it, in Fortran order."""
    from scipy.linalg.lapack import dpotrf, dpotri

    n = laplacian.shape[0]
    D: NDArray[np.float64] = laplacian.toarray(order="F")
    D[np.diag_indices(n)] += gamma
    D, _ = dpotrf(D, lower=True, overwrite_a=True)
    D, _ = dpotri(D, lower=True, overwrite_c=True)
    D *= -(gamma**2)
    D[np.diag_indices(n)] += gamma
    return D
