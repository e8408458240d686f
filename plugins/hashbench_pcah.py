"""PCA hashing (PCAH): signs of principal components, as in Wang, Kumar and Chang, CVPR 2010."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Self

from hashbench import BinaryCodes, Method, MethodSpec, Videos, hookimpl
from hashbench.errors import MethodError
from hashbench.linear import finite_mean, principal_directions, random_rotation
from hashbench.parameters import one_of


@hookimpl
def hashbench_register_methods() -> Iterable[MethodSpec]:
    """Register PCAH."""
    return [
        MethodSpec(
            name="pcah",
            summary="signs of the principal components of the mean frame",
            target="hashbench_pcah:PCAH",
            reference="Wang et al., Semi-supervised hashing for scalable image retrieval, "
            "CVPR 2010",
            year=2010,
            venue="CVPR",
        )
    ]


class PCAH(Method):
    """PCA hashing of mean-pooled videos.

    With x a mean frame and W the first L principal directions, the code is sgn((x - mean) W), where
    sgn(0) = +1. ``rotation="random"`` turns the L components by a random rotation R first:
    sgn((x - mean) W R). Components have unequal variances, and a rotation spreads the variance over
    the bits (Jegou et al., CVPR 2010). It is where ITQ begins, so that for equal seeds the
    difference from ``itq`` is what its rounds add.

    Parameters
    ----------
    bits : int
        Code length L, at most the number of principal directions.
    seed : int
        Seed of the rotation; without effect where there is none.
    rotation : {"none", "random"}

    Attributes
    ----------
    mean_ : ndarray of float64, shape (dims,)
        Mean of the training videos' mean frames.
    projection_ : ndarray of float64, shape (dims, L)
        W, or W R.
    """

    def __init__(self, bits: int = 64, seed: int = 0, rotation: str = "none") -> None:
        super().__init__(bits, seed)
        self.rotation = rotation

    def check_params(self) -> None:
        """Raise UsageError unless ``rotation`` is known."""
        one_of(("none", "random"), rotation=self.rotation)

    def fit(self, train: Videos) -> Self:
        """Learn mean and principal directions, and turn them.

        Raises
        ------
        MethodError
            If there are fewer principal directions than bits.
        """
        self.check_bits()
        self.check_params()
        self._check_directions(min(train.dims, len(train) - 1), train)
        X = train.mean_pooled()
        mean = finite_mean(X, train.name)
        W = principal_directions(X, mean, self.bits)
        self._check_directions(W.shape[1], train)
        if self.rotation == "random":
            W = W @ random_rotation(W, self.bits, self.seed)
        self.mean_ = mean
        self.projection_ = W
        return self

    def encode(self, videos: Videos) -> BinaryCodes:
        """Return sgn((x - mean) W R) of each video's mean frame x."""
        self.check_fitted()
        return BinaryCodes.from_hyperplanes(
            videos.mean_pooled(), self.projection_, centre=self.mean_
        )

    def _check_directions(self, directions: int, train: Videos) -> None:
        if self.bits > directions:
            raise MethodError(
                f"pcah: {self.bits} bits need as many principal directions; {train.name} has "
                f"{directions} ({len(train)} videos of {train.dims} dimensions)"
            )
