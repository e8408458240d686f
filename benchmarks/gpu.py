"""Every figure of docs/performance.md that needs a CUDA device, in one command.

python benchmarks/gpu.py [--out FOLDER] [--only tests,ranking,...] [--minutes 8]

Runs the tests marked ``cuda`` and the other benchmarks on the device, each in a process of its own,
and prints markdown tables. What fails or runs out of time is named and does not stop the rest.
Without a device it says so and ends with status 0.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch

HERE = Path(__file__).resolve().parent
TESTS = HERE.parent / "tests"
RECURRENT = ("ssvh[epochs=4]", "ssvh[epochs=4,variant=official]", "ssth[epochs=4]")
DH = "dh[epochs=4,encoder_epochs=4]"
ATTENTION = (
    "conmh[epochs=4]",
    "autossvh[epochs=4,prototypes_from=0]",
    "bth[epochs=4,first_epochs=2]",
    "s5vh[epochs=4]",
)
AS_PUBLISHED = (
    "conmh[recipe=paper,epochs=2]",
    "autossvh[recipe=paper,epochs=2,prototypes_from=0]",
    "bth[recipe=paper,epochs=2,first_epochs=1]",
    "s5vh[recipe=paper,epochs=2]",
)


def table(header: list[str], rows: list[list[Any]]) -> str:
    """Return a markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


class Runner:
    """Runs commands within the time that is left, and keeps their output.

    Parameters
    ----------
    out : Path
        Folder of the logs.
    minutes : float
        For all sections together.
    """

    def __init__(self, out: Path, minutes: float) -> None:
        self.out, self.end = out, time.monotonic() + 60 * minutes

    def python(self, name: str, *arguments: str, most: float = 240) -> str:
        """Return stdout of ``python ARGUMENTS``; RuntimeError if it fails or takes too long."""
        left = min(most, self.end - time.monotonic())
        if left < 5:
            raise RuntimeError("no time left")
        with (self.out / f"{name}.err").open("w") as errors:
            try:
                done = subprocess.run(
                    [sys.executable, *arguments],
                    stdout=subprocess.PIPE,
                    stderr=errors,
                    text=True,
                    timeout=left,
                    check=False,
                )
            except subprocess.TimeoutExpired:
                raise RuntimeError(f"took more than {left:.0f} s") from None
        (self.out / f"{name}.out").write_text(done.stdout)
        if done.returncode:
            last = (self.out / f"{name}.err").read_text()[-800:] or done.stdout[-800:]
            raise RuntimeError(f"ended with {done.returncode}: {last.strip()}")
        return done.stdout


def tests(run: Runner) -> str:
    """Run the tests that use the device: those marked, and those of the torch engine."""
    files = sorted({str(p) for p in TESTS.rglob("test_*.py") if "mark.cuda" in p.read_text()})
    engine = str(TESTS / "ranking" / "test_engines.py")
    found = []
    for name, chosen in (
        ("marked", ["-m", "cuda", *files]),
        ("engine", ["-k", "torch", engine]),
    ):
        try:
            text = run.python(name, "-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider", *chosen)
        except RuntimeError as error:
            text = str(error)
        found.append(f"{name}: {text.strip()[-1500:]}")
    return "\n\n".join(found)


def ranking(run: Runner) -> str:
    """Time exact counts of 45,600 queries among 45,600 items, on the device and on this CPU."""
    from hashbench import BinaryCodes, Labels
    from hashbench.ranking.counts import Counts
    from hashbench.ranking.engine_numba import NumbaEngine
    from hashbench.ranking.engine_torch import TorchEngine

    rng, n, k, rows = np.random.default_rng(0), 45_600, 100, []
    labels = Labels.from_array(rng.integers(0, 239, n), 239)
    for bits in (16, 64, 256):
        codes = BinaryCodes.from_bits(rng.integers(0, 2, (n, bits), dtype=np.uint8))
        seconds, counts = {}, {}
        for name, engine in (
            ("cpu", NumbaEngine(codes, labels)),
            ("cuda", TorchEngine(codes, labels, device="cuda")),
        ):
            engine.count(codes[:4096], labels[:4096], depth=k)  # compiles, warms up
            start = time.perf_counter()
            counts[name] = engine.count(codes, labels, depth=k)
            seconds[name] = time.perf_counter() - start
        same = all(
            np.array_equal(getattr(counts["cpu"], part), getattr(counts["cuda"], part))
            for part in Counts.__slots__
        )
        rows.append([bits, f"{seconds['cuda']:.2f}", f"{seconds['cpu']:.2f}", same])
    return table(["bits", "CUDA, s", f"CPU, {os.cpu_count()} threads, s", "same counts"], rows)


def graph(run: Runner) -> str:
    """Time the neighbourhood graph of FCVID's training set."""
    found = json.loads(run.python("graph", str(HERE / "graph.py"), "--device", "cuda"))
    return table(list(found), [list(found.values())])


