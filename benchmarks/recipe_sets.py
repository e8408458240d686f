"""Validation sets of the recipe search, made from training data that no board ranks.

``stories``
    Sequences of three of the digit glyphs that training may show. A class is a sequence, and half
    of them are others backwards. 900 of the 1,200 glyphs make the training videos, the other 300
    the validation videos.
``orders``
    The same with 120 classes, all six orders of 20 triples of digits, and 4,000 training videos.
    Of near mean frames most are of another class. Not among the sets of the search.
``gliding``
    The same glyphs, each gliding through its video (``gliding_digits.py``). Here near mean frames
    do mean the same class. The glyphs are divided alike.
``vowels``
    The training part of JapaneseVowels: every third sequence of each speaker is for validation.
``speech``
    The training part of spoken-digits, of which ``split_train`` sets 30 % aside for validation.
``digits``
    Single vectors: the 64 pixels of scikit-learn's digits. Of each digit the first 100 are trained
    on and the next 30 are for validation. The others are never read.

Test glyphs and test parts are never read. Validation videos are ranked against themselves.
"""

from __future__ import annotations

import importlib.util
import itertools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from gliding_digits import gliding_digits
from hashbench_datasets.digits import train_glyphs
from hashbench_datasets.glyph_net import GlyphNet
from numpy.typing import NDArray

import hashbench
from hashbench import Labels, Videos
from hashbench.data import split_train
from hashbench.files.digests import array_sha256
from hashbench.ranking import Evaluation

FRAMES = 16
_TRAINED_GLYPHS = 900
_STORIES = 24
_TRIPLES = 20
_LEAST = 4
_FADE = 2.0
_NOISE = 40.0


@dataclass(frozen=True, slots=True)
class SearchSet:
    """Features (n, frames, dims) float32 and classes (n,) int64 to train on and to validate on."""

    train: NDArray[np.float32]
    validation: NDArray[np.float32]
    classes: NDArray[np.int64]

    @property
    def digest(self) -> str:
        """Identifies the features, so that trials on other ones are not compared."""
        return "-".join(array_sha256(part)[:8] for part in (self.train, self.validation))


def ranked(method: hashbench.Method, data: SearchSet) -> Evaluation:
    """Rank the validation videos against themselves by the codes of a fitted method."""
    codes = method.encode(Videos(data.validation))
    labels = Labels.from_array(data.classes)
    return hashbench.evaluate(
        codes, codes, labels, labels, k=(20,), profiles=("strict",), self_retrieval=True
    )


def map20(found: Evaluation) -> float:
    """Return mAP@20 of profile strict, a fraction."""
    return float(found.summary()["profiles"]["strict"]["expected"]["AP@20"])


def search_set(name: str, file: Path | None = None) -> SearchSet:
    """Make the set ``name``, one of those above, or another from a file.

    Parameters
    ----------
    name : str
    file : Path, optional
        Of vowels: JapaneseVowels_TRAIN.ts, by default aeon's own. Of speech and of any other name:
        an ``.npz`` of training data only, with ``train`` and ``validation`` (n, frames, dims) and
        ``classes`` (n,) of the latter.
    """
    if name == "stories":
        return _stories()
    if name == "orders":
        return _orders()
    if name == "gliding":
        return _gliding()
    if name == "vowels":
        return _vowels(file or _vowels_file())
    if name == "speech" and file is None:
        return _speech()
    if name == "digits" and file is None:
        return _digits()
    if file is None:
        raise SystemExit(f"set {name}: say where it lies, as in {name}=features.npz")
    with np.load(file) as arrays:
        train, validation = (arrays[part].astype(np.float32) for part in ("train", "validation"))
        return SearchSet(train, validation, arrays["classes"].astype(np.int64))


def _vowels_file() -> Path:
    """Return where aeon, if it is installed, keeps the training part of JapaneseVowels."""
    spec = importlib.util.find_spec("aeon")
    if spec is None or spec.origin is None:
        raise SystemExit("vowels: aeon is not installed; say vowels=JapaneseVowels_TRAIN.ts")
    return Path(spec.origin).parent / "datasets/data/JapaneseVowels/JapaneseVowels_TRAIN.ts"


