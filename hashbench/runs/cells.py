"""The cells of a grid, and the keys that say when two of them are one."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from hashbench.runs.choices import Choice
from hashbench.runs.record import DatasetInfo, MethodInfo

if TYPE_CHECKING:
    from hashbench.data import VideoDataset

_KEY_FORMAT = 2
"""Raised where methods of the same source train otherwise, as with batches of nearly equal size.

The digest of a plugin's source does not cover the trainer that it shares with others.
"""


@dataclass(frozen=True, slots=True)
class Cell:
    """One (data set, method with parameters, bits, seed).

    Parameters
    ----------
    method, dataset : MethodInfo, DatasetInfo
        As the record will hold them.
    bits, seed : int
        Code length and seed.
    source : str
        Digest of the method's source.
    deterministic : bool
        Computed as every processor computes it: see :mod:`hashbench.determinism`.
    """

    method: MethodInfo
    dataset: DatasetInfo
    bits: int
    seed: int
    source: str = ""
    deterministic: bool = False

    def __str__(self) -> str:
        across = f" (from {self.dataset.trained_on})" if self.dataset.cross else ""
        return f"{self.method.label} {self.bits} bits seed {self.seed}{across}"

    @property
    def model_key(self) -> str:
        """Digest of all that training depends on: what cells across data sets share."""
        return _digest(self._training())

    @property
    def key(self) -> str:
        """Digest of all that decides the codes.

        Not of K, profiles or ties, nor of the evaluator: the codes are kept, so other measures
        are taken from them again without training.
        """
        return _digest(
            {
                **self._training(),
                "dataset": self.dataset.name,
                "dataset_sha256": self.dataset.sha256,
            }
        )

    def to_json(self) -> dict[str, Any]:
        """Return the cell as JSON values."""
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        """Take back what :meth:`to_json` returned."""
        parts = {
            "method": MethodInfo(**value["method"]),
            "dataset": DatasetInfo(**value["dataset"]),
        }
        return cls(**{**value, **parts})

    def _training(self) -> dict[str, Any]:
        # A cell of its own, but no other key for all the cells that are not.
        chosen = {"deterministic": True} if self.deterministic else {}
        return chosen | {
            "format": _KEY_FORMAT,
            "method": self.method.name,
            "params": self.method.params,
            "distribution": self.method.distribution,
            "version": self.method.version,
            "source": self.source,
            "bits": self.bits,
            "seed": self.seed,
            "trained_on": self.dataset.trained_on,
            "trained_on_sha256": self.dataset.trained_on_sha256,
        }


def grid(
    choices: Sequence[Choice],
    dataset: DatasetInfo,
    bits: Sequence[int],
    seeds: Sequence[int],
    deterministic: bool = False,
) -> Iterator[Cell]:
    """Yield every cell; short codes first, so that a grid cut short has whole columns."""
    for length in bits:
        for seed in seeds:
            for choice in choices:
                source = choice.origin.source
                yield Cell(_method_info(choice), dataset, length, seed, source, deterministic)


def dataset_info(dataset: VideoDataset, trained_on: VideoDataset | None = None) -> DatasetInfo:
    """Describe a data set, and the one trained on where that is another."""
    source = trained_on or dataset
    return DatasetInfo(
        name=dataset.name,
        version=str(dataset.card.version),
        sha256=dataset.sha256,
        profile=dataset.card.profile,
        n_train=len(source.labelled_train),
        n_query=len(dataset.query),
        n_database=len(dataset.database),
        self_retrieval=dataset.self_retrieval,
        trained_on=source.name,
        trained_on_sha256=source.sha256,
        protocol=dataset.card.protocol or None,
        draw=dataclasses.asdict(dataset.card.draw) if dataset.card.draw is not None else None,
    )


def _method_info(choice: Choice) -> MethodInfo:
    return MethodInfo(
        name=choice.name,
        label=choice.label,
        params=dict(choice.params),
        distribution=choice.origin.distribution,
        version=choice.origin.version,
        supervised=choice.supervised,
        control=choice.control,
    )


def _digest(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()
