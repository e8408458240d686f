"""Export of a fitted method as ONNX, and the check that it makes the same codes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from hashbench.data import Videos
from hashbench.data.standardizing import Standardized
from hashbench.errors import DataError, MethodError, UsageError, VerificationError
from hashbench.estimator import Method
from hashbench.export.encoders.curved import curved_form
from hashbench.export.encoders.graph import Form, FrameInput, graph_model
from hashbench.export.encoders.linear import Sides, planes_of
from hashbench.export.encoders.perceptron import LayersOfMean
from hashbench.export.targets import package
from hashbench.files.atomic import replacing
from hashbench.places import Places
from hashbench.runs.cards import dataset_of
from hashbench.runs.encoding import encode_videos, open_model
from hashbench.runs.reference import find_record
from hashbench.version import __version__
from hashbench.workspace import Progress, Silent, Workspace

CHECKED = 1000
"""Videos on which an encoder must make the codes of the method."""

NEAR = 1e-6
"""How near a threshold a value's sign may be that of a rounding error."""

_BATCH = 100


class _Traced(Protocol):
    """A module that tells how near its values come to a threshold."""

    def nearest_threshold(self, frames: Any) -> Any: ...


@dataclass(frozen=True, slots=True)
class ExportedEncoder:
    """What an export of an encoder wrote, and what its check found.

    Parameters
    ----------
    path : Path
    videos : int
        Videos that it was checked on.
    made_up : int
        How many of them no data set holds.
    near : int
        Videos with a value within 1e-6 of a threshold, where rounding may decide.
    differ : int
        How many of those have another code.
    """

    path: Path
    videos: int
    made_up: int
    near: int
    differ: int

    def __str__(self) -> str:
        made_up = f", {self.made_up} of them made up" if self.made_up else ""
        return (
            f"{self.path}: the same codes as the method on {self.videos} videos{made_up}, bit for "
            f"bit; {self.near} of them have a value within {NEAR:g} of a threshold, and "
            f"{self.differ} of these another code"
        )


def export_encoder(
    model: str | Path,
    out: Path,
    *,
    dataset: str | None = None,
    places: Places | None = None,
    force: bool = False,
    progress: Progress | None = None,
) -> ExportedEncoder:
    """Write a fitted method as ONNX, unless the file makes other codes than the method.

    Parameters
    ----------
    model : str or Path
        ``RUNS:KEY``, the JSON file of a record, or the folder of a saved method.
    out : Path
        The file.
    dataset : str, optional
        Whose videos it is checked on; by default the record's. Made-up videos fill up to 1,000.
    places : Places, optional
    force : bool
        Whether to replace what is there.
    progress : Progress, optional

    Raises
    ------
    MethodError
        If the method has no form in ONNX.
    VerificationError
        If a code differs where no value lies near a threshold.
    """
    if out.exists() and not force:
        raise UsageError(f"--out {out}: is there already; --force replaces it")
    for name in ("onnx", "onnxruntime"):
        package("onnx", name)
    progress, places = progress or Silent(), places or Places(device="cpu")
    method, training = open_model(model)
    method.attach(Workspace(device="cpu", cache=places.cache_folder))
    given = _input(method, training)
    real = _real_videos(model, dataset, places)
    with replacing(out) as temporary:
        module = _write(method, given, temporary)
        _describe(temporary, method, given)
        videos, made_up = _videos(given, real)
        expected = encode_videos(method, videos, training)
        found, near = _run(temporary, module, videos, progress)
        differ = (found != expected.packed).any(axis=1)
        wrong = int(np.count_nonzero(differ & (near >= NEAR)))
        if wrong:
            raise VerificationError(
                f"{out}: not written, since {wrong} of {len(videos)} videos have another code than "
                f"{type(method).__name__} gives them, with no value within {NEAR:g} of a threshold"
            )
    counted = (int(np.count_nonzero(near < NEAR)), int(np.count_nonzero(differ)))
    return ExportedEncoder(out, len(videos), made_up, *counted)


def _input(method: Method, training: dict[str, Any]) -> FrameInput:
    shape = getattr(method, "shape_", None)
    if shape is not None:
        stored, used, dims = shape
        cut = used if used < stored else None
        return FrameInput(dims, stored, cut, training.get("moments"))
    dims = training.get("dims") or _width(method)
    return FrameInput(dims, None, training.get("frames"), training.get("moments"))


def _width(method: Method) -> int:
    """Return the dimensions of a frame by the fitted arrays.

    They are those of the mean frame or, where there is none, the rows of the largest matrix.
    """
    state = method.fitted_state()
    mean = state.get("mean_")
    if isinstance(mean, np.ndarray) and mean.ndim == 1:
        return len(mean)
    arrays = [a for a in state.values() if isinstance(a, np.ndarray)]
    matrices = [a for a in arrays if a.ndim == 2 and a.shape[1] == method.bits]
    if not matrices:
        raise _formless(method)
    return int(max(matrices, key=len).shape[0])


