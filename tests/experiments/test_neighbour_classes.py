"""Classes of nearest neighbours against loops over all pairs, and how they are shown."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from making_data import features as drawn
from making_data import write_set
from neighbour_oracles import rational_sets
from numpy.typing import NDArray

from hashbench import BinaryCodes, Labels
from hashbench.data import VideoDataset, Videos, load_dataset
from hashbench.errors import DataError, UsageError
from hashbench.experiments import neighbour_classes as module
from hashbench.experiments.neighbour_classes import neighbour_classes
from hashbench.experiments.neighbour_table import neighbour_table, recall, remember
from hashbench.ranking import ALL
from hashbench.reports.formats import render


def dataset_of(
    tmp_path: Path, features: NDArray[np.float32], multi_hot: NDArray[np.bool_]
) -> VideoDataset:
    """Return a set with these training videos."""
    other = load_dataset(write_set(tmp_path))
    return replace(other, labelled_train=Videos(features, Labels(multi_hot), name="set/train"))


@pytest.fixture
def small(tmp_path: Path) -> VideoDataset:
    """40 videos of whole numbers with many ties, some of two classes and some of none."""
    random = np.random.default_rng(0)
    features = random.integers(-1, 2, (40, 6, 2)).astype(np.float32)
    multi_hot = random.random((40, 4)) < 0.35
    multi_hot[::9] = False
    return dataset_of(tmp_path, features, multi_hot)


def share_of(lists: list[list[int]], multi_hot: NDArray[np.bool_], k: int) -> float:
    """Mean over labelled videos of the share of their first k with a common label."""
    shares = [
        np.mean([bool((multi_hot[i] & multi_hot[j]).any()) for j in members[:k]])
        for i, members in enumerate(lists)
        if multi_hot[i].any()
    ]
    return float(np.mean(shares))


@pytest.mark.parametrize("segments", [None, 2, 3])
def test_features_against_rational_arithmetic(small: VideoDataset, segments: int | None) -> None:
    found = neighbour_classes(small, (1, 5, 12), segments=segments)
    videos = small.labelled_train
    frames, multi_hot = videos.take(slice(None)), videos.labels.multi_hot
    pieces = np.split(frames, segments or 6, axis=1)
    ordered = np.concatenate([piece.mean(axis=1, dtype=np.float64) for piece in pieces], axis=1)
    mean = frames.mean(axis=1, dtype=np.float64)
    name = f"{segments} segments in order" if segments else "6 frames in order"
    assert found.ways == ["mean frame", name]
    for by, vectors in (("mean frame", mean), (name, ordered)):
        lists = [members[1:] for members in rational_sets(vectors.astype(np.float32), 39)]
        for k in (1, 5, 12):
            share = found.shares[by, k].share
            assert share.mean == pytest.approx(share_of(lists, multi_hot, k), abs=1e-12), (by, k)
            assert share.low <= share.mean <= share.high
    related = multi_hot.astype(int) @ multi_hot.T.astype(int) > 0
    np.fill_diagonal(related, False)
    chance = related.sum(axis=1)[multi_hot.any(axis=1)].mean() / 39
    assert found.shares["mean frame", 5].chance == pytest.approx(chance)
    assert found.shares["mean frame", 5].left_out == np.count_nonzero(~multi_hot.any(axis=1)) > 0


def test_codes_at_equal_distances_count_by_their_expectation(small: VideoDataset) -> None:
    bits = np.random.default_rng(4).integers(0, 2, (40, 3))
    found = neighbour_classes(small, (1, 5, 12), codes={"three": BinaryCodes.from_bits(bits)})
    multi_hot = small.labelled_train.labels.multi_hot
    for k in (1, 5, 12):
        shares = []
        for i in np.flatnonzero(multi_hot.any(axis=1)):
            left, hits = k, Fraction(0)
            for distance in range(4):
                ring = [j for j in range(40) if j != i and (bits[i] != bits[j]).sum() == distance]
                right = sum(bool((multi_hot[i] & multi_hot[j]).any()) for j in ring)
                taken = min(left, len(ring))
                hits += Fraction(right * taken, len(ring)) if ring else 0
                left -= taken
            shares.append(float(hits / k))
        assert found.shares["three", k].share.mean == pytest.approx(np.mean(shares), abs=1e-12)


def test_all_the_others_are_what_chance_draws_from(small: VideoDataset) -> None:
    codes = BinaryCodes.from_bits(np.random.default_rng(0).integers(0, 2, (40, 6)))
    found = neighbour_classes(small, [3, "all"], codes={"mine": codes}, segments=1)
    assert found.k == (3, ALL)
    for by in ("mean frame", "mine"):
        one = found.shares[by, ALL]
        assert one.share.mean == pytest.approx(one.chance, abs=1e-12)
    read = json.loads(render(neighbour_table(found), "json"))
    assert [row["k"] for row in read["shares"]] == [3, "all"] * 2
    assert "all nearest" in render(neighbour_table(found), "markdown")


def test_videos_without_a_direction_are_told_of(small: VideoDataset) -> None:
    features = small.train.take(slice(None))
    features[[3, 8]] = 0
    silent = Videos(features, small.labelled_train.labels)
    found = neighbour_classes(replace(small, labelled_train=silent), [3])
    without = int((~features.mean(axis=1).any(axis=1)).sum())
    assert found.without_direction == without >= 2
    shown = render(neighbour_table(found), "markdown")
    assert f"{without} videos have a mean frame of zeros and no direction" in shown
    longer = Videos(small.train.take(slice(None)) * 7, small.labelled_train.labels)
    same = neighbour_classes(replace(small, labelled_train=longer), [3]).shares["mean frame", 3]
    assert same == neighbour_classes(small, [3]).shares["mean frame", 3]


def test_order_is_seen_by_frames_in_order_alone(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    label = np.arange(60) % 2
    first = random.normal(size=(1, 3, 8)) + np.zeros((60, 1, 1))
    last = random.normal(size=(1, 3, 8)) + np.zeros((60, 1, 1))
    there = np.concatenate([first, last], axis=1)
    frames = np.where(label[:, None, None] == 0, there, there[:, ::-1])
    noisy = (frames + 0.3 * random.normal(size=frames.shape)).astype(np.float32)
    multi_hot = np.eye(2, dtype=bool)[label]
    found = neighbour_classes(dataset_of(tmp_path, noisy, multi_hot), (5,))
    assert found.shares["6 frames in order", 5].share.mean == 1
    by_mean = found.shares["mean frame", 5]
    assert by_mean.share.mean == pytest.approx(by_mean.chance, abs=0.15)


def test_wide_vectors_lie_in_a_file_and_give_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    multi_hot = np.eye(5, dtype=bool)[np.arange(50) % 5]
    dataset = dataset_of(tmp_path, drawn(50, frames=7, dims=30), multi_hot)
    expected = neighbour_classes(dataset, (3,), segments=7).shares
    monkeypatch.setattr(module, "IN_MEMORY", 10)
    cache = tmp_path / "cache"
    assert neighbour_classes(dataset, (3,), segments=7, cache=cache).shares == expected
    assert list(cache.iterdir()) == []  # nothing is left behind
    monkeypatch.setattr(module, "WIDEST", 100)
    assert neighbour_classes(dataset, (3,)).ways == ["mean frame", "3 segments in order"]
    monkeypatch.setattr(module, "WIDEST", 1)
    assert neighbour_classes(dataset, (3,)).ways == ["mean frame", "2 segments in order"]


def test_one_frame_has_no_order(tmp_path: Path) -> None:
    multi_hot = np.eye(5, dtype=bool)[np.arange(50) % 5]
    dataset = dataset_of(tmp_path, drawn(50, frames=1), multi_hot)
    assert neighbour_classes(dataset, (3,)).ways == ["mean frame"]


def test_every_format_has_the_numbers(small: VideoDataset) -> None:
    found = neighbour_classes(small, (2, 5))
    document = neighbour_table(found)
    read = json.loads(render(document, "json"))
    assert [(row["by"], row["k"]) for row in read["shares"]] == list(found.shares)
    for row, one in zip(read["shares"], found.shares.values(), strict=True):
        assert row["share"] == one.share.mean
        assert (row["low"], row["high"]) == (one.share.low, one.share.high)
        assert row["chance"] == one.chance
    head, *rows = render(document, "csv").splitlines()
    assert head.startswith("by,k,share,low,high,confidence,chance,videos,classes,left_out")
    assert [float(row.split(",")[2]) for row in rows] == [r["share"] for r in read["shares"]]
    shown = f"{100 * found.shares['mean frame', 2].share.mean:.2f}"
    for form in ("table", "markdown", "latex"):
        assert shown in render(document, form), form
    left_out = np.count_nonzero(~small.labelled_train.labels.multi_hot.any(axis=1))
    assert f"{left_out} videos without a label are left out" in render(document, "markdown")


def test_one_line_is_kept_for_the_content_that_it_was_measured_on(
    small: VideoDataset, tmp_path: Path
) -> None:
    found = neighbour_classes(small, (5, 10))
    pinned = replace(small.card, sha256=small.sha256)
    assert recall(pinned, tmp_path) is None
    remember(found, tmp_path)
    line = recall(pinned, tmp_path)
    one = found.shares["mean frame", 10]
    assert line is not None
    assert line.startswith(
        f"of one class among the 10 nearest: {100 * one.share.mean:.1f} % by mean frame, "
    )
    assert line.endswith(f"{100 * one.chance:.1f} % by chance")
    assert recall(replace(pinned, sha256="0" * 64), tmp_path) is None
    assert recall(replace(pinned, sha256=None), tmp_path) is None
    (kept,) = (tmp_path / "neighbours").iterdir()
    for broken in ("", "[]", '{"k": 10}', '{"k": 10, "by": 3, "chance": 0}'):
        kept.write_text(broken)
        assert recall(pinned, tmp_path) is None


def test_bad_input(small: VideoDataset) -> None:
    for k in ([0], [40], [5, -1]):
        with pytest.raises(UsageError, match="of 40 training videos; K must be from 1 to 39"):
            neighbour_classes(small, k)
    with pytest.raises(UsageError, match="no K of 40"):
        neighbour_classes(small, [])
    for segments in (0, 7):
        with pytest.raises(UsageError, match="segments of 6 frames; from 1 to 6 are possible"):
            neighbour_classes(small, [3], segments=segments)
    codes = BinaryCodes.from_bits(np.ones((39, 4), int))
    with pytest.raises(UsageError, match="mine: 39 codes for 40 training videos"):
        neighbour_classes(small, [3], codes={"mine": codes})
    bare = replace(small, labelled_train=small.train)
    with pytest.raises(DataError, match="set/train has no labels"):
        neighbour_classes(bare, [3])
    features = small.train.take(slice(None))
    features[7, 0, 0] = np.inf
    broken = Videos(features, small.labelled_train.labels)
    with pytest.raises(DataError, match="video 7 has NaN or infinite"):
        neighbour_classes(replace(small, labelled_train=broken), [3])
