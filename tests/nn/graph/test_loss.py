"""The neighbourhood loss and its gradient against the square over all pairs, written out."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
import torch

from hashbench.labels import Labels
from hashbench.nn import Graph, MemoryBank, label_graph, neighbourhood_loss

N, L = 30, 6


@pytest.fixture
def similarity() -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    random = np.random.default_rng(0).random((N, N)) < 0.2
    return (random | random.T | np.eye(N, dtype=bool)).astype(np.float64)


def direct(h: torch.Tensor, rows: torch.Tensor, H: torch.Tensor, S: torch.Tensor) -> torch.Tensor:
    """Write the rows into the bank, then sum over batch x N."""
    bank = H.clone()
    bank[rows] = h
    return ((h @ bank.t()) / h.shape[1] - S[rows]).square().sum()


@pytest.mark.parametrize("negative", [-1.0, 0.0])
@pytest.mark.parametrize("share", [slice(None), slice(2, 5)])
def test_loss_and_gradient(
    similarity: np.ndarray[tuple[int, int], np.dtype[np.float64]], negative: float, share: slice
) -> None:
    torch.manual_seed(0)
    bank = MemoryBank(N, L)
    bank.H.normal_()
    bank.refresh()
    bank.written.zero_()  # as in the first epoch: nothing to be corrected
    before = bank.H.double()
    S = torch.from_numpy(np.where(similarity > 0, 1.0, negative))
    rows = torch.tensor([4, 9, 2, 29, 0, 11, 17])
    h = torch.randn(7, L, dtype=torch.float64, requires_grad=True)
    ours = neighbourhood_loss(
        h[share],
        rows[share],
        bank,
        Graph(sp.csr_matrix(similarity)),
        negative=negative,
        gathered=(h, rows),
    )
    full = before.clone()
    full[rows] = 0
    full = full.index_add(0, rows, h.float().double())
    theirs = ((h[share] @ full.t()) / L - S[rows[share]]).square().sum()
    torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-5)
    a = torch.autograd.grad(ours, h)[0]
    b = torch.autograd.grad(theirs, h)[0]
    torch.testing.assert_close(a, b, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(bank.H[rows], h.detach().float())


@pytest.mark.parametrize("negative", [-1.0, 0.0])
def test_gradient_of_the_push_follows_the_videos_as_they_are(
    similarity: np.ndarray[tuple[int, int], np.dtype[np.float64]], negative: float
) -> None:
    """All rows have moved by the same step: the push is the one of a bank that has moved too."""
    torch.manual_seed(3)
    bank, step = MemoryBank(N, L), torch.randn(L)
    bank.H.normal_()
    bank.H[20:] = 0  # kept out of training
    bank.refresh()
    stale = bank.H.double()
    rows = torch.tensor([4, 9, 2, 19, 0, 11, 17])
    h = (bank.H[rows] + step).double().requires_grad_()
    ours = neighbourhood_loss(h, rows, bank, Graph(sp.csr_matrix(similarity)), negative=negative)
    a = torch.autograd.grad(ours, h)[0]

    def push(H: torch.Tensor) -> torch.Tensor:
        """The term -2 negative h_i . h_j / L over batch x N, the batch's rows in the bank."""
        full = H.clone()
        full[rows] = 0
        full = full.index_add(0, rows, h)
        return -2 * negative * (h @ full.t()).sum() / L

    S = torch.from_numpy(np.where(similarity > 0, 1.0, negative))
    moved = stale.clone()
    moved[:20] += step.double()
    theirs = direct(h, rows, stale, S) - push(stale) + push(moved)
    torch.testing.assert_close(ours, direct(h, rows, stale, S), rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(a, torch.autograd.grad(theirs, h)[0], rtol=1e-5, atol=1e-5)


def test_sums_beside_the_bank_stay_true_over_many_updates(
    similarity: np.ndarray[tuple[int, int], np.dtype[np.float64]],
) -> None:
    torch.manual_seed(1)
    bank, graph = MemoryBank(N, L), Graph(sp.csr_matrix(similarity))
    for _ in range(50):
        rows = torch.randperm(N)[:5]
        neighbourhood_loss(torch.randn(5, L), rows, bank, graph)
    kept = bank.gram.clone(), bank.total.clone()
    bank.refresh()
    torch.testing.assert_close(kept, (bank.gram, bank.total), rtol=1e-9, atol=1e-9)


def test_graph_from_labels_is_the_graph_written_out() -> None:
    labels = Labels.from_array(np.random.default_rng(2).integers(0, 4, N))
    dense = labels.relevance(labels)
    rows = torch.tensor([3, 1, 28])
    factored, written = Graph(label_graph(labels)), Graph(sp.csr_matrix(dense))
    for a, b in zip(factored.of(rows), written.of(rows), strict=True):
        torch.testing.assert_close(a, b)
