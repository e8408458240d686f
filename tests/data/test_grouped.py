"""HDF5 files with a group for each video: read in the order of lists, and what is wrong in them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from making_data import features

from hashbench.data import converting, load_dataset
from hashbench.data.converting import convert
from hashbench.data.grouped import Grouping, open_groups
from hashbench.data.groupsource import GroupSource
from hashbench.data.loading import open_splits
from hashbench.data.verifying import audit
from hashbench.errors import DataError, HashbenchError, UsageError

N, FRAMES, DIMS = 30, 5, 8
LISTS = {"train": "train.txt", "test": "test.txt", "val": "val.txt"}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A folder as published: ``image.h5``, and three lists that name its groups in no order."""
    array = features(N, FRAMES, DIMS)
    with h5py.File(tmp_path / "image.h5", "w") as file:
        for row in range(N):
            file.create_dataset(f"-v{row}/vectors", data=array[row])
    for place, name in enumerate(LISTS.values()):
        rows = np.random.default_rng(place).permutation(np.arange(place, N, 3))
        (tmp_path / name).write_text("".join(f"-v{row},{row % 4 + 1}\n" for row in rows))
    return tmp_path


def grouping(tree: Path, **changes: Any) -> Grouping:
    lists = {split: tree / name for split, name in LISTS.items()}
    settings = {"path": tree / "image.h5", "lists": lists, "name": "mine", "database": "train"}
    return Grouping(**{**settings, **changes})


def rows_of(path: Path) -> list[int]:
    return [int(line.partition(",")[0][2:]) for line in path.read_text().splitlines()]


def test_videos_and_classes_are_those_of_the_lists(tree: Path) -> None:
    (tree / "test.txt").write_text((tree / "test.txt").read_text().replace("-v1,2", "-v1,2;4"))
    card, splits, left_out = open_groups(grouping(tree))
    new = convert(card, splits, tree / "new")
    dataset = load_dataset(new)
    array = features(N, FRAMES, DIMS)
    assert left_out == []
    assert dataset.validation is not None
    for videos, name in [
        (dataset.labelled_train, "train"), (dataset.query, "test"), (dataset.validation, "val"),
    ]:  # fmt: skip
        rows = rows_of(tree / LISTS[name])
        np.testing.assert_array_equal(videos.take(slice(None)), array[rows])
        assert videos.ids() == [f"-v{row}" for row in rows]
        expected = np.eye(4, dtype=bool)[np.array(rows) % 4]
        if name == "test":
            expected[rows.index(1), 3] = True
        np.testing.assert_array_equal(videos.labels.multi_hot, expected)
    assert dataset.card.class_names == ("1", "2", "3", "4")
    assert dataset.card.protocol_name == "mine"
    assert not dataset.self_retrieval
    result = audit(*open_splits(new))
    assert result.ok
    assert result.sha256 == dataset.card.sha256


def test_labels_of_what_is_not_ranked_are_optional(tree: Path) -> None:
    for name in ("train.txt", "val.txt"):
        rows = rows_of(tree / name)
        (tree / name).write_text("".join(f"-v{row}\n" for row in rows))
    card, splits, _ = open_groups(grouping(tree, database="test"))
    dataset = load_dataset(convert(card, splits, tree / "new"))
    assert not dataset.labelled_train.has_labels
    assert dataset.validation is None
    assert dataset.self_retrieval
    with pytest.raises(DataError, match=r"train\.txt: names no classes; split train is the data"):
        open_groups(grouping(tree))


def test_groups_that_no_list_names_are_told(tree: Path) -> None:
    lists = {split: tree / LISTS[split] for split in ("train", "test")}
    _, splits, left_out = open_groups(grouping(tree, lists=lists))
    assert list(splits) == ["train", "test"]
    assert sorted(left_out) == sorted(f"-v{row}" for row in rows_of(tree / "val.txt"))


def test_arrays_in_the_place_of_groups_and_groups_within_groups(tmp_path: Path) -> None:
    array = features(3, FRAMES, DIMS)
    with h5py.File(tmp_path / "flat.h5", "w") as file:
        file["a"], file["c"] = array[0], array[2]
        file["run/b/vectors"] = array[1]
    flat = GroupSource(tmp_path / "flat.h5", ["c", "a"])
    np.testing.assert_array_equal(flat.read(0, 2), array[[2, 0]])
    np.testing.assert_array_equal(flat.take(np.array([1])), array[[0]])
    nested = GroupSource(tmp_path / "flat.h5", ["run/b"])
    np.testing.assert_array_equal(nested.read(0, 1), array[[1]])


