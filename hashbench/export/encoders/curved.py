"""Shallow methods whose bits are bounded by curved surfaces: sinusoids, spheres and cosines.

A form is known by the names of the arrays that ``fit`` leaves. No method has to say so itself, and
what it says is not believed: the codes of the file are compared with those of the method.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hashbench.codes import MARGIN
from hashbench.estimator import Method
from hashbench.export.encoders.graph import Form, Graph

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Eigenfunctions:
    """Bits sgn(sin(pi t)) with t = 1/2 + f ((x - mean) w - a), as of spectral hashing.

    Parameters
    ----------
    mean : ndarray, shape (D,)
    directions : ndarray, shape (D, L)
        w, one column a bit.
    lowest, frequencies : ndarray, shape (L,)
        a, and f in half waves a unit of the features.
    """

    mean: Array
    directions: Array
    lowest: Array
    frequencies: Array

    def add(self, graph: Graph, x: str) -> tuple[str, str]:
        """Add the eigenfunctions and their signs.

        A bit comes from t less its whole turns of 2, as no two libraries round a sine alike.
        """
        along = graph.projections(x, self.directions, self.mean, -self.lowest)
        product = graph.node("Mul", [along, graph.constant(self.frequencies)])
        t = graph.node("Add", [product, graph.number(0.5)])
        turns = graph.node("Floor", [graph.node("Mul", [t, graph.number(0.5)])])
        rest = graph.node("Sub", [t, graph.node("Mul", [turns, graph.number(2.0)])])
        above = graph.node("LessOrEqual", [rest, graph.number(1.0)])
        reach = graph.lengths(x, float(np.linalg.norm(self.mean)))
        reach = graph.node("Add", [reach, graph.constant(np.abs(self.lowest))])
        margin = graph.node("Mul", [reach, graph.constant(MARGIN * self.frequencies)])
        away = graph.node("Abs", [graph.node("Sub", [t, graph.node("Round", [t])])])
        bits = graph.node("Or", [above, graph.node("LessOrEqual", [away, margin])])
        values = graph.node("Sin", [graph.node("Mul", [t, graph.number(np.pi)])])
        return values, bits


@dataclass(frozen=True, slots=True, eq=False)
class Spheres:
    """Bits that are 1 where |x - mean - p| <= r, as of spherical hashing.

    Parameters
    ----------
    mean : ndarray, shape (D,)
    pivots : ndarray, shape (L, D)
        p.
    squared_radii : ndarray, shape (L,)
        r^2. Nothing lies in a sphere of less than 0.
    """

    mean: Array
    pivots: Array
    squared_radii: Array

    def add(self, graph: Graph, x: str) -> tuple[str, str]:
        """Add r - |x - mean - p|, and as bits where it is no less than 0 but for rounding."""
        P = self.pivots
        products = graph.projections(x, P.T, self.mean)
        centred = graph.node("Sub", [x, graph.constant(self.mean)])
        squares = graph.node("ReduceSumSquare", [centred, graph.integers(1)], keepdims=1)
        lengths = graph.node("Add", [squares, graph.constant(np.einsum("ij,ij->i", P, P))])
        distances = graph.node("Sub", [lengths, graph.node("Mul", [products, graph.number(2.0)])])
        within = graph.node("Sub", [graph.constant(self.squared_radii), distances])
        reach = np.linalg.norm(self.mean) + np.linalg.norm(P, axis=1)
        far = graph.node("Add", [graph.lengths(x), graph.constant(reach)])
        least = graph.node("Mul", [graph.node("Mul", [far, far]), graph.number(-MARGIN)])
        bits = graph.node("GreaterOrEqual", [within, least])
        radii = np.sign(self.squared_radii) * np.sqrt(np.abs(self.squared_radii))
        distance = graph.node("Sqrt", [graph.node("Max", [distances, graph.number(0.0)])])
        return graph.node("Sub", [graph.constant(radii), distance]), bits


@dataclass(frozen=True, slots=True, eq=False)
class Cosines:
    """Bits sgn(cos((x - mean) w + b) + t), as of codes from shift-invariant kernels.

    Parameters
    ----------
    mean : ndarray, shape (D,)
    frequencies : ndarray, shape (D, L)
        w, one column a bit.
    phases, thresholds : ndarray, shape (L,)
        b and t.
    """

    mean: Array
    frequencies: Array
    phases: Array
    thresholds: Array

    def add(self, graph: Graph, x: str) -> tuple[str, str]:
        """Add cos + t, and as bits where it is no less than 0 but for rounding."""
        angles = graph.projections(x, self.frequencies, self.mean, self.phases)
        heights = graph.node("Cos", [angles])
        values = graph.node("Add", [heights, graph.constant(self.thresholds)])
        lengths = graph.lengths(x, float(np.linalg.norm(self.mean)))
        widths = graph.constant(-MARGIN * np.linalg.norm(self.frequencies, axis=0))
        product = graph.node("Mul", [lengths, widths])
        least = graph.node("Sub", [product, graph.number(MARGIN)])
        return values, graph.node("GreaterOrEqual", [values, least])


_FORMS: dict[type[Any], tuple[str, ...]] = {
    Eigenfunctions: ("mean_", "directions_", "lowest_", "frequencies_"),
    Spheres: ("mean_", "pivots_", "squared_radii_"),
    Cosines: ("mean_", "frequencies_", "phases_", "thresholds_"),
}
"""Each form, and the fitted arrays that it is made of, in the order of its parameters."""


def curved_form(method: Method) -> Form | None:
    """Return the form whose arrays a fitted method has; None where it has those of no form."""
    state = method.fitted_state()
    for form, names in _FORMS.items():
        arrays = [state.get(name) for name in names]
        if all(isinstance(array, np.ndarray) for array in arrays):
            made: Form = form(*(np.asarray(array, np.float64) for array in arrays))
            return made
    return None
