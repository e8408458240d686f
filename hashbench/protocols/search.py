"""Search with a fitted method: which videos of a data set are nearest to one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from hashbench.codes import BinaryCodes
from hashbench.data import VideoDataset, Videos, load_dataset
from hashbench.errors import DataError, UsageError
from hashbench.estimator import Method
from hashbench.labels import Labels
from hashbench.protocols.nearest import Neighbour, names_of, nearest
from hashbench.runs import Record, Store
from hashbench.runs.encoding import encode_videos, open_model
from hashbench.workspace import Progress, Silent, Workspace, default_cache


@dataclass(frozen=True, slots=True)
class Found:
    """What one query found.

    Parameters
    ----------
    query : str
        What was asked: ``"digit-stories/test 17"``, or file and position.
    labels : tuple of str
        Names of the query's classes; empty where they are not known.
    neighbours : tuple of Neighbour
        Nearest first.
    """

    query: str
    labels: tuple[str, ...]
    neighbours: tuple[Neighbour, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the search as JSON values."""
        return {
            "query": self.query,
            "labels": list(self.labels),
            "neighbours": [neighbour.to_json() for neighbour in self.neighbours],
        }


def search(
    model: str | Path,
    query: int | str | Path,
    *,
    top: int = 10,
    dataset: str | Path | None = None,
    key: str = "feats",
    data_root: str | Path | None = None,
    cache: str | Path | None = None,
    device: str = "auto",
    progress: Progress | None = None,
) -> list[Found]:
    """Find the videos nearest to a query.

    Parameters
    ----------
    model : str or Path
        ``RUNS:KEY`` with the start of a record's key, the JSON file of a record, or the folder of
        a saved method. A record brings the codes of its data set; they are not made again.
    query : int, str or Path
        Position of a video among the queries of the data set; or an HDF5 or .npy file of frame
        features, (frames, dims) or (n, frames, dims), each of whose videos is a query.
    top : int
        Videos to find. Where the queries are the database, a query does not find itself.
    dataset : str or Path, optional
        Where to look; needed with the folder of a saved method, otherwise the record's.
    key : str
        Name of the array in an HDF5 file.
    data_root, cache : str or Path, optional
        Folders of data files and of cached results.
    device : str
        Where the method computes.
    progress : Progress, optional
        Told of the encoding.

    Returns
    -------
    list of Found
        One a query.

    Raises
    ------
    UsageError, DataError, StoreError, MethodError
        If model, query, data set or device is not what it should be.

    Examples
    --------
    >>> hashbench.search("runs:3fa9", 17, top=3)[0].neighbours[0].distance  # doctest: +SKIP
    2
    """
    from hashbench.runs.devices import check_device

    check_device(device)
    found = record_of(model)
    if found is None and dataset is None:
        raise UsageError(
            f"{model} is a saved method, which knows no data set: name one with --dataset"
        )
    store, record = found or (None, None)
    root = None if data_root is None else Path(data_root)
    where = load_dataset(
        dataset or (record.dataset.name if record else ""),
        data_root=root,
        cache=None if cache is None else Path(cache),
    )
    kept = record is not None and where.sha256 == record.dataset.sha256
    if record is not None and not kept and dataset is None:
        raise DataError(
            f"data set {where.name} is not the one of record {record.key[:16]}: its content differs"
        )
    hasher = _Hasher(model, device, cache, progress or Silent())
    if kept and store is not None and record is not None:
        query_codes, database = store.codes(record)
    else:
        query_codes, database = None, hasher(where.database)
    asked = _asked(query, where, key)
    if asked.row is not None and query_codes is not None:
        codes = query_codes[np.array([asked.row])]
    else:
        codes = hasher(asked.videos)
    own = np.array([asked.row]) if asked.row is not None and where.self_retrieval else None
    lists = nearest(
        codes,
        asked.labels,
        database,
        where.database.labels,
        top=top,
        card=where.card,
        own=own,
    )
    return [
        Found(name, () if asked.labels is None else names_of(asked.labels, i, where.card), tuple(n))
        for i, (name, n) in enumerate(zip(asked.names, lists, strict=True))
    ]


@dataclass(frozen=True, slots=True)
class _Asked:
    """The queries: their videos, names, labels, and position where the data set holds them."""

    videos: Videos
    names: tuple[str, ...]
    labels: Labels | None = None
    row: int | None = None


class _Hasher:
    """The fitted method, loaded when the first video needs it."""

    def __init__(
        self, model: str | Path, device: str, cache: str | Path | None, progress: Progress
    ) -> None:
        self._model = model
        self._workspace = Workspace(
            cache=Path(cache) if cache is not None else default_cache(),
            device=device,
            progress=progress,
        )
        self._opened: tuple[Method, dict[str, Any]] | None = None

    def __call__(self, videos: Videos) -> BinaryCodes:
        if self._opened is None:
            method, training = open_model(self._model)
            self._opened = method.attach(self._workspace), training
        method, training = self._opened
        if not method.uses_labels:
            videos = videos.unlabelled()
        return encode_videos(method, videos, training)


def record_of(model: str | Path) -> tuple[Store, Record] | None:
    """Return the record that ``model`` names and its store; None where it names a folder.

    Raises
    ------
    StoreError
        If it names a record that is not there, is damaged, or failed.
    """
    path = Path(model)
    if path.is_file():
        return Store(path.resolve().parent.parent.parent), Record.read(path)
    root, colon, prefix = str(model).rpartition(":")
    if colon and not path.exists() and Path(root).is_dir():
        store = Store(root)
        return store, store.find(prefix)
    return None


def _asked(query: int | str | Path, dataset: VideoDataset, key: str) -> _Asked:
    text = str(query)
    if text.lstrip("-").isdigit() and not Path(text).exists():
        return _from_set(int(text), dataset)
    path = Path(text)
    if path.suffix == ".npy":
        videos = Videos(_npy(path), name=text)
    elif path.suffix in (".h5", ".hdf5"):
        from hashbench.data.hdf5 import H5Source

        videos = Videos(H5Source([path], key), name=text)
    else:
        raise UsageError(
            f"--query {text}: a position among the queries of {dataset.name} is needed, or an "
            "HDF5 or .npy file of frame features"
        )
    return _Asked(videos, tuple(f"{text} {i}" for i in range(len(videos))))


def _from_set(row: int, dataset: VideoDataset) -> _Asked:
    size = len(dataset.query)
    if not 0 <= row < size:
        raise UsageError(f"--query {row}: the queries of {dataset.name} are 0 to {size - 1}")
    labels = dataset.query.labels[np.array([row])] if dataset.query.has_labels else None
    videos = Videos(dataset.query.take(slice(row, row + 1)), labels, name=dataset.query.name)
    return _Asked(videos, (f"{dataset.query.name} {row}",), labels, row)


def _npy(path: Path) -> Any:
    try:
        array = np.load(path, allow_pickle=False)
    except FileNotFoundError:
        raise DataError(f"{path}: no such file") from None
    except (OSError, ValueError, EOFError) as error:
        raise DataError(f"{path}: not a readable .npy file ({error})") from error
    return array[None] if array.ndim == 2 else array
