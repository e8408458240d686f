"""The extractor ``vgg16-fc7``: what the SSVH paper's features were made with."""

from __future__ import annotations

from collections.abc import Iterable

from hashbench import ExtractorSpec, hookimpl


@hookimpl
def hashbench_register_extractors() -> Iterable[ExtractorSpec]:
    """Register VGG-16."""
    return [
        ExtractorSpec(
            name="vgg16-fc7",
            summary="4096 features of VGG-16's layer fc7, after its ReLU; weights from torchvision",
            target="hashbench_vgg.network:VGG16FC7",
            reference="Simonyan and Zisserman, Very deep convolutional networks, ICLR 2015",
        )
    ]
