"""One code a video from the codes of its frames."""

from __future__ import annotations

from torch import Tensor


def average_codes(b: Tensor) -> Tensor:
    """Return the mean over frames of frame codes b (B, T, L): (B, L), from -1 to 1.

    Its sign is the video's code. With an even number of frames the mean can be exactly 0, and
    :func:`hashbench.nn.signs` then gives +1. Torch's own ``sign`` gives 0, which is no bit.

    Examples
    --------
    >>> import torch
    >>> from hashbench.nn import signs
    >>> frames = torch.tensor([[[1.0, -1.0], [-1.0, -1.0]]])
    >>> signs(average_codes(frames))
    tensor([[ 1., -1.]])
    """
    return b.mean(1)
