"""Hashing videos that lie in many files: one file of codes for each, here or on a cluster."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hashbench.data import Videos
from hashbench.data.hdf5 import H5Source
from hashbench.errors import StoreError, UsageError
from hashbench.files.atomic import write_json
from hashbench.files.locks import lock
from hashbench.runs.encoding import encode_videos, model_folder, open_model
from hashbench.workspace import Workspace

if TYPE_CHECKING:
    from distributed import Client

_NOTE = "encoding.json"


@dataclass(frozen=True, slots=True)
class Part:
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


Mapper = Callable[[Sequence[Part]], Iterable[int]]
"""Hashes parts, and gives how many videos each holds, in order."""


def encode_parts(
    model: str | Path,
    features: Sequence[Path],
    out: Path,
    *,
    key: str = "feats",
    device: str = "auto",
    mapper: Mapper | None = None,
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
    mapper : callable, optional
        What works on the parts; this process by default.
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
    """
    folder = model_folder(model)
    names = [path.stem for path in features]
    for name in names:
        if names.count(name) > 1:
            raise UsageError(f"--features: two files are called {name}; their codes would be, too")
    _claim(out, folder, key)
    parts = [
        Part(
            str(folder.resolve()),
            path.absolute(),
            (out / f"{path.stem}.npz").absolute(),
            key,
            device,
        )
        for path in features
    ]
    left = [part for part in parts if not part.done]
    for done, _ in enumerate((mapper or here)(left), start=1):
        if progress is not None:
            progress(done, len(left))
    return len(left), len(parts) - len(left)


def here(parts: Sequence[Part]) -> Iterator[int]:
    """Hash parts one after the other in this process."""
    for part in parts:
        yield encode_part(part)


def on_cluster(client: Client) -> Mapper:
    """Return a mapper that hashes each part as one task; workers must see the same files."""

    from hashbench.scale.cluster import results

    def spread(parts: Sequence[Part]) -> Iterator[int]:
        yield from results(client, encode_part, list(parts))

    return spread


def encode_part(part: Part) -> int:
    """Hash one file, unless another process has done so meanwhile; return its videos."""
    with lock(part.codes.with_name(f".{part.codes.stem}.lock")):
        source = H5Source([part.features], part.key)
        if not part.done:
            method, training = open_model(part.model)
            method.attach(Workspace(device=part.device))
            videos = Videos(source, name=str(part.features))
            encode_videos(method, videos, training).save(part.codes)
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
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise StoreError(f"{path}: cannot be read ({error})") from error
    if not isinstance(found, dict):
        raise StoreError(f"{path}: is no note of an encoding")
    return found


def _claim(out: Path, model: Path, key: str) -> None:
    """Write down whose codes ``out`` holds, or see that they are this model's."""
    note = {"format": 1, "model_sha256": digest_of(model), "key": key}
    path = out / _NOTE
    if not path.exists():
        write_json(path, note)
    elif _note(path) != note:
        raise UsageError(f"--out {out}: holds codes of another model or array; name another folder")
