"""Search in files of codes: what each hit names, and what does not belong together."""

from __future__ import annotations

import csv
import io
import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import scipy.io
from making_data import features, write_feats

import hashbench
from hashbench import BinaryCodes, Videos
from hashbench.codefiles import CodeForm
from hashbench.errors import DataError, UsageError
from hashbench.retrieval.nearest import nearest
from hashbench.runs import Store
from hashbench.runs.encoding import encode_parts

CommandLine = Callable[..., subprocess.CompletedProcess[str]]
SIZES = (5, 9, 2, 30, 4, 4, 4, 4, 4, 4, 4, 4)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model and the codes that it made of twelve files, with labels; another model."""
    folder = tmp_path_factory.mktemp("home")
    train = Videos(features(40, seed=99))
    hashbench.method("itq", bits=5).fit(train).save(folder / "model")
    hashbench.method("itq", bits=5, seed=3).fit(train).save(folder / "other")
    parts = []
    for i, n in enumerate(SIZES):
        parts.append(folder / f"part-{i}.h5")
        write_feats(parts[-1], features(n, seed=i))
    encode_parts(folder / "model", parts, folder / "codes")
    labels = np.random.default_rng(5).integers(-1, 4, sum(SIZES))
    np.save(folder / "labels.npy", labels)
    (folder / "each").mkdir()
    for i, part in enumerate(np.split(labels, np.cumsum(SIZES)[:-1])):
        np.save(folder / "each" / f"labels-{i}.npy", part)
    np.save(folder / "query.npy", features(3, seed=77))
    return folder


def unsharded(home: Path, top: int) -> list[list[tuple[int, int, tuple[str, ...]]]]:
    """What a search in all codes at once finds."""
    codes = [BinaryCodes.load(home / "codes" / f"part-{i}.npz") for i in range(len(SIZES))]
    labels = hashbench.Labels.from_array(np.load(home / "labels.npy"))
    query = hashbench.load_method(home / "model").encode(Videos(features(3, seed=77)))
    lists = nearest(query, None, BinaryCodes.concatenate(codes), labels, top=top)
    return [[(n.row, n.distance, n.labels) for n in found] for found in lists]


@pytest.mark.parametrize("labels", ["labels.npy", "each", "each/labels-*.npy"])
def test_hits_are_those_of_an_unsharded_search(home: Path, labels: str) -> None:
    codes = home / "codes"
    for where in (codes, codes / "part-*.npz"):
        found = hashbench.search(
            home / "model",
            home / "query.npy",
            top=25,
            database_codes=where,
            database_labels=home / labels,
        )
        assert [
            [(n.row, n.distance, n.labels) for n in one.neighbours] for one in found
        ] == unsharded(home, 25)
    starts = np.concatenate([[0], np.cumsum(SIZES)])
    for one in found:
        assert [n.rank for n in one.neighbours] == list(range(1, 26))
        for n in one.neighbours:
            shard = int(np.searchsorted(starts, n.row, side="right")) - 1
            assert n.file == str(codes / f"part-{shard}.npz")
            assert n.file_row == n.row - starts[shard]
            assert n.relevant is None


def test_codes_search_codes(home: Path) -> None:
    part = home / "codes" / "part-3.npz"
    every = hashbench.search(None, part, top=4, database_codes=home / "codes")
    (one,) = hashbench.search(None, f"{part}:7", top=4, database_codes=home / "codes")
    assert len(every) == 30
    assert one == every[7]
    assert one.query == f"{part} 7"
    assert one.neighbours[0].distance == 0
    assert one.neighbours[0].labels == ()


def test_a_position_of_a_data_set_knows_its_labels(
    cards: tuple[Path, Path], tmp_path: Path
) -> None:
    store = hashbench.run("itq", cards[0], bits=5, k=5, out=tmp_path / "runs").store
    (record,) = store.records()
    query, database = Store(store.path).codes(record)
    for i, rows in enumerate((slice(0, 8), slice(8, 20))):
        database[rows].save(tmp_path / f"shard-{i}.npz")
    (found,) = hashbench.search(
        next(store.path.glob("records/*/*.json")),
        6,
        dataset=cards[0],
        database_codes=tmp_path / "shard-*.npz",
        database_labels=cards[0].parent / "labels.npy",
    )
    labels = np.load(cards[0].parent / "labels.npy").argmax(axis=1)
    distances = (query.unpack()[6] != database.unpack()).sum(axis=1)
    assert [n.row for n in found.neighbours] == np.argsort(distances, kind="stable")[:10].tolist()
    assert [n.relevant for n in found.neighbours] == [
        bool(labels[n.row] == labels[6]) for n in found.neighbours
    ]
    np.save(tmp_path / "five.npy", np.eye(5)[labels])
    with pytest.raises(DataError, match=r"five\.npy: labels have 5 classes, those of the query 3"):
        hashbench.search(
            next(store.path.glob("records/*/*.json")),
            6,
            dataset=cards[0],
            database_codes=tmp_path / "shard-*.npz",
            database_labels=tmp_path / "five.npy",
        )


def test_another_model_is_refused(home: Path, tmp_path: Path) -> None:
    asked = {"database_codes": home / "codes"}
    with pytest.raises(UsageError, match=r"codes are of another model than .*other"):
        hashbench.search(home / "other", home / "query.npy", **asked)
    encode_parts(home / "other", [home / "part-0.h5"], tmp_path / "codes")
    with pytest.raises(UsageError, match=r"another model than --query .*part-0\.npz"):
        hashbench.search(None, tmp_path / "codes" / "part-0.npz", **asked)
    bare = tmp_path / "part-0.npz"  # a folder that says nothing
    BinaryCodes.load(tmp_path / "codes" / "part-0.npz").save(bare)
    assert hashbench.search(None, bare, **asked)
    with pytest.raises(UsageError, match=r"codes are of another model than .*other"):
        hashbench.search(home / "other", bare, **asked)


def test_bad_input_in_one_line(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed", reason="the extra 'cluster' is not installed")

    def ask(query: object = home / "query.npy", model: object = home / "model", **more: object):
        more.setdefault("database_codes", home / "codes")
        return hashbench.search(model, query, **more)  # type: ignore[arg-type]

    with pytest.raises(UsageError, match="--top 0"):
        ask(top=0)
    with pytest.raises(DataError, match="without a MODEL"):
        ask(model=None)
    with pytest.raises(UsageError, match="knows no data set"):
        ask("3")
    with pytest.raises(UsageError, match="holds codes 0 to 4"):
        ask(f"{home / 'codes' / 'part-0.npz'}:5")
    with pytest.raises(DataError, match="no such file"):
        ask(tmp_path / "gone.npz")
    with pytest.raises(DataError, match="no such files"):
        ask(database_codes=tmp_path)
    with pytest.raises(DataError, match=r"labels-0\.npy: labels have shape"):
        ask(database_labels=home / "each" / "labels-0.npy")
    monkeypatch.setattr("hashbench.runs.executors.cluster._REACH_S", 1)
    with pytest.raises(UsageError, match=r"tcp://127\.0\.0\.1:1: no Dask scheduler answers"):
        ask(scheduler="tcp://127.0.0.1:1")
    with pytest.raises(UsageError, match="belong to --database-codes"):
        hashbench.search(home / "model", 1, database_labels=home / "labels.npy")
    with pytest.raises(UsageError, match="a MODEL is needed"):
        hashbench.search(None, 1)
    for i in (0, 2):
        BinaryCodes.from_bits(np.eye(5)).save(tmp_path / f"s-{i}.npz")
    with pytest.raises(DataError, match=r"s-1\.npz is missing"):
        ask(database_codes=tmp_path)
    BinaryCodes.from_bits(np.eye(6)).save(tmp_path / "s-1.npz")
    with pytest.raises(DataError, match=r"s-1\.npz: codes of 6 bits"):
        ask(database_codes=tmp_path)
    labels = [tmp_path / f"l-{i}.npy" for i in range(3)]
    for path, values in zip(labels, (np.zeros(5), np.eye(6), np.zeros(5)), strict=True):
        np.save(path, values)
    BinaryCodes.from_bits(np.eye(6)[:, :5]).save(tmp_path / "s-1.npz")
    with pytest.raises(DataError, match="must be of one label set"):
        ask(database_codes=tmp_path / "s-*.npz", database_labels=tmp_path / "l-*.npy")


def test_the_command_prints_where_each_hit_lies(hashbench_command: CommandLine, home: Path) -> None:
    command = ["search", "model", "--query", "query.npy", "--top", 3, "--database-codes", "codes"]
    done = hashbench_command(*command, "--database-labels", "labels.npy", "--json", cwd=home)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert [
        [(n["row"], n["distance"], tuple(n["labels"])) for n in one["neighbours"]] for one in found
    ] == unsharded(home, 3)
    first = found[0]["neighbours"][0]
    rows = list(
        csv.DictReader(io.StringIO(hashbench_command(*command, "--format", "csv", cwd=home).stdout))
    )
    near = [(one["query"], near) for one in found for near in one["neighbours"]]
    assert [(r["query"], r["rank"], r["row"], r["distance"], r["file"]) for r in rows] == [
        (query, str(n["rank"]), str(n["row"]), str(n["distance"]), n["file"]) for query, n in near
    ]
    shown = hashbench_command(*command, cwd=home).stdout.splitlines()
    assert shown[0] == "nearest to query.npy 0"
    assert shown[2].split() == ["rank", "video", "distance", "file", "row"]
    assert shown[4].split() == [
        "1",
        str(first["row"]),
        str(first["distance"]),
        first["file"],
        str(first["file_row"]),
    ]


@pytest.mark.parametrize("name", ["D.npy", "D.mat", "D.txt"])
def test_codes_of_other_programs_are_searched_as_they_are(tmp_path: Path, name: str) -> None:
    rng = np.random.default_rng(7)
    bits, ids = rng.integers(0, 2, (50, 20)), rng.integers(0, 3, 50)
    np.save(tmp_path / "D.npy", bits)
    scipy.io.savemat(tmp_path / "D.mat", {"B": bits})
    np.savetxt(tmp_path / "D.txt", bits, "%d", "")
    (tmp_path / "L.csv").write_text("\n".join(map(str, ids)))
    distances = (bits[3] != bits).sum(axis=1)
    order = np.argsort(distances, kind="stable")[:6]
    for query in (f"{tmp_path / name}:3", str(tmp_path / name)):
        every = hashbench.search(
            None, query, top=6, database_codes=tmp_path / name, database_labels=tmp_path / "L.csv"
        )
        found = every[0 if query.endswith(":3") else 3]
        assert len(every) == (1 if query.endswith(":3") else 50)
        assert [one.row for one in found.neighbours] == order.tolist()
        assert [one.distance for one in found.neighbours] == distances[order].tolist()
        assert [one.labels for one in found.neighbours] == [(f"class {i}",) for i in ids[order]]
    with pytest.raises(UsageError, match="holds codes 0 to 49"):
        hashbench.search(None, f"{tmp_path / name}:50", database_codes=tmp_path / name)


def test_distances_of_codes_with_zeros_come_in_half_steps(tmp_path: Path) -> None:
    signs = np.random.default_rng(8).integers(-1, 2, (30, 11))
    np.save(tmp_path / "D.npy", signs)
    (found,) = hashbench.search(
        None, f"{tmp_path / 'D.npy'}:2", database_codes=tmp_path / "D.npy",
        code_form=CodeForm(zeros="half"),
    )  # fmt: skip
    wanted = np.sort((11 - signs @ signs[2]) / 2)[:10]
    assert [one.distance for one in found.neighbours] == wanted.tolist()
    assert any(one.distance % 1 for one in found.neighbours)
