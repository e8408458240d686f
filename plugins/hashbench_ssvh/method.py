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
    choose_segments,
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
        lr=1e-2,
        epochs=10,
        batch_size=128,
        updates=250,
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
    balance : {"recipe", "shape", "none"}
        Whether the losses are scaled so that ``lam`` weighs on any set as it does on the paper's
        24 x 4096 features of 45,585 videos, or summed as Eq. 20 to 22 have it. ``recipe`` is
        ``shape`` with "fast" and ``none`` with "paper".
    reconstruction : {"fb+gr", "fb", "none"}
        Which reconstruction losses (Table I).
    neighbourhood : bool
        Whether there is a neighbourhood loss (Table I).
    graph : {"features", "segments", "labels"}
        What makes the neighbourhood: mean frames, as in the paper, or the means of ordered
        segments, which see time. ``labels`` is a supervised control (Table I, last row) and the
        only setting that sees labels.
    segments : int or "auto"
        S of ``graph=segments``: a video is compared by the concatenated mean frames of its S
        equal segments. ``auto`` chooses without labels (:func:`hashbench.nn.choose_segments`).
    band : int
        Of ``graph=segments``: how many segments apart two that are compared may be. 0 compares
        them one to one, by cosine. Larger ones align videos of different pace.
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
        balance: Literal["recipe", "shape", "none"] = "recipe",
        hidden: int | None = None,
        reconstruction: Reconstruction = "fb+gr",
        neighbourhood: bool = True,
        graph: Literal["features", "segments", "labels"] = "features",
        segments: int | str = "auto",
        band: int = 0,
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
        self.segments = segments
        self.band = band
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
            ("graph", ("features", "segments", "labels")),
            ("graph_features", ("raw", "standardized")),
        ):
            if getattr(self, name) not in allowed:
                value = getattr(self, name)
                raise UsageError(f"{name} must be one of {', '.join(allowed)}, not {value!r}")
        if self.balance not in ("recipe", "shape", "none"):
            raise UsageError(f"balance must be one of recipe, shape, none, not {self.balance!r}")
        for name in ("stride", "k1", "k2", "parts"):
            if getattr(self, name) < 1:
                raise UsageError(f"{name} must be at least 1, not {getattr(self, name)}")
        if self.hidden is not None and self.hidden < 1:
            raise UsageError(f"hidden must be at least 1, not {self.hidden}")
        if not 0 <= self.lam <= 1:
            raise UsageError(f"lam must be from 0 to 1, not {self.lam}")
        if self.eta < 0:
            raise UsageError(f"eta must not be negative, not {self.eta}")
        if self.band < 0:
            raise UsageError(f"band must not be negative, not {self.band}")
        if self.band and self.graph != "segments":
            raise UsageError(f"band={self.band} needs graph=segments, not {self.graph}")
        if self._asked_segments() is not None and self.graph != "segments":
            raise UsageError(f"segments={self.segments} needs graph=segments, not {self.graph}")
        if self.reconstruction == "none" and not self.neighbourhood:
            raise UsageError("with reconstruction=none and neighbourhood=false there is no loss")

    def frames_of(self, videos: Videos) -> int:
        """Return the largest multiple of the stride that the videos have frames for."""
        if videos.frames < self.stride:
            raise MethodError(
                f"{videos.name}: {videos.frames} frames are fewer than stride={self.stride}; "
                f"set stride to at most {videos.frames}"
            )
        asked = self._asked_segments()
        if asked is not None and asked > videos.frames:
            raise MethodError(
                f"{videos.name}: {videos.frames} frames are fewer than segments={asked}; "
                f"set segments to at most {videos.frames}"
            )
        return videos.frames // self.stride * self.stride

    def build_model(self, train: Videos, near: Videos) -> nn.Module:
        """Return encoder, decoders and memory bank, with the neighbourhood structure."""
        graph = None
        if self.neighbourhood:
            graph = Graph(self.training_graph(near))
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
        if self.balance != "recipe":
            return self.balance
        return "none" if self.recipe == "paper" else "shape"

    def _shape(self, dims: int, frames: int, videos: int = 0) -> Shape:
        hidden = self.bits if self.hidden is None else self.hidden
        return Shape(dims, frames, hidden, self.bits, self.stride, videos)

    def training_graph(self, train: Videos) -> Any:
        """Return the neighbour graph that ``fit`` trains on, None without a neighbourhood.

        Parameters
        ----------
        train : Videos
            With all stored frames, and with labels where ``graph=labels``.

        Returns
        -------
        csr_matrix of shape (n, n), or NeighbourGraph
        """
        if not self.neighbourhood:
            return None
        if self.graph == "labels":
            return label_graph(train.labels)
        means = self._segment_means(train)
        return neighbour_graph(
            means.reshape(len(train), -1),
            self.k1,
            self.k2,
            parts=self.parts,
            segments=means.shape[1],
            band=self.band,
            device=str(pick_device(self.workspace.device)),
            cache=self.workspace.cache,
            progress=self.workspace.progress,
        )

    def diagnostics(self) -> dict[str, Any]:
        """Return the loss history, the recipe, and the segments of the graph."""
        return super().diagnostics() | getattr(self, "graph_", {})

    def _segment_means(self, near: Videos) -> NDArray[np.float32]:
        """Return what the graph compares, (N, S, D) float32."""
        standard = None
        if self.graph_features == "standardized":
            # Of the frames that are read: the moments that the network's features have too.
            read = near.with_frames(self.frames_of(near))
            standard = Standardized(near.source, fit_moments(read, self.workspace.cache))
        segments = 1
        if self.graph == "segments":
            segments = self._choose_segments(near if standard is None else near.through(standard))
        means = near.segment_means(segments)
        if standard is not None:
            means = (means - standard.moments.mean) * standard.scale
        return means

    def _choose_segments(self, near: Videos) -> int:
        """Return S, and keep it for the record with what it was chosen by."""
        asked = self._asked_segments()
        if asked is not None:
            self.graph_ = dict[str, Any](segments=asked)
            return asked
        found = choose_segments(
            near,
            self.k1,
            band=self.band,
            device=str(pick_device(self.workspace.device)),
            cache=self.workspace.cache,
        )
        agreement = {str(segments): share for segments, share in found.agreement.items()}
        self.graph_ = dict[str, Any](segments=found.segments, segments_agreement=agreement)
        return found.segments

    def _asked_segments(self) -> int | None:
        """Return S, or None for ``auto``; the command line hands over a number as text."""
        if self.segments == "auto":
            return None
        text = str(self.segments)
        if isinstance(self.segments, bool) or not text.isdecimal() or int(text) < 1:
            raise UsageError(
                f"segments must be auto or a whole number from 1 on, not {self.segments!r}"
            )
        return int(text)
