"""Where the equations and the authors' program part (docs/fidelity.md has the table)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from hashbench.nn import Cell

Wiring = Literal["crossed", "straight"]


@dataclass(frozen=True, slots=True)
class Variant:
    """One reading of SSVH.

    Parameters
    ----------
    peephole : {"previous", "new"}
        What the output gate of the BLSTM sees: c_{t-1} (Eq. 4) or c_t.
    frames, upper, lower : Cell
        The first encoder layer, the upper and the lower decoder layers.
    cell_start : bool
        Whether upper decoder layers start from the encoder's cell c_T (else from 0).
    repeat : bool
        Whether a lower decoder reads the upper output l times (else once, then 0).
    wiring : {"crossed", "straight"}
        Which upper layer the lower forward decoder reads off the stride: the program's backward
        one, or its own.
    negative : float
        s_ij of videos that are no neighbours.
    average : bool
        (f + b + M g) / 3 instead of f + b + g (Eq. 18).
    weight_decay : float
        L2 / 2 on every parameter.
    unused_outputs : bool
        Whether every layer owns an output layer, used or not, for L2 to count.
    """

    peephole: Literal["previous", "new"]
    frames: Cell
    upper: Cell
    lower: Cell
    cell_start: bool
    repeat: bool
    wiring: Wiring
    negative: float
    average: bool
    weight_decay: float
    unused_outputs: bool


_PLAIN = Cell()
_NORMED = Cell(peephole="new", batch_norm=True, squash=False)

VARIANTS = {
    "paper": Variant(
        peephole="previous",
        frames=_PLAIN,
        upper=_PLAIN,
        lower=_PLAIN,
        cell_start=False,
        repeat=False,
        wiring="straight",
        negative=-1.0,
        average=False,
        weight_decay=0.0,
        unused_outputs=False,
    ),
    "official": Variant(
        peephole="new",
        frames=_NORMED,
        upper=Cell(peephole="new", batch_norm=True, squash=True),
        lower=_NORMED,
        cell_start=True,
        repeat=True,
        wiring="crossed",
        negative=0.0,
        average=True,
        weight_decay=1e-4,
        unused_outputs=True,
    ),
}
