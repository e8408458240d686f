"""lambda weighs alike on sets of any shape, or as Eq. 22 has it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp
import torch

from hashbench import Videos
from hashbench.errors import UsageError
from hashbench.nn import Graph
from hashbench.runs.choices import choose
from hashbench_ssvh.method import SSVH
from hashbench_ssvh.model import VARIANTS, Model, Shape


def terms(balance: Any, variant: str = "paper", *, lam: float = 0.001) -> dict[str, float]:
    torch.manual_seed(0)
    graph = Graph(sp.csr_matrix(np.eye(12)))
    shape = Shape(dims=5, frames=6, hidden=4, bits=4, stride=2, videos=12)
    model = Model(shape, VARIANTS[variant], graph=graph, lam=lam, eta=0.3, balance=balance)
    found = model(torch.arange(8), torch.randn(8, 6, 5, generator=torch.manual_seed(1)))
    return {name: float(value.detach()) for name, value in found.items()}


@pytest.mark.parametrize("variant", ["paper", "official"])
def test_by_shape_each_sum_counts_as_on_the_papers_set(variant: str) -> None:
    plain, scaled = terms("none", variant), terms("shape", variant)
    # On 24 x 4096 features a mean squared error adds up over 98,304 entries, not 30; a mean loss of
    # pairs over 45,585 videos, not 12. eta's term and L2 do not depend on either.
    expected = (
        0.001 * plain["reconstruction"] * 24 * 4096 / 30
        + 0.999 * (plain["pairs"] * 45_585 / 12 + plain["quantisation"])
        + plain.get("l2", 0.0)
    )
    assert 45_585 * scaled["loss"] == pytest.approx(expected, rel=1e-5)


def test_without_balance_the_loss_is_eq_22_to_the_letter() -> None:
    found = terms("none", lam=0.25)
    neighbour = found["pairs"] + found["quantisation"]
    assert found["loss"] == pytest.approx(0.25 * found["reconstruction"] + 0.75 * neighbour)


def test_the_recipe_decides_unless_asked_otherwise() -> None:
    features = np.random.default_rng(0).standard_normal((12, 6, 5)).astype(np.float32)

    def first_loss(**params: Any) -> float:
        method = SSVH(bits=4, epochs=1, k1=2, k2=2, standardize=False, batch_size=12, **params)
        loss = method.fit(Videos(features)).diagnostics()["loss_history"]["pairs"][0]
        return float(loss)

    letter = first_loss(recipe="paper")
    assert first_loss() == pytest.approx(letter / 12, rel=1e-4)
    assert first_loss(balance="none") == pytest.approx(letter, rel=1e-4)
    assert first_loss(recipe="paper", balance="shape") == pytest.approx(letter / 12, rel=1e-4)


def test_a_balance_that_is_not_there() -> None:
    with pytest.raises(UsageError, match="balance must be one of recipe, shape, none, not 'size'"):
        SSVH(balance="size").check_params()  # type: ignore[arg-type]


def test_on_the_command_line_none_is_a_value_of_its_own() -> None:
    """Where the default is None, the word none would mean the default."""
    (choice,) = choose(["ssvh[balance=none]"])
    assert choice.label == "ssvh[balance=none]"
    assert choice.params["balance"] == "none"
