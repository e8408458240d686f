"""Kills amid the work of commands: the same command again ends as if nothing had happened."""

from __future__ import annotations

import random
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import h5py
import pytest
from forking import Forks, Running
from making_data import write_set
from making_videos import write_count

import hashbench
from hashbench.leaderboards import Board, submit_run
from hashbench.runs import Store

QUICK, LONG = 2, 30
"""Kills at random moments of each command."""

CHANGES = 60
"""Changes of files before which each command is killed in the long part, or all if fewer."""

AGAIN = 3
"""So often is the work on one folder killed at most, before it is let alone."""

MODULES = (
    "h5py", "scipy.linalg", "hashbench.runs.cell_runner", "hashbench.leaderboards.submit",
    "hashbench.data.converting", "hashbench.data.extraction", "hashbench_itq", "hashbench_lsh",
    "hashbench_controls", "av",
)  # fmt: skip

PLUGIN = '''
import numpy as np
import hashbench


class Mean:
    """Mean colour and its double."""

    dims = 6
    identity = "mean"

    def __init__(self, weights, device):
        pass

    def prepare(self, image):
        return image.mean(axis=(0, 1))

    def __call__(self, images):
        return np.concatenate([images, 2 * images], axis=1).astype(np.float32)


@hashbench.hookimpl
def hashbench_register_extractors():
    return [hashbench.ExtractorSpec(
        name="mean-colour", summary="mean colour", target="mean_colour:Mean", reference="none",
    )]
'''


@dataclass(frozen=True)
class Work:
    """A command that is killed.

    Parameters
    ----------
    start : Path
        What lies in the folder at first.
    argv : tuple of str
        Run within it.
    begun : callable
        Says whether the command has begun its work in a folder.
    reads : tuple of tuple of str
        Commands that read what is there in between.
    result : callable
        What it made in a folder.
    finished : str
        What it says where all is there already, if it refuses that.
    settings : tuple
        Constants to change, so that small data are many steps.
    """

    start: Path
    argv: tuple[str, ...]
    begun: Callable[[Path], bool]
    reads: tuple[tuple[str, ...], ...]
    result: Callable[[Path], Any]
    finished: str = ""
    settings: tuple[tuple[str, str, Any], ...] = ()

    def run(self, forks: Forks, folder: Path, die_at: int = 0) -> Running:
        """Start the command."""
        return forks.start(self.argv, folder, settings=self.settings, die_at=die_at)


@pytest.fixture(scope="module")
def forks() -> Iterator[Forks]:
    with Forks(MODULES) as made:
        yield made


