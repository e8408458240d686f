"""Start values of recurrent layers, as the authors of SSVH and SSTH drew them."""

from __future__ import annotations

import torch
from torch import Tensor, nn


def glorot(stacks: int, dims: int, units: int) -> Tensor:
    """Return input weights (D, dims, 4L): Glorot uniform, each gate for itself."""
    W = torch.empty(stacks, dims, 4 * units)
    bound = (6 / (dims + units)) ** 0.5
    return nn.init.uniform_(W, -bound, bound)


def orthogonal(stacks: int, units: int, scale: float = 1.1) -> Tensor:
    """Return recurrent weights (D, L, 4L): each gate's an orthogonal matrix times ``scale``."""
    U = torch.empty(stacks, units, 4 * units)
    for stack in U:
        for gate in stack.split(units, dim=1):
            square = torch.empty(units, units)
            gate.copy_(nn.init.orthogonal_(square, scale))
    return U


def gate_bias(stacks: int, units: int) -> Tensor:
    """Return biases (D, 4L): 1 for the forget gate, 0 elsewhere."""
    b = torch.zeros(stacks, 4 * units)
    b[:, 2 * units : 3 * units] = 1
    return b


def peephole(stacks: int, units: int) -> Tensor:
    """Return peephole weights (D, 3, L): uniform in (-0.1, 0.1)."""
    return torch.empty(stacks, 3, units).uniform_(-0.1, 0.1)


def output_weights(stacks: int, units: int, dims: int) -> Tensor:
    """Return output weights (D, L, dims): Glorot uniform."""
    bound = (6 / (units + dims)) ** 0.5
    return torch.empty(stacks, units, dims).uniform_(-bound, bound)
