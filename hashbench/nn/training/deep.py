"""Base class of methods that train a network and keep its encoder."""

from __future__ import annotations

import hashlib
import json
from abc import abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any, Self, cast

import numpy as np
import torch
from torch import Tensor, nn

from hashbench.codes import BinaryCodes
from hashbench.data import Videos
from hashbench.data.standardizing import Moments, Standardized, fit_moments
from hashbench.errors import DataError, MethodError, UsageError
from hashbench.estimator import Method
from hashbench.nn.training.cuda_graphs import Passes
from hashbench.nn.training.devices import memory_advice, pick_device, threads_for
from hashbench.nn.training.distributed import join
from hashbench.nn.training.holdout import PartFeed, split
from hashbench.nn.training.precision import parse_precision, products_in
from hashbench.nn.training.recipes import Recipe, choose
from hashbench.nn.training.snapshots import Snapshots, Weights
from hashbench.nn.training.trainer import Trainer, TrainingPlan
from hashbench.parameters import at_least

_ENCODER = "encoder/"
_SNAPSHOT = "snapshot/"


class DeepMethod(Method):
    """A method that learns by gradient descent; ``fit`` and ``encode`` are the same for all.

    A subclass names its recipes, how many of a video's frames it reads, and builds its model and
    its encoder. The model has an attribute ``encoder`` that maps videos (B, M, D) to (h, c).

    Parameters
    ----------
    bits, seed : int
        L, and the seed of start values and batches.
    recipe : str
        Name of a recipe.
    optimizer, schedule, lr, batch_size : optional
        Override the recipe.
    epochs, updates : int, optional
        Override the recipe's length. ``updates`` are as many epochs as these updates need, and no
        fewer than the recipe's.
    warmup : float, optional
        Share of the updates over which the learning rate rises linearly to the schedule's.
    clip : float, optional
        Greatest Euclidean norm of the gradient of all parameters together; 0 for any.
    early_stop : bool, optional
        Train on nine tenths of the videos, measure the loss on the others after every epoch, keep
        the best weights, and stop when a quarter of the epochs has brought no better ones.
    precision : {"float32", "bfloat16", "float16"}
        Of large products.
    standardize : bool, optional
        Override the recipe.
    patience : int
        Stop after so many epochs without a better training loss; 0 for never.
    snapshot_every : int
        Keep the encoder after every so many epochs, and after the last and the best, to be
        measured when training is over; 0 for none.
    """

    recipes: dict[str, Recipe]

    def __init__(
        self,
        bits: int = 64,
        seed: int = 0,
        *,
        recipe: str = "fast",
        optimizer: str | None = None,
        lr: float | None = None,
        epochs: int | None = None,
        batch_size: int | None = None,
        precision: str = "float32",
        standardize: bool | None = None,
        patience: int = 0,
        snapshot_every: int = 0,
        schedule: str | None = None,
        updates: int | None = None,
        warmup: float | None = None,
        clip: float | None = None,
        early_stop: bool | None = None,
    ) -> None:
        super().__init__(bits, seed)
        self.recipe = recipe
        self.optimizer = optimizer
        self.lr = lr
        self.epochs = epochs
        self.batch_size = batch_size
        self.precision = precision
        self.standardize = standardize
        self.patience = patience
        self.snapshot_every = snapshot_every
        self.schedule = schedule
        self.updates = updates
        self.warmup = warmup
        self.clip = clip
        self.early_stop = early_stop

    @abstractmethod
    def frames_of(self, videos: Videos) -> int:
        """Return how many frames are read, from the first on; MethodError if there are too few."""

    def recipe_for(self, train: Videos) -> Recipe:
        """Return the recipe for ``train``; a method may have one for each published data set."""
        return choose(self.recipes, self.recipe)

    def network_inputs(self, train: Videos) -> Videos:
        """Return what the network reads of each training video: its frames, unless overridden.

        For a method whose network reads features that another network yields. ``encode`` has to
        make the same of its videos, so such a method overrides that too.
        """
        return train

    @abstractmethod
    def build_model(self, train: Videos, near: Videos) -> nn.Module:
        """Return the model to train.

        Parameters
        ----------
        train : Videos
            What :meth:`network_inputs` returned of the training videos, cut to their frames and
            standardised if the recipe says so.
        near : Videos
            The same with all stored frames and labels, for a neighbourhood graph.
        """

    @abstractmethod
    def build_encoder(self, dims: int, frames: int) -> nn.Module:
        """Return an encoder to load weights into."""

    @property
    def trains_together(self) -> bool:
        """True: each process takes its share of every batch."""
        return True

    def check_params(self) -> None:
        """Raise UsageError for a value that cannot be right; extended by subclasses."""
        self._plan(choose(self.recipes, self.recipe), 1)
        at_least(2, batch_size=self.batch_size)
        if self.snapshot_every < 0:
            raise UsageError(f"snapshot_every must not be negative, not {self.snapshot_every}")

    def fit(self, train: Videos) -> Self:
        """Train on ``train``.

        Raises
        ------
        UsageError
            If a parameter cannot be right, or the device is not there.
        MethodError
            If the videos have too few frames, the loss is no longer finite, or memory ran out.
        """
        self.check_bits()
        self.check_params()
        recipe = self.recipe_for(train)
        device = pick_device(self.workspace.device)
        join(device)
        part = split(len(train), self.seed, hold_out=self._plan(recipe, 1).early_stop)
        plan = self._plan(recipe, len(part.trained))
        frames = self.frames_of(train)
        standard = recipe.standardize if self.standardize is None else self.standardize
        self.shape_ = [train.frames, frames, train.dims]
        seen = self.network_inputs(self._prepared(train.with_frames(frames), standard))
        with (
            torch.random.fork_rng(devices=[]),
            memory_advice("batch_size or bits"),
            threads_for(8 * plan.batch_size * seen.frames * seen.dims * self.bits),
            _blaming(train.with_frames(frames)),
        ):
            torch.manual_seed(self.seed)
            model = self.build_model(seen, train).to(device)
            key, folder = self._key(train), self.workspace.checkpoints
            encoder = cast(nn.Module, model.encoder)
            snapshots = Snapshots(self.snapshot_every, folder, key)
            trainer = Trainer(
                model,
                plan,
                len(part.trained),
                checkpoints=folder,
                key=key,
                progress=self.workspace.progress,
                task=f"train {type(self).__name__.lower()} {self.bits} bits",
                after_epoch=lambda epoch: snapshots.take(epoch, encoder),
                at_end=lambda epoch: snapshots.take(epoch, encoder, last=True),
            )
            feed = partial(
                PartFeed,
                seen,
                batch_size=plan.batch_size,
                seed=self.seed,
                device=device,
                dtype=str(plan.precision).removeprefix("torch."),
            )
            history = trainer.fit(*(feed(rows) for rows in part if len(rows)))
            if plan.early_stop:  # the weights that are kept, beside those of the last epoch
                snapshots.take(history.best_epoch, encoder, last=True)
            for module in model.modules():  # recorded for shapes that will not come again
                if isinstance(passes := getattr(module, "passes", None), Passes):
                    passes.clear()
        self.encoder_ = encoder
        self.snapshots_ = snapshots.taken
        self.history_ = {
            **self._ran(plan, standard, frames, device),
            "updates_an_epoch": trainer.updates_an_epoch,
            **history.to_json(),
        }
        return self

    @torch.inference_mode()
    def encode(self, videos: Videos) -> BinaryCodes:
        """Return the signs of the encoder's last hidden state.

        Raises
        ------
        DataError
            If frames or width are not those of the training videos.
        """
        self.check_fitted()
        self._check_alike(videos)
        device = pick_device(self.workspace.device)
        encoder = self.encoder_.to(device).eval()
        mean, scale = (torch.from_numpy(a).to(device) for a in (self.mean_, self.scale_))
        plain = self._plain()
        size = self.batch_size or choose(self.recipes, self.recipe).batch_size
        seen = videos.with_frames(self.shape_[1])
        # Whole from the start. A few bytes that stay from each batch would lie in the way of the
        # arrays of the next, which then take new memory: 7 GB in the end, at FCVID's size.
        packed = np.empty((len(videos), -(-self.bits // 8)), dtype=np.uint8)
        with products_in(parse_precision(self.precision)), memory_advice("batch_size"):
            for number, batch in enumerate(seen.batches(size)):
                features: Tensor = torch.from_numpy(batch.features).to(device)
                if not plain:
                    features = (features - mean) * scale
                h = encoder(features)[0].float().cpu().numpy()
                packed[number * size : (number + 1) * size] = BinaryCodes.from_signs(h).packed
                self.workspace.progress.update(
                    "encode", min((number + 1) * size, len(videos)), len(videos)
                )
        return BinaryCodes(packed, self.bits)

    def diagnostics(self) -> dict[str, Any]:
        """Return the loss history per term, and which recipe ran."""
        return dict(getattr(self, "history_", {}))

    def n_parameters(self, dims: int) -> int | None:
        """Return how many parameters the networks have that encoding uses."""
        networks = [v for name, v in vars(self).items() if name.endswith("_")]
        return sum(
            parameter.numel()
            for network in networks
            if isinstance(network, nn.Module)
            for parameter in network.parameters()
        )

    def snapshots(self) -> Mapping[int, Method]:
        """Return the method after every ``snapshot_every`` epochs, and after the last.

        Where an early stop kept the weights of another epoch, also after that.
        """
        found: dict[int, Method] = {}
        for epoch, weights in sorted(getattr(self, "snapshots_", {}).items()):
            then = type(self)(**self.get_params()).attach(self.workspace)
            state = _without_networks(self.fitted_state())
            then.restore(state | {_ENCODER + name: value for name, value in weights.items()})
            found[epoch] = then
        return found

    def fitted_state(self) -> dict[str, Any]:
        """Return the encoder's weights, those on the way, and what prepares its input."""
        state = super().fitted_state()
        encoder = state.pop("encoder_", None)
        for epoch, weights in state.pop("snapshots_", {}).items():
            state |= {f"{_SNAPSHOT}{epoch}/{name}": value for name, value in weights.items()}
        if encoder is not None:
            state |= {
                _ENCODER + name: value.detach().cpu().numpy()
                for name, value in encoder.state_dict().items()
            }
        return state

    def restore(self, state: dict[str, Any]) -> None:
        """Rebuild the encoder from :meth:`fitted_state`."""
        weights = {
            name.removeprefix(_ENCODER): torch.from_numpy(np.array(value))
            for name, value in state.items()
            if name.startswith(_ENCODER)
        }
        super().restore(_without_networks(state))
        self.snapshots_ = _snapshots(state)
        encoder = self.build_encoder(self.shape_[2], self.shape_[1])
        try:
            encoder.load_state_dict(weights)
        except RuntimeError as error:
            raise DataError(f"saved weights do not fit {self!r}: {error}") from error
        self.encoder_ = encoder

    def _plan(self, recipe: Recipe, videos: int) -> TrainingPlan:
        return recipe.plan(
            videos,
            optimizer=self.optimizer,
            lr=self.lr,
            epochs=self.epochs,
            batch_size=self.batch_size,
            precision=self.precision,
            patience=self.patience,
            schedule=self.schedule,
            updates=self.updates,
            warmup=self.warmup,
            clip=self.clip,
            early_stop=self.early_stop,
        )

    def _prepared(self, train: Videos, standard: bool) -> Videos:
        """Fit ``mean_`` and ``scale_`` on the frames in use, and return ``train`` through them."""
        self.mean_ = np.zeros(train.dims, np.float32)
        self.scale_ = np.ones(train.dims, np.float32)
        if not standard:
            return train
        source = Standardized(train.source, fit_moments(train, self.workspace.cache))
        self.mean_, self.scale_ = source.moments.mean, source.scale
        return train.through(source)

    def _standardised(self, videos: Videos) -> Videos:
        """Return ``videos`` through the moments that were fitted."""
        if self._plain():
            return videos
        moments = Moments(self.mean_, np.reciprocal(self.scale_))
        return videos.through(Standardized(videos.source, moments))

    def _plain(self) -> bool:
        return not self.mean_.any() and bool((self.scale_ == 1).all())

    def _ran(
        self, plan: TrainingPlan, standard: bool, frames: int, device: torch.device
    ) -> dict[str, Any]:
        return {
            "recipe": self.recipe,
            "optimizer": plan.optimizer,
            "schedule": plan.schedule,
            "lr": plan.lr,
            "epochs": plan.epochs,
            "batch_size": plan.batch_size,
            "warmup": plan.warmup,
            "clip": plan.max_norm or 0,
            "early_stop": plan.early_stop,
            "precision": str(plan.precision).removeprefix("torch."),
            "standardize": standard,
            "frames_used": frames,
            "device": device.type,
        }

    def _check_alike(self, videos: Videos) -> None:
        stored, _, dims = self.shape_
        if videos.dims != dims:
            raise DataError(
                f"{videos.name}: features have {videos.dims} dimensions, the method was trained "
                f"on {dims}"
            )
        if videos.frames != stored:
            raise DataError(
                f"{videos.name}: videos have {videos.frames} frames, the method was trained on "
                f"{stored}"
            )

    def _key(self, train: Videos) -> str:
        # The name of the set decides on some published recipes, and a release may change any.
        plan = repr(self._plan(self.recipe_for(train), len(train)))
        decides = [type(self).__name__, self.get_params(), train.signature(), len(train)]
        decides += [train.name, plan]
        return hashlib.sha256(json.dumps(decides, default=str).encode()).hexdigest()


@contextmanager
def _blaming(videos: Videos) -> Iterator[None]:
    """Say so where the features are why a training has diverged."""
    try:
        yield
    except MethodError:
        for batch in videos.batches(256):
            bad = ~np.isfinite(batch.features).all((1, 2))
            if bad.any():
                raise DataError(
                    f"{videos.name}: video {batch.rows[bad][0]} has NaN or infinite features"
                ) from None
        raise


def _without_networks(state: Mapping[str, Any]) -> dict[str, Any]:
    return {n: v for n, v in state.items() if not n.startswith((_ENCODER, _SNAPSHOT))}


def _snapshots(state: Mapping[str, Any]) -> dict[int, Weights]:
    found: dict[int, Weights] = {}
    for name, value in state.items():
        if name.startswith(_SNAPSHOT):
            epoch, _, weight = name.removeprefix(_SNAPSHOT).partition("/")
            found.setdefault(int(epoch), {})[weight] = value
    return found
