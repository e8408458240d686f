"""An encoder as an ONNX graph, made node by node in float64.

The rounding must be that of :mod:`hashbench.linear`: products in float64, and a value within the
margin of rounding counts as 0, whose bit is 1. No tracer gives that.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from hashbench.data.standardizing import Moments, Standardized
from hashbench.data.videos import Videos
from hashbench.export.targets import package

OPSET = 18


@dataclass(frozen=True, slots=True, eq=False)
class FrameInput:
    """What the method reads.

    Parameters
    ----------
    dims : int
        D of a frame.
    frames : int or None
        Frames that the input has; None for any number.
    used : int or None
        How many of them are used, from the first on; None for all.
    moments : Moments, optional
        What the data set's card takes off and divides by.
    """

    dims: int
    frames: int | None = None
    used: int | None = None
    moments: Moments | None = None


class Form(Protocol):
    """How the bits of a method come from a mean frame."""

    def add(self, graph: Graph, x: str) -> tuple[str, str]:
        """Add nodes, and return the names of values, float64 (B, L), and bits, bool (B, L).

        Parameters
        ----------
        graph : Graph
        x : str
            Mean frames, float64 (B, D).
        """


def graph_model(form: Form, given: FrameInput, bits: int) -> Any:
    """Return the ONNX model: ``frames`` in, ``code`` and ``values`` out.

    Parameters
    ----------
    form : Form
    given : FrameInput
    bits : int
        Code length L.
    """
    onnx = package("onnx", "onnx")
    graph = Graph(onnx.helper, onnx.numpy_helper)
    values, ones = form.add(graph, graph.mean_frame(given))
    graph.code(ones, bits)
    graph.node("Cast", [values], "values", to=onnx.TensorProto.FLOAT)
    inputs, outputs = graph.signature(onnx.TensorProto, given, bits)
    made = onnx.helper.make_graph(graph.nodes, "encoder", inputs, outputs, graph.constants)
    opset = [onnx.helper.make_opsetid("", OPSET)]
    model = onnx.helper.make_model(made, opset_imports=opset, ir_version=8)
    onnx.checker.check_model(model, full_check=True)
    return model


@dataclass(slots=True)
class Graph:
    """Nodes and constants of a graph that is being made.

    Parameters
    ----------
    helper, arrays : module
        ``onnx.helper`` and ``onnx.numpy_helper``.
    """

    helper: Any
    arrays: Any
    nodes: list[Any] = field(default_factory=list)
    constants: list[Any] = field(default_factory=list)

    def node(self, op: str, inputs: list[str], name: str = "", **how: Any) -> str:
        """Add an operation, and return the name of its result."""
        name = name or f"{op.lower()}_{len(self.nodes)}"
        self.nodes.append(self.helper.make_node(op, inputs, [name], **how))
        return name

    def constant(self, array: NDArray[Any]) -> str:
        """Add an array, and return its name."""
        name = f"constant_{len(self.constants)}"
        self.constants.append(self.arrays.from_array(np.ascontiguousarray(array), name))
        return name

    def number(self, value: float) -> str:
        """Add a float64."""
        return self.constant(np.array(value, np.float64))

    def integers(self, *values: int) -> str:
        """Add an array of int64."""
        return self.constant(np.array(values, np.int64))

    def cast(self, name: str, dtype: str) -> str:
        """Add a conversion to a dtype of numpy's."""
        to = self.helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
        return self.node("Cast", [name], to=to)

    def mean_frame(self, given: FrameInput) -> str:
        """Add the mean over frames, added up in float64 and rounded to float32 once."""
        x = "frames"
        if given.used is not None:
            ends = [self.integers(0), self.integers(given.used), self.integers(1)]
            x = self.node("Slice", [x, *ends])
        if given.moments is not None:
            x = self.node("Sub", [x, self.constant(given.moments.mean)])
            x = self.node("Mul", [x, self.constant(scale_of(given.moments))])
        mean = self.node("ReduceMean", [self.cast(x, "f8"), self.integers(1)], keepdims=0)
        return self.cast(self.cast(mean, "f4"), "f8")

    def projections(
        self,
        x: str,
        normals: NDArray[Any],
        centre: NDArray[Any] | None = None,
        offset: NDArray[Any] | None = None,
    ) -> str:
        """Add (x - centre) W + offset, as :func:`hashbench.codes.projections` has it."""
        if centre is not None:
            x = self.node("Sub", [x, self.constant(centre.astype(np.float64))])
        values = self.node("MatMul", [x, self.constant(normals.astype(np.float64))])
        if offset is None:
            return values
        return self.node("Add", [values, self.constant(offset.astype(np.float64))])

    def lengths(self, x: str, more: float = 0.0) -> str:
        """Add |x| + ``more``, shape (B, 1)."""
        squares = self.node("ReduceSumSquare", [x, self.integers(1)], keepdims=1)
        return self.node("Add", [self.node("Sqrt", [squares]), self.number(more)])

    def code(self, bits: str, count: int) -> None:
        """Add the output ``code``: ``count`` bits packed, least significant first."""
        ones = self.cast(bits, "i4")
        spare = -count % 8
        if spare:
            ones = self.node("Pad", [ones, self.integers(0, 0, 0, spare)])
        eights = self.node("Reshape", [ones, self.integers(0, (count + spare) // 8, 8)])
        powers = np.left_shift(1, np.arange(8)).astype("i4")
        weighed = self.node("Mul", [eights, self.constant(powers)])
        byte = self.node("ReduceSum", [weighed, self.integers(2)], keepdims=0)
        to = self.helper.np_dtype_to_tensor_dtype(np.dtype("u1"))
        self.node("Cast", [byte], "code", to=to)

    def signature(self, types: Any, given: FrameInput, bits: int) -> tuple[list[Any], list[Any]]:
        """Return the inputs and outputs of the graph."""
        info = self.helper.make_tensor_value_info
        shape = ["videos", given.frames or "frames", given.dims]
        return (
            [info("frames", types.FLOAT, shape)],
            [
                info("code", types.UINT8, ["videos", -(-bits // 8)]),
                info("values", types.FLOAT, ["videos", bits]),
            ],
        )


def scale_of(moments: Moments) -> NDArray[np.float32]:
    """Return what features are multiplied by: 1 / deviation, or 1 where that is 0."""
    nothing = np.empty((1, 1, len(moments.mean)), np.float32)
    return Standardized(Videos(nothing, name="none").source, moments).scale