@pytest.fixture(scope="module")
def sets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the card and the files of a data set."""
    folder = tmp_path_factory.mktemp("start")
    (folder / "set").mkdir()
    write_set(folder / "set", n=(400, 300))
    return folder


@pytest.fixture(scope="module")
def run_work(sets: Path) -> Work:
    return Work(
        sets,
        ("run", "itq", "lsh", "--dataset", "set/card.toml", "--bits", "4,6", "--k", "1,5,20",
         "--out", "runs", "--jobs", "2", "--device", "cpu", "--json"),
        lambda folder: any(folder.glob("runs/locks/*.lock")),
        (("report", "runs"), ("data", "info", "set/card.toml")),
        measured,
    )  # fmt: skip


def measured(folder: Path) -> Any:
    store = Store(folder / "runs")
    records = store.records()
    assert all(record.ok for record in records)
    for record in records:
        store.codes(record)
    return [
        (
            r.key,
            r.codes_sha256,
            r.evaluation,
            {k: v.tolist() for k, v in store.per_query(r).items()},
        )
        for r in records
    ]


def _lists(arrays: dict[str, Any]) -> dict[str, list[float]]:
    return {name: array.tolist() for name, array in arrays.items()}


@pytest.fixture(scope="module")
def extract_work(tmp_path_factory: pytest.TempPathFactory) -> Work:
    folder = tmp_path_factory.mktemp("start")
    for label in range(2):
        for number in range(6):
            write_count(folder / "videos" / f"class{label}" / f"{number}.mp4", 12 + 2 * number)
    (folder / "videos" / "class0" / "broken.mp4").write_text("no video")
    (folder / "plugins").mkdir()
    (folder / "plugins" / "mean_colour.py").write_text(PLUGIN)
    return Work(
        folder,
        ("--plugins-dir", "plugins", "data", "extract", "videos", "--out", "made/mine.h5",
         "--model", "mean-colour", "--frames", "4", "--device", "cpu"),
        lambda folder: (folder / "made" / "mine.h5.partial" / "job.json").exists(),
        (("data", "info", "made/mine.toml"), ("data", "verify", "made/mine.toml")),
        lambda folder: content(folder / "made"),
        "exists already",
        (("hashbench.data.extraction.extracting", "_BATCH_FRAMES", 8),
         ("hashbench.data.extraction.shards", "_VIDEOS", 2)),
    )  # fmt: skip


@pytest.fixture(scope="module")
def convert_work(tmp_path_factory: pytest.TempPathFactory) -> Work:
    folder = tmp_path_factory.mktemp("start")
    write_set(folder, n=(3000, 2000))
    return Work(
        folder,
        ("data", "convert", "card.toml", "--out", "made"),
        lambda folder: (folder / "made").exists(),
        (("data", "info", "made/card.toml"), ("data", "verify", "made/card.toml")),
        lambda folder: content(folder / "made"),
        "holds a set already",
        (("hashbench.data.converting", "_BLOCK_BYTES", 4 * 4 * 6 * 100),
         ("hashbench.data.converting", "CHUNK_BYTES", 4 * 4 * 6 * 50)),
    )  # fmt: skip


@pytest.fixture(scope="module")
def board_start(sets: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a set, a run and a board that has a part of the run's records."""
    folder = shutil.copytree(sets, tmp_path_factory.mktemp("start") / "all")
    card, grid = folder / "set" / "card.toml", {"device": "cpu", "k": "1,5,20"}
    hashbench.run(["itq"], card, bits="4", out=folder / "first", **grid)
    submit_run(folder / "first", folder / "boards", "Ada", cards=[card])
    hashbench.run(["itq", "lsh", "random"], card, bits="4,6", out=folder / "runs", **grid)
    return folder


@pytest.fixture(scope="module")
def submit_work(board_start: Path) -> Work:
    return Work(
        board_start,
        ("leaderboard", "submit", "runs", "--by", "Grace", "--boards", "boards",
         "--card", "set/card.toml"),
        lambda folder: "ranking the codes" in said(folder),
        (("leaderboard", "check", "mine", "--boards", "boards", "--card", "set/card.toml"),
         ("report", "boards/mine")),
        lambda folder: content(folder / "boards"),
    )  # fmt: skip


@pytest.fixture(scope="module")
def build_work(board_start: Path, tmp_path_factory: pytest.TempPathFactory) -> Work:
    """A board of an older evaluator, whose records are measured again."""
    folder = shutil.copytree(board_start, tmp_path_factory.mktemp("start") / "all")
    submit_run(folder / "runs", folder / "boards", "Grace", cards=[folder / "set" / "card.toml"])
    board = Board(folder / "boards", "mine")
    Store(board.folder).pack(
        [
            replace(record, evaluation={**(record.evaluation or {}), "evaluator": "0"})
            for record in board.records()
        ]
    )
    return Work(
        folder,
        ("leaderboard", "build", "mine", "--recompute", "--boards", "boards"),
        lambda folder: True,
        (("leaderboard", "check", "mine", "--boards", "boards", "--card", "set/card.toml"),
         ("report", "boards/mine")),
        lambda folder: content(folder / "boards"),
    )  # fmt: skip


def said(folder: Path) -> str:
    """Return what a command has said so far."""
    path = folder / "stderr"
    return path.read_text() if path.exists() else ""


