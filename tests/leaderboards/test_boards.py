"""Boards of a small set: submitting, rendering, and finding what was tampered with."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from making_data import write_set

from hashbench.codes import BinaryCodes
from hashbench.data import load_dataset
from hashbench.errors import DataError, UsageError, VerificationError
from hashbench.files.atomic import write_text
from hashbench.leaderboards import Board, boards, check_boards, problems, render, submit_run
from hashbench.leaderboards.feature_scores import MEAN, ORDERED, features_ap
from hashbench.leaderboards.invariants import invariants
from hashbench.leaderboards.kept import kept
from hashbench.leaderboards.submit import remeasured
from hashbench.ranking.scores import Scores
from hashbench.runs import Store
from hashbench.runs.packed import write_packed

ERROR = {"type": "MethodError", "message": "diverged"}


def spoil(board, name="itq", **changes):
    """Change one record on the board."""
    record = next(r for r in board.records() if r.method.name == name)
    write_packed(board.folder, [replace(record, **changes)])  # unchecked, as by another hand
    return record


def changed(record, profile, name, value):
    """The record's evaluation with one number changed."""
    evaluation = json.loads(json.dumps(record.evaluation))
    evaluation["profiles"][profile]["expected"][name] = value
    return evaluation


def test_a_fresh_board_has_no_problem(board):
    assert list(problems(board)) == []
    check_boards([board], print)


def test_the_board_shows_the_numbers_of_the_records(board, run):
    page = board.page.read_text(encoding="utf-8")
    for bits in (4, 6):
        for name in ("itq", "lsh", "random"):
            values = [
                r.evaluation["profiles"]["strict"]["expected"]["AP@20"]
                for r in Store(run).records()
                if r.method.name == name and r.bits == bits
            ]
            assert len(values) == 2
            section = page[page.index(f"## {bits} bits") :]
            (line,) = re.findall(rf"^\| \S+ \| {name}.*$", section, re.MULTILINE)[:1]
            assert f"| {100 * np.mean(values):.2f} [" in line
            assert f"hashbench run {name} --dataset mine --bits {bits} --seed 0,1`" in section
            assert "| Ada |" in line
            assert f"| {-(-bits // 8)} |" in line


def test_a_row_whose_training_was_still_falling_is_marked(board):
    assert "↓" not in render(board)
    for seed in (0, 1):
        record = next(
            r for r in board.records() if (r.method.name, r.bits, r.seed) == ("lsh", 4, seed)
        )
        falling = record.diagnostics | {"loss_falling": seed == 1, "loss_slope_t": -9.5}
        Store(board.folder).write(replace(record, diagnostics=falling))
    page = render(board)
    assert "- ↓ the training loss was still falling when the training ended" in page
    marked = [line for line in page.splitlines() if line.startswith("|") and "↓" in line]
    assert len(marked) == 2, "in the table of all lengths, and in that of its own"
    assert "lsh↓" in marked[0].replace(" ", "")


def test_rendering_is_the_same_bytes(board):
    assert render(board) == render(board) == board.page.read_text(encoding="utf-8")


def test_codes_are_kept_once_where_the_queries_are_the_database(board):
    path = next((board.folder / "codes").glob("*.npz"))
    with np.load(path) as archive:
        assert set(archive.files) == {"database", "n_bits"}


def test_nothing_of_the_submitters_machine_is_kept_but_its_hardware(board, run, card):
    text = "".join(
        p.read_text("utf-8") for p in board.root.rglob("*") if p.suffix in (".json", ".md")
    )
    assert str(run) not in text
    assert str(card.parent) not in text
    assert all(record.manifest is None for record in board.records())


