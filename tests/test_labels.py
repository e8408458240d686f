"""Labels: ids or sets, and who is relevant to whom."""

from __future__ import annotations

import numpy as np
import pytest

from hashbench import Labels
from hashbench.errors import DataError
from hashbench.labels import SPARSE_FROM, numbering


def test_ids_and_sets_agree() -> None:
    ids = np.array([0, 2, 1, 2])
    labels = Labels.from_array(ids)
    assert labels.single
    assert np.array_equal(labels.ids, ids)
    assert np.array_equal(labels.multi_hot, np.eye(3, dtype=bool)[ids])
    assert np.array_equal(Labels.from_array(ids[:, None]).multi_hot, labels.multi_hot)
    assert np.array_equal(Labels.from_array(np.eye(3)[ids]).ids, ids)


def test_relevance_is_a_shared_label() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.random((7, 70)) < 0.1, rng.random((9, 70)) < 0.1
    expected = [[bool(set(np.flatnonzero(x)) & set(np.flatnonzero(y))) for y in b] for x in a]
    assert Labels(a).relevance(Labels(b)).tolist() == expected
    words = (Labels(a).words()[:, None] & Labels(b).words()[None]).any(axis=2)
    assert words.tolist() == expected


def test_a_video_without_label_is_relevant_to_nothing() -> None:
    labels = Labels.from_array([-1, 0])
    assert labels.ids.tolist() == [-1, 0]
    assert labels.relevance(labels).tolist() == [[False, False], [False, True]]


@pytest.mark.parametrize(
    ("values", "n_classes", "message"),
    [
        (np.array([0.5, 1]), None, "whole numbers, but one is 0.5"),
        (np.array([0, np.inf]), None, "whole numbers, but one is inf"),
        (np.array([0, -np.inf]), 3, "whole numbers, but one is -inf"),
        (np.array([[0], [np.nan]]), 3, "whole numbers, but one is nan"),
        (np.array([0, 1e300]), None, "below 2\\^53, but one is 1e\\+300"),
        (np.array([0, -1e300]), None, "below 2\\^53, but one is -1e\\+300"),
        (np.array([0, 2**63], np.uint64), None, "below 2\\^63, but one is 9223372036854775808"),
        (np.array([0, 3]), 3, "out of range"),
        (np.array([[0, 2]]), None, "0 and 1 only"),
        (np.zeros((2, 2, 2)), None, "shape"),
        (np.array(["a"]), None, "dtype"),
        (np.eye(3), 4, "3 classes; 4"),
    ],
)
def test_wrong_labels_are_named(values: object, n_classes: int | None, message: str) -> None:
    with pytest.raises(DataError, match=message):
        Labels.from_array(values, n_classes)


@pytest.mark.parametrize(
    "dtype", ["u1", "u2", "u4", "u8", "i1", "i8", "f2", "f4", "f8", "?", ">u4"]
)
def test_every_width_of_numbers_gives_one_answer(dtype: str) -> None:
    values = np.array([1, 0, 1, 1, 0])
    for n_classes in (None, 2):
        labels = Labels.from_array(values.astype(dtype), n_classes)
        assert labels.multi_hot.tolist() == np.eye(2, dtype=bool)[values].tolist()
        assert labels.ids.tolist() == values.tolist()


def test_large_ids_are_numbered_by_the_classes_that_occur() -> None:
    ids = np.array([2, -1, 0, 4, 2])
    large = np.where(ids < 0, -1, 5 + ids * 10**9)
    labels = Labels.from_array(large)
    assert labels.class_ids is not None
    assert labels.class_ids.tolist() == [5, 2_000_000_005, 4_000_000_005]
    assert labels.n_classes == 3
    assert labels.ids.tolist() == [1, -1, 0, 2, 1]
    expected = Labels.from_array(ids).relevance(Labels.from_array(ids))
    assert np.array_equal(labels.relevance(labels), expected)
    assert Labels.from_array(np.array([2**63 - 1], np.uint64)).n_classes == 1
    assert Labels.from_array([SPARSE_FROM - 1]).class_ids is None


def test_ids_of_two_arrays_are_numbered_together() -> None:
    query, database = np.array([7, 10**12]), np.array([10**12, 8, 7])
    known = numbering([query, database])
    assert known is not None
    ours = Labels.from_array(query, class_ids=known)
    theirs = Labels.from_array(database, class_ids=known)
    assert ours.relevance(theirs).tolist() == [[False, False, True], [True, False, False]]
    assert ours.same_classes(theirs[[0]])
    assert not Labels.from_array(query).same_classes(theirs)
    assert not Labels.from_array([0, 1, 2]).same_classes(theirs)
    assert numbering([np.array([3, 5]), np.array([-1])]) is None
    with pytest.raises(DataError, match="class id 9 is none of the 3 classes"):
        Labels.from_array([9], class_ids=known)


def test_more_than_memory_holds_is_an_error_in_one_line() -> None:
    with pytest.raises(DataError, match="1,000 videos in 1,000,000,000,000,000 classes"):
        Labels.from_array(np.zeros(1000, int), 10**15)


def test_ids_need_single_labels() -> None:
    with pytest.raises(DataError, match="several labels"):
        _ = Labels.from_array(np.ones((1, 2))).ids
