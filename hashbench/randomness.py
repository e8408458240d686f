"""Random streams that no release of numpy changes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def random_state(seed: int | Sequence[int]) -> np.random.RandomState:
    """Return a stream of draws that is the same on every machine and in every release of numpy.

    Numpy keeps the streams of ``PCG64`` and of ``RandomState``'s methods, and reserves the right
    to change those of ``Generator`` (NEP 19). A normal number may differ in its last bit, since
    it takes a logarithm. What is made of it belongs in float64.

    Parameters
    ----------
    seed : int or sequence of int
        Not negative. A sequence such as ``[seed, 1]`` gives a second stream of one seed.

    Examples
    --------
    >>> random_state(0).permutation(5).tolist() == random_state(0).permutation(5).tolist()
    True
    """
    return np.random.RandomState(np.random.PCG64(seed))
