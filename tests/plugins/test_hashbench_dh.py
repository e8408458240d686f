from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from hashbench import BinaryCodes, Videos, Workspace
from hashbench.errors import DataError, UsageError
from hashbench_dh import autoencoder
from hashbench_dh.autoencoder import Training, encoder_and_features
from hashbench_dh.method import DH
from hashbench_dh.network import Model, Network, Weights, layer_sizes, loss_terms


def network(sizes: list[int], dims: int) -> Network:
    start = np.linalg.qr(np.random.default_rng(0).standard_normal((dims, dims)))[0]
    net = Network(dims, sizes)
    net.start_from(start.astype(np.float32), np.zeros(dims, np.float32), 1.0, seed=0)
    return net


def outputs(net: Network, X: torch.Tensor) -> torch.Tensor:
    return net(X[:, None])[0]


def disturbed(sizes: list[int], dims: int) -> Network:
    net = network(sizes, dims)
    torch.manual_seed(0)
    with torch.no_grad():
        for p in net.parameters():
            p += 0.3 * torch.randn_like(p)
    return net


@pytest.mark.parametrize(
    ("bits", "dims", "sizes"),
    [(16, 256, [64, 32, 16]), (128, 256, [256, 256, 128]), (256, 64, [256, 256, 256])],
)
def test_layer_sizes_follow_the_rule(bits: int, dims: int, sizes: list[int]) -> None:
    assert layer_sizes(bits, dims, "auto") == sizes
    assert layer_sizes(bits, dims, "120x60") == [120, 60, bits]


def test_output_is_three_tanh_layers() -> None:
    net = disturbed([7, 5, 4], 9)
    centre = np.full(9, 0.5, np.float32)
    with torch.no_grad():
        net.centre.copy_(torch.from_numpy(centre))
        net.scale.fill_(0.7)
    x = np.random.default_rng(1).standard_normal((6, 9)).astype(np.float32)
    h = x - centre
    for W, c in net.layers():
        h = np.tanh(h @ W.T + c)
    np.testing.assert_allclose(outputs(net, torch.from_numpy(x)).detach().numpy(), h, atol=1e-6)


def test_each_term_is_its_formula() -> None:
    net = disturbed([7, 5, 4], 9)
    weights = Weights(l1=100.0, l2=0.3, l3=0.7)
    X = torch.from_numpy(np.random.default_rng(1).standard_normal((6, 9)).astype(np.float32))
    H = outputs(net, X).detach().numpy().T.astype(np.float64)  # columns, as in the paper
    B = np.where(H >= 0, 1.0, -1.0)
    layers = [(W.astype(np.float64), c.astype(np.float64)) for W, c in net.layers()]
    wanted = [
        0.5 * np.linalg.norm(B - H) ** 2,
        -100.0 / (2 * 6) * np.trace(H @ H.T),
        0.3 / 2 * sum(np.linalg.norm(W @ W.T - np.eye(len(W))) ** 2 for W, _ in layers),
        0.7 / 2 * sum(np.linalg.norm(W) ** 2 + np.linalg.norm(c) ** 2 for W, c in layers),
    ]
    terms = loss_terms(net, outputs(net, X), torch.from_numpy(B.T).float(), 6, weights)
    np.testing.assert_allclose([float(t.detach()) for t in terms], wanted, rtol=1e-5)


def test_terms_of_batches_add_up_to_the_whole() -> None:
    net = disturbed([7, 5, 4], 9)
    X = torch.randn(12, 9, generator=torch.Generator().manual_seed(0))
    H = outputs(net, X).detach()
    B = torch.where(H >= 0, 1.0, -1.0)
    whole = torch.stack(loss_terms(net, H, B, 12, Weights()))
    parts = [
        torch.stack(loss_terms(net, H[i : i + 4], B[i : i + 4], 12, Weights())) for i in (0, 4, 8)
    ]
    torch.testing.assert_close(torch.stack(parts).sum(dim=0), whole)


