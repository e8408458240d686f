"""Mutated files of every kind that is read: an error of ours in one line, or the right content.

The quick campaigns run always, the long ones of the same mutators where ``slow`` tests do.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from making_data import write_set
from mutations import campaign, contents, documents
from scipy.io import savemat
from scipy.sparse import csc_matrix

from hashbench import method
from hashbench.codes import BinaryCodes
from hashbench.data import Videos
from hashbench.data.cardreader import read_card
from hashbench.errors import DataError, HashbenchError, StoreError
from hashbench.files.arrays import read_npy, read_npz
from hashbench.files.rowfile import open_npz
from hashbench.labelfiles import read_labels
from hashbench.leaderboards import Board
from hashbench.leaderboards.repetitions import read_repetitions
from hashbench.runs import Record
from hashbench.runs.encoding import encode_videos, open_model
from hashbench.runs.training import read_training

QUICK, LONG = 120, 2500

BOARDS = Path(__file__).resolve().parents[2] / "leaderboards"

RECORD: dict[str, Any] = json.loads(
    (BOARDS / "digit-stories/records/itq.jsonl").read_text().splitlines()[0]
)

TRAINING = {"seconds": 1.5, "diagnostics": {"loss": [3.0, 2.0]}, "peak_memory_bytes": 1 << 28,
            "frames": 3, "dims": 6}  # fmt: skip

SUBMITTERS = {"a" * 64: {"by": "Ada", "on": "2031-02-03"}, "b" * 64: "Grace"}

REPETITIONS = [
    {"of": "a" * 64, "key": "b" * 64, "by": "Ada", "on": "2031-02-03", "measurement": "c" * 64,
     "codes_sha256": {"query": "d" * 64, "database": "e" * 64}}
]  # fmt: skip

LABELS = np.eye(4, dtype=np.uint8)[np.random.default_rng(1).integers(0, 4, 30)]

CODES = BinaryCodes.from_bits(np.random.default_rng(0).integers(0, 2, (40, 12)))


def one_line(error: HashbenchError) -> None:
    """Every message is one line that no terminal obeys."""
    assert "\n" not in str(error)
    assert "\x1b" not in str(error)


def record_document(value: Any) -> None:
    try:
        made = Record.from_json(value)
    except StoreError as error:
        one_line(error)
        return
    # What was taken is what the file says, but for defaults of fields that it leaves out.
    assert made.to_json() == {**made.to_json(), **value}
    assert ".." not in made.dataset.name
    assert made.bits >= 1
    assert made.seed >= 0


def record_text(folder: Path, content: bytes) -> None:
    path = folder / "record.json"
    path.write_bytes(content)
    try:
        Record.read(path)
    except StoreError as error:
        one_line(error)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Videos, BinaryCodes]:
    """A saved method, videos, and their codes."""
    folder = tmp_path_factory.mktemp("model")
    features = np.random.default_rng(0).standard_normal((30, 3, 6)).astype(np.float32)
    videos = Videos(features, name="some")
    made = method("itq", bits=4, seed=0)
    made.fit(videos).save(folder)
    (folder / "training.json").write_text(json.dumps(TRAINING))
    return folder, videos, made.encode(videos)


def model_files(folder: Path, videos: Videos, right: BinaryCodes, *, exact: bool) -> None:
    try:
        loaded, training = open_model(folder)
        codes = encode_videos(loaded, videos, training)
    except HashbenchError as error:
        one_line(error)
        return
    assert len(codes) == len(videos)
    if exact:
        assert codes == right


def description_of(folder: Path) -> Any:
    return json.loads((folder / "method.json").read_text())


def board_of(folder: Path) -> Board:
    board = Board(folder, "mine")
    board.folder.mkdir(exist_ok=True)
    return board


def board_documents(folder: Path, submitters: Any, repetitions: Any) -> None:
    board = board_of(folder)
    (board.folder / "submitters.json").write_text(json.dumps(submitters))
    (board.folder / "repetitions.json").write_text(json.dumps(repetitions))
    for read in (board.submitters, board.dates, lambda: read_repetitions(board)):
        try:
            read()
        except DataError as error:
            one_line(error)


def card_text(folder: Path, content: bytes) -> None:
    path = folder / "spoilt.toml"
    path.write_bytes(content)
    try:
        card = read_card(path)
    except DataError as error:
        one_line(error)
        return
    for split in card.splits.values():
        for name in (*split.feats, *split.labels):
            assert ".." not in Path(name).parts
            assert not Path(name).is_absolute()


def npz_bytes(folder: Path, content: bytes) -> None:
    """Archives have checksums: the content is the right one or none."""
    path = folder / "codes.npz"
    path.write_bytes(content)
    try:
        arrays = read_npz(path, ("packed", "n_bits"))
    except DataError as error:
        one_line(error)
    else:
        np.testing.assert_array_equal(arrays["packed"], CODES.packed)
        assert int(arrays["n_bits"]) == 12
    try:
        rows = open_npz(path, "packed")
    except DataError as error:
        one_line(error)
    else:
        np.testing.assert_array_equal(rows.read(0, 40), CODES.packed)


def npy_bytes(folder: Path, content: bytes) -> None:
    path = folder / "a.npy"
    path.write_bytes(content)
    try:
        array = read_npy(path)
    except DataError as error:
        one_line(error)
    else:
        assert array.nbytes <= len(content)


def mat_bytes(folder: Path, content: bytes, *, exact: bool) -> None:
    """Labels are the right ones where a checksum guards them, and numbers elsewhere."""
    path = folder / "labels.mat"
    path.write_bytes(content)
    try:
        found = read_labels(path, "labels", len(LABELS))
    except DataError as error:
        one_line(error)
        return
    if exact:
        np.testing.assert_array_equal(found, LABELS)
    assert found.dtype.kind in "buif"
    assert found.size <= max(LABELS.size, len(content)) * 64


def saved(folder: Path, write: Callable[[Path], Any], name: str) -> bytes:
    write(folder / name)
    return (folder / name).read_bytes()


CAMPAIGNS = [pytest.param(QUICK, id="quick"), pytest.param(LONG, id="long", marks=pytest.mark.slow)]


@pytest.mark.parametrize("examples", CAMPAIGNS)
def test_records(examples: int) -> None:
    campaign(examples)(given(documents(RECORD))(record_document))()


@pytest.mark.parametrize("examples", CAMPAIGNS)
def test_texts_of_records(examples: int, tmp_path: Path) -> None:
    text = json.dumps({**RECORD, "evaluation": {"profiles": {}, "evaluator": "1"}}).encode()
    campaign(examples)(given(contents(text))(lambda content: record_text(tmp_path, content)))()


@pytest.mark.parametrize("examples", CAMPAIGNS)
def test_descriptions_of_methods(
    examples: int, model: tuple[Path, Videos, BinaryCodes], tmp_path: Path
) -> None:
    folder = shutil.copytree(model[0], tmp_path / "model")
    description = description_of(folder)

    def check(value: Any) -> None:
        (folder / "method.json").write_text(json.dumps(value))
        model_files(folder, *model[1:], exact=False)

    campaign(examples)(given(documents(description))(check))()


@pytest.mark.parametrize("examples", CAMPAIGNS)
def test_notes_of_trainings(
    examples: int, model: tuple[Path, Videos, BinaryCodes], tmp_path: Path
) -> None:
    folder = shutil.copytree(model[0], tmp_path / "model")

    def check(value: Any) -> None:
        (folder / "training.json").write_text(json.dumps(value))
        model_files(folder, *model[1:], exact=False)
        try:
            found = read_training(folder / "training.json")
        except StoreError as error:
            one_line(error)
        else:
            assert found.seconds >= 0
            assert found.frames >= 0

    campaign(examples)(given(documents(TRAINING))(check))()


@pytest.mark.parametrize("examples", CAMPAIGNS)
def test_files_of_boards(examples: int, tmp_path: Path) -> None:
    both = st.tuples(documents(SUBMITTERS), documents(REPETITIONS))
    campaign(examples)(given(both)(lambda pair: board_documents(tmp_path, *pair)))()


@pytest.mark.parametrize("examples", CAMPAIGNS)
def test_cards(examples: int, tmp_path: Path) -> None:
    text = write_set(tmp_path).read_bytes()
    campaign(examples)(given(contents(text))(lambda content: card_text(tmp_path, content)))()


MAT_FILES = {
    "plain": lambda path: savemat(path, {"labels": LABELS, "other": np.arange(5.0)}),
    "compressed": lambda path: savemat(path, {"labels": LABELS}, do_compression=True),
    "sparse": lambda path: savemat(path, {"labels": csc_matrix(LABELS.astype(np.float64))}),
    "version-4": lambda path: savemat(path, {"labels": LABELS.astype(np.float64)}, format="4"),
}


@pytest.mark.parametrize("examples", CAMPAIGNS)
@pytest.mark.parametrize("kind", MAT_FILES)
def test_matlab_files(kind: str, examples: int, tmp_path: Path) -> None:
    # What lies before the matrix, name and all, has no checksum, nor has the name in the list.
    content = saved(tmp_path, MAT_FILES[kind], "right.mat")
    exact = kind == "compressed"
    campaign(examples)(
        given(contents(content))(lambda found: mat_bytes(tmp_path, found, exact=exact))
    )()


@pytest.mark.parametrize("examples", CAMPAIGNS)
def test_arrays_of_models(
    examples: int, model: tuple[Path, Videos, BinaryCodes], tmp_path: Path
) -> None:
    folder = shutil.copytree(model[0], tmp_path / "model")
    content = (folder / "arrays.safetensors").read_bytes()

    def check(found: bytes) -> None:
        (folder / "arrays.safetensors").write_bytes(found)
        with np.errstate(all="ignore"):  # the numbers themselves have no checksum
            model_files(folder, *model[1:], exact=False)

    campaign(examples)(given(contents(content))(check))()


@pytest.mark.parametrize("examples", CAMPAIGNS)
def test_checkpoints(examples: int, tmp_path: Path) -> None:
    import torch

    from hashbench.nn.training import checkpoint

    def made() -> tuple[torch.nn.Module, torch.optim.Optimizer]:
        torch.manual_seed(0)
        layer = torch.nn.Linear(3, 2)
        return layer, torch.optim.Adam(layer.parameters())

    layer, adam = made()
    layer(torch.ones(1, 3)).sum().backward()
    adam.step()
    progressed = checkpoint.Progressed(1, {"loss": [0.5]}, {})
    best = {name: value.clone() for name, value in layer.state_dict().items()}
    checkpoint.write(tmp_path, "key", layer, adam, progressed, best)
    path = tmp_path / "training.safetensors"

    def check(found: bytes) -> None:
        path.write_bytes(found)
        try:
            read = checkpoint.read(tmp_path, "key", *made())
        except StoreError as error:
            one_line(error)
            return
        if read is not None:
            assert read[0].epochs >= 0
            assert isinstance(read[0].history, dict)

    campaign(examples)(given(contents(path.read_bytes()))(check))()


@pytest.mark.parametrize("examples", CAMPAIGNS)
def test_archives_of_arrays(examples: int, tmp_path: Path) -> None:
    content = saved(tmp_path, CODES.save, "right.npz")
    campaign(examples)(given(contents(content))(lambda found: npz_bytes(tmp_path, found)))()


@pytest.mark.parametrize("examples", CAMPAIGNS)
def test_arrays(examples: int, tmp_path: Path) -> None:
    content = saved(tmp_path, lambda path: np.save(path, np.arange(60)), "right.npy")
    campaign(examples)(given(contents(content))(lambda found: npy_bytes(tmp_path, found)))()
