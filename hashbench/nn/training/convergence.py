"""Convergence: whether a training loss was still falling when the training ended."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

LEAST = 10
"""Updates that the estimate needs at least."""

_FALLING = -3.0
_SHARE = 0.02


class Convergence(NamedTuple):
    """How the training loss moved over the last tenth of the updates.

    Parameters
    ----------
    t : float
        Slope of the loss over the updates in units of its own standard error; below 0 where the
        loss fell.
    share : float
        What the last tenth brought, as a share of the whole fall since the first epoch: 0.1 if the
        loss fell evenly to the end.
    updates : int
        Updates that were looked at.
    """

    t: float
    share: float
    updates: int

    @property
    def falling(self) -> bool:
        """Whether more updates of the kind would have gone on lowering the loss.

        The fall must be beyond its noise (t below -3) and worth something: at least 2 % of the
        whole fall.
        """
        return self.t < _FALLING and self.share > _SHARE

    def to_json(self) -> dict[str, float | bool]:
        """Return flat values, which a record keeps on a board."""
        return {
            "loss_slope_t": round(self.t, 2),
            "loss_slope_share": round(self.share, 4),
            "loss_falling": self.falling,
        }


def convergence(losses: Sequence[float], first: float) -> Convergence | None:
    """Estimate the trend of ``losses``; None for fewer than ten.

    An ordinary least-squares line through the mean loss of each batch. The standard error of its
    slope s / sqrt(Sxx) is widened by sqrt((1 + r) / (1 - r)), where r is the lag-one
    autocorrelation of the residuals, at least 0: batches that follow each other share what the
    network had learnt.

    Parameters
    ----------
    losses : sequence of float
        Mean loss of the batches of the last tenth, in order.
    first : float
        Mean loss over the first epoch.
    """
    n = len(losses)
    if n < LEAST:
        return None
    y = np.asarray(losses, np.float64)
    x = np.arange(n) - (n - 1) / 2
    spread = float(x @ x)
    slope = float(x @ y) / spread
    residuals = y - y.mean() - slope * x
    square = float(residuals @ residuals)
    r = float(residuals[1:] @ residuals[:-1]) / square if square > 0 else 0.0
    r = min(max(r, 0.0), 0.99)
    error = math.sqrt(square / (n - 2) / spread * (1 + r) / (1 - r))
    # A fall below the rounding of the loss is none.
    floor = 1e-12 * max(abs(float(y.mean())), 1e-300) / n
    t = slope / max(error, floor)
    fall = first - (float(y.mean()) + slope * (n - 1) / 2)
    share = -slope * (n - 1) / fall if fall > 0 else 0.0
    return Convergence(t, share, n)
