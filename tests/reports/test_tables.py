"""The numbers, marks and notes of a table, against values computed by hand."""

from __future__ import annotations

import pytest

from hashbench.reports import Selection, read, sections, tables


def build(*records, **selection):
    return tables(sections(read(records)), Selection(**selection))


def scores(table, label):
    (row,) = [row for row in table.rows if row.label == label]
    return row.scores


def test_one_table_a_k(record):
    found = build(record(ap={20: 0.5, 40: 0.25, 60: 0.125}))
    assert [(t.k, t.rows[0].scores[0].shown) for t in found] == [
        (20, "50.00"),
        (40, "25.00"),
        (60, "12.50"),
    ]


def test_mean_and_sample_standard_deviation_over_seeds(record):
    # 0.40, 0.46, 0.52: mean 0.46; deviations -6, 0, 6 points, so sqrt(72 / 2) = 6.
    (table,) = build(*(record(seed=s, ap=0.40 + 0.06 * s) for s in range(3)), k=(20,))
    (score,) = scores(table, "itq")
    assert (score.shown, score.entry.shown_spread) == ("46.00", "6.00")
    assert score.mean == pytest.approx(0.46)
    assert table.terms == (
        "profile paper, ties expected, seeds 0, 1, 2 (mean and standard deviation)"
    )


def test_one_seed_has_no_spread(record):
    (table,) = build(record(seed=7), k=(20,))
    assert scores(table, "itq")[0].spread is None
    assert table.terms == "profile paper, ties expected, seed 7"


def test_best_is_what_prints_highest_and_controls_do_not_compete(record):
    (table,) = build(
        record("itq", 8, ap=0.40001),
        record("lsh", 8, ap=0.40004),
        record("itq", 16, ap=0.30),
        record("lsh", 16, ap=0.31),
        record("oracle", 8, ap=1.0, control=True, supervised=True),
        record("random", 8, ap=0.9, control=True),
        k=(20,),
    )
    assert [s.best for s in scores(table, "itq")] == [True, False]
    assert [s.best for s in scores(table, "lsh")] == [True, True]
    assert not any(s.best for name in ("oracle", "random") for s in scores(table, name))


def test_where_all_are_zero_none_is_best(record):
    (table,) = build(
        record("itq", 8, ap=0.0),
        record("lsh", 8, ap=0.00001),
        record("itq", 16, ap=0.0),
        record("lsh", 16, ap=0.0001),
        k=(20,),
    )
    assert [s.shown for s in scores(table, "itq")] == ["0.00", "0.00"]
    assert [s.best for s in scores(table, "itq")] == [False, False]
    assert [s.best for s in scores(table, "lsh")] == [False, True]


def test_a_lone_competitor_is_not_best_of_anything(record):
    (table,) = build(record(), k=(20,))
    assert not scores(table, "itq")[0].best


def test_order_and_signs(record):
    (table,) = build(
        record("oracle", control=True, supervised=True),
        record("SSVH", supervised=True),
        record("random", control=True),
        record("itq"),
        k=(20,),
    )
    assert [(row.label, row.sign) for row in table.rows] == [
        ("itq", ""),
        ("SSVH", "§"),
        ("random", "†"),
        ("oracle", "‡"),
    ]
    assert [sign for sign, _ in table.legend] == ["†", "‡", "§"]


def test_failed_cells_share_a_note_and_absent_ones_have_a_dash(record):
    error = ("MethodError", "it diverged\nsecond line")
    (table,) = build(
        record("lsh", 8), record("lsh", 16), record("lsh", 32),
        record("itq", 8, error=error), record("itq", 16, error=error),
        record("itq", 16, seed=1, error=error),
        k=(20,),
    )  # fmt: skip
    assert [(s.shown, s.marks) for s in scores(table, "itq")] == [
        ("fail", ("a",)),
        ("fail", ("a",)),
        ("\N{EN DASH}", ()),
    ]
    assert table.notes == (("a", "itq failed at 8, 16 bits, seeds 0, 1: MethodError: it diverged"),)


def test_a_mean_over_fewer_seeds_says_so(record):
    complete = [record(bits=8, seed=s) for s in (0, 1)]
    (table,) = build(*complete, record(bits=16, seed=1), k=(20,))
    assert table.notes == (("a", "itq at 16 bits: only seed 1"),)


def test_a_seed_that_failed_is_not_one_of_the_mean(record):
    failed = record(bits=16, seed=1, error=("ValueError", "no"))
    complete = [record(bits=8, seed=s) for s in (0, 1, 2)]
    (table,) = build(*complete, record(bits=16, seed=0), failed, k=(20,))
    assert "itq at 16 bits: only seed 0" in [text for _, text in table.notes]


def test_a_seed_that_failed_leaves_the_others_and_a_note(record):
    (table,) = build(record(seed=0, ap=0.5), record(seed=1, error=("ValueError", "no")), k=(20,))
    (score,) = scores(table, "itq")
    assert (score.shown, score.marks, score.failed) == ("50.00", ("a",), False)
    assert table.notes == (("a", "itq failed at 8 bits, seed 1: ValueError: no"),)


@pytest.mark.parametrize("name", ["loss_falling", "encoder_decoder_loss_falling"])
def test_a_training_that_was_still_falling_is_marked(record, name):
    def ended(seed, falling):
        return record("ssvh", 8, seed, diagnostics={name: falling})

    (table,) = build(ended(0, True), ended(1, False), ended(2, True), record("itq"), k=(20,))
    assert [score.marks for score in scores(table, "ssvh")] == [("a",)]
    assert [score.marks for score in scores(table, "itq")] == [()]
    assert table.notes[0] == (
        "a",
        "ssvh at 8 bits, seeds 0, 2: the training loss was still falling when the training ended",
    )
    (table,) = build(ended(0, False), record("itq"), k=(20,))
    assert table.notes == ()


def test_a_record_without_the_k_is_noted(record):
    found = build(record(ap={20: 0.5}), record("lsh", ap={20: 0.5, 40: 0.4}), k=(40,))
    assert scores(found[0], "itq")[0].shown == "\N{EN DASH}"
    assert found[0].notes == (
        ("a", "itq at 8 bits has no AP@40 under profile paper with ties expected"),
    )


def test_two_releases_of_a_method_are_two_rows(record):
    (table,) = build(record(version="1.0"), record(version="2.0"), k=(20,))
    assert [row.label for row in table.rows] == ["itq (hashbench 1.0)", "itq (hashbench 2.0)"]


def test_training_elsewhere_is_in_the_title(record):
    (table,) = build(record(trained_on="digit-reels"), k=(20,))
    assert table.title == "mAP@20 (%) on digit-stories 1, trained on digit-reels"


def test_only_failures_make_a_table_of_failures(record):
    (table,) = build(record(error=("DataError", "features have a NaN")))
    assert scores(table, "itq")[0].shown == "fail"
