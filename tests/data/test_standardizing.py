"""Standardisation as a card option: fitted on train, streamed, kept."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from making_data import features, write_feats, write_set

from hashbench.data import Videos, load_dataset
from hashbench.data.hdf5 import H5Source
from hashbench.data.standardizing import streamed_moments


def test_one_pass_agrees_with_two(monkeypatch: pytest.MonkeyPatch) -> None:
    array = features(200, dims=5) * [1, 10, 1e-3, 1, 0] + [0, 1000, 5, 1e4, 7]
    array = array.astype(np.float32)
    monkeypatch.setattr("hashbench.data.standardizing._BLOCK_BYTES", 4 * 4 * 5 * 7)
    mean, deviation = streamed_moments(Videos(array))
    rows = array.reshape(-1, 5).astype(np.float64)
    np.testing.assert_allclose(mean, rows.mean(axis=0), rtol=1e-6)
    np.testing.assert_allclose(deviation, rows.std(axis=0), rtol=1e-4)
    assert deviation[4] == 0


def test_card_option(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    card = write_set(tmp_path, more="standardize = true")
    train = features(30, seed=2) * [1, 2, 3, 4, 5, 0] + [0, 1, 2, 3, 4, 5]
    test = features(20, seed=3) * 3
    write_feats(tmp_path / "train.h5", train.astype(np.float32))
    write_feats(tmp_path / "test.h5", test.astype(np.float32))
    dataset = load_dataset(card, cache=tmp_path / "cache")
    rows = train.reshape(-1, 6)
    deviation = np.where(rows.std(axis=0) > 1e-9, rows.std(axis=0), 1)
    expected = (test - rows.mean(axis=0)) / deviation
    np.testing.assert_allclose(dataset.query.take(slice(None)), expected, atol=1e-4)
    some = np.array([7, 3, 3])
    np.testing.assert_allclose(dataset.query.take(some), expected[some], atol=1e-4)
    pooled = dataset.train.mean_pooled()
    np.testing.assert_allclose(pooled.mean(axis=0), 0, atol=1e-5)
    batch = next(dataset.train.batches(30, shuffle=True))
    np.testing.assert_allclose(batch.features.reshape(-1, 6)[:, :5].std(axis=0), 1, atol=1e-4)
    # The moments are kept: the second time nothing is read but the sample for the digest.
    monkeypatch.setattr(H5Source, "read", lambda *_: pytest.fail("read again"))
    again = load_dataset(card, cache=tmp_path / "cache")
    np.testing.assert_array_equal(again.train.mean_pooled(), pooled)
    plain = card.read_text().replace("standardize = true", "")
    card.write_text(plain)
    assert load_dataset(card, cache=tmp_path / "cache").sha256 != dataset.sha256
