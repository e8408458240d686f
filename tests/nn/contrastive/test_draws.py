"""Random numbers of a training: the same for any number of processes, and after a resume."""

from __future__ import annotations

import pytest
import torch

from hashbench.nn import Draws

CPU = torch.device("cpu")


def numbers(draws: Draws, batches: int, epochs: int = 1) -> list[list[float]]:
    found = []
    for _ in range(epochs):
        draws.begin_epoch()
        for _ in range(batches):
            draws.begin_batch(6, CPU)
            found.append(draws.uniform(2).flatten().tolist())
    return found


def test_every_batch_has_its_own_and_seeds_differ() -> None:
    found = numbers(Draws(0), 3, 2) + numbers(Draws(1), 3, 2)
    assert len({tuple(values) for values in found}) == 12
    assert numbers(Draws(0), 3, 2) == found[:6]


def test_a_resumed_training_goes_on_where_it_stood() -> None:
    whole = numbers(Draws(3), 2, 3)
    first = Draws(3)
    numbers(first, 2, 2)
    resumed = Draws(3)
    resumed.load_state_dict(first.state_dict())
    assert numbers(resumed, 2) == whole[4:]


def test_processes_share_the_rows_of_one_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Draws(0)
    whole.begin_epoch()
    whole.begin_batch(5, CPU)
    expected = [whole.uniform(3), whole.normal(2), whole.integers(9, 4)]
    for part in (slice(0, 3), slice(3, 5)):
        monkeypatch.setattr("hashbench.nn.contrastive.draws.share", lambda n, part=part: part)
        mine = Draws(0)
        mine.begin_epoch()
        mine.begin_batch(5, CPU)
        for ours, all_rows in zip(
            (mine.uniform(3), mine.normal(2), mine.integers(9, 4)), expected, strict=True
        ):
            assert torch.equal(ours, all_rows[part])


def test_batches_of_an_evaluation_are_alike_and_do_not_count() -> None:
    draws = Draws(0)
    numbers(draws, 1)
    before = draws.state_dict()["begun"].clone()
    draws.eval()
    draws.begin_batch(4, CPU)
    first = draws.uniform(2)
    draws.begin_batch(4, CPU)
    assert torch.equal(draws.uniform(2), first)
    assert torch.equal(draws.state_dict()["begun"], before)


def test_dropout_keeps_the_mean_and_rests_in_evaluation() -> None:
    draws = Draws(0)
    draws.begin_epoch()
    draws.begin_batch(1000, CPU)
    x = torch.ones(1000, 100)
    dropped = draws.dropout(x, 0.2)
    assert (dropped == 0).double().mean().item() == pytest.approx(0.2, abs=0.01)
    assert dropped.max().item() == pytest.approx(1.25)
    assert draws.dropout(x, 0.0) is x
    draws.eval()
    assert draws.dropout(x, 0.2) is x
