"""Methods on sequences where near mean frames do mean the same class: gliding digit images.

python benchmarks/gliding_digits.py itq ssth ssvh 'ssvh[variant=official]' ...

Each of the 1,200 digit images that the digit sets show in training glides from one offset to
another over 24 frames of 40 random projections, under noise; its digit is the class. 700 are
trained on and the other 500 ranked against themselves. Real glyphs, scripted motion: a check of the
recipes on data that no board ranks. None of the images is in a test split of the digit sets.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
from hashbench_datasets.digits import train_glyphs
from scipy.ndimage import shift
from sklearn.neighbors import NearestNeighbors

import hashbench
from hashbench import Labels, Videos
from hashbench.runs.choices import choose

FRAMES, DIMS, TRAIN, NOISE, REACH = 24, 40, 700, 0.6, 0.5


def gliding_digits(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return features (1200, 24, 40) float32 and classes (1200,) int64."""
    images, classes = train_glyphs()
    rng = np.random.default_rng(seed)
    projection = rng.standard_normal((64, DIMS)) / 8
    order = rng.permutation(len(images))
    images, classes = (images / 16).reshape(-1, 8, 8)[order], classes[order]
    features = np.empty((len(images), FRAMES, DIMS), np.float32)
    for i, image in enumerate(images):
        begin, end = rng.uniform(-REACH, REACH, 2), rng.uniform(-REACH, REACH, 2)
        pace = rng.uniform(0.5, 1.5)
        for t in range(FRAMES):
            w = (t / (FRAMES - 1)) ** pace
            features[i, t] = shift(image, begin * (1 - w) + end * w, order=1).ravel() @ projection
    features += NOISE * features.std() * rng.standard_normal(features.shape)
    return features.astype(np.float32), classes


def main() -> None:
    """Print the share of right neighbours, then mAP@20 (strict) and seconds of each method."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("methods", nargs="*", default=["itq", "ssvh", "ssvh[variant=official]"])
    methods = parser.parse_args().methods
    features, classes = gliding_digits()
    train, test = Videos(features[:TRAIN]), Videos(features[TRAIN:])
    mean = train.mean_pooled()
    near = NearestNeighbors(n_neighbors=11, metric="cosine").fit(mean).kneighbors(mean)[1][:, 1:]
    right = (classes[:TRAIN][near] == classes[:TRAIN, None]).mean()
    print(f"of the ten nearest mean frames, {right:.0%} are of the same class")
    labels = Labels.from_array(classes[TRAIN:])
    for choice in choose(methods):
        start = time.perf_counter()
        method = hashbench.method(choice.name, bits=64, **choice.params).fit(train)
        seconds = time.perf_counter() - start
        codes = method.encode(test)
        found = hashbench.evaluate(
            codes, codes, labels, labels, k=(20,), profiles=("strict",), self_retrieval=True
        )
        value = found.summary()["profiles"]["strict"]["expected"]["AP@20"]
        print(f"{choice.label:40s} {100 * value:6.2f} % {seconds:6.1f} s", flush=True)


if __name__ == "__main__":
    main()
