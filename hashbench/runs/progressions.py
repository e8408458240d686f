"""Lists of whole numbers as people write them: ``8,16,...,256``."""

from __future__ import annotations

import itertools
import operator
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

from hashbench.errors import UsageError
from hashbench.ranking.cutoffs import ALL

DEFAULT_BITS = "8,16,...,256"
DEFAULT_K = "20,40,60,80,100"

_LONGEST = 10_000


def numbers(
    value: str | int | Sequence[int | str],
    option: str,
    *,
    low: int = 1,
    high: int | None = None,
    whole_list: bool = False,
) -> tuple[int, ...]:
    """Return the whole numbers that ``value`` lists.

    ``...`` continues the progression of the numbers before it up to the one after it. With two
    numbers before it, both kinds are tried, the geometric first, since code lengths double:
    ``8,16,...,256`` is 8, 16, 32, 64, 128, 256 and ``20,40,...,100`` is 20, 40, 60, 80, 100.
    With three, the kind is theirs: ``8,16,24,...,256`` goes up by 8.

    Parameters
    ----------
    value : str, int or sequence
        The list, its items separated by commas where it is one string.
    option : str
        For messages, such as ``"--bits"``.
    low, high : int, optional
        The smallest and the largest number allowed.
    whole_list : bool
        Whether ``all`` is a number, too: :data:`hashbench.ranking.ALL`.

    Raises
    ------
    UsageError
        If an item is no whole number, is out of range or comes twice, or ``...`` continues no
        single progression.

    Examples
    --------
    >>> numbers("8,16,...,256", "--bits")
    (8, 16, 32, 64, 128, 256)
    >>> numbers("20,40,...,100", "--k")
    (20, 40, 60, 80, 100)
    >>> numbers("1000,all", "--k", whole_list=True)
    (1000, all)
    """
    texts = [str(item).strip() for item in _items(value, option)]
    shown = f"{option} {','.join(texts)}"
    while "..." in texts:
        at = texts.index("...")
        before = [_whole(text, shown) for text in texts[:at]]
        if len(before) < 2 or at + 1 >= len(texts):
            raise UsageError(f"{shown}: '...' needs two numbers before it and one after it")
        between = _continued(before, _whole(texts[at + 1], shown), shown)
        texts[at : at + 1] = [str(number) for number in between]
    found = [_number(text, shown) if whole_list else _whole(text, shown) for text in texts]
    for number in found:
        if number < low or (high is not None and number > high):
            span = f"from {low} to {high}" if high is not None else f"at least {low}"
            raise UsageError(f"{shown}: {number} is out of range; {span} is possible")
    twice = sorted({number for number in found if found.count(number) > 1})
    if twice:
        raise UsageError(f"{shown}: {twice[0]} comes twice")
    return tuple(found)


def _items(value: Any, option: str) -> Iterable[Any]:
    if isinstance(value, str):
        return value.split(",")
    if isinstance(value, int):
        return [value]
    try:
        return [operator.index(value)]  # a number of numpy
    except TypeError:
        if isinstance(value, Iterable):
            return value
    raise UsageError(f"{option} {value}: whole numbers are needed")  # a date of a configuration


def _number(text: str, shown: str) -> int:
    if text.casefold() == str(ALL):
        return ALL
    try:
        return int(text)
    except ValueError:
        raise UsageError(f"{shown}: {text!r} is neither a whole number nor 'all'") from None


def _whole(text: str, shown: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise UsageError(f"{shown}: {text!r} is not a whole number") from None


def _continued(before: list[int], last: int, shown: str) -> list[int]:
    """Return the numbers strictly between ``before`` and ``last`` in their progression."""
    for ratio in (True, False):
        step = _step(before, ratio)
        if step is None:
            continue
        between: list[int] = []
        number = Fraction(before[-1])
        while len(between) < _LONGEST:
            number = number * step if ratio else number + step
            if number == last:
                return between
            if number.denominator != 1 or (number > last) == (before[-1] > before[-2]):
                break
            between.append(int(number))
    listed = ", ".join(map(str, before))
    raise UsageError(f"{shown}: no single progression goes from {listed} to {last}")


def _step(before: list[int], ratio: bool) -> Fraction | None:
    """Return the common ratio or difference of ``before``; None where there is none."""
    if ratio and 0 in before:
        return None
    pairs = itertools.pairwise(before)
    steps = {Fraction(b, a) if ratio else Fraction(b - a) for a, b in pairs}
    step = steps.pop()
    trivial = Fraction(1) if ratio else Fraction(0)
    return None if steps or step == trivial or (step <= 0 and ratio) else step
