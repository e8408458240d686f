"""Relevance as bits, against the dense matrix of label sets that meet."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hashbench import Labels
from hashbench.ranking.relevance import carriers, relevant_to, relevant_totals, set_bits


def unpacked(words, n):
    return np.unpackbits(words.view(np.uint8), bitorder="little")[:n].astype(bool)


@pytest.mark.parametrize(("n", "classes"), [(1, 1), (63, 3), (64, 64), (65, 65), (200, 130)])
def test_items_that_share_a_label(n, classes):
    rng = np.random.default_rng(n)
    items = Labels(rng.random((n, classes)) < 2 / classes)
    wanted = Labels(rng.random((9, classes)) < 2 / classes)
    expected = wanted.relevance(items)
    rows = carriers(items.multi_hot)
    assert rows.shape == (classes, -(-n // 64))
    totals = np.empty(9, dtype=np.int64)
    relevant_totals(rows, wanted.words(), totals)
    assert totals.tolist() == expected.sum(axis=1).tolist()
    for words, row in zip(wanted.words(), expected, strict=True):
        out = np.full(rows.shape[1], 7, dtype=np.uint64)  # what was there is written over
        relevant_to(rows, words, out)
        assert unpacked(out, n).tolist() == row.tolist()


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 200), st.integers(0, 200), st.integers(0, 2**31))
def test_bits_of_a_range(start, stop, seed):
    words = np.random.default_rng(seed).integers(0, 2**64, 4, dtype=np.uint64)
    expected = unpacked(words, 256)[start:stop].sum()
    assert set_bits(words, start, stop) == expected
