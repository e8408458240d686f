"""Checkpoint: the state of an unfinished training, in one file that is whole or absent."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.optim import Optimizer

from hashbench.errors import StoreError
from hashbench.files.atomic import replacing
from hashbench.files.documents import parse_json

_NAME = "training.safetensors"
_FORMAT = 4
"""Raised where a training would go on otherwise than it began, as with other batches."""


class Progressed(NamedTuple):
    """Where a training stands: epochs done, its history so far, and the scaling of float16 losses.

    ``scaling`` is what ``GradScaler.state_dict`` returns: empty for other types.
    """

    epochs: int
    history: dict[str, Any]
    scaling: dict[str, Any]


def write(
    folder: Path,
    key: str,
    model: nn.Module,
    optimiser: Optimizer,
    progressed: Progressed,
    best: Mapping[str, Tensor] | None = None,
) -> None:
    """Replace the checkpoint in ``folder``; ``best`` are the weights that may be gone back to.

    The description (JSON) travels in the header of the arrays' own file: two files could disagree
    after a kill between them.
    """
    arrays = {f"model/{name}": value for name, value in model.state_dict().items()}
    arrays |= {f"best/{name}": value for name, value in (best or {}).items()}
    for number, (name, value) in enumerate(_optimiser_arrays(optimiser)):
        arrays[f"optimiser/{number:05}/{name}"] = value
    description = {
        "format": _FORMAT,
        "key": key,
        "epochs": progressed.epochs,
        "history": progressed.history,
        "scaling": progressed.scaling,
    }
    arrays = {name: value.detach().contiguous().cpu() for name, value in arrays.items()}
    with replacing(folder / _NAME) as temporary:
        save_file(arrays, temporary, {"hashbench": json.dumps(description)})


def read(
    folder: Path, key: str, model: nn.Module, optimiser: Optimizer
) -> tuple[Progressed, dict[str, Tensor]] | None:
    """Restore model and optimiser from ``folder``; None if there is no checkpoint of this ``key``.

    Returns
    -------
    (Progressed, dict of Tensor)
        Where training stands, and the best weights so far, none unless it stops early.

    Raises
    ------
    StoreError
        If the file is there and damaged.
    """
    path = folder / _NAME
    if not path.exists():
        return None
    try:
        with safe_open(path, "pt") as file:
            description = parse_json((file.metadata() or {})["hashbench"])
            if description["format"] != _FORMAT or description["key"] != key:
                return None
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (OSError, SafetensorError, KeyError, TypeError, ValueError) as error:
        raise StoreError(f"{path}: not a readable checkpoint ({error}); delete it") from error
    parts: dict[str, dict[str, Tensor]] = {"model": {}, "optimiser": {}, "best": {}}
    try:
        for name, value in arrays.items():
            kind, _, rest = name.partition("/")
            parts[kind][rest] = value
        model.load_state_dict(parts["model"])
        _restore(optimiser, parts["optimiser"])
        progressed = Progressed(
            _whole(description["epochs"]),
            dict(description["history"]),
            dict(description["scaling"]),
        )
    except (KeyError, IndexError, TypeError, ValueError, RuntimeError) as error:
        reason = " ".join(str(error).split())[:200]
        raise StoreError(f"{path}: not a checkpoint of this model ({reason}); delete it") from error
    return progressed, parts["best"]


def _whole(epochs: object) -> int:
    """Return a count of epochs.

    Raises
    ------
    ValueError
        If it is none.
    """
    if not isinstance(epochs, int) or isinstance(epochs, bool) or epochs < 0:
        raise ValueError(f"{epochs!r} epochs")
    return epochs


def _optimiser_arrays(optimiser: Optimizer) -> list[tuple[str, Tensor]]:
    params = [p for group in optimiser.param_groups for p in group["params"]]
    return [
        (f"{place}/{name}", value)
        for place, p in enumerate(params)
        for name, value in sorted(optimiser.state.get(p, {}).items())
    ]


@torch.no_grad()
def _restore(optimiser: Optimizer, arrays: dict[str, Tensor]) -> None:
    params = [p for group in optimiser.param_groups for p in group["params"]]
    for name, value in arrays.items():
        _, place, entry = name.split("/")
        p = params[int(place)]
        # Adam's count of updates lives beside its moments and keeps its own type.
        optimiser.state[p][entry] = value.to(p.device).clone()
