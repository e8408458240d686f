"""The base class: scikit-learn's conventions, and a life on disk without pickle."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Self

import numpy as np
import pytest
from sklearn.base import clone

import hashbench
from hashbench import BinaryCodes, Method, Videos, Workspace
from hashbench.catalogue import method_class
from hashbench.errors import DataError, MethodError, UsageError
from hashbench.nn import DeepMethod


class Threshold(Method):
    """Signs of the first ``bits`` dimensions, less their mean."""

    def __init__(self, bits: int = 4, seed: int = 0, gain: float = 1.0) -> None:
        super().__init__(bits, seed)
        self.gain = gain

    def fit(self, train: Videos) -> Self:
        self.mean_ = train.mean_pooled().mean(axis=0)
        self.note_ = "fitted"
        return self

    def encode(self, videos: Videos) -> BinaryCodes:
        self.check_fitted()
        values = (videos.mean_pooled() - self.mean_) * self.gain
        return BinaryCodes.from_signs(values[:, : self.bits])


@pytest.fixture
def videos() -> Videos:
    return Videos(np.random.default_rng(0).random((12, 3, 8), np.float32))


def test_parameters_follow_scikit_learn(videos: Videos) -> None:
    method = Threshold(bits=3, gain=2.0)
    assert method.get_params() == {"bits": 3, "seed": 0, "gain": 2.0}
    twin = clone(method.fit(videos))
    assert twin.get_params() == method.get_params()
    assert not twin.fitted_state()
    assert method.set_params(gain=0.5).gain == 0.5
    with pytest.raises(UsageError, match="did you mean 'gain'"):
        method.set_params(gian=1)


class Widened(Threshold):
    """Declares a parameter of its own and hands the others on."""

    def __init__(self, bits: int = 4, seed: int = 0, *, width: int = 2, **others: Any) -> None:
        super().__init__(bits, seed, **others)
        self.width = width


def test_parameters_that_are_handed_on_belong_to_the_method_too() -> None:
    method = Widened(bits=3, gain=2.0)
    assert method.get_params() == {"bits": 3, "seed": 0, "gain": 2.0, "width": 2}
    assert {n: p.default for n, p in Widened.parameters().items()} == {
        "bits": 4, "seed": 0, "width": 2, "gain": 1.0,
    }  # fmt: skip
    assert clone(method).get_params() == method.get_params()
    assert method.set_params(gain=0.5).gain == 0.5
    with pytest.raises(UsageError, match="did you mean 'gain'"):
        method.set_params(gian=1)
    with pytest.raises(TypeError, match="gian"):
        Widened(gian=1)


@pytest.mark.parametrize("name", ["ssvh", "ssth", "dh"])
def test_deep_methods_have_the_parameters_of_training(name: str) -> None:
    names = set(method_class(name).param_names())
    assert set(DeepMethod.param_names()) <= names
    with pytest.raises(UsageError, match="did you mean 'batch_size'"):
        hashbench.method(name, batch_sise=3)
    assert hashbench.method(name, batch_size=3).get_params()["batch_size"] == 3


def test_encode_before_fit_is_one_line(videos: Videos) -> None:
    with pytest.raises(MethodError, match="call fit before encode"):
        Threshold().encode(videos)


def test_a_saved_method_encodes_the_same(videos: Videos, tmp_path: Path) -> None:
    method = Threshold(gain=3.0).fit(videos)
    method.save(tmp_path)
    again = Threshold.load(tmp_path)
    assert again.encode(videos) == method.encode(videos)
    assert again.get_params() == method.get_params()
    assert again.fitted_state().keys() == {"mean_", "note_"}
    assert sorted(p.name for p in tmp_path.iterdir()) == ["arrays.safetensors", "method.json"]


def test_parameters_may_be_numbers_of_numpy(videos: Videos, tmp_path: Path) -> None:
    made = hashbench.method("itq", bits=np.int64(2), seed=np.int32(1))
    fitted = made.fit(videos)
    fitted.save(tmp_path)
    loaded = hashbench.load_method(tmp_path)
    assert (loaded.bits, loaded.seed, type(loaded.bits)) == (2, 1, int)
    assert loaded.encode(videos) == fitted.encode(videos)


def test_what_cannot_be_saved_is_said(videos: Videos, tmp_path: Path) -> None:
    with pytest.raises(MethodError, match="not fitted"):
        Threshold().save(tmp_path)
    method = Threshold().fit(videos)
    method.model_ = object()
    with pytest.raises(MethodError, match="cannot be saved"):
        method.save(tmp_path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": 99}, "newer than this release"),
        ({"target": "elsewhere:Other"}, "holds elsewhere:Other"),
        ({"params": {"bits": 4, "wrong": 1}}, "does not fit .*unexpected keyword argument 'wrong'"),
        ({"values": None}, "lacks 'values'"),
    ],
)
def test_a_description_that_does_not_fit(
    videos: Videos, tmp_path: Path, change: dict[str, Any], message: str
) -> None:
    Threshold().fit(videos).save(tmp_path)
    path = tmp_path / "method.json"
    description = {**json.loads(path.read_text()), **change}
    path.write_text(json.dumps({k: v for k, v in description.items() if v is not None}))
    with pytest.raises(DataError, match=message):
        Threshold.load(tmp_path)


def test_damaged_folders_are_named(videos: Videos, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="not a saved method"):
        Threshold.load(tmp_path)
    Threshold().fit(videos).save(tmp_path)
    arrays = tmp_path / "arrays.safetensors"
    arrays.write_bytes(arrays.read_bytes()[:20])
    with pytest.raises(DataError, match=r"arrays\.safetensors"):
        Threshold.load(tmp_path)
    (tmp_path / "method.json").write_text("{")
    with pytest.raises(DataError, match="not the description"):
        Threshold.load(tmp_path)


def test_a_folder_cannot_name_code_of_its_own(videos: Videos, tmp_path: Path) -> None:
    Threshold().fit(videos).save(tmp_path)
    with pytest.raises(DataError, match="which no installed plugin provides"):
        hashbench.load_method(tmp_path)


def test_methods_are_made_by_name(videos: Videos, tmp_path: Path) -> None:
    method = hashbench.method("ITQ", bits=8, iterations=5).fit(videos)
    method.save(tmp_path)
    assert hashbench.load_method(tmp_path).encode(videos) == method.encode(videos)
    with pytest.raises(UsageError, match="did you mean 'iterations'"):
        hashbench.method("itq", iteration=5)
    with pytest.raises(UsageError, match="from 1 to 4096, not 0"):
        hashbench.method("itq", bits=0)
    with pytest.raises(UsageError, match="whole number"):
        hashbench.method("itq", bits=True)
    with pytest.raises(UsageError, match=r"sample must be a whole number, not 1000\.0"):
        hashbench.method("sph", sample=1e3)


@pytest.mark.parametrize("spelling", ["standardise", "standardize"])
def test_a_method_is_made_with_either_spelling(spelling: str) -> None:
    given = hashbench.method("ssth", bits=8, **{spelling: False}).get_params()
    assert given == hashbench.method("ssth", bits=8, standardize=False).get_params()
    assert given != hashbench.method("ssth", bits=8).get_params()


def test_a_model_saved_with_the_old_spelling_loads(videos: Videos, tmp_path: Path) -> None:
    ssth = hashbench.method("ssth", bits=8, epochs=1, standardize=False).fit(videos)
    ssth.save(tmp_path)
    description = next(tmp_path.glob("*.json"))
    text = description.read_text(encoding="utf-8")
    assert '"standardize"' in text
    description.write_text(text.replace('"standardize"', '"standardise"'), encoding="utf-8")
    assert hashbench.load_method(tmp_path).encode(videos) == ssth.encode(videos)


def test_an_array_is_answered_with_what_is_needed(videos: Videos) -> None:
    array = np.zeros((12, 8), np.float32)
    with pytest.raises(UsageError, match=r"Threshold\.fit takes hashbench\.Videos.*\(12, 8\)"):
        Threshold().fit(array)
    fitted = Threshold().fit(videos)
    with pytest.raises(UsageError, match=r"not a list: wrap it, as in encode\(Videos\(X\)\)"):
        fitted.encode(array.tolist())
    with pytest.raises(UsageError, match=r"or \(videos, dims\) of one vector a video$"):
        fitted.encode(array)
    wrapped = Videos(array)
    assert len(Threshold().fit(wrapped).encode(wrapped)) == 12
    assert Threshold.fit.__doc__ == Threshold.fit.__wrapped__.__doc__


def test_parameters_are_those_of_arrays_that_encoding_goes_by(videos: Videos) -> None:
    class Busy(Threshold):
        def fit(self, train: Videos) -> Self:
            super().fit(train)
            self.normals_ = np.ones((train.dims, self.bits))
            self.loss_ = np.ones(train.dims * self.bits + 1)  # a history
            self.order_ = np.arange(self.bits)
            return self

    plain = Threshold(bits=3).fit(videos).n_parameters(videos.dims)
    assert plain is not None
    busy = Busy(bits=3).fit(videos).n_parameters(videos.dims)
    assert busy == plain + 3 * videos.dims


@pytest.mark.parametrize("name", ["ssth", "dh"])
def test_parameters_of_deep_methods_are_those_of_what_is_saved(
    name: str, videos: Videos, tmp_path: Path
) -> None:
    from safetensors.numpy import load_file

    method = hashbench.method(name, bits=4, epochs=1)
    method.attach(Workspace(cache=tmp_path)).fit(videos).save(tmp_path)
    saved = load_file(tmp_path / "arrays.safetensors")
    buffers = {f"encoder/{key}" for key, _ in method.encoder_.named_buffers()}
    # The auto-encoder of DH lies beside its layers, with the moments of frames and its losses.
    kept = {
        key: array.size
        for key, array in saved.items()
        if key.startswith("encoder/") or "_l0" in key
    }
    assert buffers < kept.keys()
    assert any("_l0" in key for key in kept) == (name == "dh")
    assert method.n_parameters(videos.dims) == sum(
        size for key, size in kept.items() if key not in buffers
    )
