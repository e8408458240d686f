"""What a network makes of every training video, block by block, each process taking its share."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from hashbench.data import Videos
from hashbench.nn.training.distributed import gather, share

_BLOCK = 256  # videos that are looked at together


@torch.no_grad()
def map_videos(
    videos: Videos, function: Callable[[Tensor], Tensor], width: int, device: torch.device
) -> Tensor:
    """Return ``function`` of all videos, without gradients, in the memory of ``device``.

    Parameters
    ----------
    videos : Videos
    function : callable
        From videos (b, T, D) to values (b, width), each row of its video alone.
    width : int
    device : torch.device

    Returns
    -------
    Tensor, shape (N, width)
        The same for every number of processes, but for how products of other blocks round.

    Examples
    --------
    >>> videos = Videos(np.arange(6, dtype=np.float32).reshape(3, 2, 1))
    >>> map_videos(videos, lambda v: v.mean(1), 1, torch.device("cpu")).flatten()
    tensor([0.5000, 2.5000, 4.5000])
    """
    mine = range(len(videos))[share(len(videos))]
    parts = [torch.empty(0, width, device=device)]
    for start in range(mine.start, mine.stop, _BLOCK):
        v = videos.take(np.arange(start, min(start + _BLOCK, mine.stop)))
        parts.append(function(torch.from_numpy(v).to(device)))
    return gather(torch.cat(parts), len(videos))
