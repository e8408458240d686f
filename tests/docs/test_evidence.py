"""The page on published evidence: its script on a small set, and what it says of programs."""

from __future__ import annotations

import importlib.util
import sys
from math import comb
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch

from hashbench import BinaryCodes, Labels

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "plugins" / "golden"


@pytest.fixture(scope="module")
def script() -> ModuleType:
    folder = ROOT / "benchmarks"
    spec = importlib.util.spec_from_file_location("evidence", folder / "evidence.py")
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules["evidence"] = importlib.util.module_from_spec(spec)
    sys.path.insert(0, str(folder))  # as for a script, which is run from its folder
    try:
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(folder))
    return module


@pytest.fixture(scope="module")
def small(script: ModuleType) -> Any:
    return script.Setting(videos=220, train=100, epochs=3, seeds=(0,), bits=8)


def rows(script: ModuleType, section: str, setting: Any) -> dict[str, Any]:
    return {row.case: row for row in script.SECTIONS[section](setting)}


def test_distances_of_expanded_codes_are_those_of_codes_with_zeros(script: ModuleType) -> None:
    signs = np.random.default_rng(0).integers(-1, 2, (30, 7))
    query = script.expanded(signs, query=True).signs().astype(int)
    items = script.expanded(signs).signs().astype(int)
    distance = (28 - query @ items.T) / 2
    np.testing.assert_array_equal(distance / 4, (7 - signs @ signs.T) / 2)


def test_a_stable_sort_is_our_stable_order(script: ModuleType) -> None:
    rng = np.random.default_rng(1)
    codes = BinaryCodes.from_bits(rng.integers(0, 2, (150, 8)))
    labels = Labels.from_array(rng.integers(0, 4, 150))
    ours = script.measured(codes, labels, ties="stable")
    assert script.sorted_by(script.stable_sort, codes, labels) == pytest.approx(ours)


def test_the_order_of_ties_moves_the_number_within_its_bounds(
    script: ModuleType, small: Any
) -> None:
    found = rows(script, "order", small)
    best = np.array(found["optimistic, 8 bits"].values)
    worst = np.array(found["pessimistic, 8 bits"].values)
    orders = {
        case: row.values
        for case, row in found.items()
        if case.endswith(", 8 bits") and case.split(", ")[0] in script.SORTS
    }
    assert len(orders) == 2 * len(script.SORTS)
    assert len(set(orders.values())) > 1
    for values in orders.values():
        assert (worst - 1e-9 <= values).all()
        assert (values <= best + 1e-9).all()


def test_the_profile_is_named_by_its_divisor(script: ModuleType, small: Any) -> None:
    found = rows(script, "profile", small)
    official, paper = (found[f"{name}, 64 bits"].values for name in ("official", "paper"))
    # Classes have fewer than K videos, and K is the larger divisor.
    assert (np.array(official) < np.array(paper)).all()
    assert found["strict, 64 bits"].values[0] < paper[0]


def test_zeros_and_what_stands_for_them(script: ModuleType, small: Any) -> None:
    found = rows(script, "ternary", small)
    assert list(found) == [f"zeros {what}, seed 0" for what in ("kept", "to +1", "to -1")]
    assert "16.1 % of fair bits" in found["zeros kept, seed 0"].note
    assert len({row.values for row in found.values()}) == 3


def test_the_epoch_chosen_on_the_test_set_is_no_worse(script: ModuleType, small: Any) -> None:
    found = rows(script, "epoch", small)
    assert found["last, seed 0"].note == "epoch 3"
    assert found["best mAP@5 on test, seed 0"].values[0] >= found["last, seed 0"].values[0]


def test_a_split_cut_in_two_is_another_task(script: ModuleType, small: Any) -> None:
    found = rows(script, "split", small)
    assert found["one half against the other, 16 bits"].values != pytest.approx(
        found["all against all, strict, 16 bits"].values
    )


def test_the_mean_of_an_even_number_of_signs_may_have_none() -> None:
    signs = torch.tensor([[[1.0, 1.0], [-1.0, 1.0]]])
    assert torch.sign(signs.mean(1)).tolist() == [[0.0, 1.0]]
    assert round(100 * comb(30, 15) / 2**30, 1) == 14.4


def test_an_attribute_of_a_layer_is_not_its_weight() -> None:
    layer = torch.nn.Linear(4, 3, bias=False)
    before = layer.weight.detach().clone()
    layer.data = torch.ones(3, 4)
    assert torch.equal(layer.weight, before)
    assert "data" not in layer.state_dict()


def test_what_is_hidden_in_a_view_is_hidden_in_the_data() -> None:
    features = np.ones((2, 3, 4))
    video = features[0]
    video[1] = video[1] * 0
    assert (features[0, 1] == 0).all()


def test_the_target_of_the_program_is_what_it_read() -> None:
    with np.load(GOLDEN / "bth_official_step.npz") as golden:
        read, target = golden["batch/mask_input"], golden["batch/visual_word"]
        np.testing.assert_array_equal(read, target)
        hidden = (golden["batch/unmasked"] != target).any(axis=2)
    assert 0.05 < hidden.mean() < 0.3
