"""Queries of a search: videos, codes or a position, and the method that encodes them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hashbench.codes import BinaryCodes
from hashbench.data import Card, VideoDataset, Videos
from hashbench.data.extraction.images import IMAGE_SUFFIXES
from hashbench.data.extraction.listing import SUFFIXES
from hashbench.errors import DataError, MethodError, UsageError
from hashbench.estimator import Method
from hashbench.files.arrays import read_npy
from hashbench.labels import Labels
from hashbench.places import Places
from hashbench.realvalued import watching_signs
from hashbench.runs import Record, Store
from hashbench.runs.cards import dataset_of
from hashbench.runs.encoding import as_trained, encode_videos, open_model
from hashbench.runs.reference import find_record
from hashbench.runs.video_files import VideoCodes, extractor_of, hash_videos, training_card
from hashbench.workspace import Progress, Workspace

if TYPE_CHECKING:
    from hashbench.data.extraction.extractor import Extractor


@dataclass(frozen=True, slots=True)
class SearchTarget:
    """The data set that is searched, and the record that brings its codes.

    Parameters
    ----------
    dataset : VideoDataset
    store : Store, optional
    record : Record, optional
        Whose codes are those of this very data set; None where they must be made.
    """

    dataset: VideoDataset
    store: Store | None = None
    record: Record | None = None

    def codes(self) -> tuple[BinaryCodes, BinaryCodes] | None:
        """Return codes of queries and database where the record has them."""
        if self.store is None or self.record is None:
            return None
        return self.store.codes(self.record)


def open_target(
    model: str | Path,
    dataset: str | Path | None,
    places: Places,
) -> SearchTarget:
    """Open the data set that is named, else the one of the record that ``model`` names.

    Raises
    ------
    UsageError
        If neither names one.
    DataError
        If the record's data set has changed.
    """
    found = find_record(model)
    if found is None and dataset is None:
        raise UsageError(
            f"{model} is a saved method, which knows no data set: name one with --dataset"
        )
    store, record = found or (None, None)
    where = places.open(dataset or (dataset_of(store, record) if store and record else ""))
    kept = record is not None and where.sha256 == record.dataset.sha256
    if record is not None and not kept and dataset is None:
        raise DataError(
            f"data set {where.name} is not the one of record {record.key[:16]}: its content differs"
        )
    return SearchTarget(where, store, record) if kept else SearchTarget(where)


@dataclass(frozen=True, slots=True)
class Query:
    """Videos to search with.

    Parameters
    ----------
    videos : Videos
    names : tuple of str
        What results call each.
    labels : Labels, optional
    row : int, optional
        Position among the queries of the data set that holds it.
    """

    videos: Videos
    names: tuple[str, ...]
    labels: Labels | None = None
    row: int | None = None


@dataclass(frozen=True, slots=True)
class EncodedQuery:
    """Codes to search with, and what is known of them.

    Parameters
    ----------
    codes : BinaryCodes
    names : tuple of str
        What results call each.
    labels : Labels, optional
    card : Card, optional
        For the names of the classes.
    skipped : tuple of str
        Which video files were left out, and why.
    values : ndarray, shape (n, L), optional
        What the codes are the signs of, where that was asked for.
    features : ndarray, shape (n, dims), optional
        Mean frames, as the method reads them; None for codes whose videos are not there.
    """

    codes: BinaryCodes
    names: tuple[str, ...]
    labels: Labels | None = None
    card: Card | None = None
    skipped: tuple[str, ...] = ()
    values: NDArray[Any] | None = None
    features: NDArray[np.float32] | None = None

    @classmethod
    def of_files(cls, made: VideoCodes) -> EncodedQuery:
        """Return the codes of video files as queries."""
        return cls(made.codes, made.paths, skipped=made.failed)


class QueryEncoder:
    """The fitted method, loaded when the first video needs it.

    Parameters
    ----------
    model : str, Path or None
    places : Places
    progress : Progress
    extractor, weights
        What sees video files; by default what the card of the training videos says.
    """

    def __init__(
        self,
        model: str | Path | None,
        places: Places,
        progress: Progress,
        extractor: str | None = None,
        weights: Path | None = None,
    ) -> None:
        self._model = model
        self._sight = extractor, weights
        self._progress = progress
        self.places = places
        self._workspace = Workspace(
            cache=places.cache_folder, device=places.device, progress=progress
        )
        self._opened: tuple[Method, dict[str, Any]] | None = None

    def __call__(self, videos: Videos, *, prepared: bool = False) -> BinaryCodes:
        """Return the codes of videos; those of a set that is open are ``prepared`` already."""
        method, training, _ = self._open(videos.name)
        if not method.uses_labels:
            videos = videos.unlabelled()
        return encode_videos(method, videos, _left(training) if prepared else training)

    def values(self, videos: Videos, *, prepared: bool) -> tuple[BinaryCodes, NDArray[Any]]:
        """Return codes, and what they are the signs of.

        Raises
        ------
        MethodError
            If the method makes its codes otherwise.
        """
        with watching_signs() as seen:
            codes = self(videos, prepared=prepared)
        values = seen.joined()
        if values is None or BinaryCodes.from_signs(values) != codes:
            raise MethodError(
                "--asymmetric: the method offers no projections; its codes are not the signs of "
                "real values"
            )
        return codes, values

    def features(self, videos: Videos, *, prepared: bool) -> NDArray[np.float32]:
        """Return the mean frames of videos, as the method reads them, (n, dims)."""
        _, training, _ = self._open(videos.name)
        return as_trained(videos, _left(training) if prepared else training).mean_pooled()

    def trained_on_vectors(self, what: str, dataset: VideoDataset | None) -> bool:
        """Say whether the method saw videos of one frame; as ``dataset`` has where it is silent."""
        _, training, _ = self._open(what)
        known = None if dataset is None else dataset.query.frames
        return bool(training.get("frames", known) == 1)

    def files(self, videos: Path, card: Card | None) -> VideoCodes:
        """Hash video files; ``card`` is that of the set searched, where the model knows none."""
        method, training, model = self._open(str(videos))

        def extractor() -> Extractor:
            known = training_card(model) or card
            return extractor_of(model, known, *self._sight, self.places.device)

        return hash_videos(videos, method, training, extractor, self._progress)

    def _open(self, what: str) -> tuple[Method, dict[str, Any], str | Path]:
        if self._model is None:
            raise UsageError(f"{what}: a MODEL is needed to hash videos")
        if self._opened is None:
            method, training = open_model(self._model)
            self._opened = method.attach(self._workspace), training
        return *self._opened, self._model


def find_query(
    query: int | str | Path, dataset: VideoDataset | None, key: str | None, encoder: QueryEncoder
) -> Query:
    """Return the videos that ``query`` names; a position is one of ``dataset``.

    A matrix in an ``.npy`` is the frames of one video, or single vectors where the method of
    ``encoder`` was trained on such.

    Raises
    ------
    UsageError, DataError
        If there are no such videos.
    """
    text = str(query)
    if is_position(text):
        if dataset is None:
            raise UsageError(f"--query {text}: a position is of a data set; name one: --dataset")
        return _from_set(int(text), dataset)
    path = Path(text)
    if path.suffix == ".npy":
        array = read_npy(path)
        if array.ndim == 2:
            array = array[:, None] if encoder.trained_on_vectors(text, dataset) else array[None]
        videos = Videos(array, name=text)
        _check_finite(videos)
    elif path.suffix in (".h5", ".hdf5"):
        from hashbench.data.hdf5 import H5Source, features_key

        videos = Videos(H5Source([path], features_key(path, key)), name=text)
    else:
        of = f" of {dataset.name}" if dataset is not None else ""
        raise UsageError(
            f"--query {text}: a position among the queries{of}, videos, or an HDF5 or .npy file "
            "of frame features is needed"
        )
    ids = videos.ids()
    return Query(videos, tuple(called(f"{text} {i}", ids, i) for i in range(len(videos))))


def _left(training: dict[str, Any]) -> dict[str, Any]:
    """Return what is left to do to videos of an open data set, which come standardised."""
    return {name: value for name, value in training.items() if name != "moments"}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a search needs of its queries beside codes.

    Parameters
    ----------
    values, features : bool
        What codes are the signs of, and mean frames.
    """

    values: bool = False
    features: bool = False


