"""Deep Hashing: its LSTM in float32 and its three layers in float64, as it encodes itself."""

from __future__ import annotations

from typing import Any, Protocol, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from hashbench.codes import MARGIN
from hashbench.export.encoders.graph import FrameInput
from hashbench.export.encoders.network import packed, scaled, scalings_of
from hashbench.nn import DeepMethod


class _Features(Protocol):
    """An encoder-decoder's encoder: ``frame_mean``, ``frame_scale`` and the weights of an LSTM."""

    arrays: dict[str, NDArray[np.float32]]


class _Layers(Protocol):
    """Layers h = tanh(W h + c) over features less their centre."""

    centre: Tensor

    def layers(self) -> list[tuple[NDArray[np.float32], NDArray[np.float32]]]: ...


class LayeredEncoder(nn.Module):
    """Frames (B, T, D) to packed codes and values, as :class:`NetworkEncoder`.

    Parameters
    ----------
    method : DeepMethod
        Fitted; it has ``autoencoder_`` beside ``encoder_``.
    given : FrameInput
    """

    def __init__(self, method: DeepMethod, given: FrameInput) -> None:
        super().__init__()
        layers = cast(_Layers, method.encoder_)
        features = cast(_Features | None, cast(Any, method).autoencoder_)
        self.used = given.used
        self.scalings = scalings_of(method, given)
        self.lstm = None
        if features is not None:
            weights = {n: torch.tensor(a) for n, a in features.arrays.items() if "_l0" in n}
            hidden = weights["weight_hh_l0"].shape[1]
            self.lstm = nn.LSTM(given.dims, hidden, batch_first=True)
            self.lstm.load_state_dict(weights)
            moments = (features.arrays["frame_mean"], features.arrays["frame_scale"])
            self.scalings.append((torch.tensor(moments[0]), torch.tensor(moments[1])))
        self.centre = layers.centre.detach().cpu().double()
        self.weights = [
            (torch.from_numpy(W).double().t(), torch.from_numpy(c).double())
            for W, c in layers.layers()
        ]

    def forward(self, frames: Tensor) -> tuple[Tensor, Tensor]:
        """Return codes, uint8 (B, ceil(L / 8)), and values, float32 (B, L)."""
        values, margin = self.before_sign(frames)
        return packed(values + margin), values.float()

    def before_sign(self, frames: Tensor) -> tuple[Tensor, Tensor]:
        """Return values and the margin within which each counts as 0, both float64 (B, L)."""
        v = scaled(frames if self.used is None else frames[:, : self.used], self.scalings)
        x = v.double().mean(1).float() if self.lstm is None else self.lstm(v)[1][0][0]
        h = x.double() - self.centre
        for W, c in self.weights[:-1]:
            # Each layer's output is kept in float32.
            h = torch.tanh(h @ W + c).float().double()
        W, c = self.weights[-1]
        lengths = h.square().sum(1, keepdim=True).sqrt()
        margin = MARGIN * (lengths * W.square().sum(0).sqrt() + c.abs())
        return h @ W + c, margin

    @torch.inference_mode()
    def nearest_threshold(self, frames: Tensor) -> Tensor:
        """Return how near any value of each video comes to 0, shape (B,)."""
        return self.before_sign(frames)[0].abs().amin(1)
