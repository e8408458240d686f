"""Every engine against the plain numpy one, for every class of widths, sizes and label sets."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from hashbench import BinaryCodes, Labels
from hashbench.errors import UsageError
from hashbench.ranking import Counts, RankedLists, prepare

WIDTHS = (1, 7, 8, 9, 63, 64, 65, 200, 256, 1000, 4096)
SIZES = ((1, 1), (64, 10), (65, 64), (500, 130), (1100, 513))


def problem(bits, n, n_query, *, multi, repeats, seed=0):
    """Codes and labels; ``repeats`` says how many items share a code on average."""
    rng = np.random.default_rng([seed, bits, n, n_query])
    pool = rng.integers(0, 2, (max(1, n // repeats), bits))
    classes = 70 if multi else 5

    def labels(m):
        if multi:
            return Labels(rng.random((m, classes)) < 0.05)
        return Labels.from_array(rng.integers(-1, classes, m), classes)

    database = BinaryCodes.from_bits(pool[rng.integers(0, len(pool), n)] if repeats > 1 else pool)
    query = BinaryCodes.from_bits(pool[rng.integers(0, len(pool), n_query)])
    return query, database, labels(n_query), labels(n)


def assert_equal(a, b):
    assert type(a) is type(b)
    for name in a.__slots__:
        assert np.array_equal(getattr(a, name), getattr(b, name)), name


@pytest.mark.parametrize(
    ("engine", "bits"),
    [*[("numba", bits) for bits in WIDTHS], *[("torch", bits) for bits in (1, 65, 256, 1000)]],
)
@pytest.mark.parametrize(
    ("multi", "repeats"),
    [(False, 1), (True, 1), (False, 20), (False, 200), (True, 10**6), (False, 10**6)],
)
def test_counts_and_lists_are_those_of_the_reference(engine, bits, multi, repeats):
    sizes = SIZES if engine == "numba" and bits <= 256 else SIZES[:3]
    for n, n_query in sizes:
        query, database, ql, dl = problem(bits, n, n_query, multi=multi, repeats=repeats)
        fast, plain = prepare(database, dl, engine=engine), prepare(database, dl, engine="numpy")
        for depth in {1, min(20, n), n}:
            expected = plain.count(query, ql, depth=depth, radius=2)
            assert_equal(fast.count(query, ql, depth=depth, radius=2), expected)
            expected = plain.lists(query, ql, depth=depth)
            assert_equal(fast.lists(query, ql, depth=depth), expected)


@pytest.mark.parametrize("multi", [False, True])
@pytest.mark.parametrize("bits", [64, 200, 300])
@pytest.mark.parametrize("order", ["nearest first", "nearest last", "every second"])
def test_items_in_any_order_give_the_same_counts(order, bits, multi):
    """What the first items say of the threshold is wrong where they are not like the others."""
    query, database, ql, dl = problem(bits, 9000, 70, multi=multi, repeats=1)
    distances = np.count_nonzero(database.unpack() != query[:1].unpack(), axis=1)
    places = np.argsort(distances, kind="stable")
    if order == "nearest last":
        places = places[::-1]
    elif order == "every second":
        places = np.concatenate([places[::2], places[1::2][::-1]])
    # Queries near the first one, so that all of them find their neighbours in one place.
    noise = np.random.default_rng(1).random((len(query), bits)) < 0.02
    query = BinaryCodes.from_bits(query[:1].unpack() ^ noise)
    sorted_ = database[places], dl[places]
    fast, plain = (prepare(*sorted_, engine=engine) for engine in ("numba", "numpy"))
    for depth in (1, 100, 1000):
        expected = plain.count(query, ql, depth=depth, radius=2)
        assert_equal(fast.count(query, ql, depth=depth, radius=2), expected)


def test_thread_count_changes_nothing():
    query, database, ql, dl = problem(64, 1300, 1000, multi=False, repeats=1)
    one = prepare(database, dl, threads=1).count(query, ql, depth=50)
    assert_equal(prepare(database, dl, threads=3).count(query, ql, depth=50), one)


@pytest.mark.parametrize("multi", [False, True])
@pytest.mark.parametrize("bits", [8, 64, 129])
def test_shards_add_up_to_the_whole(bits, multi):
    query, database, ql, dl = problem(bits, 700, 90, multi=multi, repeats=3)
    cuts = [0, 1, 130, 200, 700]
    parts = [slice(a, b) for a, b in itertools.pairwise(cuts)]
    engines = [prepare(database[part], dl[part]) for part in parts]
    whole = prepare(database, dl)
    for depth in (1, 33, 700):
        counts = [engine.count(query, ql, depth=depth) for engine in engines]
        assert_equal(Counts.merge(counts), whole.count(query, ql, depth=depth))
        assert_equal(Counts.merge(counts[::-1]), whole.count(query, ql, depth=depth))
        lists = [engine.lists(query, ql, depth=depth) for engine in engines]
        assert_equal(RankedLists.merge(lists, cuts[:-1]), whole.lists(query, ql, depth=depth))


def test_shards_that_do_not_fit_are_refused():
    query, database, ql, dl = problem(16, 100, 5, multi=False, repeats=1)
    engine = prepare(database, dl)
    with pytest.raises(UsageError, match="different depth"):
        Counts.merge([engine.count(query, ql, depth=5), engine.count(query, ql, depth=6)])
    with pytest.raises(UsageError, match="queries"):
        Counts.merge([engine.count(query, ql, depth=5), engine.count(query[:2], ql[:2], depth=5)])
    with pytest.raises(UsageError, match="no shards"):
        Counts.merge([])
    lists = engine.lists(query, ql, depth=5)
    with pytest.raises(UsageError, match="starts"):
        RankedLists.merge([lists, lists], [100, 0])


def test_what_cannot_be_compared_is_refused():
    query, database, ql, dl = problem(16, 100, 5, multi=False, repeats=1)
    engine = prepare(database, dl)
    with pytest.raises(UsageError, match="both must be of one width"):
        engine.count(BinaryCodes.from_bits(np.ones((5, 8))), ql, depth=5)
    with pytest.raises(UsageError, match="5 codes but 4 labels"):
        engine.count(query, ql[:4], depth=5)
    with pytest.raises(UsageError, match="empty"):
        prepare(database[:0], dl[:0])
    with pytest.raises(UsageError, match="did you mean 'numba'"):
        prepare(database, dl, engine="numbaa")
    with pytest.raises(UsageError, match="threads is 0"):
        prepare(database, dl, threads=0)
