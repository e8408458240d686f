"""Sets written anew: the same videos in a layout made for streaming."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest
from making_data import features, multi_hot, write_feats, write_set

from hashbench.data import converting, load_dataset, read_card
from hashbench.data.cardwriter import card_text, write_card
from hashbench.data.converting import convert
from hashbench.data.loading import open_splits
from hashbench.data.verifying import audit
from hashbench.errors import DataError, UsageError


def converted(card: Path, out: Path, dtype: str = "float32") -> Path:
    opened, splits, failures = open_splits(card)
    assert not failures
    return convert(opened, splits, out, dtype)


@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_same_videos_same_order(tmp_path: Path, dtype: str) -> None:
    card = write_set(tmp_path, n=(130, 20), more='unlabelled = "others"\nsummary = "a \\"b\\""')
    labels = multi_hot(20)
    labels[4:6] = 0
    np.save(tmp_path / "labels.npy", labels)
    write_feats(tmp_path / "train.h5", features(130, seed=2), chunks=(7, 2, 6), compression="gzip")
    new = converted(card, tmp_path / "new", dtype)
    before, after = load_dataset(card), load_dataset(new)
    for old, videos in [(before.train, after.train), (before.query, after.query)]:
        expected = old.take(slice(None)).astype(dtype).astype(np.float32)
        np.testing.assert_array_equal(videos.take(slice(None)), expected)
        rows = [[b.rows for b in v.batches(9, shuffle=True, seed=3)] for v in (old, videos)]
        np.testing.assert_array_equal(np.concatenate(rows[0]), np.concatenate(rows[1]))
    np.testing.assert_array_equal(after.query.labels.multi_hot, before.query.labels.multi_hot)
    assert after.card.summary == 'a "b"'
    with h5py.File(tmp_path / "new" / "train.h5") as file:
        assert file["feats"].chunks == (130, 4, 6)
        assert file["feats"].compression is None
    result = audit(*open_splits(new))
    assert result.ok
    assert result.sha256 == read_card(new).sha256
    if dtype == "float32":
        assert after.sha256 == before.sha256


def test_only_the_frames_in_use_are_written(tmp_path: Path) -> None:
    card = write_set(tmp_path)
    card.write_text(card.read_text().replace("frames = 4", "frames = 3\nstored_frames = 4"))
    dataset = load_dataset(converted(card, tmp_path / "new"))
    assert dataset.train.source.shape[1] == 3


def test_what_float16_cannot_hold_is_refused(tmp_path: Path) -> None:
    card = write_set(tmp_path)
    array = features(30, seed=2)
    array[21, 0, 0] = 1e6
    write_feats(tmp_path / "train.h5", array)
    with pytest.raises(DataError, match="mine/train: video 21 has a value that float16 cannot"):
        converted(card, tmp_path / "new", "float16")
    assert not list((tmp_path / "new").glob("*"))


def test_cards_survive_writing(tmp_path: Path) -> None:
    card = write_set(tmp_path, more='class_names = ["a\\tb", "c\\n", "é\\\\"]\nfirst_class = 1')
    read = read_card(card)
    write_card(tmp_path / "again.toml", read)
    again = read_card(tmp_path / "again.toml")
    assert card_text(again) == card_text(read)
    assert again.class_names == ("a\tb", "c\n", "é\\")
    assert dict(again.splits) == dict(read.splits)


def test_keys_that_need_quotes_survive_writing(tmp_path: Path) -> None:
    card = write_set(tmp_path)
    text = card.read_text().replace("[splits.train]", '[splits."train é.1"]')
    text = text.replace("[protocol]", '[protocol]\ntrain = "train é.1"')
    card.write_text(text + '\n[generator]\n"a b" = 1\n')
    read = read_card(card)
    write_card(tmp_path / "again.toml", read)
    again = read_card(tmp_path / "again.toml")
    assert dict(again.splits) == dict(read.splits)
    assert again.generator == {"a b": 1}
    new = converted(card, tmp_path / "new")
    assert list(read_card(new).splits) == ["train é.1", "test"]


def test_what_was_finished_before_a_kill_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    card, new = write_set(tmp_path), tmp_path / "new"
    monkeypatch.setattr(converting, "look", lambda *_: pytest.fail("killed"))
    with pytest.raises(pytest.fail.Exception, match="killed"):
        converted(card, new)
    monkeypatch.undo()
    stamps = {path.name: path.stat().st_mtime_ns for path in new.glob("*.h5")}
    assert not (new / "card.toml").exists()
    write_feats(tmp_path / "test.h5", features(20, seed=9))  # this one is new; the other is not
    after = load_dataset(converted(card, new))
    assert (new / "train.h5").stat().st_mtime_ns == stamps["train.h5"]
    np.testing.assert_array_equal(after.query.take(slice(None)), features(20, seed=9))
    converted(card, new, "float16")
    with h5py.File(new / "train.h5") as file:
        assert file["feats"].dtype == np.float16


@pytest.mark.parametrize("name", ["train.h5", "test_labels.npy"])
def test_files_of_somebody_else_are_not_replaced(tmp_path: Path, name: str) -> None:
    (tmp_path / "new").mkdir()
    card = write_set(tmp_path)
    (tmp_path / "new" / name).write_bytes(kept := (tmp_path / "train.h5").read_bytes())
    with pytest.raises(UsageError, match=f"new/{name}: exists, and converting would replace it"):
        converted(card, tmp_path / "new")
    assert (tmp_path / "new" / name).read_bytes() == kept
    assert not list((tmp_path / "new").glob("test.h5"))


def test_the_files_that_are_read_are_not_replaced(tmp_path: Path) -> None:
    new = converted(write_set(tmp_path, n=(20, 20)), tmp_path / "new")
    exchanged = new.read_text().replace("train.h5", "x").replace("test.h5", "train.h5")
    other = new.with_name("mine.toml")
    other.write_text(exchanged.replace('"x"', '"test.h5"'))
    before = {path: path.read_bytes() for path in new.parent.glob("*.h5")}
    with pytest.raises(UsageError, match=r"train\.h5: exists, and converting would replace it"):
        converted(other, new.parent, "float16")
    assert {path: path.read_bytes() for path in new.parent.glob("*.h5")} == before
