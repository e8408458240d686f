"""Codes by their authors: records like any other, marked, and held against the data set."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from making_data import features, multi_hot, write_feats, write_set

import hashbench
from hashbench import BinaryCodes, Labels
from hashbench.errors import DataError, HashbenchError, StoreError, UsageError, VerificationError
from hashbench.leaderboards import check_boards, submit_run
from hashbench.leaderboards.reproduce import find_row
from hashbench.ranking import evaluate
from hashbench.runs import Record, Store
from hashbench.runs.authored import Authored
from hashbench.runs.importing import import_codes
from hashbench.runs.packed import packed_path

N, K = 80, (1, 5, 20)
CommandLine = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data set, and codes of two lengths and two seeds beside it."""
    folder = tmp_path_factory.mktemp("home")
    write_set(folder, n=(60, N))
    for bits in (6, 12):
        for seed in (0, 7):
            path = folder / "codes" / str(bits) / str(seed) / "test.npy"
            path.parent.mkdir(parents=True)
            np.save(path, signs(bits, seed))
    np.save(folder / "right.npy", multi_hot(N).argmax(axis=1) + 3)  # by other numbers
    return folder


def signs(bits: int, seed: int) -> np.ndarray[Any, np.dtype[np.int64]]:
    return np.random.default_rng(seed + bits).choice([-1, 1], (N, bits))


def described(home: Path, **more: Any) -> Authored:
    usual = {
        "method": "theirs",
        "dataset": str(home / "card.toml"),
        "database_codes": str(home / "codes/{bits}/{seed}/test.npy"),
        "paper": "Doe, 2025",
        "program": "example.org/theirs",
        "chosen_on": "test",
    }
    return Authored.read(None, usual | more)


def test_each_cell_is_a_record_with_our_numbers(home: Path, tmp_path: Path) -> None:
    records = import_codes(described(home), tmp_path, k=K, ties=("expected", "stable"))
    assert [(r.bits, r.seed) for r in records] == [(6, 0), (6, 7), (12, 0), (12, 7)]
    labels = Labels.from_array(np.load(home / "labels.npy"))
    for record in records:
        codes = BinaryCodes.from_bits(signs(record.bits, record.seed))
        wanted = evaluate(codes, codes, labels, labels, k=K, ties=("expected", "stable"),
                          self_retrieval=True)  # fmt: skip
        assert record.scores == wanted.scores
        assert Store(tmp_path).codes(record) == (codes, codes)
        assert record.authored == {
            "chosen_on": "test",
            "features": True,
            "paper": "Doe, 2025",
            "program": "example.org/theirs",
        }
        assert record.encode_videos_per_s is None
        assert (record.host, list(record.times)) == ({}, ["rank"])
        assert Record.from_json(json.loads(json.dumps(record.to_json()))) == record
    assert Store(tmp_path).records() == records


def test_a_record_tells_what_is_known_of_its_method(home: Path, tmp_path: Path) -> None:
    more = {"venue": "CVPR", "year": 2025, "trained_on": "train", "n_parameters": 1234567}
    (record,) = import_codes(described(home, bits=[6], seeds=[0], **more), tmp_path, k=K)
    assert record.authored is not None
    assert {name: record.authored[name] for name in ("venue", "year", "trained_on")} == {
        "venue": "CVPR",
        "year": 2025,
        "trained_on": "train",
    }
    assert record.n_parameters == 1234567
    assert Store(tmp_path).records() == [record]


def test_a_second_import_adds_nothing_and_other_codes_are_refused(
    home: Path, tmp_path: Path
) -> None:
    first = import_codes(described(home), tmp_path, k=K)
    assert import_codes(described(home), tmp_path, k=K) == first
    assert len(list((tmp_path / "manifests").iterdir())) == 1
    np.save(tmp_path / "other.npy", signs(6, 99))
    other = described(home, database_codes=str(tmp_path / "other.npy"))
    with pytest.raises(DataError, match=r"theirs 6 bits seed 0: .* has other codes of it; --force"):
        import_codes(other, tmp_path, k=K)
    (record,) = import_codes(other, tmp_path, k=K, force=True)
    assert record.key == first[0].key
    assert record.codes_sha256 != first[0].codes_sha256
    wider = import_codes(described(home, bits=[12]), tmp_path, k=(1, 2))
    assert [r.scores.k for r in wider] == [(1, 2), (1, 2)]


