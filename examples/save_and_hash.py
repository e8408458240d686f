"""Keep a fitted method, load it elsewhere, hash new videos; nothing is pickled."""

import numpy as np

import hashbench
from hashbench import BinaryCodes, Videos

dataset = hashbench.load_dataset("digit-stories")
hashbench.method("itq", bits=32).fit(dataset.train).save("my-itq")

method = hashbench.load_method("my-itq")
new = Videos(np.random.default_rng(0).random((10, 24, 64), np.float32), name="new")
method.encode(new).save("codes.npz")
codes = BinaryCodes.load("codes.npz")
print(len(codes), "codes of", codes.n_bits, "bits,", codes.packed.nbytes, "bytes")
