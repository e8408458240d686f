"""The audit: each thing that can be wrong is found, and nothing else is."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from making_data import features, multi_hot, write_feats, write_set

from hashbench.data import Videos
from hashbench.data.hdf5 import H5Source
from hashbench.data.loading import open_splits
from hashbench.data.verifying import Audit, audit, look
from hashbench.workspace import Silent


def audited(card: Path) -> Audit:
    return audit(*open_splits(card, cache=card.parent / "cache"))


def found(result: Audit) -> list[tuple[str, str, tuple[int, ...]]]:
    return [(finding.kind, finding.where, finding.rows) for finding in result.findings]


def test_a_sound_set(tmp_path: Path) -> None:
    result = audited(write_set(tmp_path, n=(2000, 500)))
    assert result.ok
    assert result.looked["train"].standardized
    train = features(2000, seed=2).reshape(-1, 6).astype(np.float64)
    assert result.looked["train"].moments["mean"] == pytest.approx(
        np.quantile(train.mean(axis=0), [0, 0.5, 1]), abs=1e-4
    )
    assert result.looked["train"].moments["second_moment"] == pytest.approx(
        np.quantile((train**2).mean(axis=0), [0, 0.5, 1]), rel=1e-3
    )


def test_features_that_are_not_standardised(tmp_path: Path) -> None:
    card = write_set(tmp_path)
    write_feats(tmp_path / "train.h5", features(30) + 3)
    assert not audited(card).looked["train"].standardized


def test_broken_zero_and_repeated_videos(tmp_path: Path) -> None:
    card = write_set(tmp_path)
    array = features(30, seed=2)
    array[4, 1, 2] = np.nan
    array[9, 0, 0] = np.inf
    array[11] = array[12] = 0
    array[20] = array[3]
    array[25] = array[3]
    write_feats(tmp_path / "train.h5", array)
    assert found(audited(card)) == [
        ("finite", "train", (4, 9)),
        ("zero", "train", (11, 12)),
        ("duplicate", "train", (20, 25)),
    ]


def test_findings_say_what_is_wrong_of_how_many(tmp_path: Path) -> None:
    card = write_set(tmp_path)
    array = features(30, seed=2).astype(np.float64)
    array[4, 1, 2] = 1e300
    array[11] = array[12] = 0
    write_feats(tmp_path / "train.h5", array)
    messages = {finding.kind: finding.message for finding in audited(card).findings}
    assert messages["finite"] == "1 video has NaN, infinity or a value beyond float32"
    assert messages["zero"] == "2 videos are zero throughout"


def test_extreme_values_are_sound(tmp_path: Path) -> None:
    card = write_set(tmp_path)
    array = features(30, seed=2)
    array[3] = 1e30  # its square overflows
    array[5] = 1e-30  # its square vanishes
    array[5, 0, 0] = 2e-30
    write_feats(tmp_path / "train.h5", array)
    assert audited(card).ok


def test_leaks_between_splits(tmp_path: Path) -> None:
    card = write_set(tmp_path)
    test = features(20, seed=3)
    test[[2, 17]] = features(30, seed=2)[[29, 0]]
    write_feats(tmp_path / "test.h5", test, chunks=(3, 4, 6), compression="gzip")
    assert found(audited(card)) == [("leak", "train, test", (2, 17))]


def test_classes_and_labels(tmp_path: Path) -> None:
    card = write_set(tmp_path)
    labels = np.zeros((20, 3), np.uint8)
    labels[:18, 0] = 1
    labels[18, 1] = 1
    np.save(tmp_path / "labels.npy", labels)
    assert found(audited(card)) == [("class", "test", (1, 2)), ("labels", "test", (19,))]
    card.write_text(card.read_text().replace('labels = "labels.npy"', ""))
    assert found(audited(card)) == [("labels", "test", ())]


def test_what_cannot_be_opened_is_listed_and_the_rest_looked_at(tmp_path: Path) -> None:
    card = write_set(tmp_path)
    (tmp_path / "test.h5").write_bytes(b"no HDF5")
    result = audited(card)
    assert found(result) == [("open", "test", ())]
    assert "not a whole HDF5 file" in result.findings[0].message
    assert list(result.looked) == ["train"]
    assert result.sha256 is None
    (tmp_path / "train.h5").unlink()
    messages = [finding.message for finding in audited(card).findings]
    assert "missing train.h5" in messages[0]


def test_the_digest_is_of_content_and_not_of_layout(tmp_path: Path) -> None:
    card = write_set(tmp_path)
    before = audited(card).sha256
    write_feats(tmp_path / "test.h5", features(20, seed=3), chunks=(7, 4, 6), compression="gzip")
    assert audited(card).sha256 == before
    card.write_text(card.read_text().replace("dims = 6", f'dims = 6\nsha256 = "{before}"'))
    assert audited(card).ok
    np.save(tmp_path / "labels.npy", multi_hot(20, seed=8))
    result = audited(card)
    assert found(result) == [("digest", "mine", ())]
    assert f"the card says {before}" in result.findings[0].message


def test_memory_stays_flat(tmp_path: Path) -> None:
    n = 3000
    write_feats(tmp_path / "a.h5", np.ones((n, 25, 512), np.float32))  # 154 MB
    source = H5Source([tmp_path / "a.h5"])
    tracemalloc.start()
    looked = look(source, Silent())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert looked.shape == (n, 25, 512)
    # Four blocks of 32 MB wait, are read, hashed and summed; nothing grows with the file.
    assert peak < 154e6 + 20e6
    assert Videos(source).shape == (n, 25, 512)
