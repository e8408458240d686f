"""VGG-16: torchvision's layout, safe loading, and what the layers compute."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional

from hashbench.errors import DataError, UsageError
from hashbench.plugins import registry
from hashbench_vgg import network
from hashbench_vgg.network import VGG16, VGG16FC7, check_digest, load_weights

PLAN = (4, 0, 6, 6, 0, 0, 0, 0)  # small, and still 224 / 2**5 = 7 at the end


def small() -> VGG16:
    torch.manual_seed(0)
    return VGG16(PLAN, hidden=10)


def weights(tmp_path: Path, name: str = "w.pth") -> Path:
    # torchvision's file has the last layer too, which is not used.
    torch.save({**small().state_dict(), "classifier.6.weight": torch.ones(2, 10)}, tmp_path / name)
    return tmp_path / name


def test_layout_is_that_of_torchvision() -> None:
    with torch.device("meta"):
        shapes = {name: tuple(t.shape) for name, t in VGG16().state_dict().items()}
    convolutions = [0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28]
    layers = [f"features.{i}" for i in convolutions] + ["classifier.0", "classifier.3"]
    assert set(shapes) == {f"{layer}.{kind}" for layer in layers for kind in ["weight", "bias"]}
    assert shapes["features.0.weight"] == (64, 3, 3, 3)
    assert shapes["features.28.weight"] == (512, 512, 3, 3)
    assert shapes["classifier.0.weight"] == (4096, 25088)
    assert shapes["classifier.3.weight"] == (4096, 4096)
    # 138,357,544 parameters in all, less the last layer's 4,097,000.
    assert sum(int(np.prod(shape)) for shape in shapes.values()) == 138_357_544 - 4_097_000


def test_features_are_those_of_the_layers_in_order(tmp_path: Path) -> None:
    extractor = VGG16FC7(weights(tmp_path), "cpu", VGG16(PLAN, hidden=10))
    assert extractor.dims == 10
    rng = np.random.default_rng(0)
    images = [
        rng.integers(0, 256, shape).astype(np.uint8) for shape in [(300, 400, 3), (50, 40, 3)]
    ]
    prepared = np.stack([extractor.prepare(image) for image in images])
    assert prepared.shape == (2, 3, 224, 224)
    assert prepared.dtype == np.uint8
    features = extractor(prepared)
    assert features.dtype == np.float32
    state = small().state_dict()
    x = torch.from_numpy(prepared).float() / 255
    for channel, (mean, std) in enumerate([(0.485, 0.229), (0.456, 0.224), (0.406, 0.225)]):
        x[:, channel] = (x[:, channel] - mean) / std
    for layer, pool in [(0, 1), (3, 0), (5, 4)]:
        conv = (state[f"features.{layer}.weight"], state[f"features.{layer}.bias"])
        x = functional.relu(functional.conv2d(x, *conv, padding=1))
        for _ in range(pool):
            x = functional.max_pool2d(x, 2)
    x = x.flatten(1)
    for layer in [0, 3]:
        x = functional.relu(
            functional.linear(
                x, state[f"classifier.{layer}.weight"], state[f"classifier.{layer}.bias"]
            )
        )
    np.testing.assert_allclose(features, x.numpy(), rtol=1e-4, atol=1e-5)


def test_the_central_square_is_seen(tmp_path: Path) -> None:
    extractor = VGG16FC7(weights(tmp_path), "cpu", VGG16(PLAN, hidden=10))
    image = np.zeros((256, 512, 3), np.uint8)
    image[16:240, 144:368] = 255  # exactly the central 224 x 224
    assert (extractor.prepare(image) == 255).all()
    wide = np.full((100, 1000, 3), 7, np.uint8)
    assert (extractor.prepare(wide) == 7).all()


def test_a_name_with_a_digest_must_tell_the_truth(tmp_path: Path) -> None:
    digest = hashlib.sha256(weights(tmp_path).read_bytes()).hexdigest()
    good = tmp_path / f"vgg16-{digest[:8]}.pth"
    good.write_bytes((tmp_path / "w.pth").read_bytes())
    assert check_digest(good) == digest
    bad = tmp_path / "vgg16-397923af.pth"
    bad.write_bytes(good.read_bytes())
    with pytest.raises(DataError, match=f"begins with {digest[:8]}, its name says 397923af"):
        VGG16FC7(bad, "cpu", small())
    with pytest.raises(DataError, match=r"none\.pth: cannot be read"):
        VGG16FC7(tmp_path / "none.pth", "cpu", small())


def test_weights_run_no_code(tmp_path: Path) -> None:
    class Payload:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return os.mkdir, (str(tmp_path / "ran"),)

    torch.save({"features.0.weight": Payload()}, tmp_path / "evil.pth")
    with pytest.raises(DataError, match="not a file of weights alone"):
        load_weights(small(), tmp_path / "evil.pth")
    assert not (tmp_path / "ran").exists()


def test_other_weights(tmp_path: Path) -> None:
    path = tmp_path / "w.pth"
    torch.save([1, 2], path)
    with pytest.raises(DataError, match="holds a list, not a state dictionary"):
        load_weights(small(), path)
    torch.save({"conv1.weight": torch.zeros(3)}, path)
    with pytest.raises(DataError, match=r"lacks features\.0\.weight"):
        load_weights(small(), path)
    weights(tmp_path)
    with pytest.raises(DataError, match=r"features\.0\.weight has shape \(4, 3, 3, 3\); \(8, 3"):
        load_weights(VGG16((8, *PLAN[1:]), hidden=10), path)


def test_a_device_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--device cuda:99: not to be had here"):
        VGG16FC7(weights(tmp_path), "cuda:99", small())


def test_weights_that_cannot_be_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HASHBENCH_CACHE", str(tmp_path))
    monkeypatch.setattr(network, "URL", f"file://{tmp_path}/none/vgg16-397923af.pth")
    with pytest.raises(UsageError, match=r"cannot be fetched .*name it with --weights"):
        VGG16FC7(None, "cpu", small())
    served = weights(tmp_path, "vgg16-397923af.pth")
    monkeypatch.setattr(network, "URL", served.as_uri())
    with pytest.raises(UsageError, match="invalid hash value"):
        VGG16FC7(None, "cpu", small())
    assert not list((tmp_path / "weights").iterdir())


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
def test_cuda_agrees_with_cpu(tmp_path: Path) -> None:
    images = np.random.default_rng(0).integers(0, 256, (4, 3, 224, 224)).astype(np.uint8)
    here = VGG16FC7(weights(tmp_path), "cpu", VGG16(PLAN, hidden=10))(images)
    there = VGG16FC7(weights(tmp_path), "cuda", VGG16(PLAN, hidden=10))(images)
    np.testing.assert_allclose(there, here, rtol=1e-2, atol=1e-3)


def test_it_is_registered() -> None:
    assert registry().extractors.get("VGG16-fc7").target == "hashbench_vgg.network:VGG16FC7"
