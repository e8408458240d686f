"""Spectral hashing (SH): Weiss, Torralba and Fergus, NIPS 2008."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Self

import numpy as np
from numpy.typing import NDArray

from hashbench import BinaryCodes, Method, MethodSpec, Videos, hookimpl
from hashbench.errors import DataError, MethodError
from hashbench.linear import MARGIN, finite_mean, principal_directions, projections

_DIGITS = 9
"""Frequencies that agree to so many digits, relative to the lowest, count as equal."""


@hookimpl
def hashbench_register_methods() -> Iterable[MethodSpec]:
    """Register SH."""
    return [
        MethodSpec(
            name="sh",
            summary="signs of sinusoids along the principal components of the mean frame",
            target="hashbench_sh:SH",
            reference="Weiss et al., Spectral hashing, NIPS 2008",
            year=2008,
            venue="NIPS",
            program="https://www.cs.huji.ac.il/~yweiss/SpectralHashing/",
        )
    ]


class SH(Method):
    """Spectral hashing of mean-pooled videos.

    The codes that a balanced cut of the graph of all videos would give, were the videos spread
    evenly over a box along their principal components. The Laplacian of such a box has
    eigenfunctions in closed form. Along component i, which runs from a_i to b_i, they are

        Phi_k(x) = sin(pi / 2 + k pi / (b_i - a_i) (x - a_i)),  k = 1, 2, ...,

    with an eigenvalue that falls with k / (b_i - a_i). The L bits are the signs of the L functions
    of the lowest frequency, sgn(0) = +1. A long component gets several bits, a short one none.

    Parameters
    ----------
    bits : int
        Code length L; may exceed the number of feature dimensions.
    seed : int
        Without effect: nothing is random.

    Attributes
    ----------
    mean_ : ndarray of float64, shape (dims,)
        Mean of the training videos' mean frames.
    directions_ : ndarray of float64, shape (dims, L)
        The principal direction of each bit.
    lowest_ : ndarray of float64, shape (L,)
        a of the component of each bit.
    frequencies_ : ndarray of float64, shape (L,)
        k / (b - a) of each bit, in half waves a unit of the features.
    modes_ : ndarray of int64, shape (L, 2)
        Component i, from 0, and k of each bit.
    """

    def __init__(self, bits: int = 64, seed: int = 0) -> None:
        super().__init__(bits, seed)

    def fit(self, train: Videos) -> Self:
        """Find the principal components, their range, and the lowest frequencies.

        Raises
        ------
        MethodError
            If all training videos are equal.
        """
        self.check_bits()
        X = train.mean_pooled()
        mean = finite_mean(X, train.name)
        W = principal_directions(X, mean, self.bits)
        low, high = np.full(W.shape[1], np.inf), np.full(W.shape[1], -np.inf)
        for _, values in projections(X, W, mean):
            low = np.minimum(low, values.min(axis=0))
            high = np.maximum(high, values.max(axis=0))
        width = high - low
        if not width[0] > MARGIN * (np.linalg.norm(mean) + np.abs(X).max()):
            raise MethodError(f"sh: all videos of {train.name} are equal: there is no direction")
        self.modes_ = lowest_modes(width, self.bits)
        component = self.modes_[:, 0]
        self.mean_ = mean
        self.directions_ = np.ascontiguousarray(W[:, component])
        self.lowest_ = low[component]
        self.frequencies_ = self.modes_[:, 1] / width[component]
        return self

    def encode(self, videos: Videos) -> BinaryCodes:
        """Return the signs of the eigenfunctions at each video's mean frame."""
        self.check_fitted()
        X = videos.mean_pooled()
        origin = float(np.linalg.norm(self.mean_))
        parts = []
        for start, values in projections(X, self.directions_, self.mean_):
            if not np.isfinite(values).all():
                raise DataError(f"{videos.name}: features hold NaN or infinite values")
            lengths = np.linalg.norm(X[start : start + len(values)].astype(np.float64), axis=1)
            reach = (lengths + origin)[:, None] + np.abs(self.lowest_)
            parts.append(self._signs(values - self.lowest_, reach))
        return BinaryCodes.concatenate(parts)

    def _signs(self, x: NDArray[np.float64], reach: NDArray[np.float64]) -> BinaryCodes:
        """Return the signs at x (n, L), whose rounding errors are a part of ``reach`` (n, L).

        sin(pi / 2 + pi t) is at least 0 for t from -1/2 to 1/2, up to whole turns of 2. No sine is
        computed: libraries round it differently.
        """
        t = x * self.frequencies_ + 0.5
        bits = np.mod(t, 2) <= 1
        near = np.abs(t - np.rint(t)) <= MARGIN * reach * self.frequencies_
        codes = BinaryCodes.from_bits(bits | near)
        return BinaryCodes(codes.packed, codes.n_bits, int(np.count_nonzero(near)))


def lowest_modes(width: NDArray[np.float64], count: int) -> NDArray[np.int64]:
    """Return component and k of the ``count`` lowest frequencies k / width.

    Parameters
    ----------
    width : ndarray of float64, shape (d,)
        b - a of each component, in the order of the components; those of no width have no modes.
    count : int

    Returns
    -------
    ndarray of int64, shape (count, 2)
        By frequency; among equal frequencies the first component comes first.

    Examples
    --------
    >>> lowest_modes(np.array([4.0, 1.5, 2.0]), 4).tolist()
    [[0, 1], [0, 2], [2, 1], [1, 1]]
    """
    longest = float(width.max())
    # float32 features bear six digits: a component that is shorter is rounding.
    usable = np.flatnonzero(width > 1e-7 * longest)
    component, k = np.repeat(usable, count), np.tile(np.arange(1, count + 1), len(usable))
    frequency = k * longest / width[component]
    order = np.lexsort((component, np.round(frequency, _DIGITS)))[:count]
    return np.stack([component[order], k[order]], axis=1)
