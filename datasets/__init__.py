"""The data sets that come with hashbench, registered as anybody's would be."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from hashbench import DatasetSpec, hookimpl

_HERE = Path(__file__).parent

_PUBLISHED = {
    "fcvid": "web videos of 239 categories, VGG-16 features",
    "yfcc": "web videos of 80 categories and others, all test videos against all",
    "yfcc-1000q": "YFCC with 1,000 queries of their own",
    "activitynet": "web videos of 200 activities, ResNet-50 features, 1,000 queries of their own",
    "ucf101": "clips of 101 human actions; test asks, train answers",
    "hmdb51": "clips of 51 human actions; test asks, train answers",
}
_DRAWN = {
    "digit-stories": "three handwritten digits a video, told apart by their order as well",
    "digit-reels": "four handwritten digits a video, noisier: the other end of a cross-set run",
}

_EXTRA = "the extra sequences"
_SEQUENCES = {
    "spoken-digits": ("ten spoken digits as MFCCs: real sequences, not videos", "spoken_digits"),
    "japanese-vowels": ("nine speakers, two vowels: real sequences, not videos", "sequences"),
}


@hookimpl
def hashbench_register_datasets() -> Iterable[DatasetSpec]:
    """Register the published sets, the drawn ones and the sequences that are not videos."""
    for name, summary in _PUBLISHED.items():
        yield DatasetSpec(name=name, summary=summary, card=_HERE / f"{name}.toml")
    for name, summary in _DRAWN.items():
        yield DatasetSpec(
            name=name,
            summary=summary,
            card=_HERE / f"{name}.toml",
            generator="hashbench_datasets.digits:generate",
            images="hashbench_datasets.digits:images",
        )
    for name, (summary, module) in _SEQUENCES.items():
        yield DatasetSpec(
            name=name,
            summary=summary,
            card=_HERE / f"{name}.toml",
            generator=f"hashbench_datasets.{module}:generate",
            needs=_EXTRA,
        )
    yield DatasetSpec(
        name="aeon",
        summary="real sequences, not videos: the UEA archive by way of aeon",
        card=_HERE / "aeon.toml",
        generator="hashbench_datasets.sequences:generate",
        family=True,
        needs=_EXTRA,
    )
