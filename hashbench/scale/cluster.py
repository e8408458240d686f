"""Clusters run by Dask: connecting to one, starting one on Slurm, and counting shards on it.

Dask schedules, retries and ships the work; nothing here does. Its scheduler obeys whoever can reach
it, so hashbench opens none but on request, and the one on Slurm speaks TLS only.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import hashbench
from hashbench.errors import HashbenchError, UsageError
from hashbench.ranking.lists import RankedLists
from hashbench.scale.evaluating import Counter, Job, Tally, tally
from hashbench.scale.searching import Request, Seeker, seek
from hashbench.scale.shards import Shard

if TYPE_CHECKING:
    from distributed import Client

J = TypeVar("J")
R = TypeVar("R")

_REACH_S = 8
_WORKERS_S = 60


@contextmanager
def connected(scheduler: str) -> Iterator[Client]:
    """Connect to a running scheduler; TLS as Dask's own configuration says.

    Parameters
    ----------
    scheduler : str
        Such as ``"tcp://HOST:8786"`` or ``"tls://HOST:8786"``.

    Raises
    ------
    UsageError
        If Dask is not installed, nothing answers within ten seconds, no worker is there, or the
        workers have another hashbench.
    """
    distributed = _dask("distributed")
    try:
        client = distributed.Client(
            scheduler, timeout=_REACH_S, set_as_default=False, name="hashbench"
        )
    except (OSError, TimeoutError, ValueError, TypeError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise UsageError(f"--scheduler {scheduler}: no Dask scheduler answers ({reason})") from None
    # Outermost, since closing a client that lost its scheduler logs as well.
    with _quiet(), client:
        check_workers(client, scheduler)
        yield client


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep Dask from logging tracebacks of a lost connection, which we report in one line."""
    names = ("distributed", "distributed.client", "tornado.application")
    loggers = [logging.getLogger(name) for name in names]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


def check_workers(client: Client, where: str, wait_s: float = _WORKERS_S) -> None:
    """See that there are workers, and that they have this hashbench.

    Raises
    ------
    UsageError
        Naming both versions where they differ.
    """
    try:
        client.wait_for_workers(1, timeout=wait_s)
    except TimeoutError:
        raise UsageError(f"--scheduler {where}: has no worker after {wait_s:g} s") from None
    try:
        versions: Mapping[str, str] = client.run(version_here)
    except ImportError as error:
        raise UsageError(f"--scheduler {where}: workers lack hashbench ({error})") from None
    for address, version in versions.items():
        if version != hashbench.__version__:
            raise UsageError(
                f"--scheduler {where}: worker {address} has hashbench {version}, "
                f"this is {hashbench.__version__}; both must be the same"
            )


def check_resources(client: Client, resources: Mapping[str, float]) -> None:
    """See that some worker offers what tasks ask for: they would wait for ever.

    Raises
    ------
    UsageError
        If none does.
    """
    workers = client.scheduler_info(n_workers=-1)["workers"].values()
    for name, amount in resources.items():
        best = max((worker["resources"].get(name, 0) for worker in workers), default=0)
        if best < amount:
            raise UsageError(
                f"--resources {name}={amount:g}: the workers offer {best:g} at most; "
                f"start them with --resources '{name}={amount:g}'"
            )


def version_here() -> str:
    """Return the version of hashbench; called on workers."""
    return hashbench.__version__


def on_cluster(client: Client) -> Counter:
    """Return a counter that tallies each shard as one task; workers must see the same files."""

    def count(shards: Sequence[Shard], job: Job) -> Iterator[Tally]:
        total: Tally | None = None
        for shard, part in _each(client, tally, shards, job):
            total = part if total is None else total.with_next(part, shard.start)
            yield total

    return count


def search_on_cluster(client: Client) -> Seeker:
    """Return a seeker that searches each shard as one task; workers must see the same files."""

    def find(shards: Sequence[Shard], request: Request) -> Iterator[RankedLists]:
        total: RankedLists | None = None
        for shard, part in _each(client, seek, shards, request):
            total = part if total is None else RankedLists.merge([total, part], [0, shard.start])
            yield total

    return find


def _each(
    client: Client, work: Callable[[Shard, J], R], shards: Sequence[Shard], job: J
) -> Iterator[tuple[Shard, R]]:
    """Work on each shard as one task, and yield the results in order."""
    from distributed.client import FutureCancelledError
    from distributed.scheduler import KilledWorker

    shared = client.scatter(job, broadcast=True, hash=False)
    futures = client.map(work, shards, [shared] * len(shards), pure=False)
    try:
        for shard, future in zip(shards, futures, strict=True):
            yield shard, future.result()
    except KilledWorker as error:
        raise HashbenchError(f"a shard's workers died, one after the other: {error}") from None
    except FutureCancelledError:
        raise HashbenchError("the Dask scheduler was lost before all shards were read") from None
    finally:
        client.cancel(futures)


@contextmanager
def on_slurm(settings: str, jobs: int, folder: Path) -> Iterator[Client]:
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
    """
    distributed = _dask("distributed")
    options = slurm_options(settings, folder)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # private keys will lie in it
    cluster_class = _dask("dask_jobqueue").SLURMCluster
    with cluster_class(**options, security=distributed.Security.temporary()) as cluster:
        cluster.scale(jobs=jobs)
        with distributed.Client(cluster, set_as_default=False) as client:
            check_workers(client, "slurm", wait_s=24 * 3600)
            yield client


def slurm_options(settings: str, folder: Path) -> dict[str, Any]:
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
    }
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
    if not text.isdigit() or int(text) < 1:
        raise UsageError(f"--slurm {settings}: cores={text}: a whole number is needed")
    return int(text)


def _dask(module: str) -> Any:
    import importlib

    try:
        return importlib.import_module(module)
    except ImportError:
        raise UsageError(
            "a cluster needs Dask, which is not installed: pip install 'hashbench[cluster]'"
        ) from None
