"""Sets that a plugin makes: generated once, checked against the card, kept in the cache."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hashbench.data.cards import Card, with_argument
from hashbench.data.videos import Videos
from hashbench.errors import DataError, VerificationError
from hashbench.files.atomic import replacing, write_json
from hashbench.files.digests import array_sha256
from hashbench.files.documents import read_json
from hashbench.labels import Labels
from hashbench.specs import DatasetSpec, resolve


class Made(NamedTuple):
    """One split as a generator returns it.

    Parameters
    ----------
    features : ndarray, shape (n, frames, dims)
        Any numeric type.
    labels : ndarray, shape (n,) or (n, classes)
        Class ids or multi-hot rows.
    """

    features: NDArray[Any]
    labels: NDArray[Any]


Generator = Callable[[Card, str | None], Mapping[str, Made]]
"""Called with the card and a family's argument; returns every split that the card names."""


def generated(
    card: Card, spec: DatasetSpec, argument: str | None, cache: Path
) -> tuple[Card, dict[str, Videos], str]:
    """Return the card, the splits and the digest of a set that a plugin makes.

    Raises
    ------
    VerificationError
        If what was made is not what the card's digest says.
    DataError
        If the generator leaves out a split or returns other shapes than the card says.
    """
    folder = cache / "datasets" / _folder_name(card, argument)
    splits = _cached(card, folder)
    if splits is None:
        splits = _made(card, spec, argument)
        _keep(folder, splits, digest(splits))
        splits = _cached(card, folder) or splits
    if argument is not None:
        made = splits[card.train]
        classes = max(_n_classes(split.labels) for split in splits.values())
        card = with_argument(card, argument, made.features.shape[2], classes)
    videos = {
        name: Videos(
            split.features,
            Labels.from_array(split.labels, card.classes or None),
            name=f"{card.name}/{name}",
        )
        for name, split in splits.items()
    }
    return card, videos, digest(splits)


def digest(splits: Mapping[str, Made]) -> str:
    """Return the SHA-256, in hex, of all features and labels by split."""
    total = hashlib.sha256()
    for name in sorted(splits):
        features, labels = splits[name]
        total.update(f"{name}:{array_sha256(features)}:{array_sha256(labels)};".encode())
    return total.hexdigest()


def _made(card: Card, spec: DatasetSpec, argument: str | None) -> dict[str, Made]:
    generator: Generator = resolve(spec.generator or "")
    splits = dict(generator(card, argument))
    for name, expected in card.splits.items():
        if name not in splits:
            raise DataError(f"{spec.generator} made no split {name!r} of {card.name}")
        n, frames, dims = splits[name].features.shape
        if frames != card.frames or (card.dims and dims != card.dims):
            raise DataError(
                f"{spec.generator} made {frames} frames of {dims} dimensions; "
                f"the card of {card.name} says {card.frames} of {card.dims}"
            )
        if expected.videos is not None and n != expected.videos:
            raise DataError(
                f"{spec.generator} made {n} videos of split {name!r}; "
                f"the card of {card.name} says {expected.videos}"
            )
    found = digest(splits)
    if card.sha256 is not None and found != card.sha256:
        raise VerificationError(
            f"dataset {card.name} came out with sha256 {found}; its card says {card.sha256}"
        )
    return splits


def _folder_name(card: Card, argument: str | None) -> str:
    text = f"{card.name}:{argument}:{card.version}:{card.frames}:{card.sha256}"
    safe = "".join(c if c.isalnum() or c in "-_." else "-" for c in f"{card.name}-{argument or ''}")
    return f"{safe.strip('-')}-{hashlib.sha256(text.encode()).hexdigest()[:12]}"


def _keep(folder: Path, splits: Mapping[str, Made], sha256: str) -> None:
    for name, split in splits.items():
        for kind, array in zip(Made._fields, split, strict=True):
            with replacing(folder / f"{name}.{kind}.npy") as temporary, temporary.open("wb") as f:
                np.save(f, array, allow_pickle=False)
    # The manifest comes last: a folder that has it is whole.
    write_json(folder / "manifest.json", {"sha256": sha256, "splits": sorted(splits)})


def _cached(card: Card, folder: Path) -> dict[str, Made] | None:
    """Return what is kept, or None where anything of it is missing or damaged."""
    try:
        manifest = read_json(folder / "manifest.json")
        splits = {
            name: Made(
                *(
                    np.load(folder / f"{name}.{kind}.npy", mmap_mode="r", allow_pickle=False)
                    for kind in Made._fields
                )
            )
            for name in manifest["splits"]
        }
        whole = digest(splits) == (card.sha256 or manifest["sha256"])
    except (OSError, ValueError, KeyError, TypeError, EOFError):
        return None
    return splits if whole and set(card.splits) <= set(splits) else None


def _n_classes(labels: NDArray[Any]) -> int:
    return int(labels.max()) + 1 if labels.ndim == 1 else int(labels.shape[1])
