"""What boards tell of their methods, whoever renders them."""

from __future__ import annotations

import json
import re

import pytest

from hashbench.errors import DataError
from hashbench.leaderboards import problems
from hashbench.leaderboards.described import describe, facts_for, read_described
from hashbench.leaderboards.page import compose
from hashbench.reports.sheet import NOTHING
from hashbench.runs import Store
from hashbench.runs.facts import Facts, method_facts


def methods_of(page):
    """The rows of the table of methods, by name."""
    part = page[page.index("## Methods") :]
    rows = re.findall(r"^\| (.*) \|$", part[: part.index("\n## ", 1)], re.MULTILINE)
    heads, _, *rest = [row.split(" | ") for row in rows]
    return {row[0]: dict(zip(heads, row, strict=True)) for row in rest}


def test_the_table_says_what_plugins_say(board):
    rows = methods_of(compose(board).page)
    assert set(rows) == {"itq", "lsh"}  # the control is no method to choose
    itq = rows["itq"]
    assert itq["paper"] == "Gong et al., Iterative quantization, TPAMI 2013"
    assert (itq["chosen on"], itq["trained on"], itq["program"]) == ("nothing", "train", NOTHING)
    kept = read_described(board)
    assert kept[("itq", "hashbench")] == method_facts("itq", "hashbench")


def test_parameters_are_those_of_the_greatest_length(board):
    itq = next(r for r in board.records() if r.method.name == "itq" and r.bits == 6)
    assert itq.n_parameters == 6 + 6 * 6  # the mean and the rotated directions in 6 dimensions
    assert methods_of(compose(board).page)["itq"]["parameters"] == f"{itq.n_parameters:,}"


def test_the_page_is_the_same_where_a_plugin_is_missing(board, monkeypatch):
    before = compose(board).page
    monkeypatch.setattr("hashbench.leaderboards.described.method_facts", lambda *key: None)
    assert compose(board).page == before
    assert list(problems(board)) == []
    (board.folder / "methods.json").unlink()
    assert methods_of(compose(board).page)["itq"]["paper"] == NOTHING


def test_an_installed_plugin_has_the_last_word(board):
    path = board.folder / "methods.json"
    told = json.loads(path.read_text())
    told[0]["licence"] = "MIT"
    path.write_text(json.dumps(told))
    assert any("methods.json is not what the methods say" in one for one in problems(board))
    described = describe(board, board.records())
    assert described[("itq", "hashbench")].licence == ""


@pytest.mark.parametrize(
    "text", ["{", "{}", '[{"method": "itq"}]', '[{"method": "a", "distribution": "b", "x": 1}]']
)
def test_a_damaged_file_is_one_line(board, text):
    (board.folder / "methods.json").write_text(text)
    with pytest.raises(DataError, match=r"methods\.json: not a table of methods"):
        read_described(board)
    assert any("not a table of methods" in problem for problem in problems(board))


def test_codes_by_their_authors_tell_of_themselves(board):
    record = next(iter(Store(board.folder).records()))
    told = {
        "chosen_on": "test",
        "features": True,
        "paper": "A and B, 2024",
        "program": "javascript:alert(1)",
        "licence": "MIT",
        "year": 2024,
        "venue": "CVPR",
    }
    theirs = type(record).from_json(record.to_json() | {"authored": told})
    facts = facts_for(theirs, {})
    assert (facts.year, facts.venue, facts.licence, facts.chosen_on) == (
        2024, "CVPR", "MIT", "test",
    )  # fmt: skip
    assert facts.address == ""


@pytest.mark.parametrize(
    ("program", "address"),
    [
        ("https://example.org/a", "https://example.org/a"),
        ("http://example.org/a", "http://example.org/a"),
        ("https://example.org/a b", ""),
        ("https://example.org/(a)", ""),
        ('https://example.org/"onclick', ""),
        ("example.org", ""),
        ("", ""),
    ],
)
def test_only_addresses_lead_anywhere(program, address):
    assert Facts(program=program).address == address
