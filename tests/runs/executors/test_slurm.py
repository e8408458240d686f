"""The path through Slurm, against an ``sbatch`` that runs each job here."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from hashbench.errors import UsageError
from hashbench.runs.executors.slurm import slurm_options

jobqueue = pytest.importorskip("dask_jobqueue", reason="the extra 'cluster' is not installed")

CommandLine = Callable[..., subprocess.CompletedProcess[str]]

# What may differ between two runs of one grid.
PASSING = ("host", "times", "manifest", "encode_videos_per_s", "peak_memory_bytes")

SBATCH = """\
#!{python}
import pathlib, shutil, subprocess, sys
home = pathlib.Path(__file__).parent
if sys.argv[1] == "--test-only":
    sys.exit(not pathlib.Path(sys.argv[2]).read_text().startswith("#!"))
script = home / f"job-{{len(list(home.glob('job-*')))}}.sh"
shutil.copy(sys.argv[1], script)
with open(home / "log", "ab") as log:
    job = subprocess.Popen(["bash", script], stdout=log, stderr=log, start_new_session=True)
script.with_suffix(".pid").write_text(str(job.pid))
print(f"Submitted batch job {{job.pid}}")
"""

SCANCEL = """\
#!{python}
import os, pathlib, signal, sys
(pathlib.Path(__file__).parent / f"cancelled-{{sys.argv[1]}}").touch()
os.killpg(int(sys.argv[1]), signal.SIGTERM)
"""


@pytest.fixture
def slurm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder first on PATH with ``sbatch`` and ``scancel``; what is left running is ended."""
    home = tmp_path / "bin"
    home.mkdir()
    for name, program in (("sbatch", SBATCH), ("scancel", SCANCEL)):
        (home / name).write_text(program.format(python=sys.executable))
        (home / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{home}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("DASK_CONFIG", str(tmp_path / "dask"))
    yield home
    for started in home.glob("job-*.pid"):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(int(started.read_text()), signal.SIGKILL)


def lasting(text: str) -> list[dict[str, Any]]:
    return [
        {name: value for name, value in record.items() if name not in PASSING}
        for record in json.loads(text)["records"]
    ]


def test_records_equal_those_of_a_local_run(
    hashbench_command: CommandLine, slurm: Path, card: Path, tmp_path: Path
) -> None:
    command = ["run", "itq", "random", "--dataset", card, "--bits", "2,4", "--k", "5", "--json"]
    here = hashbench_command(*command, "--out", "here")
    settings = "partition=gpu,gres=gpu:1,time=0:10:00,cores=2,memory=1GB,interface=lo"
    options = ["--out", "there", "--slurm", settings, "--jobs", "2", "--resources", "GPU=1"]
    there = hashbench_command(*command, *options)
    assert there.returncode == 0, there.stderr + (slurm / "log").read_text()
    assert lasting(there.stdout) == lasting(here.stdout)
    assert there.stderr.count(" done in ") == 4
    jobs = [path.read_text() for path in slurm.glob("job-*.sh")]
    assert len(jobs) == 2
    for job in jobs:
        assert "#SBATCH -p gpu" in job
        assert "#SBATCH --gres=gpu:1" in job
        assert "tls://127.0.0.1:" in job
    assert len(list(slurm.glob("cancelled-*"))) == 2
    assert (tmp_path / "there" / "slurm").stat().st_mode & 0o077 == 0


def test_a_refusal_is_shown_in_one_line(
    hashbench_command: CommandLine, slurm: Path, card: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (slurm / "sbatch").write_text("#!/bin/sh\necho error: invalid partition gpu >&2\nexit 1\n")
    command = ["run", "itq", "--dataset", card, "--bits", "4", "--k", "5", "--slurm"]
    done = hashbench_command(*command, "partition=gpu,interface=lo", timeout=60)
    assert (done.returncode, done.stdout) == (2, "")
    assert "partition=gpu,interface=lo: sbatch refuses: error: invalid partition" in done.stderr
    assert done.stderr.count("\n") == 1
    monkeypatch.setenv("PATH", "")
    done = hashbench_command(*command, "partition=gpu")
    assert done.returncode == 2
    assert "there is no sbatch here" in done.stderr


def test_slurm_settings_are_those_of_sbatch(tmp_path: Path) -> None:
    found = slurm_options("partition=gpu,gres=gpu:1,time=8:00:00,cores=8,memory=64GB", tmp_path)
    assert found["queue"] == "gpu"
    assert found["walltime"] == "8:00:00"
    assert found["job_extra_directives"] == ["--gres=gpu:1"]
    assert (found["cores"], found["memory"]) == (8, "64GB")
    assert found["protocol"] == "tls://"
    for wrong in ("partition", "cores=x", "cores=²", "cores=0"):
        with pytest.raises(UsageError, match="--slurm"):
            slurm_options(wrong, tmp_path)


def test_the_slurm_script_asks_for_what_was_said(tmp_path: Path) -> None:
    jobqueue = pytest.importorskip("dask_jobqueue", reason="the extra 'cluster' is not installed")
    options = slurm_options("partition=gpu,gres=gpu:1,time=8:00:00", tmp_path)
    del options["protocol"], options["shared_temp_directory"]
    job = jobqueue.slurm.SLURMJob("tcp://127.0.0.1:1", name="w", **options)
    script = job.job_script()
    for line in (
        "#SBATCH -p gpu",
        "#SBATCH -t 8:00:00",
        "#SBATCH --gres=gpu:1",
        "#SBATCH --mem=15G",
    ):
        assert line in script
