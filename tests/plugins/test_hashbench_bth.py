"""BTH as a method."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import hashbench
from hashbench import Videos, Workspace
from hashbench.errors import MethodError, UsageError
from hashbench.nn import Anchors
from hashbench_bth.method import BTH
from hashbench_bth.model import FirstStage, Model, Weights
from hashbench_bth.network import Encoder, Shape, whole
from hashbench_bth.partners import Partners


def videos(seed: int = 0, n: int = 24) -> Videos:
    centres = np.random.default_rng(9).standard_normal((4, 6, 7))
    noise = np.random.default_rng(seed).standard_normal((n, 6, 7))
    return Videos((centres[np.arange(n) % 4] + 0.3 * noise).astype(np.float32))


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"variant": "official", "anchors": 12},
        {"recipe": "paper", "anchors": 8, "first_epochs": 1},
        {"precision": "bfloat16", "dropout": 0.0},
    ],
    ids=str,
)
def test_every_setting_trains_saves_and_loads(params: dict[str, Any], tmp_path: Path) -> None:
    method = hashbench.method("bth", bits=8, epochs=2, **params).fit(videos())
    codes = method.encode(videos(1))
    assert (len(codes), codes.n_bits) == (24, 8)
    method.save(tmp_path)
    loaded = hashbench.load_method(tmp_path)
    assert loaded.encode(videos(1)).sha256 == codes.sha256
    found = method.diagnostics()
    assert len(found["loss_history"]["loss"]) == 2
    assert len(found["first_stage_loss"]) == params.get("first_epochs", 1)
    assert not method.uses_labels


def test_the_losses_of_both_stages_fall() -> None:
    method = hashbench.method("bth", bits=16, epochs=30).fit(videos())
    found = method.diagnostics()
    assert found["first_stage_loss"][-1] < 0.8 * found["first_stage_loss"][0]
    assert found["loss_history"]["reconstruction"][-1] < found["loss_history"]["reconstruction"][0]
    assert found["loss_history"]["anchors"][-1] < found["loss_history"]["anchors"][0]


@pytest.fixture(params=["marked", "sorted"])
def _ways(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways of listing the videos of a batch: that of few videos, and that of many."""
    if request.param == "sorted":
        monkeypatch.setattr("hashbench_bth.partners._MARKS", 0)


@pytest.mark.usefixtures("_ways")
def test_a_partner_is_similar_or_shares_far_anchors_alone() -> None:
    random = np.random.default_rng(0)
    nearest = np.argsort(random.random((200, 30)), axis=1)[:, :5].astype(np.int32)
    partners = Partners(Anchors(np.zeros((30, 2), np.float32), nearest), itself=False)

    def share(i: int, j: int, s: int) -> bool:
        return bool(set(nearest[i, :s]) & set(nearest[j, :s]))

    rows = np.arange(200).repeat(20)
    other, tag = partners.draw(rows, random.random((4000, 2)).astype(np.float32))
    assert abs((tag == 1).mean() - 0.5) < 0.05
    for i, j, s in zip(rows.tolist(), other.tolist(), tag.tolist(), strict=True):
        if s == 1:
            assert share(i, j, 3)
            assert i != j
        else:
            assert share(i, j, 5)
            assert not share(i, j, 4)


@pytest.mark.usefixtures("_ways")
def test_a_video_that_has_no_such_partner_gets_another() -> None:
    # Two groups of videos with five anchors each: nothing is dissimilar by its far anchors.
    nearest = np.stack([np.arange(5) + 5 * (i % 2) for i in range(6)]).astype(np.int32)
    partners = Partners(Anchors(np.zeros((10, 2), np.float32), nearest), itself=False)
    numbers = np.array([[0.9, 0.99], [0.1, 0.0]], np.float32)
    other, tag = partners.draw(np.array([0, 0]), numbers)
    assert tag.tolist() == [-1, 1]
    assert other[0] % 2 == 1
    assert other[1] == 2
    # Where its own place is the first of those that are not similar, it is passed over.
    other, tag = partners.draw(np.array([0, 1]), np.array([[0.9, 0], [0.9, 0]], np.float32))
    assert tag.tolist() == [-1, -1]
    assert (other % 2).tolist() == [1, 0]
    # All videos share their anchors: there is no other kind of partner.
    same = Partners(Anchors(np.zeros((10, 2), np.float32), nearest[::2]), itself=False)
    other, tag = same.draw(np.arange(3), np.full((3, 2), 0.9, np.float32))
    assert tag.tolist() == [1, 1, 1]
    assert (other != np.arange(3)).all()
    alone = Partners(Anchors(np.zeros((5, 2), np.float32), nearest[:1]), itself=True)
    other, tag = alone.draw(np.array([0]), numbers[:1])
    assert (other.tolist(), tag.tolist()) == ([0], [1])


