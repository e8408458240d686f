"""The convergence check against an independent regression, and on losses that are known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import lfilter
from scipy.stats import linregress

from hashbench.nn.training.convergence import convergence
from hashbench.nn.training.history import History


def test_the_slope_in_units_of_its_error_is_that_of_a_regression() -> None:
    noise = np.random.default_rng(0).standard_normal(40)
    noise[1::2] = -np.abs(noise[1::2])  # residuals that alternate: no widening
    noise[::2] = np.abs(noise[::2])
    losses = 5 - 0.2 * np.arange(40) + noise
    fit = linregress(np.arange(40), losses)
    found = convergence(losses.tolist(), 50.0)
    assert found is not None
    assert found.t == pytest.approx(fit.slope / fit.stderr)
    end = fit.intercept + 39 * fit.slope
    assert found.share == pytest.approx(-39 * fit.slope / (50 - end))
    assert found.updates == 40


def test_neighbours_that_are_alike_make_the_slope_less_sure() -> None:
    steps = np.random.default_rng(1).standard_normal(20_000)
    losses = lfilter([1], [1, -0.8], steps)  # each 0.8 of the one before, and something new
    found = convergence(losses.tolist(), 100.0)
    assert found is not None
    plain = linregress(np.arange(len(losses)), losses)
    assert found.t / (plain.slope / plain.stderr) == pytest.approx(1 / 3, abs=0.01)


@pytest.mark.parametrize(
    ("slope", "noise", "falling"),
    [(-0.1, 0.5, True), (0.0, 0.5, False), (0.1, 0.5, False), (-0.1, 50.0, False),
     (-1e-4, 1e-3, False), (-0.1, 0.0, True), (0.0, 0.0, False)],
)  # fmt: skip
def test_falling_is_a_fall_beyond_noise_and_worth_something(
    slope: float, noise: float, falling: bool
) -> None:
    random = np.random.default_rng(2)
    losses = 10 + slope * np.arange(100) + noise * random.standard_normal(100)
    found = convergence(losses.tolist(), 100.0)
    assert found is not None
    assert found.falling is falling


def test_a_loss_without_trend_is_seldom_called_falling() -> None:
    random = np.random.default_rng(3)
    found = [convergence(random.standard_normal(100).tolist(), 5.0) for _ in range(1000)]
    assert np.mean([abs(one.t) > 2 for one in found if one is not None]) < 0.07
    assert not any(one.falling for one in found if one is not None and one.t > -3)


def test_too_few_updates_say_nothing() -> None:
    assert convergence([3.0, 2.0, 1.0], 4.0) is None
    history = History()
    history.append({"loss": 1.0}, 1.0)
    history.add_batches([1.0] * 9, 9)
    assert "loss_falling" not in history.to_json()


def test_a_history_keeps_the_last_tenth_and_goes_on_after_a_restart() -> None:
    whole, halted = History(), History()
    losses = [float(-i) for i in range(300)]
    for epoch in range(30):
        batches = losses[10 * epoch : 10 * epoch + 10]
        for history in (whole, halted):
            history.append({"loss": float(np.mean(batches))}, 1.0)
            history.add_batches(batches, 300)
        if epoch == 17:
            halted = History.from_json(halted.state())
    assert whole.recent == losses[270:]
    assert halted.state() == whole.state()
    found = whole.to_json()
    assert found["loss_falling"] is True
    assert found["loss_slope_share"] == pytest.approx(29 / (299 - 4.5), abs=1e-4)


def test_a_training_that_stopped_early_is_judged_by_its_own_last_tenth() -> None:
    history = History()
    for epoch in range(10):
        history.append({"loss": 1.0}, 1.0)
        history.add_batches([float(epoch)] * 20, 1000)
    assert history.convergence is not None
    assert history.convergence.updates == 20
