"""ONNX files of every method make its codes, bit for bit, on 1,000 videos."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import numpy as np
import pytest

from hashbench import Method, Videos
from hashbench.catalogue import method as make
from hashbench.errors import HashbenchError, MethodError, UsageError, VerificationError
from hashbench.plugins import registry
from hashbench.testing.subjects import small_videos

pytest.importorskip("onnx")
runtime = pytest.importorskip("onnxruntime")

from hashbench.export.encoders.exporting import CHECKED, NEAR, export_encoder  # noqa: E402

CommandLine = Callable[..., CompletedProcess[str]]

QUICK: dict[str, dict[str, Any]] = {
    "itq": {},
    "lsh": {},
    "submod": {},
    "mfh": {"frames": 200},
    "pcah": {"bits": 5},
    "sh": {},
    "sph": {},
    "sklsh": {},
    "dh": {"epochs": 2},
    "ssth": {"epochs": 2},
    "ssvh": {"epochs": 2},
    "ssvh-t": {"epochs": 2, "segments": 3},
    "conmh": {"epochs": 2, "depth": 2},
    "autossvh": {"epochs": 2, "depth": 2},
    "bth": {"epochs": 2},
    "s5vh": {"epochs": 2, "depth": 2, "centres": "random"},
    "greedyhash": {"epochs": 2},
    "bihalf": {"epochs": 2},
    "cibhash": {"epochs": 2},
}
VARIANTS: list[tuple[str, dict[str, Any]]] = [
    ("dh", {"epochs": 2, "features": "mean", "standardize": True}),
    ("ssth", {"epochs": 2, "layers": 2}),
    ("ssvh", {"epochs": 2, "variant": "official", "stride": 5}),
    ("conmh", {"epochs": 2, "depth": 1, "variant": "official"}),
    ("s5vh", {"epochs": 2, "depth": 1, "variant": "official"}),
    ("sph", {"bits": 2, "sample": 60, "rounds": 3}),
    ("sklsh", {"bits": 100, "sigma": 0.5}),
    ("sh", {"bits": 257}),
    ("greedyhash", {"epochs": 1, "standardize": False, "precision": "bfloat16"}),
    ("cibhash", {"epochs": 1, "hidden": 7, "variant": "official"}),
]
BITS = 20
"""No whole number of bytes."""


def saved(name: str, params: dict[str, Any], folder: Path) -> tuple[Method, Path]:
    fitted = make(name, **{"bits": BITS, "seed": 0, **params}).fit(small_videos(120))
    fitted.save(folder / "model")
    return fitted, folder / "model"


def codes_of(path: Path, videos: Videos) -> tuple[Any, Any]:
    session = runtime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return session.run(["code", "values"], {"frames": videos.take(slice(None))})


def test_every_method_of_ours_is_here() -> None:
    ours = {spec.name for spec in registry().methods if not spec.control}
    assert QUICK.keys() == ours


@pytest.mark.parametrize(
    ("name", "params"),
    [*QUICK.items(), *VARIANTS],
    ids=lambda value: value if isinstance(value, str) else "-".join(map(str, value.values())),
)
def test_the_same_codes(name: str, params: dict[str, Any], tmp_path: Path) -> None:
    fitted, folder = saved(name, params, tmp_path)
    out = tmp_path / "encoder.onnx"
    said = export_encoder(folder, out)
    assert (said.videos, said.made_up) == (CHECKED, CHECKED)
    assert said.differ <= said.near < CHECKED // 10
    # Other videos than those of the check, and alike to those it was trained on.
    videos = small_videos(200, seed=5)
    code, values = codes_of(out, videos)
    expected = fitted.encode(videos)
    assert code.dtype == np.uint8
    assert values.shape == (200, fitted.bits)
    assert np.array_equal(code, expected.packed)
    clear = np.abs(values) >= NEAR
    assert np.array_equal((values >= 0)[clear], expected.unpack().astype(bool)[clear])
    # One video alone has the code it has among others.
    one, _ = codes_of(out, Videos(videos.take(slice(7, 8))))
    assert np.array_equal(one[0], expected.packed[7])


def test_it_says_what_its_codes_are(tmp_path: Path) -> None:
    import onnx

    _, folder = saved("itq", {}, tmp_path)
    export_encoder(folder, tmp_path / "encoder.onnx")
    model = onnx.load(str(tmp_path / "encoder.onnx"))
    about = {entry.key: entry.value for entry in model.metadata_props}
    assert about["n_bits"] == str(BITS)
    assert about["bit_order"] == "least significant bit first"
    assert about["method"].startswith("ITQ(bits=20")
    assert model.producer_name == "hashbench"


def test_a_projection_of_rounding_counts_as_zero(tmp_path: Path) -> None:
    """A video at the training mean lies on every plane, and all its bits are 1."""
    fitted, folder = saved("lsh", {}, tmp_path)
    fitted.mean_ = fitted.mean_.astype(np.float32).astype(np.float64)
    fitted.save(folder)
    export_encoder(folder, tmp_path / "encoder.onnx")
    frame = fitted.mean_.astype(np.float32)
    nudged = frame.astype(np.float64) * (1 + 1e-13)
    videos = Videos(np.stack([frame[None], nudged[None].astype(np.float32)]))
    code, _ = codes_of(tmp_path / "encoder.onnx", videos)
    assert np.unpackbits(code, axis=1, count=BITS, bitorder="little").all()
    assert np.array_equal(code, fitted.encode(videos).packed)


def test_values_are_what_the_methods_define(tmp_path: Path) -> None:
    """The sinusoids, distances and cosines, from the fitted arrays in NumPy."""
    videos = small_videos(50, seed=6)
    x = videos.mean_pooled().astype(np.float64)

    def values_of(name: str) -> tuple[dict[str, Any], Any]:
        fitted, folder = saved(name, {}, tmp_path / name)
        export_encoder(folder, tmp_path / f"{name}.onnx")
        return fitted.fitted_state(), codes_of(tmp_path / f"{name}.onnx", videos)[1]

    sh, found = values_of("sh")
    along = (x - sh["mean_"]) @ sh["directions_"] - sh["lowest_"]
    np.testing.assert_allclose(found, np.cos(np.pi * along * sh["frequencies_"]), rtol=0, atol=1e-6)
    sph, found = values_of("sph")
    distances = np.linalg.norm((x - sph["mean_"])[:, None] - sph["pivots_"], axis=2)
    np.testing.assert_allclose(found, np.sqrt(sph["squared_radii_"]) - distances, atol=1e-6)
    sklsh, found = values_of("sklsh")
    angles = (x - sklsh["mean_"]) @ sklsh["frequencies_"] + sklsh["phases_"]
    np.testing.assert_allclose(found, np.cos(angles) + sklsh["thresholds_"], atol=1e-6)


@pytest.mark.parametrize("name", ["sh", "sph", "sklsh"])
def test_a_video_on_a_threshold_has_the_bit_1(name: str, tmp_path: Path) -> None:
    """Both sides count it as on the surface, whatever their rounding."""
    fitted, folder = saved(name, {}, tmp_path)
    frame = fitted.mean_.astype(np.float32)
    fitted.mean_ = frame.astype(np.float64)
    # The video at the mean comes to lie on each surface.
    if name == "sh":
        fitted.lowest_ = -0.5 / fitted.frequencies_
    elif name == "sph":
        fitted.squared_radii_ = (fitted.pivots_**2).sum(axis=1) * (1 - 1e-13)
    else:
        fitted.thresholds_ = -np.cos(fitted.phases_) - 1e-13
    fitted.save(folder)
    export_encoder(folder, tmp_path / "encoder.onnx")
    videos = Videos(frame[None, None])
    code, _ = codes_of(tmp_path / "encoder.onnx", videos)
    assert np.unpackbits(code, axis=1, count=BITS, bitorder="little").all()
    assert np.array_equal(code, fitted.encode(videos).packed)


def test_an_encoder_with_other_codes_is_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, folder = saved("itq", {}, tmp_path)
    right = np.negative
    monkeypatch.setattr(
        "hashbench.export.encoders.exporting.planes_of",
        lambda *given: _turned(*given, right),
    )
    with pytest.raises(VerificationError, match="not written, since 1000 of 1000 videos"):
        export_encoder(folder, tmp_path / "encoder.onnx")
    assert {path.name for path in tmp_path.iterdir()} == {"model"}


def _turned(method: Method, dims: int, frames: int, turn: Any) -> Any:
    from dataclasses import replace

    from hashbench.export.encoders.linear import planes_of

    planes = planes_of(method, dims, frames)
    assert planes is not None
    return replace(planes, normals=turn(planes.normals))


def test_what_has_no_form_in_onnx_says_so(tmp_path: Path) -> None:
    for name in ("random",):
        _, folder = saved(name, {}, tmp_path)
        with pytest.raises(MethodError, match="has no form in ONNX"):
            export_encoder(folder, tmp_path / "encoder.onnx")
    _, folder = saved("bth", {"epochs": 1, "precision": "bfloat16"}, tmp_path)
    with pytest.raises(MethodError, match="train it in float32"):
        export_encoder(folder, tmp_path / "encoder.onnx")


def test_nothing_is_overwritten_and_packages_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, folder = saved("lsh", {}, tmp_path)
    out = tmp_path / "encoder.onnx"
    out.write_text("mine")
    with pytest.raises(UsageError, match="--force replaces it"):
        export_encoder(folder, out)
    assert out.read_text() == "mine"

    def lacking(name: str) -> Any:
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)

    monkeypatch.setattr("hashbench.export.targets.import_module", lacking)
    with pytest.raises(HashbenchError, match=r"pip install 'hashbench\[onnx\]'"):
        export_encoder(folder, out, force=True)


def test_the_command_checks_on_a_data_set(hashbench_command: CommandLine, tmp_path: Path) -> None:
    from making_data import write_set

    import hashbench

    card = write_set(tmp_path)
    store = hashbench.run("itq", card, bits=5, k=5, out=tmp_path / "runs").store
    key = store.records()[0].key[:8]
    call = ("export", f"runs:{key}", "--to", "onnx", "--out", "itq.onnx")
    done = hashbench_command(*call)
    assert done.returncode == 0, done.stderr
    assert "on 1000 videos, 980 of them made up, bit for bit" in done.stderr
    again = hashbench_command(*call)
    assert again.returncode == 2
    assert again.stderr.count("\n") == 1


def test_videos_of_a_standardized_set_are_checked_as_they_are_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from making_data import features, write_feats, write_set

    import hashbench
    from hashbench.export.encoders import exporting

    card = write_set(tmp_path, more="standardize = true\n")
    for seed, name in ((2, "train"), (3, "test")):  # far from 0, so that a second time would show
        write_feats(tmp_path / f"{name}.h5", 100 + features(30 if seed == 2 else 20, seed=seed))
    store = hashbench.run("itq", card, bits=5, k=5, out=tmp_path / "runs").store
    (record,) = store.records()
    encode, checked = exporting.encode_videos, []

    def watched(*given: Any) -> Any:
        checked.append(encode(*given))
        return checked[-1]

    monkeypatch.setattr(exporting, "encode_videos", watched)
    export_encoder(f"{store.path}:{record.key[:8]}", tmp_path / "encoder.onnx")
    database = store.codes(record)[1]
    assert np.array_equal(checked[0].packed[: len(database)], database.packed)


def test_a_set_whose_folder_nobody_named_is_made_up_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A card is known by name, and its files lie in a data root that is not given."""
    from making_data import write_set

    import hashbench
    from hashbench.export.encoders import exporting

    store = hashbench.run("itq", write_set(tmp_path), bits=5, k=5, out=tmp_path / "runs").store
    monkeypatch.delenv("HASHBENCH_DATA", raising=False)
    monkeypatch.setattr(exporting, "dataset_of", lambda *found: "fcvid")
    key = store.records()[0].key[:8]
    said = export_encoder(f"{store.path}:{key}", tmp_path / "encoder.onnx")
    assert said.made_up == CHECKED
