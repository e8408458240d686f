"""What a record may say: every field's type and range, whoever wrote the file."""

from __future__ import annotations

import json
from typing import Any

from hashbench.files.schema import (
    Check,
    MisfitError,
    anything,
    digest,
    flag,
    mapping,
    maybe,
    number,
    one_of,
    plain,
    relative_path,
    sequence,
    table,
    text,
    whole,
)
from hashbench.specs import CHOSEN_ON

MAX_BITS = 4096
"""The longest code, as the estimators have it."""

MAX_SEED = 2**63 - 1
"""The largest seed that is taken: signed numbers hold it. Records may have one of 64 bits."""

MAX_PARAMETERS = 2**60
"""The largest count of parameters that a record may tell."""

_VIDEOS = whole(0, 2**40)
_SECONDS = number(0, 1e10)
_SHARE = number(-1e-9, 1 + 1e-9)
_SHARES = mapping(text(200), maybe(_SHARE))

_METHOD = table(
    {
        "name": plain,
        "label": text(4000),
        "params": mapping(plain, anything),
        "distribution": text(),
        "version": text(),
        "supervised": flag,
        "control": flag,
    }
)

_DATASET = table(
    {
        "name": plain,
        "version": text(),
        "sha256": digest,
        "profile": plain,
        "n_train": _VIDEOS,
        "n_query": _VIDEOS,
        "n_database": _VIDEOS,
        "self_retrieval": flag,
        "trained_on": plain,
        "trained_on_sha256": digest,
    },
    {
        "protocol": plain,
        "draw": table(
            {
                "features": text(4000),
                "labels": text(4000),
                "features_sha256": digest,
                "labels_sha256": digest,
                "features_key": text(),
                "labels_key": text(),
                "share": _SHARE,
                "seed": whole(0, 2**64 - 1),
            }
        ),
    },
)

_BY_QUERY = mapping(one_of("kept", "dropped"), _VIDEOS)

_EVALUATION = table(
    {"profiles": mapping(plain, mapping(plain, _SHARES)), "evaluator": text(40)},
    {
        "radius": mapping(plain, _SHARES),
        "full": mapping(plain, anything),
        "measures": mapping(text(200), maybe(number(-1e300, 1e300))),
        "queries_without_relevant": _VIDEOS,
        "queries_without_relevant_by_query": _BY_QUERY,
        "n_query": _VIDEOS,
        "n_database": _VIDEOS,
        "bits": whole(1, MAX_BITS),
        "self_retrieval": flag,
    },
)

_AUTHORED = table(
    {"chosen_on": one_of(*CHOSEN_ON), "features": flag},
    {
        "paper": text(),
        "program": text(),
        "licence": text(),
        "year": whole(1, 9999),
        "venue": text(),
        "trained_on": text(),
        "zeros": one_of("plus", "minus"),
    },
)

LONGEST = {"type": 200, "message": 100_000, "traceback": 10_000_000}
"""Characters that the parts of an error may have."""

_ERROR = table(
    {"type": text(LONGEST["type"]), "message": text(LONGEST["message"], lines=True)},
    {"traceback": text(LONGEST["traceback"], lines=True)},
)

_HOST = mapping(
    plain,
    anything,
    known={
        "cpu": text(),
        "cores": whole(1, 1_000_000),
        "memory_bytes": whole(0, 2**60),
        "gpus": sequence(text()),
        "system": text(),
        "python": text(),
    },
)

RECORD = table(
    {
        "schema": whole(1, 1_000_000),
        "key": digest,
        "status": one_of("ok", "failed"),
        "method": _METHOD,
        "dataset": _DATASET,
        "bits": whole(1, MAX_BITS),
        "seed": whole(0, 2**64 - 1),
    },
    {
        "evaluation": maybe(_EVALUATION),
        "error": maybe(_ERROR),
        "files": mapping(one_of("codes", "per_query", "model", "labels"), maybe(relative_path)),
        "codes_sha256": mapping(one_of("query", "database"), digest),
        "diagnostics": mapping(text(200), anything),
        "times": mapping(plain, _SECONDS),
        "encode_videos_per_s": maybe(number(0, 1e12)),
        "peak_memory_bytes": maybe(whole(0, 2**60)),
        "host": _HOST,
        "manifest": maybe(relative_path),
        "authored": maybe(_AUTHORED),
        "n_parameters": maybe(whole(0, MAX_PARAMETERS)),
    },
)
"""The fields of a record of schema 1."""

TRAINING = table(
    {"seconds": _SECONDS},
    {
        "diagnostics": mapping(text(200), anything),
        "peak_memory_bytes": whole(0, 2**60),
        "frames": whole(0, 2**31 - 1),
        "dims": whole(0, 2**31 - 1),
    },
)
"""The fields of ``training.json``, beside a model."""

MANIFEST = mapping(
    text(200),
    anything,
    known={
        "config": mapping(text(200), anything),
        "datasets": sequence(
            mapping(text(200), anything, known={"name": text(), "card": text(4000)})
        ),
    },
)
"""What is read of the manifest of a command."""

NOTE = mapping(
    text(200),
    anything,
    known={"format": whole(1, 1_000_000), "model_sha256": maybe(digest), "key": text(4000)},
)
"""The note beside a folder of codes, on the method that made them."""


def check_readable(check: Check, value: Any) -> None:
    """Raise MisfitError unless ``value``, once written as JSON, is read back and passes ``check``.

    Raises
    ------
    MisfitError
        With the place and what would be right.
    """
    try:
        written = json.dumps(value)
    except (TypeError, ValueError, RecursionError) as error:
        raise MisfitError(f"cannot be written as JSON ({error})") from None
    check(json.loads(written), "")


def check_record(value: Any, where: str = "") -> None:
    """Raise MisfitError unless ``value`` is a record of schema 1 that agrees with itself.

    Raises
    ------
    MisfitError
        With the place and what would be right.
    """
    RECORD(value, where)
    evaluation = value.get("evaluation")
    if value["status"] == "ok" and evaluation is None:
        raise MisfitError("status is 'ok' but there is no evaluation")
    if value["status"] == "failed" and value.get("error") is None:
        raise MisfitError("status is 'failed' but there is no error")
    if value.get("authored") is not None and value["method"]["control"]:
        raise MisfitError("authored codes are of a control, which hashbench makes itself")
    own = {**value["dataset"], "bits": value["bits"]}
    for name in ("bits", "n_query", "n_database", "self_retrieval"):
        if evaluation is not None and name in evaluation and evaluation[name] != own[name]:
            raise MisfitError(f"evaluation.{name} is {evaluation[name]}, elsewhere {own[name]}")
    dataset = value["dataset"]
    if dataset["self_retrieval"] and dataset["n_query"] != dataset["n_database"]:
        raise MisfitError("dataset.self_retrieval is true but n_query and n_database differ")
