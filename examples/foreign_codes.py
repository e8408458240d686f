"""Measure codes that another program made: -1/+1 or 0/1, classes or several labels a video."""

import numpy as np

from hashbench import BinaryCodes, Labels, evaluate

rng = np.random.default_rng(0)
classes = rng.integers(0, 10, 500)
prototypes = rng.choice([-1, 1], (10, 64))
flips = rng.choice([-1, 1], (500, 64), p=[0.25, 0.75])
codes = BinaryCodes.from_bits(prototypes[classes] * flips)
labels = Labels.from_array(classes)

measured = evaluate(
    codes, codes, labels, labels, k=[5, 20], ties=["expected", "stable"], self_retrieval=True
)
for profile, by_ties in measured.summary()["profiles"].items():
    for ties, values in by_ties.items():
        print(f"{profile:<9}{ties:<9} mAP@20 {values['AP@20']:.4f}")
print("mean of a measure by name:", round(measured.mean('P(ties="expected", query="kept")@5'), 4))
