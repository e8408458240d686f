"""Videos of real handwriting: scikit-learn's 1,797 digits, shown one after the other.

The glyphs are real and the order in which a video shows them is scripted: a class is a sequence
of digits, and some classes are others backwards, so that a method blind to order cannot tell
them apart. A video cross-fades from glyph to glyph at random times, under its own gain, with
noise in every pixel. Its features are what a small frozen network sees in each frame.

Frames and network are whole numbers and the random stream is numpy's frozen ``RandomState``, so
that every machine makes the same bytes, which the cards pin.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from hashbench_datasets.glyph_net import GlyphNet
from hashbench_datasets.handwriting import handwriting
from numpy.typing import NDArray

from hashbench.data import Card, Made

PIXELS = 64
"""A glyph is 8 x 8."""

_SPLIT_SEED = 20180
_TRAIN_GLYPHS = 1200
_INK = 15  # scikit-learn's grey levels go to 16: full ink at gain 1 is 240 of 255
_FADE = 2  # frames before and after a cut over which two glyphs mix
_GAIN = (176, 337)  # of 256
_SLICE = 500  # videos drawn at a time, to bound the memory


@dataclass(frozen=True, slots=True)
class Script:
    """How the videos of one set are drawn.

    Parameters
    ----------
    seed : int
        Seed of everything random in the videos.
    least : int
        Frames that each glyph is shown at least.
    noise : int
        Grey levels (of 255) a step of the noise, which has variance 2 steps.
    frames : int
        Frames a video.
    stories : ndarray of int64, shape (classes, glyphs)
        The digits of each class, in order.
    """

    seed: int
    least: int
    noise: int
    frames: int
    stories: NDArray[np.int64]

    @classmethod
    def of(cls, card: Card) -> Script:
        """Read the script of a card: the names of its classes are their digits."""
        stories = [[int(digit) for digit in name.split("-")] for name in card.class_names]
        return cls(**card.generator, frames=card.frames, stories=np.array(stories, np.int64))


@dataclass(frozen=True, slots=True)
class Plan:
    """What each of ``n`` videos shows.

    Parameters
    ----------
    labels : ndarray of int64, shape (n,)
        Class of each video.
    glyphs : ndarray of int64, shape (n, k)
        Rows of ``load_digits`` in the order shown.
    cuts : ndarray of int64, shape (n, k - 1)
        Frame at which each next glyph takes over.
    gain : ndarray of int64, shape (n,)
        Brightness, in 256ths.
    """

    labels: NDArray[np.int64]
    glyphs: NDArray[np.int64]
    cuts: NDArray[np.int64]
    gain: NDArray[np.int64]


def generate(card: Card, argument: str | None = None) -> Mapping[str, Made]:
    """Make all splits of a digit set: float16 features (n, frames, 64) and class ids (n,)."""
    net = GlyphNet.load()
    made = {}
    for split in card.splits:
        script, plan = _plan(card, split)
        features = np.empty((len(plan.labels), script.frames, net.width), np.float16)
        for start, frames in _frames(script, plan, split):
            features[start : start + len(frames)] = net.features(frames)
        made[split] = Made(features, plan.labels.astype(np.int32))
    return made


def images(card: Card, split: str, rows: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Draw the frames of some videos again, shape (m, frames, 8, 8), 255 for full ink."""
    script, plan = _plan(card, split)
    out = np.empty((len(rows), script.frames, 8, 8), np.uint8)
    for start, frames in _frames(script, plan, split):
        here = np.flatnonzero((rows >= start) & (rows < start + len(frames)))
        out[here] = frames[rows[here] - start].reshape(-1, script.frames, 8, 8)
    return out


def train_glyphs() -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return images (n, 64) in 0..16 and digits (n,) of the glyphs that training may show."""
    ink, digits = handwriting()
    chosen = _pool("train")
    return ink[chosen], digits[chosen]


def _pool(split: str) -> NDArray[np.int64]:
    """Return the glyphs of a split: no image is in both train and test.

    Writers are in both: 13 people wrote the images, and the set does not say who wrote which.
    """
    order = np.random.RandomState(_SPLIT_SEED).permutation(len(handwriting()[0])).astype(np.int64)
    return order[:_TRAIN_GLYPHS] if split == "train" else order[_TRAIN_GLYPHS:]


def _plan(card: Card, split: str) -> tuple[Script, Plan]:
    script = Script.of(card)
    n = card.splits[split].videos or 0
    classes, k = script.stories.shape
    random = np.random.RandomState(script.seed + 2 * (split != "train"))
    labels = (np.arange(n) % classes)[random.permutation(n)]
    pool = _pool(split)
    digits = handwriting()[1]
    draws = random.randint(0, 1 << 30, (n, k))
    glyphs = np.empty((n, k), np.int64)
    for digit in range(10):
        members = pool[digits[pool] == digit]
        shown = script.stories[labels] == digit
        glyphs[shown] = members[draws[shown] % len(members)]
    spare = script.frames - k * script.least
    slack = np.sort(random.randint(0, spare + 1, (n, k - 1)), axis=1)
    cuts = slack + script.least * np.arange(1, k)
    return script, Plan(labels, glyphs, cuts, random.randint(*_GAIN, n).astype(np.int64))


def _frames(script: Script, plan: Plan, split: str) -> Iterator[tuple[int, NDArray[np.uint8]]]:
    """Yield the first row of a slice of videos and its frames (m, frames, 64)."""
    ink = handwriting()[0].astype(np.int32)
    random = np.random.RandomState(script.seed + 2 * (split != "train") + 1)
    steps = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1).sum(axis=1)
    noise = (steps.astype(np.int32) - 4) * script.noise
    for start in range(0, len(plan.labels), _SLICE):
        rows = slice(start, start + _SLICE)
        shares = _shares(plan.cuts[rows], script.frames)
        drawn = np.zeros((len(shares), script.frames, PIXELS), np.int32)
        for j in range(shares.shape[1]):
            drawn += shares[:, j, :, None] * ink[plan.glyphs[rows, j], None]
        gain = plan.gain[rows, None, None].astype(np.int32)
        drawn = drawn * _INK * gain // (2 * _FADE * 256)
        grain = np.frombuffer(random.bytes(drawn.size), np.uint8).reshape(drawn.shape)
        yield start, np.clip(drawn + noise[grain], 0, 255).astype(np.uint8)


def _shares(cuts: NDArray[np.int64], frames: int) -> NDArray[np.int32]:
    """Return the share of each glyph in each frame, shape (m, k, frames), in 2 * _FADE-ths."""
    m = len(cuts)
    never, always = np.full((m, 1), 10**6), np.full((m, 1), -(10**6))
    edges = np.concatenate([always, cuts, never], axis=1)[:, :, None]
    begun = np.clip(2 * (np.arange(frames) - edges) + 1 + _FADE, 0, 2 * _FADE)
    shares: NDArray[np.int32] = (begun[:, :-1] - begun[:, 1:]).astype(np.int32)
    return shares
