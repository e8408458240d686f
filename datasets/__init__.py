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
    "fcvid-repartition": "FCVID divided anew: 22,796 queries of their own",
    "activitynet-repartition": "ActivityNet divided anew: 1,359 queries of their own",
    "ucf101-repartition": "UCF101 divided anew: 3,330 queries",
    "hmdb51-repartition": "HMDB51 divided anew: 1,275 queries",
}
_IMAGES = {
    "cifar10-1": "tiny images of 10 classes: 1,000 ask 59,000, 5,000 of them to train on",
    "cifar10-2": "tiny images of 10 classes: the 10,000 test images ask the 50,000 for training",
    "cifar10-unsup": "tiny images of 10 classes: 5,000 test images ask the 50,000 for training",
    "nuswide21": "web images of 21 concepts, published lists",
    "coco": "photographs of 80 categories, published lists",
    "imagenet100": "photographs of 100 categories, published lists",
    "flickr25k": "web images of 38 annotations, published lists",
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
    """Register the published sets, images among them, the drawn ones, and sequences."""
    for name, summary in (_PUBLISHED | _IMAGES).items():
        yield DatasetSpec(name=name, summary=summary, card=_HERE / f"{name}.toml")
    yield DatasetSpec(
        name="digits-images",
        summary="handwritten digits as single vectors of 64 pixels, from scikit-learn",
        card=_HERE / "digits-images.toml",
        generator="hashbench_datasets.digit_images:generate",
        images="hashbench_datasets.digit_images:images",
    )
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
