"""Records as the store keeps them, made by hand so that every number is known."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import pytest

from hashbench.runs import Record

K = (20, 40)


def make_record(
    label: str = "itq",
    bits: int = 8,
    seed: int = 0,
    ap: dict[int, float] | float | None = 0.5,
    *,
    control: bool = False,
    supervised: bool = False,
    dataset: str = "digit-stories",
    sha256: str = "d" * 64,
    trained_on: str | None = None,
    profile: str = "paper",
    profiles: tuple[str, ...] = ("paper",),
    ties: tuple[str, ...] = ("expected",),
    version: str = "0.1.0",
    evaluator: str = "1",
    error: tuple[str, str] | None = None,
    **more: Any,
) -> Record:
    """Return a record whose AP@K is ``ap`` (for every K, unless a dictionary says otherwise)."""
    by_k = ap if isinstance(ap, dict) else dict.fromkeys(K, ap)
    measures = {f"AP@{k}": value for k, value in by_k.items()}
    measures |= {f"P@{k}": 0.25 for k in by_k} | {f"R@{k}": 0.125 for k in by_k}
    measures |= {f"tie_mass@{k}": 0.0625 for k in by_k}
    evaluation = {
        "profiles": {p: {t: dict(measures) for t in ties} for p in profiles},
        "queries_without_relevant": 0,
        "evaluator": evaluator,
    }
    identity = repr((label, bits, seed, ap, dataset, sha256, version, evaluator, trained_on))
    document = {
        "schema": 1,
        "key": hashlib.sha256(identity.encode()).hexdigest(),
        "status": "ok" if error is None else "failed",
        "error": None if error is None else {"type": error[0], "message": error[1]},
        "method": {
            "name": label.partition("[")[0],
            "label": label,
            "params": {},
            "distribution": "hashbench",
            "version": version,
            "supervised": supervised,
            "control": control,
        },
        "dataset": {
            "name": dataset,
            "version": "1",
            "sha256": sha256,
            "profile": profile,
            "n_train": 4000,
            "n_query": 2000,
            "n_database": 2000,
            "self_retrieval": True,
            "trained_on": trained_on or dataset,
            "trained_on_sha256": "c" * 64 if trained_on else sha256,
        },
        "bits": bits,
        "seed": seed,
        "evaluation": evaluation if error is None else None,
        "files": {"codes": "c.npz", "per_query": "q.npz", "model": None},
        "codes_sha256": {"query": "a" * 64, "database": "b" * 64},
        "diagnostics": {},
        "times": {"load": 0.1, "fit": 1.0, "encode": 0.2, "rank": 0.1},
        "encode_videos_per_s": 20000.0 / bits,
        "peak_memory_bytes": 1 << 28,
        "host": {"cpu": "a processor"},
        "manifest": "manifests/one.json",
    }
    return Record.from_json(document | more)


@pytest.fixture(scope="session")
def record() -> Callable[..., Record]:
    """The function that makes a record."""
    return make_record
