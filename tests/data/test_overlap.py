"""Videos that two splits share."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from making_data import features, multi_hot, write_feats, write_set
from numpy.typing import NDArray

from hashbench import Labels
from hashbench.data import Videos, load_dataset
from hashbench.data.overlap import digests, same_videos, shared_rows

LABELS = Labels(multi_hot(20).astype(bool))


def videos(
    array: NDArray[np.float32], labels: Labels = LABELS, cache: Path | None = None
) -> Videos:
    return Videos(array, labels, cache=cache)


def test_the_same_videos_are_the_same_in_content_order_and_labels() -> None:
    array = features(20)
    ours = videos(array)
    assert same_videos(ours, videos(array.copy()))
    assert not same_videos(ours, videos(array[::-1].copy(), LABELS[np.arange(20)[::-1]]))
    assert not same_videos(ours, videos(array, Labels(multi_hot(20, seed=9).astype(bool))))
    assert not same_videos(ours, videos(array[:, :3].copy()))
    for row in range(20):
        other = array.copy()
        other[row, 3, 5] += 1e-3
        assert not same_videos(ours, videos(other))


def test_shared_rows_are_those_a_comparison_of_all_pairs_finds() -> None:
    query, database = features(20), features(50, seed=1)
    database[[3, 40, 41]] = query[[7, 0, 7]]
    query[11] = database[12] = 0  # a video that did not decode says nothing
    query[5, 0, 0] = database[30, 0, 0]
    labels = Labels(multi_hot(50).astype(bool))
    found = shared_rows(videos(query), videos(database, labels))
    equal = (query[:, None] == database[None]).all(axis=(2, 3)).any(axis=1)
    assert found.tolist() == [row for row in np.flatnonzero(equal) if row != 11] == [0, 7]
    assert shared_rows(videos(query[:, :2].copy()), videos(database, labels)).tolist() == []


def test_digests_are_kept_and_made_anew_where_damaged(tmp_path: Path) -> None:
    ours = videos(features(20), cache=tmp_path)
    first = digests(ours)
    assert first.shape == (20, 16)
    (kept,) = (tmp_path / "digests").glob("*.npy")
    kept.write_bytes(b"half")
    assert np.array_equal(digests(ours), first)
    assert np.array_equal(np.load(kept), first)
    assert len(np.unique(first, axis=0)) == 20


@pytest.mark.parametrize("copied", [False, True])
def test_a_card_with_one_set_under_two_names_is_self_retrieval(
    tmp_path: Path, copied: bool
) -> None:
    card = write_set(tmp_path)
    alone = load_dataset(card, cache=tmp_path / "cache")
    other = "copy.h5" if copied else "test.h5"
    if copied:
        shutil.copy(tmp_path / "test.h5", tmp_path / other)
    text = card.read_text().replace('database = "test"', 'database = "base"')
    more = f'\n[splits.base]\nfeats = "{other}"\nlabels = "labels.npy"\n'
    card.write_text(text + more)
    found = load_dataset(card, cache=tmp_path / "cache")
    assert found.self_retrieval
    assert found.query is found.database
    assert found.sha256 != alone.sha256
    changed = features(20, seed=3)
    changed[19, 2, 1] += 1
    write_feats(tmp_path / "other.h5", changed)
    card.write_text(text + more.replace(other, "other.h5"))
    assert not load_dataset(card, cache=tmp_path / "cache").self_retrieval
