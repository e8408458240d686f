"""Clusters of queries from labels."""

from __future__ import annotations

import numpy as np

from hashbench import Labels
from hashbench.ranking.clusters import ClassClusters, class_clusters


def test_classes_are_clusters_and_the_unlabelled_stand_alone():
    clusters = class_clusters(Labels.from_array([2, 0, 2, -1, -1]))
    assert clusters is not None
    assert clusters[0] == clusters[2]
    assert len(set(clusters.tolist())) == 4


def test_of_several_labels_the_rarest_counts():
    multi_hot = np.array([[1, 1, 0], [1, 0, 1], [1, 0, 1], [1, 0, 0]])
    clusters = class_clusters(Labels.from_array(multi_hot))
    assert clusters is not None
    assert clusters.tolist() == [1, 2, 2, 0]


def test_one_class_is_none():
    assert class_clusters(Labels.from_array([0, 0, 0])) is None
    assert class_clusters(Labels.from_array(np.zeros((0, 3), dtype=int))) is None


def test_blocks_give_the_clusters_of_the_whole():
    rng = np.random.default_rng(0)
    multi_hot = rng.random((500, 12)) < 0.15 * rng.random(12)
    labels = Labels(multi_hot)
    sizes = multi_hot.sum(axis=0)
    expected = [
        min(np.flatnonzero(row), key=lambda c: (sizes[c], c)) if row.any() else 12 + i
        for i, row in enumerate(multi_hot)
    ]
    gathered = ClassClusters()
    for start in range(0, 500, 130):
        gathered.add(labels[start : start + 130])
    found = gathered.found()
    assert found is not None
    assert found.tolist() == expected
    whole = class_clusters(labels)
    assert whole is not None
    assert whole.tolist() == expected


def test_no_labels_at_all():
    assert ClassClusters().found() is None
    alone = class_clusters(Labels(np.zeros((3, 2), dtype=bool)))
    assert alone is not None
    assert alone.tolist() == [2, 3, 4]
