"""Both ways of comparing a block of codes, against the distances of numpy."""

from __future__ import annotations

import numpy as np
import pytest

from hashbench.compiling import jit
from hashbench.ranking import block_count, block_lookup, comparing
from hashbench.ranking.layout import LANES, aligned

WAYS = [block_count, block_lookup]


def asked(way):
    """Compiled: the mask of one block, then the distance of each of its items."""
    compare, distance = way.compare, way.distance

    @jit
    def ask(block, query, words, limit, near, found):
        mask = compare(block, query, words, limit, near)
        for lane in range(LANES):
            found[lane] = distance(block, query, words, near, lane)
        return mask

    return ask


def here(way):
    if way is block_lookup and "avx2" not in comparing.target_features():
        pytest.skip("this processor has no AVX2")
    return way


@pytest.mark.parametrize("way", WAYS, ids=["count", "lookup"])
@pytest.mark.parametrize("words", [1, 2, 3, 4, 5, 17])
def test_masks_and_distances_are_those_of_numpy(way, words):
    ask = asked(here(way))
    rng = np.random.default_rng(words)
    codes = rng.integers(0, 2**64, (150, words), dtype=np.uint64, endpoint=False)
    codes[7], codes[70] = codes[3], ~codes[3]  # as near and as far as codes can be
    blocks, queries = way.arrange(codes), way.prepare(codes[[3, 149]])
    for q, code in enumerate(codes[[3, 149]]):
        expected = np.bitwise_count(codes ^ code).sum(axis=1, dtype=np.int64)
        for b, block in enumerate(blocks):
            items = expected[b * LANES : (b + 1) * LANES]
            for limit in {0, 32 * words, 254, int(items.max()), 64 * words}:
                near, found = aligned(128), np.empty(LANES, dtype=np.int64)
                mask = ask(
                    block.ctypes.data,
                    queries[q].ctypes.data,
                    words,
                    limit,
                    near.ctypes.data,
                    found,
                )
                bits = [bool(int(mask) >> lane & 1) for lane in range(len(items))]
                assert found[: len(items)].tolist() == items.tolist()
                if words <= 4 and limit >= 255:
                    assert all(bits)
                else:
                    assert bits == (items <= limit).tolist()


@pytest.mark.parametrize("way", WAYS, ids=["count", "lookup"])
def test_blocks_are_aligned_for_the_loads_of_compiled_code(way):
    for n in (1, 63, 64, 65):
        blocks = way.arrange(np.ones((n, 2), dtype=np.uint64))
        assert blocks.ctypes.data % 64 == 0
        assert blocks.shape[1] % 64 == 0
        assert len(blocks) == -(-n // LANES)


@pytest.mark.parametrize(
    ("features", "expected"),
    [
        ({"avx2", "popcnt"}, True),
        ({"avx2", "avx512f", "avx512vl"}, True),
        ({"avx2", "avx512vl", "avx512vpopcntdq"}, False),
        ({"sse4.2", "popcnt"}, False),
        ({"neon"}, False),
    ],
)
def test_lookup_is_for_avx2_without_a_count_of_bits_in_vectors(features, expected):
    assert comparing.looks_up(features) is expected


def test_features_are_those_that_numba_compiles_for(monkeypatch):
    monkeypatch.setattr(comparing.config, "CPU_FEATURES", None)
    for name, value in (("CPU_NAME", "generic"), ("ENABLE_AVX", 0)):
        with monkeypatch.context() as patch:
            patch.setattr(comparing.config, name, value)
            assert comparing.target_features() == set()
    monkeypatch.setattr(comparing.config, "CPU_FEATURES", "+avx2,-avx512f")
    assert comparing.target_features() == {"avx2"}


def test_the_database_is_laid_out_for_the_way_that_compares_it():
    way = {"count": block_count, "lookup": block_lookup}[comparing.NAME]
    assert comparing.arrange is way.arrange
    assert comparing.compare is way.compare
