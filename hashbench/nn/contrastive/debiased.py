"""Debiased contrastive loss (Chuang et al., Debiased contrastive learning, NeurIPS 2020)."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional

from hashbench.errors import UsageError
from hashbench.nn.training.distributed import share

_LEAST = 0.0125


def debiased_contrast(
    z1: Tensor,
    z2: Tensor,
    *,
    temperature: float,
    prior: float,
    gathered: tuple[Tensor, Tensor] | None = None,
) -> Tensor:
    """Return the loss of two views of each video, summed over this process's videos.

    All 2B' vectors of the batch are brought to unit length. With p_i = exp(z_i . z_i' / tau), where
    z_i' is the other view, S_i the sum of exp(z_i . z_j / tau) over the other 2B' - 2 vectors, and
    tau+ the share of them that would be positive::

        N_i  = max((S_i - tau+ (2B' - 2) p_i) / (1 - tau+), (2B' - 2) exp(-1 / tau))
        loss = mean of -log(p_i / (p_i + N_i)) over both views of a video

    Parameters
    ----------
    z1, z2 : Tensor, shape (B, L)
        First and second views of the same videos, of any length.
    temperature : float
        tau, at least 0.0125.
    prior : float
        tau+, from 0 up to, not including, 1.
    gathered : (Tensor (B', L), Tensor (B', L)), optional
        Both views of the whole batch, where ``z1`` and ``z2`` are one process's share of it.

    Examples
    --------
    >>> z = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    >>> round(float(debiased_contrast(z, z, temperature=1.0, prior=0.0)) / 2, 4)
    0.5514
    """
    if temperature < _LEAST:
        raise UsageError(
            f"temperature must be at least {_LEAST}, not {temperature}: e^(1 / temperature) is too "
            "large for float32"
        )
    videos = len(z1) if gathered is None else len(gathered[0])
    first, second = (functional.normalize(z, dim=1) for z in (z1, z2))
    own = torch.cat([first, second])  # (2B, L)
    whole = own if gathered is None else functional.normalize(torch.cat(gathered), dim=1)
    positive = torch.exp((first * second).sum(1) / temperature).repeat(2)  # p, (2B,)
    similar = torch.exp(own @ whole.t() / temperature)  # (2B, 2B')
    mine = share(videos) if gathered is not None else slice(0, videos)
    row = torch.arange(mine.start, mine.stop, device=own.device).repeat(2)
    other = torch.arange(2 * videos, device=own.device) % videos != row[:, None]
    negative = (similar * other).sum(1)  # S
    count = 2 * videos - 2
    debiased = (negative - prior * count * positive) / (1 - prior)
    least = count * math.exp(-1 / temperature)
    return torch.log1p(debiased.clamp_min(least) / positive).sum() / 2
