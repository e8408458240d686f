"""Encoders kept on the way through a training, and nothing measured while it runs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from making_data import features

import hashbench
from hashbench import Method, Videos, Workspace
from hashbench.errors import StoreError, UsageError
from hashbench.nn.training.trainer import Trainer


def make(epochs: int = 5, **params: object) -> Method:
    wanted = {"epochs": epochs, "batch_size": 16, "snapshot_every": 2, "k1": 3, "k2": 3}
    return hashbench.method("ssvh", bits=6, **(wanted | params))


@pytest.fixture(scope="module")
def videos() -> Videos:
    return Videos(features(40))


@pytest.fixture(scope="module")
def fitted(videos: Videos) -> Method:
    return make().fit(videos)


def test_every_second_epoch_and_the_last(fitted: Method, videos: Videos) -> None:
    snapshots = fitted.snapshots()
    assert list(snapshots) == [2, 4, 5]
    assert snapshots[5].encode(videos).sha256 == fitted.encode(videos).sha256
    assert snapshots[2].encode(videos).sha256 != fitted.encode(videos).sha256


def test_a_snapshot_is_the_encoder_of_that_epoch(videos: Videos, fitted: Method) -> None:
    # A decaying schedule does not depend on the number of epochs, so the shorter training is
    # the beginning of the longer one.
    long = make(4, optimizer="sgd", recipe="paper").fit(videos)
    short = make(2, optimizer="sgd", recipe="paper").fit(videos)
    assert long.snapshots()[2].encode(videos).sha256 == short.encode(videos).sha256
    for name, value in short.fitted_state().items():
        if name.startswith("encoder/"):
            there = long.fitted_state()[name.replace("encoder/", "snapshot/2/")]
            np.testing.assert_array_equal(value, there)


def test_snapshots_are_saved_with_the_method(
    fitted: Method, videos: Videos, tmp_path: Path
) -> None:
    fitted.save(tmp_path)
    loaded = hashbench.load_method(tmp_path)
    assert list(loaded.snapshots()) == [2, 4, 5]
    for epoch, then in loaded.snapshots().items():
        assert then.encode(videos).sha256 == fitted.snapshots()[epoch].encode(videos).sha256
        assert not then.snapshots()


def test_none_unless_asked_for(videos: Videos) -> None:
    assert not make(1, snapshot_every=0).fit(videos).snapshots()
    assert not hashbench.method("itq", bits=2).snapshots()
    with pytest.raises(UsageError, match="snapshot_every must not be negative"):
        make(snapshot_every=-1).fit(videos)


def test_a_kill_loses_none(
    videos: Videos, fitted: Method, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = Trainer._epoch

    def killed(self: Trainer, epoch: int, *args: object) -> None:
        if epoch == 3:
            raise KeyboardInterrupt
        whole(self, epoch, *args)

    workspace = Workspace(checkpoints=tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(Trainer, "_epoch", killed)
        with pytest.raises(KeyboardInterrupt):
            make().attach(workspace).fit(videos)
    again = make().attach(workspace).fit(videos)
    assert list(again.snapshots()) == [2, 4, 5]
    for epoch, then in again.snapshots().items():
        assert then.encode(videos).sha256 == fitted.snapshots()[epoch].encode(videos).sha256


def test_snapshots_of_another_training_are_ignored(videos: Videos, tmp_path: Path) -> None:
    workspace = Workspace(checkpoints=tmp_path)
    make(4).attach(workspace).fit(videos)
    other = make(2, seed=1).attach(workspace).fit(videos)
    assert list(other.snapshots()) == [2]


def test_a_damaged_snapshot_says_what_to_do(videos: Videos, tmp_path: Path) -> None:
    (tmp_path / "snapshot-000002.safetensors").write_bytes(b"nothing of the kind")
    with pytest.raises(StoreError, match="not a readable snapshot"):
        make().attach(Workspace(checkpoints=tmp_path)).fit(videos)


@pytest.mark.parametrize(("epochs", "every"), [(8, 2), (7, 2), (8, 3)])
def test_an_early_stop_keeps_both_epochs_apart(epochs: int, every: int) -> None:
    features = np.random.default_rng(3).standard_normal((60, 6, 8)).astype(np.float32)
    method = hashbench.method(
        "ssth", bits=16, epochs=epochs, batch_size=8, lr=0.05, early_stop=True, snapshot_every=every
    ).fit(Videos(features))
    ran, best = (method.diagnostics()[name] for name in ("epochs_run", "best_epoch"))
    snapshots = method.snapshots()
    assert list(snapshots) == sorted({*range(every, ran + 1, every), ran, best})
    codes = {epoch: then.encode(Videos(features)).sha256 for epoch, then in snapshots.items()}
    assert codes[best] == method.encode(Videos(features)).sha256
    assert best == ran or codes[ran] != codes[best]
