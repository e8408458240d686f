"""Executor on Slurm: a Dask cluster whose workers are jobs, started through dask-jobqueue.

A scheduler obeys whoever can reach it, so hashbench opens none but on request, and this one speaks
TLS only; its dashboard, which knows no TLS, stays on the loopback.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hashbench.errors import UsageError
from hashbench.files.atomic import write_text
from hashbench.files.lines import are_digits
from hashbench.runs.executors.spec import ExecutorSpec, Request

if TYPE_CHECKING:
    from distributed import Client

    from hashbench.runs.executors.dask import DaskExecutor

_QUEUE_S = 24 * 3600
"""How long jobs may wait before the first of them starts."""

_LOOPBACK = "127.0.0.1:0"


@contextmanager
def on_slurm(
    settings: str, jobs: int, folder: Path, resources: Mapping[str, float] | None = None
) -> Iterator[Client]:
    """Start workers through Slurm, and a scheduler for them that speaks TLS.

    Parameters
    ----------
    settings : str
        ``"partition=gpu,gres=gpu:1,time=8:00:00"``: as ``sbatch`` names them; ``cores``,
        ``memory`` (default 4 and 16GB) and ``interface`` beside them.
    jobs : int
        Slurm jobs, a worker each.
    folder : Path
        On the file system that all nodes share: logs and the certificates lie there.
    resources : mapping, optional
        What each worker is said to have, such as ``{"GPU": 1}``.

    Raises
    ------
    UsageError
        If there is no ``sbatch``, it refuses, or ``settings`` are wrong.
    """
    # Completion imports this module for its option, and must not wait for what cluster imports.
    from hashbench.runs.executors.cluster import check_workers, dask_module

    distributed = dask_module("distributed")
    cluster_class = dask_module("dask_jobqueue").SLURMCluster
    options = slurm_options(settings, folder, resources)
    if shutil.which("sbatch") is None:
        raise UsageError(f"--slurm {settings}: there is no sbatch here; is this a Slurm machine?")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # private keys will lie in it
    cluster = cluster_class(
        **options,
        security=distributed.Security.temporary(),
        scheduler_options={"dashboard_address": _LOOPBACK},
    )
    with cluster:
        _check_script(cluster.job_script(), settings, folder)
        cluster.scale(jobs=jobs)
        with distributed.Client(cluster, set_as_default=False) as client:
            check_workers(client, "slurm", wait_s=_QUEUE_S)
            yield client


def _check_script(script: str, settings: str, folder: Path) -> None:
    """Have Slurm look at a job before any is submitted: dask-jobqueue logs a refusal, and waits."""
    import subprocess

    path = folder / "job.sh"
    write_text(path, script)
    done = subprocess.run(
        ["sbatch", "--test-only", str(path)], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        said = " ".join((done.stderr or done.stdout).split())
        raise UsageError(f"--slurm {settings}: sbatch refuses: {said}")


def slurm_options(
    settings: str, folder: Path, resources: Mapping[str, float] | None = None
) -> dict[str, Any]:
    """Return the arguments of ``dask_jobqueue.SLURMCluster`` for ``settings``.

    Raises
    ------
    UsageError
        If an item is not of the form ``name=value``.

    Examples
    --------
    >>> slurm_options("partition=gpu,gres=gpu:1", Path("logs"))["job_extra_directives"]
    ['--gres=gpu:1']
    """
    options: dict[str, Any] = {
        "cores": 4,
        "processes": 1,
        "memory": "16GB",
        "protocol": "tls://",
        "log_directory": str(folder),
        "shared_temp_directory": str(folder),
        "job_extra_directives": [],
        # Whatever the cores, one cell at a time: seeds and peak memory belong to a process.
        "worker_extra_args": ["--nthreads", "1", "--dashboard-address", _LOOPBACK],
    }
    if resources:
        said = ",".join(f"{name}={amount:g}" for name, amount in resources.items())
        options["worker_extra_args"] += ["--resources", said]
    names = {"partition": "queue", "time": "walltime", "account": "account"}
    for item in settings.split(","):
        name, equals, value = (part.strip() for part in item.partition("="))
        if not (name and equals and value):
            raise UsageError(f"--slurm {settings}: {item!r} is not of the form name=value")
        if name == "cores":
            options["cores"] = _whole(value, settings)
        elif name in ("memory", "interface"):
            options[name] = value
        elif name in names:
            options[names[name]] = value
        else:
            options["job_extra_directives"].append(f"--{name}={value}")
    return options


def _whole(text: str, settings: str) -> int:
    if not are_digits(text) or int(text) < 1:
        raise UsageError(f"--slurm {settings}: cores={text}: a whole number is needed")
    return int(text)


@contextmanager
def _in_jobs(request: Request) -> Iterator[DaskExecutor]:
    from hashbench.runs.executors.cluster import check_resources
    from hashbench.runs.executors.dask import DaskExecutor

    plan = request.plan
    logs = plan.store.path.resolve() / "slurm"
    with on_slurm(request.value, plan.options.jobs or 1, logs, request.resources) as client:
        check_resources(client, request.resources)
        yield DaskExecutor(client, request.resources)


EXECUTOR = ExecutorSpec(
    name="slurm",
    open=_in_jobs,
    option="--slurm",
    metavar="NAME=VALUE,...",
    help="Work in --jobs Slurm jobs: partition=gpu,gres=gpu:1,time=8:00:00",
    resources=True,
)
