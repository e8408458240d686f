"""``hashbench encode``: new videos with a fitted method."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from making_data import features, write_feats, write_set

import hashbench
from hashbench import BinaryCodes, Videos
from hashbench.runs import Store

CommandLine = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs")
    hashbench.run(["itq"], write_set(folder), bits="4", k="5", out=folder / "runs")
    return folder / "runs"


def test_by_folder_by_record_and_by_key(
    hashbench_command: CommandLine, runs: Path, tmp_path: Path
) -> None:
    new = features(9, seed=8)
    write_feats(tmp_path / "new.h5", new)
    (record,) = Store(runs).records()
    (file,) = runs.glob("records/*/*.json")
    model = runs / str(record.files["model"])
    expected = hashbench.load_method(model).encode(Videos(new))
    for reference in (model, file, f"{runs}:{record.key[:6]}"):
        done = hashbench_command("encode", reference, "--features", "new.h5", "--out", "c.npz")
        assert done.returncode == 0, done.stderr
        assert BinaryCodes.load(tmp_path / "c.npz") == expected
        assert not done.stdout
        assert "9 codes of 4 bits in c.npz" in done.stderr


def test_files_follow_each_other_and_further_frames_are_left_out(
    hashbench_command: CommandLine, runs: Path, tmp_path: Path
) -> None:
    new = features(9, frames=7, seed=8)
    write_feats(tmp_path / "a.h5", new[:4], key="f")
    write_feats(tmp_path / "b.h5", new[4:], key="f")
    (record,) = Store(runs).records()
    args = ["--features", "a.h5", "--features", "b.h5", "--key", "f", "--out", "c.npz"]
    assert hashbench_command("encode", f"{runs}:{record.key}", *args).returncode == 0
    method = hashbench.load_method(runs / str(record.files["model"]))
    assert BinaryCodes.load(tmp_path / "c.npz") == method.encode(Videos(new[:, :4].copy()))


def test_of_a_method_saved_from_python_the_width_is_its_own_to_check(
    hashbench_command: CommandLine, tmp_path: Path
) -> None:
    new = features(9, dims=5)
    method = hashbench.method("itq", bits=3).fit(Videos(features(30)))
    method.save(tmp_path / "model")
    write_feats(tmp_path / "new.h5", new)
    done = hashbench_command("encode", "model", "--features", "new.h5", "--out", "c.npz")
    assert done.returncode == 2
    assert "new.h5: points have shape (9, 5); (n, 6) is needed" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("model", "options", "message"),
    [
        ("KEY", ["--features", "narrow.h5"], "have 5 dimensions; the method was trained on 6"),
        ("KEY", ["--features", "absent.h5"], "absent.h5"),
        ("KEY", ["--features", "narrow.h5", "--key", "x"], "'x'"),
        ("KEY", ["--features", "nan.h5"], "nan.h5"),
        ("KEY", ["--features", "narrow.h5", "--out", "c.txt"], "codes are written as .npz"),
        ("KEY", ["--features", "narrow.h5", "--device", "tpu"], "--device tpu"),
        ("KEY", [], "--features"),
        ("nowhere", ["--features", "narrow.h5"], "not a saved method"),
        ("RUNS:ffffffffff", ["--features", "narrow.h5"], "0 records have a key"),
    ],
)
def test_a_mistake_is_one_line_and_exit_2(
    hashbench_command: CommandLine,
    runs: Path,
    tmp_path: Path,
    model: str,
    options: list[str],
    message: str,
) -> None:
    write_feats(tmp_path / "narrow.h5", features(9, dims=5))
    holed = features(9)
    holed[3, 1, 2] = np.nan
    write_feats(tmp_path / "nan.h5", holed)
    key = Store(runs).records()[0].key
    reference = model.replace("KEY", f"{runs}:{key}").replace("RUNS", str(runs))
    out = [] if "--out" in options else ["--out", "c.npz"]
    done = hashbench_command("encode", reference, *options, *out)
    assert done.returncode == 2
    assert message in done.stderr
    assert done.stderr.startswith("hashbench: ")
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "c.npz").exists()


def test_features_are_standardised_where_the_training_set_was(
    tmp_path: Path, hashbench_command: CommandLine
) -> None:
    # Offsets drown all else unless they are taken off as they were in training.
    array = (features(30) + 50 * np.arange(6)).astype(np.float32)
    card = write_set(tmp_path, more="standardize = true")
    write_feats(tmp_path / "train.h5", array)
    write_feats(tmp_path / "test.h5", array[:20])
    out = tmp_path / "runs"
    done = hashbench_command("run", "itq", "--dataset", card, "--bits", 4, "--k", 5, "--out", out)
    assert done.returncode == 0, done.stderr
    (record,) = Store(out).records()
    codes = tmp_path / "codes.npz"
    model = f"{out}:{record.key[:8]}"
    done = hashbench_command("encode", model, "--features", tmp_path / "test.h5", "--out", codes)
    assert done.returncode == 0, done.stderr
    assert BinaryCodes.load(codes).sha256 == record.codes_sha256["query"]
    folder = Store(out).file(record, "model")
    (folder / "moments.npz").write_bytes(b"damaged")
    done = hashbench_command("encode", model, "--features", tmp_path / "test.h5", "--out", codes)
    assert done.returncode != 0
    assert "moments.npz: damaged, or not a readable" in done.stderr
    assert "pickle" not in done.stderr
