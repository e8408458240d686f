"""What an export refuses, what it says, and where its codes come from."""

from __future__ import annotations

import builtins
import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import numpy as np
import pytest
from exhibits import Exhibit, written
from two_sets import write_two_sets

import hashbench
from hashbench import BinaryCodes
from hashbench.codefiles import CodeForm
from hashbench.errors import DataError, HashbenchError, StoreError, UsageError
from hashbench.export.collection import label_names
from hashbench.export.exporting import ITEMS, export_codes
from hashbench.export.opening import SourceOptions, open_collection
from hashbench.export.targets import TARGETS, ExportOptions
from hashbench.labels import Labels
from hashbench.runs import Store

CommandLine = Callable[..., CompletedProcess[str]]


@pytest.fixture(scope="module")
def codes(tmp_path_factory: pytest.TempPathFactory) -> Exhibit:
    return written(tmp_path_factory.mktemp("codes"), 100)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Store:
    folder = tmp_path_factory.mktemp("runs")
    card, _ = write_two_sets(folder)
    return hashbench.run("itq", card, bits="5,8", k=5, out=folder / "runs").store


def test_every_target_has_a_writer_of_its_own() -> None:
    writers = [target.load() for target in TARGETS.values()]
    assert len(set(writers)) == len(writers)


def test_padding_is_said(codes: Exhibit, tmp_path: Path) -> None:
    said = {
        target: str(export_codes(codes.open(), target, tmp_path / target))
        for target in ("npy", "ibin", "pgvector")
    }
    assert "padded to 104 bits with 4 zeros each" in said["npy"]
    assert "padded to 128 bits with 28 zeros each" in said["ibin"]
    assert "padded" not in said["pgvector"]
    assert said["npy"].startswith(f"700 codes of 100 bits in {tmp_path / 'npy'}")
    assert said["npy"].endswith(f"beside it npy{ITEMS}")


def test_nothing_is_overwritten_unless_asked(codes: Exhibit, tmp_path: Path) -> None:
    out = tmp_path / "codes.npy"
    out.write_text("mine")
    with pytest.raises(UsageError, match=r"codes\.npy: is there already; --force replaces it"):
        export_codes(codes.open(), "npy", out)
    assert out.read_text() == "mine"
    export_codes(codes.open(), "npy", out, force=True)
    assert len(np.load(out)) == len(codes.database)
    out.unlink()
    with pytest.raises(UsageError, match=r"items\.jsonl: is there already"):
        export_codes(codes.open(), "npy", out)


