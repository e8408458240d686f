"""The plain LSTM encoder-decoder whose encoder yields DH's features."""

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
from hashbench.atomic import replacing
from hashbench.errors import DataError, MethodError
from hashbench.nn.devices import pick_device

_BLOCK = 64  # videos encoded at a time, always: see Encoder.features
_VERSION = 2  # of what is computed here; part of the cache's key

Arrays: TypeAlias = dict[str, NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class Training:
    """How the encoder-decoder is trained: Adam, gradient norm cut at 1."""

    hidden: int = 256
    epochs: int = 10
    batch_size: int = 64
    lr: float = 2e-3
    seed: int = 0


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

    def forward(self, frames: Tensor) -> Tensor:
        """Return the frames as reconstructed, (n, M, dims)."""
        _, state = self.encoder(frames)
        nothing = frames.new_zeros(len(frames), frames.shape[1], 1)
        written: Tensor = self.output(self.decoder(nothing, state)[0])
        return written


class Encoder:
    """A trained encoder as arrays: LSTM weights, and the shift and scale of frames.

    Parameters
    ----------
    arrays : dict of ndarray
        ``frame_mean`` (dims,), ``frame_scale`` (1,) and the parameters of a torch LSTM.
    """

    def __init__(self, arrays: Arrays) -> None:
        self.arrays = arrays

    @property
    def dims(self) -> int:
        """Feature dimensions of a frame."""
        return len(self.arrays["frame_mean"])

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
    """Return a trained encoder and the features of ``train``, from the cache where they are.

    Neither depends on the code length, so the cells of a sweep share one training.
    """
    from safetensors.numpy import load_file, save_file

    path = _cache_path(train, training, workspace)
    if path.exists():
        arrays: Arrays = load_file(path)
        features = arrays.pop("features")
        return Encoder(arrays), features
    encoder = _train(train, training, workspace)
    features = encoder.features(train, workspace)
    with replacing(path) as temporary:
        save_file({**encoder.arrays, "features": features}, temporary)
    return encoder, features


def _train(train: Videos, training: Training, workspace: Workspace) -> Encoder:
    device = pick_device(workspace.device)
    encoder = Encoder(_frame_moments(train))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(training.seed)
        model = EncoderDecoder(train.dims, training.hidden).to(device)
    optimiser = torch.optim.Adam(model.parameters(), lr=training.lr)
    for epoch in range(training.epochs):
        total, seen = 0.0, 0
        # Seeds [seed, epoch] of one sequence: another order each epoch, the same each time.
        order = int(np.random.SeedSequence([training.seed, epoch]).generate_state(1)[0])
        for batch in train.batches(training.batch_size, shuffle=True, seed=order):
            frames = torch.from_numpy(encoder.prepared(batch.features)).to(device)
            loss = ((model(frames) - frames) ** 2).mean()
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            total += float(loss.detach()) * len(frames)
            seen += len(frames)
            workspace.progress.update(
                "train encoder-decoder",
                epoch + seen / len(train),
                training.epochs,
                loss=total / seen,
            )
        if not np.isfinite(total):
            raise MethodError(f"dh: the encoder-decoder's loss is {total} in epoch {epoch + 1}")
    for name, value in model.encoder.state_dict().items():
        encoder.arrays[name] = value.cpu().numpy()
    return encoder


def _frame_moments(train: Videos) -> Arrays:
    mean = train.mean_pooled().mean(axis=0, dtype=np.float64).astype(np.float32)
    if not np.isfinite(mean).all():
        raise DataError(f"{train.name}: features hold NaN or infinite values")
    squares = sum(
        float(((batch.features - mean) ** 2).sum(dtype=np.float64)) for batch in train.batches(256)
    )
    moment = squares / (len(train) * train.frames * train.dims)
    scale = np.array([1 / np.sqrt(moment) if moment > 0 else 1.0], np.float32)
    return {"frame_mean": mean, "frame_scale": scale}


def _cache_path(train: Videos, training: Training, workspace: Workspace) -> Path:
    decides = {
        "videos": train.signature(),
        "shape": train.shape,
        "training": asdict(training),
        "device": pick_device(workspace.device).type,
        "torch": torch.__version__,
        "version": _VERSION,
    }
    key = hashlib.sha256(json.dumps(decides, sort_keys=True).encode()).hexdigest()
    return workspace.cache / "dh" / f"{key[:32]}.safetensors"
