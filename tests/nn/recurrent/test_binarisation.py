"""Binarisation: forward exactly +-1, backward the stand-in gradient."""

from __future__ import annotations

import pytest
import torch

from hashbench.nn import sign, signs


@pytest.mark.parametrize("estimator", ["p", "tanh"])
def test_forward_is_plus_or_minus_one_with_zero_positive(estimator: str) -> None:
    h = torch.tensor([-3.0, -1e-30, -0.0, 0.0, 1e-30, 3.0])
    assert sign(h, estimator).tolist() == [-1, -1, 1, 1, 1, 1]  # type: ignore[arg-type]
    assert set(signs(torch.randn(1000)).tolist()) == {-1.0, 1.0}


def test_gradient_of_p_is_one_inside_the_unit_interval() -> None:
    h = torch.tensor([-1.5, -1.0, 0.0, 1.0, 1.5], requires_grad=True)
    (sign(h, "p") * torch.tensor([2.0, 3.0, 4.0, 5.0, 6.0])).sum().backward()
    assert h.grad is not None
    assert h.grad.tolist() == [0, 3, 4, 5, 0]


def test_gradient_of_tanh_is_that_of_tanh() -> None:
    h = torch.randn(9, requires_grad=True)
    sign(h, "tanh").sum().backward()
    other = h.detach().clone().requires_grad_()
    torch.tanh(other).sum().backward()
    torch.testing.assert_close(h.grad, other.grad)
