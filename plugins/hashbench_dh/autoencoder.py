"""Plain LSTM encoder-decoder whose encoder yields DH's features."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from hashbench import Videos, Workspace
from hashbench.data.standardizing import Moments, Standardized, fit_moments
from hashbench.errors import DataError
from hashbench.files.atomic import replacing
from hashbench.files.cached import cached
from hashbench.nn import (
    Convergence,
    PartFeed,
    Plan,
    Trainer,
    agree,
    join,
    memory_advice,
    pick_device,
    rank,
    split,
    threads_for,
    world,
)

_BLOCK = 64  # videos encoded at a time, always: see Encoder.features
_VERSION = 4  # of what is computed here; part of the cache's key

Arrays: TypeAlias = dict[str, NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class Training:
    """How the encoder-decoder is trained, with Adam; fields as of :class:`hashbench.nn.Plan`."""

    hidden: int = 256
    epochs: int = 10
    batch_size: int = 64
    lr: float = 2e-3
    seed: int = 0
    schedule: str = "constant"
    warmup: float = 0.0
    clip: float = 1.0
    early_stop: bool = False

    def plan(self, videos: int) -> Plan:
        """Return the plan for ``videos`` videos."""
        return Plan(
            "adam",
            self.schedule,
            self.lr,
            self.epochs,
            min(self.batch_size, videos),
            mean_loss=True,
            max_norm=self.clip or None,
            warmup=self.warmup,
            early_stop=self.early_stop,
        )


class EncoderDecoder(nn.Module):
    """An LSTM reads all frames; another, started from its last state, writes them down again.

    The decoder has no input: all it knows has passed through the encoder's last hidden and cell
    state. Nothing is binary.
    """

    def __init__(self, dims: int, hidden: int) -> None:
        super().__init__()
        self.encoder = nn.LSTM(dims, hidden, batch_first=True)
        self.decoder = nn.LSTM(1, hidden, batch_first=True)
        self.output = nn.Linear(hidden, dims)

    def reconstruct(self, v: Tensor) -> Tensor:
        """Return the frames as written down again, (B, M, D)."""
        _, state = self.encoder(v)
        nothing = v.new_zeros(len(v), v.shape[1], 1)
        written: Tensor = self.output(self.decoder(nothing, state)[0])
        return written

    def forward(self, rows: Tensor, v: Tensor) -> dict[str, Tensor]:
        """Return the mean squared error of each video v (B, M, D), summed over them."""
        return {"loss": (self.reconstruct(v) - v).square().mean(dim=(1, 2)).sum()}


class Encoder:
    """A trained encoder as arrays: LSTM weights, and the shift and scale of frames.

    Parameters
    ----------
    arrays : dict of ndarray
        ``frame_mean`` (dims,), ``frame_scale`` (1,), the parameters of a torch LSTM, ``loss``
        (epochs,), the training loss, and ``trend`` (3,), its fields of
        :class:`hashbench.nn.Convergence`, where there were updates enough.
    """

    def __init__(self, arrays: Arrays) -> None:
        self.arrays = arrays

    @property
    def dims(self) -> int:
        """Feature dimensions of a frame."""
        return len(self.arrays["frame_mean"])

    @property
    def n_parameters(self) -> int:
        """Parameters of the LSTM."""
        return sum(array.size for name, array in self.arrays.items() if "_l0" in name)

    @torch.inference_mode()
    def features(self, videos: Videos, workspace: Workspace) -> NDArray[np.float32]:
        """Return the encoder's last hidden state of each video, (n, hidden).

        Videos go through in blocks of one size, the last one padded, because products of another
        size are rounded otherwise and a video's code must not depend on its batch.
        """
        if videos.dims != self.dims:
            raise DataError(f"{videos.name}: {videos.dims} dimensions; dh has learnt {self.dims}")
        weights = {name: torch.tensor(a) for name, a in self.arrays.items() if "_l0" in name}
        hidden = weights["weight_hh_l0"].shape[1]
        device = pick_device(workspace.device)
        lstm = nn.LSTM(self.dims, hidden, batch_first=True)
        lstm.load_state_dict(weights)
        lstm.to(device)
        features = np.empty((len(videos), hidden), np.float32)
        block = np.zeros((_BLOCK, videos.frames, self.dims), np.float32)
        for batch in videos.batches(_BLOCK):
            block[: len(batch.rows)] = self.prepared(batch.features)
            h = lstm(torch.from_numpy(block).to(device))[1][0][0]
            features[batch.rows] = h.cpu().numpy()[: len(batch.rows)]
            workspace.progress.update("encode frames", int(batch.rows[-1]) + 1, len(videos))
        return features

    def prepared(self, frames: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return frames less their mean, at unit second moment over all dimensions."""
        return (frames - self.arrays["frame_mean"]) * self.arrays["frame_scale"]


