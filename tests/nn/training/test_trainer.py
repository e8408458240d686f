"""Training: killed and restarted, diverging, stalling."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors import safe_open
from safetensors.torch import save_file
from small_trainings import AUTOSSVH, BTH, CIBHASH, DH, FAST, Train, results
from torch import Tensor, nn

import hashbench
from hashbench import Videos, Workspace
from hashbench.errors import DataError, MethodError, StoreError, UsageError
from hashbench.nn import Recipe, Trainer, TrainingPlan
from hashbench.nn.training import checkpoint, distributed
from hashbench.nn.training.feed import Feed
from hashbench.nn.training.optim import ClippedMomentum, cosine, one_cycle


# DH trains two networks: it dies in the middle of the first, and of the second.
@pytest.mark.parametrize(
    ("name", "params", "file", "epochs"),
    [
        ("ssvh", FAST, "training.safetensors", {"amid": 2, "after": 3}),
        pytest.param(
            *("autossvh", AUTOSSVH, "training.safetensors", {"after": 3}), marks=pytest.mark.slow
        ),
        # BTH trains two networks as well, one after the other.
        pytest.param(
            *("bth", {**BTH, "first_epochs": 1}, "training.safetensors", {"after": 2}),
            marks=pytest.mark.slow,
        ),
        ("dh", DH, "encoder-decoder/training.safetensors", {"amid": 2}),
        ("dh", {**DH, "encoder_epochs": 1}, "training.safetensors", {"after": 2}),
        ("ssvh", {**FAST, "early_stop": True}, "training.safetensors", {"after": 3}),
        ("cibhash", CIBHASH, "training.safetensors", {"after": 3}),
    ],
    ids=["ssvh", "autossvh", "bth", "dh-encoder", "dh-layers", "early-stop", "cibhash"],
)
def test_a_killed_training_ends_with_the_same_codes(
    train: Train,
    name: str,
    params: dict[str, Any],
    file: str,
    epochs: dict[str, int],
    tmp_path: Path,
) -> None:
    undisturbed = results(train([(name, params)], tmp_path / "undisturbed"))
    for moment, done in epochs.items():
        folder = tmp_path / moment
        assert train([(name, params)], folder, moment).returncode == -9
        with safe_open(folder / "0" / "state" / file, "pt") as checkpointed:
            assert json.loads(checkpointed.metadata()["hashbench"])["epochs"] == done
        assert results(train([(name, params)], folder)) == undisturbed


def test_a_checkpoint_of_other_parameters_is_not_used(tmp_path: Path) -> None:
    videos = Videos(np.random.default_rng(0).standard_normal((20, 4, 5)).astype(np.float32))
    work = Workspace(tmp_path / "cache", tmp_path / "state", "cpu")
    params = {"epochs": 2, "k1": 2, "k2": 2, "bits": 8}
    first = hashbench.method("ssvh", **params).attach(work).fit(videos)  # type: ignore[arg-type]
    other = hashbench.method("ssvh", **params, lam=0.5).attach(work).fit(videos)  # type: ignore[arg-type]
    fresh = hashbench.method("ssvh", **params, lam=0.5).fit(videos)  # type: ignore[arg-type]
    assert other.encode(videos).sha256 == fresh.encode(videos).sha256
    assert first.diagnostics()["loss_history"] != other.diagnostics()["loss_history"]


def test_a_checkpoint_of_another_format_is_not_used(tmp_path: Path) -> None:
    """Such as one whose first epochs had other batches."""
    trainer = Trainer(Line("falling"), plan(epochs=2), 4, checkpoints=tmp_path, key="k")
    trainer.fit(Two())
    path = tmp_path / "training.safetensors"
    with safe_open(path, "pt") as file:
        arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        description = json.loads(file.metadata()["hashbench"])
    assert checkpoint.read(tmp_path, "k", trainer.model, trainer.optimiser) is not None
    description["format"] -= 1
    save_file(arrays, path, {"hashbench": json.dumps(description)})
    assert checkpoint.read(tmp_path, "k", trainer.model, trainer.optimiser) is None


def test_a_damaged_checkpoint_is_named(tmp_path: Path) -> None:
    videos = Videos(np.ones((6, 4, 5), np.float32))
    (tmp_path / "training.safetensors").write_bytes(b"damaged")
    method = hashbench.method("ssth", bits=8, epochs=1)
    with pytest.raises(StoreError, match=r"training\.safetensors.*delete it"):
        method.attach(Workspace(tmp_path, tmp_path, "cpu")).fit(videos)


class Line(nn.Module):
    """One weight; its loss goes down by itself, stays, or ends in NaN at an update."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.w = nn.Parameter(torch.ones(1))
        self.kind, self.calls = kind, 0

    def forward(self, rows: Tensor, features: Tensor) -> dict[str, Tensor]:
        self.calls += 1
        if self.kind == "nan" and self.calls > 4:
            return {"loss": self.w.sum() * float("nan"), "part": self.w.sum()}
        loss = 0 * self.w.sum() + 1 if self.kind == "flat" else self.w.square().sum()
        return {"loss": loss * len(rows), "part": self.w.sum()}


