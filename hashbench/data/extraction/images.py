"""Image files as videos of one frame."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hashbench.data.extraction.decoding import Sampled, UndecodableError
from hashbench.errors import UsageError

IMAGE_SUFFIXES = frozenset((".bmp", ".jpeg", ".jpg", ".png", ".ppm", ".tif", ".tiff", ".webp"))

_SIXTEEN_BITS = ("PNG", "PPM")
"""Formats whose 16 bits of grey Pillow may give as 32."""


def is_image(path: Path) -> bool:
    """Whether a file is an image by its name."""
    return path.suffix.lower() in IMAGE_SUFFIXES


def read_image(path: Path, prepare: Callable[[NDArray[np.uint8]], NDArray[Any]]) -> Sampled:
    """Return an image as the only frame of a video, upright as its camera noted.

    Of 16 bits of grey the upper 8 are taken.

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
        If the file is missing, is no image, breaks off, or has values of no known range.
    """
    try:
        from PIL import Image, ImageOps
    except ImportError as error:
        raise UsageError("reading images needs Pillow: pip install pillow") from error
    try:
        with Image.open(path) as image:
            if image.mode == "F" or (image.mode == "I" and image.format not in _SIXTEEN_BITS):
                raise UndecodableError(
                    f"{path}: its values have no known range; store them as 8 or 16 bits"
                )
            image.load()
            upright: Any = image
            with suppress(Exception):  # a note that cannot be read turns nothing
                upright = ImageOps.exif_transpose(image)
            if upright.mode.startswith("I"):  # Pillow would cut off all above 255
                grey = (np.asarray(upright) >> 8).astype(np.uint8)
                pixels = np.repeat(grey[..., None], 3, axis=2)
            else:
                pixels = np.asarray(upright.convert("RGB"))
    except UndecodableError:
        raise
    except FileNotFoundError:
        raise UndecodableError(f"{path}: no such file") from None
    except Exception as error:  # Pillow's decoders raise what they like for damaged files
        reason = "not an image" if "cannot identify" in str(error) else str(error)
        raise UndecodableError(f"{path}: {reason or type(error).__name__}") from error
    return Sampled(prepare(pixels)[None], 1)
