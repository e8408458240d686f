"""``HammingAP`` in the validation loop of Lightning, on one process and on two."""

from __future__ import annotations

import logging
import warnings

import pytest
import torch
from torch.utils.data import DataLoader, TensorDataset

from hashbench import BinaryCodes, Labels
from hashbench.compat import HammingAP
from hashbench.ranking import AP, evaluate

lightning = pytest.importorskip("lightning")

from lightning.pytorch.callbacks import Callback, ModelCheckpoint  # noqa: E402

BITS, CLASSES, K = 8, 4, 10


class Hasher(lightning.LightningModule):
    """A linear layer that learns a code for each class, as docs/codes.md has its validation."""

    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(10, BITS)
        self.map = HammingAP(k=K, engine="numpy")
        targets = torch.cartesian_prod(*[torch.tensor([-1.0, 1.0])] * 2)
        self.register_buffer("targets", targets.repeat(1, BITS // 2))

    def training_step(self, batch, number):
        x, y = batch
        return ((self.layer(x) - self.targets[y]) ** 2).mean()

    def validation_step(self, batch, number):
        x, y = batch
        self.map.update(self.layer(x), y)

    def on_validation_epoch_end(self):
        self.log("map", self.map.compute())
        self.map.reset()

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), 0.05)


class Watch(Callback):
    """Evaluates all validation codes at once, outside of the loop."""

    def __init__(self, points, labels):
        self.points, self.labels, self.seen = points, labels, []

    def on_validation_epoch_end(self, trainer, module):
        if trainer.sanity_checking:
            return
        with torch.no_grad():
            codes = BinaryCodes.from_signs(module.layer(self.points).numpy())
        labels = Labels.from_array(self.labels.numpy(), CLASSES)
        measure = AP(K, "min(R,K)", "expected", "dropped")
        found = evaluate(
            codes, codes, labels, labels, k=[1], measures=[measure], self_retrieval=True, full=False
        )
        self.seen.append(found.mean(measure))


@pytest.fixture
def quiet():
    """Keep Lightning's advice on workers and loggers to itself."""
    loggers = [logging.getLogger(name) for name in ("lightning.pytorch", "lightning.fabric")]
    levels = [one.level for one in loggers]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for one in loggers:
            one.setLevel(logging.ERROR)
        yield
    for one, level in zip(loggers, levels, strict=True):
        one.setLevel(level)


def made(n, seed):
    generator = torch.Generator().manual_seed(seed)
    centres = torch.randn(CLASSES, 10, generator=torch.Generator().manual_seed(9))
    labels = torch.arange(n) % CLASSES
    return centres[labels] + 0.8 * torch.randn(n, 10, generator=generator), labels


def loader(data, size):
    return DataLoader(TensorDataset(*data), batch_size=size)


def test_each_epoch_logs_the_value_of_all_validation_codes(tmp_path, quiet):
    lightning.seed_everything(0, verbose=False)
    held = made(70, 2)
    watch = Watch(*held)
    best = ModelCheckpoint(tmp_path, monitor="map", mode="max")
    trainer = lightning.Trainer(
        max_epochs=4, accelerator="cpu", logger=False, enable_progress_bar=False,
        enable_model_summary=False, callbacks=[watch, best], default_root_dir=tmp_path,
    )  # fmt: skip
    module = Hasher()
    trainer.fit(module, loader(made(200, 1), 50), loader(held, 16))
    values = list(watch.seen)
    assert len(values) == 4
    # What the loop's sanity check saw is forgotten.
    (found,) = trainer.validate(module, loader(held, 33), verbose=False)
    assert found["map"] == pytest.approx(values[-1], abs=1e-7)
    assert trainer.callback_metrics["map"].item() == pytest.approx(values[-1], abs=1e-7)
    assert max(values) > max(values[0], 0.9)
    assert best.best_model_score.item() == pytest.approx(max(values), abs=1e-7)
    # A metric has no weights: checkpoints of models without one still fit.
    saved = torch.load(best.best_model_path, weights_only=True)["state_dict"]
    assert set(saved) == {"layer.weight", "layer.bias", "targets"}


@pytest.mark.parametrize("size", [16, 17])
def test_two_processes_log_the_value_of_one(size, tmp_path, quiet):
    """Each process validates half of the videos, and both log the value of all of them."""
    lightning.seed_everything(0, verbose=False)
    held = made(70, 2)
    module = Hasher()
    with torch.no_grad():
        codes = BinaryCodes.from_signs(module.layer(held[0]).numpy())
    labels = Labels.from_array(held[1].numpy(), CLASSES)
    measure = AP(K, "min(R,K)", "expected", "dropped")
    wanted = evaluate(
        codes, codes, labels, labels, k=[1], measures=[measure], self_retrieval=True, full=False
    ).mean(measure)
    trainer = lightning.Trainer(
        accelerator="cpu", devices=2, strategy="ddp_fork", logger=False,
        enable_progress_bar=False, default_root_dir=tmp_path,
    )  # fmt: skip
    (found,) = trainer.validate(module, loader(held, size), verbose=False)
    assert found["map"] == pytest.approx(wanted, abs=1e-7)
