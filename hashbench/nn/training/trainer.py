"""Training loop that all deep methods share."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from torch import Tensor, nn

from hashbench.data.streaming import batch_bounds
from hashbench.errors import UsageError
from hashbench.nn.training import checkpoint
from hashbench.nn.training.distributed import agree, gather, rank, sum_gradients
from hashbench.nn.training.history import History
from hashbench.nn.training.optim import OPTIMISERS, SCHEDULES, optimiser, warmed_up
from hashbench.nn.training.precision import products_in
from hashbench.workspace import Progress, Silent


@dataclass(frozen=True, slots=True)
class TrainingPlan:
    """How to train.

    Parameters
    ----------
    optimizer : {"adam", "adamw", "momentum", "sgd"}
        ``sgd`` is the clipped momentum of SSTH and SSVH, ``momentum`` the plain one.
    schedule : str
        A name of :data:`hashbench.nn.training.optim.SCHEDULES`.
    lr : float
        Learning rate at the schedule's height.
    epochs : int
    batch_size : int
        Videos a batch at most; see :func:`hashbench.data.streaming.batch_bounds`.
    precision : torch.dtype
        Of large products.
    mean_loss : bool
        Divide the loss by the batch's size, so that an adaptive optimiser's epsilon and the
        range of float16 mean the same for any batch.
    patience : int
        Stop after so many epochs without a better training loss; 0 for never.
    max_norm : float, optional
        Scale the gradient of all parameters down to this Euclidean norm where it is longer.
    warmup : float
        Share of the updates over which the learning rate rises linearly to the schedule's.
    early_stop : bool
        Keep the weights with the least loss on the held-out videos, and stop when a quarter of
        the epochs has brought no better ones.
    floor : float
        Learning rate below which the schedule does not go.
    weight_decay : float
        Of ``adamw`` and ``momentum``, on every parameter.
    """

    optimizer: str
    schedule: str
    lr: float
    epochs: int
    batch_size: int
    precision: torch.dtype = torch.float32
    mean_loss: bool = False
    patience: int = 0
    max_norm: float | None = None
    warmup: float = 0.0
    early_stop: bool = False
    floor: float = 0.0
    weight_decay: float = 0.01

    def __post_init__(self) -> None:
        for name in ("epochs", "batch_size"):
            if getattr(self, name) < 1:
                raise UsageError(f"{name} must be at least 1, not {getattr(self, name)}")
        if not self.lr > 0:
            raise UsageError(f"lr must be above 0, not {self.lr}")
        if self.schedule not in SCHEDULES:
            raise UsageError(
                f"schedule must be one of {', '.join(SCHEDULES)}, not {self.schedule!r}"
            )
        if self.optimizer not in OPTIMISERS:
            raise UsageError(
                f"optimizer must be one of {', '.join(OPTIMISERS)}, not {self.optimizer!r}"
            )
        if self.patience < 0:
            raise UsageError(f"patience must not be negative, not {self.patience}")
        if not 0 <= self.warmup < 1:
            raise UsageError(f"warmup must be a share of the updates below 1, not {self.warmup}")

    @property
    def held_out_patience(self) -> int:
        """Epochs without a better held-out loss after which training stops."""
        return max(3, -(-self.epochs // 4))

    def rate(self, update: int, total: int) -> float:
        """Return the learning rate of ``update``, from 0 on, of ``total``."""
        factor = SCHEDULES[self.schedule](update, total, self.epochs)
        lr = max(min(self.floor, self.lr), self.lr * factor)
        return lr * warmed_up(update, total, self.warmup)


class Batches(Protocol):
    """Where batches come from, such as a :class:`hashbench.nn.training.feed.Feed`."""

    def epoch(self, epoch: int) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield (rows (b,) int64, features (b, M, D)): this process's part of every batch."""


class HeldOut(Batches, Protocol):
    """Batches of videos that are not trained on."""

    def __len__(self) -> int:
        """Videos, all processes together."""


