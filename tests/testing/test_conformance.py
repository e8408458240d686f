"""Our own methods, data sets and measures under the conformance checks."""

from __future__ import annotations

from functools import partial

from hashbench.testing import (
    BoundCheck,
    dataset_checks,
    measure_checks,
    method_checks,
    parametrize_with_checks,
)
from hashbench_bihalf.method import BiHalf
from hashbench_bth.method import BTH
from hashbench_cibhash.method import CIBHash
from hashbench_conmh.method import AutoSSVH, ConMH
from hashbench_dh.method import DH
from hashbench_greedyhash.method import GreedyHash
from hashbench_mfh import MFH
from hashbench_pcah import PCAH
from hashbench_s5vh.method import S5VH
from hashbench_ssth.method import SSTH
from hashbench_ssvh.method import SSVH
from hashbench_ssvh.ordered import SSVHT

quick_ssvh = partial(SSVH, epochs=1, k1=2, k2=2)
quick_ssvht = partial(SSVHT, epochs=1, k1=2, k2=2)
quick_dh = partial(DH, epochs=2, encoder_epochs=1, hidden=24)


@parametrize_with_checks(
    *(method_checks(name) for name in ("itq", "lsh", "submod", "random")),
    method_checks("oracle"),
    method_checks(partial(MFH, frames=300)),
)
def test_method(check: BoundCheck) -> None:
    check()


@parametrize_with_checks(
    *(method_checks(name) for name in ("pcah", "sh", "sph", "sklsh")),
    method_checks(partial(PCAH, rotation="random")),
)
def test_shallow_method_of_vectors(check: BoundCheck) -> None:
    check()


@parametrize_with_checks(
    method_checks(partial(GreedyHash, epochs=2)),
    method_checks(partial(BiHalf, epochs=2)),
    method_checks(partial(CIBHash, epochs=2, hidden=32)),
    method_checks(partial(CIBHash, epochs=2, hidden=32, variant="official", dropout=0.3)),
)
def test_trained_method_of_vectors(check: BoundCheck) -> None:
    check()


@parametrize_with_checks(
    method_checks(quick_dh), method_checks(partial(DH, epochs=2, features="mean"))
)
def test_dh(check: BoundCheck) -> None:
    check()


@parametrize_with_checks(
    method_checks(partial(SSTH, epochs=1)),
    method_checks(quick_ssvh),
    method_checks(partial(quick_ssvh, variant="official")),
    method_checks(quick_ssvht),
    method_checks(partial(quick_ssvht, segments=2, band=1)),
)
def test_recurrent(check: BoundCheck) -> None:
    check()


# Hadamard centres exist for powers of two only, and their search takes as long as the training.
quick_s5vh = partial(S5VH, epochs=1, depth=1, clusters=4, mask=0.5, centres="random")


@parametrize_with_checks(
    method_checks(quick_s5vh), method_checks(partial(quick_s5vh, variant="official"))
)
def test_state_spaces(check: BoundCheck) -> None:
    check()


@parametrize_with_checks(
    method_checks(partial(ConMH, epochs=1, mask=0.5)),
    method_checks(partial(AutoSSVH, epochs=2, mask=0.5, prototypes="3", prototypes_from=1)),
    method_checks(partial(BTH, epochs=1)),
)
def test_attention(check: BoundCheck) -> None:
    check()


@parametrize_with_checks(
    *(dataset_checks(name) for name in ("digit-stories", "digit-reels")),
)
def test_dataset(check: BoundCheck) -> None:
    check()


STATES_NO_PREFERENCE = {
    "prefers-the-better-ranking": "it describes how many items tie, not how well they rank"
}


@parametrize_with_checks(
    *(
        measure_checks(f'{name}(ties="{ties}", query="{query}")@{k}')
        for name in ("AP", "P", "R")
        for ties in ("expected", "optimistic", "pessimistic", "stable")
        for query in ("kept", "dropped")
        for k in (5,)
    ),
    *(measure_checks(f'AP(divisor="{divisor}")@5') for divisor in ("K", "hits", "R")),
    measure_checks("AP"),
    measure_checks("SphericalAP@5"),
    measure_checks('SphericalAP(divisor="hits", query="dropped")'),
    measure_checks("PRadius"),
    measure_checks("TieMass@5", exceptions=STATES_NO_PREFERENCE),
)
def test_measure(check: BoundCheck) -> None:
    check()


def test_ids_name_subject_and_check() -> None:
    assert str(method_checks("itq")[0]) == "itq-codes-are-binary"
