"""What boards of many methods come to: bytes, bytes in git, and the seconds of check and site.

python benchmarks/board_size.py [--methods 20] [--seeds 5] [--sets NAME,...] [--keep DIR]

Writes made-up codes at six lengths (``boards.py``), as variants of ITQ, for the built-in sets at
their own sizes. Submits them, commits the boards to a new git repository, renders their site, and
checks them. By default that is 3,000 records of 370 to 2,000 queries. It says which goal is met.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import argparse
import shutil
import subprocess
import tempfile
import time
from collections.abc import Sequence

from boards import make_records, timed

GOALS = {"git": 60e6, "check": 30.0, "site": 100e6, "site seconds": 60.0, "page": 1e6}
"""Bytes in git, of the site and of a page of it, and seconds of a check and of the site."""

SETS = "digit-stories,digit-reels,spoken-digits,japanese-vowels,digits-images"


def committed(boards: Path) -> int:
    """Return the bytes of a git repository with the boards as its one commit."""
    git = ("git", "-C", str(boards), "-c", "user.name=none", "-c", "user.email=none@example.org")
    for command in (("init", "-q"), ("add", "."), ("commit", "-qm", "boards"), ("gc", "-q")):
        subprocess.run([*git, *command], check=True, capture_output=True)
    return sum(path.stat().st_size for path in (boards / ".git").rglob("*") if path.is_file())


def size_of(folder: Path, pattern: str = "**/*") -> tuple[int, int]:
    """Return the bytes and the number of files."""
    sizes = [path.stat().st_size for path in folder.glob(pattern) if path.is_file()]
    return sum(sizes), len(sizes)


def told(what: str, found: float, goal: float) -> None:
    """Print whether a goal is met."""
    print(f"{what}: {found:,.1f}, goal {goal:,.1f}: {'met' if found <= goal else 'MISSED'}")


def main() -> None:
    """Print a line a step."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--methods", type=int, default=20)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--sets", default=SETS)
    parser.add_argument("--keep", type=Path, help="folder that all of it stays in; not made again")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = args.keep or Path(folder)
        root.mkdir(parents=True, exist_ok=True)
        measure(root, args.methods, args.seeds, args.sets.split(","))


def measure(root: Path, n_methods: int, seeds: int, names: Sequence[str]) -> None:
    """Make boards where there are none, and measure them."""
    boards, site = root / "boards", root / "site"
    methods = [f"itq[iterations={number}]" for number in range(1, n_methods + 1)]
    start = time.perf_counter()
    for name in names:
        runs = root / "runs" / name
        if not (boards / name).exists():
            make_records(runs, seeds, methods, name, full=False)
            given = ("leaderboard", "submit", runs, "--by", "Nobody", "--boards", boards)
            timed(f"leaderboard submit {name}", given)
    count = size_of(boards, "*/codes/*.npz")[1]
    print(f"{count} records made and submitted in {time.perf_counter() - start:.0f} s")
    for part in ("records", "codes"):
        size, files = size_of(boards, f"*/{part}/**/*")
        print(f"{part}: {size / 1e6:.1f} MB in {files} files")
    copy = root / "git"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(boards, copy)
    print(f"boards: {size_of(boards)[0] / 1e6:.1f} MB")
    told("in git, MB", committed(copy) / 1e6, GOALS["git"] / 1e6)
    given = ("leaderboard", "site", *names, "--boards", boards, "--out", site)
    told("site, s", timed("leaderboard site", given), GOALS["site seconds"])
    told("site, MB", size_of(site)[0] / 1e6, GOALS["site"] / 1e6)
    for part in ("record", "boards", "assets", "badges"):
        size, files = size_of(site, f"{part}/**/*")
        print(f"site, {part}: {size / 1e6:.1f} MB in {files} files")
    pages = [*site.glob("*.html"), *site.glob("boards/*.html")]
    largest = max(path.stat().st_size for path in pages)
    told("largest page of a board, MB", largest / 1e6, GOALS["page"] / 1e6)
    given = ("leaderboard", "check", *names, "--boards", boards)
    told("check, s", timed("leaderboard check", given), GOALS["check"])


if __name__ == "__main__":
    main()
