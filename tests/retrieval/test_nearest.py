"""Search in shards finds what a search in the whole finds."""

from __future__ import annotations

import itertools
import tracemalloc
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from hashbench import BinaryCodes, Labels
from hashbench.errors import DataError, UsageError
from hashbench.ranking import file_shards
from hashbench.ranking.file_shards import FileShard, open_shards
from hashbench.ranking.shards import MemoryShard
from hashbench.retrieval import nearest
from hashbench.retrieval.nearest import Hits, search_shards

CUTS = [0, 3, 250, 251, 700]


def made(
    folder: Path, bits: int, *, packed: bool = True
) -> tuple[list[FileShard], NDArray[np.uint8]]:
    """Write 700 items in four shards of very different size."""
    values = np.random.default_rng(bits).integers(0, 2, (CUTS[-1], bits), dtype=np.uint8)
    paths = []
    for i, (start, stop) in enumerate(itertools.pairwise(CUTS)):
        paths.append(folder / f"shard-{i}.{'npz' if packed else 'npy'}")
        if packed:
            BinaryCodes.from_bits(values[start:stop]).save(paths[-1])
        else:
            np.save(paths[-1], values[start:stop].astype(np.int8) * 2 - 1)
    return open_shards(paths), values


def check(
    hits: Hits,
    query: NDArray[np.uint8],
    database: NDArray[np.uint8],
    top: int,
    cuts: Sequence[int] = CUTS,
) -> None:
    """Compare with distances written out, sorted, ties in database order."""
    distances = (query[:, None] != database[None]).sum(axis=2)
    order = np.argsort(distances, axis=1, kind="stable")[:, :top]
    np.testing.assert_array_equal(hits.items, order)
    np.testing.assert_array_equal(hits.distances, np.take_along_axis(distances, order, 1))
    np.testing.assert_array_equal(hits.shards, np.searchsorted(cuts, order, side="right") - 1)


@pytest.mark.parametrize("few", [0, 1 << 30])
@pytest.mark.parametrize("bits", [1, 5, 64, 200])
@pytest.mark.parametrize("top", [1, 40, 260, 5000])
def test_the_nearest_of_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, few: int, bits: int, top: int
) -> None:
    monkeypatch.setattr(FileShard, "block_rows", 97)
    monkeypatch.setattr(nearest, "_FEW", few)  # both engines
    found, values = made(tmp_path, bits, packed=bits != 5)
    query = np.concatenate([values[::50], 1 - values[:3]])
    check(search_shards(found, BinaryCodes.from_bits(query), top=top), query, values, top)


def test_many_queries_take_several_passes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nearest, "_PLACES", 640)
    found, values = made(tmp_path, 13)
    seen: list[tuple[int, int]] = []
    hits = search_shards(
        found, BinaryCodes.from_bits(values[:150]), progress=lambda *done: seen.append(done)
    )
    check(hits, values[:150], values, 10)
    # Blocks of 64, 64 and 22 queries, each in four shards.
    done = np.cumsum(np.repeat([64, 64, 22], 4))
    assert seen == [(int(n), 600) for n in done]


def test_memory_does_not_grow_with_the_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_shards, "_BLOCK_BYTES", 1 << 20)
    monkeypatch.setattr(nearest, "_FEW", 0)  # one engine for both
    rng = np.random.default_rng(0)
    paths = []
    for i in range(16):
        paths.append(tmp_path / f"shard-{i}.npz")
        BinaryCodes(rng.integers(0, 256, (50_000, 16), dtype=np.uint8), 128).save(paths[-1])
    database = open_shards(paths)
    query = database[3].read_codes(0, 10)
    search_shards(database[:1], query)  # what is imported and compiled once
    peaks = []
    for part in (database[:2], database):
        tracemalloc.start()
        hits = search_shards(part, query)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + (1 << 20)  # a block, for whatever is not yet collected
    assert peaks[1] < 4 << 20  # of 12.8 MB
    assert (hits.items[:, 0] == 150_000 + np.arange(10)).all()


def test_what_is_wrong_is_said(tmp_path: Path) -> None:
    found, values = made(tmp_path, 13)
    query = BinaryCodes.from_bits(values[:2])
    with pytest.raises(UsageError, match="--top 0: at least 1"):
        search_shards(found, query, top=0)
    with pytest.raises(UsageError, match=r"query codes have 5 bits, .*shard-0.npz 13"):
        search_shards(found, BinaryCodes.from_bits(values[:2, :5]))
    with pytest.raises(UsageError, match="no query"):
        search_shards(found, query[:0])
    with pytest.raises(DataError, match=r"shard-0.npz: no labels were given"):
        found[0].labels_of(slice(0, 1))
    BinaryCodes.from_bits(values[251:]).save(found[3].codes.path)
    (tmp_path / "shard-3.npz").write_bytes(b"")
    with pytest.raises(DataError, match=r"shard-3\.npz: cannot be read"):
        search_shards(found, query)


@pytest.mark.parametrize("few", [0, 1 << 30])
def test_a_database_in_memory_is_one_shard(monkeypatch: pytest.MonkeyPatch, few: int) -> None:
    monkeypatch.setattr(nearest, "_FEW", few)  # both engines
    rng = np.random.default_rng(0)
    values, ids = rng.integers(0, 2, (90, 12), dtype=np.uint8), rng.integers(-1, 3, 90)
    codes, labels = BinaryCodes.from_bits(values), Labels.from_array(ids, 3)
    check(search_shards([MemoryShard(codes, labels)], codes, top=4), values, values, 4, [0, 90])
    lists = nearest.nearest(codes, labels, codes, labels, top=4, own=np.arange(90))
    distances = (values[:, None] != values[None]).sum(axis=2)
    for row, found in enumerate(lists):
        others = [i for i in np.argsort(distances[row], kind="stable") if i != row][:4]
        assert [n.row for n in found] == others
        assert [n.distance for n in found] == distances[row, others].tolist()
        assert [n.labels for n in found] == [
            () if ids[i] < 0 else (f"class {ids[i]}",) for i in others
        ]
        for neighbour, i in zip(found, others, strict=True):
            assert neighbour.relevant == (None if ids[row] < 0 else ids[i] == ids[row])
            assert "file" not in neighbour.to_json()
    small = nearest.nearest(codes[:3], None, codes[:3], labels[:3], top=9, own=np.arange(3))
    assert [len(found) for found in small] == [2, 2, 2]
    assert {n.relevant for found in small for n in found} == {None}