def test_submitting_twice_changes_nothing(board, run, card):
    before = {p: p.read_bytes() for p in board.root.rglob("*.json")}
    submit_run(run, board.root, "Ada", cards=[card])
    assert {p: p.read_bytes() for p in board.root.rglob("*.json")} == before


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (lambda r: {"evaluation": changed(r, "paper", "AP@20", 0.9)}, "AP@20 is 0.900000 in the"),
        (
            lambda r: {"evaluation": changed(r, "paper", "AP@20", 1.5)},
            r"AP@20 must be a number from -1e-09 to 1, not 1\.5",
        ),
        (
            lambda r: {"evaluation": changed(r, "paper", "P@1", 0.123)},
            "P@1 is 0.123 under paper but",
        ),
        (lambda r: {"evaluation": changed(r, "strict", "R@20", 0.0)}, "recall falls from"),
        (lambda r: {"codes_sha256": {"query": "0" * 64, "database": "0" * 64}}, "sha256 differs"),
        (
            lambda r: {"status": "failed", "evaluation": None, "error": ERROR},
            "a failed cell has no",
        ),
    ],
)
def test_a_record_that_was_tampered_with(board, changes, message):
    record = next(r for r in board.records() if r.method.name == "itq")
    spoil(board, **changes(record))
    found = list(problems(board))
    assert re.search(message, "\n".join(found))
    with pytest.raises(VerificationError) as error:
        check_boards([board], print)
    assert error.value.exit_code == 4


def test_other_codes_under_a_record(board):
    record = next(r for r in board.records() if r.method.name == "itq" and r.bits == 4)
    random = BinaryCodes.from_bits(np.random.default_rng(5).random((80, 4)) < 0.5)
    other = replace(record, codes_sha256=dict.fromkeys(record.codes_sha256, random.sha256))
    board.write([(other, (random, random))])
    assert any("from its codes" in problem for problem in problems(board))


def test_drift_is_told_with_its_line(board):
    text = board.page.read_text(encoding="utf-8")
    write_text(board.page, text.replace("measured by", "made by", 1))
    (problem,) = problems(board)
    assert problem.startswith(f"{board.page}:")
    assert "'measured by'" not in problem
    assert "its records give" in problem
    board.page.unlink()
    assert list(problems(board)) == [f"{board.page} is missing"]


def test_damaged_files_are_problems_not_crashes(board):
    (board.folder / "labels.npz").write_bytes(b"PK")
    (problem,) = problems(board)
    assert "labels.npz: damaged" in problem


def test_submitting_refuses_a_number_that_its_codes_do_not_give(run, card, tmp_path):
    shutil.copytree(run, tmp_path / "run")
    store = Store(tmp_path / "run")
    record = next(r for r in store.records() if r.method.name == "lsh")
    store.write(replace(record, evaluation=changed(record, "strict", "AP@20", 0.8)))
    with pytest.raises(VerificationError, match=r"lsh.*AP@20 is 0\.800000 in the record and 0"):
        submit_run(tmp_path / "run", tmp_path / "boards", "Ada", cards=[card])
    assert not (tmp_path / "boards").exists()


def test_submitting_refuses_codes_of_another_digest(run, card, tmp_path):
    shutil.copytree(run, tmp_path / "run")
    store = Store(tmp_path / "run")
    first, other = [r for r in store.records() if r.bits == 4][:2]
    store.codes_path(first.key).write_bytes(store.codes_path(other.key).read_bytes())
    with pytest.raises(DataError, match="not the codes of record"):
        submit_run(tmp_path / "run", tmp_path / "boards", "Ada", cards=[card])


def test_submitting_refuses_other_content_of_the_data_set(run, tmp_path):
    other = write_set(tmp_path, n=(60, 90))
    with pytest.raises(VerificationError, match="was measured on mine with sha256"):
        submit_run(run, tmp_path / "boards", "Ada", cards=[other])


def test_submitting_nothing_or_nobody(card, run, tmp_path):
    Store(tmp_path / "empty").prepare()
    with pytest.raises(UsageError, match="no finished record"):
        submit_run(tmp_path / "empty", tmp_path / "boards", "Ada", cards=[card])
    with pytest.raises(UsageError, match="--by is empty"):
        submit_run(run, tmp_path / "boards", " ", cards=[card])


