"""What is one cell, whatever it was installed from, and what computed it."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from making_data import write_set

from hashbench.determinism import PINNED, pinned
from hashbench.errors import UsageError
from hashbench.machine import hardware
from hashbench.runs import make_plan, run
from hashbench.runs.api import Options

ROOT = Path(__file__).parents[2]
METHODS = ["itq", "ssvh", "lsh", "dh"]

KEYS = """
import sys
import hashbench
from hashbench.runs import make_plan
from hashbench.runs.api import Options
assert hashbench.__file__.startswith(sys.argv[1]), hashbench.__file__
for cell in make_plan(Options(methods=sys.argv[3:], dataset=sys.argv[2], bits=8, k=5)).cells:
    print(cell.key)
"""


@pytest.fixture(scope="module")
def card(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_set(tmp_path_factory.mktemp("set"))


def built(folder: Path) -> Path:
    """Build the wheel from a copy of the sources, and unpack it as an installer does."""
    copy = folder / "source"
    copy.mkdir()
    for name in ("hashbench", "plugins", "datasets"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    build = "import sys; from setuptools import build_meta; build_meta.build_wheel(sys.argv[1])"
    subprocess.run(
        [sys.executable, "-c", build, str(folder)], cwd=copy, check=True, capture_output=True
    )
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel:
        wheel.extractall(folder / "site")
    return folder / "site"


def keys(where: Path, card: Path, path: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", KEYS, str(where), str(card), *METHODS],
        env={**os.environ, "PYTHONPATH": path},
        cwd=card.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_a_checkout_and_its_wheel_name_the_same_cells(card: Path, tmp_path: Path) -> None:
    site = built(tmp_path)
    released = keys(site, card, str(site))
    assert len(set(released)) == len(METHODS)
    assert released == keys(ROOT, card, f"{ROOT}{os.pathsep}{ROOT / 'plugins'}")
    # The digest is that of the source: another line is another cell.
    with (site / "hashbench_itq.py").open("a") as file:
        file.write("# changed\n")
    changed = keys(site, card, str(site))
    assert [a == b for a, b in zip(changed, released, strict=True)] == [False, True, True, True]


def test_jobs_and_threads_change_no_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENBLAS_THREAD_TIMEOUT", "4")  # waiting threads give way at once
    methods, digests = ["itq", "mfh[frames=200]", "submod"], []
    for jobs, threads in ((1, "1"), (1, "2"), (2, "1")):
        monkeypatch.setenv("OPENBLAS_NUM_THREADS", threads)
        out = tmp_path / f"{jobs} {threads}"
        result = run(methods, "digit-stories", bits=72, k=20, jobs=jobs, out=out)
        assert not result.failed
        libraries = [blas for record in result.records for blas in record.host["blas"]]
        assert {blas["threads"] for blas in libraries} == {min(int(threads), os.cpu_count() or 1)}
        digests.append({r.key: r.codes_sha256["query"] for r in result.records})
    assert digests[0] == digests[1] == digests[2]


def test_near_zero_projections_are_recorded(card: Path, tmp_path: Path) -> None:
    record = run("itq", card, bits=4, k=5, out=tmp_path).records[0]
    assert record.diagnostics["projections_near_zero"] == 0
    assert "quantisation_loss" in record.diagnostics


class TestDeterministic:
    def test_is_a_cell_of_its_own_and_no_other_key_changes(self, card: Path) -> None:
        options = Options(methods=["ssvh"], dataset=str(card), bits=8, k=5)
        usual = make_plan(options).cells[0]
        fixed = make_plan(dataclasses.replace(options, deterministic=True)).cells[0]
        assert usual.key != fixed.key
        assert usual.model_key != fixed.model_key
        assert dataclasses.replace(fixed, deterministic=False).key == usual.key
        assert type(fixed).from_json(fixed.to_json()) == fixed

    def test_workers_are_started_with_the_settings(self, card: Path, tmp_path: Path) -> None:
        out = tmp_path / "runs"
        result = run(
            "dh[features=mean,epochs=2]", card, bits=4, k=5, out=out, deterministic=True, jobs=1
        )
        host = result.records[0].host
        assert host["pinned"]
        assert host["torch"]["instructions"] == "DEFAULT"
        assert host["torch"]["threads"] == 1
        assert all(blas["threads"] == 1 for blas in host["blas"])
        assert not pinned()
        assert pinned(PINNED)

    def test_it_needs_the_cpu_and_its_own_processes(self, card: Path, tmp_path: Path) -> None:
        options = Options(methods=["lsh"], dataset=str(card), bits=4, k=5, deterministic=True)
        with pytest.raises(UsageError, match="works on the CPU"):
            make_plan(dataclasses.replace(options, device="cuda:0"))
        from hashbench.runs.cell_runner import CellRunner
        from hashbench.workspace import Silent

        plan = make_plan(dataclasses.replace(options, out=tmp_path))
        plan.store.prepare()
        task = plan.tasks(list(plan.cells), "manifests/x.json")[0]
        outcome = CellRunner(Silent()).run(task)
        assert outcome.state == "failed"
        assert "hashbench.determinism" in outcome.message


def test_the_host_says_what_computes() -> None:
    import torch

    host = hardware()
    assert host["torch"]["version"] == torch.__version__
    assert {blas["library"] for blas in host["blas"]} >= {"openblas"}
    assert all(blas["kernel"] and blas["threads"] >= 1 for blas in host["blas"])
    assert isinstance(host["instructions"], list)
    json.dumps(host)
