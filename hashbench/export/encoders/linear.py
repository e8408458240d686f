"""Methods whose bits are sides of hyperplanes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hashbench.codes import MARGIN
from hashbench.data.videos import Videos
from hashbench.estimator import Method
from hashbench.export.encoders.graph import Graph
from hashbench.realvalued import Planes, watching_signs

_PROBES = 3


@dataclass(frozen=True, slots=True, eq=False)
class Sides:
    """On which side of each plane a point lies, as :meth:`BinaryCodes.from_hyperplanes` has it.

    Parameters
    ----------
    planes : Planes
    """

    planes: Planes

    def add(self, graph: Graph, x: str) -> tuple[str, str]:
        """Add (x - centre) W + offset and, as bits, where it is no less than 0 but for rounding."""
        planes = self.planes
        values = graph.projections(x, planes.normals, planes.centre, planes.offset)
        return values, graph.node("GreaterOrEqual", [values, self._least(graph, x)])

    def _least(self, graph: Graph, x: str) -> str:
        """Add -MARGIN (|w| (|x| + |centre|) + |offset|), above which a value counts as 0."""
        W, centre = self.planes.normals.astype(np.float64), self.planes.centre
        origin = 0.0 if centre is None else float(np.linalg.norm(centre.astype(np.float64)))
        offset = np.zeros(W.shape[1]) if self.planes.offset is None else self.planes.offset
        scaled = graph.constant(-MARGIN * np.linalg.norm(W, axis=0))
        product = graph.node("Mul", [graph.lengths(x, origin), scaled])
        return graph.node("Sub", [product, graph.constant(MARGIN * np.abs(offset))])


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