def of_evaluator(record, version):
    return replace(record, evaluation={**record.evaluation, "evaluator": version})


def test_another_evaluator_is_refused_or_measured_again(run, card, tmp_path):
    shutil.copytree(run, tmp_path / "run")
    store = Store(tmp_path / "run")
    for record in store.records():
        store.write(of_evaluator(record, "0"))
    with pytest.raises(VerificationError, match=r"was measured by evaluator 0.*--recompute"):
        submit_run(tmp_path / "run", tmp_path / "boards", "Ada", cards=[card])
    (board,) = submit_run(
        tmp_path / "run", tmp_path / "boards", "Ada", cards=[card], recompute=True
    )
    write_text(board.page, render(board))
    assert list(problems(board)) == []


def test_evaluators_are_not_mixed_on_a_board(board):
    record = board.records()[0]
    Store(board.folder).write(of_evaluator(record, "0"))
    with pytest.raises(VerificationError, match="records of evaluator 0, 1"):
        render(board)
    assert remeasured(board) == 1
    assert list(problems(board)) == []


def test_invariants_hold_for_what_the_engine_measures(run):
    for record in Store(run).records():
        assert list(invariants(record)) == []


def test_boards_are_those_with_records_and_those_with_reported_numbers(built):
    assert [board.dataset for board in boards(built)] == [
        "activitynet",
        "fcvid",
        "hmdb51",
        "mine",
        "ucf101",
        "yfcc",
    ]
    assert [board.dataset for board in boards(built, ("MINE",))] == ["mine"]
    with pytest.raises(UsageError, match="no leaderboard 'mime'; did you mean 'mine'"):
        boards(built, ("mime",))


def test_reported_numbers_stand_apart_with_source_and_profile(tmp_path):
    text = render(Board(tmp_path, "fcvid"))
    assert "Nothing has been measured" in text
    assert "## Reported elsewhere" in text
    assert (
        "| SSVH | 256 |  |  | 37.92 | 33.40 | 30.92 | 29.00 | 27.29 | paper | Song et al." in text
    )
    assert "| BTH | 64 | 47.30 |  | 31.00 | 26.20 | 23.70 | 21.90 | 20.40 | official |" in text
    assert "| SSVH | fcvid | 256 | mAP@20 | -19.51 | paper |" in render(Board(tmp_path, "yfcc"))


def test_rows_that_two_sources_print_differently_say_so(tmp_path):
    lines = render(Board(tmp_path, "fcvid")).splitlines()
    s5vh = [line for line in lines if line.startswith("| S5VH | 64 |")]
    assert len(s5vh) == 2
    assert "36.90" in s5vh[0]
    assert s5vh[0].endswith("| the comparison of 30 May 2026 has mAP@20 38.8 |")
    assert "38.80" in s5vh[1]
    assert s5vh[1].endswith("| its authors' log has mAP@20 36.9 |")
    (conmh,) = (line for line in lines if line.startswith("| ConMH | 64 |"))
    assert conmh.endswith("|  |")
    assert "contradicted" not in render(Board(tmp_path, "yfcc"))


@pytest.mark.parametrize("profile", ["paper", "official", "strict"])
def test_features_are_ranked_as_a_plain_loop_ranks_them(card, profile):
    dataset = load_dataset(card)
    found = features_ap(dataset, profile)
    ids = dataset.query.labels.ids
    frames = dataset.query.take(slice(0, 80)).astype(np.float64)
    for name, points in ((MEAN, frames.mean(axis=1)), (ORDERED, frames.reshape(80, -1))):
        unit = points / np.linalg.norm(points, axis=1, keepdims=True)
        for query in range(0, 80, 7):
            order = sorted(range(80), key=lambda i: -float(unit[query] @ unit[i]))
            if profile == "strict":
                order.remove(query)
            relevant = [ids[i] == ids[query] for i in order]
            hits = gains = 0.0
            for rank, hit in enumerate(relevant[:20], start=1):
                hits += hit
                gains += hits / rank if hit else 0
            divisor = 20 if profile == "official" else min(sum(relevant), 20)
            assert found[name][query] == pytest.approx(gains / divisor, abs=1e-6)


