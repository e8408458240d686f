"""Error rates of the statistics by simulation: type I error, family-wise error, coverage.

python benchmarks/coverage.py [--quick] [--seed 0] [--write docs/statistics.md]

All methods have the same true mean, so every significant pair is an error and the interval of a
difference covers as often as its test does not err. Values are drawn as

    y[s, q] = query[q] + own[q] + seed[s] + noise[s, q]

with query shared by all methods, own a method's, and the rest its seeds'. Self-retrieval is not
drawn from the model: Gaussian classes are hashed by LSH and ITQ, fresh test sets are ranked against
themselves, and the truth is the mean over all of them.
"""

from __future__ import annotations

if __name__ != "__main__":
    # numba imports the package ``coverage`` if there is one, and would find this script beside
    # another benchmark.
    raise ImportError("benchmarks/coverage.py is a script, not the package coverage")

import argparse
from collections.abc import Iterator
from dataclasses import dataclass, fields
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import hashbench
from hashbench import BinaryCodes, Labels, Videos
from hashbench.files.atomic import replacing
from hashbench.ranking import AP
from hashbench.ranking.clusters import class_clusters
from hashbench.ranking.effects import Effects, Queries, difference_variance, mean_variance

Floats = NDArray[np.float64]

ALPHA = 0.05
SEEDS = (1, 2, 3, 5, 10)
METHODS = (2, 5, 10, 30)
N_QUERY = 100
BATCH = 250
BEGIN, END = "<!-- simulated -->", "<!-- /simulated -->"


@dataclass(frozen=True)
class Noise:
    """Standard deviations of a method's effects; ``query`` is 1 everywhere.

    Variances of a mean are seed^2 / seeds and own^2 / queries. A method of ``one_seed`` has one
    where the others have several.
    """

    seed: float = 0.0
    own: float = 0.0
    both: float = 0.0
    one_seed: bool = False


@dataclass(frozen=True)
class Scenario:
    """What the methods are like, by turns."""

    name: str
    kinds: tuple[Noise, ...]


SCENARIOS = (
    Scenario("seed noise dominates", (Noise(seed=1, own=1, both=0.5),)),
    Scenario("seed noise and query noise are equal", (Noise(seed=0.1, own=1, both=0.5),)),
    Scenario("no seed noise", (Noise(own=1),)),
    Scenario("interaction alone", (Noise(both=1),)),
    Scenario("interaction and little seed noise", (Noise(seed=0.1, both=1),)),
    Scenario("one noisy, one deterministic", (Noise(seed=1, own=1), Noise(own=1))),
    Scenario("one a little noisy, one deterministic", (Noise(seed=0.2, own=1), Noise(own=1))),
    Scenario("seed noise ten times as large", (Noise(seed=1, own=0.5), Noise(seed=0.1, own=0.5))),
    Scenario("one with one seed", (Noise(seed=1, own=1, one_seed=True), Noise(seed=1, own=1))),
)


@dataclass(frozen=True)
class Rates:
    """Shares, in per cent, of false findings and of covered means.

    ``promised`` counts a method of one seed as the model that was trained, ``over_seeds`` as any
    training of it. ``family`` is as promised, after Holm.
    """

    promised: float
    over_seeds: float
    family: float
    covered: float


def simulated(
    scenario: Scenario, n_seeds: int, n_methods: int, replicates: int, rng: np.random.Generator
) -> Rates:
    """Draw data sets in which all means are 0 and count false findings and covered means."""
    queries = Queries.of(N_QUERY)
    shared = rng.normal(size=(replicates, 1, N_QUERY))
    methods, truths, covered = [], [], []
    for number in range(n_methods):
        noise = scenario.kinds[number % len(scenario.kinds)]
        own_seeds = 1 if noise.one_seed else n_seeds
        seeds = noise.seed * rng.normal(size=(replicates, own_seeds, 1))
        # A query's own effect of a method is one draw for all of its seeds.
        values = shared + noise.own * rng.normal(size=(replicates, 1, N_QUERY)) + seeds
        if noise.both:
            values = values + noise.both * rng.normal(size=(replicates, own_seeds, N_QUERY))
        effects = Effects.of(values, queries)
        # With one seed the promise is for the model that was trained.
        truths.append(seeds[:, 0, 0] if own_seeds == 1 else np.zeros(replicates))
        half = mean_variance(effects, queries).critical(ALPHA)
        covered.append(np.mean(np.abs(queries.mean(effects.by_query) - truths[-1]) <= half))
        methods.append(effects)
    return _rates(methods, truths, covered, queries)