def test_a_description_in_a_file_is_the_same(home: Path, tmp_path: Path) -> None:
    shutil.copytree(home, tmp_path / "home")
    path = tmp_path / "home" / "theirs.toml"
    path.write_text(
        'method = "theirs"\ndataset = "card.toml"\nbits = [12]\nseeds = [0, 7]\n'
        'database-codes = "codes/{bits}/{seed}/test.npy"\ndatabase_labels = "labels.npy"\n'
        'program = "example.org/theirs"\n'
    )
    found = import_codes(Authored.read(path, {"seeds": "7"}), tmp_path / "a", k=K)
    wanted = import_codes(described(home, bits=12, seeds=7), tmp_path / "b", k=K)
    assert [r.key for r in found] == [r.key for r in wanted]
    assert [(r.bits, r.seed) for r in found] == [(12, 7)]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"database_codes": "codes/{bits}/9/test.npy"}, "no such files"),
        ({"database_codes": "none.npy"}, r"none\.npy: no such file"),
        ({"bits": [6, 8], "seeds": [0]}, r"8/0/test\.npy: no such file"),
        ({"bits": [8], "database_codes": "codes/6/0/test.npy"}, "codes of 6 bits, not 8"),
        ({"bits": [6, 12], "database_codes": "codes/6/0/test.npy"}, r"no \{bits\} for several"),
        ({"database_codes": "few.npy"}, r"few\.npy: 7 codes; split 'test' of mine has 80 videos"),
        ({"database_labels": "wrong.npy"}, r"item \d of split 'test' has other labels in mine"),
        ({"database_labels": "few.npy"}, "7 labels for 80 videos"),
        ({"query_codes": "codes/6/0/test.npy", "bits": [12], "seeds": [0]}, "6 bits, .* 12"),
        (
            {"query_codes": "codes/6/7/test.npy", "bits": [6], "seeds": [0]},
            "one set against itself",
        ),
        ({"zeros": "half"}, "codes of bits"),
        ({"chosen_on": "luck"}, "luck"),
        ({"method": "a/b"}, "plain name"),
        ({"paper": "a\nb"}, "--paper: a line"),
        ({"trained_on": "a\nb"}, "--trained-on: a line"),
        ({"year": 20255}, "--year 20255: a year such as 2023"),
        ({"n_parameters": -1}, "--n-parameters -1: a count from 0"),
        ({"dataset": "nothing"}, "nothing"),
    ],
)
def test_what_is_wrong_is_one_line_and_leaves_nothing(
    home: Path, tmp_path: Path, change: dict[str, Any], message: str
) -> None:
    np.save(tmp_path / "few.npy", np.ones((7, 6)))
    np.save(tmp_path / "wrong.npy", multi_hot(N)[::-1] + 0)
    for name in ("database_codes", "query_codes", "database_labels"):
        if name in change:
            made = tmp_path / change[name]
            change = {**change, name: str(made if made.exists() else home / change[name])}
    with pytest.raises(HashbenchError, match=message) as raised:
        import_codes(described(home, **change), tmp_path / "out", k=K)
    assert "\n" not in str(raised.value)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("method = 3", "method must be text"),
        ("bits = [true]", "bits must be whole numbers"),
        ("supervised = 1", "supervised must be true or false"),
        ("metod = 'x'", "metod"),
        ("= 1", "not a TOML file"),
        ("method = 'x'", "--dataset is missing"),
    ],
)
def test_descriptions_that_are_wrong(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "a.toml").write_text(text)
    with pytest.raises((DataError, UsageError), match=message):
        Authored.read(tmp_path / "a.toml", {})


def test_right_labels_by_other_numbers_are_right(home: Path, tmp_path: Path) -> None:
    given = described(home, database_labels=str(home / "right.npy"))
    assert len(import_codes(given, tmp_path, k=K)) == 4


def test_right_labels_by_names_are_right(home: Path, tmp_path: Path) -> None:
    """As many classes as the set has, numbered otherwise: by the alphabet."""
    classes = multi_hot(N).argmax(axis=1)
    names = np.array(["zebra", "cat", "ant"])[classes]
    (tmp_path / "names.csv").write_text("label\n" + "".join(f"{name}\n" for name in names))
    np.save(tmp_path / "turned.npy", 2 - classes)
    for file in ("names.csv", "turned.npy"):
        given = described(home, bits=[6], seeds=[0], database_labels=str(tmp_path / file))
        assert len(import_codes(given, tmp_path / file.partition(".")[0], k=K)) == 1
    names[3] = next(name for name in ("cat", "ant") if name != names[3])
    (tmp_path / "names.csv").write_text("label\n" + "".join(f"{name}\n" for name in names))
    with pytest.raises(DataError, match="has other labels in mine"):
        import_codes(described(home, database_labels=str(tmp_path / "names.csv")), tmp_path / "x")
    classes[classes == 0] = -1  # no label at all is no name of a class
    np.save(tmp_path / "none.npy", classes)
    with pytest.raises(DataError, match="has other labels in mine"):
        import_codes(described(home, database_labels=str(tmp_path / "none.npy")), tmp_path / "x")


