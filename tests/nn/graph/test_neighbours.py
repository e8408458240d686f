"""The neighbourhood structure against its definition on dense arrays."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from in_children import build_in_child
from neighbour_oracles import dense_graph, rational_sets
from numpy.typing import NDArray

from hashbench.errors import DataError, StoreError, UsageError
from hashbench.nn.graph import neighbours
from hashbench.nn.graph.neighbours import neighbour_graph


def clustered(n: int, dims: int, seed: int) -> NDArray[np.float32]:
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(max(2, n // 12), dims))
    return (centres[rng.integers(len(centres), size=n)] + rng.normal(size=(n, dims))).astype(
        np.float32
    )


@given(data=st.data())
@settings(max_examples=80, deadline=None)
def test_agrees_with_the_definition(data: st.DataObject) -> None:
    n = data.draw(st.integers(2, 14))
    mean = data.draw(arrays(np.int8, (n, 3), elements=st.integers(-2, 2))).astype(np.float32)
    k1 = data.draw(st.integers(1, n - 1))
    k2 = data.draw(st.integers(1, n + 3))
    graph = neighbour_graph(mean, k1, k2)
    np.testing.assert_array_equal(
        graph.toarray().astype(bool), dense_graph(rational_sets(mean, k1), k2)
    )


@pytest.mark.parametrize(("k1", "k2"), [(20, 10), (10, 10), (10, 5), (5, 40), (1, 1)])
def test_agrees_with_dense_float64_on_real_values(
    k1: int, k2: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(neighbours, "_ENTRIES", 1000)
    mean = clustered(240, 16, seed=k1)
    unit = mean / np.linalg.norm(mean.astype(np.float64), axis=1, keepdims=True)
    order = np.argsort(-(unit @ unit.T), axis=1, kind="stable")
    sets = [[i, *[j for j in order[i] if j != i][:k1]] for i in range(240)]
    graph = neighbour_graph(mean, k1, k2)
    np.testing.assert_array_equal(graph.toarray().astype(bool), dense_graph(sets, k2))


def test_is_symmetric_reflexive_sorted_ones() -> None:
    graph = neighbour_graph(clustered(300, 8, seed=0), 10, 10)
    assert graph.dtype == np.uint8
    assert (graph.data == 1).all()
    assert (graph.diagonal() == 1).all()
    assert (graph != graph.T).nnz == 0
    assert graph.has_sorted_indices
    assert graph.has_canonical_format


def test_the_papers_example_of_a_union() -> None:
    """N_0 and N_1 share 3 members; all that either holds become neighbours of 0."""
    members = [{0, 2, 3, 4, 5}, {1, 2, 3, 4, 6}, *({i} for i in range(2, 7))]
    incidence = np.array([[int(j in s) for j in range(7)] for s in members])
    sets = neighbours.sp.csr_matrix(incidence, dtype=np.int32)
    best = neighbours._best(sets @ sets.T, most=5, k2=2)
    assert best.toarray()[0].tolist() == [1, 1, 0, 0, 0, 0, 0]
    assert np.flatnonzero((best @ sets).toarray()[0]).tolist() == [0, 1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize("parts", [2, 3, 7])
def test_parts_are_graphs_of_their_own(parts: int) -> None:
    mean = clustered(100, 6, seed=1)
    whole = neighbour_graph(mean, 6, 4, parts=parts).toarray()
    for block in np.array_split(np.arange(100), parts):
        np.testing.assert_array_equal(
            whole[np.ix_(block, block)], neighbour_graph(mean[block], 6, 4).toarray()
        )
        whole[np.ix_(block, block)] = 0
    assert not whole.any()


def test_reports_progress() -> None:
    class Log:
        def __init__(self) -> None:
            self.seen: dict[str, tuple[float, float | None]] = {}

        def update(
            self, task: str, completed: float, total: float | None = None, **fields: float | str
        ) -> None:
            self.seen[task] = (completed, total)

    log = Log()
    neighbour_graph(clustered(50, 4, seed=2), 3, 2, progress=log)
    assert log.seen == {"nearest neighbours": (1, 1), "shared neighbours": (50, 50)}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"k1": 6, "k2": 1}, "K1 = 6 neighbours do not fit 6 videos: K1 must be below 6"),
        ({"k1": 3, "k2": 1, "parts": 2}, r"fit 3 videos a part \(6 in 2 parts\): .* below 3"),
        ({"k1": 1, "k2": 1, "parts": 6}, r"1 videos a part .* too few .* at least 2"),
        ({"k1": 0, "k2": 1}, "K1 must be a whole number from 1 on, not 0"),
        ({"k1": 1, "k2": 0}, "K2 must be a whole number from 1 on, not 0"),
        ({"k1": 1.5, "k2": 1}, r"K1 must be a whole number from 1 on, not 1\.5"),
        ({"k1": 1, "k2": 1, "parts": 0}, "parts must be a whole number from 1 on, not 0"),
    ],
)
def test_wrong_settings(settings: dict[str, int], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        neighbour_graph(np.ones((6, 2), np.float32), **settings)


def test_wrong_vectors() -> None:
    with pytest.raises(UsageError, match=r"\(videos, dims\)"):
        neighbour_graph(np.ones((3, 2, 2), np.float32), 1, 1)
    with pytest.raises(DataError, match="NaN"):
        neighbour_graph(np.full((3, 2), np.nan, np.float32), 1, 1)


class TestCache:
    mean = clustered(60, 4, seed=3)

    @pytest.fixture
    def builds(self, monkeypatch: pytest.MonkeyPatch) -> list[int]:
        """The sizes of the graphs that were really built."""
        seen: list[int] = []
        joined = neighbours._joined

        def counting(found: NDArray[np.float32], *rest: object) -> object:
            seen.append(len(found))
            return joined(found, *rest)

        monkeypatch.setattr(neighbours, "_joined", counting)
        return seen

    def test_builds_once(self, tmp_path: Path, builds: list[int]) -> None:
        first = neighbour_graph(self.mean, 5, 3, cache=tmp_path)
        again = neighbour_graph(self.mean.copy(), 5, 3, cache=tmp_path)
        assert builds == [60]
        assert (first != again).nnz == 0
        assert again.dtype == first.dtype
        assert again.has_sorted_indices

    def test_anything_that_matters_builds_anew(
        self, tmp_path: Path, builds: list[int], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        other = self.mean.copy()
        other[7, 1] += 1
        for mean, k1, k2, parts in [
            (self.mean, 5, 3, 1),
            (self.mean, 4, 3, 1),
            (self.mean, 5, 2, 1),
            (self.mean, 5, 3, 2),
            (other, 5, 3, 1),
        ]:
            found = neighbour_graph(mean, k1, k2, parts=parts, cache=tmp_path)
            assert (found != neighbour_graph(mean, k1, k2, parts=parts)).nnz == 0
        assert len(list(tmp_path.glob("*.npz"))) == 5
        monkeypatch.setattr(neighbours, "VERSION", -1)
        neighbour_graph(self.mean, 5, 3, cache=tmp_path)
        assert len(list(tmp_path.glob("*.npz"))) == 6

    @pytest.mark.parametrize("damage", ["cut", "flip", "other", "pickle", "empty"])
    def test_a_damaged_file_is_built_anew(
        self, tmp_path: Path, builds: list[int], damage: str
    ) -> None:
        wanted = neighbour_graph(self.mean, 5, 3, cache=tmp_path)
        (path,) = tmp_path.glob("*.npz")
        content = bytearray(path.read_bytes())
        if damage == "cut":
            path.write_bytes(content[: len(content) // 2])
        elif damage == "flip":
            content[len(content) // 2] ^= 4
            path.write_bytes(content)
        elif damage == "other":
            np.savez(path, indptr=np.array([0, 1]), indices=np.array([0]))
        elif damage == "pickle":
            np.savez(path, indptr=np.array([None]), indices=np.array([None]))
        else:
            path.write_bytes(b"")
        found = neighbour_graph(self.mean, 5, 3, cache=tmp_path)
        assert builds == [60, 60]
        assert (found != wanted).nnz == 0
        neighbour_graph(self.mean, 5, 3, cache=tmp_path)
        assert builds == [60, 60]

    def test_processes_at_once_build_once(self, tmp_path: Path) -> None:
        context = multiprocessing.get_context("spawn")
        queue = context.Queue()
        workers = [
            context.Process(target=build_in_child, args=(self.mean, tmp_path, queue))
            for _ in range(2)
        ]
        for worker in workers:
            worker.start()
        builds = [queue.get(timeout=100) for _ in workers]
        for worker in workers:
            worker.join()
        assert sum(builds) == 1
        assert [path.suffix for path in sorted(tmp_path.iterdir())] == [".npz"]

    def test_a_cache_that_cannot_be_written(self, tmp_path: Path, builds: list[int]) -> None:
        blocked = tmp_path / "file"
        blocked.write_text("in the way")
        with pytest.raises(StoreError, match=r"cannot write .*file"):
            neighbour_graph(self.mean, 5, 3, cache=blocked / "cache")
        assert builds == []  # said before the work, not after it
