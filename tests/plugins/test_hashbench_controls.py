from __future__ import annotations

import numpy as np
import pytest

from hashbench import Labels, Videos
from hashbench.errors import DataError
from hashbench.plugins import registry
from hashbench_controls import Oracle, RandomCodes, code_words


def distances(codes: np.ndarray) -> np.ndarray:
    return (codes[:, None] != codes[None]).sum(axis=2)


def test_specs_say_that_they_are_controls() -> None:
    specs = [registry().methods.get(name) for name in ("random", "oracle")]
    assert [spec.control for spec in specs] == [True, True]
    assert [spec.supervised for spec in specs] == [False, True]


def test_coins_are_fair_and_independent_of_neighbours(small: Videos) -> None:
    method = RandomCodes(bits=100, seed=1).fit(small)
    codes = method.encode(small).unpack()
    assert codes.mean() == pytest.approx(0.5, abs=0.02)
    assert np.abs(codes.mean(axis=0) - 0.5).max() < 0.15
    alone = method.encode(Videos(small.take(slice(7, 8)))).unpack()
    np.testing.assert_array_equal(alone[0], codes[7])


def test_coins_know_nothing_of_the_classes(small: Videos) -> None:
    codes = RandomCodes(bits=256).fit(small).encode(small).unpack()
    same = small.labels.relevance(small.labels)
    apart = distances(codes)
    off = ~np.eye(len(small), dtype=bool)
    assert abs(apart[same & off].mean() - apart[~same].mean()) < 1


def test_seeds_toss_anew(small: Videos) -> None:
    a, b = (RandomCodes(64, seed).fit(small).encode(small).unpack() for seed in (0, 1))
    assert np.mean(a != b) == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize(("classes", "bits"), [(239, 8), (40, 8), (2, 1), (239, 256), (500, 17)])
def test_words_are_distinct_where_they_can_be(classes: int, bits: int) -> None:
    assert len(np.unique(code_words(classes, bits, 0), axis=0)) == classes


def test_words_are_shared_evenly_where_they_cannot() -> None:
    _, counts = np.unique(code_words(40, 3, 0), axis=0, return_counts=True)
    assert counts.tolist() == [5] * 8


@pytest.mark.parametrize("bits", [8, 40])
def test_words_do_not_depend_on_the_number_of_classes(bits: int) -> None:
    np.testing.assert_array_equal(code_words(9, bits, 3), code_words(30, bits, 3)[:9])


def test_oracle_is_perfect_for_single_labels(small: Videos) -> None:
    codes = Oracle(bits=8).fit(small).encode(small).unpack()
    np.testing.assert_array_equal(distances(codes) == 0, small.labels.relevance(small.labels))


def test_oracle_brings_videos_that_share_a_label_nearer() -> None:
    rng = np.random.default_rng(0)
    sets = np.zeros((200, 80), bool)
    for row in sets:
        row[rng.choice(80, rng.integers(1, 4), replace=False)] = True
    videos = Videos(rng.standard_normal((200, 1, 3)), Labels(sets))
    codes = Oracle(bits=64).fit(videos).encode(videos).unpack()
    apart, relevant = distances(codes), videos.labels.relevance(videos.labels)
    assert np.quantile(apart[relevant], 0.75) < np.quantile(apart[~relevant], 0.25)


def test_oracle_without_labels(small: Videos) -> None:
    assert Oracle().uses_labels
    method = Oracle(8).fit(small)
    with pytest.raises(DataError, match="makes codes from labels; there are none"):
        method.encode(small.unlabelled())
    lonely = Videos(small.take(slice(0, 60)), Labels.from_array(np.full(60, -1), 6))
    assert len(np.unique(method.encode(lonely).packed)) > 20
