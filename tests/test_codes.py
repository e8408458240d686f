"""Codes are exactly binary, of the stated width, and survive the disk."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashbench import BinaryCodes
from hashbench.errors import DataError, UsageError


@given(st.integers(1, 300), st.integers(1, 9), st.integers(0, 2**32 - 1))
def test_packing_round_trips_at_every_width(bits: int, n: int, seed: int) -> None:
    array = np.random.default_rng(seed).integers(0, 2, (n, bits))
    codes = BinaryCodes.from_bits(array)
    assert np.array_equal(codes.unpack(), array)
    assert BinaryCodes.from_bits(array * 2 - 1) == codes
    assert np.array_equal(codes.signs(), array * 2 - 1)
    words = codes.words()
    assert words.shape == (n, -(-bits // 64))
    assert np.bitwise_count(words).sum() == array.sum()
    i, j = 0, bits - 1
    assert (int(words[i, j // 64]) >> (j % 64)) & 1 == array[i, j]


def test_zero_counts_as_plus_one() -> None:
    codes = BinaryCodes.from_signs(np.array([[0.0, -0.0, -1e-9, 3]]))
    assert codes.unpack().tolist() == [[1, 1, 0, 1]]


def test_nan_has_no_sign() -> None:
    with pytest.raises(DataError, match="NaN"):
        BinaryCodes.from_signs(np.array([[np.nan, 1.0]]))
    with pytest.raises(DataError, match="taken from object; numbers are needed"):
        BinaryCodes.from_signs(np.array([[1.0, 2.0]], object))


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([[0, 1, 2]], "the value 2"),
        ([[0, 1, -1]], "0 and -1 mixed"),
        ([[0.5, 1.0]], "the value 0.5"),
        ([0, 1], "shape"),
    ],
)
def test_values_that_are_neither_are_named(values: list[object], message: str) -> None:
    with pytest.raises(DataError, match=message):
        BinaryCodes.from_bits(values)


@pytest.mark.parametrize("bits", [0, 4097])
def test_width_has_limits(bits: int) -> None:
    with pytest.raises(DataError, match="from 1 to 4096"):
        BinaryCodes(np.zeros((1, -(-bits // 8)), np.uint8), bits)


def test_bits_beyond_the_width_are_refused() -> None:
    with pytest.raises(DataError, match="beyond the last"):
        BinaryCodes(np.array([[0b1000]], np.uint8), 3)


def test_saved_codes_come_back(tmp_path: Path) -> None:
    codes = BinaryCodes.from_bits(np.eye(13, dtype=int))
    codes.save(tmp_path / "codes.npz")
    again = BinaryCodes.load(tmp_path / "codes.npz")
    assert again == codes
    assert again.sha256 == codes.sha256
    assert [p.name for p in tmp_path.iterdir()] == ["codes.npz"]


def test_digest_tells_width_and_bits_apart() -> None:
    digests = {
        BinaryCodes.from_bits(array).sha256
        for array in (np.zeros((2, 3)), np.zeros((2, 4)), np.zeros((3, 3)), np.eye(2, 3))
    }
    assert len(digests) == 4


def test_damaged_files_are_named(tmp_path: Path) -> None:
    path = tmp_path / "codes.npz"
    with pytest.raises(DataError, match="no such file"):
        BinaryCodes.load(path)
    BinaryCodes.from_bits(np.eye(64)).save(path)
    whole = path.read_bytes()
    for length in (0, 10, len(whole) // 2):
        path.write_bytes(whole[:length])
        with pytest.raises(DataError, match=r"codes\.npz"):
            BinaryCodes.load(path)
    np.savez(path, other=np.zeros(3))
    with pytest.raises(DataError, match="no array 'n_bits'"):
        BinaryCodes.load(path)
    np.save(tmp_path / "pickled.npy", np.array([{}], dtype=object), allow_pickle=True)
    with pytest.raises(DataError):
        BinaryCodes.load(tmp_path / "pickled.npy")


def test_rows_and_joining() -> None:
    codes = BinaryCodes.from_bits(np.eye(5, dtype=int))
    assert BinaryCodes.concatenate([codes[:2], codes[2:]]) == codes
    assert len(codes[3]) == 1
    with pytest.raises(UsageError, match="one width"):
        BinaryCodes.concatenate([codes, BinaryCodes.from_bits(np.eye(4, dtype=int))])


class TestHyperplanes:
    def test_what_is_zero_but_for_rounding_counts_as_zero(self) -> None:
        """The exact projections are 0, 0 and -1; in floating point the first is -2.8e-17 or so."""
        points = np.array([[0.1, 0.2, 0.3], [0.0, 0.0, 0.0], [-1.0, 0.0, 0.0]])
        normals = np.array([[1.0], [1.0], [-1.0]]) - 1e-16
        codes = BinaryCodes.from_hyperplanes(points, normals)
        assert codes.unpack().ravel().tolist() == [1, 1, 0]
        assert codes.near_zero == 2

    @pytest.mark.parametrize(("distance", "bit", "near"), [(-5e-10, 1, 1), (-5e-9, 0, 0)])
    def test_margin_is_a_part_of_the_lengths(self, distance: float, bit: int, near: int) -> None:
        for unit in (1e-6, 1.0, 1e6):
            point, normal = np.array([[unit, distance * unit]]), np.array([[0.0], [3.0]])
            codes = BinaryCodes.from_hyperplanes(point, normal)
            assert (codes.unpack().item(), codes.near_zero) == (bit, near)
            shifted = BinaryCodes.from_hyperplanes(
                point + 7 * unit, normal, centre=np.array([7.0, 7.0]) * unit
            )
            assert shifted.near_zero == 1  # lengths of 7 units hide either distance

    def test_offset_is_part_of_the_scale(self) -> None:
        point, normal = np.array([[1.0, 0.0]]), np.array([[1.0], [0.0]])
        codes = [
            BinaryCodes.from_hyperplanes(point, normal, offset=np.array([-1.0 - gap]))
            for gap in (1e-9, 1e-8)
        ]
        assert [part.unpack().item() for part in codes] == [1, 0]
        assert BinaryCodes.concatenate(codes).near_zero == 1
        assert BinaryCodes.concatenate([codes[0], codes[1][:1]]).near_zero is None

    def test_arrays_of_float32_are_taken_as_they_are(self) -> None:
        """As models of before hold them: signs are those of exact arithmetic on these numbers."""
        rng = np.random.default_rng(0)
        points, normals, centre = (
            rng.standard_normal(shape).astype(np.float32) for shape in ((600, 40), (40, 9), (40,))
        )
        exact = (points.astype(np.longdouble) - centre) @ normals.astype(np.longdouble)
        codes = BinaryCodes.from_hyperplanes(points, normals, centre=centre)
        np.testing.assert_array_equal(codes.unpack(), exact >= 0)
        assert codes.near_zero == 0

    def test_infinite_points_have_a_side_and_nan_has_none(self) -> None:
        normal = np.array([[1.0]])
        found = BinaryCodes.from_hyperplanes(np.array([[np.inf], [-np.inf]]), normal)
        assert found.unpack().ravel().tolist() == [1, 0]
        with pytest.raises(DataError, match="NaN"):
            BinaryCodes.from_hyperplanes(np.array([[np.nan]]), normal)
