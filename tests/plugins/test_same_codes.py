"""Shallow methods give the same bytes under every kernel of BLAS and number of threads.

Each kernel runs in a process of its own, since OpenBLAS chooses when it is loaded. The pinned
digests compare this processor with all others on which the tests have run.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import hashbench
from hashbench import Videos

CHILD = Path(__file__).with_name("codes_in_child.py")
QUICK = (400, [16, 72], [0])

PINNED = {
    "digit-stories itq": "429d98cd3071234e",
    "digit-stories lsh": "e9bb76d35af765b3",
    "digit-stories submod": "89a10411ef51e5df",
    "digit-stories mfh": "c770a8cb55c2d52c",
    "digit-stories pcah": "5d2477039b62bea4",
    "digit-stories pcah[rotation=random]": "4c9ed68f8f0a63ac",
    "digit-stories sh": "b34d932d7a4723f7",
    "digit-stories sph": "0b391cd94de5335a",
    "digit-stories sklsh": "9ba2cc8aa79b4ba9",
    "digit-stories random": "6cdeba2bf85fe49f",
    "digit-reels itq": "095ebb884f691463",
    "digit-reels lsh": "1ac60f6197b2f0d9",
    "digit-reels submod": "31528171c6aabb90",
    "digit-reels mfh": "13ddfbfd31c0e8c4",
    "digit-reels pcah": "fdfca0c2b18da8ff",
    "digit-reels pcah[rotation=random]": "214c5c3a10777aa7",
    "digit-reels sh": "1c530d852aa2a096",
    "digit-reels sph": "415a9f7f2cce4602",
    "digit-reels sklsh": "2191edb3c78bf52c",
    "digit-reels random": "903d898f2936c62c",
    "tied itq": "b329be21b12b0715",
    "tied lsh": "c042b71e604d238a",
    "tied submod": "87b956254f6d6695",
    "tied mfh": "f3dafcfd8b39f70e",
    "tied pcah": "da244e8aee466576",
    "tied pcah[rotation=random]": "949166c504db80ad",
    "tied sh": "6a9260986206e0fc",
    "tied sph": "52dcf600d14b5992",
    "tied sklsh": "7ac6de26f80dcc56",
    "tied random": "79614052afb4fb59",
}


def extensions() -> list[str]:
    """Return what of this processor numpy uses beyond its baseline, in its own words."""
    return list(np.show_config(mode="dicts")["SIMD Extensions"].get("found", []))


def kernels() -> list[str]:
    """Return names of OpenBLAS's kernels that this processor can run, oldest first."""
    needs = {
        "Prescott": set(),
        "Nehalem": set(),
        "Sandybridge": {"AVX", "X86_V3"},
        "Haswell": {"AVX2", "X86_V3"},
        "SkylakeX": {"AVX512_SKX", "X86_V4"},
    }
    return [kernel for kernel, any_of in needs.items() if not any_of or any_of & {*extensions()}]


def in_child(kernel: str, threads: int, size: Any, **environment: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, str(CHILD), json.dumps(size)],
        env={
            **os.environ,
            "OPENBLAS_CORETYPE": kernel,
            "OPENBLAS_NUM_THREADS": str(threads),
            "OMP_NUM_THREADS": str(threads),
            # Waiting threads give way at once: on a busy machine that takes a quarter of the time.
            "OPENBLAS_THREAD_TIMEOUT": "4",
            **environment,
        },
        capture_output=True,
        text=True,
        timeout=1500,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout.splitlines()[-1]))


@pytest.fixture(scope="module")
def first() -> dict[str, Any]:
    """What the oldest kernel makes on one thread."""
    return in_child(kernels()[0], 1, QUICK)


def test_the_pinned_codes_come_out(first: dict[str, Any]) -> None:
    """Made on an AMD EPYC with AVX2; a number that one processor alone gives is a defect."""
    assert first["digests"] == PINNED


@pytest.mark.parametrize(
    ("kernel", "threads"), [(k, 1 + place % 2) for place, k in enumerate(kernels())][1:]
)
def test_kernels_and_threads_do_not_matter(
    kernel: str, threads: int, first: dict[str, Any]
) -> None:
    found = in_child(kernel, threads, QUICK)
    assert found["digests"] == first["digests"]
    # Both numpy's and scipy's library must have obeyed, or nothing was compared.
    assert found["kernels"] != first["kernels"]
    assert len(found["kernels"]) == 1


def test_numpy_without_its_vector_kernels(first: dict[str, Any]) -> None:
    off = " ".join(extensions())
    if not off:
        pytest.skip("this processor has nothing beyond numpy's baseline")
    found = in_child(kernels()[-1], 1, QUICK, NPY_DISABLE_CPU_FEATURES=off)
    assert found["digests"] == first["digests"]


@pytest.mark.slow
@pytest.mark.timeout(3000)
def test_more_seeds_and_lengths() -> None:
    size = (1500, [8, 32, 64, 128, 256], [0, 1, 2])
    found = [in_child(k, threads, size)["digests"] for k in kernels() for threads in (1, 2)]
    assert all(digests == found[0] for digests in found)


@pytest.mark.parametrize("name", ["itq", "lsh", "submod", "mfh", "pcah", "sh", "sph", "sklsh"])
def test_a_model_read_back_gives_the_same_codes_and_keeps_float64(
    name: str, small: Videos, others: Videos, tmp_path: Path
) -> None:
    method = hashbench.method(name, bits=20, seed=1).fit(small)
    method.save(tmp_path)
    again = type(method).load(tmp_path)
    assert again.encode(others) == method.encode(others)
    arrays = {n: a for n, a in again.fitted_state().items() if isinstance(a, np.ndarray)}
    assert {a.dtype for a in arrays.values()} <= {np.dtype(np.float64), np.dtype(np.int64)}
    # Models of before hold float32.
    again.restore({n: a.astype(np.float32) for n, a in arrays.items() if a.dtype.kind == "f"})
    same = again.encode(others).unpack() == method.encode(others).unpack()
    assert same.mean() > 0.999
