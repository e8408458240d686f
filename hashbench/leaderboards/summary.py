"""The rows of a board as numbers, in ``summary.json``: what the front page and programs read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hashbench.errors import DataError
from hashbench.files.atomic import write_json
from hashbench.files.documents import parse_json
from hashbench.files.regular import read_text
from hashbench.files.schema import flag, maybe, number, sequence, table, text, whole
from hashbench.leaderboards.board import Board, K
from hashbench.leaderboards.overview import Overall

_PERCENT = number(-1e-9, 100 + 1e-9)
_ROW = table(
    {
        "bits": whole(1, 1 << 20),
        "mean": _PERCENT,
        "low": number(-1e6, 1e6),
        "high": number(-1e6, 1e6),
        "rank": maybe(whole(1, 1 << 20)),
        "last_rank": maybe(whole(1, 1 << 20)),
        "seeds": whole(1, 1 << 20),
        "falling": flag,
    }
)
_METHOD = table(
    {
        "method": text(),
        "control": flag,
        "supervised": flag,
        "mean_rank": maybe(number(1, 1 << 20)),
        "normalised": maybe(number(-1e6, 1e6)),
        "rows": sequence(_ROW),
    }
)
_SUMMARY = table(
    {
        "measure": text(),
        "last_change": text(),
        "methods": sequence(_METHOD),
        "queries": whole(1, 1 << 40),
    }
)


def summary_of(found: Sequence[Overall], queries: int, last_change: str) -> dict[str, Any]:
    """Return a board as JSON values: means and intervals in percent, ranks as they are shared."""
    return {
        "measure": f"mAP@{K}",
        "queries": queries,
        "last_change": last_change,
        "methods": [
            {
                "method": one.first.label,
                "control": one.first.method.control,
                "supervised": one.first.method.supervised,
                "mean_rank": one.mean_rank,
                "normalised": _rounded(one.normalised),
                "rows": [
                    {
                        "bits": row.bits,
                        "mean": _rounded(100 * row.interval.mean),
                        "low": _rounded(100 * row.interval.low),
                        "high": _rounded(100 * row.interval.high),
                        "rank": row.rank,
                        "last_rank": row.last_rank,
                        "seeds": len(row.seeds),
                        "falling": row.falling,
                    }
                    for row in one.by_bits.values()
                ],
            }
            for one in found
        ],
    }


def write_summary(board: Board, summary: Mapping[str, Any]) -> None:
    """Write ``summary.json`` into the folder of a board."""
    write_json(board.folder / "summary.json", summary)


def read_summary(board: Board) -> dict[str, Any] | None:
    """Return what :func:`write_summary` wrote, None where nothing was measured.

    Raises
    ------
    DataError
        If the file is damaged.
    """
    path = board.folder / "summary.json"
    if not path.exists():
        return None
    try:
        return parse_summary(read_text(path), path)
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror})") from error
    except ValueError as error:
        raise DataError(f"{path}: not a summary of a board ({error})") from error


def parse_summary(text: str, where: Path | str) -> dict[str, Any]:
    """Return the summary that ``text`` writes.

    Raises
    ------
    DataError
        If it is none.
    """
    try:
        found: dict[str, Any] = parse_json(text)
        _SUMMARY(found, "")
    except ValueError as error:
        raise DataError(f"{where}: not a summary of a board ({error})") from error
    return found


def _rounded(value: float | None) -> float | None:
    # Far finer than an interval, and coarser than what the order of a sum does.
    return None if value is None else round(value, 6)
