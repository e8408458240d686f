"""History of a training: loss terms of each epoch, speed, and the recipe that ran."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from hashbench.errors import MethodError
from hashbench.nn.training.convergence import LEAST, Convergence, convergence


@dataclass
class History:
    """Loss history per term, one value an epoch.

    Parameters
    ----------
    terms : dict of str to list of float
        Means over the training videos; ``loss`` is what was minimised.
    videos_per_s : list of float
        Training speed of each epoch.
    stopped : str or None
        Why the training ended before its last epoch.
    held_out : list of float
        Mean loss of the held-out videos after each epoch, where there are any.
    recent : list of float
        Mean loss of the batches of the last tenth of the planned updates, or of what has been run.
    updates : int
        Updates run.
    """

    terms: dict[str, list[float]] = field(default_factory=dict)
    videos_per_s: list[float] = field(default_factory=list)
    stopped: str | None = None
    held_out: list[float] = field(default_factory=list)
    recent: list[float] = field(default_factory=list)
    updates: int = 0

    @property
    def best_epoch(self) -> int:
        """The epoch, from 1 on, with the least held-out loss; 0 if none was measured."""
        if not self.held_out:
            return 0
        return self.held_out.index(min(self.held_out)) + 1

    def add_batches(self, losses: list[float], planned: int) -> None:
        """Add the mean losses of an epoch's batches, of ``planned`` in all epochs.

        Of all batches only the last tenth is kept.
        """
        self.updates += len(losses)
        self.recent = [*self.recent, *losses][-max(LEAST, -(-planned // 10)) :]

    @property
    def convergence(self) -> Convergence | None:
        """How the loss moved over the last tenth of the updates; None after too few."""
        if not self.terms:
            return None
        last = max(LEAST, -(-self.updates // 10))
        return convergence(self.recent[-last:], self.terms["loss"][0])

    def add_held_out(self, loss: float) -> None:
        """Add the held-out loss of an epoch.

        Raises
        ------
        MethodError
            If it is not finite.
        """
        if not math.isfinite(loss):
            raise MethodError(
                f"training diverged in epoch {len(self.held_out) + 1}: the held-out loss is not "
                "finite; lower lr, or standardize the features"
            )
        self.held_out.append(loss)

    def append(self, means: dict[str, float], speed: float) -> None:
        """Add an epoch.

        Raises
        ------
        MethodError
            If the loss is not finite.
        """
        epoch = len(self.videos_per_s) + 1
        if not math.isfinite(means["loss"]):
            bad = sorted(name for name, value in means.items() if not math.isfinite(value))
            raise MethodError(
                f"training diverged in epoch {epoch}: {', '.join(bad)} not finite; lower lr, "
                "use precision=float32, or standardize the features"
            )
        for name, value in means.items():
            self.terms.setdefault(name, []).append(value)
        self.videos_per_s.append(speed)

    def stalled(self, patience: int, margin: float = 1e-4) -> bool:
        """Tell whether the training loss has not improved by ``margin`` for ``patience`` epochs."""
        losses = self.terms.get("loss", [])
        if patience < 1 or len(losses) <= patience:
            return False
        best = min(losses[:-patience])
        return min(losses[-patience:]) > best - margin * abs(best)

    def to_json(self) -> dict[str, Any]:
        """Return the history as JSON values."""
        kept: dict[str, Any] = {}
        if self.held_out:
            kept = {"held_out_loss": self.held_out, "best_epoch": self.best_epoch}
        trend = self.convergence
        if trend is not None:
            kept |= trend.to_json()
        return {
            "loss_history": self.terms,
            "train_videos_per_s": [round(speed, 1) for speed in self.videos_per_s],
            "epochs_run": len(self.videos_per_s),
            "stopped": self.stopped,
            **kept,
        }

    def state(self) -> dict[str, Any]:
        """Return all that a training which goes on needs, as JSON values."""
        return {**self.to_json(), "recent": self.recent, "updates": self.updates}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> History:
        """Take back what :meth:`state` returned."""
        return cls(
            value["loss_history"],
            value["train_videos_per_s"],
            value["stopped"],
            value.get("held_out_loss", []),
            value.get("recent", []),
            value.get("updates", 0),
        )
