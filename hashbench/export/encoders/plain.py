"""Layers with gradients of their own, written again in plain operations that can be traced.

An encoder's LSTM runs through a hand-written gradient and writes into memory that it has, and
Mamba's scan is compiled code. Neither leaves a trace. The same sums are made here, of operations
alone, for encoding only.
"""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn
from torch.nn import functional

from hashbench.errors import MethodError
from hashbench.nn import LSTM, Mamba


class PlainLSTM(nn.Module):
    """:class:`hashbench.nn.LSTM` with one stack, for encoding.

    Parameters
    ----------
    layer : LSTM
        Its weights are shared.

    Attributes
    ----------
    fed_back : list of Tensor
        Values (B, L) whose signs a binary layer has fed back since it was emptied.
    """

    def __init__(self, layer: LSTM) -> None:
        super().__init__()
        if len(layer.U) != 1 or layer.hold != (1, False):
            raise MethodError("an encoder has one stack of weights, and reads an input a step")
        self.layer = layer
        self.fed_back: list[Tensor] = []

    def forward(
        self, x: Tensor | None, start: tuple[Tensor | None, Tensor | None], batch: int
    ) -> tuple[Tensor, Tensor]:
        """Return hidden states (1, T, B, L) and the last cell (1, B, L), as LSTM does."""
        layer, cell = self.layer, self.layer.cell
        assert x is not None
        assert layer.W is not None
        gates = x[0] @ layer.W[0] + layer.b[0]  # (T, B, 4L)
        s = c = gates[0, :, : layer.units] * 0
        hidden = []
        for t in range(layer.steps):
            m, i, f, o = (gates[t] + s @ layer.U[0]).split(layer.units, dim=-1)
            M = None if layer.M is None else layer.M[0]
            if M is not None:
                i, f = i + c * M[0], f + c * M[1]
            if M is not None and cell.peephole == "previous":
                o = o + c * M[2]
            c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(m)
            if layer.gamma is not None and layer.beta is not None:
                normal = (c - layer.running_mean[t, 0]) / layer.running_deviation[t, 0]
                c = layer.beta[0, t] + normal * layer.gamma[0, t]
            if M is not None and cell.peephole == "new":
                o = o + c * M[2]
            h = torch.sigmoid(o) * (torch.tanh(c) if cell.squash else c)
            s = h
            if cell.binary:
                self.fed_back.append(h)
                s = torch.where(h >= 0, 1.0, -1.0).to(h.dtype)
            hidden.append(h)
        return torch.stack(hidden).unsqueeze(0), c.unsqueeze(0)


class PlainMamba(nn.Module):
    """:class:`hashbench.nn.Mamba`, its scan a step after the other.

    Parameters
    ----------
    layer : Mamba
        Its weights are shared.
    """

    def __init__(self, layer: Mamba) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, tokens: Tensor) -> Tensor:
        """Return the tokens (B, T, width) after the layer."""
        layer = self.layer
        u, gate = layer.enter(tokens).chunk(2, dim=-1)  # (B, T, E)
        u = self._convolved(u)
        raw, B, C = layer.select(u).split([layer.rank, layer.state, layer.state], dim=-1)
        delta = functional.softplus(layer.delta(raw))  # (B, T, E)
        A = -torch.exp(layer.A_log).t()  # (N, E)
        h, steps = torch.zeros_like(A), []
        for t in range(u.shape[1]):
            driven = (delta[:, t] * u[:, t]).unsqueeze(1) * B[:, t].unsqueeze(2)  # (B, N, E)
            h = torch.exp(delta[:, t].unsqueeze(1) * A) * h + driven
            steps.append((C[:, t].unsqueeze(2) * h).sum(1))
        y = torch.stack(steps, dim=1) + layer.D * u
        after: Tensor = layer.leave(y * functional.silu(gate))
        return after

    def _convolved(self, x: Tensor) -> Tensor:
        weight, steps = self.layer.conv, x.shape[1]
        taps = weight.shape[1]
        padded = functional.pad(x, (0, 0, taps - 1, 0))
        total: Tensor = self.layer.conv_bias
        for tap in range(taps):
            total = total + padded[:, tap : tap + steps] * weight[:, tap]
        return functional.silu(total)


def plain(network: nn.Module) -> nn.Module:
    """Return a copy of an encoder whose layers can be traced, in evaluation mode on the CPU.

    Parameters
    ----------
    network : nn.Module

    Raises
    ------
    MethodError
        If a layer has no plain form.
    """
    copied = copy.deepcopy(network).cpu().eval()
    for module in list(copied.modules()):
        for name, child in module.named_children():
            if isinstance(child, LSTM):
                setattr(module, name, PlainLSTM(child))
            elif isinstance(child, Mamba):
                setattr(module, name, PlainMamba(child))
    return copied
