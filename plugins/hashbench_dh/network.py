"""The three layers of Deep Hashing, their loss, and the alternation that lowers it."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from hashbench.nn import signs

Layers: TypeAlias = list[tuple[NDArray[np.float32], NDArray[np.float32]]]
"""W^m (p_m, p_{m-1}) and c^m (p_m,) of each layer."""


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
    """h^0 = (x - centre) scale, h^m = tanh(W^m h^{m-1} + c^m), H = h^3.

    All parameters are 0 until :meth:`start_from`.

    Parameters
    ----------
    dims : int
        Width of the features x.
    sizes : list of int
        p_1, p_2, p_3 = L.
    """

    centre: Tensor
    scale: Tensor

    def __init__(self, dims: int, sizes: list[int]) -> None:
        super().__init__()
        widths = zip(sizes, [dims, *sizes[:-1]], strict=True)
        self.W = nn.ParameterList(torch.zeros(size, below) for size, below in widths)
        self.c = nn.ParameterList(torch.zeros(size) for size in sizes)
        self.register_buffer("centre", torch.zeros(dims))
        self.register_buffer("scale", torch.ones(1))

    @torch.no_grad()
    def start_from(
        self,
        directions: NDArray[np.floating],
        centre: NDArray[np.floating],
        scale: float,
        seed: int,
    ) -> None:
        """Begin as PCA hashing.

        W^1 holds the first principal directions, the other W^m are identities, so that W W^T = I
        wherever the widths allow it, and every c^m is 0. A layer that is wider than its input has
        random unit rows for the rest.

        Parameters
        ----------
        directions : ndarray, shape (dims, at most p_1)
        centre : ndarray, shape (dims,)
        scale : float
        seed : int
        """
        rng = np.random.default_rng(seed)
        self.centre.copy_(torch.from_numpy(centre))
        self.scale.fill_(scale)
        start = directions.T
        for W in self.W:
            size = len(W)
            first = start[:size]
            if len(first) < size:
                rest = rng.standard_normal((size - len(first), first.shape[1]))
                rest /= np.linalg.norm(rest, axis=1, keepdims=True)
                first = np.concatenate([first, rest])
            W.copy_(torch.tensor(first))
            start = np.eye(size, dtype=np.float32)

    def forward(self, v: Tensor) -> tuple[Tensor]:
        """Return H (B, L), between -1 and 1, of features v (B, 1, dims)."""
        h = (v[:, 0] - self.centre) * self.scale
        for W, c in zip(self.W, self.c, strict=True):
            h = torch.tanh(h @ W.T + c)
        return (h,)

    def layers(self) -> Layers:
        """Return the weights as arrays; the scale of the features is part of W^1."""
        layers = [
            (W.detach().cpu().numpy().copy(), c.detach().cpu().numpy().copy())
            for W, c in zip(self.W, self.c, strict=True)
        ]
        layers[0][0][:] *= self.scale.cpu().numpy()
        return layers


def loss_terms(net: Network, H: Tensor, B: Tensor, videos: int, weights: Weights) -> list[Tensor]:
    """Return what some of the videos add to J_1, -l1 J_2, l2 J_3 and l3 J_4 of the paper.

    ::

        J = 1/2 ||B - H||^2 - l1/(2N) tr(H H^T)
            + l2/2 sum_m ||W^m W^m^T - I||^2 + l3/2 sum_m (||W^m||^2 + ||c^m||^2)

    The last two do not depend on the videos: m of N videos count m / N of them.

    Parameters
    ----------
    net : Network
    H, B : Tensor, shape (m, L)
        Outputs and signs of m of the N videos.
    videos : int
        N.
    weights : Weights
    """
    share = len(H) / videos
    J1 = 0.5 * (B - H).square().sum()
    J2 = 0.5 / videos * H.square().sum()
    J3 = torch.stack(
        [(W @ W.T - torch.eye(len(W), device=W.device)).square().sum() for W in net.W]
    ).sum()
    J4 = torch.stack([p.square().sum() for p in net.parameters()]).sum()
    return [J1, -weights.l1 * J2, share * weights.l2 / 2 * J3, share * weights.l3 / 2 * J4]


class Model(nn.Module):
    """Alternation: B = sgn(H) for all videos, then an epoch on W and c with B held fixed.

    B is not stored. The layers as they were when the epoch began are, and yield the rows of B that
    a batch needs: no array grows with the number of videos, and a training that is resumed has
    the B it would have had.

    Parameters
    ----------
    encoder : Network
        W and c.
    weights : Weights
    videos : int
        N.
    """

    def __init__(self, encoder: Network, weights: Weights, videos: int) -> None:
        super().__init__()
        self.encoder = encoder
        self.before = copy.deepcopy(encoder).requires_grad_(False)
        self.weights, self.videos = weights, videos

    def begin_epoch(self) -> None:
        """Set B = sgn(H)."""
        self.before.load_state_dict(self.encoder.state_dict())

    def forward(self, rows: Tensor, v: Tensor) -> dict[str, Tensor]:
        """Return J and its terms, as far as the videos with features v (B, 1, dims) go."""
        B = signs(self.before(v)[0])
        terms = loss_terms(self.encoder, self.encoder(v)[0], B, self.videos, self.weights)
        quantisation, spread, orthogonality, size = terms
        return {
            "loss": quantisation + spread + orthogonality + size,
            "quantisation": quantisation,
            "spread": spread,
            "orthogonality": orthogonality,
            "size": size,
        }