class Two:
    """Two batches of two videos."""

    def epoch(self, epoch: int) -> Any:
        for rows in torch.arange(4).split(2):
            yield rows, torch.zeros(2, 1, 1)


class Sizes(Line):
    """Notes how many videos each update has, and at which learning rate."""

    def __init__(self) -> None:
        super().__init__("falling")
        self.sizes: list[int] = []

    def forward(self, rows: Tensor, features: Tensor) -> dict[str, Tensor]:
        self.sizes.append(len(rows))
        assert len(features) == len(rows)
        return super().forward(rows, features)


@given(videos=st.integers(1, 60), batch_size=st.integers(1, 30))
@settings(max_examples=30, deadline=None)
def test_trainer_and_feed_agree_on_the_batches(videos: int, batch_size: int) -> None:
    feed = Feed(Videos(np.ones((videos, 1, 1))), batch_size=batch_size, seed=0, device="cpu")
    model = Sizes()
    trainer = Trainer(model, plan(epochs=2, batch_size=batch_size), videos)
    trainer.fit(feed)
    assert trainer.updates_an_epoch == len(feed) == -(-videos // batch_size)
    assert model.sizes == 2 * trainer.sizes
    assert sum(trainer.sizes) == videos
    assert max(trainer.sizes) - min(trainer.sizes) <= 1
    updates = len(model.sizes)
    # The schedule has come to its last update, not to one before or beyond it.
    expected = 0.1 * one_cycle(updates - 1, updates)
    assert trainer.optimiser.param_groups[0]["lr"] == pytest.approx(expected)


def plan(**changes: Any) -> TrainingPlan:
    return TrainingPlan(**{"optimizer": "adam", "schedule": "one_cycle", "lr": 0.1, "epochs": 9,
                   "batch_size": 2, **changes})  # fmt: skip


def test_a_loss_that_is_not_finite_names_the_epoch_and_a_way_out() -> None:
    with pytest.raises(MethodError, match=r"epoch 3.*loss.*not finite.*lower lr"):
        Trainer(Line("nan"), plan(), 4).fit(Two())


def test_early_stopping_looks_at_the_training_loss() -> None:
    flat = Trainer(Line("flat"), plan(patience=2), 4).fit(Two())
    assert len(flat.videos_per_s) == 3
    assert flat.stopped == "no better loss for 2 epochs"
    falling = Trainer(Line("falling"), plan(patience=2), 4).fit(Two())
    assert len(falling.videos_per_s) == 9
    assert falling.stopped is None


def test_progress_tells_loss_speed_and_time_left() -> None:
    seen: list[dict[str, Any]] = []

    class Watch:
        def update(self, task: str, completed: float, total: Any = None, **fields: Any) -> None:
            seen.append({"task": task, "completed": completed, "total": total, **fields})

    Trainer(Line("falling"), plan(), 4, progress=Watch(), task="train x").fit(Two())
    assert [entry["completed"] for entry in seen] == list(range(1, 10))
    assert seen[-1] | {"videos_per_s": 0} == {
        "task": "train x", "completed": 9, "total": 9, "videos_per_s": 0, "left_s": 0.0,
        "loss": pytest.approx(seen[-1]["loss"]),
    }  # fmt: skip
    assert seen[0]["videos_per_s"] > 0


@pytest.mark.parametrize(
    "change",
    [{"epochs": 0}, {"batch_size": 0}, {"lr": 0.0}, {"schedule": "steps"}, {"warmup": 1.0},
     {"warmup": -0.1}],
)  # fmt: skip
def test_a_plan_says_what_cannot_be(change: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match=next(iter(change))):
        plan(**change)


def test_clipped_momentum_against_its_formula() -> None:
    w = nn.Parameter(torch.tensor([0.0, 0.0, 0.0]))
    optimiser = ClippedMomentum([w], lr=1e-4)
    expected, m = np.zeros(3), np.zeros(3)
    for g in ([0.5, 3.0, -2.0], [0.5, -1.0, -2.0], [-4.0, 0.1, 0.0]):
        w.grad = torch.tensor(g)
        optimiser.step()
        m = np.clip(0.9 * m - 1e-4 * np.array(g), -1e-4, 1e-4)
        expected += m
        np.testing.assert_allclose(w.detach().numpy(), expected, atol=1e-11)


@pytest.mark.parametrize(("max_norm", "wanted"), [(None, 4.0), (0.5, 0.5), (100.0, 4.0)])
def test_a_long_gradient_is_cut_to_the_norm(max_norm: float | None, wanted: float) -> None:
    model = Line("falling")  # the gradient of 2 w^2 is 4
    Trainer(model, plan(max_norm=max_norm), 4).step(torch.arange(2), torch.zeros(2, 1, 1), 0)
    assert model.w.grad is not None
    assert float(model.w.grad) == pytest.approx(wanted, rel=1e-5)


def test_one_cycle_rises_and_falls_to_zero() -> None:
    curve = [one_cycle(update, 1000) for update in range(1001)]
    assert curve[0] == pytest.approx(0.04)
    assert max(curve) == curve[300] == pytest.approx(1)
    assert curve[1000] == pytest.approx(0)
    assert np.all(np.diff(curve[:301]) >= 0)
    assert np.all(np.diff(curve[300:]) <= 0)


def test_cosine_falls_to_zero() -> None:
    curve = [cosine(update, 1000) for update in range(1001)]
    assert curve[0] == 1
    assert curve[500] == pytest.approx(0.5)
    assert curve[1000] == pytest.approx(0)
    assert np.all(np.diff(curve) < 0)


def test_a_warm_up_rises_in_equal_steps_and_then_leaves_the_schedule_alone() -> None:
    warm, cold = plan(schedule="cosine", warmup=0.1), plan(schedule="cosine")
    rates = [warm.rate(update, 100) for update in range(100)]
    plain = [cold.rate(update, 100) for update in range(100)]
    ratio = np.array(rates) / plain
    np.testing.assert_allclose(ratio[:10], np.arange(1, 11) / 10)
    np.testing.assert_array_equal(ratio[10:], 1)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, {"lr": 0.1, "epochs": 4, "max_norm": 2.0, "warmup": 0.2, "early_stop": True}),
        ({"lr": 0.3, "clip": 0.0, "warmup": 0.0}, {"lr": 0.3, "max_norm": None, "warmup": 0.0}),
        ({"updates": 35}, {"epochs": 7}),  # of five batches
        ({"updates": 1}, {"epochs": 3}),  # no fewer than the recipe's own epochs
        ({"epochs": 1}, {"epochs": 1}),
        ({"schedule": "constant", "early_stop": False}, {"schedule": "constant"}),
        ({"early_stop": False}, {"early_stop": False}),
    ],
)
def test_a_recipe_gives_way_to_what_is_asked_for(
    given: dict[str, Any], expected: dict[str, Any]
) -> None:
    recipe = Recipe("adam", "cosine", 0.1, 3, 10, 18, warmup=0.2, clip=2.0, early_stop=True)
    found = recipe.plan(50, **given)
    assert {name: getattr(found, name) for name in expected} == expected


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"epochs": 2, "updates": 9}, "give one of them"),
        ({"updates": 0}, "updates must be at least 1"),
        ({"clip": -1.0}, "clip must be 0"),
        ({"clip": float("nan")}, "clip must be 0"),
        ({"optimizer": "adagrad"}, "optimizer must be one of adam, adamw, momentum, sgd"),
        ({"patience": -1}, "patience must not be negative"),
    ],
)
def test_a_recipe_says_what_cannot_be(given: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        Recipe("adam", "constant", 0.1, 3, 10).plan(50, **given)


def test_the_scale_of_a_float16_loss_survives_a_restart(tmp_path: Path) -> None:
    half = {"precision": torch.float16, "epochs": 3}

    def train(epochs: int) -> Trainer:
        trainer = Trainer(Line("falling"), plan(**{**half, "epochs": epochs}), 4,
                          checkpoints=tmp_path, key="k")  # fmt: skip
        trainer.fit(Two())
        return trainer

    first = train(2)
    first.scaler.update(128.0)
    progressed = checkpoint.Progressed(2, first.history.to_json(), first.scaler.state_dict())
    checkpoint.write(tmp_path, "k", first.model, first.optimiser, progressed)
    assert train(2).scaler.get_scale() == 128
    # Six batches are too few for the scaler to grow by itself.
    assert train(3).scaler.get_scale() == 128


@pytest.mark.parametrize("name", ["ssvh", "conmh", "s5vh", "dh", "cibhash"])
def test_what_cannot_be_is_said_before_any_work(name: str) -> None:
    for params, message in (
        ({"optimizer": "adagrad"}, "optimizer must be one of"),
        ({"batch_size": 1}, "batch_size must be at least 2, not 1"),
    ):
        with pytest.raises(UsageError, match=message):
            hashbench.method(name, bits=8, **params).check_params()
    with pytest.raises(UsageError, match="seed must be a whole number from 0, not -1"):
        hashbench.method(name, bits=8, seed=-1).fit(Videos(np.zeros((30, 8, 4), np.float32)))


@pytest.mark.parametrize("name", ["ssth", "conmh", "bth", "greedyhash", "s5vh"])
@pytest.mark.parametrize("standardize", [True, False])
def test_a_training_that_bad_features_spoil_says_so(name: str, standardize: bool) -> None:
    frames = 1 if name == "greedyhash" else 8
    features = np.random.default_rng(0).standard_normal((40, frames, 6)).astype(np.float32)
    features[17, 0, 3] = np.nan
    method = hashbench.method(name, bits=8, epochs=2, standardize=standardize)
    with pytest.raises(DataError, match="NaN or infinite"):
        method.fit(Videos(features))


def test_another_plan_or_set_is_another_training() -> None:
    videos = Videos(np.ones((20, 8, 4), np.float32), name="fcvid/train")
    same = Videos(np.ones((20, 8, 4), np.float32), name="ucf101/train")
    method = hashbench.method("conmh", bits=8, recipe="paper")
    assert method._key(videos) == method._key(videos)
    assert method._key(videos) != method._key(same)


def test_the_gradient_of_gathered_rows_is_no_one_elses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(distributed.dist, "all_reduce", lambda t: t.mul_(2))
    grad = torch.ones(4, 2)
    mine, _ = distributed._Gather.backward(SimpleNamespace(mine=slice(0, 2)), grad)
    assert (mine == 2).all()
    assert (grad == 1).all()
