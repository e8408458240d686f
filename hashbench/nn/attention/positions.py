"""Fixed positions of frames (Vaswani et al., Attention is all you need, NeurIPS 2017)."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor


def sine_positions(frames: int, width: int) -> Tensor:
    """Return the sine table: entry (t, 2i) is sin(t / 10000^(2i / width)), (t, 2i + 1) its cosine.

    Parameters
    ----------
    frames, width : int
        T and the width of the tokens.

    Returns
    -------
    Tensor of float32, shape (frames, width)
        Computed in float64 and rounded once.

    Examples
    --------
    >>> sine_positions(2, 4)[0]
    tensor([0., 1., 0., 1.])
    """
    column = np.arange(width)
    angle = np.arange(frames)[:, None] / np.power(10_000.0, 2 * (column // 2) / width)
    table = np.where(column % 2 == 0, np.sin(angle), np.cos(angle))
    return torch.from_numpy(table.astype(np.float32))
