"""Paired comparisons of methods, or of two sets of records, from their per-query values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hashbench.errors import UsageError
from hashbench.names import unknown
from hashbench.reports.perquery import (
    Clusters,
    ap_name,
    homes_of,
    is_paired,
    per_query_values,
)
from hashbench.reports.results import Result, Section
from hashbench.reports.score_tables import labels_of

if TYPE_CHECKING:
    from hashbench.ranking.statistics import Comparison


@dataclass(frozen=True, slots=True)
class Contestant:
    """Records that count as one: a method, perhaps as one of the record sets has it."""

    name: str
    results: tuple[Result, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """A paired comparison at one code length.

    Attributes
    ----------
    bits : int
    profile : str
    comparison : Comparison
    independent : bool
        Whether queries that are the database were taken for independent, because their classes
        are not known. The error is then too small.
    """

    bits: int
    profile: str
    comparison: Comparison
    independent: bool = False

    @property
    def words(self) -> str:
        """Who is better, or how large a difference would have had to be."""
        found = self.comparison
        if not found.separable:
            return f"not separable, {100 * found.detectable:.2f} or more would be"
        return f"{found.a if found.difference > 0 else found.b} is better"

    @property
    def scope(self) -> str:
        """Over what the comparison generalises."""
        scope = self.comparison.scope
        return f"{scope}, queries taken for independent" if self.independent else scope

    def to_json(self) -> dict[str, Any]:
        """Return the verdict as JSON values; differences are fractions, first minus second."""
        found = self.comparison
        return {
            "bits": self.bits,
            "profile": self.profile,
            "first": found.a,
            "second": found.b,
            "difference": {
                "mean": found.difference,
                "low": found.low,
                "high": found.high,
                "confidence": 1 - found.alpha,
                "n_seeds": min(found.n_seeds),
                "n_query": found.n_query,
            },
            "n_seeds": list(found.n_seeds),
            "n_clusters": found.n_clusters,
            "p": found.p,
            "df": found.df,
            "p_holm": found.p_holm,
            "alpha": found.alpha,
            "detectable": found.detectable,
            "covers_seeds": found.covers_seeds,
            "separable": found.separable,
            "verdict": self.words,
            "scope": self.scope,
        }


@dataclass(frozen=True, slots=True)
class Terms:
    """What is compared."""

    k: int = 20
    profile: str | None = None
    ties: str = "expected"
    bits: tuple[int, ...] | None = None
    dataset: str | None = None


def verdicts(wanted: Sequence[str], runs: Sequence[Path], terms: Terms) -> list[Verdict]:
    """Compare methods in run directories, or run directories method by method.

    Parameters
    ----------
    wanted : sequence of str
        Two or more methods, by name or label in any case; or two or more run directories, whose
        like-named methods are then compared. None: all methods of
        ``runs`` but the controls.
    runs : sequence of Path
        Where methods are looked for.
    terms : Terms

    Returns
    -------
    list of Verdict
        By bits, then pair; p-values are corrected by Holm over all pairs of a length.

    Raises
    ------
    UsageError
        If a method is unknown, nothing can be paired, or a measure was not recorded.
    StoreError, DataError
        If records or per-query values cannot be read.
    """
    stores = [Path(name) for name in wanted if Path(name).is_dir()]
    if stores and len(stores) != len(wanted):
        raise UsageError("methods and run directories cannot be mixed; compare one or the other")
    if len({store.resolve() for store in stores}) != len(stores):
        raise UsageError("a run directory cannot be compared with itself")
    section, homes = _section(stores or runs, terms)
    terms = replace(terms, profile=terms.profile or section.profile)
    if stores:
        pairs = _by_label(section, homes, stores)
    else:
        pairs = list(combinations(_methods(section, wanted), 2))
    return _compared(pairs, homes, terms)


def _section(runs: Sequence[Path], terms: Terms) -> tuple[Section, dict[str, list[Path]]]:
    """Return the records, all of one data set, and the run directories each key lies in."""
    from hashbench.reports.results import load

    found = load(runs, None if terms.dataset is None else [terms.dataset])
    own = [section for section in found if not section.dataset.trained_on]
    if len({section.dataset.name for section in found}) == 1 and len(own) == 1:
        found = own  # what was trained on another set is another question, 'hashbench cross'
    if len(found) != 1:
        listed = ", ".join(str(section.dataset) for section in found)
        raise UsageError(f"records of {len(found)} data sets ({listed}); --dataset picks one")
    return found[0], homes_of(found[0].measured, runs)


def _methods(section: Section, wanted: Sequence[str]) -> list[Contestant]:
    labels = labels_of(section)
    by_label: dict[str, list[Result]] = {}
    for result in section.measured:
        by_label.setdefault(labels[result.method], []).append(result)
    competitors = [label for label, r in by_label.items() if not r[0].method.control]
    chosen = [_label(name, by_label) for name in wanted] or competitors
    if len(set(chosen)) < 2:
        raise UsageError(
            f"{', '.join(chosen) or 'nothing'} alone cannot be compared; the records hold: "
            f"{', '.join(sorted(by_label))}"
        )
    return [Contestant(name, tuple(by_label[name])) for name in dict.fromkeys(chosen)]


def _label(name: str, by_label: Mapping[str, Sequence[Result]]) -> str:
    folded = name.casefold()
    exact = [label for label in by_label if label.casefold() == folded]
    base = [label for label, r in by_label.items() if r[0].record.method.name.casefold() == folded]
    found = exact or base
    if not found:
        raise unknown("method in the records", name, by_label)
    if len(found) > 1:
        raise UsageError(f"{name} may be any of {', '.join(sorted(found))}; write one of them")
    return found[0]


def _by_label(
    section: Section, homes: Mapping[str, Sequence[Path]], stores: Sequence[Path]
) -> list[tuple[Contestant, Contestant]]:
    """Pair what two record sets call by one label."""
    sets: list[dict[str, Contestant]] = []
    for store in stores:
        mine: dict[str, list[Result]] = {}
        for result in section.measured:
            if store in homes[result.key]:
                mine.setdefault(result.record.method.label, []).append(result)
        for label, found in mine.items():
            _check_one_release(label, found, store)
        sets.append({m: Contestant(f"{m} in {store}", tuple(r)) for m, r in mine.items()})
    pairs = [
        (one[label], other[label])
        for one, other in combinations(sets, 2)
        for label in sorted(one.keys() & other.keys())
    ]
    if not pairs:
        raise UsageError("the run directories have no method in common")
    return pairs


def _check_one_release(label: str, results: Sequence[Result], store: Path) -> None:
    """Refuse a label that two releases share: their records are no seeds of one method."""
    methods = {(r.record.method.distribution, r.record.method.version) for r in results}
    if len(methods) > 1:
        listed = ", ".join(f"{name} {version}" for name, version in sorted(methods))
        raise UsageError(f"{store}: {label} is of {listed}; a directory with one is needed")


def _compared(
    pairs: Sequence[tuple[Contestant, Contestant]],
    homes: Mapping[str, Sequence[Path]],
    terms: Terms,
) -> list[Verdict]:
    profile, measure = _measure(terms)
    lengths = sorted({bits for pair in pairs for bits in _common(pair, terms)})
    if not lengths:
        raise UsageError("no code length is common to any pair")
    clusters = Clusters()
    found: list[Verdict] = []
    for bits in lengths:
        here = [pair for pair in pairs if bits in _common(pair, terms)]
        found += _at_length(bits, here, homes, (profile, measure), clusters)
    return found


def _common(pair: tuple[Contestant, Contestant], terms: Terms) -> set[int]:
    common = {r.bits for r in pair[0].results} & {r.bits for r in pair[1].results}
    return common if terms.bits is None else common & set(terms.bits)


def _at_length(
    bits: int,
    pairs: Sequence[tuple[Contestant, Contestant]],
    homes: Mapping[str, Sequence[Path]],
    measure: tuple[str, str],
    clusters: Clusters,
) -> list[Verdict]:
    """Compare pairs at one code length; p-values are corrected by Holm over these pairs."""
    from hashbench.ranking.statistics import compare_pairs, corrected

    contestants = {contestant.name: contestant for pair in pairs for contestant in pair}
    results = {n: [r for r in c.results if r.bits == bits] for n, c in contestants.items()}
    values = {name: per_query_values(r, homes, measure[1]) for name, r in results.items()}
    first = next(iter(results.values()))[0].record
    if first.dataset.self_retrieval:
        known = clusters.of([r for found in results.values() for r in found], homes)
    else:
        known = None
    names = [(a.name, b.name) for a, b in pairs]
    independent = first.dataset.self_retrieval and known is None
    return [
        Verdict(bits, measure[0], comparison, independent)
        for comparison in corrected(compare_pairs(values, names, known))
    ]


def _measure(terms: Terms) -> tuple[str, str]:
    profile = terms.profile or ""
    if not is_paired(profile):
        raise UsageError(
            f"profile {profile} leaves out other queries for each method, so that there are no "
            "pairs to compare; profile image counts them all"
        )
    return profile, ap_name(terms.k, profile, terms.ties)
