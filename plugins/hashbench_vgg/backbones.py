"""Extractors of the families ``torchvision`` and ``timm``: any of their networks, without its head.

Neither package comes with hashbench. Weights are read from a file, or from where the package keeps
what it downloaded before. Nothing is downloaded.
"""

from __future__ import annotations

import hashlib
import importlib
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import interpolate

from hashbench.errors import DataError, UsageError
from hashbench.names import unknown
from hashbench_vgg.network import check_digest

_IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))


class Backbone:
    """A network that sees the central square of an image, and returns one vector.

    Parameters
    ----------
    network : Module
        From normalised images (m, 3, size, size) to features (m, dims).
    identity : str
        Family, network and digest of its weights.
    device : str
        Where to compute.
    size, short_side : int
        Pixels of the square, and of the short side that the image is brought to before.
    moments : pair of sequences of three floats
        Mean and standard deviation of the channels.
    """

    def __init__(
        self,
        network: nn.Module,
        identity: str,
        device: str,
        *,
        size: int = 224,
        short_side: int = 256,
        moments: tuple[Sequence[float], Sequence[float]] = _IMAGENET,
    ) -> None:
        try:
            self._device = torch.device(device)
            self._network = network.to(self._device).eval()
        except (RuntimeError, AssertionError) as error:
            reason = str(error).splitlines()[0]
            raise UsageError(f"--device {device}: not to be had here ({reason})") from error
        self._size, self._short_side, self._moments = size, short_side, moments
        self._identity = f"{identity}:{short_side}:{size}"
        self._dims = int(self(np.zeros((1, 3, size, size), np.uint8)).shape[1])

    @property
    def dims(self) -> int:
        """Length of a feature vector."""
        return self._dims

    @property
    def identity(self) -> str:
        """Network, digest of the weights, and preparation."""
        return self._identity

    def prepare(self, image: NDArray[np.uint8]) -> NDArray[Any]:
        """Bring the short side to its length and cut out the centre, (3, size, size) uint8."""
        pixels = torch.from_numpy(np.ascontiguousarray(image)).permute(2, 0, 1)[None]
        height, width = pixels.shape[-2:]
        scale = self._short_side / min(height, width)
        sides = [max(self._short_side, round(side * scale)) for side in (height, width)]
        resized = interpolate(pixels.float(), sides, mode="bilinear", antialias=True)
        top, left = ((side - self._size) // 2 for side in sides)
        cut = resized[0, :, top : top + self._size, left : left + self._size]
        prepared: NDArray[Any] = cut.round().clamp(0, 255).to(torch.uint8).numpy()
        return prepared

    @torch.inference_mode()
    def __call__(self, images: NDArray[Any]) -> NDArray[np.float32]:
        """Return features (m, dims) of prepared images (m, 3, size, size)."""
        x = torch.from_numpy(images).to(self._device).float().div_(255)
        mean, std = (x.new_tensor(values)[:, None, None] for values in self._moments)
        out = self._network((x - mean) / std)
        features: NDArray[np.float32] = out.flatten(1).float().cpu().numpy()
        return features


def from_torchvision(name: str, weights: Path | None, device: str) -> Backbone:
    """Return a network of torchvision, its last linear layer left out.

    Parameters
    ----------
    name : str
        As :func:`torchvision.models.list_models` lists it.
    weights : Path or None
        A state dictionary, ``.pth`` or ``.safetensors``; None for what torchvision downloaded
        before.
    device : str

    Raises
    ------
    UsageError
        If torchvision is not installed, knows no such network, or no weights are at hand.
    DataError
        If the weights are those of another network.
    """
    models = _module("torchvision.models", "torchvision", name)
    known = list(models.list_models())
    if name not in known:
        raise unknown("network of torchvision", name, known)
    path = weights or _downloaded(models, name)
    network = models.get_model(name, weights=None)
    head = _last_linear(network, name)
    _load(network, _state(path), path, without=head)
    _replace(network, head, nn.Identity())
    return Backbone(network, f"torchvision:{name}:{check_digest(path)}", device)


def from_timm(name: str, weights: Path | None, device: str) -> Backbone:
    """Return a network of timm, without its classifier and with the preparation it asks for.

    Parameters
    ----------
    name : str
        As :func:`timm.list_models` lists it.
    weights : Path or None
        A state dictionary, ``.pth`` or ``.safetensors``; None for what timm downloaded before.
    device : str

    Raises
    ------
    UsageError
        If timm is not installed, knows no such network, or no weights are at hand.
    DataError
        If the weights are those of another network.
    """
    timm = _module("timm", "timm", name)
    data = importlib.import_module("timm.data")
    if not timm.is_model(name):
        raise unknown("network of timm", name, list(timm.list_models()))
    if weights is None:
        network, digest = _from_cache(timm, name)
    else:
        network, digest = timm.create_model(name, pretrained=False, num_classes=0), ""
        _load(network, _state(weights), weights)
        digest = check_digest(weights)
    wanted = data.resolve_model_data_config(network)
    size = int(wanted["input_size"][-1])
    return Backbone(
        network,
        f"timm:{name}:{digest}",
        device,
        size=size,
        short_side=max(size, round(size / wanted["crop_pct"])),
        moments=(wanted["mean"], wanted["std"]),
    )


def _module(module: str, package: str, name: str) -> Any:
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise UsageError(
            f"--model {package}:{name} needs {package}, which is not part of hashbench: "
            f"pip install {package} ({error})"
        ) from error


def _downloaded(models: Any, name: str) -> Path:
    """Return where torch keeps the weights that torchvision uses by default."""
    address = str(models.get_model_weights(name).DEFAULT.url)
    path = Path(torch.hub.get_dir()) / "checkpoints" / address.rpartition("/")[2]
    if not path.is_file():
        raise UsageError(
            f"--model torchvision:{name} has no weights at hand: bring {address} and name the "
            "file with --weights"
        )
    return path


def _from_cache(timm: Any, name: str) -> tuple[nn.Module, str]:
    """Return a network with the weights that timm downloaded before, and their digest."""
    try:
        with _offline():
            network: nn.Module = timm.create_model(name, pretrained=True, num_classes=0)
    except Exception as error:  # the hub's own, of many kinds
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise UsageError(
            f"--model timm:{name} has no weights at hand: name a file with --weights ({reason})"
        ) from error
    digest = hashlib.sha256()
    for key, tensor in sorted(network.state_dict().items()):
        digest.update(f"{key}:{tuple(tensor.shape)}:".encode())
        digest.update(tensor.detach().cpu().contiguous().view(torch.uint8).numpy().tobytes())
    return network, digest.hexdigest()


@contextmanager
def _offline() -> Iterator[None]:
    """Keep the hub from the network; it reads the variable where it is asked for a file."""
    before = os.environ.get("HF_HUB_OFFLINE")
    os.environ["HF_HUB_OFFLINE"] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ["HF_HUB_OFFLINE"]
        else:
            os.environ["HF_HUB_OFFLINE"] = before


def _state(path: Path) -> Mapping[str, Tensor]:
    """Return a state dictionary, without unpickling anything but tensors."""
    try:
        if path.suffix == ".safetensors":
            from safetensors.torch import load_file

            found: Any = load_file(path)
        else:
            found = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise DataError(f"{path}: no such file of weights") from None
    except Exception as error:  # zip, pickle, safetensors and torch each have their own kinds
        reason = str(error).splitlines()[0]
        raise DataError(f"{path}: not a file of weights alone ({reason})") from error
    if not isinstance(found, dict) or not all(isinstance(v, Tensor) for v in found.values()):
        raise DataError(f"{path}: holds no state dictionary of tensors")
    return found


def _load(network: nn.Module, state: Mapping[str, Tensor], path: Path, without: str = "") -> None:
    """Load all tensors of a network; those of its head may be missing or of other shapes."""
    wanted = network.state_dict()
    for key, tensor in wanted.items():
        if without and key.startswith(f"{without}."):
            continue
        if key not in state:
            raise DataError(f"{path}: lacks {key}; the weights of another network?")
        if state[key].shape != tensor.shape:
            raise DataError(
                f"{path}: {key} has shape {tuple(state[key].shape)}; {tuple(tensor.shape)} is "
                "needed"
            )
        wanted[key] = state[key]
    network.load_state_dict(wanted)


def _last_linear(network: nn.Module, name: str) -> str:
    """Return where the classifier lies: the last linear layer of the network."""
    linear = [where for where, one in network.named_modules() if isinstance(one, nn.Linear)]
    if not linear:
        raise UsageError(f"--model torchvision:{name}: ends in no linear layer to leave out")
    return str(linear[-1])


def _replace(network: nn.Module, where: str, by: nn.Module) -> None:
    parent, _, last = where.rpartition(".")
    setattr(network.get_submodule(parent), last, by)
