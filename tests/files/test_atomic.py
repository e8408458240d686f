"""Files are whole or absent."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hashbench.errors import StoreError
from hashbench.files.atomic import replacing, sweep_folder, write_json


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "value.json"
    write_json(path, {"a": 1})
    with pytest.raises(ZeroDivisionError), replacing(path) as temporary:
        temporary.write_text(f"half {1 / 0}")
    assert json.loads(path.read_text()) == {"a": 1}
    assert [p.name for p in path.parent.iterdir()] == ["value.json"]


def test_nan_is_refused_whole(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="JSON"):
        write_json(tmp_path / "value.json", {"loss": float("nan")})
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot write"):
        write_json(tmp_path / "file" / "value.json", {})


def test_a_folder_is_swept_of_what_was_left_half_written(tmp_path: Path) -> None:
    left = [".records-17-0123abcd.partial.jsonl", ".methods-23429-057f7a42.partial.json"]
    kept = ["methods.json", ".hidden.partial.json", "records-17-0123abcd.partial.jsonl"]
    for name in (*left, *kept):
        (tmp_path / name).touch()
    sweep_folder(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(kept)
    sweep_folder(tmp_path / "missing")
