"""The base class of every hashing method."""

from __future__ import annotations

import functools
import inspect
import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from hashbench.codes import MAX_BITS, BinaryCodes
from hashbench.errors import DataError, HashbenchError, MethodError, StoreError, UsageError
from hashbench.files.atomic import replacing, write_json
from hashbench.files.documents import read_json
from hashbench.files.schema import anything, mapping, table, text, whole
from hashbench.names import spelled, unknown
from hashbench.workspace import Workspace

if TYPE_CHECKING:
    from hashbench.data import Videos

_FORMAT = 1
_DESCRIPTION = "method.json"
_ARRAYS = "arrays.safetensors"

DESCRIPTION = table(
    {
        "format": whole(1, 1_000_000),
        "target": text(400),
        "params": mapping(text(200), anything),
        "values": mapping(text(400), anything),
    }
)
"""The fields of ``method.json``."""


class Method(ABC):
    """A hashing method, in scikit-learn's conventions (``sklearn.base.clone`` takes one).

    Not a subclass of scikit-learn's BaseEstimator: importing that takes longer than the whole
    start-up of the command line may, and a single-file plugin is imported at every start.

    ``__init__`` only stores its arguments under their own names, ``bits`` and ``seed`` among
    them; ``fit`` sets attributes that end in ``_``; equal parameters, seed and videos give equal
    codes. Override :meth:`fitted_state` and :meth:`restore` where the fitted attributes are not
    arrays, numbers, strings or lists of these.

    Parameters
    ----------
    bits : int
        Code length L.
    seed : int
        Seed of everything random in ``fit``.

    Examples
    --------
    The signs of the first features of each video's mean frame:

    >>> import numpy as np
    >>> from hashbench import Videos
    >>> class Signs(Method):
    ...     def fit(self, train):
    ...         self.mean_ = train.mean_pooled().mean(axis=0)
    ...         return self
    ...
    ...     def encode(self, videos):
    ...         centred = videos.mean_pooled() - self.mean_
    ...         return BinaryCodes.from_bits(centred[:, : self.bits] > 0)
    >>> videos = Videos(np.array([[[1.0, 5.0]], [[3.0, 1.0]]], np.float32))
    >>> Signs(bits=2).fit(videos).encode(videos).unpack().tolist()
    [[0, 1], [1, 0]]
    """

    bits: int
    seed: int

    def __init__(self, bits: int = 64, seed: int = 0) -> None:
        self.bits = bits
        self.seed = seed

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        for name in ("fit", "encode"):
            if name in vars(cls):
                setattr(cls, name, _takes_videos(vars(cls)[name]))

    @abstractmethod
    def fit(self, train: Videos) -> Self:
        """Learn from the training videos and return ``self``."""

    @abstractmethod
    def encode(self, videos: Videos) -> BinaryCodes:
        """Return one code of ``bits`` bits a video, in order."""

    @property
    def uses_labels(self) -> bool:
        """Whether these parameters make ``fit`` or ``encode`` read labels; False as a rule."""
        return False

    @property
    def trains_together(self) -> bool:
        """Whether ``fit`` shares its work among ``torchrun``'s processes; False as a rule.

        Where it does, all processes call ``fit`` with the same videos, and end with the same model.
        """
        return False

    @property
    def workspace(self) -> Workspace:
        """The folders, device and progress sink to use."""
        return getattr(self, "_workspace", None) or Workspace()

    def attach(self, workspace: Workspace) -> Self:
        """Use ``workspace`` from now on, and return ``self``."""
        self._workspace = workspace
        return self

    def diagnostics(self) -> dict[str, Any]:
        """Return what ``fit`` saw that is worth a place in the record, such as a loss history.

        JSON values only: numbers, strings, lists, dictionaries.
        """
        return {}

    def n_parameters(self, dims: int) -> int | None:
        """Return how many numbers the fitted method holds for encoding; None if that is unknown.

        These are the elements of the floating-point arrays that ``fit`` set, learnt or drawn, where
        an axis goes with the bits or with the features. A history of losses does not count, nor
        what only training needs, as a decoder.

        Parameters
        ----------
        dims : int
            Dimensions of the features.

        Examples
        --------
        >>> class Centred(Method):
        ...     def fit(self, train):
        ...         self.mean_ = train.mean_pooled().mean(axis=0)
        ...         return self
        ...
        ...     def encode(self, videos):
        ...         return BinaryCodes.from_bits(videos.mean_pooled() > self.mean_)
        >>> from hashbench import Videos
        >>> Centred(bits=3).fit(Videos(np.ones((5, 3), np.float32))).n_parameters(dims=3)
        3
        """
        arrays = [v for v in self.fitted_state().values() if isinstance(v, np.ndarray)]
        along = {self.bits, dims}
        return sum(a.size for a in arrays if a.dtype.kind == "f" and along & set(a.shape))

    def snapshots(self) -> Mapping[int, Method]:
        """Return the method as it was after some epochs of ``fit``, by epoch; as a rule none.

        A method that trains in epochs may keep its state on the way. It is measured afterwards:
        training must never see a test video.
        """
        return {}

    def training_graph(self, train: Videos) -> Any:
        """Return which training videos ``fit`` takes for neighbours; None as a rule.

        Parameters
        ----------
        train : Videos
            What ``fit`` is given.

        Returns
        -------
        scipy.sparse matrix of shape (n, n), NeighbourGraph or None
            Not 0 for neighbours.
        """
        return None

    def fitted_state(self) -> dict[str, Any]:
        """Return the attributes that ``fit`` set: names that end in ``_``."""
        return {
            name: value
            for name, value in vars(self).items()
            if name.endswith("_") and not name.startswith("_")
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Take back what :meth:`fitted_state` returned.

        Raises
        ------
        DataError
            If a name is none that ``fit`` could set: those end in ``_`` and name no method.
        """
        for name, value in state.items():
            own = name.isidentifier() and name.endswith("_") and not name.startswith("_")
            if not own or hasattr(type(self), name):
                raise DataError(f"a saved {type(self).__name__} has no attribute {name[:80]!r}")
            setattr(self, name, value)

    def check_fitted(self) -> None:
        """Raise MethodError unless ``fit`` or ``load`` came first."""
        if not self.fitted_state():
            raise MethodError(f"{type(self).__name__} is not fitted: call fit before encode")

    def check_params(self) -> None:  # noqa: B027 - optional by design, not forgotten
        """Raise UsageError where a parameter other than ``bits`` cannot be right.

        Called before any work, so that a mistake costs no training.
        """

    def check_bits(self) -> None:
        """Raise UsageError unless ``bits`` is from 1 to 4096 and ``seed`` from 0, both whole."""
        if isinstance(self.bits, bool) or not isinstance(self.bits, int | np.integer):
            raise UsageError(f"bits must be a whole number, not {self.bits!r}")
        if not 1 <= self.bits <= MAX_BITS:
            raise UsageError(f"bits must be from 1 to {MAX_BITS}, not {self.bits}")
        if not isinstance(self.seed, int | np.integer) or self.seed < 0:
            raise UsageError(f"seed must be a whole number from 0, not {self.seed!r}")

    def save(self, folder: Path | str) -> None:
        """Write parameters (JSON) and fitted arrays (safetensors) into ``folder``; no pickle.

        Raises
        ------
        MethodError
            If the method is not fitted, or an attribute is of a kind that cannot be written.
        StoreError
            If the folder cannot be written or the disk is full.
        """
        from safetensors import SafetensorError
        from safetensors.numpy import save_file

        self.check_fitted()
        state = self.fitted_state()
        arrays = {n: np.ascontiguousarray(v) for n, v in state.items() if isinstance(v, np.ndarray)}
        description = {
            "format": _FORMAT,
            "target": _target(type(self)),
            "params": _plain_values(self.get_params()),
            "values": _plain_values({n: v for n, v in state.items() if n not in arrays}),
        }
        try:
            json.dumps(description, allow_nan=False)
        except (TypeError, ValueError) as error:
            raise MethodError(f"{type(self).__name__} cannot be saved: {error}") from error
        path = Path(folder) / _ARRAYS
        with replacing(path) as temporary:
            try:
                save_file(arrays, temporary)
            except SafetensorError as error:
                raise StoreError(f"cannot write {path}: {error}") from error
        # The description comes last: a folder that has it is whole.
        write_json(Path(folder) / _DESCRIPTION, description)

    @classmethod
    def load(cls, folder: Path | str) -> Self:
        """Read what :meth:`save` wrote.

        Raises
        ------
        DataError
            If the folder lacks a file, is of a newer format or holds another method.
        """
        from safetensors import SafetensorError
        from safetensors.numpy import load_file

        description = read_description(folder)
        if description["target"] != _target(cls):
            raise DataError(f"{folder} holds {description['target']}, not {_target(cls)}")
        try:
            arrays = load_file(Path(folder) / _ARRAYS)
        except (OSError, SafetensorError) as error:
            raise DataError(f"{Path(folder) / _ARRAYS}: cannot be read ({error})") from error
        known = cls.param_names()
        params = {spelled(name, known): value for name, value in description["params"].items()}
        try:
            method = cls(**params)
            method.check_bits()
            method.check_params()
            method.restore({**description["values"], **arrays})
        except HashbenchError as error:
            raise DataError(f"{folder}: {error}") from error
        except MemoryError:
            raise DataError(f"{folder}: its sizes need more memory than there is") from None
        except Exception as error:  # what a method makes of values that it did not write
            reason = " ".join(f"{type(error).__name__}: {error}".split())
            raise DataError(f"{folder}: does not fit {_target(cls)} ({reason[:300]})") from error
        return method

    @classmethod
    def parameters(cls) -> dict[str, inspect.Parameter]:
        """Return the arguments of ``__init__`` by name.

        An ``__init__`` that ends in ``**training``, say, hands on what it does not name: the
        arguments of the base class's follow then. So each is declared once.

        Examples
        --------
        >>> class Deep(Method):
        ...     def __init__(self, bits=64, seed=0, *, epochs=10): ...
        >>> class Mine(Deep):
        ...     def __init__(self, bits=64, seed=0, *, width=8, **training): ...
        >>> list(Mine.parameters())
        ['bits', 'seed', 'width', 'epochs']
        """
        found: dict[str, inspect.Parameter] = {}
        for base in cls.__mro__:
            init = vars(base).get("__init__")
            if init is None:
                continue
            own = list(inspect.signature(init).parameters.values())[1:]
            handed_on = any(p.kind is p.VAR_KEYWORD for p in own)
            for parameter in own:
                if parameter.kind is not parameter.VAR_KEYWORD:
                    found.setdefault(parameter.name, parameter)
            if not handed_on:
                break
        return found

    @classmethod
    def param_names(cls) -> list[str]:
        """Return the names of the arguments of ``__init__``, sorted."""
        return sorted(cls.parameters())

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the arguments of ``__init__`` by name; ``deep`` changes nothing."""
        return {name: getattr(self, name) for name in self.param_names()}

    def set_params(self, **params: Any) -> Self:
        """Set arguments of ``__init__`` by name, and return ``self``.

        Raises
        ------
        UsageError
            If there is no such parameter.
        """
        names = self.param_names()
        for typed, value in params.items():
            name = spelled(typed, names)
            if name not in names:
                raise unknown(f"parameter of {type(self).__name__}", name, names)
            setattr(self, name, value)
        return self

    def __repr__(self) -> str:
        params = ", ".join(f"{name}={value!r}" for name, value in self.get_params().items())
        return f"{type(self).__name__}({params})"


def _plain_values(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values with Python's numbers in the place of numpy's, which JSON does not know."""
    return {n: v.item() if isinstance(v, np.generic) else v for n, v in values.items()}


def _takes_videos(call: Any) -> Any:
    """Return ``fit`` or ``encode``, with what an array is answered."""

    @functools.wraps(call)
    def checked(self: Method, videos: Any, *more: Any, **named: Any) -> Any:
        if isinstance(videos, np.ndarray | list | tuple):
            shape = f" of shape {videos.shape}" if isinstance(videos, np.ndarray) else ""
            raise UsageError(
                f"{type(self).__name__}.{call.__name__} takes hashbench.Videos, not a "
                f"{type(videos).__name__}{shape}: wrap it, as in {call.__name__}(Videos(X)) with "
                "X of shape (videos, frames, dims), or (videos, dims) of one vector a video"
            )
        return call(self, videos, *more, **named)

    return checked if inspect.isfunction(call) else call


def read_description(folder: Path | str) -> dict[str, Any]:
    """Return the JSON part of a saved method: ``target``, ``params``, ``values``.

    Raises
    ------
    DataError
        If there is none, it is damaged, or a newer release wrote it.
    """
    path = Path(folder) / _DESCRIPTION
    try:
        description = read_json(path)
        DESCRIPTION(description, "")
    except FileNotFoundError:
        raise DataError(f"{folder}: no {_DESCRIPTION}; not a saved method") from None
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: not the description of a method ({error})") from error
    version = description["format"]
    if version > _FORMAT:
        raise DataError(f"{path}: format {version} is newer than this release's {_FORMAT}")
    return dict(description)


def _target(cls: type) -> str:
    return f"{cls.__module__}:{cls.__qualname__}"
