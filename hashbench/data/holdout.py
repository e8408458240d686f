"""Validation split: part of the training videos held out, so that nothing is tuned on test."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from hashbench.data.dataset import VideoDataset
from hashbench.data.subset import SubsetSource
from hashbench.data.videos import Videos
from hashbench.errors import DataError, UsageError
from hashbench.labels import Labels
from hashbench.randomness import random_state


def split_train(dataset: VideoDataset, share: float = 0.2, seed: int = 0) -> VideoDataset:
    """Return a data set made of training videos only: most to train on, some to ask.

    The held-out videos are ranked against themselves, as test videos are where the set ranks them
    against themselves. Where the set ranks its training videos instead, the held-out videos are
    asked and the others answer. Features that were standardised stay as they are, with the moments
    of the whole training split. No test video has any part in it.

    Parameters
    ----------
    dataset : VideoDataset
        Its training videos must be labelled: the labels of the held-out ones score the ranking.
    share : float
        Share of the training videos to hold out, of each class where videos have one label.
    seed : int
        Of the draw, from 0 on.

    Returns
    -------
    VideoDataset
        Its card has the name ``NAME/validation``, no digest and no file; ``sha256`` depends on the
        data set, share and seed. :func:`hashbench.run` refuses it, since a grid opens its set anew.

    Raises
    ------
    UsageError
        If the share is not between 0 and 1 or leaves nothing on one side, or the seed is below 0.
    DataError
        If the training videos have no labels.

    Examples
    --------
    >>> from hashbench.data import load_dataset
    >>> trial = split_train(load_dataset("digit-stories"), share=0.25, seed=3)
    >>> len(trial.train), len(trial.query), trial.self_retrieval
    (3000, 1000, True)
    """
    if not 0 < share < 1:
        raise UsageError(f"share {share} of the training videos; a number between 0 and 1 is meant")
    if seed < 0:
        raise UsageError(f"seed {seed}; seeds count from 0")
    train = dataset.labelled_train
    if not train.has_labels:
        raise DataError(f"{train.name} has no labels, by which held-out videos could be scored")
    out = _drawn(train.labels, share, seed)
    if out.all() or not out.any():
        raise UsageError(
            f"share {share} of {len(out)} training videos holds out {np.count_nonzero(out)}; "
            "some are needed on both sides"
        )
    kept, held = (_subset(train, np.flatnonzero(rows)) for rows in (~out, out))
    named = f"{dataset.sha256}:validation:{share!r}:{seed}"
    # Whoever opens the card or draws again gets the whole set, test videos included.
    card = replace(
        dataset.card, name=f"{dataset.name}/validation", sha256=None, path=None, draw=None
    )
    ranks_train = dataset.card.database == dataset.card.train
    return VideoDataset(
        card=card,
        labelled_train=kept,
        query=held,
        database=kept if ranks_train else held,
        sha256=hashlib.sha256(named.encode()).hexdigest(),
    )


def _drawn(labels: Labels, share: float, seed: int) -> NDArray[np.bool_]:
    """Tell which videos are held out."""
    n = len(labels)
    kind = labels.ids if labels.single else np.zeros(n, np.int32)
    order = random_state(seed).permutation(n)
    out = np.zeros(n, bool)
    for one in np.unique(kind):
        members = order[kind[order] == one]
        out[members[: round(share * len(members))]] = True
    return out


def _subset(videos: Videos, rows: NDArray[np.int64]) -> Videos:
    twin = Videos(
        SubsetSource(videos.source, rows),
        videos.labels[rows],
        name=f"{videos.name} ({len(rows)} of them)",
        frames=videos.frames,
        cache=videos.cache,
    )
    twin.progress = videos.progress
    return twin
