"""Vectors larger than memory stay in their files, and give the same codes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import hashbench
from hashbench import Videos, linear
from hashbench.data import hdf5
from hashbench.data.hdf5 import H5Source
from hashbench.data.subset import SubsetSource
from hashbench.errors import DataError
from hashbench.files import cached

VECTORS = np.random.default_rng(0).standard_normal((300, 12)).astype(np.float32)


@pytest.fixture
def nothing_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take every array for a large one."""
    monkeypatch.setattr(cached, "LARGE", 1)
    monkeypatch.setattr(linear, "_LARGE", 1)


def stored(folder: Path, rows: np.ndarray | None = None, order: str = "C") -> Videos:
    if not (folder / "x.npy").exists():  # the cache goes by the time of the file's last change
        np.save(folder / "x.npy", np.asarray(VECTORS, order=order))  # type: ignore[call-overload]
    source = H5Source([folder / "x.npy"], "array")
    return Videos(source if rows is None else SubsetSource(source, rows), cache=folder / "cache")


@pytest.mark.parametrize("order", ["C", "F"])
def test_single_vectors_of_a_file_are_their_own_means(
    tmp_path: Path, nothing_fits: None, order: str
) -> None:
    means = stored(tmp_path, order=order).mean_pooled()
    np.testing.assert_array_equal(means, VECTORS)
    assert not (tmp_path / "cache").exists()
    assert not means.flags.writeable


def test_means_of_some_rows_are_made_in_their_file(tmp_path: Path, nothing_fits: None) -> None:
    rows = np.arange(0, 300, 3)
    means = stored(tmp_path, rows).mean_pooled()
    np.testing.assert_array_equal(means, VECTORS[rows])
    assert isinstance(means, np.memmap)
    (kept,) = (tmp_path / "cache" / "mean").glob("*.npy")
    again = stored(tmp_path, rows).mean_pooled()
    assert isinstance(again, np.memmap)
    assert Path(again.filename) == kept
    # A damaged file is made anew.
    kept.write_bytes(kept.read_bytes()[:200])
    np.testing.assert_array_equal(stored(tmp_path, rows).mean_pooled(), VECTORS[rows])


def test_vectors_in_memory_are_not_copied(nothing_fits: None) -> None:
    assert np.shares_memory(Videos(VECTORS).mean_pooled(), VECTORS)
    halves = Videos(VECTORS.astype(np.float16))
    np.testing.assert_array_equal(halves.mean_pooled(), VECTORS.astype(np.float16))


@pytest.mark.parametrize("method", ["itq", "lsh"])
def test_codes_are_those_of_small_arrays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    monkeypatch.setenv("HASHBENCH_CACHE", str(tmp_path / "own"))
    small = hashbench.method(method, bits=8).fit(Videos(VECTORS)).encode(Videos(VECTORS))
    monkeypatch.setattr(cached, "LARGE", 1)
    monkeypatch.setattr(linear, "_LARGE", 1)
    videos = stored(tmp_path)
    large = hashbench.method(method, bits=8).fit(videos).encode(videos)
    assert large == small
    # What ITQ projects lies in a file without a name.
    assert not [path for path in (tmp_path / "own").rglob("*") if path.is_file()]


@pytest.mark.parametrize("order", ["C", "F"])
def test_a_map_is_looked_at_once(
    tmp_path: Path, order: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hdf5, "_PIECE_BYTES", 7 * VECTORS[0].nbytes)
    videos = stored(tmp_path, order=order)
    videos.mean_pooled()
    with monkeypatch.context() as patch:
        patch.setattr(np, "isfinite", lambda *_: pytest.fail("looked at again"))
        videos.unlabelled().with_frames(1).mean_pooled()
        videos.take(np.array([3, 299]))
    broken = VECTORS.copy()
    broken[299, 3] = np.inf
    (tmp_path / "broken").mkdir()
    np.save(tmp_path / "broken" / "x.npy", np.asarray(broken, order=order))  # type: ignore[call-overload]
    with pytest.raises(DataError, match=r"x\.npy: 'array' has NaN or infinity in video 299"):
        stored(tmp_path / "broken").mean_pooled()


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("method", ["itq", "lsh"])
def test_what_is_not_finite_is_found_there_too(
    tmp_path: Path, nothing_fits: None, method: str, bad: float
) -> None:
    videos = stored(tmp_path)
    fitted = hashbench.method(method, bits=4).fit(videos)
    broken = VECTORS.copy()
    broken[7, 3] = bad
    (tmp_path / "broken").mkdir()
    np.save(tmp_path / "broken" / "x.npy", broken)
    wrong = Videos(H5Source([tmp_path / "broken" / "x.npy"], "array"))
    with pytest.raises(DataError, match="NaN"):
        fitted.encode(wrong)
    with pytest.raises(DataError, match="NaN"):
        hashbench.method(method, bits=4).fit(wrong)
