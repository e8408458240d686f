"""Choose a recipe of each method from the records of the search, and write docs/recipes.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from recipe_trials import Trial, jobs
from source_tree import ROOT

from hashbench.files.atomic import replacing

PAGE = ROOT / "docs/recipes.md"
ALIKE = (("ssvh", "ssvh[variant=official]", "ssvh-t"),)
"""Methods that share one recipe, so that a row of a table differs in what its name says alone."""

_HEAD = """# Recipes

How `recipe=fast` of every deep method was found: by one protocol, on training data that no board
ranks. Nothing here has seen a test video, and no test set was looked at to choose.

```sh
python benchmarks/recipes.py --jobs 16 --minutes 8   # goes on where it stopped
python benchmarks/recipes.py --methods greedyhash bihalf cibhash --sets digits
python benchmarks/recipes.py --methods conmh bth --device cuda
python benchmarks/recipes.py --report                # writes this page from docs/recipes/*.json
```

## Protocol

- **Sets.** `stories` and `gliding` are videos of the digit glyphs that training may show. 900 of
  them make the training videos and the other 300 the validation videos. In `stories` the order of
  three glyphs is the class, in `gliding` the one glyph is. `vowels` is the training part of
  JapaneseVowels, a third of each speaker's sequences for validation. `speech` is the training part
  of spoken-digits, 30 % of each digit for validation. It has 24 frames, the others 16.
- **Set of single vectors.** GreedyHash, Bi-half Net and CIBHash are tried on `digits` alone. Of
  each of scikit-learn's digits, the first 100 images make the training set and the next 30 the
  validation set. The others are never read.
- **Trials.** Every method gets the same ones: nine recipes of {0} updates (learning rate 0.001,
  0.003 and 0.01, each on one cycle, on one cycle with gradients cut to norm 0.1, and on a cosine
  with a tenth of warm-up and cut gradients). The best two are tried with {1} updates, and the best
  at a third of its rate. Where one of these leads, the best of them is tried with {2} updates,
  without and with the early stop. Where none does, more updates are not tried. The two leading ones
  are repeated at 64 bits with seed 1, and at 16 bits. Both stages of `dh` get the same recipe, each
  for so many updates. The first stage of `bth` takes half as many epochs as the second.
- **Time.** `recipe=fast` trains digit-stories at 64 bits in about four minutes on a core. ConMH,
  AutoSSVH and S5VH would take six to nine with {2} updates, and are not tried with them. This rule
  and the one before are younger than some of the trials below, which they would have left out.
- **Score.** The mean over the sets of mAP@20 (profile strict) on the validation videos at 64 bits,
  over the seeds that were run.
- **Choice.** The cheapest trial within one standard error of the best score: the fewest updates,
  then no early stop, no clipping, no warm-up. The standard error is that of the best trial's
  score over the validation queries. The 16 bits are a check and decide nothing.
- **Devices.** The recurrent methods were tried on processors. ConMH, the first round of BTH and
  half of the first round of AutoSSVH and S5VH ran on an NVIDIA H100, as their records say. The rest
  of these three ran on an AMD EPYC.
- **Length.** A set that is larger than these gets at least 10 epochs. More is not always better:
  SSVH and DH lose with 750 and 1,600 updates on most of these sets.
- **One recipe for SSVH.** Its two variants and SSVH-T share a recipe, so that their rows differ in
  what they are named for. It is chosen by the mean of their scores, among the trials that all three
  have finished.

The cost is that of a training, summed over the sets, as a multiple of the method's cheapest trial.
It counts CPU time on one thread. Where some trials of a method ran on a GPU, as each of their
records says, it counts updates. The last rounds of SSVH, SSVH-T and SSTH ran when recurrences were
compiled, and so took less time for their updates.
"""


@dataclass(frozen=True, slots=True)
class Tried:
    """A trial with its score (0 to 1), the score's standard error, cost, and mAP by set."""

    trial: Trial
    score: float
    error: float
    cost: float
    by_set: dict[str, float]
    seeds: int
    short: float | None


def report(
    records: Mapping[str, list[dict[str, Any]]],
    sets: Sequence[str],
    lengths: Sequence[int],
    vectors: Mapping[str, list[dict[str, Any]]],
    vector_sets: Sequence[str],
) -> None:
    """Print the chosen recipe of each method, and write the page.

    Methods of ``vectors`` were tried on sets of their own.
    """
    _check_one_version(records)
    _check_one_version(vectors)
    parts = [_HEAD.format(*lengths), *_sections(records, sets, lengths)]
    parts += _sections(vectors, vector_sets, lengths)
    with replacing(PAGE) as temporary:
        temporary.write_text("\n".join(parts))


def _sections(
    records: Mapping[str, list[dict[str, Any]]], sets: Sequence[str], lengths: Sequence[int]
) -> list[str]:
    parts = []
    tried = {m: sorted(_tried(r, sets), key=lambda one: -one.score) for m, r in records.items()}
    together = [tuple(m for m in group if m in tried) for group in ALIKE]
    alone = [(m,) for m in tried if not any(m in group for group in together)]
    for group in [*filter(None, together), *alone]:
        means = tried[group[0]] if len(group) == 1 else _pooled([tried[m] for m in group])
        if not means:
            print(f"{', '.join(group)}: no trial is finished on all of {', '.join(sets)}")
            continue
        best, chosen = max(means, key=lambda one: one.score), choice(means)
        print(f"{', '.join(group)}: {_recipe(chosen.trial)}")
        print(f"  score {_percent(chosen.score)}, best {_percent(best.score)}")
        print(f"  standard error {_percent(best.error)}, {len(means)} trials")
        for method in group:
            mine = next(one for one in tried[method] if one.trial == chosen.trial)
            left = unfinished(method, records[method], sets, lengths)
            parts.append(_section(method, tried[method], mine, sets, left))
    return parts


