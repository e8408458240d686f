"""What boards of many methods come to: bytes, bytes in git, and the seconds of check and site.

python benchmarks/board_size.py [--methods 20] [--seeds 5] [--sets digit-stories,digit-reels,...]

Writes made-up codes at six lengths (``boards.py``), as variants of ITQ, submits them, commits the
boards to a new git repository, renders their site, and checks them.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import argparse
import subprocess
import tempfile
import time

from boards import make_records, timed

SETS = "digit-stories,digit-reels,spoken-digits,japanese-vowels,digits-images"


def committed(boards: Path) -> int:
    """Return the bytes of a git repository with the boards as its one commit."""
    git = ("git", "-C", str(boards), "-c", "user.name=none", "-c", "user.email=none@example.org")
    for command in (("init", "-q"), ("add", "."), ("commit", "-qm", "boards"), ("gc", "-q")):
        subprocess.run([*git, *command], check=True, capture_output=True)
    return sum(path.stat().st_size for path in (boards / ".git").rglob("*") if path.is_file())


def main() -> None:
    """Print a line a step."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--methods", type=int, default=20)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--sets", default=SETS)
    args = parser.parse_args()
    methods = [f"itq[iterations={number}]" for number in range(1, args.methods + 1)]
    with tempfile.TemporaryDirectory() as folder:
        boards = Path(folder) / "boards"
        count, start = 0, time.perf_counter()
        names = args.sets.split(",")
        for name in names:
            runs = Path(folder) / name
            count += make_records(runs, args.seeds, methods, name)
            told = ("leaderboard", "submit", runs, "--by", "Nobody", "--boards", boards)
            timed(f"leaderboard submit {name}", told)
        print(f"{count} records made and submitted in {time.perf_counter() - start:.0f} s")
        for part in ("records", "codes"):
            files = [path for path in boards.glob(f"*/{part}/**/*") if path.is_file()]
            size = sum(path.stat().st_size for path in files)
            print(f"{part}: {size / 1e6:.1f} MB in {len(files)} files")
        whole = sum(path.stat().st_size for path in boards.rglob("*") if path.is_file())
        print(f"boards: {whole / 1e6:.1f} MB, in git {committed(boards) / 1e6:.1f} MB")
        site = Path(folder) / "site"
        given = ("leaderboard", "site", *names, "--boards", boards, "--out", site)
        timed("leaderboard site", given)
        size = sum(path.stat().st_size for path in site.rglob("*") if path.is_file())
        print(f"site: {size / 1e6:.1f} MB")
        timed("leaderboard check", ("leaderboard", "check", *names, "--boards", boards))


if __name__ == "__main__":
    main()
