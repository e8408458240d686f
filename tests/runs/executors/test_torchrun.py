"""One model on the processes that torchrun started, from the command line."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from two_processes import finished, launcher

from hashbench.errors import UsageError
from hashbench.runs import Store
from hashbench.runs.executors.torchrun import helping, leading, started_together

SSVH = "ssvh[k1=3,k2=3,epochs=3,batch_size=8]"


Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def torchrun(python: str) -> Run:
    """Run ``hashbench run`` on two processes of torchrun's."""

    def call(out: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        grid = ["--bits", "8", "--k", "5", "--device", "cpu", "--out", str(out)]
        return finished([python, *launcher(), "-m", "hashbench", "run", *arguments, *grid])

    return call


def test_two_processes_make_the_records_of_one(
    torchrun: Run, python: str, card: Path, tmp_path: Path
) -> None:
    grid = [SSVH, "itq", "--dataset", str(card)]
    done = torchrun(tmp_path / "both", *grid)
    assert done.returncode == 0, done.stderr
    # One process speaks, and one writes: two records, one manifest, no lock or checkpoint left.
    assert done.stdout.count("mAP@5") == 1
    both = {record.method.name: record for record in Store(tmp_path / "both").records()}
    assert sorted(both) == ["itq", "ssvh"]
    assert len(list((tmp_path / "both" / "manifests").iterdir())) == 1
    alone = subprocess.run(
        [python, "-m", "hashbench", "run", *grid, "--bits", "8", "--k", "5",
         "--out", str(tmp_path / "alone")],
        capture_output=True, text=True, timeout=200, check=False,
    )  # fmt: skip
    assert alone.returncode == 0, alone.stderr
    one = {record.method.name: record for record in Store(tmp_path / "alone").records()}
    assert {r.key for r in both.values()} == {r.key for r in one.values()}
    assert both["itq"].codes_sha256 == one["itq"].codes_sha256
    losses = [records["ssvh"].diagnostics["loss_history"]["loss"] for records in (both, one)]
    np.testing.assert_allclose(losses[0], losses[1], rtol=2e-4)

    again = torchrun(tmp_path / "both", *grid)  # nothing to do, and nobody waits for it
    assert again.returncode == 0, again.stderr
    assert len(list((tmp_path / "both" / "manifests").iterdir())) == 1


def test_a_training_that_cannot_be_is_recorded_and_the_others_go_on(
    torchrun: Run, card: Path, tmp_path: Path
) -> None:
    done = torchrun(tmp_path, "ssvh[stride=400]", "ssth[epochs=1]", "--dataset", str(card))
    assert done.returncode == 1
    assert re.search(r"1 of 2 cells failed", done.stderr)
    found = {record.method.name: record.status for record in Store(tmp_path).records()}
    assert found == {"ssvh": "failed", "ssth": "ok"}


def test_it_is_torchrun_that_says_who_helps(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("WORLD_SIZE", "RANK"):
        monkeypatch.delenv(name, raising=False)
    assert not started_together()
    assert not helping()
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.setenv("RANK", "0")
    assert started_together()
    assert not helping()
    monkeypatch.setenv("RANK", "1")
    assert helping()


def test_several_cells_at_a_time_are_refused() -> None:
    with pytest.raises(UsageError, match=r"--jobs 2 under torchrun.*one model at a time"):
        leading("cpu", 2).__enter__()
