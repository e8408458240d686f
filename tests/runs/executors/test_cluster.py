"""The same commands on a cluster give the same bytes."""

from __future__ import annotations

import contextlib
import json
import re
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hashbench import BinaryCodes
from hashbench.errors import UsageError

pytest.importorskip("distributed", reason="the extra 'cluster' is not installed")

CommandLine = Callable[..., subprocess.CompletedProcess[str]]
PLUGINS = Path(__file__).parents[1] / "plugins"

# What may differ between two runs of one grid.
PASSING = ("host", "times", "manifest", "encode_videos_per_s", "peak_memory_bytes")


def lasting(text: str) -> list[dict[str, Any]]:
    return [
        {name: value for name, value in record.items() if name not in PASSING}
        for record in json.loads(text)["records"]
    ]


def grid(card: Path, *more: object, nap: float = 0.0) -> list[object]:
    methods = ["run", f"planes[nap={nap}]", "itq"]
    return ["--plugins-dir", PLUGINS, *methods, "--dataset", card, "--k", "5", "--json", *more]


def test_records_equal_those_of_a_local_run(
    hashbench_command: CommandLine, cluster: Any, card: Path
) -> None:
    here = hashbench_command(*grid(card, "--bits", "2,4,8", "--out", "here"))
    there = hashbench_command(
        *grid(card, "--bits", "2,4,8", "--out", "there", "--scheduler", cluster.address)
    )
    assert there.returncode == 0, there.stderr
    assert lasting(there.stdout) == lasting(here.stdout)
    assert there.stderr.count(" done in ") == 6
    again = hashbench_command(
        *grid(card, "--bits", "2,4,8", "--out", "there", "--scheduler", "tcp://127.0.0.1:1")
    )
    assert again.returncode == 0
    assert again.stdout != there.stdout
    assert lasting(again.stdout) == lasting(there.stdout)


