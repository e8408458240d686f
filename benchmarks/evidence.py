"""How far habits of published programs move a number, measured on a built-in set.

python benchmarks/evidence.py                 # all of docs/evidence.md, minutes on one core
python benchmarks/evidence.py order split     # some of its sections

The test split of digit-stories is ranked against itself, as FCVID's is.

profile   three definitions of AP@K for the same codes
order     the order of items at equal distance
ternary   codes with zeros, from an even number of frames
epoch     the epoch that does best on the test set, beside the last
split     the same codes, with the test split cut into queries and database
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import cache
from math import comb
from typing import Any

from source_tree import use_source_tree

if __name__ == "__main__":
    use_source_tree()

import numpy as np
import torch
from numpy.typing import NDArray

import hashbench
from hashbench import BinaryCodes, Labels, Videos
from hashbench.ranking import AP, Ranked, RankedLists, prepare

Ints = NDArray[np.int64]
Signs = NDArray[np.float32]
Sort = Callable[[Signs], Ints]
"""From distances (items, queries) to the items of each query in order, (depth, queries)."""

CUTS = (5, 20, 100)
DATASET = "digit-stories"


@dataclass(frozen=True)
class Setting:
    """What is trained, and on how much.

    Parameters
    ----------
    videos : int, optional
        Test videos; all by default.
    train : int, optional
        Training videos of deep methods; all by default.
    epochs : int, optional
        Of deep methods; the recipe's by default.
    seeds : tuple of int
    bits : int
        Of deep methods.
    """

    videos: int | None = None
    train: int | None = None
    epochs: int | None = None
    seeds: tuple[int, ...] = (0, 1, 2)
    bits: int = 16


@dataclass(frozen=True)
class Row:
    """A line of a table: mAP in percent at each of CUTS, and what else there is to say."""

    section: str
    case: str
    values: tuple[float, ...]
    note: str = ""


def main() -> None:
    """Print a table a section."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("sections", nargs="*", help=f"of {', '.join(SECTIONS)}; all by default")
    parser.add_argument("--videos", type=int, help="test videos, at most")
    parser.add_argument("--train", type=int, help="training videos of deep methods, at most")
    parser.add_argument("--epochs", type=int, help="of deep methods")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--bits", type=int, default=16, help="of deep methods")
    parser.add_argument("--json", action="store_true", help="a line of JSON a row")
    options = vars(parser.parse_args())
    wanted, as_json = options.pop("sections"), options.pop("json")
    unknown = [name for name in wanted if name not in SECTIONS]
    if unknown:
        parser.error(f"no section {unknown[0]}; there are {', '.join(SECTIONS)}")
    setting = Setting(**options | {"seeds": tuple(options["seeds"])})
    for name in wanted or SECTIONS:
        if not as_json:
            print(f"\n| {name} | {' | '.join(f'mAP@{k}' for k in CUTS)} | |")
            print(f"|---|{'---:|' * len(CUTS)}---|")
        for row in SECTIONS[name](setting):
            if as_json:
                print(json.dumps(asdict(row)), flush=True)
            else:
                values = " | ".join(f"{value:.2f}" for value in row.values)
                print(f"| {row.case} | {values} | {row.note} |", flush=True)


def profiles(setting: Setting) -> Iterator[Row]:
    """Measure ITQ's codes under each definition of AP@K."""
    labels = test(setting).labels
    for bits in (8, 64):
        codes = itq(bits, setting)
        for name in ("official", "paper", "strict"):
            yield Row("profile", f"{name}, {bits} bits", measured(codes, labels, profile=name))


def orders(setting: Setting) -> Iterator[Row]:
    """Measure ITQ's codes under several orders of items at equal distance."""
    labels = test(setting).labels
    by_class = np.argsort(labels.ids, kind="stable")
    for bits in (8, 16, 64):
        codes = itq(bits, setting)
        for ties in ("expected", "optimistic", "pessimistic"):
            yield Row("order", f"{ties}, {bits} bits", measured(codes, labels, ties=ties))
        for where, rows in (("as stored", np.arange(len(codes))), ("sorted by class", by_class)):
            for name, sort in SORTS.items():
                case = f"{name}, {where}, {bits} bits"
                yield Row("order", case, sorted_by(sort, codes[rows], labels[rows]))


