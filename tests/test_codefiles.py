"""Codes in every form that programs write give the same bits, whole and block by block."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import scipy.io
from numpy.typing import NDArray

from hashbench.codefiles import CodeForm, open_codes, read_codes
from hashbench.codes import BinaryCodes
from hashbench.errors import DataError, UsageError

BITS = np.random.default_rng(0).integers(0, 2, (37, 13))
SIGNS = 2 * BITS - 1
LSB = np.packbits(BITS, axis=1, bitorder="little")
MSB = np.packbits(BITS, axis=1)


def npy(array: NDArray[np.generic]) -> Callable[[Path], None]:
    return lambda path: np.save(path, array)


def mat73(path: Path, key: str, array: NDArray[np.generic]) -> None:
    """Write as MATLAB v7.3 does, with a block of text before the HDF5 and the array transposed."""
    with h5py.File(path, "w", userblock_size=512) as file:
        file[key] = array.T
        file[key].attrs["MATLAB_class"] = np.bytes_("double")
    with path.open("r+b") as raw:
        raw.write(b"MATLAB 7.3 MAT-file")


def hdf5(path: Path, key: str, array: NDArray[np.generic]) -> None:
    with h5py.File(path, "w") as file:
        file[key] = array


def parquet(path: Path, column: pa.Array, name: str = "codes") -> None:
    ids = pa.array([f"v{i}" for i in range(len(column))])
    pq.write_table(pa.table({"id": ids, name: column}), path)


PACKED_13 = {"bits": 13}
FORMS: dict[str, tuple[str, Callable[[Path], object], CodeForm]] = {
    "0/1": ("a.npy", npy(BITS), CodeForm()),
    "bool": ("a.npy", npy(BITS.astype(bool)), CodeForm()),
    "signs": ("a.npy", npy(SIGNS.astype(np.int8)), CodeForm()),
    "float signs": ("a.npy", npy(SIGNS.astype(np.float32)), CodeForm()),
    "columns": ("a.npy", npy(np.asfortranarray(SIGNS)), CodeForm()),
    "ours": ("a.npz", lambda p: BinaryCodes.from_bits(BITS).save(p), CodeForm()),
    "npz": ("a.npz", lambda p: np.savez(p, codes=BITS, other=[1]), CodeForm()),
    "npz, compressed": ("a.npz", lambda p: np.savez_compressed(p, B=BITS), CodeForm()),
    "npz, key": ("a.npz", lambda p: np.savez(p, rB=BITS, qB=[[1]]), CodeForm("rB")),
    "mat": ("a.mat", lambda p: scipy.io.savemat(p, {"B": SIGNS.astype(float)}), CodeForm()),
    "mat, key": ("a.mat", lambda p: scipy.io.savemat(p, {"B": BITS, "L": [1]}), CodeForm("B")),
    "mat, logical": ("a.mat", lambda p: scipy.io.savemat(p, {"B": BITS > 0}), CodeForm("B")),
    "mat v7.3": ("a.mat", lambda p: mat73(p, "B", SIGNS.astype(float)), CodeForm("B")),
    "hdf5": ("a.h5", lambda p: hdf5(p, "codes", BITS), CodeForm()),
    "hdf5, group": ("a.hdf5", lambda p: hdf5(p, "test/B", SIGNS), CodeForm("test/B")),
    "parquet": ("a.parquet", lambda p: parquet(p, pa.array(BITS.tolist())), CodeForm()),
    "parquet, text": (
        "a.parquet",
        lambda p: parquet(p, pa.array(["".join(map(str, r)) for r in BITS.tolist()])),
        CodeForm(),
    ),
    "parquet, bytes": (
        "a.parquet",
        lambda p: parquet(p, pa.array([r.tobytes() for r in LSB], pa.binary(2)), "hash"),
        CodeForm("hash", "lsb", 13),
    ),
    "lsb": ("a.npy", npy(LSB), CodeForm(packed="lsb", bits=13)),
    "msb": ("a.npy", npy(MSB), CodeForm(packed="msb", bits=13)),
    "signed bytes": ("a.npy", npy(MSB.view(np.int8)), CodeForm(packed="msb", bits=13)),
    "words": ("a.npy", npy(LSB.view("<u2").astype(">u2")), CodeForm(packed="lsb", bits=13)),
    "words, first bit highest": ("a.npy", npy(MSB.view(">u2")), CodeForm(packed="msb", bits=13)),
    "wide words": (
        "a.npz",
        lambda p: np.savez(p, LSB.view("<u2").astype(np.uint64)),
        CodeForm(packed="lsb", bits=13),
    ),
    "text": (
        "a.txt",
        lambda p: p.write_text("".join("".join(map(str, r)) + "\n" for r in BITS.tolist())),
        CodeForm(),
    ),
    "csv": ("a.csv", lambda p: np.savetxt(p, SIGNS, "%d", ", "), CodeForm()),
    "tsv": ("a.tsv", lambda p: np.savetxt(p, BITS, "%d", "\t"), CodeForm()),
    "spaces": ("a.txt", lambda p: np.savetxt(p, SIGNS), CodeForm()),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_gives_the_same_codes(tmp_path: Path, form: str) -> None:
    name, write, how = FORMS[form]
    path, wanted = tmp_path / name, BinaryCodes.from_bits(BITS)
    write(path)
    assert read_codes(path, how) == wanted
    if form == "npz, compressed":
        return
    rows = open_codes(path, how)
    assert (len(rows), rows.n_bits, rows.scale) == (37, 13, 1)
    again = pickle.loads(pickle.dumps(rows))  # as it travels to another process
    for start, stop in ((0, 37), (0, 5), (5, 30), (36, 37)):
        assert again.read(start, stop) == wanted[start:stop]


ZEROS = np.random.default_rng(1).integers(-1, 2, (29, 7))


@pytest.mark.parametrize("dtype", [np.int8, np.float32, np.int64])
def test_zeros_are_what_is_said(tmp_path: Path, dtype: type) -> None:
    path = tmp_path / "a.npy"
    np.save(path, ZEROS.astype(dtype))
    for read in (read_codes, lambda p, f: open_codes(p, f).read(0, 29)):
        plus, minus, half = (read(path, CodeForm(zeros=z)) for z in ("plus", "minus", "half"))
        assert np.array_equal(plus.signs(), np.where(ZEROS == 0, 1, ZEROS))
        assert np.array_equal(minus.signs(), np.where(ZEROS == 0, -1, ZEROS))
        assert (half.length, half.scale) == (7, 4)
    with pytest.raises(DataError, match=r"a\.npy: codes hold zeros among -1 and \+1; .*--zeros"):
        read_codes(path)


def test_a_block_without_a_sign_is_read_like_the_others(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.array([[0, 1], [1, 0], [-1, 1]]))
    rows = open_codes(tmp_path / "a.npy", CodeForm(zeros="minus"))
    assert rows.read(0, 2).signs().tolist() == [[-1, 1], [1, -1]]


def test_zeros_of_bits_are_no_zeros_of_signs(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", BITS)
    np.save(tmp_path / "b.npy", BITS.astype(np.uint8))
    for name in ("a.npy", "b.npy"):
        for read in (read_codes, open_codes):
            with pytest.raises(DataError, match="hold no -1, so that zeros are bits"):
                read(tmp_path / name, CodeForm(zeros="plus"))


@pytest.mark.parametrize(
    ("array", "form", "message"),
    [
        (np.zeros((3, 2, 2)), CodeForm(), r"shape \(3, 2, 2\)"),
        (np.zeros(5), CodeForm(), r"shape \(5,\)"),
        (np.zeros((0, 4)), CodeForm(), "holds no codes"),
        (np.full((2, 2), 0.3), CodeForm(), "the value 0.3"),
        (np.array([[2, 0, -1]]), CodeForm(zeros="plus"), "the value 2"),
        (np.array([[np.nan, -1]]), CodeForm(zeros="half"), "the value nan"),
        (LSB, CodeForm(), "packed bytes, which --packed lsb or --packed msb names"),
        (LSB, CodeForm(packed="lsb", bits=30), "2 packed bytes a code, where 30 bits need 4"),
        (LSB, CodeForm(packed="lsb", bits=5), "2 packed bytes a code, where 5 bits need 1"),
        (LSB, CodeForm(packed="lsb", bits=12), "set bits beyond the last"),
        (MSB, CodeForm(packed="lsb", bits=13), "set bits beyond the last"),
        (LSB.astype(float), CodeForm(packed="lsb"), "whole numbers"),
    ],
)
def test_what_is_wrong_is_one_line_with_the_file(
    tmp_path: Path, array: NDArray[np.generic], form: CodeForm, message: str
) -> None:
    path = tmp_path / "a.npy"
    np.save(path, array)
    for read in (read_codes, lambda p, f: open_codes(p, f).read(0, 1)):
        if read is not read_codes and "beyond" in message:
            continue  # the first row alone may fit
        with pytest.raises(DataError, match=message) as raised:
            read(path, form)
        assert str(raised.value).startswith(f"{path}: ")
        assert str(raised.value).count(str(path)) == 1
        assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "holds no codes"),
        ("010\n01\n", "line 2 has 2 bits, 3 are needed"),
        ("010\n\n011\n", "line 2 has 0 bits"),
        ("010\n012\n", "the value 2"),
        ("1,0\n1,x\n", "codes in text are 0 and 1"),
    ],
)
def test_text_that_is_no_codes_names_the_line(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "a.txt").write_text(text)
    with pytest.raises(DataError, match=message):
        read_codes(tmp_path / "a.txt")


def test_arrays_that_are_not_there_are_named(tmp_path: Path) -> None:
    scipy.io.savemat(tmp_path / "a.mat", {"B1": BITS, "B2": BITS})
    with pytest.raises(DataError, match=r"no array 'codes' \(found: B1, B2\)"):
        read_codes(tmp_path / "a.mat")
    with pytest.raises(DataError, match=r"no array 'B' \(found: B1, B2\)"):
        read_codes(tmp_path / "a.mat", CodeForm("B"))
    with pytest.raises(DataError, match="no such file"):
        read_codes(tmp_path / "b.mat")
    (tmp_path / "a.doc").write_text("0")
    with pytest.raises(DataError, match=r"codes must be \.npy, \.npz, \.mat, HDF5, Parquet or"):
        read_codes(tmp_path / "a.doc")


def test_options_that_contradict_each_other_are_refused() -> None:
    for given, message in (
        ({"packed": "big"}, "lsb"),
        ({"zeros": "one"}, "plus"),
        ({"packed": "lsb", "zeros": "plus"}, "a value for each bit"),
        ({"bits": 8}, "--packed is missing"),
        ({"packed": "lsb", "bits": 0}, "from 1 to 4096"),
    ):
        with pytest.raises(UsageError, match=message):
            CodeForm(**given)  # type: ignore[arg-type]
