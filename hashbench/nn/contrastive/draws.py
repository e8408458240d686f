"""Random numbers of a training, which depend on nothing but its seed and where it stands."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from hashbench.nn.training.distributed import share


class Draws(nn.Module):
    """Random numbers for the batches of a training, a row a video.

    They depend on the seed, the epoch and the batch's number in it: not on how many processes
    share the batch, nor on whether the training was killed and resumed on the way. In evaluation
    mode every batch gets the same ones, so that losses of different epochs compare.

    The model that owns one calls :meth:`begin_epoch` from its own ``begin_epoch`` and
    :meth:`begin_batch` before it draws.

    Parameters
    ----------
    seed : int
        Not negative.

    Examples
    --------
    >>> draws = Draws(seed=0)
    >>> draws.begin_epoch()
    >>> draws.begin_batch(videos=8, device=torch.device("cpu"))
    >>> draws.uniform(25).shape
    torch.Size([8, 25])
    """

    begun: Tensor

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.seed = seed
        # A buffer travels with the checkpoint: a resumed training goes on counting.
        self.register_buffer("begun", torch.zeros((), dtype=torch.int64))
        self._epoch, self._batch, self._videos = 0, 0, 0
        self._generator = torch.Generator()

    @property
    def epoch(self) -> int:
        """Epochs begun so far, without asking the device."""
        return self._epoch

    def begin_epoch(self) -> None:
        """Count an epoch."""
        self.begun += 1
        self._epoch, self._batch = int(self.begun), 0

    def begin_batch(self, videos: int, device: torch.device) -> None:
        """Count a batch of so many videos, all processes together, whose numbers lie on a device.

        Parameters
        ----------
        videos : int
            B', of which this process has its share.
        device : torch.device
        """
        words = [self.seed]
        if self.training:
            self._batch += 1
            words = [self.seed, self._epoch, self._batch]
        state = int(np.random.SeedSequence(words).generate_state(1, np.uint64)[0])
        self._videos = videos
        self._generator = torch.Generator(device).manual_seed(state >> 1)

    def uniform(self, *shape: int) -> Tensor:
        """Return numbers from [0, 1), float32, of shape (B, *shape) for this process's videos."""
        return self._mine(torch.rand(self._videos, *shape, **self._here()))

    def normal(self, *shape: int) -> Tensor:
        """Return standard normal numbers, float32, of shape (B, *shape)."""
        return self._mine(torch.randn(self._videos, *shape, **self._here()))

    def integers(self, end: int, *shape: int) -> Tensor:
        """Return whole numbers from 0 up to, not including, ``end``, of shape (B, *shape)."""
        return self._mine(torch.randint(end, (self._videos, *shape), **self._here()))

    def shared(self, *shape: int) -> Tensor:
        """Return numbers from [0, 1), float32, of this shape, the same for all processes."""
        return torch.rand(*shape, **self._here())

    def dropout(self, x: Tensor, rate: float) -> Tensor:
        """Return x (B, ...) with entries zeroed at ``rate`` and the others divided by 1 - rate.

        In evaluation mode, and at rate 0, ``x`` itself.
        """
        if not self.training or rate == 0:
            return x
        return x * (self.uniform(*x.shape[1:]) >= rate) / (1 - rate)

    def _here(self) -> dict[str, Any]:
        return {"generator": self._generator, "device": self._generator.device}

    def _mine(self, numbers: Tensor) -> Tensor:
        return numbers[share(self._videos)]
