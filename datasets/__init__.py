"""The data sets that come with hashbench, registered as anybody's would be."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from hashbench import DatasetSpec, hookimpl

_HERE = Path(__file__).parent


@hookimpl
def hashbench_register_datasets() -> Iterable[DatasetSpec]:
    """Register the built-in sets."""
    return [
        DatasetSpec(
            name="digit-stories",
            summary="three handwritten digits a video, told apart by their order as well",
            card=_HERE / "digit-stories.toml",
            generator="hashbench_datasets.digits:generate",
            images="hashbench_datasets.digits:images",
        ),
        DatasetSpec(
            name="digit-reels",
            summary="four handwritten digits a video, noisier: the other end of a cross-set run",
            card=_HERE / "digit-reels.toml",
            generator="hashbench_datasets.digits:generate",
            images="hashbench_datasets.digits:images",
        ),
    ]
