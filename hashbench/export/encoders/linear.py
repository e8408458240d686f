"""Methods whose bits are sides of hyperplanes, as an ONNX graph in float64.

The graph is made node by node, since its rounding must be that of
:meth:`hashbench.BinaryCodes.from_hyperplanes`: products in float64, and a projection within the
margin of rounding counts as 0, whose bit is 1.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hashbench.codes import MARGIN
from hashbench.data.standardizing import Moments, Standardized
from hashbench.data.videos import Videos
from hashbench.estimator import Method
from hashbench.export.targets import package
from hashbench.realvalued import Planes, watching_signs

OPSET = 18
_PROBES = 3


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


def planes_of(method: Method, dims: int, frames: int) -> Planes | None:
    """Return the hyperplanes in the space of mean frames that a fitted method encodes with.

    They are seen while it encodes made-up videos: no method has to say so itself.

    Returns
    -------
    Planes or None
        None for a method that encodes otherwise.
    """
    made_up = np.random.default_rng(0).standard_normal((_PROBES, frames, dims))
    videos = Videos(made_up.astype(np.float32), name="made-up videos")
    with watching_signs() as seen:
        method.encode(videos)
    if len(seen.planes) != 1:
        return None
    (planes,) = seen.planes
    return planes if np.array_equal(planes.points, videos.mean_pooled()) else None


def linear_model(planes: Planes, given: FrameInput) -> Any:
    """Return the ONNX model: ``frames`` in, ``code`` and ``values`` out.

    Parameters
    ----------
    planes : Planes
    given : FrameInput
    """
    onnx = package("onnx", "onnx")
    graph = _Graph(onnx.helper, onnx.numpy_helper)
    x = graph.mean_frame(given)
    values = graph.projections(x, planes)
    bits = planes.normals.shape[1]
    graph.code(values, graph.margin(x, planes), bits)
    graph.node("Cast", [values], "values", to=onnx.TensorProto.FLOAT)
    inputs, outputs = graph.signature(onnx.TensorProto, given, bits)
    made = onnx.helper.make_graph(graph.nodes, "encoder", inputs, outputs, graph.constants)
    opset = [onnx.helper.make_opsetid("", OPSET)]
    model = onnx.helper.make_model(made, opset_imports=opset, ir_version=8)
    onnx.checker.check_model(model, full_check=True)
    return model


@dataclass(slots=True)
class _Graph:
    """Nodes and constants of a graph that is being made."""

    helper: Any
    arrays: Any
    nodes: list[Any] = field(default_factory=list)
    constants: list[Any] = field(default_factory=list)

    def node(self, op: str, inputs: list[str], name: str = "", **how: Any) -> str:
        name = name or f"{op.lower()}_{len(self.nodes)}"
        self.nodes.append(self.helper.make_node(op, inputs, [name], **how))
        return name

    def constant(self, array: NDArray[Any]) -> str:
        name = f"constant_{len(self.constants)}"
        self.constants.append(self.arrays.from_array(np.ascontiguousarray(array), name))
        return name

    def integers(self, *values: int) -> str:
        return self.constant(np.array(values, np.int64))

    def cast(self, name: str, dtype: str) -> str:
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

    def projections(self, x: str, planes: Planes) -> str:
        """Add (x - centre) W + offset."""
        if planes.centre is not None:
            x = self.node("Sub", [x, self.constant(planes.centre.astype(np.float64))])
        values = self.node("MatMul", [x, self.constant(planes.normals.astype(np.float64))])
        if planes.offset is None:
            return values
        return self.node("Add", [values, self.constant(planes.offset.astype(np.float64))])

    def margin(self, x: str, planes: Planes) -> str:
        """Add -MARGIN (|w| (|x| + |centre|) + |offset|), above which a value counts as 0."""
        W = planes.normals.astype(np.float64)
        centre = 0.0 if planes.centre is None else np.linalg.norm(planes.centre.astype(np.float64))
        offset = np.zeros(W.shape[1]) if planes.offset is None else planes.offset
        squares = self.node("ReduceSumSquare", [x, self.integers(1)], keepdims=1)
        length = self.node("Add", [self.node("Sqrt", [squares]), self.constant(np.array(centre))])
        scaled = self.constant(-MARGIN * np.linalg.norm(W, axis=0))
        product = self.node("Mul", [length, scaled])
        return self.node("Sub", [product, self.constant(MARGIN * np.abs(offset))])

    def code(self, values: str, least: str, count: int) -> None:
        """Add the ``count`` packed bits: 1 where a value is no less than ``least``."""
        bits = self.cast(self.node("GreaterOrEqual", [values, least]), "i4")
        spare = -count % 8
        if spare:
            bits = self.node("Pad", [bits, self.integers(0, 0, 0, spare)])
        eights = self.node("Reshape", [bits, self.integers(0, (count + spare) // 8, 8)])
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
