"""The Mamba layer (Gu and Dao, Mamba: linear-time sequence modeling, COLM 2024, Sec. 3.4)."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from hashbench.nn.attention.products import Linear
from hashbench.nn.statespace.scan import causal_convolution, selective_scan
from hashbench.nn.training.cuda_graphs import Passes

_TAPS = 4
_DELTA = (1e-3, 0.1)
"""Step sizes that training starts from, log-uniformly."""


class Mamba(nn.Module):
    """A causal layer over tokens: convolution over 4 of them, selective scan, and a gate.

    Parameters
    ----------
    width : int
        Of the tokens. There are twice as many channels.
    state : int
        N, numbers of state a channel.
    """

    def __init__(self, width: int, state: int = 16) -> None:
        super().__init__()
        channels, self.rank, self.state = 2 * width, -(-width // 16), state
        self.enter = Linear(width, 2 * channels, bias=False)
        self.conv = nn.Parameter(torch.empty(channels, _TAPS))
        self.conv_bias = nn.Parameter(torch.empty(channels))
        self.select = Linear(channels, self.rank + 2 * state, bias=False)
        self.delta = nn.Linear(self.rank, channels)
        self.A_log = nn.Parameter(torch.arange(1.0, state + 1).log().repeat(channels, 1))
        self.D = nn.Parameter(torch.ones(channels))
        self.leave = Linear(channels, width, bias=False)
        self.passes = Passes(copied=True)  # a layer may be called again before its backward pass
        for parameter in (self.conv, self.conv_bias):
            nn.init.uniform_(parameter, -(_TAPS**-0.5), _TAPS**-0.5)
        self.start_delta()

    @torch.no_grad()
    def start_delta(self) -> None:
        """Draw the weights that step sizes come from, so that these start from 0.001 to 0.1."""
        nn.init.uniform_(self.delta.weight, -(self.rank**-0.5), self.rank**-0.5)
        low, high = (math.log(end) for end in _DELTA)
        start = torch.exp(low + (high - low) * torch.rand(len(self.delta.bias)))
        self.delta.bias.copy_(start + torch.log(-torch.expm1(-start)))  # softplus gives start back

    def forward(self, tokens: Tensor) -> Tensor:
        """Return the tokens (B, T, width) after the layer; none depends on a later one."""
        x, gate = self.enter(tokens).chunk(2, dim=-1)  # (B, T, E) each
        x = causal_convolution(x, self.conv, self.conv_bias)
        raw, B, C = self.select(x).split([self.rank, self.state, self.state], dim=-1)
        delta = functional.softplus(self.delta(raw))  # (B, T, E)
        y = selective_scan(x, delta, -torch.exp(self.A_log), B, C, self.D, gate, passes=self.passes)
        after: Tensor = self.leave(y)
        return after
