"""List files of image hashing: what they say, and what is wrong with those that say nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from hashbench.data.listfiles import read_list, read_split_labels
from hashbench.errors import DataError


def written(folder: Path, text: str) -> Path:
    path = folder / "train.txt"
    path.write_text(text, encoding="utf-8")
    return path


def test_multi_hot_lines_with_blanks_in_a_path_and_empty_lines(tmp_path: Path) -> None:
    path = written(tmp_path, "a/1.jpg 0 1 1\n\nmy images 7/2.jpg 1 0 0\n")
    found = read_list(path)
    assert found.paths == ("a/1.jpg", "my images 7/2.jpg")
    np.testing.assert_array_equal(found.labels, [[0, 1, 1], [1, 0, 0]])
    np.testing.assert_array_equal(read_split_labels(path, "labels", 2), found.labels)


def test_one_number_a_line_is_a_class_id(tmp_path: Path) -> None:
    found = read_list(written(tmp_path, "x.png 7\ny.png 12\n"))
    np.testing.assert_array_equal(found.labels, [7, 12])


def test_a_path_that_is_a_number_is_a_path(tmp_path: Path) -> None:
    assert read_list(written(tmp_path, "17 0 1\n18 1 0\n")).paths == ("17", "18")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "holds no line"),
        ("a.jpg\n", "line 1: no class follows the path"),
        ("a.jpg 0 1\nb.jpg 1\n", "line 2: 2 numbers must follow the path, as in line 1"),
        ("a.jpg 0 1\nb.jpg 1 x\n", "line 2: 2 numbers must follow"),
        ("a.jpg 0 1\n\nb.jpg 1 2\n", "line 3: each of 2 classes needs a 0 or a 1"),
    ],
)
def test_a_line_that_cannot_be_used_is_named(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read_list(written(tmp_path, text))


def test_a_list_that_is_not_there_or_no_text(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such file"):
        read_list(tmp_path / "none.txt")
    (tmp_path / "train.txt").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DataError, match="not a readable list of images"):
        read_list(tmp_path / "train.txt")


def test_a_table_of_labels_is_no_list_of_images(tmp_path):
    path = tmp_path / "labels.txt"
    path.write_text("2\n0\n1\n")
    np.testing.assert_array_equal(read_split_labels(path, None, 3), [2, 0, 1])
    path.write_text("0,1,0\n1,0,0\n")
    np.testing.assert_array_equal(read_split_labels(path, None, 2), [[0, 1, 0], [1, 0, 0]])
