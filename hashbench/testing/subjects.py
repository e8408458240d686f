"""Small videos, and a method under test with its fits remembered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from hashbench.catalogue import method
from hashbench.codes import BinaryCodes
from hashbench.data.videos import Videos
from hashbench.estimator import Method
from hashbench.labels import Labels

BITS = 16
WIDTHS = (8, 12, 32, 64, 128, 256)
"""Code lengths to try beside ``BITS``: one is no multiple of 8, some exceed the features' width."""


def small_videos(
    n: int, *, frames: int = 12, dims: int = 20, classes: int = 5, seed: int = 0
) -> Videos:
    """Return labelled videos that wander about one centre a class.

    Parameters
    ----------
    n, frames, dims, classes : int
        Sizes.
    seed : int
        Of the videos; the centres are the same for every seed.
    """
    rng = np.random.default_rng(seed)
    centres = 2 * np.random.default_rng(99).standard_normal((classes, dims))
    ids = rng.permutation(np.arange(n) % classes)
    walk = np.cumsum(rng.standard_normal((n, frames, dims)), axis=1) / np.sqrt(frames)
    features = (1 + centres[ids][:, None] + walk).astype(np.float32)
    return Videos(features, Labels.from_array(ids, classes), name=f"small-{seed}")


@dataclass
class MethodSubject:
    """A method under test.

    Parameters
    ----------
    make : callable
        ``make(bits=..., seed=...)`` returns a new, unfitted method.
    name : str, optional
        Its registered name, where it has one.
    train, query : Videos
        Small and labelled.
    """

    make: Callable[..., Method]
    name: str | None = None
    train: Videos = field(default_factory=lambda: small_videos(80))
    query: Videos = field(default_factory=lambda: small_videos(30, seed=1))

    @cached_property
    def uses_labels(self) -> bool:
        """Whether the method may read labels."""
        return self.supervised or self.make(bits=BITS, seed=0).uses_labels

    @cached_property
    def supervised(self) -> bool:
        """Whether it is registered as supervised."""
        from hashbench.plugins import registry

        return self.name is not None and registry().methods.get(self.name).supervised

    def handed(self, videos: Videos) -> Videos:
        """Return ``videos`` as the harness hands them over."""
        return videos if self.uses_labels else videos.unlabelled()

    def fit(self, bits: int = BITS, seed: int = 0, train: Videos | None = None) -> Method:
        """Return a freshly fitted method."""
        made = self.make(bits=bits, seed=seed)
        returned = made.fit(self.handed(self.train if train is None else train))
        assert returned is made, "fit does not return self"
        return made

    def codes(self, fitted: Method, videos: Videos | None = None) -> BinaryCodes:
        """Return the codes of ``videos``, by default the queries."""
        return fitted.encode(self.handed(self.query if videos is None else videos))

    @cached_property
    def fitted(self) -> Method:
        """The method fitted with 16 bits and seed 0; encode only."""
        return self.fit()

    @cached_property
    def expected(self) -> BinaryCodes:
        """Codes of the queries by :attr:`fitted`."""
        return self.codes(self.fitted)


def subject_of(factory: str | Callable[..., Method]) -> tuple[str, MethodSubject]:
    """Return a label and the subject for a registered name, a class or a factory."""
    if isinstance(factory, str):
        name = factory

        def make(**params: Any) -> Method:
            return method(name, **params)

        return name, MethodSubject(make, name)
    named = getattr(factory, "func", factory)  # a functools.partial names what it wraps
    return str(getattr(named, "__name__", type(named).__name__)), MethodSubject(factory)
