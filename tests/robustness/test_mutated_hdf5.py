"""Mutated HDF5 files, read in a process of their own: a fault of the library would end it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest

QUICK, LONG = 150, 3000

CHILD = """
import sys, random
from pathlib import Path
import numpy as np
from hashbench.data.hdf5 import H5Source
from hashbench.labelfiles import read_labels
from hashbench.errors import HashbenchError

def features(path):
    source = H5Source([path])
    source.read(0, min(5, source.shape[0]))

folder, count = Path(sys.argv[1]), int(sys.argv[2])
original = (folder / "right.h5").read_bytes()
refused = 0
for number in range(count):
    random.seed(number)
    content = bytearray(original)
    for _ in range(random.choice((1, 1, 2, 8))):
        # Superblock, headers and heaps lie in the first part; the rest holds values.
        place = random.randrange(random.choice((len(content), 4096)))
        content[place] = random.choice((0, 1, 127, 128, 255, content[place] ^ 1 << number % 8))
    if number % 10 == 0:
        del content[random.randrange(len(content)):]
    path = folder / f"{number % 7}.h5"
    path.write_bytes(content)
    print(number, flush=True)
    for read in (lambda: read_labels(path, "labels"), lambda: features(path)):
        try:
            read()
        except HashbenchError as error:
            assert "\\n" not in str(error), error
            refused += 1
assert refused > count // 20, refused
print("done")
"""


@pytest.mark.parametrize(
    "count",
    [pytest.param(QUICK, id="quick"), pytest.param(LONG, id="long", marks=pytest.mark.slow)],
)
def test_mutated_hdf5_files_are_refused_or_read(count: int, tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    with h5py.File(tmp_path / "right.h5", "w") as file:
        file["feats"] = random.standard_normal((5, 3, 4)).astype(np.float32)
        file.create_dataset("labels", data=random.integers(0, 3, 5), chunks=(2,), compression=1)
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(tmp_path), str(count)],
        capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
    last = done.stdout.split()[-1:]
    assert last == ["done"], f"mutation {last} ended with {done.returncode}: {done.stderr[-2000:]}"
