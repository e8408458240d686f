"""Try a method of one's own by hand, before it has a name or a plugin."""

import numpy as np

import hashbench
from hashbench import BinaryCodes, Method


class TimeOrdered(Method):
    """Random hyperplanes on the means of the thirds of a video, so that order counts."""

    def fit(self, train):
        X = self._thirds(train)
        self.mean_ = X.mean(axis=0)
        self.planes_ = np.random.default_rng(self.seed).standard_normal((X.shape[1], self.bits))
        return self

    def encode(self, videos):
        return BinaryCodes.from_signs((self._thirds(videos) - self.mean_) @ self.planes_)

    def _thirds(self, videos):
        X = np.empty((len(videos), 3 * videos.dims))
        for batch in videos.batches(512):
            thirds = np.array_split(batch.features, 3, axis=1)
            X[batch.rows] = np.hstack([third.mean(axis=1) for third in thirds])
        return X


dataset = hashbench.load_dataset("digit-stories")
for method in (TimeOrdered(bits=64), hashbench.method("lsh", bits=64)):
    codes = method.fit(dataset.train).encode(dataset.query)
    labels = dataset.query.labels
    measured = hashbench.evaluate(codes, codes, labels, labels, k=[20], self_retrieval=True)
    score = measured.summary()["profiles"]["strict"]["expected"]["AP@20"]
    print(f"{type(method).__name__:<12} mAP@20 {score:.3f}")