def test_a_board_of_five_seeds_ranks_clear_winners_apart_and_twins_together(tmp_path):
    from hashbench.leaderboards.standings import _ranks

    rng = np.random.default_rng(0)
    base = rng.random((1, 500))
    noise = [rng.normal(0, 0.05, (5, 500)) for _ in range(3)]
    made = {"a": base + 0.1 + noise[0], "b": base + noise[1], "c": base + noise[2]}
    assert _ranks(made, None) == {"a": (1, 1), "b": (2, 3), "c": (2, 3)}
    assert _ranks({"a": made["a"]}, None) == {"a": (1, 1)}


def test_intervals_of_a_self_retrieval_board_are_by_class(board):
    from hashbench.leaderboards.standings import section_of, standings
    from hashbench.ranking.intervals import mean_interval

    labels = board.labels()[0]
    for rows in standings(board, section_of(board)).values():
        for row in rows:
            assert row.interval.n_clusters == len(np.unique(labels.ids))
            assert row.interval.covers_seeds
            assert (row.rank is None) == row.method.control
            if row.rank is not None:
                assert 1 <= row.rank <= row.last_rank <= 2
    text = render(board)
    assert "the 95 % interval over seeds and classes of queries" in text
    assert "a better mean never has a worse end" in text
    assert mean_interval([[0.0, 1.0]], deterministic=True).covers_seeds


def test_the_folder_of_a_board_is_small(board):
    size = sum(path.stat().st_size for path in Path(board.folder).rglob("*") if path.is_file())
    assert size < 240_000  # of which three figures take about 50,000 each


def fuller(board, run, whole=("curve", "dropped", "kept")):
    """Give a board's records what earlier releases kept of whole lists, and all their digits."""
    measured = {record.key: record.evaluation for record in Store(run).records()}
    for record in board.records():
        evaluation = measured[record.key]
        full = {name: evaluation["full"][name] for name in whole}
        Store(board.folder).write(replace(record, evaluation=evaluation | {"full": full}))


def test_a_board_keeps_nothing_that_is_ranked_again_where_it_is_drawn(board, run):
    measured = {record.key: record.evaluation for record in Store(run).records()}
    for record in board.records():
        full = measured[record.key]
        assert full["full"]["curve"]
        assert record.evaluation["full"] == {}
        for (place, value), (_, other) in zip(
            record.scores, Scores.from_json(full["profiles"]), strict=True
        ):
            assert abs(value - other) <= 5.1e-10, place
            assert value == round(value, 9)
        assert kept(record) == record


def test_boards_of_releases_that_kept_whole_lists_are_checked_and_packed(board, run):
    fuller(board, run)
    assert all(record.evaluation["full"]["curve"]["precision"] for record in board.records())
    assert list(problems(board)) == []
    record = board.records()[0]
    better = {**record.evaluation["full"]["dropped"], "expected": {"AP": 1.0}}
    full = {**record.evaluation["full"], "dropped": better}
    Store(board.folder).write(replace(record, evaluation={**record.evaluation, "full": full}))
    (problem,) = problems(board)
    assert "full.dropped.expected.AP is 1.000000 in the record" in problem
    fuller(board, run)
    before = sum(path.stat().st_size for path in board.folder.glob("records/*"))
    board.pack()
    assert sum(path.stat().st_size for path in board.folder.glob("records/*")) < before
    assert [kept(record) for record in board.records()] == board.records()
    assert list(problems(board)) == []