def test_a_worker_killed_in_the_middle_changes_nothing(
    hashbench_command: CommandLine, doomed_cluster: Any, card: Path, tmp_path: Path, python: str
) -> None:
    here = hashbench_command(*grid(card, "--bits", "2,4,8", "--out", "here", nap=0.3))
    command = grid(
        card, "--bits", "2,4,8", "--out", "there", "--scheduler", doomed_cluster.address, nap=0.3
    )
    process = subprocess.Popen(
        [python, "-m", "hashbench", *map(str, command)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
    )
    wait_for_cells(process, tmp_path / "there", 1)
    doomed_cluster.workers[0].kill()
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    assert lasting(out) == lasting(here.stdout)
    assert not list((tmp_path / "there").rglob(".*.partial*"))


def test_a_lost_scheduler_leaves_a_store_that_a_rerun_resumes(
    hashbench_command: CommandLine, doomed_cluster: Any, card: Path, tmp_path: Path, python: str
) -> None:
    options = ["--bits", "1,2,...,8", "--out", "there"]
    command = grid(card, *options, "--scheduler", doomed_cluster.address, nap=0.3)
    process = subprocess.Popen(
        [python, "-m", "hashbench", *map(str, command)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
    )
    wait_for_cells(process, tmp_path / "there", 1)
    doomed_cluster.scheduler.kill()
    _, err = process.communicate(timeout=120)
    assert process.returncode == 1
    assert "the Dask scheduler was lost" in err
    assert "Traceback" not in err, err
    for worker in doomed_cluster.workers:
        worker.kill()
        worker.wait()
    done = hashbench_command(*grid(card, *options, nap=0.3))
    assert done.returncode == 0, done.stderr
    assert "there already" in done.stderr
    assert {record["status"] for record in json.loads(done.stdout)["records"]} == {"ok"}


def test_ctrl_c_cancels_what_waits(
    hashbench_command: CommandLine, cluster: Any, card: Path, tmp_path: Path, python: str
) -> None:
    options = ["--bits", "1,2,3,...,16", "--out", "there"]
    command = grid(card, *options, "--scheduler", cluster.address, nap=0.6)
    process = subprocess.Popen(
        [python, "-m", "hashbench", *map(str, command)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
    )
    wait_for_cells(process, tmp_path / "there", 1)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in err, err
    assert "of 32 cells are recorded" in err
    time.sleep(3)  # What was being worked on is finished and recorded; nothing else is begun.
    assert len(list((tmp_path / "there").glob("records/*/[!.]*.json"))) < 32


def wait_for_cells(process: subprocess.Popen[str], out: Path, count: int) -> None:
    deadline = time.monotonic() + 90
    while len(list(out.glob("records/*/[!.]*.json"))) < count:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline, "no cell was done"
        time.sleep(0.02)


def test_a_failed_cell_and_a_deadly_one(
    hashbench_command: CommandLine, cluster: Any, card: Path
) -> None:
    command = ["--plugins-dir", PLUGINS, "run", "boom", "itq", "--dataset", card, "--bits", "4"]
    done = hashbench_command(*command, "--k", "5", "--json", "--scheduler", cluster.address)
    assert done.returncode == 1
    status = {r["method"]["name"]: r["status"] for r in json.loads(done.stdout)["records"]}
    assert status == {"boom": "failed", "itq": "ok"}
    assert "ValueError: the loss is infinite" in done.stderr


def test_shards_on_the_cluster_give_the_same_bytes(
    hashbench_command: CommandLine, cluster: Any, tmp_path: Path
) -> None:
    rng = np.random.default_rng(0)
    bits, labels = rng.integers(0, 2, (900, 24)), rng.integers(0, 7, 900)
    BinaryCodes.from_bits(bits).save(tmp_path / "all.npz")
    np.save(tmp_path / "labels.npy", labels)
    for i, rows in enumerate(np.array_split(np.arange(900), 11)):
        BinaryCodes.from_bits(bits[rows]).save(tmp_path / f"shard-{i}.npz")
    BinaryCodes.from_bits(bits[::9]).save(tmp_path / "q.npz")
    np.save(tmp_path / "ql.npy", labels[::9])
    for query in ([], ["--query-codes", "q.npz", "--query-labels", "ql.npy"]):
        rest = ["--database-labels", "labels.npy", *query, "--ties", "expected,stable"]
        rest += ["--format", "json", "--k", "5,50"]
        whole = hashbench_command("evaluate", "--database-codes", "all.npz", *rest)
        parts = hashbench_command("evaluate", "--database-codes", "shard-*.npz", *rest)
        there = hashbench_command(
            "evaluate", "--database-codes", "shard-*.npz", *rest, "--scheduler", cluster.address
        )
        assert whole.returncode == 0, whole.stderr
        assert parts.stdout == whole.stdout
        assert there.stdout == whole.stdout, there.stderr


def test_a_scheduler_that_does_not_answer_any_more_is_lost(cluster: Any) -> None:
    from distributed.comm import CommClosedError

    from hashbench.errors import HashbenchError
    from hashbench.runs.executors.cluster import connected

    with (
        pytest.raises(HashbenchError, match=f"{cluster.address}: the Dask scheduler was lost"),
        connected(cluster.address),
    ):
        raise CommClosedError("in <TCP>: ConnectionResetError")


@pytest.mark.parametrize("after_s", [0.0, 1.5])  # tasks are waiting; results are
def test_a_scheduler_lost_while_shards_are_read_is_said_in_a_line(
    doomed_cluster: Any, tmp_path: Path, after_s: float
) -> None:
    from hashbench.errors import HashbenchError
    from hashbench.ranking.file_shards import open_shards
    from hashbench.retrieval.nearest import search_shards
    from hashbench.runs.executors.cluster import runner_on

    paths = [tmp_path / f"shard-{i}.npz" for i in range(40)]
    codes = BinaryCodes.from_bits(np.random.default_rng(0).integers(0, 2, (500, 24)))
    for path in paths:
        codes.save(path)

    def kill(done: int, total: int) -> None:
        if done == 400:  # all queries in the first shard
            time.sleep(after_s)
            doomed_cluster.scheduler.kill()
            doomed_cluster.scheduler.wait()
            for worker in doomed_cluster.workers:
                worker.kill()

    # Outermost: where a question to the scheduler is under way, the connection says it.
    with (
        pytest.raises(HashbenchError, match="the Dask scheduler was lost"),
        runner_on(doomed_cluster.address) as runner,
    ):
        search_shards(open_shards(paths), codes[:400], runner=runner, progress=kill)


def test_an_unreachable_scheduler_is_named_within_ten_seconds(
    hashbench_command: CommandLine, card: Path, tmp_path: Path
) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    started = time.monotonic()
    done = hashbench_command(*grid(card, "--bits", "4", "--scheduler", f"tcp://127.0.0.1:{port}"))
    assert time.monotonic() - started < 15  # ten of them for the connection
    assert done.returncode == 2
    assert f"--scheduler tcp://127.0.0.1:{port}: no Dask scheduler answers" in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "runs" / "records").exists()


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("nonsense", "missing port number in address 'nonsense'"),
        ("tcp://nowhere.invalid:8786", "--scheduler tcp://nowhere.invalid:8786"),
        ("fax://127.0.0.1:8786", "unknown address scheme 'fax'"),
    ],
)
def test_an_address_that_leads_nowhere_is_refused_at_once(address: str, message: str) -> None:
    started = time.monotonic()
    from hashbench.runs.executors.cluster import connected

    with pytest.raises(UsageError, match=re.escape(message)), connected(address):
        raise AssertionError("there is nothing to connect to")
    assert time.monotonic() - started < 7  # less than a connection is waited for


