"""The digit videos: their bytes, their disjoint glyphs, and the regime they must keep."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hashbench_datasets import digits
from hashbench_datasets.glyph_net import GlyphNet
from hashbench_datasets.handwriting import handwriting
from numpy.typing import NDArray

from hashbench.data import VideoDataset, frame_images, load_dataset, read_card
from hashbench.data.generated import digest
from hashbench.errors import VerificationError

NAMES = ["digit-stories", "digit-reels"]


@pytest.fixture(scope="module")
def sets(tmp_path_factory: pytest.TempPathFactory) -> dict[str, VideoDataset]:
    cache = tmp_path_factory.mktemp("cache")
    return {name: load_dataset(name, cache=cache) for name in NAMES}


def cosine_map20(vectors: NDArray[np.float32], ids: NDArray[np.int32]) -> float:
    """mAP@20 of the exact cosine ranking, query left out, hits over min(R, 20)."""
    unit = vectors.reshape(len(vectors), -1)
    unit = unit / np.linalg.norm(unit, axis=1, keepdims=True)
    similarity = unit @ unit.T
    np.fill_diagonal(similarity, -np.inf)
    scores = []
    for i, row in enumerate(similarity):
        hits = ids[np.argsort(-row, kind="stable")[:20]] == ids[i]
        relevant = np.count_nonzero(ids == ids[i]) - 1
        precision = np.cumsum(hits) / np.arange(1, 21)
        scores.append((precision * hits).sum() / min(relevant, 20))
    return float(np.mean(scores))


@pytest.mark.parametrize("name", NAMES)
def test_order_matters_as_stated(sets: dict[str, VideoDataset], name: str) -> None:
    ordered, ids = sets[name].query.take(slice(None)), sets[name].query.labels.ids
    random = np.random.default_rng(0)
    shuffled = np.stack([video[random.permutation(24)] for video in ordered])
    pooled = cosine_map20(ordered.mean(axis=1), ids)
    assert 0.15 <= pooled <= 0.35
    assert cosine_map20(ordered, ids) >= pooled + 0.3
    assert cosine_map20(shuffled, ids) < pooled


@pytest.mark.parametrize(
    ("name", "sizes"), [("digit-stories", (4000, 2000)), ("digit-reels", (8000, 2000))]
)
def test_shape_and_balance(
    sets: dict[str, VideoDataset], name: str, sizes: tuple[int, int]
) -> None:
    dataset = sets[name]
    assert (len(dataset.train), len(dataset.query)) == sizes
    assert (dataset.train.frames, dataset.train.dims) == (24, 64)
    assert dataset.self_retrieval
    for videos in [dataset.labelled_train, dataset.query]:
        counts = np.bincount(videos.labels.ids, minlength=dataset.card.classes)
        assert counts.max() - counts.min() <= 1


@pytest.mark.parametrize("name", NAMES)
def test_pairs_run_backwards(name: str) -> None:
    stories = read_card(Path(digits.__file__).parent / f"{name}.toml").class_names
    assert len(set(stories)) == len(stories)
    backwards = {"-".join(reversed(story.split("-"))) for story in stories}
    assert len(backwards & set(stories)) >= 12


@pytest.mark.parametrize("name", NAMES)
def test_glyphs_of_train_and_test_are_disjoint(name: str) -> None:
    card = read_card(Path(digits.__file__).parent / f"{name}.toml")
    shown = {}
    for split in ["train", "test"]:
        script, plan = digits._plan(card, split)
        shown[split] = set(plan.glyphs.ravel().tolist())
        lengths = np.diff(plan.cuts, axis=1, prepend=0, append=24)
        assert lengths.min() >= script.least
        ink_digits = handwriting()[1][plan.glyphs]
        np.testing.assert_array_equal(ink_digits, script.stories[plan.labels])
    assert len(shown["train"]) > 1000
    assert len(shown["test"]) > 500
    assert not shown["train"] & shown["test"]


def test_network_is_exact_and_trained_on_train_glyphs() -> None:
    net = GlyphNet.load()
    assert net.W.dtype == np.int8
    assert net.W.shape == (64, 64)
    frames = np.random.default_rng(0).integers(0, 256, (500, 64)).astype(np.uint8)
    sums = frames.astype(np.int64) @ net.W.T.astype(np.int64) + net.b
    expected = np.minimum(np.maximum(sums, 0) // 2**net.shift, 2047) / 32
    np.testing.assert_array_equal(net.features(frames).astype(np.float64), expected)
    assert 64 * 127 * 255 + np.abs(net.b).max() < 2**24
    assert len(digits.train_glyphs()[1]) == 1200


def test_made_once_and_again_when_damaged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = load_dataset("digit-stories", cache=tmp_path)
    assert first.sha256 == first.card.sha256
    made = []
    original = digits.generate

    def spy(*args: object) -> object:
        made.append(args)
        return original(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(digits, "generate", spy)
    assert load_dataset("DIGIT-stories", cache=tmp_path).sha256 == first.sha256
    assert not made
    kept = next(tmp_path.rglob("test.features.npy"))
    kept.write_bytes(kept.read_bytes()[:-1000])
    assert load_dataset("digit-stories", cache=tmp_path).sha256 == first.sha256
    assert len(made) == 1
    kept = next(tmp_path.rglob("test.features.npy"))
    blob = bytearray(kept.read_bytes())
    blob[-1] ^= 1
    kept.write_bytes(blob)
    assert load_dataset("digit-stories", cache=tmp_path).sha256 == first.sha256
    assert len(made) == 2


def test_other_bytes_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    original = digits.generate

    def wrong(*args: object) -> object:
        made = dict(original(*args))  # type: ignore[arg-type]
        made["test"].labels[0] ^= 1
        assert digest(made)
        return made

    monkeypatch.setattr(digits, "generate", wrong)
    with pytest.raises(VerificationError, match="digit-stories came out with sha256"):
        load_dataset("digit-stories", cache=tmp_path)
    assert not list(tmp_path.rglob("manifest.json"))


def test_frames_can_be_looked_at(sets: dict[str, VideoDataset]) -> None:
    rows = np.array([1999, 3, 700])
    frames = frame_images("digit-stories", "test", rows)
    assert frames is not None
    assert frames.shape == (3, 24, 8, 8)
    features = GlyphNet.load().features(frames.reshape(3, 24, 64))
    np.testing.assert_array_equal(features, sets["digit-stories"].query.take(rows))
