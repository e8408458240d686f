"""Recall after rescoring and asymmetric distance, against what plain loops give."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hashbench import BinaryCodes, Labels
from hashbench.errors import UsageError
from hashbench.ranking import evaluate, parse_measure
from hashbench.ranking.asymmetric import asymmetric_distances
from hashbench.ranking.rescoring import nearest_by_cosine


def small(
    seed: int, n: int = 9, bits: int = 3
) -> tuple[BinaryCodes, Labels, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    values = rng.integers(-2, 3, (n, bits)) / 2
    features = rng.integers(-2, 3, (n, 2)).astype(np.float32)
    labels = Labels.from_array(rng.integers(0, 3, n), 3)
    return BinaryCodes.from_signs(values), labels, features, values


def cosine(a: np.ndarray, b: np.ndarray) -> float:
    size = float(np.sqrt((a**2).sum()) * np.sqrt((b**2).sum()))
    return 0.0 if size == 0 else float((a * b).sum()) / size


@given(st.integers(0, 10_000))
@example(1103)  # cosines that are equal but for rounding
@settings(max_examples=25, deadline=None)
def test_rescoring_finds_what_is_among_the_candidates(seed: int) -> None:
    """The mean over all orders of ties of a search in two stages, carried out."""
    codes, labels, features, _ = small(seed)
    n, find, first = len(codes), 2, 4
    names = [f'Rescored(find={find}, query="{query}")@{first}' for query in ("kept", "dropped")]
    found = evaluate(
        codes, codes, labels, labels, k=[3], self_retrieval=True, measures=names,
        features=(features, features),
    )  # fmt: skip
    for name, dropped in zip(map(parse_measure, names), (False, True), strict=True):
        for query in range(3):
            items = [i for i in range(n) if not (dropped and i == query)]
            near = sorted(items, key=lambda i: -round(cosine(features[query], features[i]), 12))
            distance = {i: int((codes.unpack()[query] != codes.unpack()[i]).sum()) for i in items}
            recalls = []
            for order in itertools.islice(orders(items, distance), 4000):
                candidates = order[:first]
                recalls.append(len(set(near[:find]) & set(candidates)) / find)
            value = found.per_query[str(name)][query]
            if len(recalls) < 4000:
                assert value == pytest.approx(np.mean(recalls), abs=1e-12)


def orders(items: list[int], distance: dict[int, int]):
    groups = [[i for i in items if distance[i] == d] for d in sorted(set(distance.values()))]
    for parts in itertools.product(*(itertools.permutations(group) for group in groups)):
        yield [i for part in parts for i in part]


@given(st.integers(0, 10_000))
@settings(max_examples=40, deadline=None)
def test_asymmetric_distance_is_the_weight_of_the_bits_that_differ(seed: int) -> None:
    codes, _, _, values = small(seed)
    found = asymmetric_distances(values, codes)
    bits = codes.unpack()
    for i, j in itertools.product(range(len(codes)), repeat=2):
        weight = sum(
            abs(v) for v, own, b in zip(values[i], values[i] >= 0, bits[j], strict=True) if own != b
        )
        assert found[i, j] == pytest.approx(weight, abs=1e-8)
    assert (np.diag(found) == 0).all()
    # Codes are ordered as by the Euclidean distance from the values.
    signs = codes.signs().astype(float)
    euclid = ((values[:, None] - signs[None]) ** 2).sum(axis=2)
    shift = euclid - 4 * found
    assert np.allclose(shift, shift[:, :1], atol=1e-7)


@given(st.integers(0, 10_000))
@settings(max_examples=15, deadline=None)
def test_asymmetric_ap_is_the_mean_over_orders_of_ties(seed: int) -> None:
    codes, labels, _, values = small(seed, n=7)
    n, k = len(codes), 3
    name = 'AsymmetricAP(query="dropped")@3'
    found = evaluate(
        codes, codes, labels, labels, k=[k], self_retrieval=True, measures=[name], values=values
    ).per_query[str(parse_measure(name))]
    distances = np.round(asymmetric_distances(values, codes), 6)
    for query in range(n):
        items = [i for i in range(n) if i != query]
        relevant = {i: bool(labels.ids[i] == labels.ids[query]) for i in items}
        total = sum(relevant.values())
        keys = {i: float(distances[query, i]) for i in items}
        scores = []
        for order in orders(items, keys):
            hits = np.array([relevant[i] for i in order[:k]], float)
            gains = (hits * np.cumsum(hits) / np.arange(1, k + 1)).sum()
            scores.append(gains / min(total, k) if total else 0.0)
        assert found[query] == pytest.approx(np.mean(scores), abs=1e-12)


def test_unit_weights_give_hamming() -> None:
    codes, labels, _, _ = small(5, n=40, bits=6)
    values = codes.signs().astype(float)
    measures = ["AsymmetricAP@5", "AP@5"]
    found = evaluate(codes, codes, labels, labels, k=[5], measures=measures, values=values)
    ours, hamming = (found.per_query[str(parse_measure(name))] for name in measures)
    np.testing.assert_allclose(ours, hamming, atol=1e-12)


def test_cosine_neighbours_in_database_order_where_equal() -> None:
    features = np.array([[1, 0], [2, 0], [0, 1], [3, 0], [0, 0]], np.float32)
    assert nearest_by_cosine(features[:1], features, 3).tolist() == [[0, 1, 3]]
    own = np.array([1])
    assert nearest_by_cosine(features[1:2], features, 2, own).tolist() == [[0, 3]]
    with pytest.raises(UsageError, match="the database has 4 others"):
        nearest_by_cosine(features[:1], features, 5, np.array([0]))
    with pytest.raises(UsageError, match="features of queries have shape"):
        nearest_by_cosine(features[:1, :1], features, 2)


def test_what_is_missing_is_said() -> None:
    codes, labels, features, values = small(1)
    arguments = codes, codes, labels, labels
    for name in ("Rescored@3", "AsymmetricAP@3"):
        with pytest.raises(UsageError, match="give 'features' or 'values' to evaluate"):
            evaluate(*arguments, k=[3], measures=[name])
    with pytest.raises(UsageError, match="need the features"):
        evaluate(*arguments, k=[3], measures=["Rescored@3"], values=values)
    with pytest.raises(UsageError, match="need the values"):
        evaluate(*arguments, k=[3], measures=["AsymmetricAP@3"], features=(features, features))
    with pytest.raises(UsageError, match="features of 9 and 8 videos; 9 and 9"):
        evaluate(*arguments, k=[3], features=(features, features[1:]))
    with pytest.raises(UsageError, match=r"values have shape \(9, 2\); \(9, 3\)"):
        evaluate(*arguments, k=[3], values=values[:, 1:])
    with pytest.raises(UsageError, match="not finite"):
        evaluate(*arguments, k=[3], measures=["AsymmetricAP@3"], values=values * np.nan)
    for name in (
        "Rescored(find=0)@3",
        "Rescored(ties='stable')@3",
        "AsymmetricAP(ties='stable')@3",
    ):
        with pytest.raises(UsageError):
            parse_measure(name)


def test_names_parse_back() -> None:
    for text in ("rescored(find=5)@100", "asymmetricap(divisor='K')@20"):
        measure = parse_measure(text)
        assert parse_measure(str(measure)) == measure
    assert replace(parse_measure("Rescored@10"), k=20) == parse_measure("Rescored@20")


def test_asymmetric_ap_of_many_queries_is_that_of_each() -> None:
    """More queries than are worked on at a time."""
    rng = np.random.default_rng(3)
    values, labels = rng.standard_normal((600, 4)), Labels.from_array(rng.integers(0, 3, 600), 3)
    codes = BinaryCodes.from_signs(values)
    items = codes[:20], labels[:20]
    name = "AsymmetricAP@5"

    def found(rows: slice) -> np.ndarray:
        result = evaluate(
            codes[rows], items[0], labels[rows], items[1], k=[5], measures=[name],
            values=values[rows],
        )  # fmt: skip
        return result.per_query[str(parse_measure(name))]

    apart = [found(slice(start, start + 100)) for start in range(0, 600, 100)]
    np.testing.assert_array_equal(found(slice(0, 600)), np.concatenate(apart))


def test_values_of_other_signs_than_the_codes() -> None:
    codes, labels, _, values = small(0)
    values = np.where(values == 0, 1e-12, values)
    given = {"k": [3], "measures": ["AsymmetricAP@3"]}
    evaluate(
        codes, codes, labels, labels, **given, values=np.where(values == 1e-12, -1e-12, values)
    )
    with pytest.raises(UsageError, match="values of query 0 have other signs than its code, first"):
        evaluate(codes, codes, labels, labels, **given, values=-values)


def test_asymmetric_ap_leaves_no_query_out() -> None:
    with pytest.raises(UsageError, match='empty can only be "zero"'):
        parse_measure('AsymmetricAP(divisor="hits", empty="skip")@3')
