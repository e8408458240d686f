import h5py
import numpy as np
import pytest

from hashbench import Videos, dataset_from_arrays
from hashbench.data.drawing import dataset_from_files
from hashbench.data.featuretypes import feature_fault
from hashbench.errors import DataError


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", ">f4"])
@pytest.mark.parametrize("shape", [(3, 2), (3, 4, 2)])
def test_floating_point_numbers_of_either_shape_can_be_features(dtype, shape) -> None:
    assert feature_fault(shape, np.dtype(dtype)) is None


@pytest.mark.parametrize(
    ("dtype", "shape", "fault"),
    [
        ("int8", (3, 2), "are int8, whole numbers as quantised embeddings have; undo the scale"),
        ("uint16", (3, 4, 2), "are uint16, whole numbers"),
        ("bool", (3, 2), "are bool; floating-point numbers are needed"),
        ("complex64", (3, 2), "are complex64; floating-point numbers are needed"),
        ("float32", (3,), "have shape (3,); (n, frames, dims) or (n, dims) is needed"),
        ("float32", (3, 0), "have shape (3, 0)"),
        ("int8", (3,), "have shape (3,)"),
    ],
)
def test_anything_else_is_told(dtype: str, shape: tuple[int, ...], fault: str) -> None:
    told = feature_fault(shape, np.dtype(dtype))
    assert told is not None
    assert told.startswith(fault)


def test_files_of_a_card_may_hold_whole_numbers() -> None:
    assert feature_fault((3, 2), np.dtype(np.uint8), whole=True) is None
    told = feature_fault((3, 2), np.dtype(bool), whole=True)
    assert told == "are bool; floating-point numbers are needed"


def test_every_way_in_says_the_same_of_whole_numbers(tmp_path) -> None:
    """One rule, and the place in front of it."""
    array = np.ones((20, 3), np.int16)
    np.save(tmp_path / "x.npy", array)
    np.save(tmp_path / "y.npy", np.arange(20) % 2)
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file["feats"] = array
    ways = [
        lambda: Videos(array),
        lambda: dataset_from_arrays(array, np.arange(20) % 2, cache=tmp_path),
        lambda: dataset_from_files(tmp_path / "x.npy", tmp_path / "y.npy", cache=tmp_path),
        lambda: dataset_from_files(tmp_path / "x.h5", tmp_path / "y.npy", cache=tmp_path),
    ]
    for way in ways:
        with pytest.raises(DataError, match=r"features .*are int16, whole .* as float32$"):
            way()