def _rates(
    methods: list[Effects], truths: list[Floats], covered: list[Any], queries: Queries
) -> Rates:
    pairs = list(combinations(range(len(methods)), 2))
    promised, over_seeds = [], []
    family = np.zeros(len(truths[0]), dtype=bool)
    for i, j in pairs:
        a, b = methods[i], methods[j]
        variance = difference_variance(a, b, queries)
        difference = queries.mean(a.by_query - b.by_query)
        error = np.abs(difference - truths[i] + truths[j])
        limit = variance.critical(ALPHA)
        promised.append(np.mean(error > limit))
        over_seeds.append(np.mean(np.abs(difference) > limit))
        # Holm finds something where the smallest p is below alpha over the number of pairs.
        family |= error > variance.critical(ALPHA / len(pairs))
    shares = (promised, over_seeds, family, covered)
    return Rates(*(100 * float(np.mean(share)) for share in shares))


@dataclass(frozen=True)
class World:
    """Gaussian classes: test sets of ``n_classes`` times ``size`` points."""

    n_classes: int = 20
    size: int = 10
    dims: int = 16
    spread: float = 1.0

    def centres(self, rng: np.random.Generator) -> Floats:
        """Draw the classes' centres."""
        return self.spread * rng.normal(size=(self.n_classes, self.dims))

    def points(self, centres: Floats, rng: np.random.Generator) -> Any:
        """Draw videos of one frame around centres."""
        labels = np.repeat(np.arange(self.n_classes), self.size)
        points = centres[labels] + rng.normal(size=(len(labels), self.dims))
        return points[:, None, :].astype(np.float32), labels


@dataclass(frozen=True)
class TestSet:
    """AP of each query of one test set, by method: a row a trained model."""

    values: dict[str, Floats]
    labels: NDArray[np.int64]


DRAWN = {"itq": max(SEEDS), "lsh": 2 * max(SEEDS)}
"""Models trained anew for each test set."""
PAIRS = (("itq", "lsh"), ("lsh", "lsh"))


def ranked_test_sets(new_classes: bool, count: int, seed: int) -> list[TestSet]:
    """Rank fresh test sets against themselves.

    The first two rows of each method are models that stay the same in all sets, the others are
    trained with seeds of their own.
    """
    rng = np.random.default_rng(seed)
    world = World()
    centres = world.centres(rng)
    train = Videos(world.points(centres, rng)[0])
    kept = {name: [_trained(name, train, s) for s in (1, 2)] for name in DRAWN}
    found = []
    for number in range(count):
        points, labels = world.points(world.centres(rng) if new_classes else centres, rng)
        values = {}
        for name, drawn in DRAWN.items():
            first = 1000 + drawn * number
            models = [*kept[name], *(_trained(name, train, first + s) for s in range(drawn))]
            values[name] = np.stack([_ap(model, points, labels) for model in models])
        found.append(TestSet(values, labels))
    return found


def retrieval_rates(
    sets: list[TestSet], names: tuple[str, str], n_seeds: int
) -> tuple[float, float, float]:
    """Return coverage, in per cent, by class and by query, and the error by class over the true.

    With one seed the models are the same in all test sets. With more, seeds are drawn anew with
    every test set, and the interval must cover the mean over both.
    """
    a, b = names
    rows = {False: slice(2, 2 + n_seeds), True: slice(2 + n_seeds, 2 + 2 * n_seeds)}
    if n_seeds == 1:
        rows = {False: slice(0, 1), True: slice(1, 2)}
    pairs = [(t.values[a][rows[False]], t.values[b][rows[a == b]]) for t in sets]
    differences = np.array([x.mean() - y.mean() for x, y in pairs])
    # Of two LSH the difference of all trainings is 0; all other truths are estimated.
    truth = 0.0 if n_seeds > 1 and a == b else differences.mean()
    inside: dict[bool, list[bool]] = {True: [], False: []}
    variances = []
    for (x, y), difference, test in zip(pairs, differences, sets, strict=True):
        for clustered, hits in inside.items():
            clusters = class_clusters(Labels.from_array(test.labels)) if clustered else None
            queries = Queries.of(len(test.labels), clusters)
            variance = difference_variance(Effects.of(x, queries), Effects.of(y, queries), queries)
            hits.append(bool(abs(difference - truth) <= variance.critical(ALPHA)))
            if clustered:
                variances.append(float(variance.total))
    ratio = np.sqrt(np.mean(variances)) / differences.std(ddof=1)
    return 100 * float(np.mean(inside[True])), 100 * float(np.mean(inside[False])), float(ratio)


