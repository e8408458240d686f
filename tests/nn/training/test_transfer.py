"""The order in which batches travel; what CUDA itself does is tested in test_feed."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from hashbench.nn.training.transfer import Transfer


def batches(count: int, log: list[str]) -> Any:
    for i in range(count):
        log.append(f"read {i}")
        yield torch.tensor([i]), torch.zeros(1, 1, 1)


@pytest.mark.parametrize("count", [0, 1, 2, 5])
def test_each_batch_leaves_before_the_one_before_is_handed_over(
    count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    log: list[str] = []
    transfer = Transfer(torch.device("cpu"))

    def send(batch: Any) -> Any:
        log.append(f"send {int(batch[0])}")
        return batch, f"event {int(batch[0])}"

    def receive(batch: Any, event: str) -> Any:
        log.append(f"wait for {event}")
        return batch

    monkeypatch.setattr(transfer, "cuda", True)
    monkeypatch.setattr(transfer, "_send", send)
    monkeypatch.setattr(transfer, "_receive", receive)
    found = [int(rows) for rows, _ in transfer.moved(batches(count, log))]
    assert found == list(range(count))
    for i in range(count):
        assert log.index(f"send {i}") < log.index(f"wait for event {i}")
        if i:
            assert log.index(f"send {i}") < log.index(f"wait for event {i - 1}")
    assert len(log) == 3 * count


def test_on_the_cpu_nothing_moves() -> None:
    transfer = Transfer(torch.device("cpu"))
    sent = [(torch.tensor([1]), torch.ones(1, 2, 3))]
    ((rows, features),) = transfer.moved(sent)
    assert rows is sent[0][0]
    assert features is sent[0][1]
    assert not transfer.host((2, 3), torch.float16).is_pinned()
