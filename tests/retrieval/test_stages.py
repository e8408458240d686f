"""Searches that rescore or rank by asymmetric distance, against plain loops."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from making_data import features

import hashbench
from hashbench.errors import MethodError, UsageError
from hashbench.runs import Store

Cards = tuple[Path, Path]


@pytest.fixture(scope="module")
def store(cards: Cards, tmp_path_factory: pytest.TempPathFactory) -> Store:
    out = tmp_path_factory.mktemp("runs")
    return hashbench.run("itq", cards[0], bits=4, k=5, out=out).store


@pytest.fixture(scope="module")
def model(store: Store) -> str:
    return f"{store.path}:{store.records()[0].key[:12]}"


def means() -> np.ndarray:
    return features(20, seed=3).mean(axis=1, dtype=np.float64)  # what write_set puts into test.h5


def cosines(query: np.ndarray) -> np.ndarray:
    X = means()
    return X @ query / (np.linalg.norm(X, axis=1) * np.linalg.norm(query))


def test_candidates_are_put_in_the_order_of_their_cosine(
    store: Store, model: str, cards: Cards
) -> None:
    _, database = store.codes(store.records()[0])
    bits = database.unpack()
    for row in (0, 3, 11):
        by_code = np.argsort((bits != bits[row]).sum(axis=1), kind="stable")
        candidates = [i for i in by_code if i != row][:8]
        cosine = cosines(means()[row])
        expected = sorted(candidates, key=lambda i: -cosine[i])[:5]
        (found,) = hashbench.search(model, row, top=5, rescore=8, dataset=cards[0])
        assert [one.row for one in found.neighbours] == expected
        assert [one.rank for one in found.neighbours] == [1, 2, 3, 4, 5]
        for one in found.neighbours:
            assert one.cosine == pytest.approx(cosine[one.row], abs=1e-5)
            assert one.distance == (bits[row] != bits[one.row]).sum()
            assert "asymmetric" not in one.to_json()
    # All candidates: the exact ranking by cosine.
    (found,) = hashbench.search(model, 2, top=19, rescore=19, dataset=cards[0])
    order = [i for i in np.argsort(-cosines(means()[2])) if i != 2]
    assert [one.row for one in found.neighbours] == order


def values_of(store: Store, query: np.ndarray) -> np.ndarray:
    method = hashbench.load_method(store.file(store.records()[0], "model"))
    return (query.astype(np.float32).astype(np.float64) - method.mean_) @ method.projection_


def test_asymmetric_distance_weighs_the_bits_that_differ(
    store: Store, model: str, cards: Cards, tmp_path: Path
) -> None:
    _, database = store.codes(store.records()[0])
    stored = features(20, seed=3)
    np.save(tmp_path / "one.npy", stored[6])
    values = values_of(store, stored[6].mean(axis=0, dtype=np.float64))
    weights = (np.abs(values) * (database.unpack() != (values >= 0))).sum(axis=1)
    expected = np.argsort(np.round(weights, 9), kind="stable")
    for query, kept in ((tmp_path / "one.npy", expected), (6, expected[expected != 6])):
        (found,) = hashbench.search(model, query, top=10, asymmetric=True, dataset=cards[0])
        assert [one.row for one in found.neighbours] == kept[:10].tolist()
        for one in found.neighbours:
            assert one.asymmetric == pytest.approx(weights[one.row], abs=1e-6)
    (both,) = hashbench.search(model, 6, top=3, rescore=10, asymmetric=True, dataset=cards[0])
    cosine = cosines(means()[6])
    candidates = expected[expected != 6][:10]
    assert [one.row for one in both.neighbours] == sorted(candidates, key=lambda i: -cosine[i])[:3]


def test_files_of_codes_are_searched_by_asymmetric_distance(
    store: Store, model: str, cards: Cards, tmp_path: Path
) -> None:
    _, database = store.codes(store.records()[0])
    for part in (0, 1):
        database[10 * part : 10 * part + 10].save(tmp_path / f"part-{part}.npz")
    np.save(tmp_path / "one.npy", features(20, seed=3)[6])
    how = {"top": 9, "asymmetric": True}
    (whole,) = hashbench.search(model, tmp_path / "one.npy", dataset=cards[0], **how)
    (parts,) = hashbench.search(
        model, tmp_path / "one.npy", database_codes=tmp_path / "part-*.npz", **how
    )
    assert [(n.row, n.asymmetric) for n in parts.neighbours] == [
        (n.row, n.asymmetric) for n in whole.neighbours
    ]


def test_what_cannot_be_searched_so_is_said(
    store: Store, model: str, cards: Cards, tmp_path: Path
) -> None:
    query, database = store.codes(store.records()[0])
    database.save(tmp_path / "codes.npz")
    query.save(tmp_path / "query.npz")
    with pytest.raises(UsageError, match="at least as many as --top, 10"):
        hashbench.search(model, 0, rescore=5, dataset=cards[0])
    with pytest.raises(UsageError, match="a data set, not files"):
        hashbench.search(model, 0, rescore=50, database_codes=tmp_path / "codes.npz")
    with pytest.raises(UsageError, match=r"--asymmetric: --query .* brings no features"):
        hashbench.search(
            None, tmp_path / "query.npz", database_codes=tmp_path / "codes.npz", asymmetric=True
        )
    random = hashbench.run("random", cards[0], bits=4, k=5, out=tmp_path / "runs").store
    key = f"{random.path}:{random.records()[0].key[:12]}"
    with pytest.raises(MethodError, match="offers no projections"):
        hashbench.search(key, 0, asymmetric=True, dataset=cards[0])
