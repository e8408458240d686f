"""Early stop on training videos kept aside: which, what is measured, and what is kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import hashbench
from hashbench import Videos
from hashbench.errors import MethodError
from hashbench.nn import Trainer, TrainingPlan, split
from hashbench.nn.training.holdout import PartFeed


def test_a_tenth_is_kept_aside_by_the_seed() -> None:
    found = split(57, 3, hold_out=True)
    assert len(found.held_out) == 5
    both = np.concatenate([found.trained, found.held_out])
    assert sorted(both.tolist()) == list(range(57))
    assert (np.diff(found.trained) > 0).all()
    assert np.array_equal(found.held_out, split(57, 3, hold_out=True).held_out)
    assert not np.array_equal(found.held_out, split(57, 4, hold_out=True).held_out)
    assert len(split(57, 3, hold_out=False).held_out) == 0


def test_too_few_videos_to_keep_any_aside() -> None:
    with pytest.raises(MethodError, match="10 are needed, 9"):
        split(9, 0, hold_out=True)


def test_the_batches_of_a_part_bear_their_places_in_the_whole() -> None:
    features = np.arange(20, dtype=np.float32).reshape(20, 1, 1)
    rows = np.array([2, 3, 5, 11, 19])
    feed = PartFeed(Videos(features), rows, batch_size=2, seed=0, device=torch.device("cpu"))
    seen = []
    for places, values in feed.epoch(0):
        assert places.tolist() == values[:, 0, 0].tolist()
        seen += places.tolist()
    assert sorted(seen) == rows.tolist()
    assert len(feed) == 5


class Valley(nn.Module):
    """A weight that the training moves up by lr an epoch; held-out videos like it best at 0.5."""

    def __init__(self) -> None:
        super().__init__()
        self.w = nn.Parameter(torch.zeros(1))
        self.register_buffer("seen", torch.zeros((), dtype=torch.int64))
        self.rows: list[int] = []

    def forward(self, rows: Tensor, features: Tensor) -> dict[str, Tensor]:
        self.seen += len(rows)
        if not self.training:
            return {"loss": (self.w - 0.5).square().sum() * len(rows)}
        self.rows += rows.tolist()
        return {"loss": -self.w.sum() * len(rows)}


class One:
    """An epoch of one batch."""

    def __init__(self, rows: list[int]) -> None:
        self.rows = torch.tensor(rows)

    def __len__(self) -> int:
        return len(self.rows)

    def epoch(self, epoch: int) -> Any:
        yield self.rows, torch.zeros(len(self.rows), 1, 1)


def plan(**changes: Any) -> TrainingPlan:
    given = {"optimizer": "adam", "schedule": "constant", "lr": 0.1, "epochs": 40,
             "batch_size": 4, "early_stop": True, **changes}  # fmt: skip
    return TrainingPlan(**given)


def test_training_ends_with_the_weights_that_did_best_on_the_held_out_videos() -> None:
    model = Valley()
    history = Trainer(model, plan(), 2).fit(One([0, 2]), One([1]))
    assert model.w.item() == pytest.approx(0.5, abs=1e-5)
    assert history.best_epoch == 5
    assert len(history.held_out) == 15  # ten more, a quarter of the forty, were no better
    assert history.stopped == "no better held-out loss for 10 epochs"
    assert set(model.rows) == {0, 2}


def test_what_the_model_keeps_of_the_held_out_videos_is_put_back() -> None:
    model = Valley()
    trainer = Trainer(model, plan(epochs=3), 2)
    trainer.fit(One([0, 2]), One([1]))
    assert int(model.seen) == 3 * 2


@pytest.mark.parametrize("killed_after", [2, 7, 12])
def test_a_restart_knows_the_best_weights(killed_after: int, tmp_path: Path) -> None:
    class KilledError(Exception):
        pass

    def kill(epoch: int) -> None:
        if epoch == killed_after + 1:
            raise KilledError

    with pytest.raises(KilledError):
        Trainer(Valley(), plan(), 2, checkpoints=tmp_path, key="k", after_epoch=kill).fit(
            One([0, 2]), One([1])
        )
    model = Valley()
    history = Trainer(model, plan(), 2, checkpoints=tmp_path, key="k").fit(One([0, 2]), One([1]))
    assert model.w.item() == pytest.approx(0.5, abs=1e-5)
    assert history.best_epoch == 5
    assert len(history.held_out) == 15


@pytest.mark.parametrize("name", ["ssvh", "ssth", "dh"])
def test_every_deep_method_can_stop_early(name: str) -> None:
    random = np.random.default_rng(0)
    centres = random.standard_normal((5, 6, 8))
    features = centres[np.arange(44) % 5] + 0.5 * random.standard_normal((44, 6, 8))
    videos = Videos(features.astype(np.float32))
    method = hashbench.method(name, bits=8, epochs=4, batch_size=8, early_stop=True)
    found = method.fit(videos).diagnostics()
    assert found["early_stop"] is True
    assert len(found["held_out_loss"]) == found["epochs_run"]
    assert found["held_out_loss"][found["best_epoch"] - 1] == min(found["held_out_loss"])
    assert found["updates_an_epoch"] == 5  # of 40 videos
    assert len(method.encode(videos)) == 44


def test_held_out_videos_leave_the_memory_bank_untouched() -> None:
    """Their rows stay 0, which pulls on nobody."""
    from hashbench_ssvh.method import SSVH

    kept: list[nn.Module] = []

    class Watched(SSVH):
        def build_model(self, train: Videos, near: Videos) -> nn.Module:
            kept.append(super().build_model(train, near))
            return kept[0]

    features = np.random.default_rng(0).standard_normal((30, 4, 5)).astype(np.float32)
    Watched(bits=8, epochs=3, batch_size=9, k1=2, k2=2, early_stop=True).fit(Videos(features))
    part = split(30, 0, hold_out=True)
    bank: Any = kept[0].bank
    assert not bank.H[part.held_out].any()
    assert bank.H[part.trained].any(dim=1).all()
