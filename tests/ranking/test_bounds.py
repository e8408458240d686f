"""A bound on the distance leaves out nothing that a list of all items would hold."""

from __future__ import annotations

import numpy as np
import pytest

from hashbench import BinaryCodes, Labels
from hashbench.ranking import Counts, RankedLists, prepare
from hashbench.ranking.lists import FILLER


def halves(bits, multi, seed=0):
    """Queries, and a database in two parts with many equal distances."""
    rng = np.random.default_rng([seed, bits])
    codes = BinaryCodes.from_bits(rng.integers(0, 2, (900, bits)))
    sets = rng.random((900, 6)) < 0.2
    labels = Labels(sets) if multi else Labels.from_array(rng.integers(-1, 6, 900), 6)
    return (
        codes[800:],
        labels[800:],
        [(codes[:300], labels[:300]), (codes[300:800], labels[300:800])],
    )


def assert_equal(a, b):
    for name in a.__slots__:
        assert np.array_equal(getattr(a, name), getattr(b, name)), name


@pytest.mark.parametrize("engine", ["numba", "numpy", "torch"])
@pytest.mark.parametrize("multi", [False, True])
@pytest.mark.parametrize("bits", [3, 16, 65, 256])
@pytest.mark.parametrize(("depth", "radius"), [(1, -1), (20, 2), (60, 300), (400, 2)])
def test_bounded_parts_add_up_to_the_whole(engine, multi, bits, depth, radius):
    query, wanted, parts = halves(bits, multi)
    engines = [prepare(*part, engine=engine) for part in parts]
    whole = prepare(
        BinaryCodes.concatenate([codes for codes, _ in parts]),
        Labels(np.concatenate([labels.multi_hot for _, labels in parts])),
        engine="numpy",
    )
    first = engines[0].count(query, wanted, depth=depth, radius=radius)
    then = engines[1].count(query, wanted, depth=depth, radius=radius, bound=first.reach)
    expected = whole.count(query, wanted, depth=depth, radius=radius)
    assert_equal(Counts.merge([first, then]), expected)
    head = engines[0].lists(query, wanted, depth=depth)
    tail = engines[1].lists(query, wanted, depth=depth, bound=head.reach)
    merged = RankedLists.merge([head, tail], [0, 300])
    assert_equal(merged, whole.lists(query, wanted, depth=depth))


def test_what_is_known_bounds_what_is_looked_at():
    query, wanted, parts = halves(64, False)
    engine = prepare(*parts[1])
    bound = np.arange(-1, 99) % 40
    near = engine.lists(query, wanted, depth=20, bound=bound)
    plain = prepare(*parts[1], engine="numpy").lists(query, wanted, depth=20)
    inside = plain.distances <= bound[:, None]
    assert 0 < inside.sum() < inside.size
    np.testing.assert_array_equal(near.items, np.where(inside, plain.items, -1))
    np.testing.assert_array_equal(near.distances, np.where(inside, plain.distances, FILLER))
    assert not near.relevant[~inside].any()
    np.testing.assert_array_equal(near.relevant[inside], plain.relevant[inside])


def test_reach_is_the_distance_of_the_last_place():
    query, wanted, parts = halves(16, False)
    plain = prepare(*parts[0], engine="numpy")
    lists = plain.lists(query, wanted, depth=30)
    counts = plain.count(query, wanted, depth=30, radius=2)
    np.testing.assert_array_equal(counts.reach, np.maximum(lists.distances[:, -1], 2))
    np.testing.assert_array_equal(lists.reach, lists.distances[:, -1].astype(int) - 1)
    assert (plain.count(query, wanted, depth=301).reach == 16).all()
    assert (plain.lists(query, wanted, depth=301).reach == FILLER).all()
