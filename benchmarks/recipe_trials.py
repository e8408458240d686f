"""Which trials the recipe search makes: by the same rule for every method.

Four rounds, each over all validation sets:

1. nine recipes of ``lengths[0]`` updates, at 64 bits, seed 0,
2. the two best of them at ``lengths[1]`` updates, and the best one at a third of its rate,
3. the best of round 2 at ``lengths[2]`` updates, without and with the early stop, unless the best
   of round 1 is as good: what more updates did not improve gets no more of them; nor do methods
   that are too slow for them, see :data:`LONGEST`,
4. the two best of all, at 64 bits with seed 1, then at 16 bits.

"Best" is the mean over the sets of mAP@20 on the validation videos.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

RATES = (1e-3, 3e-3, 1e-2)
STARTS: tuple[tuple[str, float, float], ...] = (
    ("one_cycle", 0.0, 0.0),
    ("one_cycle", 0.0, 0.1),
    ("cosine", 0.1, 0.1),
)
"""Schedule, warm-up and clipping."""

LONGEST = {"conmh": 750, "autossvh": 750, "s5vh": 750}
"""Most updates that are tried, where more would take longer than ``recipe=fast`` may: four minutes
for a training on digit-stories at 64 bits, on a core of an AMD EPYC."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A recipe to try; fields as of :class:`hashbench.nn.Recipe`."""

    lr: float
    schedule: str
    warmup: float
    clip: float
    updates: int
    early_stop: bool = False

    @property
    def simplicity(self) -> tuple[Any, ...]:
        """Orders recipes by cost: updates, then what else they need."""
        return self.updates, self.early_stop, self.clip > 0, self.warmup > 0

    def params(self, name: str) -> dict[str, Any]:
        """Return the parameters of the method ``name``; both stages of dh get the same ones."""
        given = asdict(self)
        if name == "dh":
            given |= {
                f"encoder_{key}": given[key]
                for key in ("lr", "schedule", "warmup", "clip", "updates")
            }
        return given


@dataclass(frozen=True, slots=True)
class Job:
    """A trial on one validation set; ``k`` is the trial's place in the method's list."""

    k: int
    method: str
    trial: Trial
    set: str
    bits: int
    seed: int

    @property
    def key(self) -> tuple[Any, ...]:
        """Identifies the job among the records of its method."""
        return self.trial, self.set, self.bits, self.seed


Scores = dict[tuple[Any, ...], float]
"""mAP@20 by :attr:`Job.key`."""


def jobs(method: str, sets: Sequence[str], lengths: Sequence[int], scores: Scores) -> Iterator[Job]:
    """Yield the jobs of a method that its finished ones allow to name, in order."""
    k = 0
    lengths = [n for n in lengths if n <= LONGEST.get(method, n)]
    for round_ in _rounds(sets, lengths, scores):
        for trial, bits, seed in round_:
            for name in sets:
                yield Job(k, method, trial, name, bits, seed)
            k += 1


def mean_score(trial: Trial, sets: Sequence[str], scores: Scores) -> float | None:
    """Return the mean over the sets at 64 bits and seed 0; None where one is not finished."""
    found = [scores.get((trial, name, 64, 0)) for name in sets]
    if None in found:
        return None
    return sum(value for value in found if value is not None) / len(found)


def _rounds(
    sets: Sequence[str], lengths: Sequence[int], scores: Scores
) -> Iterator[list[tuple[Trial, int, int]]]:
    first = [
        Trial(lr, schedule, warmup, clip, lengths[0])
        for lr in RATES
        for schedule, warmup, clip in STARTS
    ]
    yield [(trial, 64, 0) for trial in first]
    best = ranked(first, sets, scores)
    if len(best) < len(first):
        return
    longer = [replace(trial, updates=lengths[1]) for trial in best[:2]]
    lower = replace(longer[0], lr=float(f"{longer[0].lr / 3:.1g}"))
    second = list(dict.fromkeys([*longer, lower]))
    if len(second) < 3:  # the second best is the best at a third of its rate
        second.append(replace(best[2], updates=lengths[1]))
    yield [(trial, 64, 0) for trial in second]
    best = ranked(second, sets, scores)
    if len(best) < len(second):
        return
    third = []
    if len(lengths) > 2 and ranked([*first, *second], sets, scores)[0] in second:
        longest = replace(best[0], updates=lengths[2])
        third = [longest, replace(longest, early_stop=True)]
        yield [(trial, 64, 0) for trial in third]
    if len(ranked(third, sets, scores)) < len(third):
        return
    leading = ranked([*first, *second, *third], sets, scores)[:2]
    yield [(trial, 64, 1) for trial in leading] + [(trial, 16, 0) for trial in leading]


def ranked(trials: Sequence[Trial], sets: Sequence[str], scores: Scores) -> list[Trial]:
    """Return the finished trials, best first; of equal ones the cheaper first."""
    means = {trial: mean_score(trial, sets, scores) for trial in trials}
    done = [trial for trial in trials if means[trial] is not None]
    return sorted(done, key=lambda trial: (-(means[trial] or 0.0), trial.simplicity))
