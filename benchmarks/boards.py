"""Boards, comparisons, figures and the page from as many records as a full board has.

python benchmarks/boards.py [--seeds 5] [--opened 3]

Writes a run directory of made-up codes for digit-stories: six methods and the two controls at six
lengths and --seeds seeds, each ranked by the real engine under the keys that training would have
given. Then it times what reads records: 'leaderboard submit', 'build' and 'check', 'compare',
'experiment' with figure8's six code lengths over all eight methods, drawn and drawn again, and
the page, opened --opened times by a browser that has just been started (Chromium with
chromedriver and selenium; left out where they are not there).
"""

from __future__ import annotations

import argparse
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

import hashbench
from hashbench import BinaryCodes, load_dataset
from hashbench.machine import hardware
from hashbench.ranking import EVALUATOR_VERSION, evaluate
from hashbench.runs import Options, Record, make_plan

METHODS = ("submod", "mfh", "itq", "dh", "ssth", "ssvh", "random", "oracle")
LENGTHS = "8,16,...,256"
EXPERIMENT = """[[experiment]]
name = "figure8"
title = "All methods at all code lengths"
shows = "curves"
bits = [8, 16, 32, 64, 128, 256]
k = [20, 40, 60, 80, 100]
rows = [{rows}]
"""


def make_records(
    out: Path,
    seeds: int,
    methods: Sequence[str] = METHODS,
    name: str = "digit-stories",
    *,
    full: bool = True,
) -> int:
    """Write records whose codes are their class's code with bits turned over; return how many.

    Whole lists and values of each query, which take most of the time and which no board keeps, are
    left out where ``full`` is false.
    """
    wanted = ",".join(map(str, range(seeds)))
    plan = make_plan(Options(tuple(methods), name, bits=LENGTHS, seed=wanted, out=out))
    dataset = load_dataset(name)
    labels, there = dataset.query.labels, dataset.database.labels
    own = dataset.self_retrieval
    host, worst = hardware(), 0.15 / len(methods)
    places = {
        label: at for at, label in enumerate(dict.fromkeys(c.method.label for c in plan.cells))
    }
    for number, cell in enumerate(plan.cells):
        rng = np.random.default_rng(number)
        ideal = rng.random((labels.n_classes, cell.bits)) < 0.5
        noise = 0.30 + worst * places[cell.method.label]
        sides = [one.multi_hot.argmax(axis=1) for one in ((labels,) if own else (labels, there))]
        made = [
            BinaryCodes.from_bits(ideal[side] ^ (rng.random((len(side), cell.bits)) < noise))
            for side in sides
        ]
        query, database = made[0], made[-1]
        found = evaluate(
            query, database, labels, there,
            k=plan.measures.k, profiles=plan.measures.profiles, ties=plan.measures.ties,
            self_retrieval=own, full=full,
        )  # fmt: skip
        stored = plan.store.write_codes(cell.key, query, database)
        beside = plan.store.per_query_path(cell.key) if full else None
        if beside is not None:
            found.save(beside)
        record = Record(
            key=cell.key, status="ok", method=cell.method, dataset=cell.dataset,
            bits=cell.bits, seed=cell.seed,
            evaluation=found.summary() | {"evaluator": EVALUATOR_VERSION},
            files={
                "codes": plan.store.relative(stored),
                "per_query": None if beside is None else plan.store.relative(beside),
                "model": None,
            },
            codes_sha256={"query": query.sha256, "database": database.sha256},
            times={"load": 0.1, "fit": 1.0, "encode": 0.1, "rank": 0.1},
            encode_videos_per_s=2e5 / cell.bits, peak_memory_bytes=1 << 28, host=host,
        )  # fmt: skip
        plan.store.write(record)
    return len(plan.cells)


def timed(what: str, argv: Sequence[Any]) -> float:
    """Run hashbench, print what it took, its start included, and return the seconds."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    before, start = used.ru_utime + used.ru_stime, time.perf_counter()
    command = [sys.executable, "-m", "hashbench", *map(str, argv)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    elapsed = time.perf_counter() - start
    if done.returncode:
        sys.exit(f"{what}: exit {done.returncode}\n{done.stderr}")
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"{what:34} {elapsed:7.2f} s  processor {used.ru_utime + used.ru_stime - before:7.2f} s")
    return elapsed


def opened(page: Path, times: int) -> None:
    """Print when a browser just started had the page loaded, its tables and its charts drawn."""
    try:
        from selenium import webdriver
    except ImportError:
        print("page not opened: selenium is not installed")
        return
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not (chromium and driver):
        print("page not opened: no chromium with chromedriver")
        return
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for switch in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
        options.add_argument(switch)
    options.add_argument("--window-size=1280,1400")
    script = (
        "const [page] = performance.getEntriesByType('navigation');"
        "return [['loaded', page.loadEventEnd],"
        " ...performance.getEntriesByType('mark').map(m => [m.name, m.startTime])]"
    )
    for _ in range(times):
        start = time.perf_counter()
        with webdriver.Chrome(options=options, service=webdriver.ChromeService(driver)) as browser:
            started = time.perf_counter() - start
            browser.get(page.as_uri())
            while browser.execute_script("return document.querySelector('.chart[aria-busy]')"):
                time.sleep(0.05)
            marks = sorted(browser.execute_script(script), key=lambda mark: mark[1])
        told = ", ".join(f"{name} {at / 1000:.2f}" for name, at in marks)
        print(f"browser started in {started:.2f} s; the page, s: {told}")


def main() -> None:
    """Print a line a command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--opened", type=int, default=3)
    args = parser.parse_args()
    print(f"hashbench {hashbench.__version__}")
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        runs, boards, page = root / "runs", root / "boards", root / "page.html"
        start = time.perf_counter()
        count = make_records(runs, args.seeds)
        print(f"{count} records of 2,000 queries, made and ranked in "
              f"{time.perf_counter() - start:.1f} s")  # fmt: skip
        where = ("--boards", boards)
        timed("leaderboard submit", ("leaderboard", "submit", runs, "--by", "Nobody", *where))
        timed("leaderboard build", ("leaderboard", "build", *where))
        timed("leaderboard check", ("leaderboard", "check", *where))
        timed("compare, all pairs at 64 bits", ("compare", "--runs", runs, "--bits", "64"))
        rows = ",".join(f'{{ label = "{name}", method = "{name}" }}' for name in METHODS)
        declared = root / "figure8.toml"
        declared.write_text(EXPERIMENT.format(rows=rows), encoding="utf-8")
        figure8 = ("experiment", declared, "--out", runs, "--seed", "0")
        timed("figure8 drawn from records", figure8)
        timed("figure8 again, nothing to draw", figure8)
        timed("report, the tables", ("report", runs))
        timed("report, the page", ("report", runs, "--format", "html", "--out", page))
        print(f"the page has {page.stat().st_size / 1e6:.2f} MB")
        kept = sum(p.stat().st_size for p in boards.rglob("*") if p.is_file())
        print(f"the board and its records take {kept / 1e6:.2f} MB")
        opened(page, args.opened)


if __name__ == "__main__":
    main()
