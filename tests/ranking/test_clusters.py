"""Clusters of queries from labels."""

from __future__ import annotations

import numpy as np

from hashbench import Labels
from hashbench.ranking.clusters import class_clusters


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
