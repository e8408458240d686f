"""Deep Hashing as a method."""

from __future__ import annotations

import re
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from torch import nn

from hashbench import BinaryCodes, Videos
from hashbench.errors import UsageError
from hashbench.linear import finite_mean, principal_directions, projections
from hashbench.nn import Convergence, DeepMethod, Recipe
from hashbench_dh.autoencoder import Encoder, Training, encoder_and_features
from hashbench_dh.network import Model, Network, Weights, layer_sizes

_FEATURES = "features/"

RECIPES = {
    "fast": Recipe(
        "adam", "one_cycle", lr=3e-3, epochs=10, batch_size=256, updates=250, mean_loss=True
    )
}
ENCODER_RECIPES = {
    "fast": Recipe(
        "adam", "one_cycle", lr=3e-3, epochs=10, batch_size=64, updates=250, mean_loss=True
    )
}
"""Of the encoder-decoder, by the same names."""


class DH(DeepMethod):
    """Deep Hashing (a reconstruction: the authors published no program).

    Three tanh layers map a video's features x to H, with

        J = 1/2 ||B - H||^2 - l1/(2N) tr(H H^T)
            + l2/2 sum_m ||W^m W^m^T - I||^2 + l3/2 sum_m (||W^m||^2 + ||c^m||^2)

    lowered in alternation: B = sgn(H), then an epoch on W and c. The code is sgn(H), sgn(0) = +1.

    Chosen here: Adam on batches in place of gradient descent on all videos; the start, which is PCA
    hashing; features less their training mean, or tanh saturates, and scaled by one number to unit
    mean square in the first layer; the widths of the layers.

    Parameters
    ----------
    bits : int
        Code length L; may exceed the features' width.
    seed : int
        Seed of start values and batches.
    features : {"autoencoder", "mean"}
        What x is: the last hidden state of a plain LSTM encoder-decoder, as in the SSVH paper's
        comparison, or the mean frame.
    layers : str
        Widths p_1 and p_2 such as ``"120x60"``; ``"auto"``: p_m = 2^(3 - m) L, at most the
        features' width and at least L.
    l1, l2, l3 : float
        Weights of the loss terms, as in the paper.
    hidden : int
        Width of the encoder-decoder.
    encoder_epochs : int, optional
        Epochs of the encoder-decoder, which does not depend on L and is kept in the cache. By
        default ``epochs`` where that is given, and the recipe's where it is not.
    encoder_updates, encoder_lr, encoder_schedule, encoder_warmup, encoder_clip : optional
        Override the recipe of the encoder-decoder. ``encoder_updates`` is ``updates`` where that
        is given.
    **training
        As of :class:`hashbench.nn.DeepMethod`. All but ``epochs``, ``updates``, ``early_stop`` and
        ``standardize`` concern the layers alone. An epoch is one turn of B and W.

    Attributes
    ----------
    encoder_ : Network
        The layers.
    autoencoder_ : Encoder or None
        What yields the features; None for mean frames.
    history_ : dict
        Means of J / N and its terms over each epoch, and the encoder-decoder's loss.
    """

    recipes = RECIPES

    def __init__(
        self,
        bits: int = 64,
        seed: int = 0,
        *,
        features: str = "autoencoder",
        layers: str = "auto",
        l1: float = 100.0,
        l2: float = 0.001,
        l3: float = 0.001,
        hidden: int = 256,
        encoder_epochs: int | None = None,
        encoder_updates: int | None = None,
        encoder_lr: float | None = None,
        encoder_schedule: str | None = None,
        encoder_warmup: float | None = None,
        encoder_clip: float | None = None,
        **training: Any,
    ) -> None:
        super().__init__(bits, seed, **training)
        self.features = features
        self.layers = layers
        self.l1 = l1
        self.l2 = l2
        self.l3 = l3
        self.hidden = hidden
        self.encoder_epochs = encoder_epochs
        self.encoder_updates = encoder_updates
        self.encoder_lr = encoder_lr
        self.encoder_schedule = encoder_schedule
        self.encoder_warmup = encoder_warmup
        self.encoder_clip = encoder_clip

    def check_params(self) -> None:
        """Raise UsageError where a parameter is out of range."""
        super().check_params()
        if self.features not in ("autoencoder", "mean"):
            raise UsageError(
                f"dh: features is {self.features!r}; 'autoencoder' or 'mean' is needed"
            )
        if self.layers != "auto" and not re.fullmatch(r"[1-9]\d*x[1-9]\d*", str(self.layers)):
            raise UsageError(
                f"dh: layers is {self.layers!r}; 'auto' or widths like 120x60 are needed"
            )
        if self.hidden < 1:
            raise UsageError(f"dh: hidden must be at least 1, not {self.hidden}")
        try:
            self._training(1)
        except UsageError as error:
            raise UsageError(f"dh: encoder_{error}") from error

    def frames_of(self, videos: Videos) -> int:
        """Return all frames."""
        return videos.frames

    def network_inputs(self, train: Videos) -> Videos:
        """Return the features x (N, 1, width), with the encoder-decoder trained where one is."""
        self.autoencoder_: Encoder | None = None
        if self.features == "autoencoder":
            training = self._training(len(train))
            self.autoencoder_, X = encoder_and_features(train, training, self.workspace)
        else:
            X = train.mean_pooled()
        return Videos(X[:, None], name=train.name)

    def build_model(self, train: Videos, near: Videos) -> nn.Module:
        """Return the layers, which begin as PCA hashing, and their loss."""
        X = train.take(slice(None))[:, 0]
        centre = finite_mean(X, train.name)
        net = self._layers(train.dims)
        directions = principal_directions(X, centre, len(net.W[0]))
        blocks = projections(X, directions, centre)
        square = sum(float(np.vdot(values, values)) for _, values in blocks) / (
            len(X) * directions.shape[1]
        )
        net.start_from(directions, centre, 1 / max(square**0.5, 1e-12), self.seed)
        return Model(net, Weights(self.l1, self.l2, self.l3), len(train))

    def build_encoder(self, dims: int, frames: int) -> nn.Module:
        """Return layers to load weights into."""
        return self._layers(self.hidden if self.features == "autoencoder" else dims)

    def encode(self, videos: Videos) -> BinaryCodes:
        """Return sgn(H) of each video.

        In products of one fixed size, so that a code does not depend on the batch.
        """
        self.check_fitted()
        self._check_alike(videos)
        seen = self._standardised(videos)
        if self.autoencoder_ is None:
            x: NDArray[np.float32] = seen.mean_pooled()
        else:
            x = self.autoencoder_.features(seen, self.workspace)
        net = cast(Network, self.encoder_)
        (W1, c1), (W2, c2), (W3, c3) = net.layers()
        h1 = _tanh_layer(x, W1, c1, net.centre.cpu().numpy())
        h2 = _tanh_layer(h1, W2, c2)
        # tanh keeps the sign, so the last one can be left out.
        return BinaryCodes.from_hyperplanes(h2, np.ascontiguousarray(W3.T), offset=c3)

    def n_parameters(self, dims: int) -> int | None:
        """Return how many parameters the layers and the encoder of frames have."""
        layers = super().n_parameters(dims)
        encoder: Encoder | None = getattr(self, "autoencoder_", None)
        return layers if layers is None or encoder is None else layers + encoder.n_parameters

    def diagnostics(self) -> dict[str, Any]:
        """Return the loss history of the layers and of the encoder-decoder."""
        found = super().diagnostics()
        encoder: Encoder | None = getattr(self, "autoencoder_", None)
        if encoder is not None:
            loss = encoder.arrays["loss"].tolist()
            found["encoder_decoder_loss"] = [round(value, 6) for value in loss]
            if "trend" in encoder.arrays:
                t, share, updates = encoder.arrays["trend"].tolist()
                trend = Convergence(t, share, int(updates))
                found |= {f"encoder_decoder_{n}": v for n, v in trend.to_json().items()}
        return found

    def fitted_state(self) -> dict[str, Any]:
        """Return the layers and the encoder-decoder's arrays."""
        state = super().fitted_state()
        encoder = state.pop("autoencoder_", None)
        if encoder is not None:
            state |= {_FEATURES + name: array for name, array in encoder.arrays.items()}
        return state

    def restore(self, state: dict[str, Any]) -> None:
        """Take back what :meth:`fitted_state` returned."""
        arrays = {n.removeprefix(_FEATURES): a for n, a in state.items() if n.startswith(_FEATURES)}
        super().restore({n: a for n, a in state.items() if not n.startswith(_FEATURES)})
        self.autoencoder_ = Encoder(arrays) if arrays else None

    def _layers(self, width: int) -> Network:
        return Network(width, layer_sizes(self.bits, width, self.layers))

    def _training(self, videos: int) -> Training:
        """Return how the encoder-decoder is trained on ``videos`` videos."""
        own = self.encoder_epochs is not None or self.encoder_updates is not None
        trained = videos
        if self._plan(RECIPES[self.recipe], 1).early_stop:
            trained -= videos // 10
        plan = ENCODER_RECIPES[self.recipe].plan(
            trained,
            lr=self.encoder_lr,
            epochs=self.encoder_epochs if own else self.epochs,
            updates=self.encoder_updates if own else self.updates,
            schedule=self.encoder_schedule,
            warmup=self.encoder_warmup,
            clip=self.encoder_clip,
            early_stop=self.early_stop,
        )
        return Training(
            self.hidden,
            plan.epochs,
            ENCODER_RECIPES[self.recipe].batch_size,
            plan.lr,
            self.seed,
            plan.schedule,
            plan.warmup,
            plan.max_norm or 0.0,
            plan.early_stop,
        )


def _tanh_layer(
    x: NDArray[np.float32],
    W: NDArray[np.float32],
    c: NDArray[np.float32],
    centre: NDArray[np.float32] | None = None,
) -> NDArray[np.float32]:
    h = np.empty((len(x), len(W)), np.float32)
    for start, values in projections(x, np.ascontiguousarray(W.T), centre):
        h[start : start + len(values)] = np.tanh(values + c)
    return h