def test_a_failed_export_leaves_what_was_there(
    codes: Exhibit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "codes.u8bin"
    export_codes(codes.open(), "u8bin", out)
    before = out.read_bytes()

    def stops(self: Any, rows: int = 0) -> Any:
        yield from ()
        raise DataError("the codes' disk has gone")

    monkeypatch.setattr("hashbench.export.collection.Collection.blocks", stops)
    with pytest.raises(DataError, match="has gone"):
        export_codes(codes.open(), "u8bin", out, force=True)
    assert out.read_bytes() == before
    assert {path.name for path in tmp_path.iterdir()} == {out.name, f"{out.name}{ITEMS}"}


def test_a_folder_takes_the_place_of_a_folder_alone(codes: Exhibit, tmp_path: Path) -> None:
    pytest.importorskip("lancedb")
    (tmp_path / "file").write_text("mine")
    with pytest.raises(StoreError, match="it is a file, and a folder is written"):
        export_codes(codes.open(), "lancedb", tmp_path / "file", force=True)
    for _ in range(2):
        export_codes(codes.open(), "lancedb", tmp_path / "table", force=True)
    assert {path.name for path in tmp_path.iterdir()} == {"file", "table"}


def test_a_missing_package_is_named_with_its_extra(
    codes: Exhibit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lacking(name: str) -> Any:
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)

    monkeypatch.setattr("hashbench.export.targets.import_module", lacking)
    for target in ("faiss", "usearch", "sqlite-vec", "lancedb", "parquet"):
        with pytest.raises(HashbenchError) as error:
            export_codes(codes.open(), target, tmp_path / target)
        assert f"pip install 'hashbench[{TARGETS[target].extra}]'" in str(error.value)
        assert "\n" not in str(error.value)
    assert not list(tmp_path.iterdir())


def test_what_cannot_be_right_is_refused(codes: Exhibit, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with pytest.raises(UsageError, match=r"no export target 'fais'.*faiss"):
        export_codes(codes.open(), "fais", out)
    with pytest.raises(UsageError, match=r"no index of faiss 'hnws'.*hnsw"):
        export_codes(codes.open(), "faiss", out, ExportOptions(index="hnws"))
    with pytest.raises(UsageError, match="npy has one kind of index"):
        export_codes(codes.open(), "npy", out, ExportOptions(index="flat"))
    with pytest.raises(UsageError, match="needs queries"):
        export_codes(open_collection(codes.codes), "ann-benchmarks", out)
    with pytest.raises(DataError, match="no such file"):
        open_collection(tmp_path / "none.npz")
    BinaryCodes.from_bits([[0, 1]]).save(tmp_path / "two.npz")
    with pytest.raises(UsageError, match="must be of one width"):
        open_collection(codes.codes, SourceOptions(queries=tmp_path / "two.npz"))
    assert not out.exists()


@pytest.mark.parametrize(
    ("target", "table", "message"),
    [
        ("vespa", "my videos", "vespa needs a name of letters, digits and _, no digit first"),
        ("milvus", "1x", "milvus needs a name of letters"),
        ("lancedb", "a/b", "lancedb needs a name of letters"),
        ("lancedb", "..", "lancedb needs a name of letters"),
        ("sqlite-vec", "About", "neither 'about' nor"),
        ("sqlite-vec", "a\x1bb", "neither 'about' nor"),
        ("elasticsearch", "A B", "elasticsearch needs a name in lower case"),
        ("opensearch", "_a", "opensearch needs a name in lower case"),
        ("pgvector", "é" * 32, "63 bytes at most"),
        ("pgvector", "", "pgvector needs a name of printed characters"),
    ],
)
def test_names_that_no_table_can_have_are_refused(
    codes: Exhibit, tmp_path: Path, target: str, table: str, message: str
) -> None:
    with pytest.raises(UsageError, match=r"^--table '") as error:
        export_codes(codes.open(), target, tmp_path / "out", ExportOptions(table=table))
    assert message in str(error.value)
    assert str(error.value).isprintable()
    assert not list(tmp_path.iterdir())


def test_every_target_with_a_table_says_what_it_can_be_called() -> None:
    named = {name for name, target in TARGETS.items() if target.table is not None}
    assert named == {
        "sqlite-vec", "lancedb", "pgvector", "milvus", "elasticsearch", "opensearch", "vespa"
    }  # fmt: skip
    assert all(TARGETS[name].table.take(ExportOptions().table) for name in named)  # type: ignore[union-attr]


def test_items_of_other_codes_do_not_stay(tmp_path: Path) -> None:
    BinaryCodes.from_bits([[0, 1], [1, 1]]).save(tmp_path / "named.npz", ["a", "b"])
    BinaryCodes.from_bits([[1, 0], [0, 0]]).save(tmp_path / "bare.npz")
    named, bare = (open_collection(tmp_path / f"{name}.npz") for name in ("named", "bare"))
    out = tmp_path / "out" / "codes"
    items = out.with_name(f"codes{ITEMS}")
    export_codes(named, "npy", out)
    assert items.exists()
    for target in ("npy", "milvus"):
        items.write_text("of other codes")
        export_codes(bare, target, out, force=True)
        assert not items.exists()
    items.write_text("of other codes")
    out.unlink()
    with pytest.raises(UsageError, match=r"items\.jsonl: is there already"):
        export_codes(bare, "npy", out)


def test_a_kill_between_two_files_leaves_no_codes_beside_other_items(
    codes: Exhibit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file of codes goes before what lies beside it changes, and comes last."""
    out = tmp_path / "codes.npy"
    export_codes(codes.open(), "npy", out)
    replace, named = Path.replace, list[str]()

    def watched(self: Path, target: Path) -> Path:
        assert not out.exists()
        named.append(target.name)
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", watched)
    export_codes(codes.open(), "npy", out, force=True)
    assert named == [f"codes.npy{ITEMS}", "codes.npy"]


def test_an_export_through_a_link_keeps_the_link(codes: Exhibit, tmp_path: Path) -> None:
    (tmp_path / "codes.npy").symlink_to(tmp_path / "disk.npy")
    for force in (False, True):
        export_codes(codes.open(), "npy", tmp_path / "codes.npy", force=force)
    assert (tmp_path / "codes.npy").is_symlink()
    assert len(np.load(tmp_path / "disk.npy")) == len(codes.database)


def test_files_in_blocks_give_the_file_of_one(codes: Exhibit, tmp_path: Path) -> None:
    for part in range(3):
        rows = slice(300 * part, 300 * part + 300)
        ids = codes.ids[rows] if part != 1 else ()
        codes.database[rows].save(tmp_path / f"part-{part}.npz", ids)
    seen: list[tuple[float, float | None]] = []

    class Watching:
        def update(self, task: str, completed: float, total: float | None = None) -> None:
            seen.append((completed, total))

    options = SourceOptions(labels=codes.folder / "labels.npy", progress=Watching())
    collection = open_collection(tmp_path / "part-*.npz", options)
    blocks = list(collection.blocks(128))
    assert [len(block) for block in blocks] == [128, 128, 44] * 2 + [100]
    assert np.array_equal(np.concatenate([b.packed for b in blocks]), codes.database.packed)
    called = [name for block in blocks for name in block.called()]
    assert called == [*codes.ids[:300], *map(str, range(300, 600)), *codes.ids[600:]]
    assert [n for block in blocks for n in block.labels] == [
        (f"class {label}",) for label in codes.labels
    ]
    assert seen[-1] == (700, 700)
    assert seen == sorted(seen)


def test_names_of_classes_are_those_of_a_search() -> None:
    several = Labels.from_array([[1, 0, 1], [0, 0, 0]])
    assert label_names(several, None) == [("class 0", "class 2"), ()]
    far = Labels.from_array([70_000, -1, 123_456])
    assert label_names(far, None) == [("class 70000",), (), ("class 123456",)]


def test_a_record_brings_labels_and_queries(runs: Store, tmp_path: Path) -> None:
    record = runs.records()[0]
    query, database = runs.codes(record)
    source = f"{runs.path}:{record.key[:12]}"
    collection = open_collection(source)
    assert collection.queries == query
    (block,) = collection.blocks()
    assert np.array_equal(block.packed, database.packed)
    assert block.labels[0][0].startswith("class ")
    assert open_collection(runs.record_path(record)).n_bits == 5
    plain = open_collection(source, SourceOptions(codes_only=True))
    assert not plain.has_labels
    with pytest.raises(UsageError, match="a record brings codes, labels and queries"):
        open_collection(source, SourceOptions(labels=tmp_path / "labels.npy"))
    with pytest.raises(DataError, match="--codes-only leaves ids and labels out"):
        open_collection(source, SourceOptions(dataset="no-such-set"))
    with pytest.raises(DataError, match=r"content differs.*--codes-only"):
        open_collection(source, SourceOptions(dataset="digit-stories"))


def test_the_command(
    hashbench_command: CommandLine, codes: Exhibit, runs: Store, tmp_path: Path
) -> None:
    call = ("export", codes.codes, "--to", "npy", "--out", "codes.npy")
    done = hashbench_command(*call, "--labels", codes.folder / "labels.npy")
    assert done.returncode == 0, done.stderr
    assert "padded to 104 bits" in done.stderr
    assert not done.stdout
    again = hashbench_command(*call)
    assert again.returncode == 2
    assert again.stderr.count("\n") == 1
    assert "--force replaces it" in again.stderr
    done = hashbench_command("export", runs.path, "--to", "opensearch", "--out", "all")
    assert done.returncode == 0, done.stderr
    names = sorted(path.name for path in (tmp_path / "all").glob("*.opensearch"))
    assert [name.split("-")[1] for name in names] == ["5", "8"]
    first = json.loads((tmp_path / "all" / names[0]).read_text().splitlines()[1])
    assert len(first["code"]) == 1
    bad = hashbench_command("export", tmp_path, "--to", "npy", "--out", "x.npy")
    assert bad.returncode == 2
    assert bad.stderr.count("\n") == 1


def test_a_target_is_imported_when_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__
    optional = ("faiss", "usearch", "lancedb", "pyarrow", "apsw", "sqlite_vec", "onnx")

    def watched(name: str, *more: Any, **named: Any) -> Any:
        assert name.partition(".")[0] not in optional
        return real(name, *more, **named)

    monkeypatch.setattr(builtins, "__import__", watched)
    for target in TARGETS.values():
        target.load()


def test_every_form_of_codes_is_exported(tmp_path: Path) -> None:
    signs = np.random.default_rng(2).choice([-1, 0, 1], (40, 16))
    np.save(tmp_path / "signs.npy", signs)
    bits = (signs >= 0).astype(np.uint8)
    np.save(tmp_path / "msb.npy", np.packbits(bits, axis=1))
    forms = {"signs.npy": CodeForm(zeros="plus"), "msb.npy": CodeForm(packed="msb")}
    for name, form in forms.items():
        out = tmp_path / f"out-{name}"
        export_codes(open_collection(tmp_path / name, SourceOptions(form=form)), "npy", out)
        found = np.unpackbits(np.load(out), axis=1, bitorder="little")
        np.testing.assert_array_equal(found, bits)
    with pytest.raises(DataError, match="--zeros"):
        export_codes(open_collection(tmp_path / "signs.npy"), "npy", tmp_path / "none")
    with pytest.raises(UsageError, match="--zeros half: other programs have bits only"):
        SourceOptions(form=CodeForm(zeros="half"))


def test_a_record_takes_no_form(runs: Store) -> None:
    record = runs.records()[0]
    with pytest.raises(UsageError, match="leave the options of files out"):
        open_collection(f"{runs.path}:{record.key[:12]}", SourceOptions(form=CodeForm(key="a")))


@pytest.mark.parametrize("kind", ["csv", "npy"])
def test_names_of_classes_travel_along(kind: str, tmp_path: Path) -> None:
    """From files of labels, one for each file of codes; a video may have several."""
    rows = [["cat", "dog"], ["dog;cat", ""]]
    for number, names in enumerate(rows):
        bits = np.eye(2, 9, k=number)
        BinaryCodes.from_bits(bits).save(tmp_path / f"codes-{number}.npz")
        if kind == "npy":
            np.save(tmp_path / f"y-{number}.npy", np.array(names))
        else:
            lines = "".join(f'"{name}"\n' for name in ["label", *names])
            (tmp_path / f"y-{number}.csv").write_text(lines, encoding="utf-8")
    options = SourceOptions(labels=tmp_path / f"y-*.{kind}")
    collection = open_collection(tmp_path / "codes-*.npz", options)
    found = [names for block in collection.blocks() for names in block.labels]
    assert found == [("cat",), ("dog",), ("cat", "dog"), ()]
    export_codes(collection, "npy", tmp_path / "out.npy")
    beside = (tmp_path / "out.npy.items.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["labels"] for line in beside] == [list(names) for names in found]
