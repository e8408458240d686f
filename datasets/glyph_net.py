"""The frozen network that looks at the frames of the digit videos."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

ASSET = Path(__file__).parent / "assets" / "glyph_net.npz"


@dataclass(frozen=True, slots=True, eq=False)
class GlyphNet:
    """The first layer of a digit classifier: relu(W x + b), in whole numbers.

    Parameters
    ----------
    W : ndarray of int8, shape (width, pixels)
        Weights.
    b : ndarray of int32, shape (width,)
        Biases, in units of W times a grey level.
    shift : int
        A feature is the whole number relu(W x + b) >> shift, over 32.
    """

    W: NDArray[np.int8]
    b: NDArray[np.int32]
    shift: int

    @classmethod
    def load(cls, path: Path = ASSET) -> GlyphNet:
        """Read the weights that ``train_glyph_net`` wrote."""
        with np.load(path, allow_pickle=False) as archive:
            return cls(archive["W"], archive["b"], int(archive["shift"]))

    def save(self, path: Path = ASSET) -> None:
        """Write the weights."""
        np.savez(path, W=self.W, b=self.b, shift=np.int64(self.shift))

    @property
    def width(self) -> int:
        """Features a frame."""
        return len(self.b)

    def features(self, frames: NDArray[np.uint8]) -> NDArray[np.float16]:
        """Return features (..., width) of grey frames (..., pixels).

        Exact on every machine: with 64 weights of 7 bits and pixels of 8, all sums stay below
        2**24, up to which float32 holds every whole number, whatever the order of summation;
        the features are whole numbers up to 2047 over 32, which float16 holds exactly.
        """
        x = frames.reshape(-1, frames.shape[-1]).astype(np.float32)
        sums = (x @ self.W.T.astype(np.float32)).astype(np.int32) + self.b
        levels = np.minimum(np.maximum(sums, 0) >> self.shift, 2047)
        return (
            (levels.astype(np.float32) / 32)
            .astype(np.float16)
            .reshape(*frames.shape[:-1], self.width)
        )
