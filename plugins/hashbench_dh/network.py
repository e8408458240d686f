"""The three layers of Deep Hashing, their loss, and the alternation that lowers it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from hashbench.data.streaming import batch_bounds
from hashbench.errors import MethodError

Layers: TypeAlias = list[tuple[NDArray[np.float32], NDArray[np.float32]]]
"""W^m (p_m, p_{m-1}) and c^m (p_m,) of each layer."""

TERMS = ("quantisation", "spread", "orthogonality", "size")


@dataclass(frozen=True, slots=True)
class Weights:
    """Weights of the loss terms: l1 of the spread, l2 of orthogonality, l3 of size."""

    l1: float = 100.0
    l2: float = 0.001
    l3: float = 0.001


def layer_sizes(bits: int, dims: int, layers: str) -> list[int]:
    """Return [p_1, p_2, p_3], p_3 = L.

    ``"auto"`` halves the width twice: p_m = 2^(3 - m) L, but no wider than the features, since more
    than ``dims`` rows cannot be orthonormal, and no narrower than the code. ``"120x60"`` gives p_1
    and p_2.
    """
    if layers == "auto":
        return [max(bits, min(dims, 4 * bits)), max(bits, min(dims, 2 * bits)), bits]
    return [*(int(width) for width in layers.split("x")), bits]


class Network(nn.Module):
    """h^0 = x, h^m = tanh(W^m h^{m-1} + c^m), H = h^3.

    Starts as PCA hashing: W^1 holds the first principal directions, the other W^m are identities,
    so that W W^T = I wherever the widths allow it, and every c^m is 0. A layer that is wider than
    its input has random unit rows for the rest.
    """

    def __init__(self, sizes: list[int], directions: NDArray[np.float32], seed: int) -> None:
        super().__init__()
        rng = np.random.default_rng(seed)
        self.W = nn.ParameterList()
        self.c = nn.ParameterList()
        start = directions.T
        for size in sizes:
            W = start[:size]
            if len(W) < size:
                rest = rng.standard_normal((size - len(W), W.shape[1]))
                rest /= np.linalg.norm(rest, axis=1, keepdims=True)
                W = np.concatenate([W, rest.astype(np.float32)])
            self.W.append(nn.Parameter(torch.tensor(W, dtype=torch.float32)))
            self.c.append(nn.Parameter(torch.zeros(size)))
            start = np.eye(size, dtype=np.float32)

    def forward(self, x: Tensor) -> Tensor:
        """Return H (n, L), between -1 and 1."""
        for W, c in zip(self.W, self.c, strict=True):
            x = torch.tanh(x @ W.T + c)
        return x

    def layers(self) -> Layers:
        """Return the weights as arrays."""
        return [
            (W.detach().cpu().numpy().copy(), c.detach().cpu().numpy().copy())
            for W, c in zip(self.W, self.c, strict=True)
        ]


def loss_terms(net: Network, H: Tensor, B: Tensor, videos: int, weights: Weights) -> list[Tensor]:
    """Return J_1, -l1 J_2, l2 J_3 and l3 J_4 of the paper, as estimated from some of the videos.

    ::

        J = 1/2 ||B - H||^2 - l1/(2N) tr(H H^T)
            + l2/2 sum_m ||W^m W^m^T - I||^2 + l3/2 sum_m (||W^m||^2 + ||c^m||^2)

    Parameters
    ----------
    net : Network
    H, B : Tensor, shape (m, L)
        Outputs and signs of m of the N videos; their sums are scaled by N / m.
    videos : int
        N.
    weights : Weights
    """
    scale = videos / len(H)
    J1 = 0.5 * scale * ((B - H) ** 2).sum()
    J2 = 0.5 / videos * scale * (H**2).sum()
    J3 = torch.stack(
        [((W @ W.T - torch.eye(len(W), device=W.device)) ** 2).sum() for W in net.W]
    ).sum()
    J4 = torch.stack([(p**2).sum() for p in net.parameters()]).sum()
    return [J1, -weights.l1 * J2, weights.l2 / 2 * J3, weights.l3 / 2 * J4]


def alternate(
    net: Network,
    X: Tensor,
    weights: Weights,
    *,
    epochs: int,
    batch_size: int,
    lr: float,
    seed: int,
    report: Callable[[int, float], None],
) -> list[dict[str, float]]:
    """Lower J by turns: B = sgn(H) for all videos, then an epoch of Adam on W and c.

    Adam sees J / N, so that one learning rate serves any number of videos.

    Returns
    -------
    list of dict
        J / N and its terms over all videos, with B = sgn(H): at the start and after each epoch.

    Raises
    ------
    MethodError
        If J is no longer finite.
    """
    optimiser = torch.optim.Adam(net.parameters(), lr=lr)
    rng = np.random.default_rng(seed)
    B, history = _signs_and_loss(net, X, weights, batch_size)
    losses = [history]
    for epoch in range(epochs):
        order = torch.from_numpy(rng.permutation(len(X))).to(X.device)
        for start, stop in pairwise(batch_bounds(len(X), batch_size)):
            rows = order[start:stop]
            optimiser.zero_grad(set_to_none=True)
            J = sum(loss_terms(net, net(X[rows]), B[rows], len(X), weights), torch.zeros(()).to(X))
            (J / len(X)).backward()
            optimiser.step()
        B, history = _signs_and_loss(net, X, weights, batch_size)
        losses.append(history)
        if not np.isfinite(history["loss"]):
            raise MethodError(f"dh: the loss is {history['loss']} in epoch {epoch + 1}; lower lr")
        report(epoch + 1, history["loss"])
    return losses


@torch.no_grad()
def _signs_and_loss(
    net: Network, X: Tensor, weights: Weights, batch_size: int
) -> tuple[Tensor, dict[str, Any]]:
    """Return B = sgn(H) (0 gives +1) of all videos, and J / N with its terms."""
    H = torch.cat([net(part) for part in X.split(batch_size)])
    B = torch.where(H >= 0, 1.0, -1.0)
    terms = [float(t) / len(X) for t in loss_terms(net, H, B, len(X), weights)]
    return B, {"loss": sum(terms), **dict(zip(TERMS, terms, strict=True))}
