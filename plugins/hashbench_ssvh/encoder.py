"""The hierarchical binary encoder (Sec. III-B.1)."""

from __future__ import annotations

from torch import Tensor, nn

from hashbench.nn import LSTM, BinaryLSTM, Estimator
from hashbench_ssvh.variant import Variant


class Encoder(nn.Module):
    """An LSTM over all frames, and a binary LSTM over every l-th of its states.

    Parameters
    ----------
    dims : int
        D, width of a frame.
    frames : int
        M.
    hidden, bits : int
        Units of the first layer, and L.
    stride : int
        l; divides M.
    variant : Variant
    activation : {"p", "tanh"}
        Gradient of sgn.
    """

    def __init__(
        self,
        dims: int,
        frames: int,
        hidden: int,
        bits: int,
        stride: int,
        variant: Variant,
        activation: Estimator,
    ) -> None:
        super().__init__()
        self.stride = stride
        self.frames = LSTM(dims, hidden, frames, variant.frames)
        self.binary = BinaryLSTM(
            hidden, bits, frames // stride, peephole=variant.peephole, estimator=activation
        )

    def forward(self, v: Tensor) -> tuple[Tensor, Tensor]:
        """Return h_T and c_T, each (B, L), of videos v (B, M, D)."""
        batch = len(v)
        x = v.transpose(0, 1).unsqueeze(0)
        z, _ = self.frames(x, (None, None), batch)  # Eq. 1
        h, c = self.binary(z[:, self.stride - 1 :: self.stride], (None, None), batch)  # Eq. 2-8
        return h[0, -1], c[0]