def test_names_of_files_may_have_zeros_in_front(home: Path, tmp_path: Path) -> None:
    for bits in (6, 12):
        np.save(tmp_path / f"c_{bits:03}.npy", signs(bits, 0))
    given = described(home, database_codes=str(tmp_path / "c_{bits}.npy"))
    assert [file.database.name for file in given.files()] == ["c_006.npy", "c_012.npy"]
    assert [record.bits for record in import_codes(given, tmp_path / "run", k=K)] == [6, 12]
    np.save(tmp_path / "c_6.npy", signs(6, 1))
    with pytest.raises(DataError, match="two files of codes are of this cell"):
        import_codes(given, tmp_path / "other", k=K)


def without_features(home: Path, folder: Path) -> Path:
    """A card whose features are not there, and the labels beside it."""
    card = (
        (home / "card.toml").read_text().replace('feats = "test.h5"', 'feats = "x.h5"\nvideos = 80')
    )
    (folder / "card.toml").write_text(card)
    shutil.copy(home / "labels.npy", folder)
    return folder / "card.toml"


def test_without_features_labels_are_enough_to_rank_submit_and_check(
    home: Path, tmp_path: Path
) -> None:
    card, said = without_features(home, tmp_path), list[str]()
    given = described(home, dataset=str(card), database_labels=str(tmp_path / "labels.npy"))
    records = import_codes(given, tmp_path / "run", k=K, say=said.append)
    assert len(said) == 1
    assert "ranked by the labels that are given" in said[0]
    whole = import_codes(described(home), tmp_path / "whole", k=K)
    assert [r.scores for r in records] == [r.scores for r in whole]
    assert records[0].dataset.sha256 != whole[0].dataset.sha256
    (board,) = submit_run(tmp_path / "run", tmp_path / "boards", "Doe")
    check_boards([board], print, cards=[card])
    page = board.page.read_text()
    assert "theirs ¶" in page
    assert "## Control: the features before hashing" not in page
    with pytest.raises(VerificationError, match="its records are of content"):
        submit_run(tmp_path / "whole", tmp_path / "boards", "Doe")
    labels = next((tmp_path / "run" / "labels").iterdir())
    np.savez(labels, n_classes=3, database=np.zeros((N, 1), np.uint8))
    with pytest.raises(VerificationError, match="was measured on mine with sha256"):
        submit_run(tmp_path / "run", tmp_path / "other", "Doe")
    labels.unlink()
    with pytest.raises(StoreError, match="has no labels"):
        submit_run(tmp_path / "run", tmp_path / "other", "Doe")
    with pytest.raises(DataError, match=r"missing .*x\.h5"):
        import_codes(described(home, dataset=str(card)), tmp_path / "none", k=K)