def test_orthogonality_is_measured_against_the_identity() -> None:
    """Rows that are orthonormal cost nothing; any other multiple of them does."""
    net = network([6, 5, 4], 9).requires_grad_(False)
    H, B = torch.zeros(3, 4), torch.ones(3, 4)
    assert float(loss_terms(net, H, B, 3, Weights())[2]) == pytest.approx(0, abs=1e-10)
    net.W[0] *= 2
    cost = float(loss_terms(net, H, B, 3, Weights())[2])
    assert cost == pytest.approx(0.001 / 2 * 6 * (4 - 1) ** 2, rel=1e-4)


def test_b_is_held_fixed_for_an_epoch() -> None:
    net = disturbed([7, 5, 4], 9)
    X = torch.randn(12, 9, generator=torch.Generator().manual_seed(0))
    model = Model(net, Weights(l1=0, l2=0, l3=0), len(X))
    model.begin_epoch()
    B = torch.where(outputs(net, X) >= 0, 1.0, -1.0)
    with torch.no_grad():
        net.W[2].neg_()  # now every sign of H is another

    def quantisation() -> float:
        return float(model(torch.arange(12), X[:, None])["quantisation"].detach())

    H = outputs(net, X).detach()
    assert quantisation() == pytest.approx(0.5 * float((B - H).square().sum()), rel=1e-5)
    model.begin_epoch()
    B = torch.where(H >= 0, 1.0, -1.0)
    assert quantisation() == pytest.approx(0.5 * float((B - H).square().sum()), rel=1e-5)


def test_loss_falls(small: Videos) -> None:
    method = DH(bits=4, features="mean", layers="8x6", epochs=15, batch_size=50).fit(small)
    losses = method.diagnostics()["loss_history"]["loss"]
    assert losses[-1] < 0.8 * losses[0]
    assert np.all(np.diff(losses) < 1e-3)


def test_epochs_are_those_of_both_networks(small: Videos, tmp_path: Path) -> None:
    def trained(**params: int) -> tuple[int, int]:
        method = DH(bits=8, hidden=16, **params).attach(Workspace(cache=tmp_path, device="cpu"))
        seen = method.fit(small).diagnostics()
        return seen["epochs_run"], len(seen["encoder_decoder_loss"])

    # 250 updates: 2 an epoch of the layers, 5 of the encoder-decoder.
    assert trained() == (125, 50)
    assert trained(epochs=2) == (2, 2)
    assert trained(epochs=2, encoder_epochs=3) == (2, 3)
    assert trained(encoder_epochs=3) == (125, 3)


def test_features_far_from_zero_do_not_saturate(small: Videos) -> None:
    moved = Videos(100 + 10 * small.take(slice(None)))
    codes = DH(bits=16, features="mean", epochs=3).fit(moved).encode(moved).unpack()
    assert len(np.unique(codes, axis=0)) > 30
    assert np.all((codes.mean(axis=0) > 0.02) & (codes.mean(axis=0) < 0.98))


def test_encoder_is_shared_through_the_cache(small: Videos, tmp_path: Path) -> None:
    workspace = Workspace(cache=tmp_path, device="cpu")
    made = [
        DH(bits=bits, hidden=16, encoder_epochs=1, epochs=1).attach(workspace).fit(small)
        for bits in (8, 16)
    ]
    assert len(list(tmp_path.glob("dh/*.safetensors"))) == 1
    np.testing.assert_array_equal(*(method.encoder_.centre for method in made))
    cold = DH(bits=16, hidden=16, encoder_epochs=1, epochs=1).attach(
        Workspace(cache=tmp_path / "empty", device="cpu")
    )
    assert cold.fit(small).encode(small) == made[1].encode(small)
    DH(bits=8, hidden=16, encoder_epochs=2, epochs=1).attach(workspace).fit(small)
    assert len(list(tmp_path.glob("dh/*.safetensors"))) == 2


