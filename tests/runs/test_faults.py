"""Kills, interrupts, full disks, and two runs into one directory."""

from __future__ import annotations

import json
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from hashbench.runs import Record, Store

pytestmark = pytest.mark.usefixtures("trial_methods")

Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start(card: Path, tmp_path: Path) -> Start:
    """Start ``hashbench run METHODS`` into ``tmp_path/runs``."""

    def begin(*args: str, limit: int | None = None) -> subprocess.Popen[str]:
        def before() -> None:
            if limit is not None:
                resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

        command = [sys.executable, "-m", "hashbench", "run", *args, "--dataset", str(card)]
        return subprocess.Popen(
            [*command, "--k", "5", "--out", str(tmp_path / "runs"), "--json"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=tmp_path,
            preexec_fn=before,
        )

    return begin


def finish(process: subprocess.Popen[str], timeout: float = 120) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=timeout)
    return process.returncode, out, err


def wait_until(condition: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "nothing happened"
        time.sleep(0.02)


def record_files(out: Path) -> list[Path]:
    return [path for path in out.glob("records/*/*.json") if not path.name.startswith(".")]


def numbers(records: list[Record]) -> list[tuple[object, ...]]:
    return [(r.key, r.status, r.codes_sha256, r.evaluation) for r in records]


def half_written(out: Path) -> list[Path]:
    return list(out.rglob(".*.partial*"))


def test_kill_9_at_any_moment_leaves_whole_records_and_a_rerun_goes_on(
    start: Start, tmp_path: Path
) -> None:
    out, log = tmp_path / "runs", tmp_path / "fits"
    grid = [f"planes[nap=0.05,log='{log}']", "--bits", "1,2,...,8", "--jobs", "2", "--seed", "0,1"]
    # From before the first worker is up to the middle of the grid.
    for wanted in (0, 1, 3):
        process = start(*grid)
        if wanted:
            wait_until(lambda n=wanted: len(record_files(out)) >= n)  # type: ignore[misc]
        else:
            time.sleep(0.3)
        workers = psutil.Process(process.pid).children(recursive=True)
        process.kill()
        finish(process)
        psutil.wait_procs(workers, timeout=30)
        assert not [worker for worker in workers if worker.is_running()]
        for path in record_files(out):
            record = Record.read(path)
            assert record.ok
            Store(out).codes(record)
            Store(out).per_query(record)
    code, text, err = finish(start(*grid))
    assert code == 0, err
    assert "there already" in err
    assert json.loads(text)["failed"] == 0
    assert len(record_files(out)) == 8
    assert not half_written(out / "records")
    # At most the two cells that were being fitted at each kill were fitted twice.
    assert 8 <= len(log.read_text().split()) <= 8 + 3 * 2


def test_a_killed_worker_costs_its_cell_only(start: Start, tmp_path: Path) -> None:
    process = start("planes[nap=2]", "itq", "--bits", "2,4", "--jobs", "1")
    wait_until(lambda: bool(workers_of(process)))
    wait_until(lambda: (tmp_path / "runs" / "checkpoints").exists())
    for worker in workers_of(process):
        worker.kill()
    code, text, err = finish(process)
    assert code == 1
    states = {(r["method"]["name"], r["bits"]): r["status"] for r in json.loads(text)["records"]}
    assert states[("planes", 2)] == "failed"
    assert list(states.values()).count("ok") == 3
    assert "SIGKILL" in err
    assert finish(start("planes[nap=2]", "itq", "--bits", "2,4"))[0] == 0


def workers_of(process: subprocess.Popen[str]) -> list[psutil.Process]:
    return [child for child in psutil.Process(process.pid).children() if _is_worker(child)]


def _is_worker(child: psutil.Process) -> bool:
    try:
        return "hashbench.runs.executors.worker" in " ".join(child.cmdline())
    except (psutil.NoSuchProcess, psutil.ZombieProcess):
        return False  # a child that ended since it was listed


def test_ctrl_c_loses_nothing_finished(start: Start, tmp_path: Path) -> None:
    out = tmp_path / "runs"
    process = start("planes[nap=0.3]", "--bits", "1,2,3,...,8", "--jobs", "2")
    wait_until(lambda: len(record_files(out)) >= 1)
    workers = workers_of(process)
    process.send_signal(signal.SIGINT)
    code, text, err = finish(process)
    assert code == 130
    assert not text
    assert "Traceback" not in err
    assert "of 8 cells are recorded in" in err
    assert err.endswith("hashbench: interrupted\n")
    assert not [worker for worker in workers if worker.is_running()]
    assert not half_written(out)
    kept = Store(out).records()
    assert kept
    assert all(record.ok for record in kept)
    (manifest,) = out.glob("manifests/*.json")
    assert json.loads(manifest.read_text())["status"] == "interrupted"
    code, text, err = finish(start("planes[nap=0.3]", "--bits", "1,2,3,...,8", "--jobs", "2"))
    assert code == 0
    assert f"{8 - len(kept)} cell" in err


def test_two_runs_into_one_directory_share_the_work(start: Start, tmp_path: Path) -> None:
    log = tmp_path / "fits"
    grid = [f"planes[nap=0.3,log='{log}']", "--bits", "1,2,3,4,5,6"]
    both = [start(*grid), start(*grid)]
    texts = []
    for process in both:
        code, text, err = finish(process)
        assert code == 0, err
        texts.append([record["codes_sha256"] for record in json.loads(text)["records"]])
    assert texts[0] == texts[1]
    assert sorted(log.read_text().split()) == ["1", "2", "3", "4", "5", "6"]
    assert not half_written(tmp_path / "runs")
    assert not list((tmp_path / "runs" / "locks").iterdir())


def test_a_full_disk_is_one_line_and_nothing_half_written(start: Start, tmp_path: Path) -> None:
    out = tmp_path / "runs"
    assert finish(start("planes", "--bits", "4"))[0] == 0
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    # The model of 4,096 bits takes 98 kB.
    code, text, err = finish(start("planes", "--bits", "4,4096", limit=64 * 1024))
    assert code == 2
    assert not text
    (line,) = [line for line in err.splitlines() if line.startswith("hashbench: ")]
    assert "cannot write" in line
    assert "File too large" in line
    assert "Traceback" not in err
    assert not half_written(out)
    assert {path: path.read_bytes() for path in before} == before
    assert len(Store(out).records()) == 1
    assert finish(start("planes", "--bits", "4,4096"))[0] == 0


def test_an_unwritable_directory_is_one_line(start: Start, tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("a file")
    code, _, err = finish(start("planes", "--bits", "4"))
    assert code == 2
    assert err.count("\n") == 1
    assert "cannot write" in err


def test_a_record_of_a_newer_schema_is_one_line(start: Start, tmp_path: Path) -> None:
    assert finish(start("planes", "--bits", "4"))[0] == 0
    (path,) = record_files(tmp_path / "runs")
    path.write_text(path.read_text().replace('"schema": 1', '"schema": 9'))
    content = path.read_bytes()
    code, _, err = finish(start("planes", "--bits", "4,8"))
    assert code == 2
    assert err.count("\n") == 1
    assert f"{path}: schema 9 is newer than this release's 1" in err
    assert path.read_bytes() == content
