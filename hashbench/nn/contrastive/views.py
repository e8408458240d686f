"""Two views of a video, each with a share of its frames hidden (ConMH, AAAI 2023)."""

from __future__ import annotations

import torch
from torch import Tensor

from hashbench.errors import MethodError


def visible_frames(frames: int, ratio: float) -> int:
    """Return how many of ``frames`` stay visible when the share ``ratio`` is hidden.

    That is T - int(ratio T): 7 of 25 frames at 0.75.

    Raises
    ------
    MethodError
        If no frame would be visible, or none hidden.

    Examples
    --------
    >>> visible_frames(25, 0.75), visible_frames(30, 0.5)
    (7, 15)
    """
    hidden = int(ratio * frames)
    if not 0 < hidden < frames:
        raise MethodError(
            f"a mask of {ratio:g} hides {hidden} of {frames} frames: at least one frame must be "
            "hidden, and one visible"
        )
    return frames - hidden


def frame_views(noise: Tensor, visible: int) -> Tensor:
    """Return which frames are hidden in each of two views.

    The frames are shuffled. The first view sees the first ``visible`` of them and the second view
    the last, so the views have no frame in common unless more than half are visible.

    Parameters
    ----------
    noise : Tensor, shape (B, T)
        Random numbers. Their order is the order of the frames.
    visible : int
        v, from 1 to T.

    Returns
    -------
    Tensor of bool, shape (B, 2, T)
        True where a frame is hidden.

    Examples
    --------
    >>> frame_views(torch.tensor([[0.3, 0.1, 0.2]]), visible=1).int()
    tensor([[[1, 0, 1],
             [0, 1, 1]]], dtype=torch.int32)
    """
    rank = noise.argsort(dim=1).argsort(dim=1)  # (B, T): each frame's place in the shuffled order
    return torch.stack([rank >= visible, rank < rank.shape[1] - visible], dim=1)


def frame_places(hidden: Tensor, visible: int) -> tuple[Tensor, Tensor]:
    """Return the places of visible and of hidden frames, each in the order of time.

    Parameters
    ----------
    hidden : Tensor of bool, shape (B, T)
        With exactly ``visible`` entries False in each row.
    visible : int
        v.

    Returns
    -------
    (Tensor (B, v), Tensor (B, T - v)) of int64
    """
    order = hidden.to(torch.uint8).argsort(dim=1, stable=True)
    return order[:, :visible], order[:, visible:]


def pick_frames(x: Tensor, places: Tensor) -> Tensor:
    """Return the frames of x (B, T, D) at places (B, m): (B, m, D)."""
    return x[torch.arange(len(x), device=x.device)[:, None], places]
