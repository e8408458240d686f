"""Paired comparisons of methods, or of two sets of records, from their per-query values."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hashbench.errors import UsageError
from hashbench.names import unknown
from hashbench.reports.results import Result, Section
from hashbench.reports.tables import labels_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from hashbench.ranking.statistics import Comparison


@dataclass(frozen=True, slots=True)
class Contestant:
    """Records that count as one: a method, perhaps as one of the record sets has it."""

    name: str
    results: tuple[Result, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """A paired comparison at one code length."""

    bits: int
    profile: str
    comparison: Comparison

    @property
    def words(self) -> str:
        """Who is better, or that nobody can tell."""
        found = self.comparison
        if not found.separable:
            return "not separable"
        return f"{found.first if found.difference.mean > 0 else found.second} is better"

    @property
    def scope(self) -> str:
        """What the interval covers."""
        if self.comparison.difference.covers_seeds:
            return "seeds and queries"
        return "queries only: one seed"


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
        By bits, then pair; p-values are corrected by Holm over all of them.

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
    return _corrected(_compared(pairs, homes, terms))


def _section(runs: Sequence[Path], terms: Terms) -> tuple[Section, dict[str, list[Path]]]:
    """Return the records, all of one data set, and the run directories each key lies in."""
    from hashbench.reports.results import load
    from hashbench.runs import Store

    found = load(runs, None if terms.dataset is None else [terms.dataset])
    own = [section for section in found if not section.dataset.trained_on]
    if len({section.dataset.name for section in found}) == 1 and len(own) == 1:
        found = own  # what was trained on another set is another question, 'hashbench cross'
    if len(found) != 1:
        listed = ", ".join(str(section.dataset) for section in found)
        raise UsageError(f"records of {len(found)} data sets ({listed}); --dataset picks one")
    homes: dict[str, list[Path]] = {}
    for run in runs:
        for record in Store(run).records():
            homes.setdefault(record.key, []).append(run)
    return found[0], homes


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
        sets.append({m: Contestant(f"{m} in {store}", tuple(r)) for m, r in mine.items()})
    pairs = [
        (one[label], other[label])
        for one, other in combinations(sets, 2)
        for label in sorted(one.keys() & other.keys())
    ]
    if not pairs:
        raise UsageError("the run directories have no method in common")
    return pairs


def _compared(
    pairs: Iterable[tuple[Contestant, Contestant]],
    homes: Mapping[str, Sequence[Path]],
    terms: Terms,
) -> list[Verdict]:
    from hashbench.ranking.statistics import compare_each

    profile, measure = _measure(terms)
    values: dict[str, NDArray[np.float64]] = {}
    wanted: list[tuple[int, tuple[str, str]]] = []
    for pair in pairs:
        common = {r.bits for r in pair[0].results} & {r.bits for r in pair[1].results}
        for bits in common if terms.bits is None else common & set(terms.bits):
            names = tuple(f"{bits} {c.name}" for c in pair)
            wanted.append((bits, (names[0], names[1])))
            for name, contestant in zip(names, pair, strict=True):
                if name not in values:
                    values[name] = _values(contestant, bits, homes, measure)
    if not wanted:
        raise UsageError("no code length is common to any pair")
    wanted.sort(key=lambda one: one[0])
    found = compare_each(values, [names for _, names in wanted])
    return [
        Verdict(bits, profile, _unnumbered(comparison, bits))
        for (bits, _), comparison in zip(wanted, found, strict=True)
    ]


def _unnumbered(comparison: Comparison, bits: int) -> Comparison:
    """Take the code length, which told a method's arrays apart, off its names."""
    first, second = (
        name.removeprefix(f"{bits} ") for name in (comparison.first, comparison.second)
    )
    return replace(comparison, first=first, second=second)


def _measure(terms: Terms) -> tuple[str, str]:
    from hashbench.ranking import AP, PROFILES
    from hashbench.ranking.ties import TIES

    profile = terms.profile or ""
    if profile not in PROFILES:
        raise unknown("profile", profile, PROFILES)
    if terms.ties not in TIES:
        raise unknown("tie rule", terms.ties, TIES)
    chosen = PROFILES[profile]
    return profile, str(AP(terms.k, chosen.divisor, terms.ties, chosen.query))


def _values(
    contestant: Contestant, bits: int, homes: Mapping[str, Sequence[Path]], measure: str
) -> NDArray[np.float64]:
    """Return per-query values of shape (n_seeds, n_query)."""
    import numpy as np

    from hashbench.ranking import Evaluation
    from hashbench.runs import Store

    rows = []
    for result in contestant.results:
        if result.bits != bits:
            continue
        path = Store(homes[result.key][0]).file(result.record, "per_query")
        found = Evaluation.load(path).per_query
        if measure not in found:
            stem, _, k = measure.rpartition("@")
            have = sorted(int(name.rpartition("@")[2]) for name in found if f"{stem}@" in name)
            raise UsageError(
                f"{path}: no {measure}; "
                + (f"it has K = {','.join(map(str, have))}" if have else f"no K has {stem}")
                + f"; 'hashbench run ... --k {k}' adds it"
            )
        rows.append(found[measure])
    return np.stack(rows)


def _corrected(found: Sequence[Verdict]) -> list[Verdict]:
    from hashbench.ranking.statistics import holm

    corrected = holm([verdict.comparison.p for verdict in found])
    return [
        replace(verdict, comparison=replace(verdict.comparison, p_holm=float(p)))
        for verdict, p in zip(found, corrected, strict=True)
    ]


def as_json(found: Sequence[Verdict]) -> str:
    """Write verdicts as JSON; differences are fractions, first minus second."""
    rows: list[dict[str, Any]] = [
        {
            "bits": verdict.bits,
            "profile": verdict.profile,
            **asdict(verdict.comparison),
            "separable": verdict.comparison.separable,
            "verdict": verdict.words,
            "scope": verdict.scope,
        }
        for verdict in found
    ]
    return json.dumps({"schema": 1, "comparisons": rows}, indent=2, allow_nan=False) + "\n"