def test_frames_are_spread_evenly(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "long.h5", "w") as file:
        for name, stored in (("a", 9), ("b", 4), ("c", 1)):
            file[f"{name}/feats"] = np.arange(stored, dtype=np.float16)[:, None]
        file["d/feats"] = np.array([7], np.float16)  # a vector is one frame
    source = GroupSource(tmp_path / "long.h5", list("abcd"), frames=3)
    assert source.shape == (4, 3, 1)
    expected = [[1, 4, 7], [0, 2, 3], [0, 0, 0], [7, 7, 7]]
    np.testing.assert_array_equal(source.read(0, 4)[:, :, 0], expected)
    assert (
        source.signature() != GroupSource(tmp_path / "long.h5", list("abcd"), frames=2).signature()
    )


def test_one_array_of_several_is_named(tree: Path) -> None:
    with h5py.File(tree / "image.h5", "a") as file:
        for group in file.values():
            group["audio"] = np.zeros((FRAMES, 3), np.float32)
    with pytest.raises(DataError, match="groups hold audio, vectors; name one with --key"):
        open_groups(grouping(tree))
    card, _, _ = open_groups(grouping(tree, key="audio"))
    assert card.dims == 3


def put(name: str, value: Any, **how: Any) -> Callable[[Path], None]:
    """Return a change of ``image.h5``: ``value`` in the place of what ``name`` was."""

    def change(tree: Path) -> None:
        with h5py.File(tree / "image.h5", "a") as file:
            if name in file:
                del file[name]
            if value is None:
                file.create_group(name)
            elif isinstance(value, h5py.ExternalLink):
                file[name] = value
            else:
                file.create_dataset(name, data=value, **how)

    return change


def listed(text: str) -> Callable[[Path], None]:
    """Return a change of ``test.txt``."""
    return lambda tree: (tree / "test.txt").write_text(text) and None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (put("-v4", None), "group -v4 has no array 'vectors' (found: nothing)"),
        (put("-v4/vectors", features(1, FRAMES, DIMS + 1)[0]),
         "group -v4 has features of 9 dimensions, {first} of 8; one extractor must have made all"),
        (put("-v4/vectors", features(1, FRAMES - 1, DIMS)[0]),
         "group -v4 has 4 frames, {first} 5; --frames N takes N of each, evenly spread"),
        (put("-v4/vectors", [b"a", b"b"], dtype=h5py.string_dtype()),
         "image.h5: '-v4/vectors' holds objects; numbers are needed"),
        (put("-v4/vectors", np.array([[b"a"]])), "'-v4/vectors' holds |S1; numbers are needed"),
        (put("-v4/vectors", features(2, FRAMES, DIMS)), "has shape (2, 5, 8); (frames, dims) is"),
        (put("-v4/vectors", np.zeros((0, DIMS))), "has shape (0, 8); (frames, dims) is needed"),
        (put("-v4/vectors", 3.0), "has shape (); (frames, dims) is needed"),
        (put("-v4/vectors", h5py.ExternalLink("other.h5", "/x")), "points to another file"),
        (put("-v4", h5py.ExternalLink("other.h5", "/x")), "points to another file"),
        (listed("-v1,1\n-w,2\nv1,2\n"),
         "test.txt: 2 of 3 names are no group of {tree}/image.h5: -w, v1"),
        (listed("-v1/vectors/x,1\n"), "has no group -v1/vectors/x"),
        (lambda tree: (tree / "image.h5").write_bytes(b"no HDF5"), "not a whole HDF5 file"),
        (lambda tree: (tree / "image.h5").unlink(), "image.h5: no such file"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_in_one_line(
    tree: Path, change: Callable[[Path], object], message: str
) -> None:
    first = f"-v{rows_of(tree / 'test.txt')[0]}"
    change(tree)
    with pytest.raises(DataError, match=r"^[^\n]*$") as caught:
        open_groups(grouping(tree))
    assert message.format(first=first, tree=tree) in str(caught.value)


def test_all_groups_empty_and_lists_of_two_shapes(tree: Path) -> None:
    with h5py.File(tree / "image.h5", "a") as file:
        for row in rows_of(tree / "test.txt"):
            del file[f"-v{row}/vectors"]
            file[f"-v{row}/vectors"] = np.zeros((2, DIMS), np.float32)
    with pytest.raises(DataError, match=r"test\.txt: -v\d+ has 2 frames of 8 dimensions, -v\d+ 5"):
        open_groups(grouping(tree))
    with h5py.File(tree / "image.h5", "w") as file:
        for row in range(N):
            file.create_group(f"-v{row}")
    with pytest.raises(DataError, match=r"group -v\d+ holds no array"):
        open_groups(grouping(tree))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"database": ""}, "name the split that is ranked: --database train where queries are"),
        ({"database": "query"}, "--database query: no such list; name the split that is ranked"),
        ({"lists": {"train": "train.txt"}}, "lists of train; those of train and of test, or query"),
        ({"lists": {"test": "test.txt", "database": "train.txt"}}, "lists of test and database;"),
    ],
)
def test_lists_say_what_is_trained_on_asked_and_ranked(
    tree: Path, changes: dict[str, Any], message: str
) -> None:
    if "lists" in changes:
        changes["lists"] = {split: tree / name for split, name in changes["lists"].items()}
    with pytest.raises(UsageError, match=r"^[^\n]*$") as caught:
        open_groups(grouping(tree, **changes))
    assert message in str(caught.value)


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e300])
def test_values_that_are_no_numbers_end_the_conversion(tree: Path, value: float) -> None:
    bad = np.zeros((FRAMES, DIMS))
    bad[2, 1] = value
    put("-v4/vectors", bad)(tree)
    card, splits, _ = open_groups(grouping(tree))
    with pytest.raises(DataError, match=r"image\.h5: group -v4 has NaN, infinity or a value bey"):
        convert(card, splits, tree / "new")
    assert not (tree / "new" / "card.toml").exists()
    assert not list((tree / "new").glob("*.partial*"))


