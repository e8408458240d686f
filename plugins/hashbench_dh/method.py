"""Deep Hashing as a method."""

from __future__ import annotations

import re
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from hashbench import BinaryCodes, Method, Videos
from hashbench.codes import projections
from hashbench.errors import DataError, UsageError

_ENCODER = "encoder/"


class DH(Method):
    """Deep Hashing (a reconstruction: the authors published no program).

    Three tanh layers map a video's features x to H, with

        J = 1/2 ||B - H||^2 - l1/(2N) tr(H H^T)
            + l2/2 sum_m ||W^m W^m^T - I||^2 + l3/2 sum_m (||W^m||^2 + ||c^m||^2)

    lowered by turns: B = sgn(H), then an epoch on W and c. The code is sgn(H), where sgn(0) = +1.

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
    epochs : int
        Turns of B and W.
    lr : float
        Learning rate of Adam.
    batch_size : int
        Videos a batch at most; their sizes differ by one at most.
    hidden : int
        Width of the encoder-decoder.
    encoder_epochs : int
        Epochs of the encoder-decoder, which does not depend on L and is kept in the cache.

    Attributes
    ----------
    centre_ : ndarray of float32, shape (width,)
        Mean of the training features.
    W1_, c1_, W2_, c2_, W3_, c3_ : ndarray of float32
        The layers; the scale of the features is part of W1.
    history_ : list of dict
        J / N and its terms at the start and after each epoch.
    """

    def __init__(
        self,
        bits: int = 64,
        seed: int = 0,
        features: str = "autoencoder",
        layers: str = "auto",
        l1: float = 100.0,
        l2: float = 0.001,
        l3: float = 0.001,
        epochs: int = 30,
        lr: float = 1e-3,
        batch_size: int = 256,
        hidden: int = 256,
        encoder_epochs: int = 10,
    ) -> None:
        super().__init__(bits, seed)
        self.features = features
        self.layers = layers
        self.l1 = l1
        self.l2 = l2
        self.l3 = l3
        self.epochs = epochs
        self.lr = lr
        self.batch_size = batch_size
        self.hidden = hidden
        self.encoder_epochs = encoder_epochs

    def fit(self, train: Videos) -> Self:
        """Learn the features, then the layers."""
        import torch

        from hashbench_dh.autoencoder import Training, encoder_and_features
        from hashbench_dh.network import Network, Weights, alternate, layer_sizes
        from hashbench_itq import principal_directions

        self.check_params()
        encoder = None
        if self.features == "autoencoder":
            training = Training(self.hidden, self.encoder_epochs, seed=self.seed)
            encoder, X = encoder_and_features(train, training, self.workspace)
        else:
            X = train.mean_pooled()
        centre = X.mean(axis=0, dtype=np.float64).astype(np.float32)
        if not np.isfinite(centre).all():
            raise DataError(f"{train.name}: features hold NaN or infinite values")
        sizes = layer_sizes(self.bits, X.shape[1], self.layers)
        directions = principal_directions(X, centre.astype(np.float64), sizes[0])
        X = X - centre
        scale = 1 / max(float(np.sqrt(np.mean((X @ directions) ** 2))), 1e-12)
        net = Network(sizes, directions.astype(np.float32), self.seed)
        self.history_ = alternate(
            net,
            torch.from_numpy(X * np.float32(scale)),
            Weights(self.l1, self.l2, self.l3),
            epochs=self.epochs,
            batch_size=self.batch_size,
            lr=self.lr,
            seed=self.seed,
            report=lambda epoch, loss: self.workspace.progress.update(
                f"train dh {self.bits} bits", epoch, self.epochs, loss=loss
            ),
        )
        (self.W1_, self.c1_), (self.W2_, self.c2_), (self.W3_, self.c3_) = net.layers()
        self.W1_ *= np.float32(scale)
        self.centre_ = centre
        self.encoder_ = encoder
        return self

    def encode(self, videos: Videos) -> BinaryCodes:
        """Return sgn(H) of each video."""
        self.check_fitted()
        if self.encoder_ is None:
            x: NDArray[np.float32] = videos.mean_pooled()
        else:
            x = self.encoder_.features(videos, self.workspace)
        h1 = _tanh_layer(x, self.W1_, self.c1_, self.centre_)
        h2 = _tanh_layer(h1, self.W2_, self.c2_)
        # tanh keeps the sign, so the last one can be left out.
        W3 = np.ascontiguousarray(self.W3_.T)
        return BinaryCodes.from_hyperplanes(h2, W3, offset=self.c3_)

    def diagnostics(self) -> dict[str, Any]:
        """Return the loss and its terms by epoch."""
        return {"loss": list(self.history_)} if hasattr(self, "history_") else {}

    def fitted_state(self) -> dict[str, Any]:
        """Return layers, history and the encoder's arrays."""
        state = super().fitted_state()
        encoder = state.pop("encoder_", None)
        if encoder is not None:
            state |= {_ENCODER + name: array for name, array in encoder.arrays.items()}
        return state

    def restore(self, state: dict[str, Any]) -> None:
        """Take back what :meth:`fitted_state` returned."""
        arrays = {n.removeprefix(_ENCODER): a for n, a in state.items() if n.startswith(_ENCODER)}
        super().restore({n: a for n, a in state.items() if not n.startswith(_ENCODER)})
        self.encoder_ = None
        if arrays:
            from hashbench_dh.autoencoder import Encoder

            self.encoder_ = Encoder(arrays)

    def check_params(self) -> None:
        """Raise UsageError where a parameter is out of range."""
        self.check_bits()
        if self.features not in ("autoencoder", "mean"):
            raise UsageError(
                f"dh: features is {self.features!r}; 'autoencoder' or 'mean' is needed"
            )
        if self.layers != "auto" and not re.fullmatch(r"[1-9]\d*x[1-9]\d*", str(self.layers)):
            raise UsageError(
                f"dh: layers is {self.layers!r}; 'auto' or widths like 120x60 are needed"
            )
        for name in ("epochs", "batch_size", "hidden", "encoder_epochs"):
            if getattr(self, name) < 1:
                raise UsageError(f"dh: {name} must be at least 1, not {getattr(self, name)}")
        if not self.lr > 0:
            raise UsageError(f"dh: lr must be above 0, not {self.lr}")


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
