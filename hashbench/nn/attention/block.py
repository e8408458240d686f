"""The transformer block that normalises before it attends (Xiong et al., ICML 2020)."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from hashbench.nn.attention.products import Linear, linear
from hashbench.nn.training.precision import compute_dtype


class Attention(nn.Module):
    """Multi-head self-attention whose heads are ``width // heads`` wide.

    Where ``heads`` does not divide the width, the heads together are narrower than the tokens: 6
    heads of 42 for tokens of 256. Queries and values have a bias, keys have none, since softmax
    would not see it.

    Parameters
    ----------
    width, heads : int
        Of the tokens, and how many heads.
    """

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads, self.inner = heads, width // heads * heads
        self.qkv = nn.Linear(width, 3 * self.inner, bias=False)
        self.q_bias = nn.Parameter(torch.zeros(self.inner))
        self.v_bias = nn.Parameter(torch.zeros(self.inner))
        self.out = Linear(self.inner, width)

    def forward(self, x: Tensor) -> Tensor:
        """Return what the tokens x (B, T, width) attend to, of the same shape."""
        batch, tokens, _ = x.shape
        bias = torch.cat([self.q_bias, torch.zeros_like(self.q_bias), self.v_bias])
        qkv = linear(x, self.qkv.weight, bias).to(compute_dtype(self.qkv.weight))
        q, k, v = qkv.view(batch, tokens, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        mixed = functional.scaled_dot_product_attention(q, k, v)  # (B, heads, T, width // heads)
        mixed = mixed.transpose(1, 2).reshape(batch, tokens, self.inner)
        attended: Tensor = self.out(mixed.to(x.dtype))
        return attended


class Block(nn.Module):
    """x + attention(norm(x)), then x + mlp(norm(x)) with GELU; no dropout.

    Parameters
    ----------
    width, heads : int
        Of the tokens, and how many heads.
    ratio : int
        Units of the hidden layer for each of the tokens' width.
    eps : float
        Of both norms.
    """

    def __init__(self, width: int, heads: int, ratio: int = 4, eps: float = 1e-6) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(width, eps=eps)
        self.attention = Attention(width, heads)
        self.norm2 = nn.LayerNorm(width, eps=eps)
        self.mlp = nn.Sequential(
            Linear(width, ratio * width), nn.GELU(), Linear(ratio * width, width)
        )

    def forward(self, x: Tensor) -> Tensor:
        """Return the tokens (B, T, width) after the block."""
        x = x + self.attention(self.norm1(x))
        after: Tensor = x + self.mlp(self.norm2(x))
        return after