def encode_query(
    query: Query,
    card: Card | None,
    kept: BinaryCodes | None,
    encoder: QueryEncoder,
    wanted: Wanted | None = None,
) -> EncodedQuery:
    """Return a query with its codes.

    Parameters
    ----------
    query : Query
    card : Card, optional
        Of the data set that is searched.
    kept : BinaryCodes, optional
        Codes of all queries of that data set, if there are any.
    encoder : QueryEncoder
        What makes codes that are not kept.
    wanted : Wanted, optional
    """
    wanted = wanted or Wanted()
    prepared = query.row is not None
    values = features = None
    if wanted.values:
        codes, values = encoder.values(query.videos, prepared=prepared)
    elif kept is not None and query.row is not None:
        codes = kept[np.array([query.row])]
    else:
        codes = encoder(query.videos, prepared=prepared)
    if wanted.features:
        features = encoder.features(query.videos, prepared=prepared)
    return EncodedQuery(codes, query.names, query.labels, card, values=values, features=features)


def are_videos(query: int | str | Path) -> bool:
    """Say whether ``query`` names video files: one, a folder, or a CSV that lists them."""
    path = Path(str(query))
    try:
        folder = path.is_dir()
    except (OSError, ValueError):  # no name that a file may have
        return False
    return folder or path.suffix.lower() in {*SUFFIXES, *IMAGE_SUFFIXES, ".csv"}


def is_position(query: int | str | Path) -> bool:
    """Say whether ``query`` is the position of a video in a data set."""
    text = str(query)
    return re.fullmatch(r"-?[0-9]{1,18}", text) is not None and not Path(text).exists()


def called(name: str, ids: Sequence[str], row: int) -> str:
    """Return a video's place with what it is called, where that is known."""
    return f"{name} ({ids[row]})" if ids else name


def _from_set(row: int, dataset: VideoDataset) -> Query:
    size = len(dataset.query)
    if not 0 <= row < size:
        raise UsageError(f"--query {row}: the queries of {dataset.name} are 0 to {size - 1}")
    labels = dataset.query.labels[np.array([row])] if dataset.query.has_labels else None
    videos = Videos(dataset.query.take(slice(row, row + 1)), labels, name=dataset.query.name)
    name = called(f"{dataset.query.name} {row}", dataset.query.ids(), row)
    return Query(videos, (name,), labels, row)


def _check_finite(videos: Videos) -> None:
    with np.errstate(over="ignore"):  # what float32 cannot hold becomes infinite, and is found
        finite = np.isfinite(videos.take(slice(None))).all(axis=(1, 2))
    if not finite.all():
        raise DataError(f"{videos.name}: has NaN or infinity in video {int(finite.argmin())}")
