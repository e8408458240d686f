"""Print the codes of the shallow methods as digests; a process a kernel of BLAS runs this."""

from __future__ import annotations

import hashlib
import json
import sys

import numpy as np
from threadpoolctl import threadpool_info

import hashbench
from hashbench import Videos
from hashbench.data import load_dataset
from hashbench.runs.choices import choose

METHODS = (
    *("itq", "lsh", "submod", "mfh", "pcah", "pcah[rotation=random]"),
    *("sh", "sph", "sklsh", "random"),
)
MFH_FRAMES = 500  # of a sample: the eigenvectors of 5,000 take half a minute


def sets(videos: int) -> dict[str, tuple[Videos, Videos]]:
    """Return training and test videos: of the built-in sets, and such as invite ties."""
    found = {}
    for name in ("digit-stories", "digit-reels"):
        whole = load_dataset(name)
        train, query = whole.labelled_train.unlabelled(), whole.query.unlabelled()
        found[name] = tuple(Videos(part.take(slice(0, videos))) for part in (train, query))
    return {**found, "tied": (tied(0), tied(1))}


def tied(seed: int) -> Videos:
    """Return videos with copies, empty ones, dead and doubled dimensions, and small numbers."""
    random = np.random.RandomState(seed)
    X = random.randint(-2, 3, (200, 3, 24)).astype(np.float32)
    X[:, :, 20:] = X[:, :, :4]
    X[:, :, 7] = 0.1
    X[:20] = 0
    X[20:40] = X[40:60]
    X[60:80] = -X[80:100]
    return Videos(X)


def digests(videos: int, lengths: list[int], seeds: list[int]) -> dict[str, str]:
    """Return one digest a set and method, over code lengths and seeds."""
    found = {}
    for name, (train, query) in sets(videos).items():
        for method in METHODS:
            digest = hashlib.sha256()
            choice = choose([method])[0]
            params = {**choice.params, **({"frames": MFH_FRAMES} if method == "mfh" else {})}
            for bits in lengths:
                # PCAH has no bits beyond the directions; those of the tied set are 18.
                length = min(bits, 16) if choice.name == "pcah" else bits
                for seed in seeds:
                    model = hashbench.method(choice.name, bits=length, seed=seed, **params)
                    model.fit(train)
                    digest.update(model.encode(query).sha256.encode())
                    digest.update(model.encode(train).sha256.encode())
            found[f"{name} {method}"] = digest.hexdigest()[:16]
    return found


def main() -> None:
    """Write digests, and what computed them, as JSON."""
    videos, lengths, seeds = json.loads(sys.argv[1])
    found = digests(videos, lengths, seeds)
    libraries = [info for info in threadpool_info() if info["internal_api"] == "openblas"]
    kernels = sorted({str(info["architecture"]) for info in libraries})
    print(json.dumps({"digests": found, "kernels": kernels, "libraries": len(libraries)}))


if __name__ == "__main__":
    main()
