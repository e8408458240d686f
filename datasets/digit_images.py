"""``digits-images``: the 1,797 digits that scikit-learn brings, as single vectors of 64 pixels.

The first 130 of each digit, in scikit-learn's order, are trained on and ranked. The other 497 ask.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from hashbench_datasets.handwriting import handwriting
from numpy.typing import NDArray

from hashbench.data import Card, Made
from hashbench.errors import DataError

BRIGHTEST = 16
"""Pixels are whole numbers from 0 to this one."""


def generate(card: Card, argument: str | None) -> Mapping[str, Made]:
    """Return train and query: pixels as fractions, (n, 1, 64) float32, and digits.

    Raises
    ------
    DataError
        If scikit-learn brings other digits than the card was made for.
    """
    pixels, digits = handwriting()
    wanted = card.splits["train"].videos or 0
    if len(digits) != sum(split.videos or 0 for split in card.splits.values()):
        raise DataError(f"{card.name}: scikit-learn brings {len(digits)} digits, not 1797")
    first = _first_of_each(digits, wanted // card.classes)
    images = (pixels / BRIGHTEST).astype(np.float32)[:, None]
    return {
        name: Made(images[rows], digits[rows].astype(np.int32))
        for name, rows in (("train", first), ("query", ~first))
    }


def images(card: Card, split: str, rows: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Return some digits as images, (m, 1, 8, 8)."""
    features = generate(card, None)[split].features[rows]
    bright: NDArray[np.uint8] = np.rint(features.reshape(-1, 1, 8, 8) * 255).astype(np.uint8)
    return bright


def _first_of_each(digits: NDArray[np.int64], wanted: int) -> NDArray[np.bool_]:
    first = np.zeros(len(digits), bool)
    for digit in np.unique(digits):
        first[np.flatnonzero(digits == digit)[:wanted]] = True
    return first