def _trained(name: str, train: Videos, seed: int) -> Any:
    return hashbench.method(name, bits=16, seed=seed).fit(train)


def _ap(model: Any, points: Floats, labels: NDArray[np.int64]) -> Floats:
    # In the folder of this file numba, which imports a package called coverage, cannot start.
    codes: BinaryCodes = model.encode(Videos(points))
    classes = Labels.from_array(labels)
    measured = hashbench.evaluate(
        codes, codes, classes, classes, k=(20,), profiles=("paper",), self_retrieval=True,
        full=False, engine="numpy",
    )  # fmt: skip
    return measured.per_query[str(AP(20))]


def model_table(replicates: int, seed: int) -> Iterator[str]:
    """Yield the lines of the table of simulated effects."""
    counts = ", ".join(map(str, METHODS))
    yield (
        f"| methods | seeds | type I, %: {counts} methods | family after Holm, % | over seeds, % | "
        "least covered, % |"
    )
    yield "| --- | ---: | ---: | ---: | ---: | ---: |"
    for number, scenario in enumerate(SCENARIOS):
        for n_seeds in SEEDS:
            rng = np.random.default_rng([seed, n_seeds, number])
            found = [_in_batches(scenario, n_seeds, n, replicates, rng) for n in METHODS]
            columns = (
                [f"{rates.promised:.1f}" for rates in found],
                [f"{rates.family:.1f}" for rates in found],
                [f"{max(rates.over_seeds for rates in found):.1f}"],
                [f"{min(rates.covered for rates in found):.1f}"],
            )
            cells = [scenario.name, str(n_seeds), *(", ".join(c) for c in columns)]
            yield "| " + " | ".join(cells) + " |"


def _in_batches(
    scenario: Scenario, n_seeds: int, n_methods: int, replicates: int, rng: np.random.Generator
) -> Rates:
    """Simulate in batches, so that memory does not grow; few methods have few pairs to count."""
    batches = -(-8 * replicates // (n_methods * BATCH))
    found = [simulated(scenario, n_seeds, n_methods, BATCH, rng) for _ in range(batches)]
    return Rates(*(float(np.mean([getattr(r, f.name) for r in found])) for f in fields(Rates)))


def retrieval_table(test_sets: int, seed: int) -> Iterator[str]:
    """Yield the lines of the table of self-retrieval."""
    yield (
        "| classes of each test set | methods | seeds | covered by class, % | "
        "covered by query, % | error by class over true |"
    )
    yield "| --- | --- | ---: | ---: | ---: | ---: |"
    for new_classes in (False, True):
        sets = ranked_test_sets(new_classes, test_sets, seed)
        for names in PAIRS:
            for n_seeds in SEEDS:
                by_class, by_query, ratio = retrieval_rates(sets, names, n_seeds)
                yield (
                    f"| {'new' if new_classes else 'the same'} | {' and '.join(names)} | {n_seeds} "
                    f"| {by_class:.1f} | {by_query:.1f} | {ratio:.2f} |"
                )


def main() -> None:
    """Print the tables, or write them between the marks of a page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a fraction of the replicates")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--write", type=Path, help="a page with the marks of the tables")
    args = parser.parse_args()
    replicates, test_sets = (250, 20) if args.quick else (2000, 100)
    lines = [BEGIN, ""]
    for table in (model_table(replicates, args.seed), retrieval_table(test_sets, args.seed)):
        for line in table:
            print(line, flush=True)
            lines.append(line)
        lines.append("")
    if args.write:
        before, _, rest = args.write.read_text(encoding="utf-8").partition(BEGIN)
        after = rest.partition(END)[2]
        with replacing(args.write) as temporary:
            temporary.write_text(before + "\n".join([*lines, END]) + after, encoding="utf-8")


if __name__ == "__main__":
    main()
