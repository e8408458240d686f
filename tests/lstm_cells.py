"""Every kind of LSTM that the recurrences compute."""

from __future__ import annotations

import itertools

from hashbench.nn import Cell

CELLS = [
    Cell(peephole, batch_norm, squash)
    for peephole, batch_norm, squash in itertools.product(
        (None, "previous", "new"), (False, True), (False, True)
    )
]
