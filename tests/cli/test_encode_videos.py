"""``hashbench encode --videos``, and names of videos from extraction to search."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
from making_videos import write_count

from hashbench import BinaryCodes
from hashbench.codes import load_ids
from hashbench.errors import DataError, UsageError
from hashbench.runs import Store

CommandLine = Callable[..., subprocess.CompletedProcess[str]]

PLUGIN = '''
import h5py
import numpy as np
import hashbench


class Levels:
    """Mean brightness, as powers that differ."""

    dims = 3
    identity = "levels"

    def __init__(self, weights, device):
        pass

    def prepare(self, image):
        return np.array([image.mean() / 255])

    def __call__(self, images):
        return np.concatenate([images, images**2, np.sin(9 * images)], axis=1).astype(np.float32)


@hashbench.hookimpl
def hashbench_register_extractors():
    return [hashbench.ExtractorSpec(
        name="levels", summary="brightness", target="levels:Levels", reference="none",
    )]
'''


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hashbench_command: CommandLine) -> Path:
    """A folder with sixteen videos in two classes, their features, and a method fitted on them."""
    plugins = tmp_path / "plugins"
    plugins.mkdir()
    (plugins / "levels.py").write_text(PLUGIN)
    monkeypatch.setenv("HASHBENCH_PLUGINS_DIR", str(plugins))
    monkeypatch.setenv("PYTHONPATH", str(plugins))
    for label in "ab":
        for i in range(8):
            write_count(tmp_path / "videos" / label / f"{i}.mp4", 4 + 5 * i + 2 * (label == "b"))
    model = ("--model", "levels", "--frames", 4, "--device", "cpu")
    for command in (
        ("data", "extract", "videos", "--out", "mine.h5", *model),
        ("run", "lsh", "--dataset", "mine.toml", "--bits", 6, "--k", 3),
    ):
        done = hashbench_command(*command)
        assert done.returncode == 0, done.stderr
    return tmp_path


def test_video_files_get_the_codes_of_their_features(
    home: Path, hashbench_command: CommandLine
) -> None:
    (record,) = Store(home / "runs").records()
    query, database = Store(home / "runs").codes(record)
    (home / "videos" / "a" / "no.mp4").write_text("no video")
    reference = f"runs:{record.key[:6]}"

    def encoded(videos: str) -> tuple[dict[str, str], str]:
        options = ("--device", "cpu", "--out", "c.npz")  # the card knows the extractor
        done = hashbench_command("encode", reference, "--videos", videos, *options)
        assert done.returncode == 0, done.stderr
        bits = BinaryCodes.load(home / "c.npz").unpack()
        named = zip(load_ids(home / "c.npz"), bits, strict=True)
        return {name: "".join(map(str, row)) for name, row in named}, done.stderr

    expected: dict[str, str] = {}
    for split, codes in (("query", query), ("database", database)):
        done = hashbench_command(
            *("encode", reference, "--features", "mine.h5", "--key", f"{split}/feats"),
            *("--out", f"{split}.npz"),
        )
        assert done.returncode == 0, done.stderr
        assert BinaryCodes.load(home / f"{split}.npz") == codes
        rows = ["".join(map(str, row)) for row in codes.unpack()]
        expected |= dict(zip(load_ids(home / f"{split}.npz"), rows, strict=True))
    assert len(expected) == 16
    assert len(set(expected.values())) > 3
    found, said = encoded("videos")
    assert found == expected
    assert "skipped videos/a/no.mp4: " in said
    assert "16 codes of 6 bits in c.npz" in said
    (home / "flat").mkdir()
    for i in range(3):
        write_count(home / "flat" / f"{i}.mp4", 4 + 5 * i)
    wanted = [expected[f"videos/a/{i}.mp4"] for i in range(3)]
    assert list(encoded("flat")[0].items()) == [
        (f"flat/{i}.mp4", code) for i, code in enumerate(wanted)
    ]
    (home / "list.csv").write_text("Path;note\nflat/2.mp4;x\nflat/0.mp4;y\n")
    assert encoded("list.csv")[0] == {"flat/2.mp4": wanted[2], "flat/0.mp4": wanted[0]}
    assert encoded("flat/1.mp4")[0] == {"flat/1.mp4": wanted[1]}


def test_search_names_videos(home: Path, hashbench_command: CommandLine) -> None:
    (record,) = Store(home / "runs").records()
    reference = f"runs:{record.key[:6]}"
    done = hashbench_command("search", reference, "--query", 1, "--top", 3, "--json")
    assert done.returncode == 0, done.stderr
    (found,) = json.loads(done.stdout)

    with h5py.File(home / "mine.h5") as file:
        names = [path.decode() for path in file["database/paths"]]
        asked = file["query/paths"][1].decode()
    assert found["query"] == f"mine/query 1 ({asked})"
    assert [n["id"] for n in found["neighbours"]] == [names[n["row"]] for n in found["neighbours"]]
    done = hashbench_command(
        *("encode", reference, "--features", "mine.h5", "--key", "database/feats"),
        *("--out", "codes.npz"),
    )
    assert done.returncode == 0, done.stderr
    done = hashbench_command(
        *("search", "--query", "codes.npz:2", "--database-codes", "codes.npz", "--top", 2)
    )
    assert done.returncode == 0, done.stderr
    assert f"nearest to codes.npz 2 ({names[2]})" in done.stdout
    head, _, *lines = [line.split() for line in done.stdout.splitlines()[2:-1]]
    assert head == ["rank", "video", "distance", "file"]
    codes = BinaryCodes.load(home / "codes.npz").packed.tolist()
    assert lines[0] == ["1", names[codes.index(codes[2])], "0", "codes.npz"]


def test_videos_are_queries(home: Path, hashbench_command: CommandLine) -> None:
    (record,) = Store(home / "runs").records()
    _, database = Store(home / "runs").codes(record)
    with h5py.File(home / "mine.h5") as file:
        names = [path.decode() for path in file["database/paths"]]
    reference = f"runs:{record.key[:6]}"

    def nearest(query: str, *more: object) -> tuple[list[dict], str]:
        options = ("--top", 3, "--device", "cpu", "--json", *more)
        done = hashbench_command("search", reference, "--query", query, *options)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout), done.stderr

    bits = database.unpack()
    for place in (0, 5):
        (found,), _ = nearest(names[place])
        assert found["query"] == names[place]
        away = (bits != bits[place]).sum(axis=1)
        order = np.argsort(away, kind="stable")[:3]
        assert [n["id"] for n in found["neighbours"]] == [names[i] for i in order]
        assert [n["distance"] for n in found["neighbours"]] == away[order].tolist()
    (home / "flat").mkdir()
    for i in range(2):
        write_count(home / "flat" / f"{i}.mp4", 4 + 5 * i)
    (home / "flat" / "x.mp4").write_text("no video")
    both, said = nearest("flat")
    assert [found["query"] for found in both] == ["flat/0.mp4", "flat/1.mp4"]
    assert "skipped flat/x.mp4: " in said
    (home / "list.csv").write_text("path\nflat/1.mp4\n")
    listed, _ = nearest("list.csv")
    assert listed == both[1:]
    done = hashbench_command(
        *("encode", reference, "--features", "mine.h5", "--key", "database/feats"),
        *("--out", "codes.npz"),
    )
    assert done.returncode == 0, done.stderr
    (in_codes,), _ = nearest("flat/1.mp4", "--database-codes", "codes.npz")
    assert [n["id"] for n in in_codes["neighbours"]] == [n["id"] for n in both[1]["neighbours"]]


def test_an_extractor_that_is_not_known_or_another_one_is_one_line(
    home: Path, hashbench_command: CommandLine
) -> None:
    (record,) = Store(home / "runs").records()
    reference, card = f"runs:{record.key[:6]}", home / "mine.toml"
    whole = card.read_text()

    def fails(*command: object) -> str:
        done = hashbench_command(*command, "--device", "cpu")
        assert done.returncode == 2, done.stderr
        (line,) = done.stderr.splitlines()
        return line

    search = ("search", reference, "--query", "videos/a/1.mp4")
    encode = ("encode", reference, "--videos", "videos/a/1.mp4", "--out", "c.npz")
    card.write_text(whole.replace('extractor_identity = "levels"', 'extractor_identity = "old"'))
    for command in (search, encode):
        assert "--extractor levels: is levels; the features trained on came from old" in fails(
            *command
        )
    card.write_text("\n".join(li for li in whole.splitlines() if not li.startswith("extractor")))
    for command in (search, encode):
        said = fails(*command)
        assert f"{reference}: which extractor its features came from is written nowhere" in said
        assert "'hashbench data models'" in said
        done = hashbench_command(*command, "--extractor", "levels", "--device", "cpu")
        assert done.returncode == 0, done.stderr
    saved = (f"runs/{record.files['model']}", *search[1:])
    assert "written nowhere" in fails("encode", saved[0], *encode[2:])
    assert "flat.mp4: no such folder, CSV or video" in fails(*search[:3], "flat.mp4")


def test_mistakes_are_one_line(home: Path, hashbench_command: CommandLine) -> None:
    (record,) = Store(home / "runs").records()
    reference = f"runs:{record.key[:6]}"
    (home / "no.mp4").write_text("no video")
    for given, message in [
        ((), "--features or --videos is needed, one of the two"),
        (("--videos", "videos", "--features", "mine.h5"), "one of the two"),
        (("--videos", "none"), "no such folder, CSV or video"),
        (("--videos", "no.mp4", "--extractor", "levels"), "no.mp4: no video decodes"),
        (("--videos", "videos", "--extractor", "levles"), "did you mean 'levels'"),
        (("--features", "mine.h5"), "name one: --key database/feats or query/feats"),
    ]:
        done = hashbench_command("encode", reference, *given, "--out", "c.npz")
        assert done.returncode == 2, done.stderr
        assert message in done.stderr.splitlines()[-1]
        assert "Traceback" not in done.stderr


def test_ids_are_one_a_code(tmp_path: Path) -> None:
    codes = BinaryCodes.from_bits(np.eye(3))
    codes.save(tmp_path / "c.npz", ["a", "b\udce9", "c"])
    assert load_ids(tmp_path / "c.npz") == ("a", "b\\udce9", "c")
    assert BinaryCodes.load(tmp_path / "c.npz") == codes
    codes.save(tmp_path / "d.npz")
    assert load_ids(tmp_path / "d.npz") == ()
    with pytest.raises(UsageError, match="2 ids for 3 codes"):
        codes.save(tmp_path / "e.npz", ["a", "b"])
    np.savez(tmp_path / "f.npz", packed=codes.packed, n_bits=3, ids=np.arange(3))
    with pytest.raises(DataError, match="text, one a code, is needed"):
        load_ids(tmp_path / "f.npz")
