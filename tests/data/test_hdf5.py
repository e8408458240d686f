"""Features from HDF5 files: parts, layouts, forks and damage."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest
from in_children import read_in_child
from making_data import features, write_feats

from hashbench.data.hdf5 import H5Source
from hashbench.errors import DataError
from hashbench.files.hdf5 import open_hdf5

LAYOUTS = {
    "contiguous": {},
    "chunk a video": {"chunks": (1, 4, 6)},
    "chunk of videos": {"chunks": (3, 4, 6)},
    "chunk cuts videos": {"chunks": (3, 2, 6)},
    "compressed": {"chunks": (4, 4, 6), "compression": "gzip"},
}


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS.keys())
@pytest.mark.parametrize("dtype", ["float32", "float16", "float64", "uint8", ">f4"])
def test_parts_read_as_one_array(tmp_path: Path, layout: dict[str, object], dtype: str) -> None:
    whole = np.abs(features(23) * 10).astype(dtype)
    bounds = [0, 9, 10, 23]
    paths = [tmp_path / f"{i}.h5" for i in range(3)]
    for path, low, high in zip(paths, bounds[:-1], bounds[1:], strict=True):
        chunked = {**layout}
        if "chunks" in chunked:
            chunked["chunks"] = (min(chunked["chunks"][0], high - low), *chunked["chunks"][1:])
        write_feats(path, whole[low:high], **chunked)
    source = H5Source(paths)
    assert source.shape == whole.shape
    for low, high in [(0, 23), (8, 11), (9, 10), (5, 5), (22, 23)]:
        np.testing.assert_array_equal(source.read(low, high), whole[low:high])
    for rows in [[3], [22, 0, 9, 10], [5, 6, 7], [7, 6, 5], [4, 4, 4, 5], []]:
        index = np.array(rows, np.int64)
        np.testing.assert_array_equal(source.take(index), whole[index])


@pytest.mark.parametrize("how", ["fork", "spawn"])
def test_survives_another_process(tmp_path: Path, how: str) -> None:
    array = features(8)
    write_feats(tmp_path / "a.h5", array, chunks=(2, 4, 6))
    source = H5Source([tmp_path / "a.h5"])
    source.read(0, 8)
    context = multiprocessing.get_context(how)
    queue = context.Queue()
    child = context.Process(target=read_in_child, args=(source, queue))
    child.start()
    assert queue.get(timeout=60) == pytest.approx(float(array[3:5].sum()))
    child.join()
    assert child.exitcode == 0
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(source)).read(0, 8), array)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_names_the_first_video_that_is_not_finite(tmp_path: Path, bad: float, dtype: str) -> None:
    array = features(12).astype(dtype)
    array[8, 2, 3] = bad
    array[10, 0, 0] = np.nan
    write_feats(tmp_path / "a.h5", features(3).astype(dtype))
    write_feats(tmp_path / "b.h5", array)
    source = H5Source([tmp_path / "a.h5", tmp_path / "b.h5"])
    source.read(0, 11)
    with pytest.raises(DataError, match=r"b\.h5: 'feats' has NaN or infinity in video 8$"):
        source.read(2, 15)
    with pytest.raises(DataError, match=r"b\.h5: 'feats' has NaN or infinity in video 10$"):
        source.take(np.array([13, 0]))


def test_a_value_beyond_float32_is_named(tmp_path: Path) -> None:
    array = np.zeros((40, 2, 3))
    array[31, 1, 2] = -1e300
    array[33] = 3e38
    write_feats(tmp_path / "a.h5", array)
    with pytest.raises(DataError, match=r"a\.h5: 'feats' has a value beyond float32 in video 31"):
        H5Source([tmp_path / "a.h5"]).read(0, 40)
    assert H5Source([tmp_path / "a.h5"]).read(33, 34).max() == 3e38


def test_large_finite_values_pass(tmp_path: Path) -> None:
    write_feats(tmp_path / "a.h5", np.full((4, 4, 6), 3e38, np.float32))
    assert np.isfinite(H5Source([tmp_path / "a.h5"]).read(0, 4)).all()


def test_missing_wrong_and_truncated_files(tmp_path: Path) -> None:
    path = tmp_path / "a.h5"
    with pytest.raises(DataError, match=r"a\.h5: no such file"):
        H5Source([path])
    path.write_bytes(b"not HDF5 at all")
    with pytest.raises(DataError, match="not a whole HDF5 file"):
        H5Source([path])
    write_feats(path, features(500))
    whole = path.stat().st_size
    os.truncate(path, whole // 2)
    with pytest.raises(DataError, match="truncated"):
        H5Source([path])


def test_a_file_cut_short_while_open(tmp_path: Path) -> None:
    path = tmp_path / "a.h5"
    write_feats(path, features(500))
    source = H5Source([path])
    os.truncate(path, path.stat().st_size // 2)
    with pytest.raises(DataError, match=r"a\.h5: videos 0 to 500 cannot be read"):
        source.read(0, 500)


def test_wrong_arrays(tmp_path: Path) -> None:
    path = tmp_path / "a.h5"
    write_feats(path, features(5), key="features")
    with pytest.raises(DataError, match=r"a\.h5: no array 'feats' \(found: features\)"):
        H5Source([path])
    with h5py.File(path, "w") as file:
        for number in range(3000):
            file[f"v{number:04}"] = number
    with pytest.raises(DataError, match=r"\(found: (v000\d, ){8}\.\.\. \(3,000\)\)$"):
        H5Source([path])
    write_feats(path, features(5)[0, 0])
    with pytest.raises(DataError, match=r"'feats' have shape \(6,\); \(n, frames, dims\)"):
        H5Source([path])
    write_feats(path, np.array([[[b"a"]]]))
    with pytest.raises(DataError, match="numbers are needed"):
        H5Source([path])
    write_feats(path, features(5))
    write_feats(tmp_path / "b.h5", features(5, dims=7))
    with pytest.raises(DataError, match=r"b\.h5: holds float32 of \(n, 4, 7\), a\.h5 float32"):
        H5Source([path, tmp_path / "b.h5"])


def test_refuses_to_be_led_to_another_file(tmp_path: Path) -> None:
    write_feats(tmp_path / "secret.h5", features(5))
    with h5py.File(tmp_path / "link.h5", "w") as file:
        file["feats"] = h5py.ExternalLink("secret.h5", "feats")
    with pytest.raises(DataError, match="points to another file"):
        H5Source([tmp_path / "link.h5"])


def test_signature_changes_with_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.h5"
    write_feats(path, features(5))
    before = H5Source([path]).signature()
    assert H5Source([path]).signature() == before
    os.utime(path, ns=(1, 1))
    assert H5Source([path]).signature() != before


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS.keys())
@pytest.mark.parametrize("frames", [1, 3, 4])
@pytest.mark.parametrize("dtype", ["float32", "float16", ">f4"])
def test_fills_places_directly(
    tmp_path: Path, layout: dict[str, object], frames: int, dtype: str
) -> None:
    whole = features(1300).astype(dtype)
    write_feats(tmp_path / "a.h5", whole[:701], **layout)
    write_feats(tmp_path / "b.h5", whole[701:], **layout)
    source = H5Source([tmp_path / "a.h5", tmp_path / "b.h5"])
    random = np.random.default_rng(0)
    for index in [np.arange(1300), random.permutation(1300)[:900], np.array([5, 5, 4, 1299])]:
        out = np.zeros((len(index), frames, 6), np.float32)
        source.fill(index, out)
        np.testing.assert_array_equal(out, whole[index, :frames])


def test_a_cut_read_is_checked_as_far_as_it_goes(tmp_path: Path) -> None:
    array = features(10)
    array[6, 3, 0] = np.nan
    write_feats(tmp_path / "a.h5", array)
    source = H5Source([tmp_path / "a.h5"])
    index = np.arange(10)
    source.fill(index, np.empty((10, 3, 6), np.float32))
    with pytest.raises(DataError, match="NaN or infinity in video 6"):
        source.fill(index, np.empty((10, 4, 6), np.float32))


def test_a_file_that_another_program_writes_is_not_called_broken(tmp_path: Path) -> None:
    path = tmp_path / "busy.h5"
    code = f"import h5py; f = h5py.File({str(path)!r}, 'w'); print(flush=True); input()"
    writer = subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "HDF5_USE_FILE_LOCKING": "TRUE"},
    )
    try:
        assert writer.stdout is not None
        writer.stdout.readline()
        with pytest.raises(DataError, match=r"busy\.h5: another program has it open"):
            open_hdf5(path)
    finally:
        writer.communicate(b"\n")
    open_hdf5(path).close()


@pytest.mark.parametrize(
    "layout",
    [{}, {"chunks": (3, 6)}, {"chunks": (3, 2)}, {"chunks": (4, 6), "compression": "gzip"}],
    ids=["contiguous", "chunked", "cut", "compressed"],
)
def test_single_vectors_are_videos_of_one_frame(tmp_path: Path, layout: dict[str, object]) -> None:
    whole = features(11)[:, 0]
    write_feats(tmp_path / "a.h5", whole[:5], **layout)
    write_feats(tmp_path / "b.h5", whole[5:], **layout)
    source = H5Source([tmp_path / "a.h5", tmp_path / "b.h5"])
    assert source.shape == (11, 1, 6)
    rows = np.array([7, 0, 10, 4, 5])
    out = np.empty((5, 1, 6), np.float32)
    source.fill(rows, out)
    np.testing.assert_array_equal(source.read(3, 9), whole[3:9, None])
    np.testing.assert_array_equal(source.take(rows), whole[rows, None])
    np.testing.assert_array_equal(out, whole[rows, None])


@pytest.mark.parametrize("shape", [(7,), (2, 3, 4, 5), (0, 6)])
def test_other_shapes_are_refused(tmp_path: Path, shape: tuple[int, ...]) -> None:
    write_feats(tmp_path / "a.h5", np.zeros(shape, np.float32))
    with pytest.raises(DataError, match=r"'feats' have shape .*\(n, dims\) is needed"):
        H5Source([tmp_path / "a.h5"])


def test_a_null_of_hdf5_is_one_line(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["feats"] = h5py.Empty("f4")
    with pytest.raises(DataError, match=r"a\.h5: 'feats' holds nothing: it is a null of HDF5"):
        H5Source([tmp_path / "a.h5"])
