"""Snapshots of an encoder on the way through its training, for curves drawn afterwards.

Nothing is measured while training runs: what is kept here is ranked by others when it is over,
so that no test video can steer the training.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file
from torch import nn

from hashbench.errors import StoreError
from hashbench.files.atomic import replacing

Weights = dict[str, NDArray[Any]]


class Snapshots:
    """Weights of an encoder after some epochs.

    Parameters
    ----------
    every : int
        Epochs between two snapshots; 0 for none. The last epoch is kept beside them.
    folder : Path, optional
        Where the snapshots of an unfinished training lie, so that a kill does not lose them.
    key : str
        Identifies the training; a snapshot of another key is ignored.
    """

    def __init__(self, every: int, folder: Path | None = None, key: str = "") -> None:
        self.every, self.folder, self.key = every, folder, key
        self.taken: dict[int, Weights] = {}
        if every and folder is not None:
            for path in sorted(folder.glob("snapshot-*.safetensors")):
                self._read(path)

    def take(self, epoch: int, encoder: nn.Module, *, last: bool = False) -> None:
        """Keep the weights of ``encoder`` after ``epoch``, counted from 1, if it is its turn."""
        if not self.every or epoch in self.taken or (epoch % self.every and not last):
            return
        weights = {
            name: value.detach().cpu().numpy().copy()
            for name, value in encoder.state_dict().items()
        }
        self.taken[epoch] = weights
        if self.folder is not None:
            with replacing(self._path(epoch)) as temporary:
                save_file(weights, temporary, {"key": self.key, "epoch": str(epoch)})

    def _path(self, epoch: int) -> Path:
        assert self.folder is not None
        return self.folder / f"snapshot-{epoch:06}.safetensors"

    def _read(self, path: Path) -> None:
        try:
            with safe_open(path, "np") as file:
                about = file.metadata() or {}
                if about.get("key") == self.key:
                    names = list(file.keys())
                    self.taken[int(about["epoch"])] = {n: file.get_tensor(n) for n in names}
        except (OSError, SafetensorError, KeyError, ValueError) as error:
            raise StoreError(f"{path}: not a readable snapshot ({error}); delete it") from error
