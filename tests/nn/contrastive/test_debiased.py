"""The debiased contrastive loss against its formula, term by term."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from hashbench.errors import UsageError
from hashbench.nn import debiased_contrast


def by_the_formula(z1: np.ndarray, z2: np.ndarray, tau: float, prior: float) -> float:
    z = np.concatenate([z1, z2])
    z = z / np.linalg.norm(z, axis=1, keepdims=True)
    B, total = len(z1), 0.0
    for i in range(2 * B):
        p = math.exp(z[i] @ z[(i + B) % (2 * B)] / tau)
        others = [j for j in range(2 * B) if j % B != i % B]
        S = sum(math.exp(z[i] @ z[j] / tau) for j in others)
        N = (S - prior * len(others) * p) / (1 - prior)
        N = max(N, len(others) * math.exp(-1 / tau))
        total -= math.log(p / (p + N))
    return total / (2 * B)


@pytest.mark.parametrize(("tau", "prior"), [(0.5, 0.1), (0.5, 0.0), (0.05, 0.6)])
def test_loss_follows_the_formula(tau: float, prior: float) -> None:
    random = np.random.default_rng(0)
    z1 = random.standard_normal((6, 4))
    z2 = z1 + random.standard_normal((6, 4))
    ours = debiased_contrast(
        torch.from_numpy(z1), torch.from_numpy(z2), temperature=tau, prior=prior
    )
    assert ours.item() / 6 == pytest.approx(by_the_formula(z1, z2, tau, prior), rel=1e-12)


def test_one_video_alone_has_nothing_to_be_told_from() -> None:
    z = torch.tensor([[1.0, 2.0]])
    assert debiased_contrast(z, z, temperature=0.5, prior=0.1).item() == 0


def test_a_gathered_batch_of_one_process_changes_nothing() -> None:
    torch.manual_seed(0)
    z1, z2 = torch.randn(2, 5, 8)
    alone = debiased_contrast(z1, z2, temperature=0.5, prior=0.1)
    shared = debiased_contrast(z1, z2, temperature=0.5, prior=0.1, gathered=(z1, z2))
    assert torch.equal(alone, shared)


def test_shares_of_a_batch_add_up_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(0)
    z1, z2 = torch.randn(2, 5, 8, dtype=torch.float64)
    whole = debiased_contrast(z1, z2, temperature=0.5, prior=0.1)
    total = torch.zeros((), dtype=torch.float64)
    for part in (slice(0, 3), slice(3, 5)):
        monkeypatch.setattr("hashbench.nn.contrastive.debiased.share", lambda n, part=part: part)
        total += debiased_contrast(
            z1[part], z2[part], temperature=0.5, prior=0.1, gathered=(z1, z2)
        )
    torch.testing.assert_close(total, whole)


def test_a_temperature_whose_power_is_too_large() -> None:
    z = torch.randn(512, 8, generator=torch.Generator().manual_seed(0))
    assert torch.isfinite(debiased_contrast(z, z, temperature=0.0125, prior=0.1))
    with pytest.raises(UsageError, match=r"temperature must be at least 0\.0125, not 0\.012"):
        debiased_contrast(z, z, temperature=0.012, prior=0.1)
