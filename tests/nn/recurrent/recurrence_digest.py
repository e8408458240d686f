"""Print a digest of what compiled recurrences compute; run in a process with its own target.

All products are of small whole numbers, which every processor computes exactly, so that nothing
but compiled code can differ.
"""

from __future__ import annotations

import hashlib

import torch

from hashbench.nn import LSTM, LSTMVariant

D, T, B, L = 2, 3, 9, 21


def main() -> None:
    """Print it."""
    digest = hashlib.sha256()
    draw = torch.Generator().manual_seed(0)
    for cell in (LSTMVariant(), LSTMVariant("previous", True, False, True), LSTMVariant("new")):
        layer = LSTM(4, L, T, cell, stacks=D)
        with torch.no_grad():
            for parameter in layer.parameters():
                parameter.copy_(torch.randint(-2, 3, parameter.shape, generator=draw))
            layer.U.zero_()  # states are no whole numbers
        x = torch.randint(-3, 4, (D, T, B, 4), generator=draw).float()
        start = [torch.randint(-3, 4, (D, B, L), generator=draw).float() for _ in range(2)]
        hidden, last = layer(x, (start[0], start[1]), B)
        hidden.sum().backward()
        assert layer.b.grad is not None
        for value in (hidden, last, layer.M.grad if layer.M is not None else None):
            if value is not None:
                digest.update(value.detach().numpy().tobytes())
    print(digest.hexdigest())


if __name__ == "__main__":
    main()
