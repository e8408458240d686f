"""The extractor ``vgg16-fc7``, which made the SSVH paper's features, and families of others."""

from __future__ import annotations

from collections.abc import Iterable

from hashbench import ExtractorSpec, hookimpl


@hookimpl
def hashbench_register_extractors() -> Iterable[ExtractorSpec]:
    """Register VGG-16, and the networks of torchvision and timm where these are installed."""
    return [
        ExtractorSpec(
            name="vgg16-fc7",
            summary="4096 features of VGG-16's layer fc7, after its ReLU; weights from torchvision",
            target="hashbench_vgg.network:VGG16FC7",
            reference="Simonyan and Zisserman, Very deep convolutional networks, ICLR 2015",
        ),
        ExtractorSpec(
            name="torchvision",
            summary="any network of torchvision without its head: torchvision:resnet50",
            target="hashbench_vgg.backbones:from_torchvision",
            reference="Paszke et al., PyTorch: an imperative style, high-performance deep learning "
            "library, NeurIPS 2019",
            family=True,
        ),
        ExtractorSpec(
            name="timm",
            summary="any network of timm without its head: timm:vit_small_patch16_224",
            target="hashbench_vgg.backbones:from_timm",
            reference="Wightman, PyTorch image models, 2019, doi:10.5281/zenodo.4414861",
            family=True,
        ),
    ]
