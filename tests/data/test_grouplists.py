"""Lists of the groups of an HDF5 file: the published forms, and lines that are of none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from hashbench.data.grouplists import GroupList, class_names, multi_hot, read_group_list
from hashbench.errors import DataError


def listed(tmp_path: Path, text: str, name: str = "train.txt") -> GroupList:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return read_group_list(path)


@pytest.mark.parametrize(
    ("text", "ids", "classes"),
    [
        ("--0K_j-zexM,76\n--1DKnUmLNQ,9\n", ("--0K_j-zexM", "--1DKnUmLNQ"), (("76",), ("9",))),
        (
            "a,3153,10\nb,69,10,10,10\nc,9,1,2,1\n",
            ("a", "b", "c"),
            (("10",), ("10",), ("1", "2")),
        ),
        ("a\nb\n", ("a", "b"), ((), ())),
        ("\ufeffa, 4;7 \r\n\r\n b ,\r\n", ("a", "b"), (("4", "7"), ())),
        ("a,diving\nb,high jump", ("a", "b"), (("diving",), ("high jump",))),
        ("a,007\nb,7", ("a", "b"), (("7",), ("7",))),
    ],
)
def test_published_forms(
    tmp_path: Path, text: str, ids: tuple[str, ...], classes: tuple[tuple[str, ...], ...]
) -> None:
    one = listed(tmp_path, text)
    assert one.ids == ids
    assert one.classes == classes
    assert one.labelled == ("," in text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "holds no line; 'ID', 'ID,CLASS' and 'ID,FRAMES,CLASS,...' are the forms of one"),
        ("\n \n", "holds no line"),
        ("a,1\n\nb\n", "line 3: b is of another form than line 1"),
        ("a\nb,1\n", "line 2: b,1 is of another form than line 1"),
        ("a,1\nb,30,1\n", "line 2: b,30,1 is of another form than line 1"),
        ("a,1\n,2\n", "line 2: names no group"),
        ("a,1\nb,1\na,2\n", "line 3: a stands in line 1 already"),
        ("a,diving,running\n", "line 1: diving is no number of frames; several classes without"),
        ("a,-1,3\n", "line 1: -1 is no number of frames"),
    ],
)
def test_lines_of_no_form(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(DataError, match=r"^[^\n]*$") as caught:
        listed(tmp_path, text)
    assert str(tmp_path / "train.txt") in str(caught.value)
    assert message in str(caught.value)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"a\.txt: no such file"):
        read_group_list(tmp_path / "a.txt")
    (tmp_path / "b.txt").write_bytes(b"a\xff,1\n")
    for path in (tmp_path / "b.txt", tmp_path):
        with pytest.raises(DataError, match="not a readable list of groups"):
            read_group_list(path)


def test_classes_are_numbered_in_one_order(tmp_path: Path) -> None:
    train = listed(tmp_path, "a,10\nb,9;2\nc,\n")
    test = listed(tmp_path, "d,2\n", "test.txt")
    bare = listed(tmp_path, "e\n", "val.txt")
    names = class_names([train, test, bare])
    assert names == ("2", "9", "10")
    np.testing.assert_array_equal(multi_hot(train, names), [[0, 0, 1], [1, 1, 0], [0, 0, 0]])
    np.testing.assert_array_equal(multi_hot(test, names), [[1, 0, 0]])
    words = listed(tmp_path, "a,run\nb,Dive\n", "words.txt")
    assert class_names([words]) == ("Dive", "run")
    assert class_names([listed(tmp_path, "a,\u00b2\n", "raised.txt")]) == ("\u00b2",)
    with pytest.raises(DataError, match=r"words\.txt: names classes, and .*train\.txt numbers"):
        class_names([train, words])
