"""Clusters run by Dask: connecting to one, and walking over shards on it.

Dask schedules, retries and ships the work; nothing here does.
"""

from __future__ import annotations

import asyncio
import importlib
import logging
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from hashbench.errors import HashbenchError, UsageError
from hashbench.ranking.shards import Shard
from hashbench.ranking.walk import P, Runner, ShardJob, serial, visit
from hashbench.version import __version__

if TYPE_CHECKING:
    from distributed import Client

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
    HashbenchError
        If the scheduler is lost while it is asked something.
    """
    distributed = dask_module("distributed")
    try:
        _check_address(scheduler)
        asyncio.run(_reach(scheduler))
        client = distributed.Client(
            scheduler, timeout=_REACH_S, set_as_default=False, name="hashbench"
        )
    except (OSError, TimeoutError, ValueError, TypeError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise UsageError(f"--scheduler {scheduler}: no Dask scheduler answers ({reason})") from None
    lost = importlib.import_module("distributed.comm").CommClosedError
    try:
        # Outermost, since closing a client that lost its scheduler logs as well.
        with _quiet(), client:
            check_workers(client, scheduler)
            yield client
    except lost:  # What is lost between two questions to the scheduler is a cancelled future.
        raise HashbenchError(
            f"--scheduler {scheduler}: the Dask scheduler was lost; the same command again does "
            "what is left"
        ) from None


def _check_address(scheduler: str) -> None:
    """Raise ValueError or OSError at once for an address that leads nowhere."""
    addressing = importlib.import_module("distributed.comm.addressing")
    scheme, _ = addressing.parse_address(scheduler)
    if scheme in ("tcp", "tls"):
        socket.getaddrinfo(*addressing.get_address_host_port(scheduler))


async def _reach(scheduler: str) -> None:
    """Connect once: the destructor of a client that never could waits, and ends in a traceback.

    Dask waits for ever for the greeting of what listens, and takes any greeting for sizes.
    """
    comm = importlib.import_module("distributed.comm")
    security = importlib.import_module("distributed.security").Security()
    arguments = security.get_connection_args("client")
    try:
        async with asyncio.timeout(_REACH_S):
            link = await comm.connect(scheduler, timeout=_REACH_S, **arguments)
            await link.close()
    except TimeoutError:
        raise TimeoutError(f"what listens there said nothing in {_REACH_S} s") from None
    except (OSError, ValueError, TypeError):
        raise
    except Exception as error:  # whatever the bytes of something else mean to Dask
        raise OSError("what listens there is something else") from error


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
        if version != __version__:
            raise UsageError(
                f"--scheduler {where}: worker {address} has hashbench {version}, "
                f"this is {__version__}; both must be the same"
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
    return __version__


@contextmanager
def runner_on(scheduler: str | None) -> Iterator[Runner]:
    """Yield what walks over shards: a cluster's workers, or this process where there is none.

    Parameters
    ----------
    scheduler : str, optional
        As :func:`connected` takes it; workers must see the same files.
    """
    if scheduler is None:
        yield serial
        return
    with connected(scheduler) as client:
        yield DaskRunner(client)


@dataclass(frozen=True)
class DaskRunner:
    """Visits each shard as one task, and merges what they give in database order.

    Workers learn nothing of each other's shards: what that would save is less than it costs.

    Parameters
    ----------
    client : distributed.Client
        Connected.
    """

    client: Client

    def __call__(self, shards: Sequence[Shard], job: ShardJob[P]) -> Iterator[P]:
        """Yield one result a shard, the last of which is that of the whole database."""
        total: P | None = None
        for shard, part in zip(shards, results(self.client, visit, shards, job), strict=True):
            total = part if total is None else total.with_next(part, shard.start)
            yield total


def results(
    client: Client, work: Callable[..., R], items: Sequence[Any], shared: object = None
) -> Iterator[R]:
    """Work on each item as one task, and yield the results in order; ``shared`` goes along once.

    Raises
    ------
    HashbenchError
        If the scheduler is lost, or a task's workers die one after the other.
    """
    from distributed.client import FutureCancelledError
    from distributed.scheduler import KilledWorker

    given: list[Sequence[Any]] = [items]
    if shared is not None:
        given.append([client.scatter(shared, broadcast=True, hash=False)] * len(items))
    futures = client.map(work, *given, pure=False)
    try:
        for future in futures:
            yield future.result()
    except KilledWorker as error:
        raise HashbenchError(f"the workers of a task died, one after the other: {error}") from None
    except FutureCancelledError:
        raise HashbenchError("the Dask scheduler was lost before all was done") from None
    finally:
        client.cancel(futures)


def dask_module(module: str) -> Any:
    """Return a module of Dask's.

    Raises
    ------
    UsageError
        If it is not installed.
    """
    try:
        return importlib.import_module(module)
    except ImportError:
        raise UsageError(
            "a cluster needs Dask, which is not installed: pip install 'hashbench[cluster]'"
        ) from None