def test_what_was_finished_before_a_kill_is_kept(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    card, splits, _ = open_groups(grouping(tree))
    monkeypatch.setattr(converting, "look", lambda *_: pytest.fail("killed"))
    with pytest.raises(pytest.fail.Exception, match="killed"):
        convert(card, splits, tree / "new")
    monkeypatch.undo()
    stamps = {path.name: path.stat().st_mtime_ns for path in (tree / "new").glob("*.h5")}
    test = tree / "test.txt"
    test.write_text("".join(reversed(test.read_text().splitlines(keepends=True))))
    card, splits, _ = open_groups(grouping(tree))
    dataset = load_dataset(convert(card, splits, tree / "new"))
    kept = {path.name: path.stat().st_mtime_ns for path in (tree / "new").glob("*.h5")}
    assert [name for name in sorted(kept) if kept[name] == stamps[name]] == ["train.h5", "val.h5"]
    array = features(N, FRAMES, DIMS)
    np.testing.assert_array_equal(dataset.query.take(slice(None)), array[rows_of(test)])


def test_every_group_is_looked_at_before_any_is_written(tree: Path) -> None:
    seen: list[tuple[str, float, float | None]] = []

    class Sink:
        def update(self, task: str, completed: float, total: float | None = None, **_: Any) -> None:
            seen.append((task, completed, total))

    open_groups(grouping(tree), Sink())
    assert seen == [("look at groups", 10 * part, N) for part in (1, 2, 3)]


def test_errors_are_the_projects_own(tree: Path) -> None:
    """A damaged file at any byte of its first kilobytes is an error of ours, or harmless."""
    whole = (tree / "image.h5").read_bytes()
    told = []
    for place in np.random.default_rng(0).integers(0, 4096, 20):
        damaged = bytearray(whole)
        damaged[place] ^= 0x5A
        (tree / "image.h5").write_bytes(bytes(damaged))
        try:
            _, splits, _ = open_groups(grouping(tree))
            for videos in splits.values():
                videos.take(slice(None))
        except HashbenchError as error:
            told.append(str(error))
    assert told
    assert all("\n" not in line for line in told)
