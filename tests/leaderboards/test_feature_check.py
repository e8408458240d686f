"""What a board says of the features before hashing, true, false and impossible."""

from __future__ import annotations

import contextlib
import re
from types import SimpleNamespace

import numpy as np
import pytest

from hashbench.data import load_dataset
from hashbench.errors import DataError, UsageError, VerificationError
from hashbench.files.atomic import write_text
from hashbench.labels import Labels
from hashbench.leaderboards import check_boards, problems, render
from hashbench.leaderboards.feature_check import impossible
from hashbench.leaderboards.feature_scores import MEAN, ORDERED, average_precision
from hashbench.ranking import PROFILES


@pytest.fixture
def data_at_hand(card, monkeypatch):
    """A machine on which the board's data set has a registered name."""
    monkeypatch.setattr("hashbench.data.load_dataset", lambda name, **how: load_dataset(card))


def doctored(board, change):
    """Write the features' values changed."""
    values = {name: array.copy() for name, array in board.features().items()}
    change(values)
    board.write_features(values)
    with contextlib.suppress(
        UsageError, DataError
    ):  # values that are no numbers are not rendered either
        write_text(board.page, render(board))
    return list(problems(board))


def test_a_features_row_that_no_ranking_gives_is_found_without_the_data(board):
    def better(values):
        values[MEAN] = np.minimum(values[MEAN] * 1.05, 1)

    (problem,) = doctored(board, better)
    assert re.search(r"features.npz: features, mean of the frames: AP@20 of query \d+ is", problem)
    assert problem.endswith("which no ranking gives")
    said = []
    with pytest.raises(VerificationError):
        check_boards([board], said.append)
    assert "features not ranked again, only found possible: no dataset 'mine'" in said[0]


def test_a_features_row_that_is_only_possible_is_found_with_the_data(board, data_at_hand):
    assert list(problems(board)) == []

    def best(values):
        values[ORDERED][:] = 1.0

    (problem,) = doctored(board, best)
    assert re.search(
        r"frames in order: AP@20 of query 0 is 1\.000000, its features give 0", problem
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda values: values.pop(MEAN), "has rows 'features, frames in order', not"),
        (lambda values: values.update(made_up=values[MEAN]), "has rows .*'made_up', not"),
        (lambda values: values.update({MEAN: values[MEAN][1:]}), r"has shape \(79,\) for 80 q"),
        (
            lambda values: values[MEAN].__setitem__(3, np.nan),
            "is no AP@20 of each query, from 0 to 1",
        ),
        (
            lambda values: values[MEAN].__setitem__(5, 1.25),
            "is no AP@20 of each query, from 0 to 1",
        ),
    ],
)
def test_features_of_another_shape_or_range(board, change, message):
    (problem,) = doctored(board, change)
    assert re.search(message, problem)


def test_labels_that_the_data_set_does_not_have(board, data_at_hand, card):
    labels = load_dataset(card).query.labels.multi_hot.copy()
    other = next(i for i in range(80) if (labels[i] != labels[0]).any())
    labels[[0, other]] = labels[[other, 0]]
    board.write_labels(Labels(labels), Labels(labels))
    assert any("labels.npz: other labels than mine has" in told for told in problems(board))


@pytest.mark.parametrize("profile", ["paper", "official", "strict", "image", "image-kept"])
@pytest.mark.parametrize("alike", [2, 9, 40])
def test_every_ranking_is_possible(profile, alike, card):
    """Values of a plain ranking pass, whatever the profile and however few are relevant."""
    rng = np.random.default_rng(alike)
    ids = np.repeat(np.arange(80 // alike + 1), alike)[:80]
    labels = Labels(np.eye(ids.max() + 1, dtype=bool)[ids])
    section = SimpleNamespace(
        profile=profile,
        results=[SimpleNamespace(record=SimpleNamespace(
            dataset=SimpleNamespace(self_retrieval=True)))],
    )  # fmt: skip
    relevant = labels.relevance(labels)
    scores = rng.random((80, 80))
    if PROFILES[profile].query == "dropped":
        relevant = relevant & ~np.eye(80, dtype=bool)
        np.fill_diagonal(scores, -np.inf)
    values = average_precision(scores, relevant, PROFILES[profile].divisor)
    assert not impossible(values, (labels, labels), section).any()
    assert impossible(values + 1e-9, (labels, labels), section).all()


def test_a_query_without_labels_has_no_relevant_video(card):
    rows = np.zeros((3, 2), bool)
    rows[:2, 0] = True
    labels = Labels(rows)
    record = SimpleNamespace(dataset=SimpleNamespace(self_retrieval=True))
    section = SimpleNamespace(profile="strict", results=[SimpleNamespace(record=record)])
    values = np.array([1.0, 1.0, 0.0])
    assert not impossible(values, (labels, labels), section).any()
    assert impossible(np.array([1.0, 1.0, 0.5]), (labels, labels), section).tolist() == [0, 0, 1]
