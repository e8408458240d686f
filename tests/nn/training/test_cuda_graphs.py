"""Recorded passes: on CUDA as graphs, elsewhere with a recorder that works the same way."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

import hashbench
from hashbench import Videos, Workspace
from hashbench.errors import MethodError
from hashbench.nn import LSTM, BinaryLSTM, LSTMVariant
from hashbench.nn.statespace import stepwise
from hashbench.nn.training.cuda_graphs import Passes, Tensors
from hashbench.runs.cell_runner import described


def base(tensor: Tensor) -> Tensor:
    """Return what a tensor has in memory, once where steps share it."""
    for dim, stride in enumerate(tensor.stride()):
        if stride == 0:
            tensor = tensor.narrow(dim, 0, 1)
    return tensor


class Tape:
    """Records on any device: playing back runs the work again, into the same memory."""

    def __init__(self) -> None:
        self.recorded, self.played = 0, 0

    def __call__(self, work: Callable[[], Tensors]) -> tuple[Tensors, Callable[[], None]]:
        self.recorded += 1
        filled = work()
        for tensor in filled:
            if tensor is not None:
                base(tensor).fill_(float("nan"))  # a recording computes nothing yet

        def play() -> None:
            self.played += 1
            for place, value in zip(filled, work(), strict=True):
                if place is not None and value is not None:
                    base(place).copy_(base(value))

        return filled, play


@pytest.fixture
def tape(monkeypatch: pytest.MonkeyPatch) -> Tape:
    """Let every layer record its passes, on the CPU too."""
    tape = Tape()

    def recorded(layer: LSTM) -> Passes:
        if layer.passes._record is not tape:
            layer.passes = Passes(tape)
        return layer.passes

    monkeypatch.setattr(LSTM, "_recorded", recorded)
    return tape


def videos(n: int = 42) -> Videos:
    random = np.random.default_rng(0)
    centres = random.standard_normal((5, 6, 8))
    features = centres[np.arange(n) % 5] + 0.5 * random.standard_normal((n, 6, 8))
    return Videos(features.astype(np.float32))


def train(name: str, device: str = "cpu", **params: Any) -> hashbench.Method:
    method = hashbench.method(name, bits=16, epochs=6, batch_size=8, **params)
    return method.attach(Workspace(device=device)).fit(videos())


METHODS: list[tuple[str, dict[str, Any]]] = [
    ("ssvh", {"k1": 3, "k2": 3}),
    ("ssvh", {"k1": 3, "k2": 3, "variant": "official", "precision": "bfloat16"}),
    ("ssth", {"layers": 2}),
]


@pytest.mark.parametrize(("name", "params"), METHODS)
def test_a_training_played_back_is_the_training(
    name: str, params: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tape: Tape
) -> None:
    played = train(name, **params)
    assert tape.recorded > 4
    assert tape.played > 10 * tape.recorded
    codes = played.encode(videos()).sha256
    with monkeypatch.context() as patch:
        patch.setattr(LSTM, "_recorded", lambda layer: None)
        plain = train(name, **params)
        assert plain.encode(videos()).sha256 == codes
    assert played.diagnostics()["loss_history"] == plain.diagnostics()["loss_history"]


def test_what_comes_rarely_is_not_recorded() -> None:
    tape = Tape()
    passes = Passes(tape)
    a = torch.ones(3)
    for expected in (0, 0, 1, 1):
        passes.run("double", lambda x: (2 * x,), [a])
        assert tape.recorded == expected
    passes.run("double", lambda x: (2 * x,), [torch.ones(4)])
    assert tape.recorded == 1


def test_arguments_are_copied_in_and_results_lasting_ones_are_not() -> None:
    passes = Passes(Tape())
    for value in range(6):
        (first,) = passes.run("first", lambda x: (x + 1,), [torch.full((2,), float(value))])
        assert first is not None
        (second,) = passes.run("second", lambda x: (x * 10,), [first])
        assert second is not None
        assert second.tolist() == [10.0 * (value + 1)] * 2
    given = passes._passes[next(key for key in passes._passes if key[0] == "second")]._given  # type: ignore[index, union-attr]
    assert given[0] is not None
    assert given[0].data_ptr() == first.data_ptr()


def test_a_recording_that_is_wrong_or_impossible_is_not_used() -> None:
    def forgetful(work: Callable[[], Tensors]) -> tuple[Tensors, Callable[[], None]]:
        return work(), lambda: None

    def unable(work: Callable[[], Tensors]) -> tuple[Tensors, Callable[[], None]]:
        raise RuntimeError("operation not permitted when stream is capturing")

    counter = [0]

    def count(x: Tensor) -> Tensors:
        counter[0] += 1
        return (x + counter[0],)

    for record in (forgetful, unable):
        passes = Passes(record)
        for _ in range(6):
            before = counter[0]
            (result,) = passes.run("count", count, [torch.zeros(1)])
            assert result is not None
            assert result.item() == counter[0] > before


def test_what_is_left_from_recording_proves_nothing() -> None:
    """An empty graph gives what it gave when it was recorded, and gradients may all be small."""

    def empty(work: Callable[[], Tensors]) -> tuple[Tensors, Callable[[], None]]:
        return work(), lambda: None

    def zeros(work: Callable[[], Tensors]) -> tuple[Tensors, Callable[[], None]]:
        filled = work()

        def play() -> None:
            for place in filled:
                assert place is not None
                place.zero_()

        return filled, play

    for record in (empty, zeros):
        passes = Passes(record)
        for value in (1e-6, 2e-6, 3e-6, 4e-6, 5e-6):
            (found,) = passes.run("scale", lambda x: (2 * x,), [torch.full((3,), value)])
            assert found is not None
            torch.testing.assert_close(found, torch.full((3,), 2 * value), rtol=1e-5, atol=0)


def test_states_that_are_used_later_are_not_overwritten(tape: Tape) -> None:
    layer = LSTM(3, 4, 5, LSTMVariant())
    batches = [torch.randn(1, 5, 2, 3) for _ in range(6)]
    with torch.no_grad():
        found = [layer(x, (None, None), 2)[0] for x in batches]
    assert tape.played > 2
    plain = LSTM(3, 4, 5, LSTMVariant())
    plain.load_state_dict(layer.state_dict())
    plain.passes = Passes(tape)
    for x, states in zip(batches, found, strict=True):
        with torch.no_grad():
            torch.testing.assert_close(plain(x, (None, None), 2)[0], states)


def test_what_was_recorded_for_inference_is_not_trained_with() -> None:
    tape = Tape()
    passes = Passes(tape)
    x = torch.ones(2)
    with torch.inference_mode():
        for _ in range(4):
            passes.run("double", lambda x: (2 * x,), [x])
    for _ in range(4):
        (found,) = passes.run("double", lambda x: (2 * x,), [x])
        assert found is not None
        assert not found.is_inference()
    passes.clear()
    recorded = tape.recorded
    passes.run("double", lambda x: (2 * x,), [x])
    assert tape.recorded == recorded


def test_two_forward_passes_before_a_backward_are_refused(tape: Tape) -> None:
    layer = BinaryLSTM(3, 4, 5)
    x = torch.randn(1, 5, 2, 3)
    for _ in range(4):
        layer(x, (None, None), 2)[0].sum().backward()
    first = layer(x, (None, None), 2)[0].sum()
    layer(x, (None, None), 2)
    with pytest.raises(MethodError, match="twice before its backward pass") as caught:
        first.backward()
    assert "traceback" not in described(caught.value)


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
@pytest.mark.parametrize(("name", "params"), [*METHODS, ("s5vh", {"clusters": 4})])
def test_graphs_on_cuda(
    name: str, params: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    made: list[Passes] = []
    plain_init = Passes.__init__

    def remember(passes: Passes, *args: Any) -> None:
        made.append(passes)
        plain_init(passes, *args)

    monkeypatch.setattr(Passes, "__init__", remember)
    graphed = train(name, "cuda", **params)
    assert any(played is not None for passes in made for played in passes._passes.values())
    with monkeypatch.context() as patch:
        patch.setattr(LSTM, "_recorded", lambda layer: None)
        patch.setattr(stepwise, "recordable", lambda u, A: False)
        plain = train(name, "cuda", **params)
    losses = [m.diagnostics()["loss_history"]["loss"] for m in (graphed, plain)]
    np.testing.assert_allclose(losses[0], losses[1], rtol=1e-3)
