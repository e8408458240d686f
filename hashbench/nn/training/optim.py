"""Optimisers and learning-rate schedules."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import nn
from torch.optim import Optimizer

from hashbench.errors import UsageError

OPTIMISERS = ("adam", "adamw", "momentum", "sgd")

Schedule = Callable[[int, int, int], float]
"""(update, updates in all, epochs in all) -> factor of the learning rate."""


class ClippedMomentum(Optimizer):
    """SGD as the authors of SSTH and SSVH published it.

    v = momentum * m - lr * g, clipped to +-limit; the clipped v moves the parameter and is kept
    as m. No entry moves by more than ``limit`` an update, whatever its gradient.

    Parameters
    ----------
    params : iterable of Parameter
    lr : float
    momentum : float
    limit : float
    """

    def __init__(
        self,
        params: Iterable[nn.Parameter],
        lr: float = 1e-4,
        momentum: float = 0.9,
        limit: float = 1e-4,
    ) -> None:
        super().__init__(params, {"lr": lr, "momentum": momentum, "limit": limit})

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]  # no closure is used
        """Move every parameter that has a gradient."""
        for group in self.param_groups:
            params = [p for p in group["params"] if p.grad is not None]
            grads = [p.grad for p in params]
            for p in params:
                if "m" not in self.state[p]:
                    self.state[p]["m"] = torch.zeros_like(p)
            velocity = [self.state[p]["m"] for p in params]
            torch._foreach_mul_(velocity, group["momentum"])
            torch._foreach_add_(velocity, grads, alpha=-group["lr"])
            torch._foreach_clamp_max_(velocity, group["limit"])
            torch._foreach_clamp_min_(velocity, -group["limit"])
            torch._foreach_add_(params, velocity)


def optimiser(
    name: str, params: list[nn.Parameter], lr: float, weight_decay: float = 0.01
) -> Optimizer:
    """Make the optimiser ``name``: ``sgd`` (:class:`ClippedMomentum`), ``momentum``, ``adam(w)``.

    ``momentum`` is torch's SGD with momentum 0.9. Weight decay is that of ``adamw`` and
    ``momentum``, on every parameter. The others have none.

    Raises
    ------
    UsageError
        If there is no such optimiser.
    """
    if name == "sgd":
        return ClippedMomentum(params, lr)
    if name == "momentum":
        return torch.optim.SGD(params, lr, momentum=0.9, weight_decay=weight_decay)
    if name == "adam":
        return torch.optim.Adam(params, lr, fused=True)
    if name == "adamw":
        return torch.optim.AdamW(params, lr, weight_decay=weight_decay, fused=True)
    raise UsageError(f"optimizer must be one of {', '.join(OPTIMISERS)}, not {name!r}")


def decay(update: int, total: int, epochs: int = 1) -> float:
    """Return 0.9^(update / 10,000), the program's schedule."""
    return float(0.9 ** (update / 10_000))


def one_cycle(update: int, total: int, epochs: int = 1) -> float:
    """Rise from 1/25 to 1 over the first 30 % of the updates, fall to 0 over the rest.

    Both along a half cosine: Smith & Topin, Super-convergence (2018).
    """
    rise = max(1.0, 0.3 * total)
    if update < rise:
        return 0.04 + 0.96 * (1 - math.cos(math.pi * update / rise)) / 2
    return (1 + math.cos(math.pi * (update - rise) / max(1.0, total - rise))) / 2


def cosine(update: int, total: int, epochs: int = 1) -> float:
    """Fall from 1 to 0 along a half cosine: Loshchilov & Hutter, SGDR (2017), without restarts."""
    return (1 + math.cos(math.pi * update / max(1, total))) / 2


def cosine_to_fiftieth(update: int, total: int, epochs: int = 1) -> float:
    """Fall from 1 towards 1/50 along a half cosine, epoch by epoch: the schedule of S5VH."""
    epoch = update * epochs // max(1, total)
    return 0.02 + 0.98 * (1 + math.cos(math.pi * epoch / epochs)) / 2


def constant(update: int, total: int, epochs: int = 1) -> float:
    """Return 1: the learning rate stays as it is."""
    return 1.0


def staircase(update: int, total: int, epochs: int = 1) -> float:
    """Return 0.9^(epoch // 20), the schedule of BTH, ConMH and AutoSSVH."""
    epoch = update * epochs // max(1, total)
    return float(0.9 ** (epoch // 20))


def two_steps(update: int, total: int, epochs: int = 1) -> float:
    """Return 1, then 1/10 from two fifths of the epochs on, then 1/100 from four fifths on.

    The schedule of Bi-half Net, whose program has 300 epochs and a step every 120.
    """
    epoch = update * epochs // max(1, total)
    return float(0.1 ** (5 * epoch // (2 * epochs)))


SCHEDULES: dict[str, Schedule] = {
    "constant": constant,
    "cosine": cosine,
    "cosine_to_fiftieth": cosine_to_fiftieth,
    "decay": decay,
    "one_cycle": one_cycle,
    "staircase": staircase,
    "two_steps": two_steps,
}


def warmed_up(update: int, total: int, warmup: float) -> float:
    """Return the factor by which a linear warm-up holds the learning rate down.

    Parameters
    ----------
    update, total : int
        The update, from 0 on, and updates in all.
    warmup : float
        Share of the updates over which the factor rises to 1; 0 for no warm-up.
    """
    return min(1.0, (update + 1) / max(1.0, warmup * total))