def content(folder: Path) -> dict[str, Any]:
    """Return what each file of a folder holds, hidden ones too, but for locks: they are empty."""
    return {
        str(path.relative_to(folder)): of_file(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.endswith(".lock")
    }


def of_file(path: Path) -> Any:
    if path.suffix != ".h5":
        return path.read_bytes()
    found: dict[str, Any] = {}
    with h5py.File(path) as file:
        file.visititems(
            lambda name, item: (
                found.update({name: item[()].tolist()}) if isinstance(item, h5py.Dataset) else None
            )
        )
    return found


def one_line_or_none(status: int, err: str, told: str) -> None:
    """A command that reads succeeds, or fails in one line."""
    assert status >= 0, f"{told}: signal {-status}"
    assert "Traceback" not in err, f"{told}: {err}"
    complaints = [line for line in err.splitlines() if line.startswith("hashbench: ")]
    complaints = [line for line in complaints if not line.startswith("hashbench: warning: ")]
    assert len(complaints) == (status != 0), f"{told}: status {status}, {err}"


def killed_once(forks: Forks, work: Work, folder: Path, delay: float, *, alone: bool) -> bool:
    """Run the command, kill it ``delay`` seconds into its work; say whether that came in time."""
    running = work.run(forks, folder)
    deadline = time.monotonic() + 60
    while not work.begun(folder) and not running.ended():
        assert time.monotonic() < deadline
    if running.ended(delay):
        return not _finished(running, work)
    running.kill(alone=alone)
    return running.status()[0] == -9


def _finished(running: Running, work: Work) -> bool:
    status, _ = running.status()
    err = running.err.read_text()
    refused = bool(work.finished) and work.finished in err
    assert status == 0 or (status == 2 and refused), err
    return True


def read_between(forks: Forks, work: Work, folder: Path) -> None:
    for argv in work.reads:
        status, _, err = forks.call(argv, folder)
        one_line_or_none(status, err, " ".join(argv))


def undisturbed(forks: Forks, work: Work, folder: Path) -> tuple[Any, float, int]:
    """Return what the command makes, how long its work takes, and how many changes it makes."""
    shutil.copytree(work.start, folder)
    running = work.run(forks, folder)
    while not work.begun(folder):
        assert not running.ended(), running.err.read_text()
    started = time.monotonic()
    assert running.ended(60)
    span = time.monotonic() - started
    status, changes = running.status()
    assert status == 0, running.err.read_text()
    return work.result(folder), span, changes


WORKS = ["run_work", "extract_work", "convert_work", "submit_work", "build_work"]
CAMPAIGNS = [pytest.param(QUICK, id="quick"), pytest.param(LONG, id="long", marks=pytest.mark.slow)]


@pytest.mark.timeout(900)
@pytest.mark.parametrize("count", CAMPAIGNS)
@pytest.mark.parametrize("name", WORKS)
def test_kills_at_random_moments(
    name: str, count: int, forks: Forks, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    work: Work = request.getfixturevalue(name)
    right, span, _ = undisturbed(forks, work, tmp_path / "right")
    draw = random.Random(f"{name}-{count}")
    kills = folders = 0
    while kills < count:
        folder = shutil.copytree(work.start, tmp_path / f"{folders}")
        folders += 1
        assert folders <= 3 * count, f"{kills} of {folders} kills came in time"
        for _ in range(AGAIN):
            if not killed_once(
                forks, work, folder, draw.uniform(0, span), alone=draw.random() < 0.5
            ):
                break
            kills += 1
            read_between(forks, work, folder)
        assert _finished(work.run(forks, folder), work)
        assert work.result(folder) == right
        shutil.rmtree(folder)


@pytest.mark.timeout(900)
@pytest.mark.slow
@pytest.mark.parametrize("name", WORKS)
def test_kills_before_changes_of_files(
    name: str, forks: Forks, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    work: Work = request.getfixturevalue(name)
    right, _, changes = undisturbed(forks, work, tmp_path / "right")
    assert changes >= 10
    for number in sorted({round(1 + i * (changes - 1) / (CHANGES - 1)) for i in range(CHANGES)}):
        folder = shutil.copytree(work.start, tmp_path / f"{number}")
        status, _ = work.run(forks, folder, die_at=number).status()
        assert status in (0, -9)
        read_between(forks, work, folder)
        assert _finished(work.run(forks, folder), work)
        assert work.result(folder) == right, f"killed before change {number} of {changes}"
        shutil.rmtree(folder)