class Trainer:
    """Trains a model whose ``model(rows, features)`` returns the terms of its loss.

    The terms are tensors, summed over the process's share of the batch; ``loss`` is minimised. A
    model with a method ``begin_epoch`` is told when an epoch begins. Equal arguments give equal
    weights, whether or not the training was killed on the way.

    Parameters
    ----------
    model : nn.Module
        On its device.
    plan : TrainingPlan
    videos : int
        N.
    checkpoints : Path, optional
        Folder of the checkpoint, replaced after every epoch.
    key : str
        Identifies data, parameters and seed; a checkpoint of another key is ignored.
    progress : Progress, optional
    task : str
        What the progress bar calls it.
    after_epoch : callable, optional
        Called with the number of epochs done, before the checkpoint is written.
    at_end : callable, optional
        Called with the number of epochs done, before the best weights take the place of the last.
    """

    def __init__(
        self,
        model: nn.Module,
        plan: TrainingPlan,
        videos: int,
        *,
        checkpoints: Path | None = None,
        key: str = "",
        progress: Progress | None = None,
        task: str = "train",
        after_epoch: Callable[[int], None] | None = None,
        at_end: Callable[[int], None] | None = None,
    ) -> None:
        self.model, self.plan, self.videos = model, plan, videos
        self.checkpoints, self.key, self.task = checkpoints, key, task
        self.after_epoch, self.at_end = after_epoch, at_end
        self.progress = progress or Silent()
        self.parameters = [p for p in model.parameters() if p.requires_grad]
        self.optimiser = optimiser(plan.optimizer, self.parameters, plan.lr, plan.weight_decay)
        self.history = History()
        device = self.parameters[0].device.type
        self.scaler = torch.amp.GradScaler(device, enabled=plan.precision == torch.float16)
        self.sizes: list[int] = np.diff(batch_bounds(videos, plan.batch_size)).tolist()
        self.updates_an_epoch = len(self.sizes)
        self.best: dict[str, Tensor] = {}

    def fit(self, batches: Batches, held_out: HeldOut | None = None) -> History:
        """Train to the last epoch, or until the loss stalls; return the history.

        Parameters
        ----------
        batches : Batches
            Of the videos to train on.
        held_out : HeldOut, optional
            Where the plan stops early: videos to measure the loss on after every epoch. The model
            ends with the weights that did best on them.

        Raises
        ------
        MethodError
            If the loss is no longer finite.
        """
        done = self._resume()
        began = time.monotonic()
        with products_in(self.plan.precision):
            for epoch in range(done, self.plan.epochs):
                if self.history.stopped:
                    break
                self._epoch(epoch, batches, began, done)
                if self.history.stalled(self.plan.patience):
                    self.history.stopped = f"no better loss for {self.plan.patience} epochs"
                if held_out is not None:
                    self._keep_best(held_out)
                if self.after_epoch is not None and rank() == 0:
                    self.after_epoch(epoch + 1)
                if self.checkpoints is not None and rank() == 0:
                    progressed = checkpoint.Progressed(
                        epoch + 1, self.history.state(), self.scaler.state_dict()
                    )
                    checkpoint.write(
                        self.checkpoints,
                        self.key,
                        self.model,
                        self.optimiser,
                        progressed,
                        self.best,
                    )
        if self.at_end is not None:
            self.at_end(len(self.history.videos_per_s))
        if self.best:
            self.model.load_state_dict(self.best)
        return self.history

    def step(self, rows: Tensor, features: Tensor, update: int) -> dict[str, Tensor]:
        """Make one update from this process's share ``features`` of the batch ``rows``."""
        plan = self.plan
        total = self.updates_an_epoch * plan.epochs
        for group in self.optimiser.param_groups:
            group["lr"] = plan.rate(update, total)
        self.optimiser.zero_grad(set_to_none=True)
        terms: dict[str, Tensor] = self.model(rows, features)
        loss = terms["loss"] / len(rows) if plan.mean_loss else terms["loss"]
        self.scaler.scale(loss).backward()
        sum_gradients(self.parameters)
        if plan.max_norm is not None:
            # Float16 losses are scaled up; the limit is meant for the gradient itself.
            self.scaler.unscale_(self.optimiser)
            nn.utils.clip_grad_norm_(self.parameters, plan.max_norm)
        self.scaler.step(self.optimiser)
        self.scaler.update()
        return {name: value.detach() for name, value in terms.items()}

    def _epoch(self, epoch: int, batches: Batches, began: float, first: int) -> None:
        self.model.train()
        begin = getattr(self.model, "begin_epoch", None)
        if begin is not None:
            begin()
        start, sums, seen, ours = time.monotonic(), None, 0, 0
        losses: list[Tensor] = []
        reported = start
        for number, (mine, features) in enumerate(batches.epoch(epoch)):
            rows = gather(mine, self.sizes[number])
            terms = self.step(rows, features, epoch * self.updates_an_epoch + number)
            values = torch.stack([value.double() for value in terms.values()])
            sums = values if sums is None else sums + values
            losses.append(terms["loss"].double())
            seen, ours = seen + len(rows), ours + len(mine)
            if time.monotonic() - reported > 1:
                reported = time.monotonic()
                loss = float(sums[0]) / max(1, ours)  # of this process's videos
                self._report(epoch + seen / self.videos, began, first, loss)
        assert sums is not None
        means = (agree(sums) / self.videos).tolist()
        by_batch = agree(torch.stack(losses)).cpu().numpy() / np.array(self.sizes)
        self.history.add_batches(by_batch.tolist(), self.updates_an_epoch * self.plan.epochs)
        speed = self.videos / max(time.monotonic() - start, 1e-9)
        self.history.append(dict(zip(terms, means, strict=True)), speed)
        self._report(epoch + 1, began, first, means[0])

    def _keep_best(self, held_out: HeldOut) -> None:
        """Keep the weights if they are the best on ``held_out``; stop if none were for long."""
        history, patience = self.history, self.plan.held_out_patience
        history.add_held_out(self._loss_on(held_out))
        if history.best_epoch == len(history.held_out):
            self.best = {n: v.detach().clone() for n, v in self.model.state_dict().items()}
        elif len(history.held_out) - history.best_epoch >= patience:
            history.stopped = f"no better held-out loss for {patience} epochs"

    @torch.no_grad()
    def _loss_on(self, held_out: HeldOut) -> float:
        """Return the mean loss of videos that are not trained on, as the encoder is used later.

        The model is left as it was: what it keeps of the videos it sees, such as a memory bank, is
        put back.
        """
        self.model.eval()
        before = [buffer.clone() for buffer in self.model.buffers()]
        sizes = np.diff(batch_bounds(len(held_out), self.plan.batch_size)).tolist()
        losses = [
            self.model(gather(mine, size), features)["loss"].double()
            for size, (mine, features) in zip(sizes, held_out.epoch(0), strict=True)
        ]
        for buffer, value in zip(self.model.buffers(), before, strict=True):
            buffer.copy_(value)
        return float(agree(torch.stack(losses).sum())) / len(held_out)

    def _report(self, epochs: float, began: float, first: int, loss: float) -> None:
        done = (epochs - first) / max(time.monotonic() - began, 1e-9)
        self.progress.update(
            self.task,
            epochs,
            self.plan.epochs,
            loss=loss,
            videos_per_s=done * self.videos,
            left_s=(self.plan.epochs - epochs) / done,
        )

    def _resume(self) -> int:
        if self.checkpoints is None:
            return 0
        read = checkpoint.read(self.checkpoints, self.key, self.model, self.optimiser)
        if read is None:
            return 0
        progressed, self.best = read
        self.history = History.from_json(progressed.history)
        self.scaler.load_state_dict(progressed.scaling)
        return progressed.epochs
