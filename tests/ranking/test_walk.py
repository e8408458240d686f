"""Evaluation over shards equals that of the whole, to the last bit."""

from __future__ import annotations

import itertools
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from hashbench import BinaryCodes, Labels
from hashbench.errors import DataError, UsageError
from hashbench.ranking import TIES, Evaluation, evaluate, file_shards
from hashbench.ranking.evaluating import evaluate_shards
from hashbench.ranking.file_shards import FileShard, open_shards

CUTS = [0, 3, 250, 251, 700]


def made(
    folder: Path,
    *,
    bits: int = 13,
    multi: bool = False,
    packed: bool = True,
    one_file: bool = False,
) -> tuple[list[Path], list[Path], NDArray[np.uint8], Labels]:
    """Write 700 items in four shards of very different size."""
    rng = np.random.default_rng(bits)
    values = rng.integers(0, 2, (CUTS[-1], bits), dtype=np.uint8)
    labels = rng.random((CUTS[-1], 9)) < 0.2 if multi else rng.integers(-1, 9, CUTS[-1])
    codes, names = [], []
    for i, (start, stop) in enumerate(itertools.pairwise(CUTS)):
        if packed:
            codes.append(folder / f"shard-{i}.npz")
            BinaryCodes.from_bits(values[start:stop]).save(codes[-1])
        else:
            codes.append(folder / f"shard-{i}.npy")
            np.save(codes[-1], values[start:stop].astype(np.int8) * 2 - 1)
        if not one_file:
            names.append(folder / f"labels-{i}.npy")
            np.save(names[-1], labels[start:stop])
    if one_file:
        names.append(folder / "labels.npy")
        np.save(names[-1], labels)
    return codes, names, values, Labels.from_array(labels, 9)


def same(a: Evaluation, b: Evaluation) -> None:
    assert a.summary() == b.summary()
    assert a.per_query.keys() == b.per_query.keys()
    for name, values in a.per_query.items():
        np.testing.assert_array_equal(values, b.per_query[name], err_msg=name)
    assert (a.clusters is None) == (b.clusters is None)
    if a.clusters is not None:
        np.testing.assert_array_equal(a.clusters, b.clusters)


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("multi", [False, True])
@pytest.mark.parametrize("alone", [False, True])
def test_shards_equal_the_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, full: bool, multi: bool, alone: bool
) -> None:
    monkeypatch.setattr(FileShard, "block_rows", 97)
    codes, names, values, labels = made(tmp_path, multi=multi, packed=not multi)
    database = BinaryCodes.from_bits(values)
    query = database if alone else BinaryCodes.from_bits(values[::7])
    theirs = labels if alone else labels[::7]
    ties = [t for t in TIES if t != "stable" or not full]
    options = {"k": (1, 5, 100), "ties": ties, "full": full}
    whole = evaluate(query, database, theirs, labels, self_retrieval=alone, **options)  # type: ignore[arg-type]
    shards = open_shards(codes, names)
    given = None if alone else (query, theirs)
    same(evaluate_shards(shards, given, **options), whole)  # type: ignore[arg-type]


def test_one_file_of_labels_for_all(tmp_path: Path) -> None:
    codes, names, values, labels = made(tmp_path, one_file=True)
    database = BinaryCodes.from_bits(values)
    whole = evaluate(database, database, labels, labels, self_retrieval=True, full=False)
    same(evaluate_shards(open_shards(codes, names)), whole)


@pytest.mark.parametrize("bits", [1, 64, 200])
def test_any_width(tmp_path: Path, bits: int) -> None:
    codes, names, values, labels = made(tmp_path, bits=bits)
    database = BinaryCodes.from_bits(values)
    whole = evaluate(database, database, labels, labels, self_retrieval=True, full=False)
    same(evaluate_shards(open_shards(codes, names)), whole)


def test_what_is_wrong_is_said(tmp_path: Path) -> None:
    codes, names, values, labels = made(tmp_path)
    with pytest.raises(DataError, match="4 files of codes but 2 of labels"):
        open_shards(codes, names[:2])
    with pytest.raises(DataError, match=r"labels-1.npy: labels have shape \(247,\); \(3,\)"):
        open_shards(codes, names[1:] + names[:1])
    BinaryCodes.from_bits(values[:3, :5]).save(codes[0])
    with pytest.raises(DataError, match=r"shard-1.npz: codes of 13 bits, but .*shard-0.npz has 5"):
        open_shards(codes, names)
    BinaryCodes.from_bits(values[:3]).save(codes[0])
    np.save(names[0], labels.multi_hot[:3])
    with pytest.raises(DataError, match="must be of one label set"):
        open_shards(codes, names)
    names = [*made(tmp_path)[1]]
    narrow = (BinaryCodes.from_bits(values[:2, :5]), labels[:2])
    with pytest.raises(UsageError, match=r"query codes have 5 bits, .*shard-0.npz 13"):
        evaluate_shards(open_shards(codes, names), narrow)
    with pytest.raises(UsageError, match="K can be at most 699"):
        evaluate_shards(open_shards(codes, names), k=[700])


@pytest.mark.parametrize("spoil", ["truncate", "compress", "rename", "rank", "text", "gone"])
def test_damaged_files_are_named(tmp_path: Path, spoil: str) -> None:
    codes, names, values, _ = made(tmp_path)
    packed = np.packbits(values[:3], axis=1, bitorder="little")
    path = codes[0]
    if spoil == "truncate":
        path.write_bytes(path.read_bytes()[:-30])
    elif spoil == "compress":
        np.savez_compressed(path, packed=packed, n_bits=np.int64(13))
    elif spoil == "rename":
        np.savez(path, codes=packed, n_bits=np.int64(13))
    elif spoil == "rank":
        np.savez(path, packed=packed[0], n_bits=np.int64(13))
    elif spoil == "text":
        path.write_text("codes")
    else:
        path.unlink()
    with pytest.raises(DataError) as caught:
        open_shards(codes, names)
    assert str(path) in str(caught.value)


def test_memory_does_not_grow_with_the_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_shards, "_BLOCK_BYTES", 1 << 20)
    rng = np.random.default_rng(0)
    codes, names = [], []
    for i in range(16):
        codes.append(tmp_path / f"shard-{i}.npz")
        names.append(tmp_path / f"labels-{i}.npy")
        BinaryCodes(rng.integers(0, 256, (40_000, 16), dtype=np.uint8), 128).save(codes[-1])
        np.save(names[-1], rng.integers(0, 9, 40_000))
    database = open_shards(codes, names)
    query = database[3].read(0, 64)
    peaks = []
    for part in (database[:2], database[:2], database):  # the first compiles
        tracemalloc.start()
        evaluate_shards(part, query, ties=["expected", "stable"])
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[2] < peaks[1] + (1 << 20)  # a block, for whatever is not yet collected
    assert peaks[2] < 5 << 20  # of 15 MB
