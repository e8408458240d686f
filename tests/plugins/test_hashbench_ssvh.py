"""SSVH as a method: every setting trains, saves and loads; wrong input gets one clear line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from neighbour_oracles import dense_graph
from numpy.typing import NDArray

import hashbench
from hashbench import Labels, Videos, Workspace
from hashbench.errors import DataError, HashbenchError, MethodError, UsageError
from hashbench.nn import choose_segments, neighbour_graph
from hashbench.runs import Options, make_plan
from hashbench.runs.choices import choose


def videos(n: int = 24, frames: int = 6, dims: int = 7, seed: int = 0) -> Videos:
    random = np.random.default_rng(seed)
    kind = np.arange(n) % 4
    centres = np.random.default_rng(9).standard_normal((4, frames, dims))
    features = centres[kind] + 0.3 * random.standard_normal((n, frames, dims))
    return Videos(features.astype(np.float32), Labels.from_array(kind))


def ssvh(**params: Any) -> hashbench.Method:
    return hashbench.method("ssvh", **{"bits": 8, "epochs": 2, "k1": 3, "k2": 2, **params})


SETTINGS: list[dict[str, Any]] = [
    {},
    {"variant": "official"},
    {"reconstruction": "fb", "neighbourhood": False},
    {"reconstruction": "fb+gr", "neighbourhood": False},
    {"reconstruction": "none"},
    {"graph": "labels"},
    {"graph_features": "standardized"},
    {"recipe": "paper", "graph_features": "standardized"},
    {"graph": "segments"},
    {"graph": "segments", "segments": 3, "graph_features": "standardized"},
    {"graph": "segments", "segments": "4", "band": 1, "parts": 2},
    {"activation": "tanh", "hidden": 5, "stride": 3},
    {"recipe": "paper", "parts": 2},
    {"precision": "bfloat16"},
    {"precision": "float16"},
    {"batch_size": 5, "bits": 1},
]


@pytest.mark.parametrize("params", SETTINGS, ids=str)
def test_every_setting_trains_saves_and_loads(params: dict[str, Any], tmp_path: Path) -> None:
    train, new = videos(), videos(seed=1)
    method = ssvh(**params)
    assert method.uses_labels == (params.get("graph") == "labels")
    method.fit(train if method.uses_labels else train.unlabelled())
    codes = method.encode(new)
    assert (len(codes), codes.n_bits) == (24, params.get("bits", 8))
    method.save(tmp_path)
    assert not list(tmp_path.glob("*.pkl"))
    loaded = hashbench.load_method(tmp_path)
    assert loaded.encode(new).sha256 == codes.sha256
    seen = method.diagnostics()
    assert seen["recipe"] == params.get("recipe", "fast")
    assert all(len(values) == 2 for values in seen["loss_history"].values())
    has = seen["loss_history"].keys()
    assert ("pairs" in has) == params.get("neighbourhood", True)
    assert ("global" in has) == (params.get("reconstruction", "fb+gr") == "fb+gr")


def test_equal_seeds_give_equal_codes_and_others_do_not() -> None:
    train = videos().unlabelled()
    digests = [ssvh(seed=seed).fit(train).encode(train).sha256 for seed in (0, 0, 1)]
    assert digests[0] == digests[1] != digests[2]


def test_codes_of_a_video_do_not_depend_on_its_batch() -> None:
    train = videos().unlabelled()
    method = ssvh().fit(train)
    alone = Videos(train.take(slice(3, 4)))
    assert method.encode(alone).unpack().tolist() == method.encode(train).unpack()[3:4].tolist()


def test_training_brings_videos_of_a_kind_together() -> None:
    train = videos(80).unlabelled()
    bits = ssvh(bits=16, epochs=30, k1=8, k2=8).fit(train).encode(train).unpack().astype(int)
    distance = (bits[:, None] != bits[None]).sum(2)
    same = np.arange(80)[:, None] % 4 == np.arange(80)[None] % 4
    assert distance[same].mean() < 0.5 * distance[~same].mean()


def test_trailing_frames_that_do_not_fill_a_stride_are_not_read() -> None:
    long = videos(frames=7).unlabelled()
    method = ssvh().fit(long)
    assert method.diagnostics()["frames_used"] == 6
    changed = long.take(slice(None)).copy()
    changed[:, 6] += 100
    assert method.encode(Videos(changed)).sha256 == method.encode(long).sha256


def test_a_batch_may_be_larger_than_the_training_set() -> None:
    method = ssvh(batch_size=500).fit(videos().unlabelled())
    assert method.diagnostics()["batch_size"] == 24


@pytest.mark.parametrize("recipe", ["fast", "paper"])
@pytest.mark.parametrize("graph_features", ["raw", "standardized"])
def test_the_graph_is_that_of_the_features_asked_for(
    recipe: str, graph_features: str, tmp_path: Path
) -> None:
    """Whatever the network reads: ``fast`` standardises its input and ``paper`` does not."""
    features = videos().take(slice(None)) * np.array([1, 1, 1, 1, 1, 1, 50], np.float32) + 1
    frames = features.reshape(-1, 7)
    mean = {"raw": features.mean(axis=1)}
    mean["standardized"] = (mean["raw"] - frames.mean(axis=0)) / frames.std(axis=0)
    wanted = {kind: neighbour_graph(m, 3, 2).toarray() for kind, m in mean.items()}
    assert (wanted["raw"] != wanted["standardized"]).any()
    method = ssvh(
        recipe=recipe,
        graph_features=graph_features,
    )
    method.attach(Workspace(tmp_path, None, "cpu")).fit(Videos(features))
    (kept,) = tmp_path.glob("neighbours-*.npz")
    with np.load(kept) as arrays:
        found = np.zeros((24, 24), np.uint8)
        found[np.repeat(np.arange(24), np.diff(arrays["indptr"])), arrays["indices"]] = 1
    np.testing.assert_array_equal(found, wanted[graph_features])
    # The other graph has a file of its own.
    other = {"raw": "standardized", "standardized": "raw"}[graph_features]
    ssvh(graph_features=other).attach(Workspace(tmp_path, None, "cpu")).fit(Videos(features))
    assert len(list(tmp_path.glob("neighbours-*.npz"))) == 2


def kept_graph(folder: Path) -> NDArray[np.uint8]:
    """Return the only neighbour graph in a cache folder, dense."""
    (path,) = folder.glob("neighbours-*.npz")
    with np.load(path) as arrays:
        found = np.zeros((len(arrays["indptr"]) - 1,) * 2, np.uint8)
        found[np.repeat(np.arange(len(found)), np.diff(arrays["indptr"])), arrays["indices"]] = 1
    return found


@pytest.mark.parametrize("graph_features", ["raw", "standardized"])
def test_the_graph_of_segments_is_that_of_their_means(graph_features: str, tmp_path: Path) -> None:
    """Of all stored frames, seven, where the network reads six."""
    features = videos(frames=7).take(slice(None)) * np.array([1, 1, 1, 1, 1, 1, 9], np.float32) + 1
    values = features.astype(np.float64)
    if graph_features == "standardized":
        read = values[:, :6].reshape(-1, 7)
        values = (values - read.mean(axis=0)) / read.std(axis=0)
    means = [part.mean(axis=1) for part in np.array_split(values, 3, axis=1)]
    vectors = np.concatenate(means, axis=1)
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    order = np.argsort(-(unit @ unit.T), axis=1, kind="stable")
    sets = [[i, *[j for j in order[i].tolist() if j != i][:3]] for i in range(24)]
    method = ssvh(graph="segments", segments=3, graph_features=graph_features)
    method.attach(Workspace(tmp_path, None, "cpu")).fit(Videos(features))
    np.testing.assert_array_equal(kept_graph(tmp_path).astype(bool), dense_graph(sets, 2))
    assert (method.training_graph(Videos(features)).toarray() == kept_graph(tmp_path)).all()
    assert method.diagnostics()["segments"] == 3


def test_the_segments_that_were_chosen_are_recorded_and_saved(tmp_path: Path) -> None:
    train = videos(48, frames=8).unlabelled()
    method = ssvh(graph="segments").fit(train)
    chosen = choose_segments(train, 3)
    seen = method.diagnostics()
    assert seen["segments"] == chosen.segments
    assert seen["segments_agreement"] == {str(s): v for s, v in chosen.agreement.items()}
    assert list(seen["segments_agreement"]) == ["1", "2", "3", "4"]
    method.save(tmp_path)
    assert hashbench.load_method(tmp_path).diagnostics()["segments"] == chosen.segments
    assert "segments" not in ssvh().fit(train).diagnostics()


def test_one_segment_is_the_graph_of_the_paper() -> None:
    train = videos().unlabelled()
    one, papers = ssvh(graph="segments", segments=1), ssvh()
    assert (one.training_graph(train) != papers.training_graph(train)).nnz == 0
    assert one.fit(train).encode(train).sha256 == papers.fit(train).encode(train).sha256


def test_what_a_method_says_of_its_graph() -> None:
    train = videos()
    assert ssvh(neighbourhood=False).training_graph(train) is None
    assert hashbench.method("itq", bits=4).training_graph(train) is None
    labelled = ssvh(graph="labels").training_graph(train)
    assert labelled.nnz == 4 * 6**2


def test_ssvh_t_is_ssvh_with_a_graph_of_segments(tmp_path: Path) -> None:
    small: dict[str, Any] = {"bits": 8, "epochs": 2, "k1": 3, "k2": 2}
    train = videos().unlabelled()
    timed = hashbench.method("ssvh-t", **small).fit(train)
    assert (timed.graph, timed.segments, timed.band) == ("segments", "auto", 0)
    same = ssvh(graph="segments").fit(train)
    assert timed.encode(train).sha256 == same.encode(train).sha256
    assert timed.diagnostics()["segments"] == same.diagnostics()["segments"]
    timed.save(tmp_path)
    loaded = hashbench.load_method(tmp_path)
    assert type(loaded).__name__ == "SSVHT"
    assert loaded.encode(train).sha256 == timed.encode(train).sha256
    assert timed.get_params().keys() == ssvh().get_params().keys()


def test_cells_are_told_apart_by_segments_and_band() -> None:
    rows = [
        "ssvh",
        "ssvh-t",
        "ssvh-t[segments=3]",
        "ssvh-t[segments=4]",
        "ssvh-t[band=1]",
        "ssvh[graph=segments]",
    ]
    cells = make_plan(Options(methods=rows, dataset="digit-stories", bits=(8,))).cells
    assert len({cell.key for cell in cells}) == len({c.model_key for c in cells}) == len(rows)
    assert [cell.method.label for cell in cells] == rows
    (choice,) = choose(["ssvh-t"], {"ssvh-t": {"segments": 3}})
    assert choice.params == choose(["ssvh-t[segments=3]"])[0].params


def test_order_decides_neighbours_where_classes_are_orders() -> None:
    """Classes are the six orders of three things: alike to mean frames, told apart by segments."""
    random = np.random.default_rng(0)
    orders = np.array([[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]])
    shown = np.repeat(orders, 4, axis=1).repeat(12, axis=0)
    values = random.standard_normal((3, 16))[shown] + 0.4 * random.standard_normal((72, 12, 16))
    train = Videos(values.astype(np.float32))
    classes = np.arange(72) // 12
    right = {}
    for name in ("ssvh", "ssvh-t"):
        graph = hashbench.method(name, bits=8, k1=8, k2=4).training_graph(train).tocoo()
        right[name] = (classes[graph.row] == classes[graph.col])[graph.row != graph.col].mean()
    assert right["ssvh"] < 0.5
    assert right["ssvh-t"] > 0.95


def test_a_dimension_that_never_changes_does_no_harm() -> None:
    features = videos().take(slice(None)).copy()
    features[..., 2] = 7
    train = Videos(features)
    assert len(ssvh().fit(train).encode(train)) == 24


@pytest.mark.parametrize(
    ("params", "shape", "error", "message"),
    [
        ({"stride": 9}, {}, MethodError, "6 frames are fewer than stride=9"),
        ({"k1": 24}, {}, UsageError, "K1 = 24.*below 24"),
        ({"bits": 0}, {}, UsageError, "bits must be from 1"),
        ({"batch_size": 0}, {}, UsageError, "batch_size must be at least 1"),
        ({"lam": 2.0}, {}, UsageError, "lam must be from 0 to 1"),
        ({"eta": -1.0}, {}, UsageError, "eta must not be negative"),
        ({"hidden": 0}, {}, UsageError, "hidden must be at least 1"),
        ({"variant": "thesis"}, {}, UsageError, "variant must be one of paper, official"),
        ({"recipe": "slow"}, {}, UsageError, "recipe"),
        ({"graph_features": "cooked"}, {}, UsageError, "graph_features must be one of raw, standa"),
        (
            {"graph": "segments", "segments": 7},
            {},
            MethodError,
            "6 frames are fewer than segments=7",
        ),
        ({"graph": "segments", "segments": 0}, {}, UsageError, "auto or a whole number from 1 on"),
        ({"graph": "segments", "segments": "six"}, {}, UsageError, "auto or a whole .* not 'six'"),
        ({"graph": "segments", "segments": 2.0}, {}, UsageError, r"auto or a whole .* not 2\.0"),
        ({"graph": "segments", "segments": True}, {}, UsageError, "auto or a whole .* not True"),
        ({"segments": 3}, {}, UsageError, "segments=3 needs graph=segments, not features"),
        ({"band": 1}, {}, UsageError, "band=1 needs graph=segments, not features"),
        ({"graph": "segments", "band": -1}, {}, UsageError, "band must not be negative, not -1"),
        ({"graph": "segments", "k1": 24}, {}, UsageError, "K1 = 24 neighbours among 24 videos"),
        (
            {"optimizer": "lbfgs"},
            {},
            UsageError,
            "optimizer must be one of adam, adamw, momentum, sgd",
        ),
        ({"precision": "int8"}, {}, UsageError, "precision must be one of"),
        ({"reconstruction": "none", "neighbourhood": False}, {}, UsageError, "there is no loss"),
        ({"graph": "labels"}, {}, DataError, "labels are out of reach"),
    ],
    ids=str,
)
def test_wrong_input_gets_one_line(
    params: dict[str, Any], shape: dict[str, int], error: type[HashbenchError], message: str
) -> None:
    with pytest.raises(error, match=message) as caught:
        ssvh(**params).fit(videos(**shape).unlabelled())
    assert "\n" not in str(caught.value)


def test_encoding_needs_videos_like_the_training_ones() -> None:
    method = ssvh().fit(videos().unlabelled())
    with pytest.raises(DataError, match=r"9 dimensions.*trained on 7"):
        method.encode(videos(dims=9))
    with pytest.raises(DataError, match=r"8 frames.*trained on 6"):
        method.encode(videos(frames=8))
    with pytest.raises(MethodError, match="not fitted"):
        ssvh().encode(videos())


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a CUDA device")
def test_a_gpu_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    method = ssvh().attach(Workspace(tmp_path, None, "cuda"))
    with pytest.raises(UsageError, match="0 CUDA devices; use device cpu or auto"):
        method.fit(videos().unlabelled())


def test_running_out_of_memory_says_what_to_lower(monkeypatch: pytest.MonkeyPatch) -> None:
    from hashbench.nn.training.trainer import Trainer

    def exhausted(*_: Any) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(Trainer, "step", exhausted)
    with pytest.raises(MethodError, match="out of memory: lower batch_size or bits"):
        ssvh().fit(videos().unlabelled())
