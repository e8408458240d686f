"""``HammingAP``: equal to an evaluation of all items, in batches, on processes, in training."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.distributed as dist
import torch.multiprocessing as mp

from hashbench import BinaryCodes, Labels
from hashbench.compat import HammingAP
from hashbench.errors import DataError, UsageError
from hashbench.ranking import AP, evaluate

K, BITS = 5, 6


def made(n=41, seed=0, multi=False):
    rng = np.random.default_rng(seed)
    values = rng.standard_normal((n, BITS)).astype(np.float32)
    labels = rng.integers(0, 2, (n, 4)) if multi else rng.integers(0, 4, n)
    return torch.from_numpy(values), torch.from_numpy(labels)


def wanted(query, database, k=K, divisor="min(R,K)", ties="expected", which="kept", alone=False):
    codes = [BinaryCodes.from_signs(part[0].numpy()) for part in (query, database)]
    labels = [Labels.from_array(part[1].numpy(), 4) for part in (query, database)]
    measure = AP(k, divisor, ties, which)
    found = evaluate(*codes, *labels, k=[1], measures=[measure], self_retrieval=alone, full=False)
    return found.mean(measure)


@pytest.mark.parametrize("multi", [False, True])
@pytest.mark.parametrize("which", ["kept", "dropped"])
@pytest.mark.parametrize(
    ("k", "divisor", "ties"),
    [(K, "min(R,K)", "expected"), (K, "hits", "expected"), (None, "R", "expected"),
     (K, "K", "optimistic"), (K, "K", "pessimistic")],
)  # fmt: skip
def test_batches_are_the_whole(k, divisor, ties, which, multi):
    values, labels = made(multi=multi)
    metric = HammingAP(k, divisor=divisor, ties=ties, query=which, engine="numpy")
    for rows in torch.randperm(len(values), generator=torch.manual_seed(0)).split(10):
        metric(values[rows], labels[rows])
    whole = (values, labels)
    value = wanted(whole, whole, k, divisor, ties, which, alone=True)
    assert metric.compute().item() == pytest.approx(value, abs=1e-14)
    metric.reset()
    with pytest.raises(UsageError, match="update comes before compute"):
        metric.compute()


def test_class_ids_may_lie_far_apart():
    values, labels = made()
    near, far = HammingAP(K), HammingAP(K)
    near.update(values, labels)
    far.update(values, torch.tensor([7, 10**9, 3 * 10**12, 12])[labels])
    assert far.compute() == near.compute()


def test_queries_and_database_of_their_own():
    query, database = made(9, 1), made(50, 2)
    metric = HammingAP(K)
    metric.update(*query, part="query")
    metric.update(database[0] > 0, database[1], part="database")
    assert metric.compute().item() == pytest.approx(wanted(query, database))


def test_it_agrees_with_torchmetrics_where_definitions_meet():
    """The whole list, without two items at one distance: torchmetrics breaks ties by position."""
    retrieval = pytest.importorskip("torchmetrics.retrieval")
    rng = np.random.default_rng(3)
    query = rng.choice([-1.0, 1.0], (6, 64))
    database = np.stack([np.where(rng.permutation(64) < 9 * i, -1, 1) for i in range(7)])
    distance = ((query[:, None] - database) ** 2).sum(-1) / 4
    keep = [i for i in range(6) if len(set(distance[i])) == 7]
    assert len(keep) >= 2
    query, distance = query[keep], distance[keep]
    labels, asked = rng.integers(0, 2, 7), rng.integers(0, 2, len(keep))
    theirs = retrieval.RetrievalMAP(empty_target_action="neg")
    theirs.update(
        torch.from_numpy(65 - distance.ravel()),
        torch.from_numpy((asked[:, None] == labels).ravel()),
        indexes=torch.arange(len(keep)).repeat_interleave(7),
    )
    ours = HammingAP(None, divisor="R", query="kept", engine="numpy")
    ours.update(torch.from_numpy(query), torch.from_numpy(asked), part="query")
    ours.update(torch.from_numpy(database), torch.from_numpy(labels), part="database")
    assert ours.compute().item() == pytest.approx(theirs.compute().item(), abs=1e-6)


def work(rank, world, place, values, labels, shares):
    dist.init_process_group("gloo", init_method=f"file://{place}", rank=rank, world_size=world)
    rows = torch.arange(len(values))[shares[rank]]
    metric = HammingAP(K, engine="numpy")
    for batch in rows.split(7):
        if len(batch):
            metric.update(values[batch], labels[batch])
    (place.parent / f"value-{rank}").write_text(repr(metric.compute().item()))
    dist.destroy_process_group()


@pytest.mark.parametrize("multi", [False, True])
def test_processes_give_the_value_of_one(tmp_path, multi):
    """Three processes, of which one has nothing."""
    values, labels = made(multi=multi)
    shares = [slice(0, 30), slice(0, 0), slice(30, None)]
    mp.start_processes(
        work, (3, tmp_path / "meet", values, labels, shares), nprocs=3, start_method="fork"
    )
    whole = (values, labels)
    value = wanted(whole, whole, which="dropped", alone=True)
    found = [float((tmp_path / f"value-{rank}").read_text()) for rank in range(3)]
    assert found == pytest.approx([value] * 3, abs=1e-14)


def test_a_training_loop_sees_codes_get_better():
    torch.manual_seed(0)
    centres = torch.randn(4, 10)
    labels = torch.arange(200) % 4
    points = centres[labels] + 0.8 * torch.randn(200, 10)
    model = torch.nn.Sequential(torch.nn.Linear(10, BITS), HeldMetric())
    optimizer = torch.optim.Adam(model[0].parameters(), 0.05)
    targets = torch.randint(0, 2, (4, BITS)) * 2.0 - 1
    targets[:, :2] = torch.tensor([[1.0, 1], [1, -1], [-1, 1], [-1, -1]])
    seen = []
    for _ in range(6):
        for rows in torch.randperm(200).split(50):
            loss = ((model[0](points[rows]) - targets[labels[rows]]) ** 2).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        metric = model[1].metric
        with torch.no_grad():
            for rows in torch.arange(200).split(64):
                metric.update(model[0](points[rows]), labels[rows])
        seen.append(metric.compute().item())
        metric.reset()
    assert seen[-1] > max(seen[0], 0.8)
    assert set(model.state_dict()) == {"0.weight", "0.bias"}


class HeldMetric(torch.nn.Module):
    """A module that keeps a metric, as a LightningModule does."""

    def __init__(self):
        super().__init__()
        self.metric = HammingAP(K, engine="numpy")

    def forward(self, x):
        return x


def test_what_does_not_fit_is_said():
    values, labels = made()
    metric = HammingAP(100, engine="numpy")
    metric.update(values, labels)
    with pytest.raises(UsageError, match="K = 100: the database has 40 items"):
        metric.compute()
    with pytest.raises(DataError, match="codes of 5 bits"):
        metric.update(values[:, :5], labels)
    with pytest.raises(DataError, match="do not fit each other"):
        metric.update(values, labels[:3])
    with pytest.raises(UsageError, match="part 'all'"):
        metric.update(values, labels, part="all")
    with pytest.raises(DataError, match="NaN"):
        metric.update(values * float("nan"), labels)
    metric.update(values, labels, part="query")
    metric.measure = AP(5, "K", "expected", "dropped")
    with pytest.raises(UsageError, match="drop none, or all"):
        metric.compute()
    for given, message in (({"ties": "stable"}, "positions"), ({"k": 0}, "from 1")):
        with pytest.raises(UsageError, match=message):
            HammingAP(**given)


def test_zeros_and_ones_are_bits_or_refused():
    values, labels = made()
    metric, half = HammingAP(K), HammingAP(K)
    metric.update(values, labels)
    half.update(values.bfloat16(), labels)
    assert half.compute() == metric.compute()
    bits = HammingAP(K)
    bits.update(values >= 0, labels)
    assert bits.compute() == metric.compute()
    for kind in (torch.int64, torch.float32):
        with pytest.raises(DataError, match=r"codes are 0 and 1 as .*; give them as bool"):
            HammingAP(K).update((values >= 0).to(kind), labels)
