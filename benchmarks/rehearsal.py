"""Dress rehearsal at FCVID's size: files in the published layout, and the line that users run.

    python benchmarks/rehearsal.py [--scale 1] [--folder DIR] [--epochs 1] [--bits 64,256] [--keep]

Writes made-up features in the layout and with the counts of FCVID (45,585 + 45,600 videos of 25
frames of 4,096 values, float16, 19 GB; ``--scale`` for less), clustered by class so that mAP means
something. Then it verifies and converts them, runs ITQ at all lengths and ``--epochs`` of SSVH and
SSTH at ``--bits``, is killed halfway once and resumes, reports, and makes a board. Prints a line a
step: seconds, share of the time that the cores waited, greatest memory of all its processes
together (file cache left out), and bytes read from disk.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np
import scipy.io

TRAIN, TEST, FRAMES, DIMS, CLASSES = 45_585, 45_600, 25, 4096, 239
LENGTHS = "8,16,...,256"
CHUNK, LATENT = 64, 24
HASHBENCH = (sys.executable, "-m", "hashbench")


@dataclass
class Step:
    """What one command took."""

    name: str
    seconds: float
    waited: float
    memory: int
    read: int


def write_split(folder: Path, split: str, n: int, seed: int) -> None:
    """Write features and multi-hot labels of one split."""
    rng = np.random.default_rng(seed)
    ids = rng.permutation(np.arange(n) % CLASSES)
    # Classes overlap in few latent dimensions: in 4,096 of their own every method would be right.
    shared = np.random.default_rng(0)
    basis = shared.standard_normal((LATENT, DIMS), dtype=np.float32) / LATENT**0.5
    centres = shared.standard_normal((CLASSES, LATENT), dtype=np.float32)
    # Fresh noise for every value would take longer than everything else. A video takes a stretch
    # of a pool that is far longer.
    pool = rng.standard_normal(8_000_000, dtype=np.float32)
    with h5py.File(folder / f"fcv_{split}_feats.h5", "w") as file:
        feats = file.create_dataset("feats", (n, FRAMES, DIMS), dtype=np.float16)
        for start in range(0, n, CHUNK):
            own = ids[start : start + CHUNK]
            latent = centres[own] + 0.9 * rng.standard_normal((len(own), LATENT), dtype=np.float32)
            video = (latent @ basis)[:, None]
            at = rng.integers(0, len(pool) - FRAMES * DIMS, len(own))
            noise = np.stack([pool[a : a + FRAMES * DIMS].reshape(FRAMES, DIMS) for a in at])
            feats[start : start + CHUNK] = np.maximum(video + noise, 0)  # as behind a ReLU
    labels = np.eye(CLASSES)[ids]
    scipy.io.savemat(folder / f"fcv_{split}_labels.mat", {"labels": labels}, do_compression=True)


def card(folder: Path, scale: float) -> str:
    """Return the data set to name: fcvid itself, or at another scale a card of its own."""
    if scale == 1:
        return "fcvid"
    path = folder / "fcvid-rehearsal.toml"
    path.write_text(
        f"""schema = 1
name = "fcvid-rehearsal"
version = "1"
licence = "made up"
citation = "none"
frames = {FRAMES}
dims = {DIMS}
classes = {CLASSES}
profile = "paper"

[protocol]
train = "train"
query = "test"
database = "test"

[splits.train]
videos = {count(TRAIN, scale)}
feats = "fcv_train_feats.h5"
labels = "fcv_train_labels.mat"

