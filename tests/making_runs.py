"""Run directories with per-query values whose differences are known by construction."""

from __future__ import annotations

from pathlib import Path

import numpy as np

import hashbench
from hashbench.codes import BinaryCodes
from hashbench.labels import Labels
from hashbench.ranking import evaluate
from hashbench.runs import DatasetInfo, MethodInfo, Record, Store

N, CLASSES = 120, 6
LABELS = Labels.from_array(np.arange(N) % CLASSES)


def noisy_codes(noise: float, seed: int, bits: int = 16) -> BinaryCodes:
    """Codes of the classes, each bit flipped with probability ``noise``."""
    rng = np.random.default_rng(seed)
    centres = np.random.default_rng(99).random((CLASSES, bits)) < 0.5
    return BinaryCodes.from_bits(centres[LABELS.ids] ^ (rng.random((N, bits)) < noise))


def four_methods(store: Store) -> Store:
    """Add three seeds of two methods that are alike, of a worse one, and of a control."""
    for seed in (0, 1, 2):
        add(store, "good", 0.05, seed)
        add(store, "twin", 0.05, seed + 10)
        add(store, "poor", 0.30, seed)
        add(store, "random", 0.5, seed)
    return store


def add(store: Store, name: str, noise: float, seed: int, **more: object) -> Record:
    bits = more.pop("bits", 16)
    codes = noisy_codes(noise, 1000 * seed + int(100 * noise), bits)
    k = more.pop("k", (5, 20))
    found = evaluate(codes, codes, LABELS, LABELS, k=k, self_retrieval=True, full=False)
    key = f"{name}{seed}{bits}{more}".encode().hex().ljust(64, "0")[:64]
    path = store.per_query_path(key)
    found.save(path)
    record = Record(
        key=key,
        status="ok",
        method=MethodInfo(name, name, {}, "here", "1", False, name == "random"),
        dataset=DatasetInfo("toy", "1", "d" * 64, "strict", N, N, N, True, "toy", "d" * 64),
        bits=bits,
        seed=seed,
        evaluation=found.summary(),
        files={"per_query": store.relative(path)},
    )
    store.write(record)
    return record


def board_run(card: Path, out: Path) -> Path:
    """Run two methods and a control at two lengths and two seeds, as a small board has them."""
    hashbench.run(["itq", "lsh", "random"], card, bits="4,6", seed="0,1", out=out, device="cpu",
                  k="1,5,20")  # fmt: skip
    return out
