"""Moves golden parameters of BTH into our network, whose names are others."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from hashbench_bth.model import Network

_BLOCK = "bert.transformer_blocks.0"
_LAYERS = {
    "encoder.embed": "bert.embedding.frame_map",
    "encoder.query": f"{_BLOCK}.attention.linear_layers.0",
    "encoder.key": f"{_BLOCK}.attention.linear_layers.1",
    "encoder.value": f"{_BLOCK}.attention.linear_layers.2",
    "encoder.out": f"{_BLOCK}.attention.output_linear",
    "encoder.wide": f"{_BLOCK}.feed_forward.w_1",
    "encoder.narrow": f"{_BLOCK}.feed_forward.w_2",
    "encoder.binary": "binary",
    "decoder": "restore",
}
NAMES = {
    f"{ours}.{kind}": f"{theirs}.{kind}"
    for ours, theirs in _LAYERS.items()
    for kind in ("weight", "bias")
} | {
    f"encoder.norm{number}.{ours}": f"{_BLOCK}.{place}_sublayer.norm.{theirs}"
    for number, place in ((1, "input"), (2, "output"))
    for ours, theirs in (("weight", "a_2"), ("bias", "b_2"))
}
"""Our name of each parameter -> theirs."""

SITES = [
    "bert.embedding.dropout",
    f"{_BLOCK}.attention.dropout",
    f"{_BLOCK}.input_sublayer.dropout",
    f"{_BLOCK}.feed_forward.dropout",
    f"{_BLOCK}.output_sublayer.dropout",
    f"{_BLOCK}.dropout",
]
"""Where dropout is applied, in the order in which our network comes by."""


def parameters(golden: dict[str, Any], prefix: str) -> dict[str, Tensor]:
    """Return the golden parameters under ``prefix`` by our names."""
    return {ours: torch.from_numpy(golden[f"{prefix}/{theirs}"]) for ours, theirs in NAMES.items()}


def load(model: Network, golden: dict[str, Any]) -> None:
    """Give ``model`` the parameters that all cases start from; all of them, and no others."""
    assert set(NAMES.values()) == {str(name) for name in golden["names"]}
    start = parameters(golden, "step0")
    ours = dict(model.named_parameters())
    assert ours.keys() == start.keys()
    with torch.no_grad():
        for name, value in start.items():
            ours[name].copy_(value)
