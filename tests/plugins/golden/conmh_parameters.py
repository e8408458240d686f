"""Moves golden parameters of ConMH and AutoSSVH into our network, whose names are others."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import torch
from torch import Tensor

from hashbench_conmh.model import Model

_RENAMED = (
    (r"^mask_token$", "decoder.mask_token"),
    (r"^pos_embed$", "decoder.positions"),
    (r"^encoder_to_decoder\.", "decoder.from_code."),
    (r"^binary\.", "encoder.binary."),
    (r"^ln\.", "encoder.bit_norm."),
    (r"\.patch_embed\.", ".embed."),
    (r"\.attn\.proj\.", ".attention.out."),
    (r"\.attn\.", ".attention."),
    (r"\.mlp\.fc1\.", ".mlp.0."),
    (r"\.mlp\.fc2\.", ".mlp.2."),
)


def our_name(name: str) -> str:
    """Return our name of a golden parameter."""
    for pattern, ours in _RENAMED:
        name = re.sub(pattern, ours, name)
    return name


def parameters(golden: dict[str, Any], prefix: str) -> dict[str, Tensor]:
    """Return the golden parameters under ``prefix`` by our names, shaped as ours."""
    found = {}
    for name in golden["names"]:
        value = np.asarray(golden[f"{prefix}/{name}"])
        if name in ("mask_token", "pos_embed"):
            value = value.squeeze() if name == "mask_token" else value[0]
        found[our_name(str(name))] = torch.from_numpy(value)
    return found


def load(model: Model, golden: dict[str, Any]) -> None:
    """Give ``model`` the parameters that all cases start from; all of them, and no others."""
    start = parameters(golden, "step0")
    ours = dict(model.named_parameters())
    assert ours.keys() == start.keys()
    with torch.no_grad():
        for name, value in start.items():
            assert ours[name].shape == value.shape, name
            ours[name].copy_(value)
