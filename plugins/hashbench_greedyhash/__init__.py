"""GreedyHash without labels: Su, Zhang, Han and Tian, NeurIPS 2018."""

from __future__ import annotations

from collections.abc import Iterable

from hashbench import MethodSpec, hookimpl


@hookimpl
def hashbench_register_methods() -> Iterable[MethodSpec]:
    """Register GreedyHash."""
    return [
        MethodSpec(
            name="greedyhash",
            summary="linear layer whose codes keep the cosines between halves of a batch",
            target="hashbench_greedyhash.method:GreedyHash",
            reference="Su et al., Greedy hash, NeurIPS 2018",
            year=2018,
            venue="NeurIPS",
            program="https://github.com/ssppp/GreedyHash",
        )
    ]