def ternary(setting: Setting) -> Iterator[Row]:
    """Measure codes of the mean of frame codes, with zeros and with each zero made a bit."""
    frames = test(setting).frames
    fair = comb(frames, frames // 2) / 2**frames if frames % 2 == 0 else 0.0
    labels = test(setting).labels
    for seed in setting.seeds:
        signs = np.sign(frame_means(trained(setting, seed), test(setting)))
        note = f"{100 * (signs == 0).mean():.1f} % zeros, {100 * fair:.1f} % of fair bits"
        for case, codes in (
            ("zeros kept", expanded(signs)),
            ("zeros to +1", BinaryCodes.from_signs(signs)),
            ("zeros to -1", BinaryCodes.from_bits(signs > 0)),
        ):
            query = expanded(signs, query=True) if case == "zeros kept" else codes
            found = measured(codes, labels, query=query)
            yield Row("ternary", f"{case}, seed {seed}", found, note)


def epochs(setting: Setting) -> Iterator[Row]:
    """Measure every epoch of a training, and choose as published programs do."""
    videos = test(setting)
    for seed in setting.seeds:
        after = {
            epoch: measured(then.encode(videos), videos.labels)
            for epoch, then in trained(setting, seed).snapshots().items()
        }
        last, best = max(after), max(after, key=lambda epoch: after[epoch][0])
        yield Row("epoch", f"last, seed {seed}", after[last], f"epoch {last}")
        yield Row("epoch", f"best mAP@5 on test, seed {seed}", after[best], f"epoch {best}")
        late = [values for epoch, values in after.items() if epoch > last // 2]
        spread = tuple(np.std(late, axis=0).tolist())
        yield Row("epoch", f"deviation over the later half, seed {seed}", spread)


def splits(setting: Setting) -> Iterator[Row]:
    """Measure the same codes with the test split whole, and cut into queries and database."""
    videos = test(setting)
    half = np.arange(len(videos)) % 2 == 0
    for bits in (16, 64):
        codes = itq(bits, setting)
        whole = measured(codes, videos.labels)
        dropped = measured(codes, videos.labels, profile="strict")
        cut = hashbench.evaluate(
            codes[half],
            codes[~half],
            videos.labels[half],
            videos.labels[~half],
            k=CUTS,
            profiles=("official",),
        )
        yield Row("split", f"all against all, query kept, {bits} bits", whole)
        yield Row("split", f"all against all, strict, {bits} bits", dropped)
        values = tuple(100 * cut.scores.get("official", "expected", "AP", k) for k in CUTS)
        yield Row("split", f"one half against the other, {bits} bits", values)


SECTIONS: dict[str, Callable[[Setting], Iterator[Row]]] = {
    "profile": profiles,
    "order": orders,
    "ternary": ternary,
    "epoch": epochs,
    "split": splits,
}


def measured(
    codes: BinaryCodes,
    labels: Labels,
    *,
    query: BinaryCodes | None = None,
    profile: str = "official",
    ties: str = "expected",
) -> tuple[float, ...]:
    """Return mAP in percent at each of CUTS, of a set ranked against itself."""
    found = hashbench.evaluate(
        codes if query is None else query,
        codes,
        labels,
        labels,
        k=CUTS,
        profiles=(profile,),
        ties=(ties,),
        self_retrieval=query is None,  # else no code is at distance 0 from its own
        full=False,
    )
    return tuple(100 * found.scores.get(profile, ties, "AP", k) for k in CUTS)


def sorted_by(sort: Sort, codes: BinaryCodes, labels: Labels) -> tuple[float, ...]:
    """Return mAP in percent at each of CUTS, divisor K, of a set in the order of a sort."""
    signs = codes.signs().astype(np.float32)
    # As published programs compute it: in float32, an item a row and a query a column.
    distances = np.float32(0.5) * (codes.n_bits - signs @ signs.T)
    depth = max(CUTS)
    items = sort(distances)[:depth].T
    rows = np.arange(len(codes))[:, None]
    near = distances.T[rows, items].astype(np.uint16)
    lists = RankedLists(depth, near, items, labels.relevance(labels)[rows, items])
    counts = prepare(codes, labels).count(codes, labels, depth=depth)
    ranked = Ranked(counts, np.arange(len(codes)), lists=lists)
    values = (AP(k, "K", "stable", "kept").per_query(ranked) for k in CUTS)
    return tuple(100 * float(value.mean()) for value in values)


def default_sort(distances: Signs) -> Ints:
    """Return the order of numpy's default sort, which keeps no order of equal distances."""
    return np.argsort(distances, axis=0)


def stable_sort(distances: Signs) -> Ints:
    """Return the order of a stable sort."""
    return np.argsort(distances, axis=0, kind="stable")


def topk(distances: Signs) -> Ints:
    """Return the order of torch.topk."""
    found = torch.topk(torch.from_numpy(distances), max(CUTS), dim=0, largest=False)
    return found.indices.numpy()


SORTS: dict[str, Sort] = {
    "np.argsort": default_sort,
    "torch.topk": topk,
    "stable": stable_sort,
}


def expanded(signs: NDArray[Any], *, query: bool = False) -> BinaryCodes:
    """Return codes of 4 L bits whose distances are four times those of codes in {-1, 0, 1}.

    Published programs take (L - a.b) / 2 for the distance of a and b. A zero then counts one half
    against anything, a zero as well. Here +1 is 1111 and -1 is 0000. A zero of a query is 0011 and
    one of an item is 0101, which differ from each other and from the others in two places.
    """
    zero = (0, 0, 1, 1) if query else (0, 1, 0, 1)
    parts = np.where(signs[..., None] == 0, zero, signs[..., None] > 0)
    return BinaryCodes.from_bits(parts.reshape(len(signs), -1))


def frame_means(method: Any, videos: Videos) -> NDArray[np.float32]:
    """Return what the encoder of a deep method puts out for each video, (n, L)."""
    parts: list[NDArray[np.float32]] = []
    handle = method.encoder_.register_forward_hook(
        lambda _module, _given, out: parts.append(out[0].float().numpy())
    )
    try:
        method.encode(videos)
    finally:
        handle.remove()
    return np.concatenate(parts)


@cache
def test(setting: Setting) -> Videos:
    """Return the test videos with labels."""
    videos = hashbench.load_dataset(DATASET).database
    count = len(videos) if setting.videos is None else min(setting.videos, len(videos))
    return Videos(videos.take(slice(0, count)), videos.labels[np.arange(count)])


@cache
def itq(bits: int, setting: Setting) -> BinaryCodes:
    """Return ITQ's codes of the test videos."""
    method = hashbench.method("itq", bits=bits).fit(hashbench.load_dataset(DATASET).train)
    return method.encode(test(setting))


@cache
def trained(setting: Setting, seed: int) -> Any:
    """Return ConMH, with a snapshot after every epoch."""
    train = hashbench.load_dataset(DATASET).train
    if setting.train is not None:
        train = Videos(train.take(slice(0, setting.train)))
    method = hashbench.method(
        "conmh",
        bits=setting.bits,
        seed=seed,
        snapshot_every=1,
        epochs=setting.epochs,
    )
    return method.fit(train)


if __name__ == "__main__":
    main()
