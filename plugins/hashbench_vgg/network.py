"""VGG-16 up to fc7, the network that the paper's features come from (Simonyan, Zisserman, 2015).

Written out in plain torch and loaded from the state dictionary that torchvision publishes, so
that torchvision itself, which must match the torch release to the letter, is not needed.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import interpolate

from hashbench import Workspace
from hashbench.errors import DataError, UsageError

URL = "https://download.pytorch.org/models/vgg16-397923af.pth"
_PLAN = (64, 64, 0, 128, 128, 0, 256, 256, 256, 0, 512, 512, 512, 0, 512, 512, 512, 0)
"""Channels of each convolution; 0 is a pooling by two."""

_MEAN, _STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
_SHORT_SIDE, _CROP = 256, 224
_NAMED_DIGEST = re.compile(r"-([0-9a-f]{8,64})\.pth$")


class VGG16(nn.Module):
    """VGG-16 without its last layer; the names of its parameters are torchvision's.

    Parameters
    ----------
    plan : tuple of int
        Channels of each convolution, 0 for a pooling.
    hidden : int
        Width of fc6 and fc7.
    """

    def __init__(self, plan: tuple[int, ...] = _PLAN, hidden: int = 4096) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        channels = 3
        for width in plan:
            if width:
                layers += [nn.Conv2d(channels, width, 3, padding=1), nn.ReLU(inplace=True)]
                channels = width
            else:
                layers.append(nn.MaxPool2d(2))
        self.features = nn.Sequential(*layers)
        # Positions 2 and 5 are torchvision's dropout, which does nothing when a network is used.
        self.classifier = nn.Sequential(
            nn.Linear(channels * 7 * 7, hidden),
            nn.ReLU(inplace=True),
            nn.Identity(),
            nn.Linear(hidden, hidden),
            nn.ReLU(inplace=True),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Return fc7 after its ReLU, (m, hidden), of normalised images (m, 3, 224, 224)."""
        out: Tensor = self.classifier(self.features(x).flatten(1))
        return out


class VGG16FC7:
    """The extractor ``vgg16-fc7``: 4096 features of a frame's central square.

    Parameters
    ----------
    weights : Path or None
        torchvision's ``vgg16-397923af.pth`` or a file of the same layout; None to download it.
    device : str
        Where to compute.
    network : VGG16, optional
        Another network of the same family, for tests.
    """

    def __init__(self, weights: Path | None, device: str, network: VGG16 | None = None) -> None:
        path = weights or _downloaded()
        digest = check_digest(path)
        self.network = network or VGG16()
        load_weights(self.network, path)
        try:
            self.device = torch.device(device)
            self.network.to(self.device).eval()
        except (RuntimeError, AssertionError) as error:
            reason = str(error).splitlines()[0]
            raise UsageError(f"--device {device}: not to be had here ({reason})") from error
        self._identity = f"vgg16-fc7:relu:{_SHORT_SIDE}:{_CROP}:{digest}"

    @property
    def dims(self) -> int:
        """Length of a feature vector."""
        last = self.network.classifier[3]
        assert isinstance(last, nn.Linear)
        return last.out_features

    @property
    def identity(self) -> str:
        """Network, preparation and digest of the weights."""
        return self._identity

    def prepare(self, image: NDArray[np.uint8]) -> NDArray[Any]:
        """Bring the short side to 256 and cut out the central 224 x 224, (3, 224, 224) uint8."""
        pixels = torch.from_numpy(np.ascontiguousarray(image)).permute(2, 0, 1)[None]
        height, width = pixels.shape[-2:]
        scale = _SHORT_SIDE / min(height, width)
        size = [max(_SHORT_SIDE, round(side * scale)) for side in (height, width)]
        resized = interpolate(pixels.float(), size, mode="bilinear", antialias=True)
        top, left = (size[0] - _CROP) // 2, (size[1] - _CROP) // 2
        cut = resized[0, :, top : top + _CROP, left : left + _CROP]
        prepared: NDArray[Any] = cut.round().clamp(0, 255).to(torch.uint8).numpy()
        return prepared

    @torch.inference_mode()
    def __call__(self, images: NDArray[Any]) -> NDArray[np.float32]:
        """Return features (m, 4096) of prepared frames (m, 3, 224, 224)."""
        x = torch.from_numpy(images).to(self.device).float().div_(255)
        mean = x.new_tensor(_MEAN)[:, None, None]
        std = x.new_tensor(_STD)[:, None, None]
        features: NDArray[np.float32] = self.network((x - mean) / std).float().cpu().numpy()
        return features


def check_digest(path: Path) -> str:
    """Return the SHA-256 of a weights file, in hex.

    Raises
    ------
    DataError
        If the file is missing, or its name carries a digest, as torchvision's do, that is not
        that of its content.
    """
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror})") from error
    named = _NAMED_DIGEST.search(path.name)
    if named and not digest.startswith(named.group(1)):
        raise DataError(
            f"{path}: damaged or another file: its sha256 begins with {digest[:8]}, "
            f"its name says {named.group(1)}"
        )
    return digest


def load_weights(network: VGG16, path: Path) -> None:
    """Load a state dictionary, without unpickling anything else, and check every shape.

    Raises
    ------
    DataError
        If the file is no state dictionary, or lacks a tensor of the network.
    """
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # zip, pickle and torch each have their own kinds
        reason = str(error).splitlines()[0]
        raise DataError(f"{path}: not a file of weights alone ({reason})") from error
    if not isinstance(state, dict):
        raise DataError(f"{path}: holds a {type(state).__name__}, not a state dictionary")
    wanted = network.state_dict()
    for name, tensor in wanted.items():
        found = state.get(name)
        if not isinstance(found, Tensor):
            raise DataError(f"{path}: lacks {name}; the weights of a VGG-16 are needed")
        if found.shape != tensor.shape:
            raise DataError(
                f"{path}: {name} has shape {tuple(found.shape)}; {tuple(tensor.shape)} is needed"
            )
    network.load_state_dict({name: state[name] for name in wanted})


def _downloaded() -> Path:
    folder = Workspace().cache / "weights"
    path = folder / URL.rpartition("/")[2]
    if not path.exists():
        try:
            folder.mkdir(parents=True, exist_ok=True)
            torch.hub.download_url_to_file(URL, str(path), hash_prefix=path.stem.split("-")[1])
        except (OSError, RuntimeError) as error:
            raise UsageError(
                f"{URL} cannot be fetched ({error}); bring the file and name it with --weights"
            ) from error
    return path
