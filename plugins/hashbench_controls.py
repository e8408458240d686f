"""Yardsticks, not methods: ``random`` knows nothing of the videos, ``oracle`` their labels."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Self

import numpy as np
from numpy.typing import NDArray

from hashbench import BinaryCodes, Labels, Method, MethodSpec, Videos, hookimpl
from hashbench.errors import DataError
from hashbench.linear import random_state

_ENUMERABLE = 16
"""Up to this many bits, code words are drawn from a list of all 2^L."""


@hookimpl
def hashbench_register_methods() -> Iterable[MethodSpec]:
    """Register the controls."""
    return [
        MethodSpec(
            name="random",
            summary="coin tosses: what chance, the data set and the measure give by themselves",
            target="hashbench_controls:RandomCodes",
            reference="control",
            control=True,
        ),
        MethodSpec(
            name="oracle",
            summary="codes made from the labels: what the measure and the code length allow",
            target="hashbench_controls:Oracle",
            reference="control",
            supervised=True,
            control=True,
        ),
    ]


class RandomCodes(Method):
    """Fair coins, tossed by a hash of the video's mean frame and the seed.

    A coin tossed by the position instead would give a video another code in another batch.

    Parameters
    ----------
    bits : int
        Code length L.
    seed : int
        Seed of the coins.

    Attributes
    ----------
    dims_ : int
        Feature dimensions of the training videos.
    """

    def __init__(self, bits: int = 64, seed: int = 0) -> None:
        super().__init__(bits, seed)

    def fit(self, train: Videos) -> Self:
        """Learn nothing."""
        self.check_bits()
        self.dims_ = train.dims
        return self

    def encode(self, videos: Videos) -> BinaryCodes:
        """Return ``bits`` coins a video; equal videos get equal codes."""
        self.check_fitted()
        _check_dims(videos, self.dims_)
        return BinaryCodes(_coins(videos.mean_pooled(), self.bits, self.seed), self.bits)


class Oracle(Method):
    """Codes made from the labels, of queries and database as well.

    Each class has a random code word; words are distinct as long as there are at most 2^L
    classes, and further classes share them evenly. A video of one class gets its word, so that
    the ranking is perfect. A video of several gets their bitwise majority, which lies nearer to
    each of its words than a random code does; no code of L bits makes that perfect for every
    family of label sets. A video without a label, relevant to none, gets coins.

    Parameters
    ----------
    bits : int
        Code length L.
    seed : int
        Seed of the code words.

    Attributes
    ----------
    dims_ : int
        Feature dimensions of the training videos.
    """

    def __init__(self, bits: int = 64, seed: int = 0) -> None:
        super().__init__(bits, seed)

    @property
    def uses_labels(self) -> bool:
        """True: ``encode`` reads labels."""
        return True

    def fit(self, train: Videos) -> Self:
        """Learn nothing: the words depend on ``seed`` and ``bits`` only."""
        self.check_bits()
        self.dims_ = train.dims
        return self

    def encode(self, videos: Videos) -> BinaryCodes:
        """Return the majority of the code words of each video's classes.

        Raises
        ------
        DataError
            If the videos come without labels.
        """
        self.check_fitted()
        _check_dims(videos, self.dims_)
        if not videos.has_labels:
            raise DataError(f"{videos.name}: the oracle makes codes from labels; there are none")
        labels = videos.labels
        words = code_words(labels.n_classes, self.bits, self.seed)
        packed = np.packbits(_majority(labels, words), axis=1, bitorder="little")
        lonely = ~labels.multi_hot.any(axis=1)
        if lonely.any():
            packed[lonely] = _coins(videos.mean_pooled()[lonely], self.bits, self.seed)
        return BinaryCodes(packed, self.bits)


def code_words(classes: int, bits: int, seed: int) -> NDArray[np.bool_]:
    """Return one code word a class, shape (classes, bits); word c depends on c, not on the rest."""
    rng = random_state(seed)
    if bits <= _ENUMERABLE:
        numbers = rng.permutation(1 << bits)[np.arange(classes) % (1 << bits)]
        words: NDArray[np.bool_] = (numbers[:, None] >> np.arange(bits) & 1).astype(bool)
        return words
    # Longer words are distinct as good as always; a repeated one is drawn again.
    drawn: dict[bytes, NDArray[np.bool_]] = {}
    while len(drawn) < classes:
        word = rng.randint(0, 2, bits, dtype=np.uint8).astype(bool)
        drawn.setdefault(word.tobytes(), word)
    return np.array(list(drawn.values())).reshape(classes, bits)


def _check_dims(videos: Videos, dims: int) -> None:
    """Refuse other features than those of training, as every method does."""
    if videos.dims != dims:
        raise DataError(f"{videos.name}: features have {videos.dims} dimensions; {dims} are needed")


def _majority(labels: Labels, words: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the bitwise majority of each video's words; its lowest class decides a draw."""
    votes = labels.multi_hot.astype(np.float32) @ (2 * words.astype(np.float32) - 1)
    first = words[labels.multi_hot.argmax(axis=1)]
    return np.where(votes == 0, first, votes > 0)


def _coins(X: NDArray[np.float32], bits: int, seed: int) -> NDArray[np.uint8]:
    """Return packed random bits, each row a hash of the seed and of a row of X."""
    width = -(-bits // 8)
    packed = np.empty((len(X), width), np.uint8)
    key = hashlib.sha256(f"hashbench random {seed}".encode())
    for i, row in enumerate(np.ascontiguousarray(X, dtype="<f4")):
        inner = key.copy()
        inner.update(row.data)
        packed[i] = np.frombuffer(hashlib.shake_256(inner.digest()).digest(width), np.uint8)
    if bits % 8:
        packed[:, -1] &= (1 << bits % 8) - 1
    return packed