def test_cells_that_begin_at_once_train_one_encoder(
    small: Videos, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained = []
    plain = autoencoder._train

    def slow(*given: Any) -> Any:
        trained.append(given)
        time.sleep(0.3)
        return plain(*given)

    monkeypatch.setattr(autoencoder, "_train", slow)
    training = Training(hidden=8, epochs=1, batch_size=64, lr=1e-3)
    with ThreadPoolExecutor(3) as pool:
        made = list(
            pool.map(
                lambda _: encoder_and_features(small, training, Workspace(cache=tmp_path)), range(3)
            )
        )
    assert len(trained) == 1
    for _, features in made:
        np.testing.assert_array_equal(features, made[0][1])


def test_a_damaged_encoder_is_trained_again(small: Videos, tmp_path: Path) -> None:
    def codes() -> BinaryCodes:
        method = DH(bits=8, hidden=8, encoder_epochs=1, epochs=1)
        return method.attach(Workspace(cache=tmp_path, device="cpu")).fit(small).encode(small)

    first = codes()
    (path,) = tmp_path.glob("dh/*.safetensors")
    path.write_bytes(path.read_bytes()[:100])
    assert codes() == first


def test_encoder_decoder_learns_to_reconstruct(small: Videos, tmp_path: Path) -> None:
    class Losses:
        seen: list[float] = []  # noqa: RUF012

        def update(
            self, task: str, completed: float, total: float | None = None, **f: float
        ) -> None:
            if "loss" in f:
                self.seen.append(f["loss"])

    workspace = Workspace(cache=tmp_path, device="cpu", progress=Losses())
    encoder, features = encoder_and_features(
        small, Training(hidden=32, epochs=5, batch_size=32, lr=5e-3), workspace
    )
    assert Losses.seen[-1] < 0.8 * Losses.seen[0]
    assert features.shape == (300, 32)
    prepared = encoder.prepared(small.take(slice(None)))
    assert np.sqrt((prepared**2).mean()) == pytest.approx(1, abs=1e-3)


def test_order_of_frames_matters_to_the_encoder_only(small: Videos, tmp_path: Path) -> None:
    workspace = Workspace(cache=tmp_path, device="cpu")
    back = Videos(np.ascontiguousarray(small.take(slice(None))[:, ::-1]))
    codes = {}
    for features in ("autoencoder", "mean"):
        method = DH(bits=16, features=features, hidden=16, encoder_epochs=2, epochs=1)
        method.attach(workspace).fit(small)
        codes[features] = np.mean(method.encode(back).unpack() != method.encode(small).unpack())
    assert codes["autoencoder"] > 0.05
    assert codes["mean"] < 0.01


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_cuda_agrees_with_cpu(small: Videos, tmp_path: Path) -> None:
    method = DH(bits=16, hidden=16, encoder_epochs=1, epochs=1)
    method.attach(Workspace(cache=tmp_path, device="cpu")).fit(small)
    here = method.encode(small).unpack()
    there = method.attach(Workspace(cache=tmp_path, device="cuda")).encode(small).unpack()
    assert np.mean(here != there) < 0.01


def test_errors(small: Videos) -> None:
    with pytest.raises(UsageError, match="'autoencoder' or 'mean'"):
        DH(8, features="frames").fit(small)
    with pytest.raises(UsageError, match="'auto' or widths like 120x60"):
        DH(8, layers="120").fit(small)
    with pytest.raises(UsageError, match="epochs must be at least 1"):
        DH(8, epochs=0).fit(small)
    with pytest.raises(UsageError, match="encoder_epochs must be at least 1"):
        DH(8, encoder_epochs=0).fit(small)
    hole = small.take(slice(None)).copy()
    hole[3] = np.nan
    for features in ("autoencoder", "mean"):
        with pytest.raises(DataError, match="NaN"):
            DH(8, features=features).fit(Videos(hole))
