"""Files that somebody made on purpose: refused in one line, with nothing read or written."""

from __future__ import annotations

import json
import os
import shutil
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from making_data import features, write_feats, write_set

import hashbench
from hashbench.codes import BinaryCodes
from hashbench.data import load_dataset
from hashbench.data.cardreader import read_card
from hashbench.data.hdf5 import H5Source
from hashbench.errors import DataError, HashbenchError, StoreError, VerificationError
from hashbench.estimator import Method
from hashbench.files import sizes
from hashbench.files.arrays import read_npy, read_npz
from hashbench.files.atomic import write_text
from hashbench.files.documents import parse_json, parse_toml, read_json
from hashbench.files.rowfile import open_npz
from hashbench.labelfiles import read_labels
from hashbench.leaderboards import Board, problems, submit_run
from hashbench.leaderboards.page import _code
from hashbench.reports.formats.csv_json import as_csv
from hashbench.reports.sheet import Column, Document, Entry, Line, Sheet
from hashbench.runs import Record, Store
from hashbench.runs.cards import manifest_of

Change = Callable[[dict[str, Any]], None]


@pytest.fixture(scope="module")
def card(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_set(tmp_path_factory.mktemp("set"), n=(40, 30))


@pytest.fixture(scope="module")
def honest(card: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run directory with one record."""
    out = tmp_path_factory.mktemp("run")
    hashbench.run(["lsh"], card, bits="6", out=out, device="cpu", k="1,5,20")
    return out


@pytest.fixture
def run(honest: Path, tmp_path: Path) -> Path:
    """A copy that may be spoiled."""
    return shutil.copytree(honest, tmp_path / "run")


def spoil(run: Path, change: Change) -> Path:
    (path,) = run.glob("records/*/*.json")
    value = json.loads(path.read_text())
    change(value)
    path.write_text(json.dumps(value))
    return path


def tree(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


FORGED: list[tuple[Change, str]] = [
    (lambda r: r.update(key="../../x"), "key must be 64 hexadecimal digits"),
    (lambda r: r.update(key="AB" * 32), "key must be 64 hexadecimal digits"),
    (lambda r: r["dataset"].update(name="../../x"), "dataset.name must be a plain name"),
    (lambda r: r["dataset"].update(name="/tmp/x"), "dataset.name must be a plain name"),
    (lambda r: r.update(manifest="../../creds.json"), "manifest must be a path inside"),
    (lambda r: r["files"].update(codes="../c.npz"), "files.codes must be a path inside"),
    (lambda r: r["files"].update(model="/root"), "files.model must be a path inside"),
    (lambda r: r.update(encode_videos_per_s=-1.0), "encode_videos_per_s must be a number"),
    (lambda r: r.update(seed=-1), "seed must be a whole number from 0"),
    (lambda r: r.update(seed=True), "seed must be a whole number from 0"),
    (lambda r: r.update(bits=9), "evaluation.bits is 6, elsewhere 9"),
    (
        lambda r: r["dataset"].update(n_query=10**9),
        "evaluation.n_query is 30, elsewhere 1000000000",
    ),
    (lambda r: r["dataset"].update(self_retrieval="no"), "self_retrieval must be true or false"),
    (lambda r: r["method"].update(control="yes"), "method.control must be true or false"),
    (lambda r: r["method"].update(label="a\x1b[2Jb"), "method.label must be text"),
    (lambda r: r["method"].update(name="`x`\n# y"), "method.name must be a plain name"),
    (lambda r: r.update(surprise=1), "unknown field 'surprise'"),
]


@pytest.mark.parametrize(("change", "message"), FORGED)
def test_a_forged_record_is_refused_and_nothing_is_written(
    run: Path, card: Path, tmp_path: Path, change: Change, message: str
) -> None:
    spoil(run, change)
    before = tree(tmp_path)
    with pytest.raises(StoreError) as caught:
        submit_run(run, tmp_path / "boards", "Eve", cards=[card])
    assert message in str(caught.value)
    assert "\x1b" not in str(caught.value)
    assert tree(tmp_path) == before


def forged_control(record: dict[str, Any]) -> None:
    record["method"]["control"] = True


def forged_profile(record: dict[str, Any]) -> None:
    record["dataset"]["profile"] = "paper"


def forged_training(record: dict[str, Any]) -> None:
    record["dataset"]["n_train"] = 7


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (forged_control, "method.control is True in the record and False here"),
        (forged_profile, "dataset.profile is paper in the record and strict here"),
        (forged_training, "dataset.n_train is 7 in the record and 40 here"),
    ],
)
def test_what_a_record_claims_is_held_against_method_and_data(
    run: Path, card: Path, tmp_path: Path, change: Change, message: str
) -> None:
    spoil(run, change)
    with pytest.raises(VerificationError, match=message):
        submit_run(run, tmp_path / "boards", "Eve", cards=[card])
    assert not (tmp_path / "boards").exists()


def test_codes_behind_a_link_out_of_the_run_are_refused(run: Path, tmp_path: Path) -> None:
    (record,) = Store(run).records()
    codes = run / str(record.files["codes"])
    codes.rename(tmp_path / "elsewhere.npz")
    codes.symlink_to(tmp_path / "elsewhere.npz")
    with pytest.raises(StoreError, match="lies outside the run directory"):
        Store(run).codes(record)


def test_a_manifest_behind_a_link_is_not_shown(run: Path, tmp_path: Path) -> None:
    (record,) = Store(run).records()
    secret = tmp_path / "creds.json"
    secret.write_text('{"password": "x"}')
    manifest = run / str(record.manifest)
    manifest.unlink()
    manifest.symlink_to(secret)
    with pytest.raises(StoreError, match="lies outside the folder manifests"):
        manifest_of(Store(run), record)


def test_a_record_that_is_no_regular_file(run: Path) -> None:
    (path,) = run.glob("records/*/*.json")
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(StoreError, match="is not a regular file"):
        Store(run).records()


def test_submitting_is_all_or_nothing(
    run: Path, card: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    boards = tmp_path / "boards"
    (board,) = submit_run(run, boards, "Ada", cards=[card])
    assert list(problems(board, card=card)) == []
    before = tree(boards)
    again = hashbench.run(["itq"], card, bits="6", out=tmp_path / "more", device="cpu", k="1,5,20")
    assert not again.failed

    def broken(*_: object) -> str:
        raise DataError("the page cannot be drawn")

    monkeypatch.setattr("hashbench.leaderboards.submit.compose", broken)
    with pytest.raises(DataError, match="cannot be drawn"):
        submit_run(tmp_path / "more", boards, "Ada", cards=[card])
    assert tree(boards) == before
    monkeypatch.undo()
    submit_run(tmp_path / "more", boards, "Ada", cards=[card])
    assert list(problems(Board(boards, "mine"), card=card)) == []
    assert len(Board(boards, "mine").records()) == 2
    assert not [path for path in boards.iterdir() if path.name.startswith(".")]


class Saved(Method):
    """A method whose state is one number."""

    def __init__(self, bits: int = 4, seed: int = 0) -> None:
        self.bits, self.seed = bits, seed

    def fit(self, videos: Any) -> Saved:
        self.shift_ = 0.5
        return self

    def encode(self, videos: Any) -> BinaryCodes:
        return BinaryCodes.from_signs(videos.batch + self.shift_)


@pytest.mark.parametrize("name", ["encode", "__class__", "bits", "_workspace", "a.b_", ""])
def test_a_saved_method_sets_no_other_attributes(tmp_path: Path, name: str) -> None:
    Saved().fit(None).save(tmp_path)
    path = tmp_path / "method.json"
    value = json.loads(path.read_text())
    value["values"][name] = 1
    path.write_text(json.dumps(value))
    with pytest.raises(DataError, match="has no attribute"):
        Saved.load(tmp_path)


def hidden(folder: Path) -> Path:
    write_feats(folder / "secret.h5", features(20))
    with h5py.File(folder / "secret.h5", "a") as file:
        file["labels"] = np.zeros(20, np.int64)
    return folder / "secret.h5"


def external_link(file: h5py.File, secret: Path, key: str) -> None:
    file[key] = h5py.ExternalLink(str(secret), key)


def link_to_a_link(file: h5py.File, secret: Path, key: str) -> None:
    file["hop"] = h5py.ExternalLink(str(secret), "/")
    file[key] = h5py.SoftLink(f"/hop/{key}")


def external_storage(file: h5py.File, secret: Path, key: str) -> None:
    shape = (20, 4, 6) if key == "feats" else (20,)
    file.create_dataset(key, shape, np.float32, external=[(str(secret), 0, h5py.h5f.UNLIMITED)])


def virtual(file: h5py.File, secret: Path, key: str) -> None:
    shape = (20, 4, 6) if key == "feats" else (20,)
    layout = h5py.VirtualLayout(shape, np.float32)
    layout[...] = h5py.VirtualSource(str(secret), key, shape)
    file.create_virtual_dataset(key, layout)


@pytest.mark.parametrize("trick", [external_link, link_to_a_link, external_storage, virtual])
@pytest.mark.parametrize("suffix", ["h5", "mat"])
@pytest.mark.parametrize("key", ["labels", "feats"])
def test_hdf5_leads_to_no_other_file(
    tmp_path: Path, trick: Callable[[h5py.File, Path, str], None], suffix: str, key: str
) -> None:
    secret, path = hidden(tmp_path), tmp_path / f"a.{suffix}"
    with h5py.File(path, "w") as file:
        trick(file, secret, key)
    with pytest.raises(DataError, match="points to another file"):
        read_labels(path, key) if key == "labels" else H5Source([path])


def test_soft_links_within_a_file_are_followed(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["group/real"] = np.arange(5)
        file["labels"] = h5py.SoftLink("group/real")
        file["loop"] = h5py.SoftLink("loop")
    np.testing.assert_array_equal(read_labels(tmp_path / "a.h5"), np.arange(5))
    with pytest.raises(DataError, match="no array 'loop'"):
        read_labels(tmp_path / "a.h5", "loop")


def test_a_link_out_of_the_folder_of_a_card_is_refused(tmp_path: Path) -> None:
    (tmp_path / "set").mkdir()
    card = write_set(tmp_path / "set")
    (tmp_path / "set" / "labels.npy").rename(tmp_path / "labels.npy")
    (tmp_path / "set" / "labels.npy").symlink_to(tmp_path / "labels.npy")
    with pytest.raises(DataError, match="link out of its folder"):
        load_dataset(card)
    assert len(load_dataset(card, data_root=tmp_path).query) == 20


def test_names_of_cards_are_plain(tmp_path: Path) -> None:
    card = write_set(tmp_path)
    card.write_text(card.read_text().replace('name = "mine"', 'name = "../mine"'))
    with pytest.raises(DataError, match="a plain name"):
        read_card(card)


def test_code_in_markdown_cannot_be_left() -> None:
    assert _code("run lsh") == "`run lsh`"
    assert _code("a`b``c") == "``` a`b``c ```"
    assert "\n" not in _code("a\n# b")


def test_cells_of_csv_are_no_formulas() -> None:
    columns = (Column("a", "number"),)
    names = ["=1+1", "+cmd", "-2+3", "@x", "itq", "-1.5"]
    lines = tuple(Line(name, (Entry(-0.5, "-0.5"),)) for name in names)
    rows = as_csv(Document((Sheet("", "", "m", columns, lines),))).splitlines()[1:]
    shown = [row.split(",")[1] for row in rows]
    assert shown == ["'=1+1", "'+cmd", "'-2+3", "'@x", "itq", "-1.5"]
    assert all(",-0.5," in row for row in rows)


def test_writing_leaves_devices_and_links_what_they_are(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(StoreError, match="is not a regular file"):
        write_text(pipe, "x")
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    with pytest.raises(StoreError, match="is a folder"):
        write_text(tmp_path, "x")
    (tmp_path / "real").mkdir()
    link = tmp_path / "link.txt"
    link.symlink_to(tmp_path / "real" / "out.txt")
    write_text(link, "x")
    assert link.is_symlink()
    assert (tmp_path / "real" / "out.txt").read_text() == "x"


@pytest.mark.parametrize("shape", ["2199023255552", "-3", "9" * 30])
def test_sizes_of_npy_are_looked_at_first(tmp_path: Path, shape: str) -> None:
    header = f"{{'descr': '<f8', 'fortran_order': False, 'shape': ({shape},), }}"
    text = header.ljust(117).encode() + b"\n"
    path = tmp_path / "a.npy"
    path.write_bytes(b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + bytes(24))
    with pytest.raises(DataError, match=r"a\.npy: not a readable"):
        read_npy(path)


def test_an_archive_that_inflates_without_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sizes, "_FLOOR", 1 << 20)
    path = tmp_path / "bomb.npz"
    header = "{'descr': '|u1', 'fortran_order': False, 'shape': (16777216,), }".ljust(117) + "\n"
    start = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode()
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("packed.npy", "w") as file,
    ):
        file.write(start)
        for _ in range(1 << 2):
            file.write(bytes(1 << 22))
    with pytest.raises(DataError, match=r"bytes, but only .* are stored"):
        read_npz(path)


def test_hdf5_of_more_rows_than_are_stored(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_dataset("labels", (1 << 40,), np.int64, chunks=(1 << 16,))
        file.create_dataset("feats", (1 << 40, 4, 6), np.float32, chunks=(1 << 10, 4, 6))
    with pytest.raises(DataError, match="only 0 are stored"):
        read_labels(tmp_path / "a.h5")
    with pytest.raises(DataError, match="only 0 are stored"):
        H5Source([tmp_path / "a.h5"])


def test_every_flipped_bit_of_a_shard_is_found(tmp_path: Path) -> None:
    codes = BinaryCodes.from_bits(np.random.default_rng(0).integers(0, 2, (50, 16)))
    codes.save(tmp_path / "right.npz")
    right = (tmp_path / "right.npz").read_bytes()
    refused = 0
    for bit in range(0, 8 * len(right), 11):
        content = bytearray(right)
        content[bit // 8] ^= 1 << bit % 8
        (tmp_path / "a.npz").write_bytes(content)
        try:
            rows = open_npz(tmp_path / "a.npz", "packed")
        except DataError:
            refused += 1
            continue
        np.testing.assert_array_equal(rows.read(0, 50), codes.packed)
    assert refused > 100


@pytest.mark.parametrize(
    "text", ["[" * 100_000, '{"a":' * 50_000, "9" * 5000, "NaN", "1e999", "[Infinity]"]
)
def test_json_without_end_or_bound(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        parse_json(text)


@pytest.mark.parametrize("text", ["a = " + "[" * 50_000, "a = " + "9" * 5000])
def test_toml_without_end_or_bound(tmp_path: Path, text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        parse_toml(text)
    (tmp_path / "card.toml").write_text(text)
    with pytest.raises(DataError, match="not a card in TOML"):
        read_card(tmp_path / "card.toml")


@pytest.mark.parametrize("name", ["/dev/zero", "pipe", "nul\0", "x" * 5000])
def test_what_is_no_file_at_all(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    path = Path(name) if name.startswith("/") else tmp_path / name
    with pytest.raises(OSError, match=r"\w"):
        read_json(path)
    for read in (read_npy, read_npz, read_card, read_labels, Record.read):
        with pytest.raises(HashbenchError):
            read(path)
