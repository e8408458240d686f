"""Work behind ``hashbench data neighbours``: its codes, its measurement, its table."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from hashbench.places import Places

if TYPE_CHECKING:
    from hashbench.codes import BinaryCodes
    from hashbench.data import Videos
    from hashbench.workspace import Progress


def show_neighbours(
    name: str,
    places: Places,
    k: str,
    codes: Sequence[str],
    segments: int | None,
    form: str,
) -> None:
    """Measure the set ``name`` and write the table to standard output."""

    from hashbench.cli.bars import one_bar
    from hashbench.devices import check_device
    from hashbench.experiments.neighbour_classes import neighbour_classes
    from hashbench.experiments.neighbour_table import neighbour_table, remember
    from hashbench.reports.formats import write
    from hashbench.runs.progressions import numbers

    check_device(places.device)
    cuts = numbers(k, "--k", whole_list=True)
    with one_bar("neighbours") as progress:
        dataset = places.open(name, progress)
        hashed = dict(_codes(one, dataset.train, places.device, progress) for one in codes)
        found = neighbour_classes(
            dataset,
            cuts,
            codes=hashed,
            segments=segments,
            device=places.device,
            cache=places.cache_folder,
            progress=progress,
        )
    if not codes and segments is None:
        remember(found, places.cache_folder)
    write(neighbour_table(found), form)


def _codes(
    reference: str, videos: Videos, device: str, progress: Progress
) -> tuple[str, BinaryCodes]:
    """Return a row's name and the codes of the training videos, read or made."""
    from hashbench.codefiles import read_codes
    from hashbench.runs.encoding import encode_videos, open_model
    from hashbench.workspace import Workspace

    if Path(reference).suffix in (".npy", ".npz"):
        found = read_codes(Path(reference))
    else:
        method, training = open_model(reference)
        method.attach(Workspace(device=device, progress=progress))
        found = encode_videos(method, videos, training)
    return f"{reference} ({found.n_bits} bits)", found
