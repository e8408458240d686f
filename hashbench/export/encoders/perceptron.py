"""Deep methods that read one vector a video: linear layers with ReLU between them, in float64."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hashbench.export.encoders.graph import Graph
from hashbench.export.encoders.linear import Sides
from hashbench.realvalued import Planes


@dataclass(frozen=True, slots=True, eq=False)
class LayersOfMean:
    """Bits that are signs of the last of some layers.

    Parameters
    ----------
    layers : list of (W, c), shapes (out, in) and (out,)
        As :meth:`hashbench.nn.MeanFrameMethod.layers_of_mean` returns them.
    centre : ndarray, shape (D,)
        Taken off the mean frame.
    """

    layers: list[tuple[NDArray[np.float64], NDArray[np.float64]]]
    centre: NDArray[np.float64]

    def add(self, graph: Graph, x: str) -> tuple[str, str]:
        """Add the values of the last layer and their signs."""
        centre: NDArray[np.float64] | None = self.centre
        for W, c in self.layers[:-1]:
            x = graph.node("Relu", [graph.projections(x, W.T, centre, c)])
            centre = None
        W, c = self.layers[-1]
        return Sides(Planes(np.empty((0, W.shape[1])), W.T, centre, c)).add(graph, x)