def _check_one_version(records: Mapping[str, list[dict[str, Any]]]) -> None:
    """Stop where trials on different features bear one set's name."""
    digests: dict[str, str] = {}
    for record in (one for found in records.values() for one in found):
        name, digest = record["set"], record["digest"]
        if digests.setdefault(name, digest) != digest:
            raise SystemExit(
                f"set {name}: trials on features {digest} and {digests[name]}; delete the old ones"
            )


def unfinished(
    method: str, records: list[dict[str, Any]], sets: Sequence[str], lengths: Sequence[int]
) -> str:
    """Say at how many updates, seeds and bits trials are still to be made; nothing if none is."""
    from recipes import scores, trial_of

    known = scores(records)
    left = [job for job in jobs(method, sets, lengths, known) if job.key not in known]
    if not left:
        return ""
    done = len({trial_of(record) for record in records} - {job.trial for job in left})
    first = left[0]
    return (
        f"The search is not over: {done} trials are finished, and the next are those of "
        f"{first.trial.updates} updates at {first.bits} bits with seed {first.seed}."
    )


def choice(tried: Sequence[Tried]) -> Tried:
    """Return the cheapest trial within one standard error of the best."""
    best = max(tried, key=lambda one: one.score)
    near = [one for one in tried if one.score >= best.score - best.error]
    return min(near, key=lambda one: (one.trial.simplicity, -one.score))


def _pooled(tried: Sequence[Sequence[Tried]]) -> list[Tried]:
    """Return the trials that all methods have finished, with their mean scores."""
    by_trial = [{one.trial: one for one in method} for method in tried]
    common = [trial for trial in by_trial[0] if all(trial in found for found in by_trial)]
    pooled = []
    for trial in common:
        ones = [found[trial] for found in by_trial]
        pooled.append(
            Tried(
                trial,
                _mean([one.score for one in ones]),
                sum(one.error**2 for one in ones) ** 0.5 / len(ones),
                sum(one.cost for one in ones),
                {name: _mean([one.by_set[name] for one in ones]) for name in ones[0].by_set},
                min(one.seeds for one in ones),
                None,
            )
        )
    return pooled


def _tried(records: list[dict[str, Any]], sets: Sequence[str]) -> list[Tried]:
    by_trial: dict[Trial, list[dict[str, Any]]] = {}
    for record in records:
        trial = Trial(**{name: record[name] for name in Trial.__slots__})
        by_trial.setdefault(trial, []).append(record)
    unit = "updates_run" if any("device" in record for record in records) else "cpu_s"
    found = []
    for trial, runs in by_trial.items():
        long = [run for run in runs if run["bits"] == 64 and run["set"] in sets]
        # A seed counts once all sets have it.
        whole = [
            seed
            for seed in sorted({run["seed"] for run in long})
            if {run["set"] for run in long if run["seed"] == seed} == set(sets)
        ]
        if 0 not in whole:
            continue
        long = [run for run in long if run["seed"] in whole]
        short = [run["map20"] for run in runs if run["bits"] == 16 and run["set"] in sets]
        variance = sum(run.get("standard_error", 0.0) ** 2 for run in long if run["seed"] == 0)
        by_set = {
            name: _mean([run["map20"] for run in long if run["set"] == name]) for name in sets
        }
        found.append(
            Tried(
                trial,
                _mean(list(by_set.values())),
                variance**0.5 / len(sets),
                sum(run.get(unit, 0.0) for run in long if run["seed"] == 0),
                by_set,
                len(whole),
                _mean(short) if len(short) == len(sets) else None,
            )
        )
    return found


def _section(method: str, tried: list[Tried], chosen: Tried, sets: Sequence[str], left: str) -> str:
    cheapest = min(one.cost for one in tried) or 1.0
    cost = f"It costs {chosen.cost / cheapest:.1f} times the cheapest trial."
    lines = [
        f"## {method}",
        "",
        f"Chosen: {_recipe(chosen.trial)}. {cost}" + (f"\n\n{left}" if left else ""),
        "",
        "| | lr | schedule | warm-up | clip | updates | early stop | "
        + " | ".join(sets)
        + " | mean | seeds | 16 bits | cost |",
        "|---" * (12 + len(sets) - 1) + "|",
    ]
    for one in tried:
        t = one.trial
        cells = [
            "**chosen**" if one is chosen else "",
            f"{t.lr:g}",
            t.schedule,
            f"{t.warmup:g}",
            f"{t.clip:g}",
            str(t.updates),
            "yes" if t.early_stop else "no",
            *(_percent(one.by_set[name]) for name in sets),
            _percent(one.score),
            str(one.seeds),
            "" if one.short is None else _percent(one.short),
            f"{one.cost / cheapest:.1f}",
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join([*lines, ""])


def _recipe(trial: Trial) -> str:
    told = [f"lr {trial.lr:g}", trial.schedule, f"{trial.updates} updates"]
    if trial.warmup:
        told.append(f"warm-up {trial.warmup:g}")
    if trial.clip:
        told.append(f"clip {trial.clip:g}")
    if trial.early_stop:
        told.append("early stop")
    return ", ".join(told)


def _percent(value: float) -> str:
    return f"{100 * value:.1f}"


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
