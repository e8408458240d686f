"""Networks: from frames to packed codes as one module, and that module as an ONNX file."""

from __future__ import annotations

import contextlib
import logging
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol, cast

import numpy as np
import torch
from torch import Tensor, nn

from hashbench.errors import MethodError
from hashbench.export.encoders.graph import OPSET, FrameInput, scale_of
from hashbench.export.encoders.plain import PlainLSTM, plain
from hashbench.nn import DeepMethod


class _Thresholded(Protocol):
    """An encoder whose frames have codes of their own, as those of ConMH, S5VH and BTH."""

    def before_sign(self, *given: Tensor) -> Tensor: ...


class NetworkEncoder(nn.Module):
    """Frames (B, T, D) to packed codes (B, ceil(L / 8)) and the values (B, L) before the sign.

    Parameters
    ----------
    method : DeepMethod
        Fitted.
    given : FrameInput
    """

    def __init__(self, method: DeepMethod, given: FrameInput) -> None:
        super().__init__()
        self.network = plain(method.encoder_)
        self.used = given.used
        self.scalings = scalings_of(method, given)
        self.watched: list[Tensor] = []
        _watch(self.network, self.watched)

    def forward(self, frames: Tensor) -> tuple[Tensor, Tensor]:
        """Return codes, uint8 (B, ceil(L / 8)), and values, float32 (B, L)."""
        v = scaled(frames if self.used is None else frames[:, : self.used], self.scalings)
        values: Tensor = self.network(v)[0]
        return packed(values), values

    @torch.inference_mode()
    def nearest_threshold(self, frames: Tensor) -> Tensor:
        """Return how near any value of each video comes to a threshold of 0, shape (B,).

        Bits that a binary LSTM feeds back and the codes of single frames count as well.
        """
        layers = [layer for layer in self.network.modules() if isinstance(layer, PlainLSTM)]
        self.watched.clear()
        for layer in layers:
            layer.fed_back.clear()
        values = self.forward(frames)[1]
        inner = [*self.watched, *(h for layer in layers for h in layer.fed_back)]
        self.watched.clear()
        return torch.stack([v.abs().flatten(1).amin(1) for v in inner or [values]]).amin(0)


def scalings_of(method: DeepMethod, given: FrameInput) -> list[tuple[Tensor, Tensor]]:
    """Return what a method's frames have taken off and are multiplied by, one after the other."""
    found = [] if given.moments is None else [(given.moments.mean, scale_of(given.moments))]
    if method.mean_.any() or (method.scale_ != 1).any():
        found.append((method.mean_, method.scale_))
    return [(torch.from_numpy(np.array(mean)), torch.from_numpy(np.array(s))) for mean, s in found]


def scaled(v: Tensor, scalings: list[tuple[Tensor, Tensor]]) -> Tensor:
    """Return frames after all of :func:`scalings_of`."""
    for mean, scale in scalings:
        v = (v - mean) * scale
    return v


def packed(values: Tensor) -> Tensor:
    """Return the signs of values (B, L) as bytes, least significant bit first; 0 counts as +1."""
    bits = (values >= 0).to(torch.int32)
    bits = nn.functional.pad(bits, (0, -values.shape[1] % 8))
    eights = bits.reshape(-1, bits.shape[1] // 8, 8)
    weights = torch.tensor([1, 2, 4, 8, 16, 32, 64, 128], dtype=torch.int32)
    return (eights * weights).sum(2).to(torch.uint8)


def write_network(module: nn.Module, frames: int, dims: int, path: Path) -> None:
    """Write a module of frames (B, T, D) as ONNX, for any number of videos.

    Raises
    ------
    MethodError
        If torch cannot trace it.
    """
    example = torch.zeros(2, frames, dims)
    try:
        with _quietly():
            torch.onnx.export(
                module,
                (example,),
                path,
                input_names=["frames"],
                output_names=["code", "values"],
                dynamic_axes={name: {0: "videos"} for name in ("frames", "code", "values")},
                opset_version=OPSET,
                # The exporter by torch.export fixes the number of videos of an unrolled recurrence.
                dynamo=False,
            )
    except Exception as error:  # torch.onnx raises a dozen kinds, with pages of advice
        reason = " ".join(str(error).split())[:300]
        name = type(module).__name__
        raise MethodError(f"{name} cannot be written as ONNX ({reason})") from error


def _watch(network: nn.Module, seen: list[Tensor]) -> None:
    """Let a network note the values whose signs are the codes of single frames."""
    if not hasattr(network, "before_sign"):
        return
    original = cast(_Thresholded, network).before_sign

    def noting(*given: Any) -> Tensor:
        values = original(*given)
        if not torch.onnx.is_in_onnx_export():
            seen.append(values)
        return values

    network.__dict__["before_sign"] = noting


@contextlib.contextmanager
def _quietly() -> Iterator[None]:
    """Keep torch's advice to itself: what matters is checked by running the file."""
    loggers = [logging.getLogger(name) for name in ("torch.onnx", "onnxscript", "onnx_ir")]
    levels = [logger.level for logger in loggers]
    with warnings.catch_warnings(), torch.inference_mode(False), torch.no_grad():
        warnings.simplefilter("ignore")
        for logger in loggers:
            logger.setLevel(logging.ERROR)
        try:
            yield
        finally:
            for logger, level in zip(loggers, levels, strict=True):
                logger.setLevel(level)