[splits.test]
videos = {count(TEST, scale)}
feats = "fcv_test_feats.h5"
labels = "fcv_test_labels.mat"
"""
    )
    return str(path)


def count(n: int, scale: float) -> int:
    """Videos of a split at this scale; every class keeps some."""
    return max(2 * CLASSES, round(n * scale))


class Watch(threading.Thread):
    """Follows the processes of a group: greatest memory together, bytes read from disk, and work.

    The system counts the work of a child for its parent once that has waited for it. A parent that
    is killed does not, so here the processes are asked while they live.
    """

    def __init__(self, group: int) -> None:
        super().__init__(daemon=True)
        self.group, self.memory, self._over = group, 0, False
        self._read, self._worked = dict[int, int](), dict[int, float]()

    def run(self) -> None:
        """Look five times a second."""
        while not self._over:
            memory = 0
            for pid in self._processes():
                try:
                    fields = dict(
                        line.split(":", 1)
                        for line in Path(f"/proc/{pid}/status").read_text().splitlines()
                    )
                    memory += 1024 * sum(
                        int(fields.get(name, "0 kB").split()[0]) for name in ("RssAnon", "RssShmem")
                    )
                    io = Path(f"/proc/{pid}/io").read_text().split("read_bytes: ")[1]
                    self._read[pid] = int(io.split()[0])
                    # After the name in brackets, which may hold anything.
                    stat = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
                    self._worked[pid] = (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK")
                except (OSError, IndexError):
                    continue  # it ended meanwhile
            self.memory = max(self.memory, memory)
            time.sleep(0.2)

    def end(self) -> tuple[int, int, float]:
        """Stop; return the greatest memory, the bytes read, and the seconds of processor time."""
        self._over = True
        self.join()
        return self.memory, sum(self._read.values()), sum(self._worked.values())

    def _processes(self) -> list[int]:
        found = []
        for path in Path("/proc").glob("[0-9]*"):
            try:
                if os.getpgid(int(path.name)) == self.group:
                    found.append(int(path.name))
            except OSError:
                continue
        return found


def run(name: str, *command: str, kill_after: float | None = None) -> Step:
    """Run a command of hashbench in a group of processes of its own, and print what it took."""
    start, before = time.perf_counter(), os.times()
    process = subprocess.Popen(
        [*HASHBENCH, *command],
        start_new_session=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    watch = Watch(process.pid)
    watch.start()
    try:
        said, _ = process.communicate(timeout=kill_after)
        if process.returncode:
            sys.exit(f"{name}: exit status {process.returncode}\n{said}")
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
    seconds, after = time.perf_counter() - start, os.times()
    memory, read, worked = watch.end()
    worked = max(worked, sum(after[2:4]) - sum(before[2:4]))  # of children that were waited for
    waited = max(0.0, 1 - worked / (seconds * len(os.sched_getaffinity(0))))
    step = Step(name, seconds, waited, memory, read)
    print(
        f"| {step.name} | {step.seconds:.0f} | {step.waited:.0%} | {step.memory / 1e9:.2f} "
        f"| {step.read / 1e9:.1f} |",
        flush=True,
    )
    return step


def rates(runs: Path) -> list[str]:
    """Return a line for each trained cell: videos/s in training and encoding, and mAP@100."""
    lines = []
    for path in sorted((runs / "records").rglob("*.json")):
        record = json.loads(path.read_text())
        speeds = record["diagnostics"].get("train_videos_per_s")
        measures = record["evaluation"]["profiles"]["paper"]["expected"]
        trained = f"{np.mean(speeds):.0f}" if speeds else "-"
        lines.append(
            f"| {record['method']['label']} | {record['bits']} | {record['times']['fit']:.0f} "
            f"| {trained} | {record['encode_videos_per_s']:.0f} | {100 * measures['AP@100']:.1f} |"
        )
    return lines


def rehearse(folder: Path, options: argparse.Namespace) -> None:
    """Go the way from files to a board."""
    data = folder / "fcvid"
    data.mkdir(exist_ok=True)
    os.environ["HASHBENCH_CACHE"] = str(folder / "cache")
    print("| step | s | waited | memory, GB | read, GB |\n|---|---:|---:|---:|---:|", flush=True)
    for split, n, seed in (("train", TRAIN, 1), ("test", TEST, 2)):
        if not (data / f"fcv_{split}_labels.mat").exists():
            write_split(data, split, count(n, options.scale), seed)
    name = card(data, options.scale)
    root = ("--data-root", str(folder))
    runs, boards = folder / "runs", folder / "boards"
    line = ("--bits", LENGTHS, *root, "--out", str(runs))
    run("data verify", "data", "verify", name, *root)
    run("data convert", "data", "convert", name, "--out", str(folder / "converted"),
        "--dtype", "float16", *root)  # fmt: skip
    run("run itq, killed", "run", "itq", "--dataset", name, *line, kill_after=options.kill_after)
    run("run itq, resumed", "run", "itq", "--dataset", name, *line)
    trained = ("--bits", options.bits, *root, "--out", str(runs))
    short = [f"{method}[epochs={options.epochs}]" for method in ("ssvh", "sstH")]
    run("run ssvh sstH", "run", *short, "--dataset", name, *trained)
    run("the same again", "run", *short, "--dataset", name, *trained)
    run("report", "report", str(runs), "--out", str(folder / "report"))
    run("board", "leaderboard", "submit", str(runs), "--boards", str(boards), "--by", "rehearsal",
        *root)  # fmt: skip
    print("\n| method | bits | fit, s | trained videos/s | encoded videos/s | mAP@100 |")
    print("|---|---:|---:|---:|---:|---:|")
    print("\n".join(rates(runs)))


def main() -> None:
    """Rehearse in a folder that goes away, unless it is to be kept."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--bits", default="64,256")
    parser.add_argument("--kill-after", type=float, default=20.0)
    parser.add_argument("--keep", action="store_true")
    options = parser.parse_args()
    folder = options.folder or Path(tempfile.mkdtemp(prefix="hashbench-rehearsal-"))
    folder.mkdir(parents=True, exist_ok=True)
    needed = 3 * options.scale * (TRAIN + TEST) * FRAMES * DIMS * 2
    free = shutil.disk_usage(folder).free
    if needed > free:
        sys.exit(
            f"{folder}: {free / 1e9:.0f} GB free, about {needed / 1e9:.0f} needed; --scale less"
        )
    try:
        rehearse(folder, options)
    finally:
        if not options.keep:
            shutil.rmtree(folder)


if __name__ == "__main__":
    main()
