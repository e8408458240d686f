"""Which records may share a table."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hashbench.errors import UsageError
from hashbench.reports import Selection, read, sections, tables
from hashbench.reports.choosing import chosen


def test_a_record_in_two_run_directories_counts_once(record):
    assert len(read([record(), record()])) == 1


def test_what_failed_and_then_succeeded_counts_as_done(record):
    failed = record(ap=None, error=("MethodError", "diverged"))
    (result,) = read([failed, record()])
    assert result.error is None
    assert result.scores.get("paper", "expected", "AP", 20) == 0.5


@pytest.mark.parametrize("failed_first", [True, False])
def test_a_key_that_failed_in_one_directory_counts_as_done(record, failed_first):
    done = record()
    failed = replace(
        done, status="failed", evaluation=None, error={"type": "MemoryError", "message": "full"}
    )
    (result,) = read([failed, done] if failed_first else [done, failed])
    assert result.error is None
    assert result.scores.get("paper", "expected", "AP", 20) == 0.5


def test_records_of_one_cell_that_differ_get_rows_of_their_own(record):
    labels = [result.method.label for result in read([record(ap=0.5), record(ap=0.6)])]
    assert len(set(labels)) == 2
    assert all(label.startswith("itq (record ") for label in labels)


@pytest.mark.parametrize(
    "other", [{"sha256": "e" * 64}, {"evaluator": "2"}, {"trained_on": "digit-reels"}]
)
def test_other_data_and_other_evaluators_are_not_mixed(record, other):
    found = sections(read([record(), record("lsh", **other)]))
    assert [len(section.results) for section in found] == [1, 1]


@pytest.mark.parametrize(
    ("others", "names"),
    [
        (
            [{"sha256": "e" * 64}, {"sha256": "f" * 64}],
            ["content dddddddd", "content eeeeeeee", "content ffffffff"],
        ),
        ([{"evaluator": "2"}], ["evaluator 1", "evaluator 2"]),
        (
            [{"sha256": "e" * 64, "evaluator": "2"}],
            ["content dddddddd, evaluator 1", "content eeeeeeee, evaluator 2"],
        ),
    ],
)
def test_captions_tell_alike_data_sets_apart(record, others, names):
    made = [record(), *(record("lsh", **other) for other in others), record(dataset="toy")]
    found = sections(read(made))
    assert [str(section.dataset) for section in found] == [
        *(f"digit-stories 1, {name}" for name in names),
        "toy 1",
    ]
    shown = tables(found, Selection(k=(20,)))
    assert len({table.caption for table in shown}) == len(found)
    assert len({table.sheet.key for table in shown}) == len(found)
    assert found[0].dataset == read([record()])[0].dataset


def test_a_failed_cell_stands_with_the_data_it_failed_on(record):
    failed = record("lsh", error=("MethodError", "diverged"))
    (section,) = sections(read([record(), failed]))
    assert [r.error for r in section.results] == [None, "MethodError: diverged"]


def test_the_data_sets_own_profile_and_expected_ties_are_the_default(record):
    both = {"profiles": ("official", "paper", "strict"), "ties": ("expected", "stable")}
    (section,) = sections(read([record(profile="strict", **both)]))
    assert Selection().resolve(section) == Selection((20, 40), ("strict",), ("expected",))


@pytest.mark.parametrize(
    ("selection", "message"),
    [
        (Selection(k=(5,)), "has mAP@5; they have K = 20,40"),
        (Selection(profiles=("papr",)), "no profile 'papr'; did you mean 'paper'"),
        (Selection(ties=("stable",)), r"no tie policy 'stable'.*known: expected"),
    ],
)
def test_what_no_record_has_is_named(record, selection, message):
    (section,) = sections(read([record()]))
    with pytest.raises(UsageError, match=message):
        selection.resolve(section)


def test_a_method_without_the_length_is_named(record):
    found = sections(read([record("itq", 8), record("lsh", 6)]))
    with pytest.raises(UsageError, match=r"--bits 6: no record of itq has this length"):
        chosen(found, methods=["itq"], bits=[6])
