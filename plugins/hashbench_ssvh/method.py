"""SSVH as a method of the benchmark."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from torch import nn

from hashbench import Videos
from hashbench.data.standardizing import Standardized, fit_moments
from hashbench.errors import MethodError, UsageError
from hashbench.nn import (
    DeepMethod,
    Estimator,
    Graph,
    Recipe,
    label_graph,
    neighbour_graph,
    pick_device,
)
from hashbench_ssvh.model import VARIANTS, Encoder, Model, Reconstruction, Shape

RECIPES = {
    "paper": Recipe("sgd", "decay", lr=1e-4, epochs=100, batch_size=256),
    "fast": Recipe(
        "adam",
        "one_cycle",
        lr=3e-3,
        epochs=10,
        batch_size=128,
        updates=640,
        mean_loss=True,
        standardize=True,
    ),
}


class SSVH(DeepMethod):
    """Self-supervised video hashing with a hierarchical binary auto-encoder.

    Parameters
    ----------
    bits, seed : int
        L, and the seed of start values and batches.
    variant : {"paper", "official"}
        The equations, or the authors' program (docs/fidelity.md).
    activation : {"p", "tanh"}
        Gradient of sgn (Eq. 28-29, Table III).
    stride : int
        l: the binary LSTM reads every l-th state of the first layer. Trailing frames that do not
        fill a stride are not read: of 25 frames, 24 with l = 2.
    k1, k2 : int
        K1 and K2 of the neighbourhood structure.
    eta, lam : float
        eta (Eq. 21) and lambda (Eq. 22).
    hidden : int, optional
        Units of the first encoder layer; the bits by default, as in the program.
    balance : {"shape", "none"}, optional
        Whether the losses are scaled so that ``lam`` weighs on any set as it does on the paper's
        24 x 4096 features of 45,585 videos, or summed as Eq. 20 to 22 have it. By default as the
        recipe has it: ``shape`` with "fast", ``none`` with "paper".
    reconstruction : {"fb+gr", "fb", "none"}
        Which reconstruction losses (Table I).
    neighbourhood : bool
        Whether there is a neighbourhood loss (Table I).
    graph : {"features", "labels"}
        What makes the neighbourhood. ``labels`` is a supervised control (Table I, last row) and
        the only setting that sees labels.
    graph_features : {"raw", "standardized"}
        What the cosines of the graph are taken of: mean frames as they are, as in the paper and
        the program, or standardized per dimension on the training set. Whether the network reads
        standardized features is another question, which ``standardize`` answers.
    parts : int
        Build the graph within so many parts of the training set, as the paper did for YFCC.
    **training
        As of :class:`hashbench.nn.DeepMethod`; ``recipe`` is "fast" or "paper".
    """

    recipes = RECIPES

    def __init__(
        self,
        bits: int = 64,
        seed: int = 0,
        *,
        variant: Literal["paper", "official"] = "paper",
        activation: Estimator = "p",
        stride: int = 2,
        k1: int = 10,
        k2: int = 10,
        eta: float = 0.2,
        lam: float = 0.001,
        balance: Literal["shape", "none"] | None = None,
        hidden: int | None = None,
        reconstruction: Reconstruction = "fb+gr",
        neighbourhood: bool = True,
        graph: Literal["features", "labels"] = "features",
        graph_features: Literal["raw", "standardized"] = "raw",
        parts: int = 1,
        **training: Any,
    ) -> None:
        super().__init__(bits, seed, **training)
        self.variant = variant
        self.activation = activation
        self.stride = stride
        self.k1 = k1
        self.k2 = k2
        self.eta = eta
        self.lam = lam
        self.balance = balance
        self.hidden = hidden
        self.reconstruction = reconstruction
        self.neighbourhood = neighbourhood
        self.graph = graph
        self.graph_features = graph_features
        self.parts = parts

    @property
    def uses_labels(self) -> bool:
        """Whether the neighbourhood is made from labels."""
        return self.neighbourhood and self.graph == "labels"

    def check_params(self) -> None:
        """Raise UsageError for a value that cannot be right."""
        super().check_params()
        for name, allowed in (
            ("variant", tuple(VARIANTS)),
            ("activation", ("p", "tanh")),
            ("reconstruction", ("fb+gr", "fb", "none")),
            ("graph", ("features", "labels")),
            ("graph_features", ("raw", "standardized")),
        ):
            if getattr(self, name) not in allowed:
                value = getattr(self, name)
                raise UsageError(f"{name} must be one of {', '.join(allowed)}, not {value!r}")
        if self.balance not in (None, "shape", "none"):
            raise UsageError(f"balance must be one of shape, none, not {self.balance!r}")
        for name in ("stride", "k1", "k2", "parts"):
            if getattr(self, name) < 1:
                raise UsageError(f"{name} must be at least 1, not {getattr(self, name)}")
        if self.hidden is not None and self.hidden < 1:
            raise UsageError(f"hidden must be at least 1, not {self.hidden}")
        if not 0 <= self.lam <= 1:
            raise UsageError(f"lam must be from 0 to 1, not {self.lam}")
        if self.eta < 0:
            raise UsageError(f"eta must not be negative, not {self.eta}")
        if self.reconstruction == "none" and not self.neighbourhood:
            raise UsageError("with reconstruction=none and neighbourhood=false there is no loss")

    def frames_of(self, videos: Videos) -> int:
        """Return the largest multiple of the stride that the videos have frames for."""
        if videos.frames < self.stride:
            raise MethodError(
                f"{videos.name}: {videos.frames} frames are fewer than stride={self.stride}; "
                f"set stride to at most {videos.frames}"
            )
        return videos.frames // self.stride * self.stride

    def build_model(self, train: Videos, near: Videos) -> nn.Module:
        """Return encoder, decoders and memory bank, with the neighbourhood structure."""
        graph = None
        if self.neighbourhood:
            graph = Graph(self._graph(near))
        return Model(
            self._shape(train.dims, train.frames, len(train)),
            VARIANTS[self.variant],
            self.activation,
            self.reconstruction,
            graph,
            self.lam,
            self.eta,
            self._balance(),
        )

    def build_encoder(self, dims: int, frames: int) -> nn.Module:
        """Return an encoder to load weights into."""
        return Encoder(self._shape(dims, frames), VARIANTS[self.variant], self.activation)

    def _balance(self) -> Literal["shape", "none"]:
        if self.balance is not None:
            return self.balance
        return "none" if self.recipe == "paper" else "shape"

    def _shape(self, dims: int, frames: int, videos: int = 0) -> Shape:
        hidden = self.bits if self.hidden is None else self.hidden
        return Shape(dims, frames, hidden, self.bits, self.stride, videos)

    def _mean_frames(self, near: Videos) -> NDArray[np.float32]:
        """Return what the cosines of the graph are taken of, (N, D)."""
        mean = near.mean_pooled()
        if self.graph_features == "raw":
            return mean
        # Of the frames that are read: the moments that the network's features have too.
        moments = fit_moments(near.with_frames(self.shape_[1]), self.workspace.cache)
        standard = Standardized(near.source, moments)
        values: NDArray[np.float32] = (mean - moments.mean) * standard.scale
        return values

    def _graph(self, near: Videos) -> object:
        if self.graph == "labels":
            return label_graph(near.labels)
        return neighbour_graph(
            self._mean_frames(near),
            self.k1,
            self.k2,
            parts=self.parts,
            device=str(pick_device(self.workspace.device)),
            cache=self.workspace.cache,
            progress=self.workspace.progress,
        )
