"""Passes over time on CUDA, recorded once and played back without launching each operation.

A step of a recurrence is half a dozen small kernels, and a pass some hundred steps: launched one by
one they take longer than they compute. As a CUDA graph a pass is launched whole.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Hashable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Protocol

import torch
from torch import Tensor

from hashbench.errors import MethodError

Tensors = tuple[Tensor | None, ...]

_SEEN_BEFORE = 2
_GRAPHS_KEPT = 8


class Recorder(Protocol):
    """Records work; returns the tensors that it fills, and what fills them anew."""

    def __call__(self, work: Callable[[], Tensors]) -> tuple[Tensors, Callable[[], None]]:
        """Record ``work``, which reads and writes the same memory every time."""


def record_on_cuda(
    work: Callable[[], Tensors], pool: Any = None
) -> tuple[Tensors, Callable[[], None]]:
    """Record ``work`` as a CUDA graph, after the runs that let libraries make their choices.

    ``pool`` is the memory that it takes from, by default one of its own.
    """
    aside = torch.cuda.Stream()
    aside.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(aside):
        for _ in range(2):
            work()
    torch.cuda.current_stream().wait_stream(aside)
    graph = torch.cuda.CUDAGraph()
    # Threads that load data may go on: only this thread's calls are watched.
    with torch.cuda.graph(graph, pool, capture_error_mode="thread_local"):
        filled = work()
    return filled, graph.replay


def record_in_one_pool(work: Callable[[], Tensors]) -> tuple[Tensors, Callable[[], None]]:
    """Record ``work`` in memory that all such recordings share.

    Playing one back overwrites the results of the others, which must have been copied by then:
    :func:`still_there` does not see it.
    """
    return record_on_cuda(work, _pool())


@functools.cache
def _pool() -> Any:
    return torch.cuda.graph_pool_handle()


class Pass:
    """A recorded function of tensors whose shapes stay.

    Parameters
    ----------
    function : callable
        From tensors to tensors.
    given : sequence of Tensor or None
        Arguments to begin with.
    lasting : set of int
        Addresses of arguments that stay where they are and need no copy.
    record : Recorder
    """

    def __init__(
        self,
        function: Callable[..., Tensors],
        given: Sequence[Tensor | None],
        lasting: set[int],
        record: Recorder,
    ) -> None:
        self._given = [
            a if a is None or a.data_ptr() in lasting else a.detach().clone() for a in given
        ]
        self._device = next(a.device for a in given if a is not None)
        with self._there():
            self.results, self._play = record(lambda: function(*self._given))
        self.played = 0

    def __call__(self, given: Sequence[Tensor | None]) -> Tensors:
        """Return the function's values, in memory that the next call overwrites."""
        pairs = [
            (place, value)
            for place, value in zip(self._given, given, strict=True)
            if place is not None and value is not None and place.data_ptr() != value.data_ptr()
        ]
        if pairs:
            torch._foreach_copy_([place for place, _ in pairs], [value for _, value in pairs])
        with self._there():
            self._play()
        self.played += 1
        return self.results

    def _there(self) -> AbstractContextManager[None]:
        """Make the arguments' device the current one: what is recorded on another is nothing."""
        context: AbstractContextManager[None] = nullcontext()
        if self._device.type == "cuda":
            context = torch.cuda.device(self._device)
        return context

    def agrees(self, function: Callable[..., Tensors], given: Sequence[Tensor | None]) -> bool:
        """Whether playing back gives what ``function`` itself does, as near as kernels may differ.

        A recording that left something out would be wrong without a word. So nothing of the
        results may be left from when they were recorded.
        """
        expected = function(*given)
        for result in self.results:
            _blank(result)
        return all(
            a is b if a is None or b is None else _alike(a, b)
            for a, b in zip(expected, self(given), strict=True)
        )


def _copy(result: Tensor | None) -> Tensor | None:
    return None if result is None else result.clone()


def _blank(result: Tensor | None) -> None:
    """Fill a result with NaN, once where steps share memory."""
    if result is None:
        return
    for dim, stride in enumerate(result.stride()):
        if stride == 0:
            result = result.narrow(dim, 0, 1)
    result.fill_(float("nan"))


def _alike(a: Tensor, b: Tensor) -> bool:
    """Whether two results agree to a thousandth: gradients may all be small."""
    largest = float(a.abs().nan_to_num().max()) if a.numel() else 0.0
    return torch.allclose(a, b, rtol=1e-3, atol=1e-3 * largest, equal_nan=True)


class Passes:
    """The recorded passes of one layer.

    A pass is recorded when the same shapes come for the third time: what comes once in a training
    is not worth it. The batches of an epoch have two sizes at most. One that cannot be recorded is
    run as it is.

    Parameters
    ----------
    record : Recorder, optional
        CUDA's by default.
    copied : bool
        Return copies of the results, which no later pass overwrites. Recordings then share the
        memory that they work in.
    """

    def __init__(self, record: Recorder | None = None, *, copied: bool = False) -> None:
        self._record = record or (record_in_one_pool if copied else record_on_cuda)
        self._copied = copied
        self._seen: dict[Hashable, int] = {}
        self._passes: dict[Hashable, Pass | None] = {}

    def run(
        self,
        key: Hashable,
        function: Callable[..., Tensors],
        given: Sequence[Tensor | None],
    ) -> Tensors:
        """Return ``function(*given)``, played back once it is recorded.

        Parameters
        ----------
        key : hashable
            Whatever decides what the function does beside the shapes of ``given``.
        function : callable
        given : sequence of Tensor or None
        """
        shapes = tuple(None if a is None else (a.shape, a.stride(), a.dtype) for a in given)
        key = (key, torch.is_inference_mode_enabled(), shapes)
        if key not in self._passes:
            self._seen[key] = self._seen.get(key, 0) + 1
            if self._seen[key] <= _SEEN_BEFORE or len(self._passes) == _GRAPHS_KEPT:
                return function(*given)
            self._passes[key] = self._recorded(function, given)
        played = self._passes[key]
        if played is None:
            return function(*given)
        results = played(given)
        return tuple(_copy(result) for result in results) if self._copied else results

    def clear(self) -> None:
        """Forget what was recorded, and free its memory."""
        self._seen.clear()
        self._passes.clear()

    def ticket(self, results: Tensors) -> tuple[Pass, int] | None:
        """Return what :func:`still_there` asks for; None if ``results`` were not played back."""
        for played in self._passes.values():
            if played is not None and played.results is results:
                return played, played.played
        return None

    def _recorded(
        self, function: Callable[..., Tensors], given: Sequence[Tensor | None]
    ) -> Pass | None:
        lasting = {
            tensor.data_ptr()
            for played in self._passes.values()
            for tensor in (() if played is None else played.results)
            if tensor is not None
        }
        try:
            played = Pass(function, given, lasting, self._record)
            return played if played.agrees(function, given) else None
        except RuntimeError:  # not recordable here, or no memory for it: as before, then
            return None


def through(
    passes: Passes | None, key: Hashable, function: Callable[..., Any], given: Sequence[Any]
) -> Any:
    """Return ``function(*given)``, by ``passes`` where there are any."""
    return function(*given) if passes is None else passes.run(key, function, given)


def still_there(ticket: tuple[Pass, int] | None) -> None:
    """Check that results have not been overwritten since their ticket was made.

    Raises
    ------
    MethodError
        If the layer was called again meanwhile.
    """
    if ticket is not None and ticket[0].played != ticket[1]:
        raise MethodError(
            "a recurrent layer was called twice before its backward pass, which CUDA graphs do "
            "not allow; call backward after each forward pass"
        )
