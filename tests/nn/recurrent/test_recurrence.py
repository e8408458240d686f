"""The hand-written gradients against finite differences and against autograd."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

import pytest
import torch
from lstm_cells import CELLS
from torch import Tensor

from hashbench.nn import LSTM, BinaryLSTM, Cell, sign
from hashbench.nn.recurrent import lstm
from hashbench.nn.recurrent.lstm import _Recurrence
from hashbench.nn.recurrent.recurrence import Unrolling

pytestmark = pytest.mark.usefixtures("way")

D, T, B, L = 2, 4, 3, 2


@pytest.fixture(params=["compiled", "torch"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Run with compiled code, or with torch's operations as on a device that has none."""
    if request.param == "torch":
        monkeypatch.setattr(lstm, "compiles", lambda unrolling, state: False)
    return str(request.param)


def arguments(cell: Cell, hold: tuple[int, bool] | None) -> list[Tensor | None]:
    torch.manual_seed(0)

    def draw(*shape: int) -> Tensor:
        return torch.randn(*shape, dtype=torch.float64, requires_grad=True)

    return [
        None if hold is None else draw(D, -(-T // hold[0]), B, 4 * L),
        draw(D, 4 * L),
        draw(D, L, 4 * L),
        draw(D, 3, L) if cell.peephole else None,
        draw(D, T, L) if cell.batch_norm else None,
        draw(D, T, L) if cell.batch_norm else None,
        draw(D, B, L),
        draw(D, B, L),
    ]


@pytest.mark.parametrize("hold", [None, (1, False), (2, False), (3, True)])
@pytest.mark.parametrize("cell", CELLS, ids=str)
def test_gradients_agree_with_finite_differences(cell: Cell, hold: tuple[int, bool] | None) -> None:
    template = arguments(cell, hold)

    def run(*values: Tensor) -> tuple[Tensor, Tensor]:
        given = iter(values)
        full = [None if value is None else next(given) for value in template]
        hidden, last, _, _ = _Recurrence.apply(
            Unrolling(cell, T, hold or (1, False), torch.float64), None, True, None, *full
        )
        return hidden, last

    live = [value for value in template if value is not None]
    assert torch.autograd.gradcheck(run, live, fast_mode=True, atol=1e-5)


def plain_blstm(
    layer: BinaryLSTM, x: Tensor, peephole: str, estimator: Literal["p", "tanh"]
) -> Tensor:
    """Eq. 2-8, one operation at a time, differentiated by autograd."""
    W, U, bias, M = layer.W[0], layer.U[0], layer.b[0], layer.M[0]  # type: ignore[index]
    gamma, beta = layer.gamma[0], layer.beta[0]  # type: ignore[index]
    b = torch.zeros(x.shape[1], layer.units, dtype=x.dtype)
    c = torch.zeros_like(b)
    hidden = []
    for t, x_t in enumerate(x):
        m, i, f, o = (x_t @ W + b @ U + bias).split(layer.units, dim=1)
        i, f = torch.sigmoid(i + M[0] * c), torch.sigmoid(f + M[1] * c)
        raw = f * c + i * torch.tanh(m)
        mean = raw.mean(0)
        deviation = (raw.var(0, unbiased=False) + 1e-10).sqrt()
        new = gamma[t] * (raw - mean) / deviation + beta[t]
        o = torch.sigmoid(o + M[2] * (c if peephole == "previous" else new))
        c = new
        hidden.append(o * c)
        b = sign(hidden[-1], estimator)
    return torch.stack(hidden)


@pytest.mark.parametrize("estimator", ["p", "tanh"])
@pytest.mark.parametrize("peephole", ["previous", "new"])
def test_binary_lstm_agrees_with_its_equations(peephole: Any, estimator: Any) -> None:
    torch.manual_seed(1)
    layer = BinaryLSTM(5, 6, T, peephole=peephole, estimator=estimator).double()
    with torch.no_grad():
        layer.gamma.uniform_(0.5, 1.5)  # type: ignore[union-attr]
    x = torch.randn(T, 7, 5, dtype=torch.float64)
    weight = torch.randn(T, 7, 6, dtype=torch.float64)
    ours, _ = layer(x.unsqueeze(0), (None, None), 7)
    theirs = plain_blstm(layer, x, peephole, estimator)
    torch.testing.assert_close(ours[0], theirs)
    parameters = list(layer.parameters())
    a = torch.autograd.grad((ours[0] * weight).sum(), parameters)
    b = torch.autograd.grad((theirs * weight).sum(), parameters)
    for mine, reference in zip(a, b, strict=True):
        torch.testing.assert_close(mine, reference)


def test_plain_lstm_agrees_with_torch() -> None:
    torch.manual_seed(2)
    layer = LSTM(5, 6, T, Cell()).double()
    reference = torch.nn.LSTM(5, 6).double()

    def turned(weights: Tensor) -> Tensor:
        m, i, f, o = weights.split(6, dim=-1)
        return torch.cat([i, f, m, o], dim=-1)

    with torch.no_grad():
        reference.weight_ih_l0.copy_(turned(layer.W[0]).t())  # type: ignore[index]
        reference.weight_hh_l0.copy_(turned(layer.U[0]).t())
        reference.bias_ih_l0.copy_(turned(layer.b[0]))
        reference.bias_hh_l0.zero_()
    x = torch.randn(T, 7, 5, dtype=torch.float64)
    hidden, cell = layer(x.unsqueeze(0), (None, None), 7)
    theirs, (_, last) = reference(x)
    torch.testing.assert_close(hidden[0], theirs)
    torch.testing.assert_close(cell, last)


def test_inference_uses_running_moments_whatever_the_batch() -> None:
    torch.manual_seed(3)
    layer = BinaryLSTM(5, 6, T)
    x = torch.randn(1, T, 64, 5)
    for _ in range(5):
        layer(x, (None, None), 64)
    layer.eval()
    with torch.no_grad():
        together, _ = layer(x, (None, None), 64)
        alone, _ = layer(x[:, :, :1], (None, None), 1)
    torch.testing.assert_close(alone[0, :, 0], together[0, :, 0])
    # The moments of five equal batches are that batch's own, not a mixture with the start.
    layer.train()
    trained, _ = layer(x, (None, None), 64)
    torch.testing.assert_close(trained, together, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("binary", [False, True])
def test_states_are_the_same_whether_or_not_a_gradient_is_kept(cell: Cell, binary: bool) -> None:
    torch.manual_seed(0)
    layer = LSTM(3, L, T, replace(cell, binary=binary), stacks=D)
    x = torch.randn(D, T, B, 3)
    hidden, last = layer(x, (None, None), B)
    with torch.no_grad():
        hidden_only, last_only = layer(x, (None, None), B)
    assert torch.equal(hidden, hidden_only)
    assert torch.equal(last, last_only)


def test_a_training_that_diverges_is_not_hidden() -> None:
    layer = LSTM(3, 4, T, Cell(peephole="new"))
    with torch.no_grad():
        layer.U[0, 0, 0] = float("nan")
    hidden, _ = layer(torch.randn(1, T, B, 3), (None, None), B)
    assert hidden[:, 1:].isnan().any()
