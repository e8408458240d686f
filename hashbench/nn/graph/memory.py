"""Memory bank: every training video's last hidden state, for losses against all of them."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn


class Rest(NamedTuple):
    """The bank without the rows of the batch, float64.

    ``gram`` (L, L) is H^T H and ``total`` (L,) the sum of rows. ``replaced`` (L,) is the sum of the
    rows that the batch had.
    """

    gram: Tensor
    total: Tensor
    replaced: Tensor


class MemoryBank(nn.Module):
    """H (N, L), zeros at the start, a row replaced whenever its video is in a batch.

    H^T H and the sum of rows are kept beside it in float64, so that a loss against all N videos
    costs a product with L x L, not one with N x L. ``written`` counts the rows that are not 0.
    :meth:`refresh` recomputes all three; call it at the start of an epoch, so that a restart from
    a checkpoint continues with the same values. ``written`` changes at no other time.

    Parameters
    ----------
    videos : int
        N.
    units : int
        L.
    """

    H: Tensor
    gram: Tensor
    total: Tensor
    written: Tensor

    def __init__(self, videos: int, units: int) -> None:
        super().__init__()
        self.register_buffer("H", torch.zeros(videos, units))
        wide = torch.float64
        self.register_buffer("gram", torch.zeros(units, units, dtype=wide), persistent=False)
        self.register_buffer("total", torch.zeros(units, dtype=wide), persistent=False)
        self.register_buffer("written", torch.zeros((), dtype=wide), persistent=False)

    @torch.no_grad()
    def refresh(self, rows: int = 1 << 14) -> None:
        """Recompute H^T H, the sum of rows and how many are not 0, ``rows`` at a time."""
        self.gram.zero_()
        self.total.zero_()
        self.written.zero_()
        for part in self.H.split(rows):
            wide = part.double()
            self.gram.addmm_(wide.t(), wide)
            self.total += wide.sum(0)
            self.written += (part != 0).any(1).sum()

    @torch.no_grad()
    def remove(self, rows: Tensor) -> Rest:
        """Zero the rows of a batch and return the sums over the rest."""
        old = self.H[rows].double()
        replaced = old.sum(0)
        self.gram.addmm_(old.t(), old, alpha=-1)
        self.total -= replaced
        self.H[rows] = 0
        return Rest(self.gram.clone(), self.total.clone(), replaced)

    @torch.no_grad()
    def write(self, rows: Tensor, h: Tensor) -> None:
        """Put the batch's hidden states (B, L) into rows that :meth:`remove` has zeroed."""
        self.H[rows] = h.to(self.H.dtype)
        wide = h.double()
        self.gram.addmm_(wide.t(), wide)
        self.total += wide.sum(0)
