"""Files named by a pattern."""

from __future__ import annotations

from pathlib import Path

import pytest

from hashbench.errors import DataError
from hashbench.files.patterns import is_pattern, matching


def touch(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).touch()


def test_numbers_count_and_not_letters(tmp_path: Path) -> None:
    touch(tmp_path, *(f"s-{i}.npz" for i in range(12)))
    assert [p.name for p in matching(tmp_path / "s-*.npz")] == [f"s-{i}.npz" for i in range(12)]


@pytest.mark.parametrize(
    ("names", "missing"),
    [
        (["a-0.npz", "a-2.npz"], "a-1.npz is missing"),
        (["a-08.npz", "a-11.npz"], "a-09.npz is missing and 1 more"),
        (["a-1-of-3.npz", "a-3-of-3.npz"], "a-2-of-3.npz is missing"),
    ],
)
def test_a_gap_in_a_series_is_named(tmp_path: Path, names: list[str], missing: str) -> None:
    touch(tmp_path, *names)
    with pytest.raises(DataError) as caught:
        matching(tmp_path / "a-*.npz")
    assert missing in str(caught.value)


def test_names_that_are_no_series_may_have_gaps(tmp_path: Path) -> None:
    touch(tmp_path, "a-1-x.npz", "a-4-y.npz", "b.npz")
    assert len(matching(tmp_path / "*.npz")) == 3


def test_nothing_matches(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"a-\*\.npz: no such files"):
        matching(tmp_path / "a-*.npz")


def test_what_is_a_pattern(tmp_path: Path) -> None:
    touch(tmp_path, "a[1].npz")
    assert is_pattern("a-*.npz")
    assert not is_pattern("a.npz")
    assert not is_pattern(tmp_path / "a[1].npz")
