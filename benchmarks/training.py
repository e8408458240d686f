"""How fast SSVH trains at the paper's shapes, as a share of the machine's own matrix products.

python benchmarks/training.py [--device cuda] [--json FILE]

One run measures the peak and everything that is set against it. A step is counted by the
operations of the equations as they stand (forward, and twice that for the gradients that are
needed), not by those that the implementation gets away with.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp
import torch

from hashbench.nn import Graph, Trainer, TrainingPlan
from hashbench.nn.training.precision import DTYPES, products_in
from hashbench_ssvh.model import VARIANTS, Model, Shape


def seconds(work: Callable[[], Any], device: torch.device) -> float:
    """Return the seconds that ``work`` takes."""
    if device.type == "cuda":
        torch.cuda.synchronize()
    start = time.perf_counter()
    work()
    if device.type == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter() - start


def product(dtype: torch.dtype, device: torch.device, size: int) -> Callable[[], Any]:
    """Return a square product of 2 size^3 operations, the measure of the machine's peak."""
    a, b = (torch.randn(size, size, device=device, dtype=dtype) for _ in range(2))
    return lambda: a @ b


def operations(shape: Shape, batch: int) -> dict[str, float]:
    """Return operations of an encoding pass and of a training step, from the equations."""
    D, M, L, h = shape.dims, shape.frames, shape.bits, shape.hidden
    short = M // shape.stride
    frames_in = 2 * batch * M * D * 4 * h
    encoder = 2 * batch * (M * 4 * h * h + short * 4 * L * (h + L))
    decoders = 2 * batch * 2 * (short * 4 * L * L + short * 4 * L * L + M * 4 * L * L)
    globally = 2 * batch * 3 * 4 * L * L
    output = 2 * batch * (2 * M + 1) * L * D
    pairs = 2 * batch * shape.videos * L
    # The frames and the memory bank get no gradient: two products instead of three.
    step = 2 * (frames_in + pairs) + 3 * (encoder + decoders + globally + output)
    return {"encode": frames_in + encoder, "step": step}


def neighbours(videos: int, each: int = 100) -> sp.csr_matrix:
    """Return a graph with ``each`` random neighbours a video, as many as K1 = K2 = 10 gives."""
    columns = np.random.default_rng(0).integers(0, videos, (videos, each))
    columns.sort(axis=1)
    starts = np.arange(0, columns.size + 1, each)
    return sp.csr_matrix((np.ones(columns.size, np.uint8), columns.ravel(), starts))


def measure(shape: Shape, batch: int, device: torch.device, precision: str, repeats: int) -> Any:
    """Return how fast a step and a pass of the encoder are beside the peak, taking turns."""
    torch.manual_seed(0)
    dtype = DTYPES[precision]
    near = neighbours(shape.videos)
    model = Model(shape, VARIANTS["paper"], graph=Graph(near)).to(device)
    plan = TrainingPlan("adam", "one_cycle", 1e-3, 1000, batch, precision=dtype, mean_loss=True)
    trainer = Trainer(model, plan, shape.videos)
    features = torch.randn(batch, shape.frames, shape.dims, device=device).to(dtype)
    rows = torch.from_numpy(np.random.default_rng(0).permutation(shape.videos)[:batch]).to(device)

    @torch.inference_mode()
    def encode() -> None:
        model.eval()
        model.encoder(features)

    def step() -> None:
        model.train()
        trainer.step(rows, features, 1)

    # As large as it takes to reach the peak; a CUDA device needs more.
    size = 8192 if device.type == "cuda" else 3072
    works = {"step": step, "encode": encode, "peak": product(dtype, device, size)}
    times: dict[str, float] = dict.fromkeys(works, float("inf"))
    with products_in(dtype):
        for turn in range(repeats + 3):  # the first warm up, and let CUDA record its graphs
            for name, work in works.items():
                took = seconds(work, device)
                times[name] = min(times[name], took) if turn >= 3 else times[name]
        most = 0.0
        if device.type == "cuda":  # of a step alone
            torch.cuda.reset_peak_memory_stats(device)
            step()
            most = torch.cuda.max_memory_allocated(device) / 2**30
    count = operations(shape, batch)
    top = 2 * size**3 / times["peak"]
    return {
        "precision": precision,
        "step_ms": 1e3 * times["step"],
        "train_videos_per_s": batch / times["step"],
        "encode_videos_per_s": batch / times["encode"],
        "encode_over_train": times["step"] / times["encode"],
        "gigaflop_a_step": count["step"] / 1e9,
        "peak_gigaflops": top / 1e9,
        "share_of_peak": count["step"] / times["step"] / top,
        "encode_share_of_peak": count["encode"] / times["encode"] / top,
        "memory_GiB": most,
    }


def main(arguments: list[str]) -> None:
    """Measure, print a table to stderr and JSON to stdout."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--batch", type=int, default=256)
    parser.add_argument("--bits", type=int, default=256)
    parser.add_argument("--frames", type=int, default=24)
    parser.add_argument("--dims", type=int, default=4096)
    parser.add_argument("--videos", type=int, default=45_585)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--precisions", nargs="+", default=["float32", "bfloat16"])
    parser.add_argument("--json", type=Path)
    given = parser.parse_args(arguments)
    device = torch.device(given.device)
    shape = Shape(given.dims, given.frames, given.bits, given.bits, 2, given.videos)
    results = []
    for precision in given.precisions:
        results.append(measure(shape, given.batch, device, precision, given.repeats))
        print(json.dumps(results[-1]), file=sys.stderr, flush=True)
    report = {
        "device": torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu",
        "machine": platform.processor() or platform.machine(),
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
        "batch": given.batch,
        "shape": {name: getattr(shape, name) for name in Shape.__slots__},
        "results": results,
        "low_over_float32": results[0]["step_ms"] / results[-1]["step_ms"],
    }
    text = json.dumps(report, indent=2)
    print(text)
    if given.json is not None:
        given.json.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
