"""The schema of records knows what records hold, and nothing else."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from hashbench.files.schema import MisfitError
from hashbench.runs import DatasetInfo, MethodInfo, Record
from hashbench.runs.record_schema import RECORD

DIGEST = "0" * 64
METHOD = MethodInfo("lsh", "lsh", {}, "hashbench", "1", supervised=False, control=False)
DATASET = DatasetInfo(
    "toy", "1", DIGEST, "strict", 3, 2, 5, self_retrieval=False, trained_on="toy",
    trained_on_sha256=DIGEST,
)  # fmt: skip


def value() -> dict[str, Any]:
    return Record(DIGEST, "failed", METHOD, DATASET, bits=8, seed=0).to_json()


def test_the_fields_of_a_record_and_its_defaults_fit() -> None:
    RECORD(value(), "")
    fields = {field.name for field in dataclasses.fields(Record)}
    rare = {"authored", "n_parameters"}  # of codes by their authors, and of methods that tell
    assert set(value()) == fields - rare


@pytest.mark.parametrize("part", ["", "method", "dataset"])
def test_a_field_that_the_schema_does_not_know_is_refused(part: str) -> None:
    found = value()
    (found[part] if part else found)["surplus"] = 1
    with pytest.raises(MisfitError, match="has an unknown field 'surplus'"):
        RECORD(found, "")
