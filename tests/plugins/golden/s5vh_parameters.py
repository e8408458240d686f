"""Moves the golden parameters of S5VH into our networks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

_RENAMED = {
    "mask_token": "decoder.mask_token",
    "encoder_to_decoder.": "decoder.from_code.",
    "binary.": "encoder.binary.",
    "ln.": "encoder.bit_norm.",
    "classifier.weight": "centres",
}
_INSIDE = {
    "patch_embed": "embed",
    "mamba1": "forwards",
    "in_proj": "enter",
    "conv1d.weight": "conv",
    "conv1d.bias": "conv_bias",
    "x_proj": "select",
    "dt_proj": "delta",
    "out_proj": "leave",
}


def our_name(name: str) -> str:
    """Return what a parameter of the program is called here."""
    for theirs, ours in _RENAMED.items():
        if name.startswith(theirs):
            name = ours + name.removeprefix(theirs)
    for theirs, ours in _INSIDE.items():
        name = name.replace(theirs, ours)
    return name


def parameters(golden: Mapping[str, Any], prefix: str, like: nn.Module) -> dict[str, Tensor]:
    """Return the golden parameters under ``prefix`` by our names, in our shapes."""
    shapes = {name: value.shape for name, value in like.named_parameters()}
    return {
        (ours := our_name(str(name))): torch.from_numpy(golden[f"{prefix}/{name}"]).reshape(
            shapes[ours]
        )
        for name in golden["names"]
    }


@torch.no_grad()
def load(model: nn.Module, golden: Mapping[str, Any]) -> None:
    """Copy the golden start into the model; every parameter has to be there."""
    start = parameters(golden, "step0", model)
    ours = dict(model.named_parameters())
    assert ours.keys() == start.keys()
    for name, value in start.items():
        ours[name].copy_(value)