def test_shares_of_frames_that_are_hidden() -> None:
    model = FirstStage(Shape(3, 40, 8, hidden=4), "paper", 0, Weights())
    model.begin_epoch()
    model.draws.begin_batch(500, torch.device("cpu"))
    v = torch.rand(500, 40, 3) + 1
    read = model.hide(v)
    zeroed = (read == 0).all(2)
    replaced = (read != v).any(2) & ~zeroed
    assert zeroed.double().mean().item() == pytest.approx(0.12, abs=0.01)
    assert replaced.double().mean().item() == pytest.approx(0.015, abs=0.003)
    for video, frame in replaced.nonzero()[:50].tolist():
        assert (v[video] == read[video, frame]).all(1).any()


def test_what_the_variants_rebuild() -> None:
    anchors = Anchors(np.zeros((5, 12), np.float32), np.tile(np.arange(5, dtype=np.int32), (24, 1)))
    v = torch.from_numpy(videos().take(slice(None)))
    for variant in ("paper", "official"):
        shape = Shape(7, 6, 8, hidden=12)
        model = Model(shape, variant, 0, Weights(), anchors, videos())  # type: ignore[arg-type]
        model.begin_epoch()
        model.draws.begin_batch(24, v.device)
        pairs = model._paired(torch.arange(24), v)
        assert (pairs.read == 0).any()
        assert torch.equal(pairs.target, pairs.read) == (variant == "official")
        if variant == "paper":
            assert torch.equal(pairs.target[:, 0], v)


def test_attention_without_dropout_is_that_with_a_dropout_of_nothing() -> None:
    torch.manual_seed(0)
    encoder = Encoder(Shape(7, 6, 8, hidden=12)).double()
    v = torch.randn(3, 6, 7, dtype=torch.float64)
    fused, explicit = encoder.hidden(v, whole), encoder.hidden(v, lambda x: x)
    torch.testing.assert_close(fused, explicit)


def test_anchors_are_kept_in_the_cache(tmp_path: Path) -> None:
    method = BTH(bits=8, epochs=1).attach(Workspace(tmp_path, None, "cpu"))
    method.fit(videos())
    assert len(list(tmp_path.glob("anchors-*.npz"))) == 1


@pytest.mark.parametrize(("count", "anchors"), [(10, 10), (24, 16), (4_000, 200), (45_585, 2_000)])
def test_an_anchor_for_every_twenty_videos(count: int, anchors: int) -> None:
    assert BTH()._count(count) == anchors
    assert BTH(recipe="paper")._count(count) == 2_000


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"variant": "theirs"}, "variant must be one of paper, official"),
        ({"anchors": 7}, "anchors must be at least 8, not 7"),
        ({"early_stop": True}, "draws partners from all training videos"),
        ({"first_epochs": 0}, "first_epochs must be at least 1"),
        ({"hidden": 0}, "hidden must be at least 1"),
        ({"pairs": -0.1}, "pairs must not be negative"),
        ({"dropout": 1.0}, "dropout must be a share below 1"),
    ],
)
def test_parameters_that_cannot_be_right(params: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        hashbench.method("bth", bits=8, **params).fit(videos())


def test_fewer_videos_than_anchors_is_said_before_training() -> None:
    with pytest.raises(MethodError, match="2000 anchors need as many training videos, not 24"):
        hashbench.method("bth", bits=8, recipe="paper").fit(videos())


def test_no_video_is_apart_from_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = []
    plain = Partners.draw

    def watched(partners: Partners, rows: Any, numbers: Any) -> Any:
        other, tag = plain(partners, rows, numbers)
        drawn.append((rows, other, tag))
        return other, tag

    monkeypatch.setattr(Partners, "draw", watched)
    for n in (24, 60, 119):
        videos = np.random.default_rng(n).standard_normal((n, 6, 8)).astype(np.float32)
        hashbench.method("bth", bits=8, epochs=8, batch_size=32).fit(Videos(videos))
    rows, other, tag = (np.concatenate(parts) for parts in zip(*drawn, strict=True))
    assert (rows[tag == -1] != other[tag == -1]).all()
    assert 0.2 < (tag == -1).mean() < 0.6


def test_lists_that_outgrow_memory_come_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(1)
    nearest = np.argsort(random.random((90, 20)), axis=1)[:, :5].astype(np.int32)
    partners = Partners(Anchors(np.zeros((20, 2), np.float32), nearest), itself=False)
    rows, numbers = np.arange(90), random.random((90, 2)).astype(np.float32)
    whole = partners.draw(rows, numbers)
    monkeypatch.setattr("hashbench_bth.partners._LISTED", 1)
    for a, b in zip(whole, partners.draw(rows, numbers), strict=True):
        np.testing.assert_array_equal(a, b)
