"""What a record claims of its method and data set, held against what is registered and at hand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from hashbench.plugins import registry
from hashbench.runs import Record
from hashbench.runs.labelled import LabelledSet

if TYPE_CHECKING:
    from hashbench.data import VideoDataset


def false_claims(record: Record, dataset: VideoDataset | LabelledSet) -> Iterator[str]:
    """Yield what a record says otherwise than the data set and the registered method do.

    A method that is not installed here is believed, but for one thing: it can be no control, since
    controls stand outside the ranks.

    Parameters
    ----------
    record : Record
    dataset : VideoDataset
        The set that its codes are ranked on.
    """
    said, there = record.dataset, dataset
    facts = {
        "n_train": (said.n_train, len(there.labelled_train)),
        "n_query": (said.n_query, len(there.query)),
        "n_database": (said.n_database, len(there.database)),
        "self_retrieval": (said.self_retrieval, there.self_retrieval),
        "profile": (said.profile, there.card.profile),
        "protocol": (said.protocol or said.name, there.card.protocol_name),
    }
    for name, (claimed, true) in facts.items():
        if claimed != true:
            yield f"dataset.{name} is {claimed} in the record and {true} here"
    shelf, method = registry().methods, record.method
    spec = shelf.get(method.name) if method.name.casefold() in shelf.entries else None
    control = spec is not None and spec.control
    if method.control != control:
        yield f"method.control is {method.control} in the record and {control} here"
    if spec is not None and spec.supervised and not method.supervised:
        yield "method.supervised is False in the record, and the method reads labels"
