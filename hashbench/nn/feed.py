"""Stand-in until the streaming feed arrives."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from hashbench.data import Videos


class Feed:
    def __init__(self, videos: Videos, batch_size: int, *, seed: int = 0, device: str = "cpu", dtype: torch.dtype = torch.float32) -> None:
        self.all = torch.from_numpy(videos.take(slice(0, len(videos)))).to(device, dtype)
        self.batch_size, self.seed = batch_size, seed

    def epoch(self, number: int) -> Iterator[tuple[Tensor, Tensor]]:
        order = torch.from_numpy(np.random.default_rng([self.seed, number]).permutation(len(self.all)))
        for rows in order.split(self.batch_size):
            yield rows, self.all[rows]
