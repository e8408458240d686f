"""Repetitions of a board's cells: no new row, whoever submits what."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from hashbench.codes import BinaryCodes
from hashbench.errors import DataError, UsageError, VerificationError
from hashbench.files.atomic import write_json
from hashbench.labels import Labels
from hashbench.leaderboards import Board, problems, render, submit_run
from hashbench.leaderboards.front_page import write_front_page
from hashbench.leaderboards.page import compose
from hashbench.leaderboards.repetitions import kept_apart, read_repetitions
from hashbench.leaderboards.staging import write_board
from hashbench.ranking import EVALUATOR_VERSION, PROFILES, evaluate
from hashbench.runs import Store

LATER = date(2031, 2, 3)


def copied(run, folder, change=lambda record, codes: (record, codes)):
    """Write a run again elsewhere: other keys and times, and what ``change`` makes of it."""
    there, here = Store(run), Store(folder)
    for record in there.records():
        codes = there.codes(record)
        times = {name: seconds + 0.25 for name, seconds in record.times.items()}
        new, codes = change(replace(record, key=record.key[::-1], times=times), codes)
        here.write_codes(new.key, *codes)
        files = {"codes": f"codes/{new.key}.npz", "per_query": None, "model": None}
        here.write(replace(new, files=files))
    return folder


def with_first_codes_turned(card, how_many=40):
    """Return a change that turns some codes over and measures them with the real engine."""
    from hashbench.data import load_dataset

    labels = load_dataset(card).query.labels

    def change(record, codes):
        if (record.method.name, record.bits, record.seed) != ("itq", 6, 1):
            return record, codes
        bits = codes[0].unpack().astype(bool)
        bits[:how_many] = ~bits[:how_many]
        turned = BinaryCodes.from_bits(bits)
        found = evaluate(turned, turned, labels, labels, k=(1, 5, 20), profiles=tuple(PROFILES),
                         self_retrieval=True)  # fmt: skip
        summary = {**found.summary(), "evaluator": EVALUATOR_VERSION}
        new = replace(
            record,
            evaluation=json.loads(json.dumps(summary)),
            codes_sha256={"query": turned.sha256, "database": turned.sha256},
        )
        return new, (turned, turned)

    return change


def rendered(board):
    write_board(board, compose(board))
    write_front_page(board.root)
    assert list(problems(board)) == []
    return board.page.read_text("utf-8")


def rows(page):
    return len(re.findall(r"^\| (?:\d+(?:\u2013\d+)?|\u2013) \| ", page, re.MULTILINE))


def files(board):
    return {p: p.read_bytes() for p in board.root.rglob("*") if p.is_file()}


@pytest.mark.parametrize("by", ["Ada", "Someone Else"])
def test_the_same_files_again_change_nothing_under_any_name(board, run, card, by):
    before = files(board)
    said = []
    submit_run(run, board.root, by, cards=[card], say=said.append)
    assert files(board) == before
    assert "mine: 12 records on the board already" in said


def test_equal_codes_under_other_keys_are_counted(board, run, card, tmp_path):
    before = board.page.read_text("utf-8")
    again = copied(run, tmp_path / "again")
    said = []
    submit_run(again, board.root, "Grace | Hopper", cards=[card], on=LATER, say=said.append)
    assert "mine: 12 records reproduced with equal codes" in said
    assert len(board.records()) == 12
    assert not kept_apart(board).folder.exists()
    page = rendered(board)
    assert rows(page) == rows(before) == 6
    assert len(re.findall(r"^\| .* \| Ada \| 1 \| ", page, re.MULTILINE)) == 6
    assert r"- itq, seeds 0, 1: the same codes by Grace \| Hopper" in page
    assert "- last change 2031-02-03\n" in page
    kept = files(board)
    submit_run(again, board.root, "Grace | Hopper", cards=[card])
    submit_run(again, board.root, "Ada", cards=[card])
    submit_run(copied(again, tmp_path / "third"), board.root, "Grace | Hopper", cards=[card])
    assert files(board) == kept


def test_whoever_measured_a_row_does_not_reproduce_it(board, run, card, tmp_path):
    before = files(board)
    submit_run(copied(run, tmp_path / "again"), board.root, "Ada", cards=[card])
    assert files(board) == before


def test_other_codes_are_a_note_beside_the_row(board, run, card, tmp_path):
    before = board.page.read_text("utf-8")
    change = with_first_codes_turned(card)
    again = copied(run, tmp_path / "again", change)
    said = []
    submit_run(again, board.root, "Grace", cards=[card], say=said.append)
    assert "mine: 1 records repeated with other codes, noted beside their rows" in said
    page = rendered(board)
    assert rows(page) == rows(before)

    def ap20(store):
        (record,) = [r for r in store.records()
                     if (r.method.name, r.bits, r.seed) == ("itq", 6, 1)]  # fmt: skip
        return 100 * record.evaluation["profiles"]["strict"]["expected"]["AP@20"]

    theirs, ours = ap20(Store(again)), ap20(Store(run))
    assert abs(theirs - ours) > 0.01
    found = re.search(
        r"^- itq, seed 1: other codes by Grace on .*, mAP@20 (\S+), (\S+) points$", page, re.M
    )
    assert found
    assert float(found[1]) == pytest.approx(theirs, abs=0.0051)
    assert float(found[2]) == pytest.approx(theirs - ours, abs=0.0051)
    means = re.compile(r"^\| \S+ \| itq \| (\S+ \[\S+, \S+\])", re.M)
    assert means.findall(page) == means.findall(before)
    submit_run(copied(again, tmp_path / "more"), board.root, "Alan", cards=[card])
    assert "- itq, seed 1: other codes by Grace, Alan on" in rendered(board)
    assert len(kept_apart(board).records()) == 1
    text = "".join(p.read_text("utf-8") for p in board.root.rglob("*.json"))
    assert str(tmp_path) not in text
    assert str(card.parent) not in text


def test_other_codes_under_the_very_same_key(board, run, card, tmp_path):
    turned = with_first_codes_turned(card)

    def change(record, codes):
        new, codes = turned(record, codes)
        return replace(new, key=new.key[::-1]), codes

    submit_run(copied(run, tmp_path / "again", change), board.root, "Grace", cards=[card])
    assert len(board.records()) == 12
    assert "other codes by Grace" in rendered(board)


def test_another_release_is_another_row(board, run, card, tmp_path):
    def newer(record, codes):
        return replace(record, method=replace(record.method, version="99.0")), codes

    before = rows(board.page.read_text("utf-8"))
    submit_run(copied(run, tmp_path / "newer", newer), board.root, "Ada", cards=[card])
    page = rendered(board)
    assert rows(page) == 2 * before
    assert "itq (hashbench 99.0)" in page
    assert not read_repetitions(board)


def test_other_parameters_are_another_row(board, run, card, tmp_path):
    def other(record, codes):
        params = {**record.method.params, "made_up": 3}
        label = f"{record.method.name}[made_up=3]"
        return replace(record, method=replace(record.method, params=params, label=label)), codes

    before = rows(board.page.read_text("utf-8"))
    submit_run(copied(run, tmp_path / "other", other), board.root, "Ada", cards=[card])
    assert rows(rendered(board)) == 2 * before


def test_one_run_with_a_cell_twice_makes_one_row(run, card, tmp_path):
    both = copied(run, tmp_path / "both")
    copied(both, tmp_path / "both")
    assert len(Store(both).records()) == 24
    (board,) = submit_run(both, tmp_path / "boards", "Ada", cards=[card])
    assert rows(rendered(board)) == 6


@pytest.fixture
def repeated(board, run, card, tmp_path):
    submit_run(
        copied(run, tmp_path / "again", with_first_codes_turned(card)),
        board.root, "Grace", cards=[card], on=LATER,
    )  # fmt: skip
    rendered(board)
    return board


def spoilt(change):
    def spoil(board):
        path = board.folder / "repetitions.json"
        values = json.loads(path.read_text())
        digest = kept_apart(board).records()[0].codes_sha256
        position = next(i for i, one in enumerate(values) if one["codes_sha256"] == digest)
        change(values, position)
        write_json(path, values)

    return spoil


def without_record(board):
    for path in kept_apart(board).folder.glob("records/*.jsonl"):
        path.unlink()


def better_record(board):
    apart = kept_apart(board)
    (record,) = apart.records()
    evaluation = json.loads(json.dumps(record.evaluation))
    evaluation["profiles"]["strict"]["expected"]["AP@20"] = 0.99
    Store(apart.folder).write(replace(record, evaluation=evaluation))


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (without_record, "has other codes than record .* and no record of its own"),
        (better_record, r"AP@20 is 0\.990000 in the record and 0\.\d+ from its codes"),
        (spoilt(lambda v, i: v.pop(i)), "record .* belongs to no repetition"),
        (spoilt(lambda v, i: v.append(v[0])), "counts Grace twice for record"),
        (spoilt(lambda v, i: v[0].update(of="0" * 64)), "which is not on the board"),
        (spoilt(lambda v, i: v[0].update(by=" ")), "names nobody"),
        (spoilt(lambda v, i: v[0].update(on="yesterday")), "a day as YYYY-MM-DD, not 'yesterday'"),
        (spoilt(lambda v, i: v[0].update(on="20261126")), "a day as YYYY-MM-DD, not '20261126'"),
        (spoilt(lambda v, i: v[i - 1].update(by="Ada")), "counts Ada, who submitted record"),
        (spoilt(lambda v, i: v[0].update(codes_sha256={})), r"codes_sha256: lacks 'query'"),
        (spoilt(lambda v, i: v[0].pop("by")), r"repetitions\.json: not a list of repetitions"),
        (spoilt(lambda v, i: v[0].update(by="Alan")), r"mine\.md:\d+ is"),
    ],
)
def test_check_finds_what_is_wrong_with_repetitions(repeated, spoil, message):
    spoil(repeated)
    assert re.search(message, "\n".join(problems(repeated)))


def test_two_records_of_a_cell_have_no_place_among_the_rows(board):
    record = next(r for r in board.records() if r.method.name == "itq")
    board.write([(replace(record, key="f" * 64), board.codes(record))])
    with pytest.raises(VerificationError, match="are of one cell"):
        render(board)
    assert "are of one cell" in next(iter(problems(board)))


def test_submitters_without_a_day_are_read(board):
    path = board.folder / "submitters.json"
    names = {key: one["by"] for key, one in json.loads(path.read_text()).items()}
    write_json(path, names)
    assert "last change" not in rendered(board)
    write_json(path, {key: {"by": "Ada", "on": "soon"} for key in names})
    with pytest.raises(DataError, match="a day as YYYY-MM-DD, not 'soon'"):
        render(board)


def test_a_board_sorts_by_rank_and_links_to_what_is_there(board):
    docs = board.root.parent / "docs" / "methods"
    docs.mkdir(parents=True)
    (docs / "itq.md").write_text("# ITQ\n")
    page = rendered(board)
    assert "[itq](../docs/methods/itq.md)" in page
    assert "[lsh]" not in page
    links = re.findall(r"\[(\d)\]\(([^)]+\.jsonl)#L(\d+)\)", page)
    assert len(links) == 12
    for seed, file, line in links:
        told = json.loads((board.root / file).read_text().splitlines()[int(line) - 1])
        assert told["seed"] == int(seed)
    overview = page[page.index("## All lengths") : page.index("## Methods")]
    at_most = [float(line.split("|")[4].strip(" *").split()[0].strip("*"))
               for line in overview.splitlines() if re.match(r"\| \[?(itq|lsh)", line)]  # fmt: skip
    assert at_most == sorted(at_most, reverse=True)


def test_the_run_says_where_its_card_is(run, tmp_path):
    (board,) = submit_run(run, tmp_path / "boards", "Ada")
    assert len(board.records()) == 12


def test_a_card_of_something_else(board, run, card, tmp_path):
    other = tmp_path / "card.toml"
    other.write_text(card.read_text().replace('name = "mine"', 'name = "other"'))
    with pytest.raises(UsageError, match=r"--card .*: data set 'other' is not among the records"):
        submit_run(run, board.root, "Ada", cards=[other])
    with pytest.raises(UsageError, match="is of data set 'mine' too"):
        submit_run(run, board.root, "Ada", cards=[card, card])


def test_check_ranks_the_features_of_a_card(board, card):
    said = []
    assert list(problems(board, card=card, say=said.append)) == []
    assert said == []
    labels = board.labels()[0].multi_hot.copy()
    swapped = next(i for i in range(len(labels)) if (labels[i] != labels[0]).any())
    labels[[0, swapped]] = labels[[swapped, 0]]
    board.write_labels(Labels(np.asarray(labels)), Labels(np.asarray(labels)))
    assert any("other labels than mine has" in told for told in problems(board, card=card))
    assert isinstance(board, Board)