@contextmanager
def listening(says: bytes) -> Iterator[str]:
    """Yield the address of a server that accepts, says something, and stays."""
    held = []

    def accept(server: socket.socket) -> None:
        with contextlib.suppress(OSError):  # closed at the end
            while True:
                link, _ = server.accept()
                held.append(link)
                link.sendall(says)

    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=accept, args=(server,), daemon=True).start()
        yield f"tcp://127.0.0.1:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)
    for link in held:
        link.close()


@pytest.mark.parametrize(
    ("says", "reason"),
    [
        (b"", "said nothing in 2 s"),
        (b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n", "is something else"),
        (b"SSH-2.0-OpenSSH_9.0\r\n", "is something else"),
        (bytes(8) + bytes(64), ""),
    ],
    ids=["silence", "http", "ssh", "zeros"],
)
def test_what_listens_and_is_no_scheduler_is_named_in_a_line(
    says: bytes, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hashbench.runs.executors import cluster as executor

    monkeypatch.setattr(executor, "_REACH_S", 2)
    started = time.monotonic()
    with listening(says) as address, pytest.raises(UsageError) as caught, connect(address):
        raise AssertionError("there is no scheduler to connect to")
    assert time.monotonic() - started < 20  # of which two are waited for
    assert f"--scheduler {address}: no Dask scheduler answers" in str(caught.value)
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_worker_is_no_scheduler(cluster: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from hashbench.runs.executors import cluster as executor

    with connect(cluster.address) as client:
        worker = next(iter(client.scheduler_info(n_workers=-1)["workers"]))
    monkeypatch.setattr(executor, "_REACH_S", 2)
    with pytest.raises(UsageError, match="no Dask scheduler answers"), connect(worker):
        raise AssertionError("a worker takes no tasks from clients")


def connect(address: str) -> Any:
    from hashbench.runs.executors.cluster import connected

    return connected(address)


def test_workers_of_another_version_are_refused(
    cluster: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hashbench.runs.executors import cluster as executor

    theirs = re.escape(executor.__version__)
    monkeypatch.setattr(executor, "__version__", "9.9.9")
    with (
        pytest.raises(UsageError, match=rf"has hashbench {theirs}, this is 9\.9\.9"),
        executor.connected(cluster.address),
    ):
        pass


def test_resources_that_no_worker_offers_are_refused(
    hashbench_command: CommandLine, cluster: Any, card: Path
) -> None:
    options = ["--bits", "4", "--scheduler", cluster.address, "--resources", "GPU=1"]
    done = hashbench_command(*grid(card, *options))
    assert done.returncode == 2
    assert "--resources GPU=1: the workers offer 0 at most" in done.stderr
    cluster.add_worker("--resources", "GPU=1")
    for _ in range(100):
        done = hashbench_command(*grid(card, *options))
        if done.returncode != 2:
            break
        time.sleep(0.2)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--resources", "GPU=1"], "--resources belongs to --scheduler or --slurm"),
        (["--scheduler", "tcp://h:1", "--slurm", "time=1"], "exclude each other"),
        (["--scheduler", "tcp://h:1", "--resources", "GPU"], "'GPU' is not of the form"),
    ],
)
def test_options_that_do_not_fit(
    hashbench_command: CommandLine, card: Path, options: list[str], message: str
) -> None:
    done = hashbench_command(*grid(card, "--bits", "4", *options))
    assert done.returncode == 2
    assert message in done.stderr


def test_search_on_the_cluster_finds_the_same(
    hashbench_command: CommandLine, cluster: Any, tmp_path: Path
) -> None:
    rng = np.random.default_rng(0)
    bits = rng.integers(0, 2, (900, 24))
    for i, rows in enumerate(np.array_split(np.arange(900), 11)):
        BinaryCodes.from_bits(bits[rows]).save(tmp_path / f"shard-{i}.npz")
    np.save(tmp_path / "labels.npy", rng.integers(0, 7, 900))
    command = ["search", "--query", "shard-4.npz", "--database-codes", "shard-*.npz"]
    command += ["--database-labels", "labels.npy", "--top", "150", "--json"]
    here = hashbench_command(*command)
    there = hashbench_command(*command, "--scheduler", cluster.address)
    assert there.returncode == 0, there.stderr
    assert there.stdout == here.stdout
    order = (bits[:, None] != bits[None]).sum(axis=2).argsort(axis=1, kind="stable")
    first = np.array_split(np.arange(900), 11)[4][0]
    rows = [neighbour["row"] for neighbour in json.loads(there.stdout)[0]["neighbours"]]
    assert rows == order[first, :150].tolist()