def training(run: Runner) -> str:
    """Time a training step of SSVH at the paper's shapes."""
    rows: list[list[Any]] = []
    for bits in (64, 256):
        text = run.python(
            f"training{bits}",
            str(HERE / "training.py"),
            *("--device", "cuda", "--bits", str(bits)),
            *("--precisions", "float32", "bfloat16", "float16"),
        )
        for found in json.loads(text)["results"]:
            rows.append(
                [
                    bits,
                    found["precision"],
                    f"{found['step_ms']:.1f}",
                    f"{found['train_videos_per_s']:,.0f}",
                    f"{found['share_of_peak']:.3f}",
                    f"{found['encode_videos_per_s']:,.0f}",
                    f"{found['encode_share_of_peak']:.3f}",
                    f"{found['peak_gigaflops'] / 1e3:,.0f}",
                    f"{found.get('memory_GiB', 0):.2f}",
                ]
            )
    header = "bits|precision|ms per step|trained videos/s|share of the peak|encoded videos/s"
    return table([*header.split("|"), "share", "peak, TFLOP/s", "memory, GiB"], rows)


def methods(run: Runner) -> str:
    """Time fit and encode of every deep method at 24 or 25 x 4,096."""
    parts: list[str] = []
    for title, names, frames, videos, bits in (
        ("64 bits", (*RECURRENT, DH), 24, 6000, 64),
        ("256 bits", (*RECURRENT, DH), 24, 6000, 256),
        ("64 bits, attention and state space", ATTENTION, 25, 3000, 64),
        ("64 bits, the published networks", AS_PUBLISHED, 25, 3000, 64),
    ):
        text = run.python(
            f"methods_{frames}_{bits}_{len(parts)}",
            str(HERE / "methods.py"),
            *names,
            *("--frames", str(frames), "--videos", str(videos)),
            *("--bits", str(bits), "--hold"),
        )
        parts.append(f"{title}, start-up and graph included:\n\n```text\n{text.rstrip()}\n```")
    return "\n\n".join(parts)


def feed(run: Runner) -> str:
    """Time streaming from a file to the device."""
    rows = []
    for dtype in ("float32", "float16"):
        script = str(HERE / "feed.py")
        text = run.python(f"feed_{dtype}", script, "--dtype", dtype, "--device", "cuda")
        for number, epoch in enumerate(json.loads(text)["epochs"], 1):
            rows.append([dtype, number, *epoch.values()])
    header = ["features as", "epoch", "videos/s", "GB/s", "waited", "host memory added, GiB"]
    return table(header, rows)


def cells(run: Runner) -> str:
    """Time whole cells of a small set, on the device and on one core."""
    rows = []
    for device in ("cuda", "cpu"):
        out = run.out / f"cells-{device}"
        run.python(
            f"cells_{device}",
            *("-m", "hashbench", "run", "ssvh", "ssth", "dh", "--dataset", "digit-stories"),
            *("--bits", "64", "--jobs", "1", "--device", device, "--out", str(out)),
        )
        for path in sorted(out.glob("records/**/*.json")):
            record = json.loads(path.read_text())
            times = [f"{record['times'][part]:.1f}" for part in ("fit", "encode")]
            rows.append([record["method"]["label"], device, *times])
    return table(["method", "device", "fit, s", "encode, s"], rows)


SECTIONS: dict[str, Callable[[Runner], str]] = {
    "tests": tests,
    "training": training,
    "methods": methods,
    "graph": graph,
    "feed": feed,
    "cells": cells,
    "ranking": ranking,
}


@contextmanager
def named(title: str) -> Iterator[None]:
    """Print the title, and the seconds at the end; an error is printed and goes no further."""
    start = time.perf_counter()
    print(f"\n## {title}\n", flush=True)
    try:
        yield
    except Exception as error:  # one section does not stop the others
        print(f"failed: {error}")
    print(f"\n({time.perf_counter() - start:.0f} s)", flush=True)


def main() -> None:
    """Run the sections and print what they found."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("runs/gpu"))
    parser.add_argument("--only", help=f"some of {','.join(SECTIONS)}")
    parser.add_argument("--minutes", type=float, default=8)
    options = parser.parse_args()
    wanted = options.only.split(",") if options.only else list(SECTIONS)
    unknown = sorted(set(wanted) - set(SECTIONS))
    if unknown:
        parser.error(f"--only {unknown[0]}: {', '.join(SECTIONS)} are possible")
    if not torch.cuda.is_available():
        print("no CUDA device here: nothing was measured")
        return
    options.out.mkdir(parents=True, exist_ok=True)
    run = Runner(options.out, options.minutes)
    print(f"{torch.cuda.get_device_name(0)}, torch {torch.__version__}, Python {sys.version[:6]}")
    for name in wanted:
        with named(f"{name}: {(SECTIONS[name].__doc__ or '').splitlines()[0]}"):
            print(SECTIONS[name](run))


if __name__ == "__main__":
    main()
