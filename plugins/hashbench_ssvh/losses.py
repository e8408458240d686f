"""The losses of Sec. III-B.5 and III-C.2 (Eq. 18, 21, 22)."""

from __future__ import annotations

from torch import Tensor

from hashbench_ssvh.variant import Variant


def reconstruction_loss(
    loss_f: Tensor, loss_b: Tensor, loss_g: Tensor | None, frames: int, variant: Variant
) -> Tensor:
    """Return ReconLoss (Eq. 18), or the program's (f + b + M g) / 3."""
    total = loss_f + loss_b
    if loss_g is not None:
        total = total + (frames * loss_g if variant.average else loss_g)
    return total / 3 if variant.average else total


def quantisation_loss(b: Tensor, h: Tensor) -> Tensor:
    """Return ||b - h||^2 summed over the batch (the second term of Eq. 21).

    b is a constant here, as in the authors' program: were sgn's stand-in gradient let through, it
    would cancel the term's pull wherever |h| <= 1.
    """
    return (b.detach() - h).square().sum()


def total_loss(recon: Tensor | None, neighbour: Tensor | None, lam: float) -> Tensor:
    """Return lambda * ReconLoss + (1 - lambda) * NeighborLoss (Eq. 22); an absent term is 0."""
    parts = []
    if recon is not None:
        parts.append(lam * recon)
    if neighbour is not None:
        parts.append((1 - lam) * neighbour)
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return total
