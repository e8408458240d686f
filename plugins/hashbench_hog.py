"""The extractor ``hog-color``: a classical descriptor of frames, which needs no weights.

Histograms of oriented gradients (Dalal and Triggs, CVPR 2005) say where edges run, histograms of
hue, saturation and value which colours there are. Networks trained on images say far more of what
a frame shows. This one is for a folder of videos and nothing else at hand.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hashbench import ExtractorSpec, hookimpl
from hashbench.errors import UsageError

SIDE = 128
"""Pixels of the square that is looked at."""

_ORIENTATIONS, _CELL, _BLOCK = 9, 16, 2
_GRID, _BINS = 2, 16
_HOG = (SIDE // _CELL - _BLOCK + 1) ** 2 * _BLOCK**2 * _ORIENTATIONS
_COLOUR = _GRID**2 * 3 * _BINS


@hookimpl
def hashbench_register_extractors() -> Iterable[ExtractorSpec]:
    """Register hog-color."""
    return [
        ExtractorSpec(
            name="hog-color",
            summary="classical: edges (HOG) and colour histograms of a frame; no weights needed",
            target="hashbench_hog:HogColor",
            reference="Dalal and Triggs, Histograms of oriented gradients, CVPR 2005, with "
            "histograms of hue, saturation and value",
        )
    ]


class HogColor:
    """The extractor ``hog-color``: 1956 features of a frame's central square.

    1764 are a HOG of 128 x 128 pixels: 9 orientations, cells of 16 x 16, blocks of 2 x 2 cells
    with L2-Hys, as :func:`skimage.feature.hog` has them. 192 are square roots of the shares of 16
    bins of hue, saturation and value in each quarter of the square. Both parts have a mean square
    of 1 over their dimensions at most, so that neither drowns the other.

    Parameters
    ----------
    weights : None
        There are none.
    device : str
        Computed on the CPU, whatever it says.

    Raises
    ------
    UsageError
        If weights are given, or scikit-image is not installed.
    """

    dims = _HOG + _COLOUR

    def __init__(self, weights: Path | None, device: str) -> None:
        if weights is not None:
            raise UsageError(f"--weights {weights}: hog-color has no weights; leave it out")
        try:
            import skimage.color
            import skimage.feature
            import skimage.transform
        except ImportError as error:
            reason = "hog-color needs scikit-image: pip install 'hashbench[video]'"
            raise UsageError(f"{reason} ({error})") from error
        self._hog: Any = skimage.feature.hog
        self._hsv: Any = skimage.color.rgb2hsv
        self._resize: Any = skimage.transform.resize

    @property
    def identity(self) -> str:
        """Descriptor, its sizes and its preparation."""
        return f"hog-color:1:{SIDE}:{_ORIENTATIONS}:{_CELL}:{_BLOCK}:{_GRID}:{_BINS}"

    def prepare(self, image: NDArray[np.uint8]) -> NDArray[Any]:
        """Cut out the central square and bring it to 128 x 128, (128, 128, 3) uint8."""
        height, width = image.shape[:2]
        side = min(height, width)
        top, left = (height - side) // 2, (width - side) // 2
        square = image[top : top + side, left : left + side]
        resized = self._resize(square, (SIDE, SIDE), anti_aliasing=True, preserve_range=True)
        prepared: NDArray[Any] = np.clip(np.rint(resized), 0, 255).astype(np.uint8)
        return prepared

    def __call__(self, images: NDArray[Any]) -> NDArray[np.float32]:
        """Return features (m, 1956) of prepared frames (m, 128, 128, 3)."""
        features = np.empty((len(images), self.dims), np.float32)
        for row, image in zip(features, images, strict=True):
            row[:_HOG] = self._edges(image)
            row[_HOG:] = self._colours(image)
        return features

    def _edges(self, image: NDArray[Any]) -> NDArray[np.float64]:
        edges: NDArray[np.float64] = self._hog(
            image,
            orientations=_ORIENTATIONS,
            pixels_per_cell=(_CELL, _CELL),
            cells_per_block=(_BLOCK, _BLOCK),
            block_norm="L2-Hys",
            channel_axis=-1,
        )
        # A block has norm 1: as many numbers as a block has would have a mean square of 1.
        scaled: NDArray[np.float64] = edges * (_BLOCK**2 * _ORIENTATIONS) ** 0.5
        return scaled

    def _colours(self, image: NDArray[Any]) -> NDArray[np.float64]:
        hsv = self._hsv(image)  # each from 0 to 1
        bins = np.minimum((hsv * _BINS).astype(np.int64), _BINS - 1)
        half = SIDE // _GRID
        shares = np.empty((_GRID, _GRID, 3, _BINS))
        for y, x, channel in np.ndindex(_GRID, _GRID, 3):
            part = bins[y * half : (y + 1) * half, x * half : (x + 1) * half, channel]
            shares[y, x, channel] = np.bincount(part.ravel(), minlength=_BINS) / half**2
        # The root of shares that add up to 1 has norm 1.
        roots: NDArray[np.float64] = np.sqrt(shares * _BINS).ravel()
        return roots
