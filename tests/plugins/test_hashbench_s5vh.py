"""S5VH as a method."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import hashbench
from hashbench import Videos
from hashbench.errors import HashbenchError
from hashbench.nn import of_dataset
from hashbench_s5vh import centres
from hashbench_s5vh.clusters import find_clusters
from hashbench_s5vh.model import Loss, Model
from hashbench_s5vh.network import Block, Encoder, Shape
from hashbench_s5vh.recipes import SETTINGS


def videos(seed: int = 0, n: int = 24) -> Videos:
    centre = np.random.default_rng(9).standard_normal((4, 6, 7))
    noise = np.random.default_rng(seed).standard_normal((n, 6, 7))
    return Videos((centre[np.arange(n) % 4] + 0.3 * noise).astype(np.float32))


@pytest.fixture(autouse=True)
def few_iterations(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(centres, "_GROWTH", 10.0)
    monkeypatch.setattr(centres, "_AT_LAST", 2)


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"variant": "official", "relabel_from": 1},
        {"directions": "shared", "centres": "random", "relabel_from": 0},
        {"recipe": "paper", "depth": 1},
    ],
    ids=str,
)
def test_every_setting_trains_saves_and_loads(params: dict[str, Any], tmp_path: Path) -> None:
    method = hashbench.method("s5vh", bits=8, epochs=2, clusters=4, **params).fit(videos())
    codes = method.encode(videos(1))
    assert (len(codes), codes.n_bits) == (24, 8)
    method.save(tmp_path)
    assert hashbench.load_method(tmp_path).encode(videos(1)).sha256 == codes.sha256
    assert not method.uses_labels
    terms = method.diagnostics()["loss_history"]
    assert set(terms) == {"loss", "reconstruction", "contrast", "cluster"}
    assert all(np.isfinite(values).all() and len(values) == 2 for values in terms.values())


def test_the_loss_falls() -> None:
    method = hashbench.method("s5vh", bits=16, epochs=40, clusters=4, drop_path=0.0, lr=3e-3)
    losses = method.fit(videos()).diagnostics()["loss_history"]["loss"]
    assert losses[-1] < 0.8 * losses[0]


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"bits": 48}, "centres=hadamard needs bits that are a power of 2, not 48"),
        ({"bits": 4}, "4 bits have 8 centres, not 20: lower clusters, or raise bits"),
        ({"clusters": 25}, "25 clusters need as many training videos, not 24: lower clusters"),
        ({"clusters": 1}, "clusters must be at least 2, not 1"),
        ({"mask": 0.1}, "a mask of 0.1 hides 0 of 6 frames"),
        ({"mask": 1.5}, "mask must be a share below 1, not 1.5"),
        ({"directions": "both"}, "directions must be one of shared, separate, not 'both'"),
        ({"centres": "mean"}, "centres must be one of random, hadamard, not 'mean'"),
        ({"drop_path": 1.0}, "drop_path must be a share below 1, not 1.0"),
        ({"contrast": -1.0}, "contrast must not be negative, not -1.0"),
        ({"depth": 0}, "depth must be at least 1, not 0"),
    ],
    ids=str,
)
def test_wrong_input_is_named_before_training(params: dict[str, Any], message: str) -> None:
    given = {"bits": 16, "clusters": 20, "epochs": 1} | params
    with pytest.raises(HashbenchError, match=message) as raised:
        hashbench.method("s5vh", **given).fit(videos())
    assert "\n" not in str(raised.value)


def test_recipes_follow_the_card() -> None:
    card = of_dataset(SETTINGS, "activitynet/train")
    assert (card.recipe.epochs, card.recipe.batch_size, card.clusters) == (350, 128, 100)
    assert card.loss == Loss(mask=0.5, contrast=0.2, prior=0.05, cluster=0.001)
    assert of_dataset(SETTINGS, "hmdb51/train").components == 1024
    assert of_dataset(SETTINGS, "yfcc-1000q/train") == of_dataset(SETTINGS, "fcvid/train")
    plan = card.recipe.plan(9_722)
    assert (plan.optimizer, plan.lr, plan.weight_decay) == ("adamw", 5e-4, 1e-4)


def test_labels_move_after_the_warm_up_and_not_in_evaluation() -> None:
    shape = Shape(7, 6, 8, width=8, depth=2, decoder_width=6)
    labels = torch.eye(4).repeat(6, 1)
    model = Model(shape, Loss(mask=0.5, relabel_from=1), labels)
    v, rows = torch.from_numpy(videos().take(np.arange(5))), torch.arange(5)
    model.begin_epoch()
    model(rows, v)
    torch.testing.assert_close(model.labels, labels)
    model.begin_epoch()
    model.eval()
    model(rows, v)
    torch.testing.assert_close(model.labels, labels)
    model.train()
    model(rows, v)
    moved = model.labels
    assert (moved[:5] != labels[:5]).all()
    torch.testing.assert_close(moved[5:], labels[5:])
    torch.testing.assert_close(moved.sum(1), torch.ones(24))
    assert (moved[:5] - labels[:5]).abs().max() <= 0.01


def test_directions_and_the_start_of_step_sizes() -> None:
    shape = Shape(7, 6, 8, width=16, depth=2)
    count = {
        directions: sum(p.numel() for p in Encoder(shape, "paper", directions).blocks.parameters())
        for directions in ("shared", "separate")
    }
    norms = 2 * 4 * 16
    assert count["separate"] - norms == 2 * (count["shared"] - norms)
    kept, reset = (Encoder(shape, variant, "shared").blocks[0] for variant in ("paper", "official"))
    assert isinstance(kept, Block)
    assert isinstance(reset, Block)
    assert kept.forwards.delta.bias.max() < -2
    assert (reset.forwards.delta.bias == 0).all()


@pytest.mark.parametrize("directions", ["shared", "separate"])
def test_a_block_reads_both_ways(directions: Any) -> None:
    block = Block(16, directions).double()
    x = torch.randn(3, 5, 16, dtype=torch.float64)
    back = block.forwards if block.backwards is None else block.backwards
    ahead = block.forwards(block.norm1(x))
    behind = torch.flip(back(block.norm2(torch.flip(x, [1]))), [1])
    torch.testing.assert_close(block(x), x + ahead + behind)
    scale = torch.tensor([0.0, 1.0, 2.0], dtype=torch.float64)
    torch.testing.assert_close(block(x, scale)[0], x[0])
    torch.testing.assert_close(block(x, scale)[2], x[2] + 2 * (ahead + behind)[2])


def test_hadamard_rows() -> None:
    rows = centres.hadamard_rows(16, 40, seed=0)
    assert rows.shape == (40, 16)
    assert len(np.unique(rows, axis=0)) == 40
    np.testing.assert_array_equal(rows[:16] @ rows[:16].T, 16 * np.eye(16))
    np.testing.assert_array_equal(rows[16:32], -rows[:16])
    assert (rows[32:].sum(1) == 0).all()
    np.testing.assert_array_equal(rows, centres.hadamard_rows(16, 40, seed=0))


def test_improved_centres_are_codes_and_no_worse() -> None:
    rng = np.random.default_rng(3)
    semantics = rng.standard_normal((5, 3))
    start = centres.hadamard_rows(16, 5, seed=0)
    found = centres.improved(start, semantics, rng.random)
    assert (abs(found) == 1).all()
    assert len(np.unique(found, axis=0)) == 5
    distances = (16 - found @ found.T) / 2
    assert distances[np.triu_indices(5, 1)].mean() >= 8


def test_clusters_are_found() -> None:
    mean = videos(n=40).mean_pooled()
    found = find_clusters(mean, 4, 512, seed=0)
    assert found.one_hot().shape == (40, 4)
    for group in range(4):
        assert len(set(found.of[group::4].tolist())) == 1
    np.testing.assert_allclose(np.linalg.norm(found.centroids, axis=1), 1)
