"""Reading numpy's files: whole, damaged, missing, of another kind."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from hashbench.errors import DataError
from hashbench.files.arrays import read_npy, read_npz


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    path = tmp_path / "a.npz"
    np.savez(path, x=np.arange(100), y=np.ones((2, 3)))
    return path


def test_arrays_come_back_by_name(archive: Path) -> None:
    assert set(read_npz(archive)) == {"x", "y"}
    np.testing.assert_array_equal(read_npz(archive, ("x",))["x"], np.arange(100))
    assert set(read_npz(archive, ("x",))) == {"x"}


def test_what_is_wrong_is_named(archive: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"a\.npz: no array 'z'; not a codes file"):
        read_npz(archive, ("x", "z"), kind="codes file")
    with pytest.raises(DataError, match=r"b\.npz: no such file"):
        read_npz(tmp_path / "b.npz")
    whole = archive.read_bytes()
    for damage in (whole[:40], whole[: len(whole) // 2], b"", b"no archive", _flipped(whole)):
        archive.write_bytes(damage)
        with pytest.raises(DataError, match=r"a\.npz: damaged"):
            read_npz(archive)


def _flipped(whole: bytes) -> bytes:
    at = whole.index(np.arange(100).tobytes()) + 30
    return whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :]


def test_npy_of_numbers(tmp_path: Path) -> None:
    path = tmp_path / "a.npy"
    np.save(path, np.eye(2))
    np.testing.assert_array_equal(read_npy(path), np.eye(2))
    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(DataError, match=r"a\.npy: not a readable \.npy file"):
        read_npy(path)
    np.save(path, np.array(["cat"]))
    with pytest.raises(DataError, match="holds no numbers"):
        read_npy(path)
    np.save(path, np.array([{}], dtype=object), allow_pickle=True)
    with pytest.raises(DataError, match="holds Python objects"):
        read_npy(path)
    with pytest.raises(DataError, match=r"b\.npy: no such file"):
        read_npy(tmp_path / "b.npy")
