"""Lists of numbers with '...'."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashbench.errors import UsageError
from hashbench.runs.progressions import numbers


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("64", (64,)),
        ("8, 64 ,16", (8, 64, 16)),
        ("8,16,...,256", (8, 16, 32, 64, 128, 256)),
        ("8,16,24,...,64", (8, 16, 24, 32, 40, 48, 56, 64)),
        ("20,40,...,100", (20, 40, 60, 80, 100)),
        ("1,10,100,...,10000", (1, 10, 100, 1000, 10000)),
        ("256,128,...,8", (256, 128, 64, 32, 16, 8)),
        ("4,6,...,9", (4, 6, 9)),
        ("5,4,...,1", (5, 4, 3, 2, 1)),
        ("1,2,...,4,10,20,...,40", None),
    ],
)
def test_progressions(text: str, expected: tuple[int, ...] | None) -> None:
    if expected is None:
        # The numbers before the second '...' are all of them: 1, 2, 4, 10, 20 is no progression.
        with pytest.raises(UsageError, match="no single progression"):
            numbers(text, "--bits")
    else:
        assert numbers(text, "--bits") == expected


def test_numbers_of_numpy_are_taken_too() -> None:
    assert numbers(np.int64(8), "--bits") == (8,)
    assert numbers(np.array(8), "--bits") == (8,)  # type: ignore[arg-type]
    assert numbers(np.array([8, 16]), "--bits") == (8, 16)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="--bits True"):
        numbers(True, "--bits")


def test_lists_of_numbers_are_taken_too() -> None:
    assert numbers([8, 16], "--bits") == (8, 16)
    assert numbers([8, 16, "...", 64], "--bits") == (8, 16, 32, 64)
    assert numbers(8, "--bits") == (8,)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("8,15,...,256", "--bits 8,15,...,256: no single progression goes from 8, 15 to 256"),
        ("8,16,30,...,256", "no single progression goes from 8, 16, 30 to 256"),
        ("8,8,...,8", "no single progression"),
        ("16,8,...,256", "no single progression"),
        ("0", "0 is out of range; from 1 to 4096 is possible"),
        ("8,4097", "4097 is out of range"),
        ("-8", "-8 is out of range"),
        ("8,16,8", "8 comes twice"),
        ("8,...,16", "needs two numbers before it"),
        ("8,16,...", "one after it"),
        ("", "'' is not a whole number"),
        ("8,,16", "'' is not a whole number"),
        ("8.5", "'8.5' is not a whole number"),
        ("8,16,...,x", "'x' is not a whole number"),
    ],
)
def test_what_is_wrong_is_said(text: str, complaint: str) -> None:
    with pytest.raises(UsageError) as caught:
        numbers(text, "--bits", high=4096)
    assert complaint in str(caught.value)
    assert "\n" not in str(caught.value)


@given(st.integers(-50, 50), st.integers(-9, 9).filter(bool), st.integers(4, 30))
def test_three_terms_name_any_arithmetic_progression(start: int, step: int, count: int) -> None:
    terms = [start + step * i for i in range(count)]
    text = ",".join(map(str, [*terms[:3], "...", terms[-1]]))
    assert numbers(text, "--x", low=-(10**6)) == tuple(terms)


@given(st.integers(1, 50), st.integers(2, 5), st.integers(3, 8))
def test_two_terms_name_a_geometric_progression_first(start: int, ratio: int, count: int) -> None:
    terms = [start * ratio**i for i in range(count)]
    text = ",".join(map(str, [*terms[:2], "...", terms[-1]]))
    assert numbers(text, "--x") == tuple(terms)
