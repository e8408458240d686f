"""For each check of methods, one that is broken in just that way: every check can fail."""

from __future__ import annotations

import pickle
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import numpy as np
import pytest

from hashbench import BinaryCodes, Method, Videos
from hashbench.errors import UsageError
from hashbench.plugins import use_plugins_dir
from hashbench.testing import METHOD_CHECKS, ConformanceError, check_method, method_checks


class Sound(Method):
    """Signs of random projections about the training mean; keeps every promise."""

    def __init__(self, bits: int = 64, seed: int = 0) -> None:
        super().__init__(bits, seed)

    def fit(self, train: Videos) -> Self:
        self.mean_ = train.mean_pooled().mean(axis=0)
        rng = np.random.default_rng(self.seed)
        self.W_ = rng.standard_normal((train.dims, self.bits)).astype(np.float32)
        return self

    def encode(self, videos: Videos) -> BinaryCodes:
        self.check_fitted()
        return BinaryCodes.from_hyperplanes(videos.mean_pooled(), self.W_, centre=self.mean_)


class ThirdValue(Sound):
    def encode(self, videos: Videos) -> Any:
        return np.sign(videos.mean_pooled() @ self.W_)


class OneWord(Sound):
    def encode(self, videos: Videos) -> BinaryCodes:
        super().encode(videos)
        return BinaryCodes.from_bits(np.ones((len(videos), self.bits), np.uint8))


class NoWiderThanFeatures(Sound):
    def fit(self, train: Videos) -> Self:
        super().fit(train)
        self.W_ = np.linalg.qr(self.W_)[0]
        if self.W_.shape[1] < self.bits:
            raise np.linalg.LinAlgError("singular matrix")
        return self


class GlobalStream(Sound):
    def fit(self, train: Videos) -> Self:
        super().fit(train)
        self.W_ = np.random.randn(train.dims, self.bits).astype(np.float32)
        return self


class BatchMedian(Sound):
    def encode(self, videos: Videos) -> BinaryCodes:
        self.check_fitted()
        values = (videos.mean_pooled() - self.mean_) @ self.W_
        return BinaryCodes.from_signs(values - np.median(values, axis=0))


class RunningMean(Sound):
    def encode(self, videos: Videos) -> BinaryCodes:
        codes = super().encode(videos)
        self.mean_ = 0.5 * self.mean_ + 0.5 * videos.mean_pooled().mean(axis=0)
        return codes


class Peeks(Sound):
    def fit(self, train: Videos) -> Self:
        super().fit(train)
        if train.has_labels:
            self.W_ = self.W_ * np.float32(-1)
        return self


class InPlace(Sound):
    def fit(self, train: Videos) -> Self:
        super().fit(train)
        for batch in train.batches(7):
            batch.features[...] = 0
        return self


class LosesItsMean(Sound):
    def fitted_state(self) -> dict[str, Any]:
        return {n: v for n, v in super().fitted_state().items() if n != "mean_"}

    def restore(self, state: dict[str, Any]) -> None:
        super().restore(state)
        self.mean_ = np.zeros(len(self.W_), np.float32)


class Pickles(Sound):
    def save(self, folder: Path | str) -> None:
        super().save(folder)
        (Path(folder) / "method.pkl").write_bytes(pickle.dumps(self.W_))


class EagerInit(Sound):
    def __init__(self, bits: int = 64, seed: int = 0) -> None:
        super().__init__(bits + 1, seed)


class Haunted(Sound):
    def fit(self, train: Videos) -> Self:
        before = getattr(self, "mean_", None)
        super().fit(train)
        if before is not None:
            self.mean_ = (self.mean_ + before) / 2
        return self


class Unguarded(Sound):
    def encode(self, videos: Videos) -> BinaryCodes:
        W = getattr(self, "W_", np.ones((videos.dims, self.bits), np.float32))
        return BinaryCodes.from_hyperplanes(videos.mean_pooled(), W)


class CutsFeatures(Sound):
    def encode(self, videos: Videos) -> BinaryCodes:
        self.check_fitted()
        points = videos.mean_pooled()[:, : len(self.W_)]
        return BinaryCodes.from_hyperplanes(points, self.W_, centre=self.mean_)


class NotANumber(Sound):
    def diagnostics(self) -> dict[str, Any]:
        return {"loss": float("nan")}


BROKEN: dict[str, list[type[Method]]] = {
    "codes-are-binary": [ThirdValue],
    "codes-differ": [OneWord],
    "any-width": [NoWiderThanFeatures],
    "same-seed-same-codes": [GlobalStream],
    "one-video-is-its-row": [BatchMedian],
    "order-does-not-matter": [RunningMean],
    "no-labels-seen": [Peeks],
    "inputs-stay": [InPlace],
    "survives-save-and-load": [LosesItsMean, Pickles],
    "clones-like-an-estimator": [EagerInit],
    "refit-forgets": [Haunted],
    "unfitted-is-refused": [Unguarded],
    "other-width-is-refused": [CutsFeatures],
    "diagnostics-are-json": [NotANumber],
}


def test_the_sound_method_passes_every_check() -> None:
    check_method(Sound)


@pytest.mark.parametrize(
    ("name", "broken"), [(name, cls) for name, all_ in BROKEN.items() for cls in all_]
)
def test_a_broken_method_fails_its_check(name: str, broken: Callable[..., Method]) -> None:
    check = next(c for c in method_checks(broken) if c.check.name == name)
    with pytest.raises(ConformanceError, match=rf"fails {name}: .*\n +protects: .*\n +to mend: "):
        check()


def test_a_heavy_import_is_found(fresh_registry: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "heavy_hash.py").write_text(
        "import scipy\n"
        "from hashbench import MethodSpec, hookimpl\n"
        "@hookimpl\n"
        "def hashbench_register_methods():\n"
        "    return [MethodSpec('heavy', 's', target='heavy_hash:X', reference='r')]\n"
    )
    fresh_registry.setenv("HASHBENCH_PLUGINS_DIR", "")
    fresh_registry.setenv("PYTHONPATH", str(tmp_path))
    use_plugins_dir(tmp_path)
    check = next(c for c in method_checks("heavy") if c.check.name == "import-stays-light")
    with pytest.raises(ConformanceError, match=r"importing heavy_hash loads .*scipy"):
        check()
    sys.modules.pop("heavy_hash", None)


def test_every_check_has_something_broken() -> None:
    assert {c.name for c in METHOD_CHECKS} == {*BROKEN, "import-stays-light"}


def test_exceptions_are_declared_with_reasons_and_must_be_needed() -> None:
    reason = {"codes-differ": "a constant is what this control is"}
    check = next(c for c in method_checks(OneWord, exceptions=reason) if c.check.name in reason)
    check()
    with pytest.raises(ConformanceError, match="take the declaration away"):
        check_method(Sound, exceptions=reason)
    with pytest.raises(UsageError, match="needs its reason"):
        method_checks(Sound, exceptions={"codes-differ": " "})
    with pytest.raises(UsageError, match="codes-differ"):
        method_checks(Sound, exceptions={"codes-difer": "x"})


def test_all_failures_are_listed_at_once() -> None:
    class Twice(OneWord, NotANumber):
        pass

    with pytest.raises(ConformanceError) as caught:
        check_method(Twice)
    assert "codes-differ" in str(caught.value)
    assert "diagnostics-are-json" in str(caught.value)
