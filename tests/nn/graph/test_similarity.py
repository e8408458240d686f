"""Rows of S from either form of the graph."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from hashbench.errors import DataError
from hashbench.labels import Labels
from hashbench.nn.graph.similarity import NeighbourGraph, label_graph


@given(multi_hot=arrays(bool, st.tuples(st.integers(1, 12), st.integers(1, 5))), data=st.data())
@settings(max_examples=60, deadline=None)
def test_label_graph_is_relevance_with_ones_on_the_diagonal(
    multi_hot: NDArray[np.bool_], data: st.DataObject
) -> None:
    labels = Labels(multi_hot)
    dense = labels.relevance(labels)
    np.fill_diagonal(dense, True)
    graph = label_graph(labels)
    index = np.array(data.draw(st.lists(st.integers(0, len(labels) - 1), min_size=1)))
    rows = graph.rows(index)
    assert rows.dtype == np.uint8
    assert rows.has_canonical_format
    np.testing.assert_array_equal(rows.toarray(), dense[index])
    assert graph.nnz == dense.sum()
    assert graph.n == len(labels)


def test_stored_graph() -> None:
    dense = np.array([[1, 0, 1], [0, 1, 0], [1, 0, 1]], np.uint8)
    graph = NeighbourGraph(sp.csr_matrix(dense))
    assert (graph.n, graph.nnz) == (3, 5)
    np.testing.assert_array_equal(graph.rows(np.array([2, 1])).toarray(), dense[[2, 1]])


def test_many_labelled_videos_take_little_memory() -> None:
    """100,000 videos of one class would be 10^10 pairs."""
    graph = label_graph(Labels.from_array(np.zeros(100_000, np.int64)))
    assert graph.nnz == 10**10
    assert graph.rows(np.array([3, 70_000])).nnz == 200_000


@pytest.mark.parametrize("shapes", [((2, 3), None), ((2, 3), (2, 2)), ((2, 3), (3, 4))])
def test_shapes_that_make_no_graph(shapes: tuple[tuple[int, int], tuple[int, int] | None]) -> None:
    left, right = (None if s is None else sp.csr_matrix(s, dtype=np.uint8) for s in shapes)
    with pytest.raises(DataError, match="square"):
        NeighbourGraph(left, right)
