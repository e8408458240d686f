"""The measures that hashbench brings itself."""

from __future__ import annotations

from collections.abc import Iterable

from hashbench import MeasureSpec, hookimpl


@hookimpl
def hashbench_register_measures() -> Iterable[MeasureSpec]:
    """Register the measures of a ranking, of two-stage search and of asymmetric distance."""
    home = "hashbench.ranking.measures"
    return [
        MeasureSpec(
            name="AP",
            summary="average precision at K, or of the whole list; its mean is mAP@K",
            target=f"{home}:AP",
        ),
        MeasureSpec(name="P", summary="precision at K", target=f"{home}:Precision"),
        MeasureSpec(name="R", summary="recall at K", target=f"{home}:Recall"),
        MeasureSpec(
            name="Rescored",
            summary="recall of the exact cosine ranking after rescoring the first K",
            target=f"{home}:Rescored",
        ),
        MeasureSpec(
            name="AsymmetricAP",
            summary="average precision of real-valued queries against codes, not of Hamming",
            target=f"{home}:AsymmetricAP",
        ),
        MeasureSpec(
            name="Hit",
            summary="whether the top K hold a relevant item, as a probability over ties",
            target=f"{home}:Hit",
        ),
        MeasureSpec(
            name="TieMass",
            summary="share of the top K inside the tie group that straddles K",
            target=f"{home}:TieMass",
        ),
        MeasureSpec(
            name="PRadius",
            summary="precision within a Hamming radius, by default 2, where an empty ball counts 0",
            target=f"{home}:RadiusPrecision",
        ),
    ]
