"""Normalisation over the batch, over all processes' shares of it where there are several."""

from __future__ import annotations

import torch
from torch import Tensor

from hashbench.nn.training.distributed import agree


def _videos(values: Tensor) -> Tensor:
    """Return how many videos the whole batch has."""
    return agree(torch.full((), float(values.shape[1]), device=values.device, dtype=values.dtype))


def normalise(
    values: Tensor, out: Tensor, epsilon: float, given: tuple[Tensor, Tensor] | None
) -> tuple[Tensor, Tensor]:
    """Write (values - mean) / deviation into ``out``; return mean and deviation, both (D, L).

    Parameters
    ----------
    values, out : Tensor, shape (D, B, L)
    epsilon : float
        Added to the (biased) variance before the root.
    given : (mean, deviation), each (D, L), optional
        Use these instead of the batch's own.
    """
    if given is None:
        n = _videos(values)
        mean = agree(values.sum(1)) / n
        torch.sub(values, mean.unsqueeze(1), out=out)
        variance = agree(out.square().sum(1)) / n
        deviation = (variance + epsilon).sqrt()
        out.div_(deviation.unsqueeze(1))
        return mean, deviation
    mean, deviation = given
    torch.sub(values, mean.unsqueeze(1), out=out)
    out.div_(deviation.unsqueeze(1))
    return mean, deviation


def backward_normal(grad: Tensor, normal: Tensor, deviation: Tensor) -> Tensor:
    """Return the gradient of :func:`normalise` by its values, where the batch gave the moments."""
    n = _videos(grad)
    sums = agree(torch.stack([grad.sum(1), (grad * normal).sum(1)])) / n
    centred = grad - sums[0].unsqueeze(1)
    return centred.addcmul_(normal, sums[1].unsqueeze(1), value=-1).div_(deviation.unsqueeze(1))
