"""Networks of torchvision and timm as extractors, by stand-ins that have the same interface."""

from __future__ import annotations

import hashlib
import sys
import types
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.functional import interpolate

from hashbench.data.extraction.extractor import make_extractor
from hashbench.errors import DataError, UsageError


class Tiny(nn.Module):
    """A network with the parts that are looked for: a trunk, and a linear layer at the end."""

    def __init__(self, classes: int = 7) -> None:
        super().__init__()
        self.trunk = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1))
        self.fc = nn.Linear(4, classes) if classes else nn.Identity()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out: torch.Tensor = self.fc(self.trunk(x).flatten(1))
        return out


class Headless(nn.Module):
    """Like squeezenet: convolutions to the end."""

    def __init__(self) -> None:
        super().__init__()
        self.last = nn.Conv2d(3, 4, 3)


@pytest.fixture
def packages(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Put stand-ins for torchvision and timm where they are imported from."""
    address = "https://example.org/tiny-0000.pth"
    default = types.SimpleNamespace(url=address)
    models = types.ModuleType("torchvision.models")
    made = {"tiny": Tiny, "headless": Headless}
    models.list_models = lambda: list(made)  # type: ignore[attr-defined]
    models.get_model = lambda name, weights: made[name]()  # type: ignore[attr-defined]
    models.get_model_weights = lambda name: types.SimpleNamespace(DEFAULT=default)  # type: ignore[attr-defined]
    vision = types.ModuleType("torchvision")
    vision.models = models  # type: ignore[attr-defined]

    def create(name: str, pretrained: bool, num_classes: int) -> nn.Module:
        if pretrained:
            raise OSError("the hub cannot be reached")
        return Tiny(num_classes)

    timm, data = types.ModuleType("timm"), types.ModuleType("timm.data")
    timm.is_model = lambda name: name == "tiny"  # type: ignore[attr-defined]
    timm.list_models = lambda: ["tiny"]  # type: ignore[attr-defined]
    timm.create_model = create  # type: ignore[attr-defined]
    data.resolve_model_data_config = lambda network: {  # type: ignore[attr-defined]
        "input_size": (3, 32, 32), "crop_pct": 0.8, "mean": (0.5,) * 3, "std": (0.25,) * 3,
    }  # fmt: skip
    timm.data = data  # type: ignore[attr-defined]
    for module in (vision, models, timm, data):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path / "hub"))


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    path = tmp_path / "tiny.pth"
    torch.save(Tiny(classes=3).state_dict(), path)
    return path


def expected(
    weights: Path, square: np.ndarray, mean: float | list[float], std: float | list[float]
):
    """The trunk of the saved network on a prepared square, by hand."""
    network = Tiny(classes=3)
    network.load_state_dict(torch.load(weights, weights_only=True))
    x = torch.from_numpy(square).float()[None] / 255
    x = (x - torch.tensor(mean).reshape(-1, 1, 1)) / torch.tensor(std).reshape(-1, 1, 1)
    return network.trunk(x).flatten(1).detach().numpy()[0]


def test_torchvision_gives_what_lies_before_the_last_layer(packages: None, weights: Path) -> None:
    extractor = make_extractor("torchvision:tiny", weights, "cpu")
    assert extractor.dims == 4
    sha256 = hashlib.sha256(weights.read_bytes()).hexdigest()
    assert extractor.identity == f"torchvision:tiny:{sha256}:256:224"
    image = np.random.default_rng(0).integers(0, 256, (300, 400, 3), dtype=np.uint8)
    prepared = extractor.prepare(image)
    whole = torch.from_numpy(image).permute(2, 0, 1)[None].float()
    scaled = interpolate(whole, (256, 341), mode="bilinear", antialias=True)[0]
    square = scaled[:, 16:240, 58:282].round().clamp(0, 255).to(torch.uint8).numpy()
    np.testing.assert_array_equal(prepared, square)
    found = extractor(prepared[None])[0]
    by_hand = expected(weights, square, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
    np.testing.assert_allclose(found, by_hand, rtol=1e-4, atol=1e-6)


def test_timm_prepares_as_the_network_asks(packages: None, weights: Path, tmp_path: Path) -> None:
    from safetensors.torch import save_file

    path = tmp_path / "tiny.safetensors"
    save_file(torch.load(weights, weights_only=True), path)
    extractor = make_extractor("timm:tiny", path, "cpu")
    assert extractor.identity.endswith(":40:32")
    image = np.full((80, 80, 3), 100, np.uint8)
    prepared = extractor.prepare(image)
    assert (prepared.shape, prepared.min(), prepared.max()) == ((3, 32, 32), 100, 100)
    by_hand = expected(weights, prepared, [0.5] * 3, [0.25] * 3)
    np.testing.assert_allclose(extractor(prepared[None])[0], by_hand, rtol=1e-4, atol=1e-6)


def test_weights_that_torchvision_downloaded_before_are_at_hand(
    packages: None, weights: Path, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match=r"no weights at hand: bring https://example.org/tiny"):
        make_extractor("torchvision:tiny", None, "cpu")
    kept = tmp_path / "hub" / "checkpoints"
    kept.mkdir(parents=True)
    (kept / "tiny-0000.pth").write_bytes(weights.read_bytes())
    assert make_extractor("torchvision:tiny", None, "cpu").dims == 4


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("torchvision:tinny", "no network of torchvision 'tinny'; did you mean 'tiny'"),
        ("timm:tinny", "no network of timm 'tinny'"),
        ("torchvision:headless", "ends in no linear layer"),
        ("torchvision", "is a family: name a member, torchvision:NAME"),
        ("hog-color:tiny", "hog-color has no members"),
    ],
)
def test_names_that_are_none(packages: None, weights: Path, name: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        make_extractor(name, weights, "cpu")


def test_timm_without_weights_at_hand_says_so(packages: None) -> None:
    with pytest.raises(UsageError, match=r"--weights \(the hub cannot be reached\)"):
        make_extractor("timm:tiny", None, "cpu")


def test_weights_of_another_network(packages: None, tmp_path: Path) -> None:
    path = tmp_path / "other.pth"
    torch.save({"trunk.0.weight": torch.zeros(5, 3, 3, 3), "trunk.0.bias": torch.zeros(4)}, path)
    with pytest.raises(DataError, match=r"trunk.0.weight has shape \(5, 3, 3, 3\)"):
        make_extractor("torchvision:tiny", path, "cpu")
    torch.save({}, path)
    with pytest.raises(DataError, match=r"lacks trunk.0.weight"):
        make_extractor("torchvision:tiny", path, "cpu")
    path.write_bytes(b"not weights")
    with pytest.raises(DataError, match="not a file of weights alone"):
        make_extractor("torchvision:tiny", path, "cpu")
    with pytest.raises(DataError, match="no such file of weights"):
        make_extractor("timm:tiny", tmp_path / "none.pth", "cpu")


@pytest.mark.parametrize("package", ["torchvision", "timm"])
def test_a_package_that_is_not_installed_is_named(
    package: str, weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (package, f"{package}.models"):
        monkeypatch.setitem(sys.modules, module, None)  # as if it were not there
    with pytest.raises(UsageError, match=f"needs {package}, which is not part of hashbench"):
        make_extractor(f"{package}:tiny", weights, "cpu")
