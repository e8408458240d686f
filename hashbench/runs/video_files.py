"""Codes of video files, seen by the extractor that the features trained on came from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hashbench.codes import BinaryCodes
from hashbench.data import Card, Videos, read_card
from hashbench.devices import resolved_device
from hashbench.errors import DataError, UsageError
from hashbench.estimator import Method
from hashbench.runs.cards import dataset_of
from hashbench.runs.encoding import encode_videos
from hashbench.runs.reference import find_record
from hashbench.workspace import Progress

if TYPE_CHECKING:
    from hashbench.data.extraction.extractor import Extractor

_FRAMES = 24
"""Frames a video where a saved method does not say how many it was trained on."""


@dataclass(frozen=True, slots=True)
class VideoCodes:
    """What became of some video files.

    Parameters
    ----------
    codes : BinaryCodes
        One a video that decodes.
    paths : tuple of str
        Their files.
    failed : tuple of str
        Which others were left out, and why.
    """

    codes: BinaryCodes
    paths: tuple[str, ...]
    failed: tuple[str, ...]


def training_card(model: str | Path) -> Card | None:
    """Return the card of the set that a record is of; None for other models and built-in sets.

    Raises
    ------
    DataError, StoreError
        If the card or the manifest that names it is gone or damaged.
    """
    found = find_record(model)
    if found is None:
        return None
    card = Path(dataset_of(*found))
    return read_card(card) if card.suffix == ".toml" else None


def extractor_of(
    model: str | Path, card: Card | None, name: str | None, weights: Path | None, device: str
) -> Extractor:
    """Return the extractor that the features of a model came from, or the one that is named.

    Parameters
    ----------
    model : str or Path
        What is asked for, for messages.
    card : Card, optional
        Of the features trained on.
    name : str, optional
        By default what the card says.
    weights : Path, optional
        Of the network.
    device : str
        Where it computes.

    Raises
    ------
    UsageError
        If neither says which extractor it is, or it is not installed.
    DataError
        If the card says that the features came from another one, or from other weights.
    """
    from hashbench.data.extraction.extractor import make_extractor

    known = card is not None and card.extractor != ""
    if name is None and not known:
        raise UsageError(
            f"{model}: which extractor its features came from is written nowhere; name it with "
            "--extractor, as 'hashbench data models' lists them"
        )
    chosen = name or (card.extractor if card is not None else "")
    extractor = make_extractor(chosen, weights, resolved_device(device))
    if card is not None and known and card.extractor_identity not in ("", extractor.identity):
        raise DataError(
            f"--extractor {chosen}: is {extractor.identity}; the features trained on came from "
            f"{card.extractor_identity}"
        )
    return extractor


def hash_videos(
    videos: Path,
    method: Method,
    training: dict[str, Any],
    make_extractor: Callable[[], Extractor],
    progress: Progress,
) -> VideoCodes:
    """Hash video files, some at a time.

    Parameters
    ----------
    videos : Path
        As :func:`hashbench.data.extraction.list_videos` takes it.
    method, training
        As :func:`hashbench.runs.encoding.open_model` returns them.
    make_extractor : callable
        Called once it is known that there are videos.
    progress : Progress
        Told of the videos.

    Raises
    ------
    UsageError, DataError
        If there is no video, none decodes, or the features are of another width than those
        trained on.
    """
    from hashbench.data.extraction import list_videos
    from hashbench.data.extraction.loose import blocks

    paths = list_videos(videos)
    extractor = make_extractor()
    if training.get("dims") not in (None, extractor.dims):
        raise DataError(
            f"the extractor gives {extractor.dims} dimensions; the method was trained on "
            f"{training['dims']}"
        )
    codes: list[BinaryCodes] = []
    ids: list[str] = []
    failed: dict[str, str] = {}
    for block in blocks(paths, extractor, training.get("frames") or _FRAMES):
        failed |= block.failed
        if block.paths:
            seen = Videos(block.features, name=str(videos))
            codes.append(encode_videos(method, seen, training))
            ids += [str(path) for path in block.paths]
        progress.update("videos", len(ids) + len(failed), len(paths))
    if not codes:
        why = next(iter(failed.values()))
        raise DataError(f"{videos}: no video decodes ({why})")
    return VideoCodes(BinaryCodes.concatenate(codes), tuple(ids), tuple(failed.values()))
