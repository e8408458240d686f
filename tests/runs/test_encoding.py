"""Hashing videos in many files."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from making_data import features, write_feats

import hashbench
from hashbench import BinaryCodes, Videos
from hashbench.errors import DataError, UsageError
from hashbench.runs.encoding import encode_parts

CommandLine = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def model(tmp_path: Path) -> Path:
    hashbench.method("itq", bits=4).fit(Videos(features(30))).save(tmp_path / "model")
    for i in range(3):
        write_feats(tmp_path / f"part-{i}.h5", features(5 + i, seed=i))
    return tmp_path / "model"


def parts(folder: Path) -> list[Path]:
    return sorted(folder.glob("part-*.h5"))


def test_one_file_of_codes_each_and_what_is_done_is_kept(model: Path, tmp_path: Path) -> None:
    out = tmp_path / "codes"
    assert encode_parts(model, parts(tmp_path), out) == (3, 0)
    method = hashbench.load_method(model)
    for i in range(3):
        expected = method.encode(Videos(features(5 + i, seed=i)))
        assert BinaryCodes.load(out / f"part-{i}.npz") == expected
    (out / "part-1.npz").unlink()
    later = (out / "part-2.npz").stat().st_mtime + 10
    os.utime(tmp_path / "part-2.h5", (later, later))
    assert encode_parts(model, parts(tmp_path), out) == (2, 1)
    assert not list(out.glob(".*"))


def test_a_file_that_cannot_be_hashed_keeps_those_before_it(model: Path, tmp_path: Path) -> None:
    write_feats(tmp_path / "part-1.h5", features(5, dims=5))
    out = tmp_path / "codes"
    with pytest.raises(DataError, match=r"part-1\.h5"):
        encode_parts(model, parts(tmp_path), out)
    assert sorted(path.name for path in out.glob("*.npz")) == ["part-0.npz"]


def test_another_model_needs_another_folder(model: Path, tmp_path: Path) -> None:
    encode_parts(model, parts(tmp_path), tmp_path / "codes")
    other = hashbench.method("itq", bits=3).fit(Videos(features(30)))
    other.save(tmp_path / "other")
    with pytest.raises(UsageError, match="holds codes of another model"):
        encode_parts(tmp_path / "other", parts(tmp_path), tmp_path / "codes")


def test_two_files_of_one_name_are_refused(model: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="two files are called part-0"):
        encode_parts(model, [tmp_path / "part-0.h5", tmp_path / "b" / "part-0.h5"], tmp_path / "c")


def test_a_model_that_is_not_there_is_named(model: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"none: no method\.json; not a saved method"):
        encode_parts(tmp_path / "none", parts(tmp_path), tmp_path / "codes")
    assert not (tmp_path / "codes").exists()


def test_the_command_here_and_on_a_cluster(
    hashbench_command: CommandLine, model: Path, tmp_path: Path, cluster: Any
) -> None:
    command = ["encode", model, "--features", "part-*.h5"]
    here = hashbench_command(*command, "--out", "here")
    there = hashbench_command(*command, "--out", "there", "--scheduler", cluster.address)
    assert here.returncode == there.returncode == 0, here.stderr + there.stderr
    assert "3 files hashed into there; 0 were there already" in there.stderr
    for i in range(3):
        name = f"part-{i}.npz"
        assert BinaryCodes.load(tmp_path / "there" / name) == BinaryCodes.load(
            tmp_path / "here" / name
        )
    (tmp_path / "part-1.h5").unlink()
    gap = hashbench_command(*command, "--out", "here")
    assert gap.returncode == 2
    assert "part-1.h5 is missing" in gap.stderr
