"""Methods that work, fail, hang or die on demand, as a single-file plugin."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Self

import numpy as np

from hashbench import BinaryCodes, Method, MethodSpec, Videos, hookimpl

NAMES = (
    "Planes",
    "boom",
    "dies",
    "exits",
    "wrong",
    "peeks",
    "teacher",
    "unsaved",
    "steers",
    "tells",
)


@hookimpl
def hashbench_register_methods() -> Iterable[MethodSpec]:
    """Register them all."""
    return [
        MethodSpec(
            name=name.lower(),
            summary="for tests",
            target=f"trial_methods:{name.capitalize()}",
            reference="none",
            supervised=name == "teacher",
            control=name == "teacher",
        )
        for name in NAMES
    ]


class Planes(Method):
    """Random hyperplanes on the mean frame; writes down each fit, and can take its time."""

    def __init__(
        self,
        bits: int = 64,
        seed: int = 0,
        gain: float = 1.0,
        nap: float = 0.0,
        log: str = "",
        style: str = "plain",
        centred: bool = True,
        limit: int | None = None,
    ) -> None:
        super().__init__(bits, seed)
        self.gain = gain
        self.nap = nap
        self.log = log
        self.style = style
        self.centred = centred
        self.limit = limit

    def fit(self, train: Videos) -> Self:
        """Draw the planes."""
        if self.log:
            with Path(self.log).open("a") as file:
                file.write(f"{self.bits}\n")
        for step in range(10):
            self.workspace.progress.update("fit", step, 10, loss=1 / (step + 1))
            time.sleep(self.nap / 10)
        print("fitting prints to stdout")
        X = train.mean_pooled()
        self.mean_ = X.mean(axis=0) * np.float32(self.centred)
        draw = np.random.default_rng(self.seed).standard_normal((X.shape[1], self.bits))
        self.planes_ = (self.gain * draw).astype(np.float32)
        return self

    def encode(self, videos: Videos) -> BinaryCodes:
        """Return the signs."""
        return BinaryCodes.from_signs((videos.mean_pooled() - self.mean_) @ self.planes_)

    def diagnostics(self) -> dict[str, Any]:
        """Return a made-up history."""
        return {"loss": [1.0, 0.5]}


class Boom(Planes):
    """Raises while it encodes."""

    def encode(self, videos: Videos) -> BinaryCodes:
        """Raise."""
        raise ValueError("the loss is infinite\nand a second line")


class Dies(Planes):
    """Is killed as the kernel kills who takes too much memory."""

    def fit(self, train: Videos) -> Self:
        """Die."""
        os.kill(os.getpid(), signal.SIGKILL)
        return self


class Exits(Planes):
    """Leaves without a word of its own."""

    def fit(self, train: Videos) -> Self:
        """Exit."""
        sys.stderr.write("last words\n")
        sys.stderr.flush()
        os._exit(7)


class Steers(Planes):
    """Raises in colour."""

    def fit(self, train: Videos) -> Self:
        """Raise."""
        raise ValueError("\x1b[1mcannot do this\x1b[0m")


class Tells(Planes):
    """Reports what a terminal would act on."""

    def diagnostics(self) -> dict[str, Any]:
        """Return a colour."""
        return {"note": "\x1b[0m"}


class Wrong(Planes):
    """Returns one code too few."""

    def encode(self, videos: Videos) -> BinaryCodes:
        """Return too few codes."""
        return super().encode(videos)[:-1]


class Peeks(Planes):
    """Says that it is unsupervised, and reads labels."""

    def fit(self, train: Videos) -> Self:
        """Read labels."""
        assert train.labels is not None
        return self


class Teacher(Planes):
    """May read labels."""

    def fit(self, train: Videos) -> Self:
        """Read labels."""
        self.classes_ = train.labels.n_classes
        return super().fit(train)


class Unsaved(Planes):
    """Keeps what cannot be written."""

    def fit(self, train: Videos) -> Self:
        """Keep an object."""
        self.thing_ = object()
        return super().fit(train)
