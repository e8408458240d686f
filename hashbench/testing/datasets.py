"""The conformance checks of data sets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property

import numpy as np

from hashbench.data import VideoDataset, Videos
from hashbench.testing.checks import BoundCheck, Check, bind, run_all

_SAMPLE = 200


class DatasetSubject:
    """A data set under test, opened on first use.

    Parameters
    ----------
    load : callable
        Opens the set anew, without arguments.
    """

    def __init__(self, load: Callable[[], VideoDataset]) -> None:
        self.load = load

    @cached_property
    def dataset(self) -> VideoDataset:
        """The set."""
        return self.load()

    def parts(self) -> dict[str, Videos]:
        """Return train, query and database."""
        d = self.dataset
        return {"train": d.labelled_train, "query": d.query, "database": d.database}


def shapes_match_the_card(s: DatasetSubject) -> None:
    card = s.dataset.card
    for part, videos in s.parts().items():
        assert len(videos) > 0, f"{part} is empty"
        assert (videos.frames, videos.dims) == (card.frames, card.dims), (
            f"{part} has {videos.frames} frames of {videos.dims} dimensions, "
            f"the card says {card.frames} of {card.dims}"
        )


def card_is_complete(s: DatasetSubject) -> None:
    card = s.dataset.card
    empty = [n for n in ("name", "version", "licence", "citation") if not getattr(card, n).strip()]
    assert not empty, f"the card says nothing under {', '.join(empty)}"


def features_are_finite(s: DatasetSubject) -> None:
    for part, videos in s.parts().items():
        features = videos.take(_sample(videos))
        assert features.dtype == np.float32, f"{part} yields {features.dtype}"
        assert np.isfinite(features).all(), f"{part} holds NaN or infinite features"
        assert features.std() > 0, f"{part} yields the same number everywhere"


def reads_agree(s: DatasetSubject) -> None:
    for part, videos in s.parts().items():
        rows = _sample(videos)
        some = videos.take(rows)
        n = min(len(videos), _SAMPLE)
        head = videos.take(slice(0, n))
        batches = np.concatenate([b.features for _, b in zip(range(3), videos.batches(7))])  # noqa: B905
        assert np.array_equal(batches[:n], head[: len(batches)]), (
            f"{part}: batches differ from take"
        )
        assert np.array_equal(videos.take(rows[::-1]), some[::-1]), f"{part}: take loses the order"
        inside = rows[rows < n]
        assert np.array_equal(head[inside], some[: len(inside)]), f"{part}: two ways of take differ"


def labels_rank(s: DatasetSubject) -> None:
    d = s.dataset
    for part in ("query", "database"):
        videos = s.parts()[part]
        assert videos.has_labels, f"{part} has no labels"
        classes = videos.labels.n_classes
        assert classes == d.card.n_classes, f"{part}: {classes} classes, card: {d.card.n_classes}"
    asked, there = d.query.labels.multi_hot, d.database.labels.multi_hot.sum(axis=0)
    if d.self_retrieval:
        there = there - 1  # a query that finds itself only has no answer
    answered = (asked & (there > 0)).any(axis=1).mean()
    assert answered > 0.5, f"only {answered:.0%} of the queries share a label with another video"


def training_labels_are_hidden(s: DatasetSubject) -> None:
    assert not s.dataset.train.has_labels, "dataset.train lets an unsupervised method read labels"


def asked_videos_are_new(s: DatasetSubject) -> None:
    d = s.dataset
    seen = {row.tobytes() for row in d.labelled_train.mean_pooled()}
    for part in {"query": d.query, "database": d.database}.values():
        if part is d.labelled_train or part.source is d.labelled_train.source:
            continue  # the card ranks the training videos themselves, as some protocols do
        again = sum(row.tobytes() in seen for row in part.mean_pooled())
        assert again == 0, f"{again} of {len(part)} videos of {part.name} are training videos"


def same_bytes_again(s: DatasetSubject) -> None:
    again = s.load()
    assert again.sha256 == s.dataset.sha256, "sha256 changes from one opening to the next"
    for part, videos in s.parts().items():
        twin = {"train": again.labelled_train, "query": again.query, "database": again.database}[
            part
        ]
        rows = _sample(videos)
        same = np.array_equal(twin.take(rows), videos.take(rows))
        assert same, f"features of {part} change from one opening to the next"
        if videos.has_labels:
            same = np.array_equal(twin.labels.multi_hot, videos.labels.multi_hot)
            assert same, f"labels of {part} change from one opening to the next"


DATASET_CHECKS = (
    Check(
        "shapes-match-the-card",
        "whoever plans memory and time from the card",
        "correct frames or dims in the card, or what the generator returns",
        shapes_match_the_card,
    ),
    Check(
        "card-is-complete",
        "those who must cite the set and may be bound by its licence",
        "fill name, version, licence and citation in the card",
        card_is_complete,
    ),
    Check(
        "features-are-finite",
        "methods, which turn one NaN into a model of NaN",
        "find the video with `hashbench data verify` and extract it again",
        features_are_finite,
    ),
    Check(
        "reads-agree",
        "codes that do not depend on how features are read",
        "return rows in the order of the index from the source's take, and all from read",
        reads_agree,
    ),
    Check(
        "labels-rank",
        "measures: without labels, or with none in common, every value is 0",
        "name the labels of the query and database splits in the card; check first_class",
        labels_rank,
    ),
    Check(
        "training-labels-are-hidden",
        "the word unsupervised",
        "let train be labelled_train.unlabelled()",
        training_labels_are_hidden,
    ),
    Check(
        "test-videos-are-new",
        "generalisation: a training video that is asked for measures memory",
        "make the splits disjoint; declare an exception where the protocol wants it otherwise",
        asked_videos_are_new,
    ),
    Check(
        "same-bytes-again",
        "comparisons between runs and machines",
        "draw from a seeded numpy RandomState; do not depend on time, order of files or threads",
        same_bytes_again,
    ),
)


def dataset_checks(
    dataset: str | Callable[[], VideoDataset], *, exceptions: Mapping[str, str] | None = None
) -> list[BoundCheck]:
    """Return the checks of one data set, for :func:`parametrize_with_checks`.

    Parameters
    ----------
    dataset : str or callable
        A name or a card's path, as ``--dataset`` takes it; or a function that opens the set.
    exceptions : mapping of str to str, optional
        Names of checks that are known to fail, each with the reason.
    """
    if not isinstance(dataset, str):
        label = getattr(dataset, "__name__", "dataset")
        return bind(label, DATASET_CHECKS, DatasetSubject(dataset), exceptions)
    name = dataset

    def load() -> VideoDataset:
        from hashbench.data import load_dataset

        return load_dataset(name)

    return bind(name, DATASET_CHECKS, DatasetSubject(load), exceptions)


def check_dataset(
    dataset: str | Callable[[], VideoDataset], *, exceptions: Mapping[str, str] | None = None
) -> None:
    """Run all checks of one data set; the arguments are those of :func:`dataset_checks`.

    Raises
    ------
    ConformanceError
        With every check that failed, what it protects and how to mend it.
    """
    run_all(dataset_checks(dataset, exceptions=exceptions))


def _sample(videos: Videos) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    count = min(len(videos), _SAMPLE)
    return np.unique(np.linspace(0, len(videos) - 1, count).astype(np.int64))
