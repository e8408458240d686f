"""Where methods stand over lengths and over boards, their figures and what lies beside a page."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import numpy as np
import pytest

from hashbench.leaderboards import problems
from hashbench.leaderboards.board_charts import BYTES, SPEED, pareto
from hashbench.leaderboards.check import check_boards
from hashbench.leaderboards.front_page import aggregate, front_page
from hashbench.leaderboards.overview import overall
from hashbench.leaderboards.page import compose
from hashbench.leaderboards.standings import section_of, standings
from hashbench.leaderboards.summary import read_summary
from hashbench.reports.sheet import NOTHING


def of(methods):
    """A summary of methods with their mean ranks."""
    return {
        "methods": [
            {"method": name, "supervised": False, "control": rank is None, "mean_rank": rank}
            for name, rank in methods.items()
        ]
    }


def test_the_mean_rank_is_that_of_the_middles(board):
    rows = standings(board, section_of(board))
    for one in overall(rows, exact=None):
        mine = [r for found in rows.values() for r in found if r.label == one.first.label]
        if one.first.method.control:
            assert one.mean_rank is None
        else:
            middles = [np.mean([row.rank, row.last_rank]) for row in mine]
            assert one.mean_rank == pytest.approx(np.mean(middles))
    assert [one.first.label for one in overall(rows, None)][-1] == "random"


def test_the_scale_runs_from_random_to_exact(board):
    rows = standings(board, section_of(board))
    means = {row.label: row.interval.mean for row in rows[6]}
    found = {one.first.label: one.normalised for one in overall(rows, exact=means["itq"])}
    assert found["random"] == 0
    assert found["itq"] == pytest.approx(1)
    share = (means["lsh"] - means["random"]) / (means["itq"] - means["random"])
    assert found["lsh"] == pytest.approx(share)
    assert {one.normalised for one in overall(rows, exact=None)} == {None}
    assert {one.normalised for one in overall(rows, exact=means["random"])} == {None}


def test_the_scale_stands_with_two_releases_of_random(board):
    rows = standings(board, section_of(board))
    wanted = {one.first.label: one.normalised for one in overall(rows, exact=0.9)}
    control = next(row for row in rows[6] if row.label == "random")
    old = replace(
        control,
        label="random (hashbench 0.0.1)",
        method=replace(control.method, version="0.0.1"),
        seeds=control.seeds[:1],
        interval=replace(control.interval, mean=0.4),
    )
    rows[6] = [replace(row, label="random (new)") if row is control else row for row in rows[6]]
    found = {one.first.label: one.normalised for one in overall({6: [*rows[6], old]}, exact=0.9)}
    assert found["random (new)"] == 0
    assert found["lsh"] == wanted["lsh"]


def test_a_method_at_fewer_lengths_does_not_stand_above_those_at_all(board):
    rows = standings(board, section_of(board))
    best = next(row.label for row in rows[4] if row.rank is not None)
    rows[6] = [row for row in rows[6] if row.label != best]
    order = [one.first.label for one in overall(rows, None) if one.mean_rank is not None]
    assert order[-1] == best


def test_a_length_counts_where_half_of_the_methods_are(board):
    rows = standings(board, section_of(board))
    alone = next(row for row in rows[4] if row.rank is not None)
    more = [replace(alone, label=f"other {i}", rank=9, last_rank=9) for i in range(3)]
    crowded = {4: [*rows[4], *more], 6: [row for row in rows[6] if row.label == alone.label]}
    found = {one.first.label: one for one in overall(crowded, None)}
    assert set(found[alone.label].by_bits) == {4, 6}
    assert found[alone.label].mean_rank == (alone.rank + alone.last_rank) / 2
    assert found["other 1"].mean_rank == 9


@pytest.mark.parametrize("few", [False, True])
@pytest.mark.parametrize("seed", range(5))
def test_the_pareto_front_against_every_pair(seed, few):
    rng = np.random.default_rng(seed)
    way = -1 if few else 1
    points = [(int(x), float(y), None) for x, y in rng.integers(0, 12, (20, 2))]
    beaten = {
        p for p in points for q in points
        if way * q[0] >= way * p[0] and q[1] >= p[1] and q[:2] != p[:2]
    }  # fmt: skip
    assert pareto(points, few=few) == tuple(sorted(set(points) - beaten))


def test_at_one_length_there_is_nothing_to_draw_over_bytes(board):
    drawn = compose(board, records=[r for r in board.records() if r.bits == 4]).charts
    assert SPEED in {one.stem for one in drawn}
    assert BYTES not in {one.stem for one in drawn}


def test_the_figures_show_the_rows(board):
    by_bytes, by_speed = compose(board).charts[:2]
    assert (by_bytes.stem, by_speed.stem) == (BYTES, SPEED)
    rows = standings(board, section_of(board))
    shown = {c.name: {x: y for x, y, _ in c.points} for c in by_bytes.panels[0].curves}
    for row in rows[6]:  # 4 and 6 bits are one byte
        assert shown[row.label][1] == pytest.approx(100 * row.interval.mean, abs=1e-4)
    fast = {c.name: c.points[0][0] for c in by_speed.panels[0].curves}
    assert fast["itq"] == round(next(row.speed for row in rows[6] if row.label == "itq"))
    assert "random" not in fast
    page = board.page.read_text(encoding="utf-8")
    for file in re.findall(r"!\[[^\]]*\]\(([^)]+)\)", page):
        assert (board.root / file).is_file()


def drawn_of_others(board):
    path = board.folder / f"{BYTES}.json"
    told = json.loads(path.read_text())
    told["panels"][0]["curves"][0]["points"][0][1] += 1
    path.write_text(json.dumps(told))


def other_rank(board):
    path = board.folder / "summary.json"
    told = json.loads(path.read_text())
    told["methods"][0]["mean_rank"] += 1
    path.write_text(json.dumps(told))


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (drawn_of_others, r"map-over-bytes\.svg is not what its records give"),
        (lambda b: (b.folder / f"{SPEED}.svg").unlink(), r"over-speed\.svg is not"),
        (
            lambda b: (b.folder / f"{SPEED}.json").write_text("["),
            r"over-speed\.svg is not",
        ),
        (other_rank, r"summary\.json is not what its records give"),
        (lambda b: (b.folder / "summary.json").unlink(), r"summary\.json is not what"),
        (lambda b: (b.folder / "summary.json").write_text("{}"), "not a summary of a board"),
    ],
)
def test_check_finds_what_lies_wrong_beside_a_page(board, spoil, message):
    assert list(problems(board)) == []
    spoil(board)
    assert re.search(message, "\n".join(problems(board)))


def test_check_finds_a_front_page_of_other_numbers(board):
    path = board.root / "README.md"
    path.write_text(path.read_text().replace("itq", "ours"))
    said = []
    with pytest.raises(Exception, match="1 problem"):
        check_boards([board], said.append)
    assert any(line.startswith(f"{path}:") for line in said)


def test_methods_over_boards():
    found = aggregate({
        "one": of({"ours": 1.0, "itq": 2.0, "random": None}),
        "two": of({"ours": 3.0, "itq": 2.0}),
        "three": of({"new": 1.0, "ours": 2.0}),
    })  # fmt: skip
    assert [one.method for one in found] == ["ours", "itq", "new"]
    ours, itq, new = found
    # t with two degrees of freedom at 97.5 %, from a table; the standard error is 1 / sqrt(3).
    assert (ours.mean, ours.half) == (2.0, pytest.approx(4.302653 / np.sqrt(3)))
    # Two boards say too little for an interval.
    assert (itq.mean, itq.half, new.mean, new.half) == (2.0, None, 1.0, None)


def test_the_front_page_names_every_board(board):
    page = front_page(board.root)
    assert f"| [mine](mine.md) | 2 | 4, 6 | 80 | {' | '.join([NOTHING] * 3)} |" in page
    assert "reported numbers only: [activitynet](activitynet.md), [fcvid](fcvid.md)" in page
    assert "mine, 2 methods" in page
    summary = read_summary(board)
    ranks = {one["method"]: one["mean_rank"] for one in summary["methods"]}
    (line,) = re.findall(r"^\| itq.*$", page, re.MULTILINE)
    assert f"{ranks['itq']:.1f} |" in line


def test_what_a_kill_left_of_packed_records_goes(board):
    left = board.folder / "records" / ".itq-7-0123abcd.partial.jsonl"
    left.write_text("half a rec")
    before = board.records()
    board.pack()
    assert not left.exists()
    assert board.records() == before
