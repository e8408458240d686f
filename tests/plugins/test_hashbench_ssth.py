"""SSTH as a method."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import hashbench
from hashbench import Videos
from hashbench.errors import UsageError


def videos(seed: int = 0) -> Videos:
    centres = np.random.default_rng(9).standard_normal((4, 5, 7))
    noise = np.random.default_rng(seed).standard_normal((24, 5, 7))
    return Videos((centres[np.arange(24) % 4] + 0.3 * noise).astype(np.float32))


@pytest.mark.parametrize(
    "params", [{}, {"layers": 2}, {"activation": "tanh"}, {"recipe": "paper"}], ids=str
)
def test_every_setting_trains_saves_and_loads(params: dict[str, Any], tmp_path: Path) -> None:
    method = hashbench.method("ssth", bits=8, epochs=3, **params).fit(videos())
    codes = method.encode(videos(1))
    assert (len(codes), codes.n_bits) == (24, 8)
    method.save(tmp_path)
    assert hashbench.load_method(tmp_path).encode(videos(1)).sha256 == codes.sha256
    assert not method.uses_labels
    losses = method.diagnostics()["loss_history"]["loss"]
    assert len(losses) == 3


def test_the_loss_falls() -> None:
    method = hashbench.method("ssth", bits=16, epochs=30).fit(videos())
    losses = method.diagnostics()["loss_history"]["reconstruction"]
    assert losses[-1] < 0.5 * losses[0]


def test_the_paper_recipe_makes_twenty_thousand_updates() -> None:
    from hashbench_ssth.method import RECIPES

    plan = RECIPES["paper"].plan(
        45_585, optimizer=None, lr=None, epochs=None, batch_size=None, precision="float32",
        patience=0,
    )  # fmt: skip
    assert (plan.epochs * 456, plan.batch_size, plan.lr) == (20_064, 100, 1e-3)


def test_layers_are_one_or_two() -> None:
    with pytest.raises(UsageError, match="layers must be 1 or 2, not 3"):
        hashbench.method("ssth", bits=8, layers=3).fit(videos())
