"""Image files as videos of one frame."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hashbench.data.extraction.decoding import Sampled, UndecodableError
from hashbench.errors import UsageError

IMAGE_SUFFIXES = frozenset((".bmp", ".jpeg", ".jpg", ".png", ".ppm", ".tif", ".tiff", ".webp"))


def is_image(path: Path) -> bool:
    """Whether a file is an image by its name."""
    return path.suffix.lower() in IMAGE_SUFFIXES


def read_image(path: Path, prepare: Callable[[NDArray[np.uint8]], NDArray[Any]]) -> Sampled:
    """Return an image as the only frame of a video.

    Parameters
    ----------
    path : Path
    prepare : callable
        Brings an image (height, width, 3), RGB uint8, to a fixed shape.

    Raises
    ------
    UsageError
        If Pillow is not installed.
    UndecodableError
        If the file is missing, is no image, or breaks off.
    """
    try:
        from PIL import Image
    except ImportError as error:
        raise UsageError("reading images needs Pillow: pip install pillow") from error
    try:
        with Image.open(path) as image:
            pixels = np.asarray(image.convert("RGB"))
    except FileNotFoundError:
        raise UndecodableError(f"{path}: no such file") from None
    except Exception as error:  # Pillow's decoders raise what they like for damaged files
        reason = "not an image" if "cannot identify" in str(error) else str(error)
        raise UndecodableError(f"{path}: {reason or type(error).__name__}") from error
    return Sampled(prepare(pixels)[None], 1)
