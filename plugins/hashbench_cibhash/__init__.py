"""CIBHash: Qiu, Su, Ou, Yu and Chen, IJCAI 2021."""

from __future__ import annotations

from collections.abc import Iterable

from hashbench import MethodSpec, hookimpl


@hookimpl
def hashbench_register_methods() -> Iterable[MethodSpec]:
    """Register CIBHash."""
    return [
        MethodSpec(
            name="cibhash",
            summary="contrasts the codes of two views of the features, and holds them alike",
            target="hashbench_cibhash.method:CIBHash",
            reference="Qiu et al., Unsupervised hashing with contrastive information bottleneck, "
            "IJCAI 2021",
            year=2021,
            venue="IJCAI",
            program="https://github.com/qiuzx2/CIBHash",
        )
    ]
