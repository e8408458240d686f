"""Loss of GreedyHash and Bi-half Net: the halves of a batch, compared by features and by codes."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from hashbench.nn.training.distributed import gather, share


def straight_through(h: Tensor, b: Tensor) -> Tensor:
    """Return b, with the gradient of h: the derivative of the step between them is taken for 1.

    Parameters
    ----------
    h, b : Tensor, of one shape

    Examples
    --------
    >>> h = torch.tensor([0.2, -3.0], requires_grad=True)
    >>> straight_through(h, h.sign()).pow(2).sum().backward()
    >>> h.grad
    tensor([ 2., -2.])
    """
    return b.detach() + (h - h.detach())


def halves_loss(x: Tensor, b: Tensor, videos: int) -> Tensor:
    """Return how far the cosines of codes are from those of features, between halves of a batch.

    Video i of the first half is compared with video i of the second, P = B' // 2 pairs; the last
    video of an odd batch is in none. ::

        B' / P sum_i (cos(b_i, b_{i+P}) - cos(x_i, x_{i+P}))^2

    which is B' times the mean, over the pairs that fall to this process.

    Parameters
    ----------
    x : Tensor, shape (B, D)
        Features of this process's videos.
    b : Tensor, shape (B, L)
        Their codes.
    videos : int
        B', the videos of the batch, all processes together.

    Examples
    --------
    >>> x = torch.tensor([[1.0, 0.0], [1.0, 1.0]])
    >>> b = torch.tensor([[1.0, -1.0], [1.0, -1.0]])
    >>> round(float(halves_loss(x, b, videos=2)), 4)  # 2 (1 - 0.7071)^2
    0.1716
    """
    pairs = videos // 2
    if pairs == 0:
        return b.sum() * 0.0
    mine = share(pairs)
    cosines = []
    for part in (x, b):
        whole = gather(part, videos)
        first, second = whole[:pairs][mine], whole[pairs : 2 * pairs][mine]
        cosines.append(functional.cosine_similarity(first, second))
    return videos / pairs * (cosines[1] - cosines[0]).square().sum()


def half_codes(h: Tensor, videos: int) -> Tensor:
    """Return codes of which every bit is +1 for the upper half of a batch, and -1 for the lower.

    Of an odd batch the lower half has one video more. Of equal values the first ones are +1.

    Parameters
    ----------
    h : Tensor, shape (B, L)
        Values of this process's videos.
    videos : int
        B', the videos of the batch, all processes together.

    Returns
    -------
    Tensor, shape (B, L)
        Without gradient.

    Examples
    --------
    >>> half_codes(torch.tensor([[5.0], [3.0], [9.0], [4.0]]), videos=4).flatten()
    tensor([ 1., -1.,  1., -1.])
    """
    whole = gather(h.detach(), videos)
    upper = whole.argsort(dim=0, descending=True, stable=True)[: videos // 2]
    codes = torch.full_like(whole, -1.0).scatter_(0, upper, 1.0)
    return codes[share(videos)]
