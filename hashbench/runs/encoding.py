"""Hashing new videos with a method that was fitted before."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hashbench.catalogue import load_method
from hashbench.codes import BinaryCodes
from hashbench.data import Videos
from hashbench.data.standardizing import Moments, Standardized
from hashbench.errors import DataError, HashbenchError, MethodError
from hashbench.estimator import Method
from hashbench.runs.record import Record
from hashbench.runs.store import Store
from hashbench.runs.training import MOMENTS


def open_model(reference: str | Path) -> tuple[Method, dict[str, Any]]:
    """Load a fitted method, and what is known of the videos it was trained on.

    Parameters
    ----------
    reference : str or Path
        The folder of a saved method; the JSON file of a record in a run directory; or
        ``RUNS:KEY`` with the start of a record's key.

    Returns
    -------
    method : Method
    training : dict
        ``frames`` and ``dims`` of the training videos, where a run recorded them, and the
        ``moments`` that were taken off where their card asked for it.

    Raises
    ------
    DataError, StoreError
        If there is no such folder or record, or the record has no model.
    """
    folder = model_folder(reference)
    method = load_method(folder)
    try:
        training: dict[str, Any] = json.loads((folder / "training.json").read_text("utf-8"))
    except FileNotFoundError:
        training = {}  # Saved from Python: nothing was written down beside it.
    except (OSError, ValueError) as error:
        raise DataError(f"{folder / 'training.json'}: cannot be read ({error})") from error
    if (folder / MOMENTS).exists():
        training["moments"] = Moments.load(folder / MOMENTS)
    return method, training


def encode_videos(method: Method, videos: Videos, training: dict[str, Any]) -> BinaryCodes:
    """Return one code per video.

    Parameters
    ----------
    method : Method
        Fitted.
    videos : Videos
        Features as they are stored, of the kind trained on: they are standardised here if those
        were. Where more frames are stored, the first ones are used.
    training : dict
        As :func:`open_model` returned it.

    Raises
    ------
    DataError
        If the features are of another width than those trained on.
    MethodError
        If the method cannot hash them.
    """
    dims, frames = training.get("dims"), training.get("frames")
    if dims is not None and videos.dims != dims:
        raise DataError(
            f"{videos.name}: features have {videos.dims} dimensions; "
            f"the method was trained on {dims}"
        )
    if frames is not None and videos.frames > frames:
        videos = videos.with_frames(frames)
    if "moments" in training and not isinstance(videos.source, Standardized):
        videos = videos.through(Standardized(videos.source, training["moments"]))
    try:
        return method.encode(videos)
    except DataError as error:
        named = videos.name in str(error)
        raise error if named else DataError(f"{videos.name}: {error}") from error
    except HashbenchError:
        raise
    except (ValueError, RuntimeError) as error:  # what numpy and torch say of shapes that differ
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise MethodError(
            f"{videos.name}: {type(method).__name__} cannot hash features of {videos.frames} "
            f"frames and {videos.dims} dimensions ({reason})"
        ) from error


def model_folder(reference: str | Path) -> Path:
    """Return the folder of the fitted method that ``reference`` names; see :func:`open_model`."""
    reference = str(reference)
    path = Path(reference)
    if path.is_file():
        record = Record.read(path)
        return Store(path.resolve().parent.parent.parent).file(record, "model")
    root, colon, prefix = reference.rpartition(":")
    if colon and not path.exists() and Path(root).is_dir():
        store = Store(root)
        return store.file(store.find(prefix), "model")
    return path
