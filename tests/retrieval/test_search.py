"""Search against brute force, from records, saved methods and files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from making_data import features, write_feats

import hashbench
from hashbench.data import dataset_from_arrays
from hashbench.errors import DataError, UsageError
from hashbench.runs import Store

Cards = tuple[Path, Path]


@pytest.fixture(scope="module")
def store(cards: Cards, tmp_path_factory: pytest.TempPathFactory) -> Store:
    out = tmp_path_factory.mktemp("runs")
    return hashbench.run("itq", cards[0], bits=5, k=5, out=out).store


@pytest.fixture(scope="module")
def record_file(store: Store) -> Path:
    return next(store.path.glob("records/*/*.json"))


def by_hand(store: Store, row: int, top: int) -> list[tuple[int, int]]:
    (record,) = store.records()
    query, database = store.codes(record)
    distances = (query.unpack()[row] != database.unpack()).sum(axis=1)
    order = [i for i in np.argsort(distances, kind="stable") if i != row]
    return [(int(i), int(distances[i])) for i in order[:top]]


def test_exactly_the_nearest_without_the_query(
    store: Store, record_file: Path, cards: Cards
) -> None:
    labels = np.load(cards[0].parent / "labels.npy").argmax(axis=1)
    for row in (0, 7, 19):
        (found,) = hashbench.search(record_file, row, top=6, dataset=cards[0])
        assert [(n.row, n.distance) for n in found.neighbours] == by_hand(store, row, 6)
        assert [n.rank for n in found.neighbours] == list(range(1, 7))
        for neighbour in found.neighbours:
            assert neighbour.labels == (f"class {labels[neighbour.row]}",)
            assert neighbour.relevant is bool(labels[neighbour.row] == labels[row])
    assert len(hashbench.search(record_file, 0, top=99, dataset=cards[0])[0].neighbours) == 19


def test_a_saved_method_finds_what_its_record_finds(
    store: Store, record_file: Path, cards: Cards
) -> None:
    (record,) = store.records()
    model = store.file(record, "model")
    from_record = hashbench.search(f"{store.path}:{record.key[:6]}", 3, dataset=cards[0])
    assert hashbench.search(model, 3, dataset=cards[0]) == from_record
    with pytest.raises(UsageError, match="knows no data set"):
        hashbench.search(model, 3)


def test_files_of_features_are_queries_without_labels(
    record_file: Path, cards: Cards, tmp_path: Path
) -> None:
    stored = features(20, seed=3)  # what write_set puts into test.h5
    np.save(tmp_path / "one.npy", stored[4])
    np.save(tmp_path / "two.npy", stored[[4, 9]])
    (one,) = hashbench.search(record_file, tmp_path / "one.npy", dataset=cards[0], top=3)
    assert one.neighbours[0].distance == 0
    assert (
        4 in {n.row for n in one.neighbours if n.distance == 0} or one.neighbours[2].distance == 0
    )
    assert one.neighbours[0].relevant is None
    assert one.labels == ()
    two = hashbench.search(record_file, tmp_path / "two.npy", dataset=cards[0], top=3)
    assert two[0].neighbours == one.neighbours
    (from_h5, *_) = hashbench.search(record_file, cards[0].parent / "test.h5", dataset=cards[0])
    assert from_h5.neighbours[0].distance == 0


def test_a_matrix_is_single_vectors_where_such_were_trained_on(tmp_path: Path) -> None:
    vectors = features(40)[:, 0]
    made = dataset_from_arrays(vectors, np.arange(40) % 2, cache=tmp_path)
    store = hashbench.run("lsh", made, bits=8, k=5, out=tmp_path / "r", cache=tmp_path).store
    model = store.file(store.records()[0], "model")
    np.save(tmp_path / "five.npy", vectors[:5])
    write_feats(tmp_path / "five.h5", vectors[:5])
    where = {"dataset": made.card.path, "data_root": tmp_path / "arrays", "cache": tmp_path}
    from_npy, from_h5 = (
        hashbench.search(model, tmp_path / name, **where) for name in ("five.npy", "five.h5")
    )
    assert len(from_npy) == 5
    assert [one.neighbours for one in from_npy] == [one.neighbours for one in from_h5]


def test_another_data_set_is_encoded(record_file: Path, cards: Cards) -> None:
    (found,) = hashbench.search(record_file, 2, dataset=cards[1], top=4)
    assert found.query == "second/test 2"
    assert len(found.neighbours) == 4


@pytest.mark.parametrize("query", ["²", "1²", "٣", "1\0", "9" * 5000])
def test_digits_of_other_kinds_are_no_position(record_file: Path, cards: Cards, query: str) -> None:
    with pytest.raises(UsageError, match="a position among the queries") as told:
        hashbench.search(record_file, query, dataset=cards[0])
    assert str(told.value).count("\n") == 0


def test_bad_queries_in_one_line(record_file: Path, cards: Cards, tmp_path: Path) -> None:
    def ask(query: object, **more: object) -> None:
        hashbench.search(record_file, query, dataset=cards[0], **more)

    with pytest.raises(UsageError, match="queries of first are 0 to 19"):
        ask(20)
    with pytest.raises(UsageError, match="a position among the queries"):
        ask("video.txt")
    with pytest.raises(UsageError, match=r"video\.mp4: no such folder, CSV or video"):
        ask("video.mp4")
    with pytest.raises(UsageError, match="--top 0"):
        ask(1, top=0)
    with pytest.raises(DataError, match="no such file"):
        ask(tmp_path / "gone.npy")
    (tmp_path / "bad.npy").write_bytes(b"no array")
    with pytest.raises(DataError, match=r"not a readable \.npy file"):
        ask(tmp_path / "bad.npy")
    for shape, bad in (((3, 4, 6), 1), ((4, 6), 0)):
        np.save(tmp_path / "inf.npy", np.zeros(shape))
        np.load(tmp_path / "inf.npy", "r+")[bad, ..., 3] = 1e39  # infinite as float32
        with pytest.raises(DataError, match=rf"inf\.npy: has NaN or infinity in video {bad}$"):
            ask(tmp_path / "inf.npy")
    np.save(tmp_path / "wide.npy", features(1, dims=9))
    with pytest.raises(DataError, match="9 dimensions"):
        ask(tmp_path / "wide.npy")


def test_a_position_of_a_standardised_set_is_standardised_once(tmp_path: Path) -> None:
    from making_data import write_feats, write_set

    # Offsets drown all else unless they are taken off once.
    array = (features(30) + 50 * np.arange(6)).astype(np.float32)
    card = write_set(tmp_path, more="standardize = true")
    write_feats(tmp_path / "train.h5", array)
    write_feats(tmp_path / "test.h5", array[:20])
    store = hashbench.run("itq", card, bits=5, k=5, out=tmp_path / "runs").store
    (record,) = store.records()
    from_record = hashbench.search(f"{store.path}:{record.key[:8]}", 3, top=9)
    assert hashbench.search(store.file(record, "model"), 3, top=9, dataset=card) == from_record
    weighed = hashbench.search(f"{store.path}:{record.key[:8]}", 3, top=9, asymmetric=True)
    kept = {one.row: one.distance for one in from_record[0].neighbours}
    for one in weighed[0].neighbours:
        assert kept.get(one.row, one.distance) == one.distance
