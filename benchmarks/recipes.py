"""Search the recipe of every deep method by one protocol, on training data that no board ranks.

python benchmarks/recipes.py --jobs 16 --minutes 8          # goes on where it stopped
python benchmarks/recipes.py --methods greedyhash bihalf cibhash --sets digits
python benchmarks/recipes.py --report                       # docs/recipes.md, and the choice

``recipe_sets.py`` makes the validation sets, ``recipe_trials.py`` says which trials are made. Every
finished trial is a record in ``docs/recipes/METHOD.json``, one file a method. Every method gets its
k-th trial before any gets its next one, and each trial runs on one thread.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import argparse
import functools
import json
import multiprocessing
import os
import tempfile
import time
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import asdict
from typing import Any

from source_tree import ROOT, use_source_tree

if __name__ == "__main__":
    use_source_tree()

from recipe_trials import Job, Scores, Trial, jobs

METHODS = (
    *("ssvh", "ssvh[variant=official]", "ssvh-t", "ssth", "dh"),
    *("conmh", "autossvh", "bth", "s5vh"),
)
SETS = ("stories", "gliding", "vowels", "speech")
VECTOR_METHODS = ("greedyhash", "bihalf", "cibhash")
VECTOR_SETS = ("digits",)
LENGTHS = (250, 750, 1600)
FOLDER = ROOT / "docs/recipes"
THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS")

Record = dict[str, Any]


def main() -> None:
    """Search, or report."""
    options = _options()
    if options.report:
        from recipe_report import report

        report(
            {m: read_records(options.out, m) for m in options.methods},
            options.sets,
            options.lengths,
            {m: read_records(options.out, m) for m in VECTOR_METHODS},
            VECTOR_SETS,
        )
        return
    for name in THREADS:
        os.environ[name] = "1"
    search(options)


def search(options: argparse.Namespace) -> None:
    """Run what is missing; the records are on disk after each trial."""
    end = time.monotonic() + 60 * options.minutes
    records = {method: read_records(options.out, method) for method in options.methods}
    running: dict[Future[Record], Job] = {}
    failed: set[tuple[Any, ...]] = set()
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(options.jobs, context) as pool:
        while True:
            under_way = {(job.method, job.key) for job in running.values()} | failed
            for job in _pending(options, records, under_way):
                if len(running) >= options.jobs or time.monotonic() > end:
                    break
                running[pool.submit(run, job, options.files.get(job.set), options.device)] = job
            if not running:
                return
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                job = running.pop(future)
                record = future.result()
                left = end - time.monotonic()
                if record.get("failed"):  # says nothing of the recipe: another search tries again
                    failed.add((job.method, job.key))
                else:
                    records[job.method].append(record)
                    write_records(options.out, job.method, records[job.method])
                print(f"{left:6.0f} s left  {job.method:24s} {_line(record)}", flush=True)


def run(job: Job, file: Path | None, device: str) -> Record:
    """Train and score one job, in a process of its own."""
    import torch
    from recipe_sets import map20, ranked

    import hashbench
    from hashbench import Videos, Workspace
    from hashbench.errors import HashbenchError, MethodError
    from hashbench.runs.choices import choose

    torch.set_num_threads(1)
    data = _search_set(job.set, file)
    choice = choose([job.method])[0]
    params = {**choice.params, **job.trial.params(choice.name)}
    record = {**asdict(job.trial), "set": job.set, "bits": job.bits, "seed": job.seed}
    record["digest"] = data.digest
    if device != "cpu":
        record["device"] = device
    start = time.process_time()
    with tempfile.TemporaryDirectory() as cache:
        method = hashbench.method(choice.name, bits=job.bits, seed=job.seed, **params)
        method.attach(Workspace(Path(cache), None, device))
        try:
            method.fit(Videos(data.train))
        except HashbenchError as error:
            diverged = isinstance(error, MethodError) and "diverged" in str(error)
            told = {"error": str(error)} if diverged else {"error": str(error), "failed": True}
            return {**record, "map20": 0.0, **told}
        seconds = time.process_time() - start
        found = ranked(method, data)
    per_query = next(v for n, v in found.per_query.items() if n.startswith("AP(") and "@20" in n)
    history = method.diagnostics()
    return {
        **record,
        "map20": round(map20(found), 5),
        "standard_error": round(float(per_query.std(ddof=1)) / len(per_query) ** 0.5, 5),
        "cpu_s": round(seconds, 1),
        "updates_run": _updates(history),
        "epochs_run": history["epochs_run"],
        "best_epoch": history.get("best_epoch"),
        "stopped": history["stopped"],
    }


def read_records(folder: Path, method: str) -> list[Record]:
    """Return the finished trials of ``method``."""
    path = folder / f"{_slug(method)}.json"
    if not path.exists():
        return []
    found: list[Record] = json.loads(path.read_text())["trials"]
    return found


def write_records(folder: Path, method: str, records: list[Record]) -> None:
    """Replace the file of ``method``, one trial a line."""
    from hashbench.files.atomic import replacing

    folder.mkdir(parents=True, exist_ok=True)
    trials = ",\n".join("  " + json.dumps(record) for record in records)
    text = f'{{"schema": 1, "method": {json.dumps(method)}, "trials": [\n{trials}\n]}}\n'
    with replacing(folder / f"{_slug(method)}.json") as temporary:
        temporary.write_text(text)


def scores(records: list[Record]) -> Scores:
    """Return mAP@20 by trial, set, bits and seed; a training that diverged scores 0."""
    return {
        (trial_of(record), record["set"], record["bits"], record["seed"]): record["map20"]
        for record in records
    }


def trial_of(record: Record) -> Trial:
    """Return the recipe that a record tried."""
    return Trial(**{name: record[name] for name in Trial.__slots__})


def _pending(
    options: argparse.Namespace, records: dict[str, list[Record]], under_way: set[Any]
) -> list[Job]:
    missing = []
    for method in options.methods:
        known = scores(records[method])
        for job in jobs(method, options.sets, options.lengths, known):
            if job.key not in known and (method, job.key) not in under_way:
                missing.append(job)
    return sorted(missing, key=lambda job: job.k)


@functools.cache
def _search_set(name: str, file: Path | None) -> Any:
    from recipe_sets import search_set

    return search_set(name, file)


def _updates(history: dict[str, Any]) -> int:
    return int(history["epochs_run"] * history["updates_an_epoch"])


def _slug(method: str) -> str:
    return "".join(c if c.isalnum() or c == "-" else "_" for c in method).strip("_")


def _line(record: Record) -> str:
    recipe = ", ".join(f"{name}={record[name]}" for name in Trial.__slots__)
    told = record.get("error") or f"{record.get('cpu_s')} s"
    return (
        f"{record['set']} {record['bits']} bits seed {record['seed']}  {recipe}  "
        f"{100 * record['map20']:.2f} %  {told}"
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("--methods", nargs="+", default=list(METHODS), help="as on a command line")
    parser.add_argument("--sets", nargs="+", default=list(SETS), help="NAME or NAME=FILE")
    parser.add_argument("--lengths", nargs=3, type=int, default=list(LENGTHS), help="updates")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="processes, a thread each")
    parser.add_argument("--device", default="cpu", help="cpu, cuda or cuda:N")
    parser.add_argument("--minutes", type=float, default=60.0, help="start no trial after these")
    parser.add_argument("--out", type=Path, default=FOLDER, help="folder of the records")
    parser.add_argument("--report", action="store_true", help="choose and write docs/recipes.md")
    options = parser.parse_args()
    if options.report and (options.methods, options.sets) != (list(METHODS), list(SETS)):
        parser.error("--report is of all methods and sets: leave out --methods and --sets")
    given = [name.partition("=") for name in options.sets]
    options.sets = [name for name, _, _ in given]
    options.files = {name: Path(file) for name, _, file in given if file}
    return options


if __name__ == "__main__":
    main()
