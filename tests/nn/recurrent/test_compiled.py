"""Compiled recurrences against those of torch's operations, and on other processors."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from lstm_cells import CELLS

from hashbench.nn import LSTM, Cell
from hashbench.nn.recurrent import lstm


@pytest.mark.parametrize("hold", [(1, False), (2, False), (3, True)])
@pytest.mark.parametrize("stacks", [1, 3])
@pytest.mark.parametrize("cell", CELLS, ids=str)
@pytest.mark.parametrize("binary", [False, True])
def test_both_ways_agree_in_float32(
    cell: Cell, binary: bool, stacks: int, hold: tuple[int, bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    torch.manual_seed(4)
    cell = replace(cell, binary=binary, estimator="tanh" if stacks > 1 else "p")
    layer = LSTM(5, 19, 7, cell, stacks=stacks, hold=hold)
    # Frames as they lie in a batch, so that what enters the gates is a view with other strides.
    x = torch.randn(stacks, 9, -(-7 // hold[0]), 5).transpose(1, 2)
    start = torch.randn(stacks, 9, 19), torch.randn(stacks, 9, 19)
    found = []
    for way in (lambda unrolling, state: True, lambda unrolling, state: False):
        monkeypatch.setattr(lstm, "compiles", way)
        begin = [value.clone().requires_grad_() for value in start]
        layer.zero_grad()
        hidden, last = layer(x, (begin[0], begin[1]), 9)
        # Gradients that one number stands for: they are not contiguous either.
        (hidden.tanh().sum() + last.sum()).backward()
        grads = [value.grad for value in (*layer.parameters(), *begin)]
        assert all(grad is not None for grad in grads)
        found.append([hidden, last, *(grad for grad in grads if grad is not None)])
    for mine, its in zip(*found, strict=True):
        torch.testing.assert_close(mine, its, rtol=2e-4, atol=2e-5)


def test_compiled_code_gives_the_same_bits_on_every_processor() -> None:
    digests = set()
    # Of this processor, and of every x86-64 one: without AVX and without fused operations.
    for target in ({}, {"NUMBA_CPU_NAME": "x86-64", "NUMBA_CPU_FEATURES": ""}):
        done = subprocess.run(
            [sys.executable, str(Path(__file__).with_name("recurrence_digest.py"))],
            env={**os.environ, **target},
            capture_output=True,
            text=True,
            check=True,
        )
        digests.add(done.stdout)
    assert len(digests) == 1
