"""Lines of lists, and what is wrong with a file that holds none."""

from __future__ import annotations

import pytest

from hashbench.errors import DataError
from hashbench.files.lines import numbered_lines


def lines_of(path):
    return numbered_lines(path, "groups", "'ID' is the form of one")


def test_lines_keep_their_numbers(tmp_path):
    path = tmp_path / "list.txt"
    path.write_text("\ufeffa\n\n  \nb c\n", encoding="utf-8")
    assert lines_of(path) == [(1, "a"), (4, "b c")]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b" \n\n", "holds no line; 'ID' is the form of one"),
        (b"\xff\xfe\xfa", "not a readable list of groups"),
    ],
)
def test_a_file_without_lines(tmp_path, content, told):
    path = tmp_path / "list.txt"
    path.write_bytes(content)
    with pytest.raises(DataError, match=told):
        lines_of(path)


def test_a_missing_file(tmp_path):
    with pytest.raises(DataError, match="no such file"):
        lines_of(tmp_path / "list.txt")
