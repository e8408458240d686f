"""``hashbench data``: what it prints and how it fails."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
from making_data import write_set

from hashbench.data import dataset_from_files, load_dataset

CommandLine = Callable[..., subprocess.CompletedProcess[str]]


def test_info_of_a_name(hashbench_command: CommandLine) -> None:
    shown = hashbench_command("data", "info", "Digit-Stories")
    assert shown.returncode == 0, shown.stderr
    for text in ["digit-stories 1", "CC BY 4.0", "24 frames of 64", "4,000", "query, database"]:
        assert text in shown.stdout


def test_info_of_a_card_as_json(hashbench_command: CommandLine, tmp_path: Path) -> None:
    shown = hashbench_command("data", "info", write_set(tmp_path), "--json")
    described = json.loads(shown.stdout)
    assert described["splits"]["test"]["labels"] == ["labels.npy"]
    roles = {"train": "train", "query": "test", "database": "test"}
    assert described["protocol"] == {"id": "mine", **roles}


def test_info_of_nothing(hashbench_command: CommandLine, tmp_path: Path) -> None:
    shown = hashbench_command("data", "info", "digit-storys")
    assert shown.returncode == 2
    assert "did you mean 'digit-stories'" in shown.stderr
    shown = hashbench_command("data", "info", tmp_path / "none.toml")
    assert shown.returncode == 2
    assert shown.stderr.count("\n") == 1
    assert "no such card" in shown.stderr


def test_verify(hashbench_command: CommandLine, tmp_path: Path) -> None:
    card = write_set(tmp_path)
    sound = hashbench_command("data", "verify", card)
    assert sound.returncode == 0, sound.stderr
    assert "nothing is wrong" in sound.stdout
    np.save(tmp_path / "labels.npy", np.zeros((20, 3), np.uint8))
    wrong = hashbench_command("data", "verify", card, "--json")
    assert wrong.returncode == 4
    described = json.loads(wrong.stdout)
    assert not described["ok"]
    assert [finding["kind"] for finding in described["findings"]] == ["class", "labels"]
    assert described["splits"]["train"]["shape"] == [30, 4, 6]
    shown = hashbench_command("data", "verify", card)
    assert "test: 20 videos have no label, and so nothing to find (0, 1, 2" in shown.stdout
    assert wrong.stderr.count("\n") == 1


def test_convert_and_run(hashbench_command: CommandLine, tmp_path: Path) -> None:
    made = hashbench_command(
        *("data", "convert", write_set(tmp_path), "--out", tmp_path / "new"),
        *("--dtype", "float16"),
    )
    assert made.returncode == 0, made.stderr
    assert made.stdout.strip() == str(tmp_path / "new" / "card.toml")
    assert hashbench_command("data", "verify", tmp_path / "new" / "card.toml").returncode == 0
    again = hashbench_command("data", "convert", tmp_path / "card.toml", "--out", tmp_path / "new")
    assert again.returncode == 2
    assert "holds a set already" in again.stderr


def test_a_file_of_groups_is_converted_by_its_lists(
    hashbench_command: CommandLine, tmp_path: Path
) -> None:
    rng = np.random.default_rng(0)
    means = rng.standard_normal((2, 3, 6))
    with h5py.File(tmp_path / "image.h5", "w") as file:
        for row in range(40):
            noise = 0.1 * rng.standard_normal((3, 6))
            file[f"v_{row}/vectors"] = (means[row % 2] + noise).astype(np.float32)
    for name, rows in {"lists=1_Train": range(20), "test": range(20, 36)}.items():
        (tmp_path / f"{name}.txt").write_text("".join(f"v_{row},{row % 2}\n" for row in rows))
    call = (
        *("data", "convert", "image.h5", "--groups", "train=lists=1_Train.txt"),
        *("--groups", "test.txt", "--out", "new"),
    )
    unsaid = hashbench_command(*call)
    assert (unsaid.returncode, unsaid.stderr.count("\n")) == (2, 1)
    assert "name the split that is ranked: --database train" in unsaid.stderr
    made = hashbench_command(*call, "--database", "train", "--dtype", "float16")
    assert made.returncode == 0, made.stderr
    assert made.stdout.strip() == "new/card.toml"
    assert made.stderr == "image.h5: groups in no list are left out: v_36, v_37, v_38, ... (4)\n"
    assert hashbench_command("data", "verify", "new/card.toml").returncode == 0
    ran = hashbench_command(
        *("run", "itq", "--dataset", "new/card.toml", "--bits", "4", "--k", "5", "--out", "runs")
    )
    assert ran.returncode == 0, ran.stderr
    again = hashbench_command(*call, "--database", "train")
    assert (again.returncode, again.stderr.count("\n")) == (2, 1)
    assert "new: holds a set already" in again.stderr


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--groups", "mine.txt"), "'mine' is no split; write SPLIT=mine.txt with one of train,"),
        (("--groups", "huge=a.txt"), "'huge' is no split; write SPLIT=a.txt with one of train,"),
        (("--groups", "train.txt", "--groups", "Train=b.txt"), "train.txt is the list of train"),
        (("--groups", "train.txt", "--name", "a/b"), "--name a/b: is 'a/b'; a plain name"),
        (("--key", "vectors"), "--key goes with --groups; leave it out"),
        (("--name", "a"), "--name goes with --groups; leave it out"),
    ],
)
def test_options_of_groups_that_make_no_sense(
    hashbench_command: CommandLine, tmp_path: Path, options: tuple[str, ...], message: str
) -> None:
    ran = hashbench_command("data", "convert", "image.h5", *options, "--out", "new")
    assert (ran.returncode, ran.stderr.count("\n")) == (2, 1)
    assert message in ran.stderr
    assert not (tmp_path / "new").exists()


def test_a_set_whose_split_is_drawn_is_shown_checked_and_converted(
    hashbench_command: CommandLine, tmp_path: Path
) -> None:
    features = np.random.default_rng(0).standard_normal((40, 8)).astype(np.float32)
    np.save(tmp_path / "x.npy", features)
    np.save(tmp_path / "y.npy", np.arange(40) % 4)
    files = tmp_path / "x.npy", tmp_path / "y.npy"
    card = dataset_from_files(*files, split=0.75, seed=3, cache=tmp_path / "cache")
    shown = hashbench_command("data", "info", card)
    assert shown.returncode == 0, shown.stderr
    rows = [line for line in shown.stdout.splitlines() if "of each class, drawn" in line]
    assert [line.split()[0] for line in rows] == ["train", "query"]
    assert "0.75" in rows[0]
    assert "0.25" in rows[1]
    assert all("x.npy" in line and "y.npy" in line for line in rows)
    assert "made by a plugin" not in shown.stdout
    sound = hashbench_command("data", "verify", card, "--data-root", tmp_path)
    assert sound.returncode == 0, sound.stdout + sound.stderr
    out = tmp_path / "new"
    made = hashbench_command("data", "convert", card, "--out", out, "--data-root", tmp_path)
    assert made.returncode == 0, made.stderr
    new = load_dataset(out / "card.toml")
    old = load_dataset(card, data_root=tmp_path, cache=tmp_path / "cache")
    for name in ("labelled_train", "query"):
        one, other = getattr(new, name), getattr(old, name)
        np.testing.assert_array_equal(one.take(slice(None)), other.take(slice(None)))
        np.testing.assert_array_equal(one.labels.multi_hot, other.labels.multi_hot)
    assert "0.75 of each class of x.npy and y.npy, drawn with seed 3" in new.card.source
    assert hashbench_command("data", "verify", out / "card.toml").returncode == 0
    features[5, 2] = np.nan
    np.save(tmp_path / "x.npy", features)
    wrong = hashbench_command("data", "verify", card, "--data-root", tmp_path)
    assert wrong.returncode == 4
    assert "NaN" in wrong.stdout + wrong.stderr


def test_extract_needs_a_sound_call(hashbench_command: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "videos").mkdir()
    for out, more, message in [
        ("a.txt", (), "a feature file ends in .h5"),
        ("a.h5", (), "no video or image found"),
        ("a.h5", ("--name", "a/b"), "--name: the name of the set is 'a/b'; a plain name without"),
        ("a.h5", ("--name", "c:x"), "--name: the name of the set is 'c:x', outside the data root"),
        ("-vf.h5", (), "--out: the name of the set is '-vf'; a plain name without"),
    ]:
        ran = hashbench_command(
            *("data", "extract", tmp_path / "videos", "--out", tmp_path / out, *more)
        )
        assert ran.returncode == 2
        assert message in ran.stderr
        assert ran.stderr.count("\n") == 1


def test_models(hashbench_command: CommandLine) -> None:
    listed = json.loads(hashbench_command("data", "models", "--json").stdout)
    assert "vgg16-fc7" in [model["name"] for model in listed]


def test_verify_prints_no_empty_table(hashbench_command: CommandLine, tmp_path: Path) -> None:
    card = write_set(tmp_path)
    text = card.read_text()
    for split in ("train", "test"):
        text = text.replace(f'feats = "{split}.h5"', f'feats = "{split}.h5"\nvideos = 3')
    card.write_text(text)
    ran = hashbench_command("data", "verify", card)
    assert ran.returncode == 4
    assert "second moment" not in ran.stdout
    assert ran.stdout.startswith("train: ")
    assert "holds 30 videos; the card says 3" in ran.stdout
