"""Sets from one array of features and one of labels."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from making_data import features, write_feats

from hashbench import run
from hashbench.data import dataset_from_arrays, dataset_from_files, load_dataset
from hashbench.errors import DataError, UsageError

IDS = np.repeat(np.arange(4), 10)


def write(folder: Path, array: np.ndarray, labels: object = IDS) -> tuple[Path, Path]:
    np.save(folder / "x.npy", array, allow_pickle=True)
    np.save(folder / "y.npy", np.asarray(labels))
    return folder / "x.npy", folder / "y.npy"


def test_each_class_is_divided_and_nothing_is_lost(tmp_path: Path) -> None:
    whole = features(40)[:, 0]
    dataset = dataset_from_arrays(whole, IDS, split=0.7, seed=3, cache=tmp_path)
    assert np.bincount(dataset.labelled_train.labels.ids).tolist() == [7, 7, 7, 7]
    assert np.bincount(dataset.query.labels.ids).tolist() == [3, 3, 3, 3]
    both = [dataset.train.take(slice(None)), dataset.query.take(slice(None))]
    got = np.concatenate(both)[:, 0]
    np.testing.assert_array_equal(got[np.lexsort(got.T)], whole[np.lexsort(whole.T)])
    assert not dataset.self_retrieval
    assert len(dataset.database) == 28


def test_the_draw_is_the_seed_s_and_the_digest_the_content_s(tmp_path: Path) -> None:
    whole = features(40)[:, 0]

    def made(array: np.ndarray, **how: float) -> tuple[str, bytes]:
        dataset = dataset_from_arrays(array, IDS, cache=tmp_path, **how)
        return dataset.sha256, dataset.query.take(slice(None)).tobytes()

    assert made(whole) == made(whole.copy())
    changed = whole.copy()
    changed[39, 5] += 1
    others = [made(whole, seed=1), made(whole, split=0.5), made(changed)]
    assert len({made(whole)[0], *(sha256 for sha256, _ in others)}) == 4
    assert made(whole)[1] != others[0][1]


def test_several_labels_a_row_keep_every_class_on_both_sides(tmp_path: Path) -> None:
    hot = np.zeros((60, 5), np.uint8)
    hot[:, 0] = 1
    for column, members in ((1, 20), (2, 9), (3, 4), (4, 2)):
        hot[np.random.default_rng(column).permutation(60)[:members], column] = 1
    for seed in range(5):
        dataset = dataset_from_arrays(features(60)[:, 0], hot, seed=seed, cache=tmp_path)
        assert dataset.query.labels.multi_hot.any(axis=0).all()
        assert dataset.database.labels.multi_hot.any(axis=0).all()


def test_hdf5_with_a_key(tmp_path: Path) -> None:
    write_feats(tmp_path / "f.h5", features(40), key="deep")
    np.save(tmp_path / "y.npy", IDS)
    cache = tmp_path / "cache"
    card = dataset_from_files(tmp_path / "f.h5", tmp_path / "y.npy", key="deep", cache=cache)
    dataset = load_dataset(card, data_root=tmp_path, cache=cache)
    assert (dataset.name, dataset.train.shape) == ("f", (32, 4, 6))


def test_a_file_that_changed_is_not_the_card_s(tmp_path: Path) -> None:
    x, y = write(tmp_path, features(40)[:, 0])
    card = dataset_from_files(x, y, cache=tmp_path / "cache")
    write(tmp_path, features(41, seed=1)[:40, 0])
    with pytest.raises(DataError, match=r"x\.npy: has sha256 .*; the card of x says"):
        load_dataset(card, data_root=tmp_path, cache=tmp_path / "other")


@pytest.mark.parametrize(
    ("array", "labels", "message"),
    [
        (np.zeros(40, np.float32), IDS, r"x\.npy: .*shape \(40,\)"),
        (np.zeros((40, 3), object), IDS, r"x\.npy: holds Python objects"),
        (np.zeros((40, 3), np.int8), IDS, r"x\.npy: features are int8, .* as float32"),
        (np.full((40, 3), np.nan), IDS, r"x\.npy: .*NaN or infinity in video 0"),
        (np.ones((40, 3)), [*IDS[:39], 7], r"y\.npy: class 7 has 1 members, .*leaves it none"),
        (np.ones((40, 3)), IDS[:39], r"y\.npy: 39 labels for 40"),
    ],
)
def test_wrong_files_are_one_line(
    tmp_path: Path, array: np.ndarray, labels: object, message: str
) -> None:
    x, y = write(tmp_path, array, labels)
    with pytest.raises(DataError, match=message) as caught:
        dataset_from_files(x, y, cache=tmp_path / "cache")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.zeros(40, np.float32), r"features have shape \(40,\); \(n, frames, dims\) or"),
        (np.zeros((40, 3), object), "features are object; floating-point numbers are needed"),
        (np.zeros((40, 3), np.int8), "features are int8, whole numbers as quantised embeddings"),
    ],
)
def test_wrong_arrays_are_one_line_that_names_no_file(
    tmp_path: Path, array: np.ndarray, message: str
) -> None:
    with pytest.raises(DataError, match=f"^{message}") as caught:
        dataset_from_arrays(array, IDS, cache=tmp_path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("array", "labels", "message"),
    [
        (np.full((40, 3), np.nan), IDS, "features: 'array' has NaN or infinity in video 0"),
        (np.ones((40, 3)), IDS[:39], r"labels: 39 labels for 40 videos"),
        (np.ones((40, 3)), [*IDS[:39], 7], r"labels: class 7 has 1 members"),
        (np.ones((40, 3)), IDS + 0.5, "labels: class ids must be whole numbers"),
        (np.ones((40, 3)), 3, r"labels have shape \(\); \(n,\) or \(n, classes\) is needed"),
    ],
)
def test_arrays_that_cannot_be_a_set_are_one_line_and_leave_nothing(
    tmp_path: Path, array: np.ndarray, labels: object, message: str
) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "cache").symlink_to(tmp_path / "real")  # whose name would be another
    with pytest.raises(DataError, match=f"^{message}") as caught:
        dataset_from_arrays(array, labels, cache=tmp_path / "cache")
    assert str(tmp_path) not in str(caught.value)
    assert not list(tmp_path.rglob("*.npy"))


def test_a_name_that_cannot_be_one_is_told_by_where_it_is_from(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="'a/b' cannot be the name of a data set: give another"):
        dataset_from_arrays(features(40)[:, 0], IDS, name="a/b", cache=tmp_path)
    x, y = write(tmp_path, features(40)[:, 0])
    with pytest.raises(UsageError, match=r"'-x' cannot be .* rename the file of features"):
        dataset_from_files(x.rename(tmp_path / "-x.npy"), y, cache=tmp_path)


def test_wrong_shares_and_seeds(tmp_path: Path) -> None:
    x, y = write(tmp_path, features(40)[:, 0])
    for split in (0.0, 1.0, 80.0):
        with pytest.raises(UsageError, match=r"--split .*between 0 and 1"):
            dataset_from_files(x, y, split=split, cache=tmp_path)
    with pytest.raises(UsageError, match="--split-seed -1"):
        dataset_from_files(x, y, seed=-1, cache=tmp_path)
    with pytest.raises(UsageError, match=f"--split-seed {2**40 + 1}: .* up to {2**40}"):
        dataset_from_files(x, y, seed=2**40 + 1, cache=tmp_path)
    dataset_from_files(x, y, seed=2**40, cache=tmp_path)
    with pytest.raises(DataError, match="features are object"):
        dataset_from_arrays(np.zeros((3, 2), object), [0, 0, 1], cache=tmp_path)


def test_a_grid_takes_a_data_set_of_arrays(tmp_path: Path) -> None:
    dataset = dataset_from_arrays(features(40)[:, 0], IDS, cache=tmp_path)
    how = {"bits": 2, "k": 5, "jobs": 1, "out": tmp_path / "runs", "progress": False}
    result = run("lsh", dataset, cache=tmp_path, **how)
    assert [record.dataset.sha256 for record in result.records] == [dataset.sha256]
    assert run("lsh", dataset, cache=tmp_path, **how).outcomes == {}
    with pytest.raises(UsageError, match="opens its data set in other processes"):
        run("lsh", replace(dataset, card=replace(dataset.card, path=None)), **how)
