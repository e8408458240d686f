"""hog-color: what its parts say of simple pictures, and that a folder goes to a table with it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from hashbench.data.extraction.extractor import make_extractor
from hashbench.errors import UsageError

pytest.importorskip("skimage")
from hashbench_hog import SIDE, HogColor

HOG = 1764


@pytest.fixture
def extractor() -> HogColor:
    found = make_extractor("HOG-Color", None, "cpu")
    assert isinstance(found, HogColor)
    return found


def features(extractor: HogColor, image: NDArray[np.uint8]) -> NDArray[np.float32]:
    found: NDArray[np.float32] = extractor(extractor.prepare(image)[None])[0]
    return found


def test_preparation_takes_the_central_square(extractor: HogColor) -> None:
    image = np.zeros((90, 300, 3), np.uint8)
    image[:, 105:195] = 200
    prepared = extractor.prepare(image)
    assert prepared.shape == (SIDE, SIDE, 3)
    assert prepared.dtype == np.uint8
    assert (prepared == 200).all()


@pytest.mark.parametrize("shape", [(1, 1, 3), (3, 500, 3), (720, 405, 3)])
def test_pictures_of_any_size(extractor: HogColor, shape: tuple[int, int, int]) -> None:
    image = np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)
    found = features(extractor, image)
    assert found.shape == (extractor.dims,)
    assert found.dtype == np.float32
    assert np.isfinite(found).all()


def test_edges_are_told_by_their_orientation(extractor: HogColor) -> None:
    """A step from dark to light has one gradient: all weight is in one of nine bins."""
    upright = np.zeros((SIDE, SIDE, 3), np.uint8)
    upright[:, SIDE // 2 + 8 :] = 255
    for image, bin_ in ((upright, 0), (upright.transpose(1, 0, 2), 4)):
        blocks = features(extractor, np.ascontiguousarray(image))[:HOG].reshape(-1, 9)
        weight = (blocks**2).sum(axis=0)
        assert weight.argmax() == bin_
        assert weight[bin_] > 0.99 * weight.sum()


def test_a_flat_picture_has_no_edges(extractor: HogColor) -> None:
    assert not features(extractor, np.full((40, 40, 3), 90, np.uint8))[:HOG].any()


def test_colours_are_shares_of_each_quarter(extractor: HogColor) -> None:
    """Red above, green below: hues 0 and 1/3, full saturation and value, in 16 bins."""
    image = np.zeros((SIDE, SIDE, 3), np.uint8)
    image[: SIDE // 2, :, 0] = 255
    image[SIDE // 2 :, :, 1] = 255
    shares = features(extractor, image)[HOG:].reshape(2, 2, 3, 16) ** 2 / 16
    np.testing.assert_allclose(shares.sum(axis=-1), 1, rtol=1e-5)
    for row, hue in ((0, 0), (1, 5)):  # 16 / 3 = 5.33
        np.testing.assert_allclose(shares[row, :, 0, hue], 1, rtol=1e-5)
        np.testing.assert_allclose(shares[row, :, 1:, 15], 1, rtol=1e-5)


def test_parts_weigh_alike(extractor: HogColor) -> None:
    image = np.random.default_rng(1).integers(0, 256, (200, 200, 3)).astype(np.uint8)
    found = features(extractor, image)
    np.testing.assert_allclose((found[:HOG] ** 2).mean(), 1, rtol=1e-3)
    np.testing.assert_allclose((found[HOG:] ** 2).mean(), 1, rtol=1e-3)


def test_pictures_are_seen_one_by_one(extractor: HogColor) -> None:
    images = np.random.default_rng(2).integers(0, 256, (3, SIDE, SIDE, 3)).astype(np.uint8)
    together = extractor(images)
    np.testing.assert_array_equal(together[1], extractor(images[1:2])[0])


def test_weights_are_refused() -> None:
    with pytest.raises(UsageError, match="hog-color has no weights"):
        HogColor(Path("w.pth"), "cpu")
