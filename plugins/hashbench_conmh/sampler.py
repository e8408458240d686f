"""The adversarial frame sampler of AutoSSVH: it learns to show the frames that say least."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from hashbench.nn import Linear, gather, pick_frames

_TEMPERATURE = 0.5
_NOISE = 10.0
"""Deviation of the normal noise: large, so that two views of a video differ."""


class _Reversed(torch.autograd.Function):
    """Identity whose gradient changes its sign: what lowers the loss below raises it above."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        return x.clone()

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Tensor:
        return -grads[0]


class Sampler(nn.Module):
    """Chooses the visible frames by a score of each, and is trained to make the task hard.

    The score of a token x is sigmoid(w . (x + norm(mlp(x))) + c).

    Parameters
    ----------
    width : int
        Of the tokens.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.mlp = nn.Sequential(Linear(width, width), nn.GELU(), Linear(width, width))
        self.norm = nn.LayerNorm(width)
        self.score = Linear(width, 1)

    def scores(self, tokens: Tensor) -> Tensor:
        """Return the score (B, T), from 0 to 1, of each of the tokens (B, T, width)."""
        scores: Tensor = torch.sigmoid(self.score(tokens + self.norm(self.mlp(tokens))))
        return scores[..., 0]

    def forward(
        self, tokens: Tensor, visible: int, uniform: Tensor, normal: Tensor, videos: int
    ) -> tuple[Tensor, Tensor]:
        """Return the chosen tokens (B, v, width) and where the others are, bool (B, T).

        The chosen tokens pass unchanged. The scores get the gradient of softmax, reversed.

        Parameters
        ----------
        tokens : Tensor, shape (B, T, width)
        visible : int
            v.
        uniform, normal : Tensor, shape (B, T)
            Noise: numbers from [0, 1), and standard normal ones.
        videos : int
            B', of all processes together.
        """
        gumbel = -torch.log(-torch.log(uniform + 1e-20) + 1e-20)
        noisy = _Reversed.apply(self.scores(tokens)) + gumbel + _NOISE * normal  # type: ignore[no-untyped-call]  # torch
        batch = gather(noisy, videos)
        soft = torch.softmax((noisy - batch.mean()) / batch.std() / _TEMPERATURE, dim=1)
        chosen = soft.topk(visible, dim=1).indices.sort(dim=1).values  # (B, v)
        hard = torch.zeros_like(soft).scatter(1, chosen, 1.0)
        weight = hard + (soft - soft.detach())
        return pick_frames(tokens * weight.unsqueeze(-1), chosen), hard == 0
