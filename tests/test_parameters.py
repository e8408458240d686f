"""Checks of parameters: what they let pass, and what they say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from hashbench import parameters
from hashbench.errors import UsageError


@pytest.mark.parametrize(
    ("check", "right", "wrong", "message"),
    [
        (parameters.above_zero, 1e-9, 0, "x must be above 0, not 0"),
        (parameters.not_negative, 0, -0.5, "x must not be negative, not -0.5"),
        (parameters.proportion, 0.99, 1.0, "x must be a share below 1, not 1.0"),
        (parameters.proportion, 0, -0.1, "x must be a share below 1, not -0.1"),
        (parameters.above_zero, 1, float("nan"), "x must be above 0, not nan"),
        (parameters.not_negative, 1, float("nan"), "x must not be negative, not nan"),
    ],
)
def test_numbers(check: Callable[..., None], right: float, wrong: float, message: str) -> None:
    check(x=right, y=None)
    with pytest.raises(UsageError) as raised:
        check(y=right, x=wrong)
    assert str(raised.value) == message


@pytest.mark.parametrize(
    ("default", "right", "wrong", "message"),
    [
        (True, False, 1, "x must be true or false, not 1"),
        (10, np.int64(3), 1e3, "x must be a whole number, not 1000.0"),
        (10, 3, True, "x must be a whole number, not True"),
        (0.5, 1, "0.5", "x must be a number, not '0.5'"),
        (0.5, np.float32(1), None, "x must be a number, not None"),
    ],
)
def test_of_kind(default: Any, right: Any, wrong: Any, message: str) -> None:
    parameters.of_kind(default, x=right)
    parameters.of_kind(None, x=wrong)
    parameters.of_kind("auto", x=wrong)
    with pytest.raises(UsageError) as raised:
        parameters.of_kind(default, x=wrong)
    assert str(raised.value) == message


def test_at_least() -> None:
    parameters.at_least(2, x=2, y=None)
    with pytest.raises(UsageError, match=r"^x must be at least 2, not 1$"):
        parameters.at_least(2, y=None, x=1)


@pytest.mark.parametrize("value", ["b", None])
def test_one_of(value: Any) -> None:
    parameters.one_of(("a", None), x="a", y=None)
    with pytest.raises(UsageError, match=rf"^x must be one of a, not {value!r}$"):
        parameters.one_of(("a",), x=value)
