"""Moves golden parameters, one array a gate, into layers that hold all gates in one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from hashbench.nn import LSTM, Output

Arrays = Mapping[str, Any]


def layer_arrays(arrays: Arrays, step: str, nets: list[str], steps: int) -> dict[str, Any]:
    """Return W, U, b, M, gamma, beta of ``nets`` stacked as an LSTM holds them."""

    def stacked(join: Any) -> Any:
        return np.stack([join(f"{step}/{net}.") for net in nets])

    def gates(kind: str) -> Any:
        return lambda at: np.concatenate([arrays[f"{at}{kind}_{g}"] for g in "cifo"], axis=-1)

    found = {
        "U": stacked(gates("U")),
        "b": stacked(gates("b")),
        "M": stacked(lambda at: np.stack([arrays[f"{at}M_{g}"] for g in "ifo"])),
        "gamma": stacked(lambda at: np.stack([arrays[f"{at}bn{t}.gamma"] for t in range(steps)])),
        "beta": stacked(lambda at: np.stack([arrays[f"{at}bn{t}.beta"] for t in range(steps)])),
    }
    if f"{step}/{nets[0]}.W_i" in arrays:
        found["W"] = stacked(gates("W"))
    return found


def output_arrays(arrays: Arrays, step: str, nets: list[str]) -> dict[str, Any]:
    """Return W and r of ``nets`` stacked as an Output holds them."""
    return {
        "W": np.stack([arrays[f"{step}/{net}.W_out"] for net in nets]),
        "r": np.stack([arrays[f"{step}/{net}.b_out"] for net in nets]),
    }


Places = list[tuple[Any, list[str]]]


def pairs(places: Places, arrays: Arrays, step: str) -> Iterator[tuple[str, Tensor, Tensor]]:
    """Yield (name, our parameter, golden value) of every parameter in ``places``."""
    for module, nets in places:
        if isinstance(module, LSTM):
            found = layer_arrays(arrays, step, nets, module.steps)
        elif isinstance(module, Output):
            found = output_arrays(arrays, step, nets)
        else:
            yield nets[0], module, torch.from_numpy(arrays[f"{step}/{nets[0]}"])
            continue
        for name, value in found.items():
            yield f"{nets}.{name}", getattr(module, name), torch.from_numpy(value)


@torch.no_grad()
def load(places: Places, arrays: Arrays, step: str) -> int:
    """Copy golden values into the parameters; return how many numbers there were."""
    count = 0
    for _, ours, golden in pairs(places, arrays, step):
        ours.copy_(golden)
        count += ours.numel()
    return count
