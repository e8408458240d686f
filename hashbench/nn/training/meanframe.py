"""Base class of deep methods that read one vector a video: its mean frame."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TypeAlias, cast

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from hashbench.codes import BinaryCodes, projections
from hashbench.data import Videos
from hashbench.errors import MethodError
from hashbench.nn.attention.products import Linear
from hashbench.nn.training.deep import DeepMethod
from hashbench.parameters import at_least

_ROWS = 4096  # videos that are encoded together

Layers: TypeAlias = list[tuple[NDArray[np.float64], NDArray[np.float64]]]
"""W (out, in) and c (out,) of each layer."""


class Perceptron(nn.Module):
    """Linear layers with ReLU between them, from a mean frame to the values before the signs.

    Parameters
    ----------
    widths : sequence of int
        Of the input, of each hidden layer, and L.

    Examples
    --------
    >>> import torch
    >>> Perceptron([6, 10, 4])(torch.zeros(3, 1, 6))[0].shape
    torch.Size([3, 4])
    """

    def __init__(self, widths: Sequence[int]) -> None:
        super().__init__()
        self.linear = nn.ModuleList(Linear(a, b) for a, b in pairwise(widths))

    def forward(self, v: Tensor) -> tuple[Tensor]:
        """Return h (B, L) of videos v (B, 1, D)."""
        h = v[:, 0]
        for number, layer in enumerate(self.linear):
            h = layer(h if number == 0 else functional.relu(h))
        return (h,)

    def layers(self) -> Layers:
        """Return weights and offsets as arrays."""
        return [
            (
                layer.weight.detach().cpu().numpy().astype(np.float64),
                layer.bias.detach().cpu().numpy().astype(np.float64),
            )
            for layer in cast("list[Linear]", list(self.linear))
        ]


class MeanFrameMethod(DeepMethod):
    """A deep method whose encoder is a :class:`Perceptron` on the mean frame.

    Single vectors are streamed from where they lie. Of videos with several frames, the mean frames
    are held in memory. Standardisation is that of the mean frames. Codes are made in float64 and in
    products of one fixed size, so that a code does not depend on the batch that it came in.

    A subclass builds the model to train. Its loss compares the videos of a batch, so a batch has at
    least two of them.

    Parameters
    ----------
    bits, seed, **training
        As of :class:`DeepMethod`.
    """

    def hidden_widths(self) -> list[int]:
        """Return the widths of hidden layers; as a rule none."""
        return []

    def check_params(self) -> None:
        """Raise UsageError for a value that cannot be right; extended by subclasses."""
        super().check_params()
        at_least(2, batch_size=self.batch_size)

    def frames_of(self, videos: Videos) -> int:
        """Return all frames; MethodError for fewer than two videos."""
        if len(videos) < 2:
            raise MethodError(
                f"{type(self).__name__.lower()} compares the videos of a batch: two are needed, "
                f"{videos.name} has {len(videos)}"
            )
        return videos.frames

    def build_encoder(self, dims: int, frames: int) -> nn.Module:
        """Return an encoder to load weights into."""
        return Perceptron([dims, *self.hidden_widths(), self.bits])

    def encode(self, videos: Videos) -> BinaryCodes:
        """Return the signs of the encoder's last layer, sgn(0) = +1.

        Raises
        ------
        DataError
            If frames or width are not those of the training videos, or features are not finite.
        """
        self.check_fitted()
        self._check_alike(videos)
        layers, mean = self.layers_of_mean()
        X = videos.mean_pooled()
        parts = []
        for start in range(0, len(X), _ROWS):
            parts.append(_codes(X[start : start + _ROWS], layers, mean))
            self.workspace.progress.update("encode", min(start + _ROWS, len(X)), len(X))
        return BinaryCodes.concatenate(parts)

    def layers_of_mean(self) -> tuple[Layers, NDArray[np.float64]]:
        """Return what encodes a mean frame x: h = W (x - mean) + c, then ReLU before each layer.

        Returns
        -------
        layers : list of (W, c), each of float64 with shapes (out, in) and (out,)
            What standardises the features is part of the first one.
        mean : ndarray of float64, shape (dims,)
        """
        layers = cast(Perceptron, self.encoder_).layers()
        layers[0] = (layers[0][0] * self.scale_.astype(np.float64), layers[0][1])
        return layers, self.mean_.astype(np.float64)

    def _prepared(self, train: Videos, standard: bool) -> Videos:
        return super()._prepared(_pooled(train), standard)


def _pooled(videos: Videos) -> Videos:
    """Return the mean frames as videos of one frame; those that have one stay where they are."""
    if videos.frames == 1:
        return videos
    return Videos(videos.mean_pooled()[:, None], name=videos.name)


def _codes(X: NDArray[np.float32], layers: Layers, mean: NDArray[np.float64]) -> BinaryCodes:
    x: NDArray[np.floating] = X
    centre: NDArray[np.float64] | None = mean
    for W, c in layers[:-1]:
        h = np.empty((len(x), len(W)))
        for start, values in projections(x, W.T, centre):
            np.maximum(values + c, 0, out=h[start : start + len(values)])
        x, centre = h, None
    W, c = layers[-1]
    return BinaryCodes.from_hyperplanes(x, W.T, centre=centre, offset=c)
