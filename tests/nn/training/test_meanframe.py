"""Deep methods of mean frames: what their network reads, and how they encode."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

import hashbench
from hashbench import Videos
from hashbench.errors import DataError, MethodError, UsageError
from hashbench.nn import MeanFrameMethod, Perceptron

NAMES = ("greedyhash", "bihalf", "cibhash")


def vectors(n: int = 60, frames: int = 1, seed: int = 0) -> Videos:
    random = np.random.default_rng(seed)
    centres = np.random.default_rng(7).standard_normal((4, 9))
    X = 2 + centres[np.arange(n) % 4][:, None] + 0.3 * random.standard_normal((n, frames, 9))
    return Videos(X.astype(np.float32), name="vectors")


def values(method: MeanFrameMethod, videos: Videos) -> np.ndarray:
    """Return what the encoder gives, by torch and from standardised mean frames."""
    x = (videos.mean_pooled() - method.mean_) * method.scale_
    with torch.inference_mode():
        return np.asarray(method.encoder_(torch.from_numpy(x[:, None]))[0])


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("frames", [1, 3])
@pytest.mark.parametrize("standardize", [True, False])
def test_codes_are_the_signs_of_the_encoder_on_mean_frames(
    name: str, frames: int, standardize: bool
) -> None:
    train, query = vectors(frames=frames), vectors(40, frames, seed=1)
    method = hashbench.method(name, bits=12, epochs=2, standardize=standardize).fit(train)
    assert isinstance(method, MeanFrameMethod)
    h = values(method, query)
    sure = np.abs(h) > 1e-4
    assert sure.mean() > 0.98
    np.testing.assert_array_equal((h >= 0)[sure], method.encode(query).unpack()[sure] == 1)


@pytest.mark.parametrize("name", NAMES)
def test_standardisation_is_that_of_the_mean_frames(name: str) -> None:
    train = vectors(frames=5)
    method = hashbench.method(name, bits=8, epochs=1, standardize=True).fit(train)
    assert isinstance(method, MeanFrameMethod)
    X = train.mean_pooled().astype(np.float64)
    np.testing.assert_allclose(method.mean_, X.mean(0), rtol=1e-5)
    np.testing.assert_allclose(1 / method.scale_, X.std(0), rtol=1e-4)


@pytest.mark.parametrize("name", NAMES)
def test_a_video_s_code_does_not_depend_on_its_batch(name: str) -> None:
    method = hashbench.method(name, bits=16, epochs=1).fit(vectors())
    whole = method.encode(vectors(40, seed=1))
    rows = vectors(40, seed=1).take(slice(None))
    for row in (0, 13, 39):
        assert method.encode(Videos(rows[row : row + 1])) == whole[row]


def test_blocks_of_videos_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    method = hashbench.method("cibhash", bits=16, epochs=1, hidden=20).fit(vectors())
    whole = method.encode(vectors(50, seed=2))
    monkeypatch.setattr("hashbench.nn.training.meanframe._ROWS", 7)
    assert method.encode(vectors(50, seed=2)) == whole


@pytest.mark.parametrize("name", NAMES)
def test_every_length_saves_and_loads(name: str, tmp_path: Path) -> None:
    for bits in (1, 40):
        method = hashbench.method(name, bits=bits, epochs=2).fit(vectors(frames=2))
        method.save(tmp_path / str(bits))
        loaded = hashbench.load_method(tmp_path / str(bits))
        assert loaded.encode(vectors(frames=2, seed=3)) == method.encode(vectors(frames=2, seed=3))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("count", [2, 3, 33])
def test_batches_of_any_size_train(name: str, count: int) -> None:
    method = hashbench.method(name, bits=8, epochs=2, batch_size=2).fit(vectors(count))
    assert np.isfinite(method.diagnostics()["loss_history"]["loss"]).all()


@pytest.mark.parametrize("name", NAMES)
def test_training_stops_early_on_held_out_videos(name: str) -> None:
    method = hashbench.method(name, bits=8, epochs=40, early_stop=True).fit(vectors(40))
    found = method.diagnostics()
    assert len(found["held_out_loss"]) == found["epochs_run"]
    assert np.isfinite(found["held_out_loss"]).all()


@pytest.mark.parametrize("name", NAMES)
def test_what_cannot_be_is_said_before_training(name: str) -> None:
    with pytest.raises(UsageError, match="batch_size must be at least 2, not 1"):
        hashbench.method(name, bits=8, batch_size=1)
    with pytest.raises(MethodError, match=f"{name} compares the videos of a batch: two are needed"):
        hashbench.method(name, bits=8).fit(vectors(1))
    method = hashbench.method(name, bits=8, epochs=1).fit(vectors())
    with pytest.raises(DataError, match="videos have 2 frames, the method was trained on 1"):
        method.encode(vectors(frames=2))
    with pytest.raises(DataError, match="features have 5 dimensions"):
        method.encode(Videos(np.ones((3, 5), np.float32)))
    hole = vectors().take(slice(None)).copy()
    hole[0, 0, 0] = np.nan
    with pytest.raises(DataError, match="NaN"):
        method.encode(Videos(hole))


def test_layers_follow_each_other_with_relu_between() -> None:
    torch.manual_seed(0)
    net = Perceptron([5, 7, 6, 3])
    (W1, c1), (W2, c2), (W3, c3) = net.layers()
    v = np.random.default_rng(0).standard_normal((4, 1, 5))
    h1 = np.maximum(v[:, 0] @ W1.T + c1, 0)
    h2 = np.maximum(h1 @ W2.T + c2, 0)
    found = net(torch.from_numpy(v.astype(np.float32)))[0].detach().numpy()
    np.testing.assert_allclose(found, h2 @ W3.T + c3, atol=1e-5)
