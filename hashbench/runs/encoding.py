"""Encoding of new videos with a method that was fitted before, in one file or in many."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from hashbench.catalogue import load_method
from hashbench.codes import BinaryCodes
from hashbench.data import Videos
from hashbench.data.hdf5 import H5Source
from hashbench.data.standardizing import Moments, Standardized
from hashbench.errors import DataError, HashbenchError, MethodError, StoreError, UsageError
from hashbench.estimator import Method, read_description
from hashbench.files.atomic import write_json
from hashbench.files.documents import read_json
from hashbench.files.locks import lock
from hashbench.runs.record_schema import NOTE
from hashbench.runs.reference import model_folder
from hashbench.runs.training import MOMENTS, read_training
from hashbench.workspace import Workspace

_NOTE = "encoding.json"


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
        training: dict[str, Any] = asdict(read_training(folder / "training.json"))
    except FileNotFoundError:
        training = {}  # Saved from Python: nothing was written down beside it.
    # Releases before these were written down left them out.
    training = {n: v for n, v in training.items() if n not in ("frames", "dims") or v}
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
    videos = as_trained(videos, training)
    try:
        return method.encode(videos)
    except DataError as error:
        named = videos.name in str(error)
        raise error if named else DataError(f"{videos.name}: {error}") from error
    except HashbenchError:
        raise
    except AttributeError as error:
        if error.obj is not method or not str(error.name).endswith("_"):
            raise  # a mistake of the method's author
        raise MethodError(
            f"{type(method).__name__} cannot hash: its saved files lack {error.name!r}"
        ) from error
    except (ValueError, RuntimeError) as error:  # what numpy and torch say of shapes that differ
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise MethodError(
            f"{videos.name}: {type(method).__name__} cannot hash features of {videos.frames} "
            f"frames and {videos.dims} dimensions ({reason})"
        ) from error


def as_trained(videos: Videos, training: dict[str, Any]) -> Videos:
    """Return videos as a method was trained on them: its first frames, standardised if those were.

    Raises
    ------
    DataError
        If the features are of another width than those trained on.
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
    return videos


@dataclass(frozen=True, slots=True)
class FilePart:
    """One file to hash.

    Parameters
    ----------
    model : str
        Folder of the fitted method.
    features, codes : Path
        HDF5 in, ``.npz`` out.
    key : str
        Name of the array in ``features``.
    device : str
        Where the method computes.
    """

    model: str
    features: Path
    codes: Path
    key: str
    device: str

    @property
    def done(self) -> bool:
        """Whether there are codes that are newer than the features."""
        if not self.codes.exists() or not self.features.exists():
            return False
        return self.codes.stat().st_mtime >= self.features.stat().st_mtime


Mapper = Callable[[Callable[[FilePart], int], Sequence[FilePart]], Iterable[int]]
"""Applies a function to each part, here or on a cluster; gives the results in order."""


def encode_parts(
    model: str | Path,
    features: Sequence[Path],
    out: Path,
    *,
    key: str = "feats",
    device: str = "auto",
    mapper: Mapper = map,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[int, int]:
    """Hash each file of ``features`` into a file of codes under ``out``; what is done is kept.

    Parameters
    ----------
    model : str or Path
        As :func:`hashbench.runs.encoding.open_model` takes it.
    features : sequence of Path
        HDF5 files; their names must differ, since the codes are called after them.
    out : Path
        Folder of the codes, of this model alone.
    key : str
        Name of the array in each file.
    device : str
        Where the method computes.
    mapper : callable
        What works on the parts; ``map`` does so one after the other in this process.
    progress : callable, optional
        Called with (files done, files in all).

    Returns
    -------
    (int, int)
        Files hashed now, and files that were there already.

    Raises
    ------
    UsageError
        If two files have one name, or ``out`` holds the codes of another model.
    DataError
        If there is no such model.
    """
    folder = model_folder(model)
    read_description(folder)  # that there is a model is found before any file is
    names = [path.stem for path in features]
    for name in names:
        if names.count(name) > 1:
            raise UsageError(f"--features: two files are called {name}; their codes would be, too")
    _claim(out, folder, key)
    parts = [
        FilePart(
            str(folder.resolve()),
            path.absolute(),
            (out / f"{path.stem}.npz").absolute(),
            key,
            device,
        )
        for path in features
    ]
    left = [part for part in parts if not part.done]
    for done, _ in enumerate(mapper(encode_part, left), start=1):
        if progress is not None:
            progress(done, len(left))
    return len(left), len(parts) - len(left)


def encode_part(part: FilePart) -> int:
    """Hash one file, unless another process has done so meanwhile; return its videos."""
    with lock(part.codes.with_name(f".{part.codes.stem}.lock")):
        source = H5Source([part.features], part.key)
        if not part.done:
            method, training = open_model(part.model)
            method.attach(Workspace(device=part.device))
            videos = Videos(source, name=str(part.features))
            encode_videos(method, videos, training).save(part.codes, videos.ids())
        return int(source.shape[0])


def digest_of(model: Path) -> str:
    """Return what tells a fitted method from others: the SHA-256 of its files, in hex."""
    digest = hashlib.sha256()
    for path in sorted(path for path in model.iterdir() if path.name != "training.json"):
        if path.is_file():
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def maker_of(folder: Path) -> str | None:
    """Return the digest of the method whose codes ``folder`` holds; None where it does not say.

    Raises
    ------
    StoreError
        If what it says cannot be read.
    """
    path = folder / _NOTE
    if not path.exists():
        return None
    digest = _note(path).get("model_sha256")
    return None if digest is None else str(digest)


def _note(path: Path) -> dict[str, Any]:
    try:
        found = read_json(path)
        NOTE(found, "")
    except (OSError, ValueError) as error:
        raise StoreError(f"{path}: cannot be read ({error})") from error
    return dict(found)


def _claim(out: Path, model: Path, key: str) -> None:
    """Write down whose codes ``out`` holds, or see that they are this model's."""
    note = {"format": 1, "model_sha256": digest_of(model), "key": key}
    path = out / _NOTE
    if not path.exists():
        write_json(path, note)
    elif _note(path) != note:
        raise UsageError(f"--out {out}: holds codes of another model or array; name another folder")
