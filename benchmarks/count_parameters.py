"""Fill in the number of parameters of board records that were measured before it was recorded.

python benchmarks/count_parameters.py [--boards leaderboards] [BOARD]...

The number depends on the method, its parameters, the code length and the data set, and neither on
the seed nor on how long it is trained. So each such cell is fitted once more for one epoch on some
of the training videos. A record is left alone where its key is not that of the installed source.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

from hashbench import Method, VideoDataset, Videos, load_dataset, method
from hashbench.errors import HashbenchError
from hashbench.leaderboards import Board, boards
from hashbench.leaderboards.front_page import write_front_page
from hashbench.leaderboards.page import compose
from hashbench.leaderboards.staging import held, write_board
from hashbench.runs import Cell, Record, Store
from hashbench.runs.origins import origin_of

VIDEOS = 512
"""Training videos to fit on; more than the neighbours of any graph."""


def main() -> None:
    """Count, write the records, and render the boards anew."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*")
    parser.add_argument("--boards", type=Path, default=Path("leaderboards"))
    args = parser.parse_args()
    for board in boards(args.boards, tuple(args.names)):
        with held(board):
            found = counted(board)
            if found:
                Store(board.folder).pack(found)
                write_board(board, compose(board))
        print(f"{board.dataset}: {len(found)} records filled in")
    write_front_page(args.boards)


def counted(board: Board) -> list[Record]:
    """Return the records of a board that lack the number, with it, where it can be counted."""
    cells: dict[tuple[str, str, int], list[Record]] = defaultdict(list)
    for record in board.records():
        by_hand = record.authored is not None or record.method.control
        if record.n_parameters is None and not by_hand and _is_ours(record):
            params = json.dumps(record.method.params, sort_keys=True)
            cells[record.method.name, params, record.bits].append(record)
    if not cells:
        return []
    dataset = load_dataset(board.dataset)
    found = []
    for (name, params, bits), records in cells.items():
        count = fitted(name, json.loads(params), bits, dataset).n_parameters(dataset.train.dims)
        print(f"{board.dataset}: {records[0].method.label} {bits} bits: {count:,}")
        found += [replace(record, n_parameters=count) for record in records]
    return found


def fitted(name: str, params: dict[str, object], bits: int, dataset: VideoDataset) -> Method:
    """Return the method, trained briefly."""
    made = method(name, bits=bits, **params)
    known = made.param_names()
    brief = {"epochs": 1, "encoder_epochs": 1, "first_epochs": 1, "early_stop": False}
    brief |= {"updates": None, "encoder_updates": None}
    made.set_params(**{key: value for key, value in brief.items() if key in known})
    train = dataset.labelled_train
    rows = slice(0, min(VIDEOS, len(train)))
    labels = train.labels[rows] if train.has_labels else None
    some = Videos(train.take(rows), labels, name=train.name)
    return made.fit(some if made.uses_labels else some.unlabelled())


def _is_ours(record: Record) -> bool:
    """Say whether the installed source is the one that the record was measured with."""
    try:
        source = origin_of(record.method.name).source
    except HashbenchError:
        return False
    cells = [
        Cell(record.method, record.dataset, record.bits, record.seed, source, deterministic)
        for deterministic in (False, True)
    ]
    return record.key in [cell.key for cell in cells]


if __name__ == "__main__":
    main()
