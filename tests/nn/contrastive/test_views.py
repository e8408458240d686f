"""Which frames two masked views see, and the mean of their codes."""

from __future__ import annotations

import pytest
import torch

from hashbench.errors import MethodError
from hashbench.nn import (
    average_codes,
    frame_places,
    frame_views,
    pick_frames,
    signs,
    visible_frames,
)


@pytest.mark.parametrize(
    ("frames", "ratio", "visible", "shared"), [(25, 0.75, 7, 0), (25, 0.5, 13, 1), (30, 0.5, 15, 0)]
)
def test_views_see_equally_many_frames(
    frames: int, ratio: float, visible: int, shared: int
) -> None:
    assert visible_frames(frames, ratio) == visible
    hidden = frame_views(torch.rand(64, frames), visible)
    assert ((~hidden).sum(2) == visible).all()
    assert ((~hidden).all(1).sum(1) == shared).all()


def test_every_frame_is_visible_equally_often() -> None:
    torch.manual_seed(0)
    often = (~frame_views(torch.rand(20_000, 10), 3)).double().mean(0)
    assert (often - 0.3).abs().max() < 0.02


def test_places_are_in_the_order_of_time() -> None:
    hidden = torch.tensor([[True, False, True, False], [False, True, True, False]])
    visible, masked = frame_places(hidden, 2)
    assert visible.tolist() == [[1, 3], [0, 3]]
    assert masked.tolist() == [[0, 2], [1, 2]]
    x = torch.arange(8.0).view(2, 4, 1)
    assert pick_frames(x, visible).flatten().tolist() == [1, 3, 4, 7]


@pytest.mark.parametrize(("frames", "ratio"), [(1, 0.75), (4, 1.0), (4, 0.1), (4, 2.0)])
def test_a_mask_must_hide_some_frames_and_not_all(frames: int, ratio: float) -> None:
    with pytest.raises(MethodError, match=f"of {frames} frames: at least one"):
        visible_frames(frames, ratio)


def test_a_tie_of_frames_is_plus_one() -> None:
    b = torch.ones(1, 30, 3)
    b[0, :15, 1] = -1
    b[0, :16, 2] = -1
    assert average_codes(b)[0, 1] == 0
    assert signs(average_codes(b)).tolist() == [[1, 1, -1]]
