"""How the weights of the frozen network were made.

Run as ``python -m hashbench_datasets.train_glyph_net --out FILE``.

A classifier of digits with one hidden layer of 64 is trained on the training glyphs alone, at
several gains and with noise; the hidden layer is rounded to int8 and kept. The file that ships
is the truth: another version of scikit-learn may train other weights.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from hashbench_datasets.digits import train_glyphs
from hashbench_datasets.glyph_net import ASSET, GlyphNet

_COPIES, _NOISE, _SHIFT = 4, 20, 10


def train(seed: int = 0) -> GlyphNet:
    """Return a newly trained network."""
    from sklearn.neural_network import MLPClassifier

    ink, digits = train_glyphs()
    random = np.random.RandomState(seed)
    seen = []
    for _ in range(_COPIES):
        gain = random.uniform(0.7, 1.3, (len(ink), 1))
        seen.append(np.clip(15 * ink * gain + _NOISE * random.randn(*ink.shape), 0, 255) / 255)
    classifier = MLPClassifier((64,), alpha=1e-3, learning_rate_init=2e-3, random_state=seed)
    classifier.fit(np.concatenate(seen), np.tile(digits, _COPIES))
    weights, biases = classifier.coefs_[0].T, classifier.intercepts_[0]
    scale = 127 / np.abs(weights).max()
    # Pixels go to 255 and not to 1, so biases grow with them.
    b = np.rint(scale * 255 * biases).astype(np.int32)
    return GlyphNet(np.rint(scale * weights).astype(np.int8), b, _SHIFT)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Train the network of the digit videos.")
    parser.add_argument("--out", type=Path, default=ASSET)
    train().save(parser.parse_args().out)