def _stories() -> SearchSet:
    random = np.random.default_rng(31)
    first = random.integers(0, 10, (_STORIES // 2, 3))
    while len(np.unique(np.concatenate([first, first[:, ::-1]]), axis=0)) < _STORIES:
        first = random.integers(0, 10, (_STORIES // 2, 3))
    return _scripted(np.concatenate([first, first[:, ::-1]]), (1200, 480), random)


def _orders() -> SearchSet:
    random = np.random.default_rng(77)
    triples = list(itertools.combinations(range(10), 3))
    chosen = random.permutation(len(triples))[:_TRIPLES]
    stories = np.array([order for k in chosen for order in itertools.permutations(triples[k])])
    return _scripted(stories, (4000, 1200), random)


def _scripted(
    stories: NDArray[np.int64], videos: tuple[int, int], random: np.random.Generator
) -> SearchSet:
    """Return videos to train on and to validate on, whose classes are ``stories`` (n, 3) digits."""
    images, digits = train_glyphs()
    order = random.permutation(len(images))
    pools = order[:_TRAINED_GLYPHS], order[_TRAINED_GLYPHS:]
    net = GlyphNet.load()
    made: list[Any] = []
    for n, pool in zip(videos, pools, strict=True):
        classes = random.permutation(np.arange(n) % len(stories))
        shown = np.empty((n, 3), np.int64)
        for digit in range(10):
            members = pool[digits[pool] == digit]
            places = stories[classes] == digit
            shown[places] = random.choice(members, int(places.sum()))
        made += [net.features(_frames(images[shown], random)).astype(np.float32), classes]
    return SearchSet(made[0], made[2], made[3])


def _frames(glyphs: NDArray[np.uint8], random: np.random.Generator) -> NDArray[np.uint8]:
    """Return frames (n, frames, 64) that fade from each glyph (n, 3, 64) to the next."""
    n = len(glyphs)
    spare = FRAMES - 3 * _LEAST
    cuts = np.sort(random.integers(0, spare + 1, (n, 2)), axis=1) + _LEAST * np.arange(1, 3)
    begun = np.clip((np.arange(FRAMES) - cuts[:, :, None]) / _FADE + 0.5, 0, 1)  # (n, 2, frames)
    shares = np.stack([1 - begun[:, 0], begun[:, 0] - begun[:, 1], begun[:, 1]], axis=2)
    drawn = 15 * random.uniform(0.7, 1.3, (n, 1, 1)) * (shares @ glyphs.astype(np.float64))
    drawn += _NOISE * random.standard_normal(drawn.shape)
    frames: NDArray[np.uint8] = np.clip(drawn, 0, 255).astype(np.uint8)
    return frames


def _gliding() -> SearchSet:
    features, classes = gliding_digits(seed=32)
    features = np.ascontiguousarray(features[:, :FRAMES])
    return SearchSet(
        features[:_TRAINED_GLYPHS], features[_TRAINED_GLYPHS:], classes[_TRAINED_GLYPHS:]
    )


def _digits() -> SearchSet:
    from sklearn.datasets import load_digits

    pixels, classes = load_digits(return_X_y=True)
    turn = np.zeros(len(classes), np.int64)  # the how-manieth of its digit an image is
    for digit in range(10):
        turn[classes == digit] = np.arange((classes == digit).sum())
    features = (pixels[:, None] / 16).astype(np.float32)
    kept = (turn >= 100) & (turn < 130)
    return SearchSet(features[turn < 100], features[kept], classes[kept].astype(np.int64))


def _speech() -> SearchSet:
    held = split_train(hashbench.load_dataset("spoken-digits"), share=0.3, seed=0)
    train, validation = held.train.take(slice(None)), held.query.take(slice(None))
    return SearchSet(train, validation, held.query.labels.ids)


def _vowels(path: Path) -> SearchSet:
    """Read aeon's text format: a line a sequence, channels divided by colons, the class last."""
    lines = path.read_text().splitlines()
    lines = [line for line in lines if line.strip() and line[0] not in "#@"]
    parts = [line.strip().split(":") for line in lines]
    names = [part[-1] for part in parts]
    classes = np.unique(names, return_inverse=True)[1].astype(np.int64)
    sequences = [np.array([c.split(",") for c in part[:-1]], np.float64).T for part in parts]
    at = np.linspace(0, 1, FRAMES)
    features = np.stack(
        [
            np.stack([np.interp(at, np.linspace(0, 1, len(s)), s[:, c]) for c in range(s.shape[1])])
            for s in sequences
        ]
    ).transpose(0, 2, 1)
    turn = np.zeros(len(classes), np.int64)
    for speaker in np.unique(classes):
        turn[classes == speaker] = np.arange((classes == speaker).sum())
    kept = turn % 3 == 2
    mean, deviation = features[~kept].mean((0, 1)), features[~kept].std((0, 1))
    features = np.ascontiguousarray((features - mean) / deviation, np.float32)
    return SearchSet(features[~kept], features[kept], classes[kept])
