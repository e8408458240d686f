"""Neighbourhood structure loss of a batch against all training videos (SSVH Eq. 20-21)."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import scipy.sparse as sp
import torch
from torch import Tensor, nn

from hashbench.nn.graph.memory import MemoryBank
from hashbench.nn.graph.similarity import NeighbourGraph


class Neighbours(NamedTuple):
    """The neighbours of a batch: flat list of columns, where each row's start, and row of each."""

    columns: Tensor
    starts: Tensor
    row: Tensor


class Graph(nn.Module):
    """A symmetric 0/1 similarity, read a batch of rows at a time.

    Parameters
    ----------
    similarity : scipy.sparse.csr_matrix (N, N), or NeighbourGraph
        A matrix is kept on the device of the training; a graph that is kept as factors (labels)
        makes its rows on the CPU.
    """

    indptr: Tensor
    indices: Tensor
    place: Tensor

    def __init__(self, similarity: Any) -> None:
        super().__init__()
        self.factored = similarity if isinstance(similarity, NeighbourGraph) else None
        stored = sp.csr_matrix((1, 1)) if self.factored is not None else similarity
        videos = similarity.n if self.factored is not None else similarity.shape[0]
        indptr = torch.from_numpy(np.asarray(stored.indptr, np.int64))
        indices = torch.from_numpy(np.asarray(stored.indices, np.int64))
        self.register_buffer("indptr", indptr, persistent=False)
        self.register_buffer("indices", indices, persistent=False)
        place = torch.full((videos,), -1, dtype=torch.int64)
        self.register_buffer("place", place, persistent=False)

    def of(self, rows: Tensor) -> Neighbours:
        """Return the neighbours of ``rows`` (B,)."""
        if self.factored is not None:
            found = self.factored.rows(rows.cpu().numpy())
            ends = torch.from_numpy(found.indptr.astype(np.int64)).to(rows.device)
            begin, counts = ends[:-1], ends.diff()
            indices = torch.from_numpy(found.indices.astype(np.int64)).to(rows.device)
        else:
            indices, begin = self.indices, self.indptr[rows]
            counts = self.indptr[rows + 1] - begin
        starts = counts.cumsum(0) - counts
        row = torch.repeat_interleave(torch.arange(len(rows), device=rows.device), counts)
        within = torch.arange(len(row), device=rows.device) - starts[row]
        return Neighbours(indices[begin[row] + within], starts, row)

    def inside(self, near: Neighbours, batch: Tensor, height: int, dtype: torch.dtype) -> Tensor:
        """Return the similarity (height, B) of the rows behind ``near`` to those of ``batch``."""
        self.place[batch] = torch.arange(len(batch), device=batch.device)
        place = self.place[near.columns]
        self.place[batch] = -1
        # Those outside of the batch, at -1, go into a column more: how many a mask selects would
        # have to be asked of the device.
        dense = torch.zeros(height, len(batch) + 1, dtype=dtype, device=batch.device)
        dense[near.row, place] = 1
        return dense[:, :-1].contiguous()


def neighbourhood_loss(
    h: Tensor,
    rows: Tensor,
    bank: MemoryBank,
    graph: Graph,
    *,
    negative: float = -1.0,
    gathered: tuple[Tensor, Tensor] | None = None,
) -> Tensor:
    """Return the sum over batch rows i and all N videos j of (h_i . h_j / L - s_ij)^2.

    The rows of the batch are written into the bank first: pairs inside the batch pull on both
    of their videos, other pairs on the batch's. No array of B x N is formed: with s = negative +
    (1 - negative) a, the square falls apart into <h^T h, H^T H>, a sum over neighbours, and one
    over column sums.

    The last one is stiff. With s = -1 it pushes the mean of every bit to 0 with the weight of N
    pairs, while a video's neighbours pull with that of a few dozen. The rows of the bank are half
    an epoch old on average: a push against their mean follows one that is gone, and the codes
    swing. Its gradient therefore adds to the bank's sum (W - B) / B times what the rows of this
    batch have moved since they were written, W being the rows that were there when the epoch
    began. This estimates the sum over the videos as they are now: a control variate, as in SAGA
    (Defazio et al. 2014). The value of the loss stays that over the bank.

    Parameters
    ----------
    h : Tensor, shape (B, L)
        Hidden states before binarisation.
    rows : Tensor of int64, shape (B,)
        Their places in the training set, each at most once.
    bank : MemoryBank
        Holds the batch's rows afterwards.
    graph : Graph
        a_ij.
    negative : float
        s of pairs that are no neighbours: -1 (Eq. 20) or 0 (the authors' program).
    gathered : (Tensor (B', L), Tensor (B',)), optional
        h and rows of the whole batch, where ``h`` is one process's share of it.
    """
    batch_h, batch = (h, rows) if gathered is None else gathered
    L, N = h.shape[1], len(bank.H)
    rest = bank.remove(batch)
    near = graph.of(rows)
    pulled = nn.functional.embedding_bag(near.columns, bank.H, near.starts, mode="sum")
    inside = graph.inside(near, batch, len(rows), h.dtype)
    bank.write(batch, batch_h.detach())
    wide, wide_all = h.double(), batch_h.double()
    gram = wide.t() @ wide
    squares = (gram * (rest.gram + wide_all.t() @ wide_all)).sum() / L**2
    attraction = (wide * (pulled + inside @ batch_h)).sum() / L
    summed, summed_all = wide.sum(0), wide_all.sum(0)
    others = (bank.written - len(batch)).clamp(min=0) / len(batch)
    moved = (summed_all.detach() - rest.replaced) * others
    everything = (summed * (rest.total + summed_all)).sum() / L
    everything = everything + ((summed - summed.detach()) * moved).sum() / L
    positives = len(near.columns)
    constant = positives + negative**2 * (len(rows) * N - positives)
    cross = (1 - negative) * attraction + negative * everything
    return (squares - 2 * cross + constant).to(h.dtype)