def _write(method: Method, given: FrameInput, path: Path) -> _Traced | None:
    """Write the file, and return the module that it was traced from where there is one."""
    form = _form(method, given)
    if form is not None:
        package("onnx", "onnx").save(graph_model(form, given, method.bits), str(path))
        return None
    from hashbench.export.encoders.network import write_network

    module = _module(method, given)
    stored, _, dims = cast(Any, method).shape_
    write_network(module, stored, dims, path)
    traced: _Traced = module
    return traced


def _form(method: Method, given: FrameInput) -> Form | None:
    """Return how the bits come from a mean frame; None for a network that reads frames."""
    if not hasattr(method, "shape_"):
        planes = planes_of(method, given.dims, given.used or 2)
        form = curved_form(method) if planes is None else Sides(planes)
        if form is None:
            raise _formless(method)
        return form
    from hashbench.nn import MeanFrameMethod

    if not isinstance(method, MeanFrameMethod):
        return None
    if type(method).encode is not MeanFrameMethod.encode:
        raise _formless(method)
    return LayersOfMean(*method.layers_of_mean())


def _module(method: Method, given: FrameInput) -> Any:
    from hashbench.export.encoders.deep_hashing import LayeredEncoder
    from hashbench.export.encoders.network import NetworkEncoder
    from hashbench.nn import DeepMethod

    if not isinstance(method, DeepMethod):
        raise _formless(method)
    if method.precision not in ("float32", "fp32"):
        raise MethodError(
            f"{type(method).__name__} encodes in precision={method.precision}, whose rounding ONNX "
            "does not repeat; train it in float32"
        )
    if hasattr(method, "autoencoder_"):
        return LayeredEncoder(method, given)
    if type(method).encode is not DeepMethod.encode:
        raise _formless(method)
    return NetworkEncoder(method, given)


def _formless(method: Method) -> MethodError:
    return MethodError(
        f"{type(method).__name__} has no form in ONNX: its bits are neither sides of hyperplanes, "
        "sinusoids or spheres of the mean frame nor signs of a network's output"
    )


def _describe(path: Path, method: Method, given: FrameInput) -> None:
    """Write into the file what its codes are."""
    onnx = package("onnx", "onnx")
    model = onnx.load(str(path))
    about = {
        "method": repr(method),
        "n_bits": str(method.bits),
        "bit_order": "least significant bit first",
        "dims": str(given.dims),
        "frames": str(given.frames or "any"),
    }
    onnx.helper.set_model_props(model, about)
    model.producer_name, model.producer_version = "hashbench", __version__
    onnx.checker.check_model(model)
    onnx.save(model, str(path))


def _real_videos(model: str | Path, dataset: str | None, places: Places) -> Videos | None:
    """Return the database of the data set that is named, or of the record's where it is there."""
    if dataset is not None:
        return places.open(dataset).database
    found = find_record(model)
    if found is None:
        return None
    try:
        return places.open(dataset_of(*found)).database
    except (DataError, UsageError):  # files are missing, or nobody said where they lie
        return None


def _videos(given: FrameInput, real: Videos | None) -> tuple[Videos, int]:
    """Return 1,000 videos, and how many of them are made up, alike to those that are not."""
    rng = np.random.default_rng(0)
    frames = given.frames or given.used or (2 if real is None else real.frames)
    if real is None:
        mean: NDArray[Any] = np.zeros(given.dims)
        spread: NDArray[Any] = np.ones(given.dims)
        if given.moments is not None:
            mean, spread = given.moments.mean, given.moments.deviation
        parts: list[NDArray[np.float32]] = []
    else:
        if real.dims != given.dims or real.frames < frames:
            raise UsageError(
                f"--dataset {real.name}: {real.frames} frames of {real.dims} dimensions; "
                f"{frames} of {given.dims} are needed"
            )
        if given.moments is not None and isinstance(real.source, Standardized):
            real = real.through(real.source.source)  # as stored: the encoder standardizes itself
        parts = [real.with_frames(frames).take(slice(0, min(CHECKED, len(real))))]
        mean, spread = parts[0].mean(axis=(0, 1)), parts[0].std(axis=(0, 1))
    missing = CHECKED - sum(map(len, parts))
    if missing:
        drawn = mean + spread * rng.standard_normal((missing, frames, given.dims))
        parts.append(drawn.astype(np.float32))
    return Videos(np.concatenate(parts), name="videos to check on"), missing


def _run(
    path: Path, module: _Traced | None, videos: Videos, progress: Progress
) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """Return the codes of the file, and how near each video comes to a threshold."""
    runtime = package("onnx", "onnxruntime")
    session = runtime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    codes, near = [], []
    for start, frames in _batches(videos):
        code, values = session.run(["code", "values"], {"frames": frames})
        codes.append(code)
        near.append(np.abs(values).min(axis=1) if module is None else _nearest(module, frames))
        progress.update("check", start + len(frames), len(videos))
    return np.concatenate(codes), np.concatenate(near).astype(np.float64)


def _nearest(module: _Traced, frames: NDArray[np.float32]) -> NDArray[Any]:
    import torch

    found: NDArray[Any] = module.nearest_threshold(torch.from_numpy(frames)).numpy()
    return found


def _batches(videos: Videos) -> Iterator[tuple[int, NDArray[np.float32]]]:
    for start in range(0, len(videos), _BATCH):
        yield start, videos.take(slice(start, start + _BATCH))