def test_a_board_marks_them_and_finds_what_was_changed(home: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    hashbench.run(["lsh"], home / "card.toml", bits="6", seed="0", out=run, k=K, device="cpu")
    import_codes(described(home), run, k=K)
    (board,) = submit_run(run, tmp_path / "boards", "Doe")
    check_boards([board], print, cards=[home / "card.toml"])
    page = board.page.read_text()
    assert "- ¶ codes by their authors: ranked here, made elsewhere" in page
    assert (
        "- theirs: codes by their authors (Doe, 2025; example.org/theirs), checkpoint chosen"
        in page
    )
    (line,) = [x for x in page[page.index("## 6 bits") :].splitlines() if "theirs ¶" in x][:1]
    assert line.split("|")[5].strip() == "\N{EN DASH}"  # no speed
    with pytest.raises(UsageError, match="only their program makes them again"):
        find_row(tmp_path / "boards", "mine/theirs/6")
    record = next(r for r in board.records() if r.authored)
    path = packed_path(board.folder, record)
    lines = path.read_text().splitlines()
    for change in ({"chosen_on": "luck"}, {"paper": "a\x07"}, {"features": 1}, {"more": 1}):
        value = json.loads(lines[0])
        value["authored"] = value["authored"] | change
        path.write_text("\n".join([json.dumps(value), *lines[1:], ""]))
        with pytest.raises(VerificationError):
            check_boards([board], print, cards=[home / "card.toml"])
    value = record.to_json()
    value["method"] = value["method"] | {"control": True}
    with pytest.raises(StoreError, match="of a control"):
        Record.from_json(value)


def test_older_records_are_as_they_were(home: Path, tmp_path: Path) -> None:
    hashbench.run(["lsh"], home / "card.toml", bits="6", out=tmp_path, k=K, device="cpu")
    (record,) = Store(tmp_path).records()
    assert record.authored is None
    assert "authored" not in record.to_json()


def test_classes_are_called_alike_in_queries_and_database(tmp_path: Path) -> None:
    """Each part alone would fit, the one with its classes exchanged."""
    card = write_set(tmp_path, n=(60, N))
    text = card.read_text().replace('database = "test"', 'database = "base"')
    card.write_text(text + '\n[splits.base]\nfeats = "base.h5"\nlabels = "base.npy"\n')
    write_feats(tmp_path / "base.h5", features(N, seed=9))
    classes = multi_hot(N).argmax(axis=1)
    np.save(tmp_path / "base.npy", multi_hot(N))
    np.save(tmp_path / "same.npy", classes)
    np.save(tmp_path / "turned.npy", 2 - classes)
    np.save(tmp_path / "codes.npy", signs(6, 0))
    places = {name: str(tmp_path / "codes.npy") for name in ("database_codes", "query_codes")}

    def go(query: str, database: str) -> Any:
        labels = {"query_labels": query, "database_labels": database}
        labels = {name: str(tmp_path / file) for name, file in labels.items()}
        given = Authored.read(None, {"method": "m", "dataset": str(card), **places, **labels})
        return import_codes(given, tmp_path / f"run of {query}", k=K)

    for name in ("same.npy", "turned.npy"):
        np.save(tmp_path / f"copy-{name}", np.load(tmp_path / name))
        assert len(go(f"copy-{name}", name)) == 1
    with pytest.raises(DataError, match=r"of split 'base' has other labels"):
        go("turned.npy", "same.npy")


def test_the_command_imports_reports_and_compares(
    home: Path, tmp_path: Path, hashbench_command: CommandLine
) -> None:
    out = str(tmp_path / "run")
    given = [
        "--method",
        "theirs",
        "--dataset",
        str(home / "card.toml"),
        "--chosen-on",
        "validation",
    ]
    codes = ["--database-codes", str(home / "codes/{bits}/{seed}/test.npy"), "--k", "1,5,20"]
    done = hashbench_command("import", *given, *codes, "--out", out)
    assert done.returncode == 0, done.stderr
    assert "4 records of codes by their authors" in done.stderr
    assert "theirs ¶" in done.stdout
    assert "theirs at 6, 12 bits: checkpoint chosen on validation" in done.stdout
    hashbench.run(["lsh"], home / "card.toml", bits="6,12", seed="0,7", out=out, k=K, device="cpu")
    done = hashbench_command("compare", "theirs", "lsh", "--runs", out, "--k", "20")
    assert done.returncode == 0, done.stderr
    assert "theirs" in done.stdout
    done = hashbench_command("import", *given, "--database-codes", str(home / "gone.npy"))
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)


def test_queries_of_their_own(tmp_path: Path) -> None:
    card = write_set(tmp_path, n=(60, N))
    write_feats(tmp_path / "q.h5", np.ones((9, 4, 6), np.float32))
    np.save(tmp_path / "q.npy", multi_hot(9, seed=5))
    text = card.read_text().replace('query = "test"', 'query = "ask"')
    card.write_text(text + '\n[splits.ask]\nfeats = "q.h5"\nlabels = "q.npy"\n')
    np.savez(tmp_path / "all.npz", q_6=signs(6, 1)[:9], d_6=signs(6, 2))
    every = {"database_codes": str(tmp_path / "all.npz"), "key": "d_{bits}", "bits": 6}
    asked = {"query_codes": str(tmp_path / "all.npz"), "query_key": "q_{bits}"}
    (record,) = import_codes(described(tmp_path, **every, **asked), tmp_path / "out", k=K)
    assert (record.dataset.n_query, record.dataset.n_database) == (9, N)
    with pytest.raises(UsageError, match="has queries of their own: --query-codes is missing"):
        import_codes(described(tmp_path, **every), tmp_path / "out", k=K)