def encoder_and_features(
    train: Videos, training: Training, workspace: Workspace
) -> tuple[Encoder, NDArray[np.float32]]:
    """Return a trained encoder and the features (N, hidden) of ``train``, from the cache if there.

    Neither depends on the code length, so the cells of a sweep share one training. The first of
    several that begin at once trains, and the others wait for it.
    """
    device = pick_device(workspace.device)
    join(device)
    key = _key(train, training, device)
    path = workspace.cache / "dh" / f"{key[:32]}.safetensors"

    def compute() -> Arrays:
        encoder = _train(train, training, workspace, key)
        return {**encoder.arrays, "features": encoder.features(train, workspace)}

    if world() == 1:
        kept: Arrays = cached(path, _read, compute, _write)
        return _apart(kept)
    # Processes that train together take one way: either all of them find the file, or none.
    found = _read(path)
    if int(agree(torch.tensor(int(found is not None), device=device))) < world():
        found = compute()
        if rank() == 0:
            with replacing(path) as temporary:
                _write(temporary, found)
    assert found is not None
    return _apart(found)


def _apart(arrays: Arrays) -> tuple[Encoder, NDArray[np.float32]]:
    """Return the encoder and the features, which the cache holds together."""
    own = {name: array for name, array in arrays.items() if name != "features"}
    return Encoder(own), arrays["features"]


def _read(path: Path) -> Arrays | None:
    """Return what was written; None where it is missing or damaged."""
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        return dict(load_file(path))
    except (OSError, SafetensorError):
        return None


def _write(path: Path, arrays: Arrays) -> None:
    from safetensors.numpy import save_file

    save_file(arrays, path)


def _train(train: Videos, training: Training, workspace: Workspace, key: str) -> Encoder:
    frames = _standardised(train, workspace.cache)
    folder: Path | None = workspace.checkpoints
    part = split(len(train), training.seed, hold_out=training.early_stop)
    plan = training.plan(len(part.trained))
    size = plan.batch_size
    device = pick_device(workspace.device)
    with (
        torch.random.fork_rng(devices=[]),
        memory_advice("hidden"),
        threads_for(8 * size * train.frames * train.dims * training.hidden),
    ):
        torch.manual_seed(training.seed)
        model = EncoderDecoder(train.dims, training.hidden).to(device)
        trainer = Trainer(
            model,
            plan,
            len(part.trained),
            # A folder of its own: the layers, trained next, have a checkpoint too.
            checkpoints=None if folder is None else folder / "encoder-decoder",
            key=key,
            progress=workspace.progress,
            task="train encoder-decoder",
        )
        seen = train.through(frames)
        feeds = [
            PartFeed(seen, rows, batch_size=size, seed=training.seed, device=device)
            for rows in part
            if len(rows)
        ]
        history = trainer.fit(*feeds)
    arrays = {name: value.cpu().numpy() for name, value in model.encoder.state_dict().items()}
    return Encoder(
        {
            "frame_mean": frames.moments.mean,
            "frame_scale": frames.scale[:1],
            "loss": np.array(history.terms["loss"], np.float32),
            **_trend(history.convergence),
            **arrays,
        }
    )


def _trend(trend: Convergence | None) -> Arrays:
    """Return the convergence check as an array; nothing where there were too few updates."""
    return {} if trend is None else {"trend": np.array(trend, np.float32)}


def _standardised(train: Videos, cache: Path) -> Standardized:
    """Return ``train`` less its mean frame, at unit second moment over all dimensions together.

    One scale for all: the encoder-decoder spends its units where the features vary most.
    """
    moments = fit_moments(train, cache)
    if not np.isfinite(moments.mean).all():
        raise DataError(f"{train.name}: features hold NaN or infinite values")
    second = np.sqrt(np.mean(moments.deviation**2, dtype=np.float64))
    return Standardized(
        train.source, Moments(moments.mean, np.full(train.dims, second, np.float32))
    )


def _key(train: Videos, training: Training, device: torch.device) -> str:
    decides = {
        "videos": train.signature(),
        "shape": train.shape,
        "training": asdict(training),
        "device": device.type,
        "torch": torch.__version__,
        "version": _VERSION,
    }
    return hashlib.sha256(json.dumps(decides, sort_keys=True).encode()).hexdigest()
