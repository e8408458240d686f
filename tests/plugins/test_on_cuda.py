"""Deep methods on a CUDA device: they train there, and give the codes that a processor gives."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import hashbench
from hashbench import Videos, Workspace

pytestmark = [
    pytest.mark.cuda,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device"),
]

VIDEOS, FRAMES, DIMS, BITS = 192, 8, 32, 32

OF_FRAMES: dict[str, dict[str, Any]] = {
    "autossvh": {"prototypes": "4+8", "prototypes_from": 1},
    "bth": {"anchors": 16},
    "conmh": {"sampler": "adversarial"},
    "dh": {},
    "s5vh": {"clusters": 4},
    "ssth": {},
    "ssvh": {},
    "ssvh-t": {},
}
OF_VECTORS = ("bihalf", "cibhash", "greedyhash")


def clustered(frames: int) -> np.ndarray[Any, np.dtype[np.float32]]:
    """Return videos around 12 centres."""
    rng = np.random.default_rng(0)
    centres = 3 * rng.standard_normal((12, frames, DIMS))
    noise = rng.standard_normal((VIDEOS, frames, DIMS))
    return (centres[np.arange(VIDEOS) % 12] + noise).astype(np.float32)


def trained(name: str, folder: Path, **params: Any) -> tuple[Any, Videos]:
    """Return a method trained on the device, and its videos."""
    videos = Videos(clustered(1 if name in OF_VECTORS else FRAMES))
    method = hashbench.method(name, bits=BITS, epochs=3, batch_size=64, **params)
    method.attach(Workspace(folder, None, "cuda"))
    method.fit(videos)
    return method, videos


def losses(method: Any) -> list[float]:
    """Return the training loss of each epoch."""
    found: list[float] = method.diagnostics()["loss_history"]["loss"]
    return found


@pytest.mark.parametrize("name", [*OF_FRAMES, *OF_VECTORS])
def test_codes_of_both_devices_agree(name: str, tmp_path: Path) -> None:
    method, videos = trained(name, tmp_path, **OF_FRAMES.get(name, {}))
    there = method.encode(videos).unpack()
    method.attach(Workspace(tmp_path, None, "cpu"))
    here = method.encode(videos).unpack()
    # Products of the two round differently, which turns a value at the threshold.
    assert (there != here).mean() < 0.002
    assert 0.05 < there.mean() < 0.95


@pytest.mark.parametrize("name", ["conmh", "bth", "s5vh"])
def test_equal_seeds_give_equal_losses(name: str, tmp_path: Path) -> None:
    first, second = (losses(trained(name, tmp_path / part, **OF_FRAMES[name])[0]) for part in "ab")
    np.testing.assert_allclose(first, second, rtol=1e-3)
    assert np.isfinite(first).all()


@pytest.mark.parametrize("precision", ["bfloat16", "float16"])
def test_short_types_train(precision: str, tmp_path: Path) -> None:
    for name in ("conmh", "s5vh"):
        method, _ = trained(name, tmp_path / name, precision=precision, **OF_FRAMES[name])
        found = losses(method)
        assert np.isfinite(found).all()
        assert found[-1] < found[0]
