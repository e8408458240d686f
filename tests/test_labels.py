"""Labels: ids or sets, and who is relevant to whom."""

from __future__ import annotations

import numpy as np
import pytest

from hashbench import Labels
from hashbench.errors import DataError


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
        (np.array([0.5, 1]), None, "whole numbers"),
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


def test_ids_need_single_labels() -> None:
    with pytest.raises(DataError, match="several labels"):
        _ = Labels.from_array(np.ones((1, 2))).ids
