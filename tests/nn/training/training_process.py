"""Run by the tests in processes of its own: trains small methods and prints what came of each."""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch

import hashbench
from hashbench import Videos, Workspace
from hashbench.ending import ending_quickly
from hashbench.nn.training import checkpoint
from hashbench.nn.training.distributed import leave

VIDEOS = 44
"""In batches of at most 8: two of 8 and four of 7, which two processes cannot halve."""


def small_videos() -> Videos:
    random = np.random.default_rng(0)
    centres = random.standard_normal((5, 6, 8))
    features = centres[np.arange(VIDEOS) % 5] + 0.5 * random.standard_normal((VIDEOS, 6, 8))
    return Videos(features.astype(np.float32))


def die_at(moment: str) -> None:
    """Kill this process ``before``, ``amid`` or ``after`` the writing of its third checkpoint."""
    writing, saving, written = checkpoint.write, checkpoint.save_file, [0]

    def write(*args: Any) -> None:
        written[0] += 1
        if written[0] == 3 and moment == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        writing(*args)
        if written[0] == 3 and moment == "after":
            os.kill(os.getpid(), signal.SIGKILL)

    def save(arrays: Any, path: Path, metadata: Any) -> None:
        saving(arrays, path, metadata)
        if written[0] == 3 and moment == "amid":
            os.truncate(path, 100)
            os.kill(os.getpid(), signal.SIGKILL)

    checkpoint.write, checkpoint.save_file = write, save


def main(folder: str, moment: str, methods: str) -> None:
    torch.set_num_threads(1)
    if moment != "never":
        die_at(moment)
    for number, (name, params) in enumerate(json.loads(methods)):
        train(name, params, Path(folder) / str(number))
    leave()


def train(name: str, params: dict[str, Any], folder: Path) -> None:
    videos = small_videos()
    method = hashbench.method(name, bits=16, **params)
    method.attach(Workspace(folder / "cache", folder / "state", "cpu"))
    method.fit(videos)
    if int(os.environ.get("RANK", "0")) == 0:
        found = method.diagnostics()
        shown = {
            "loss": found["loss_history"]["loss"],
            "recent": [found["loss_slope_share"]],
            "held_out": found.get("held_out_loss", []),
            "codes": method.encode(videos).sha256,
        }
        print(json.dumps(shown))


if __name__ == "__main__":
    with ending_quickly():  # as a command of ours ends
        main(*sys.argv[1:])
