"""Options of a grid of cells: what ``hashbench.run`` takes and ``hashbench run`` has flags for.

A field of :class:`Options` declares an option once. The signature of :func:`hashbench.run`, the
flags of the command line with their reference, and the manifest all go through the fields.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from hashbench.errors import UsageError
from hashbench.runs.progressions import DEFAULT_BITS, DEFAULT_K

if TYPE_CHECKING:
    from hashbench.data.dataset import VideoDataset
    from hashbench.places import Places

Scalar = bool | int | float | str | None
Settings = Sequence[str] | Mapping[str, Mapping[str, Scalar]]
"""``["itq.iterations=5"]`` or ``{"itq": {"iterations": 5}}``."""
Numbers = str | int | Sequence[int | str]
Words = str | Sequence[str]
Kind = Literal[
    "list", "one", "name", "settings", "count", "share", "text", "device", "file", "folder", "flag"
]
"""What the command line takes: how a flag's value is read and shown in the help."""


@dataclass(frozen=True, slots=True)
class Flag:
    """What an option is on the command line and in a manifest.

    Parameters
    ----------
    spelling : str
        As on the command line: ``--data-root``.
    kind : str
        One of ``Kind``.
    help : str
        One line; a default that the value does not show stands at its end in brackets.
    """

    spelling: str
    kind: Kind
    help: str

    @property
    def key(self) -> str:
        """Its name in a configuration file and in a manifest."""
        return self.spelling.partition("/")[0].removeprefix("--")


def _flag(spelling: str, kind: Kind, text: str) -> dict[str, Flag]:
    """Return the metadata of a field that is an option of the command line too."""
    return {"flag": Flag(spelling, kind, text)}


@dataclass(frozen=True, slots=True)
class Options:
    """What to run and how; the names are those of the command line.

    Parameters
    ----------
    methods : str or sequence of str
        Names in any case, with parameters as ``ssvh[k1=10]``.
    dataset : str, Path or VideoDataset, optional
        A name, the path of a card, or what :func:`hashbench.dataset_from_arrays` returned. None
        where ``features`` are given.
    features, labels : str or Path, optional
        One file of features and one of labels, as a set without a card.
    key, labels_key : str, optional
        Names of the arrays in them, where the files leave a choice.
    split : float
        Share of each class of such a set to train on and to rank; the others are queries.
    split_seed : int
        Seed of that draw.
    trained_on : str or Path, optional
        Another set to train on.
    bits, k, seed : str, int or sequence
        Code lengths, cut-offs and seeds; ``"8,16,...,256"`` will do. K = ``"all"`` is the whole
        database.
    profile : str or sequence of str, optional
        The profiles to show; the card's own by default. Those of video hashing are recorded in
        any case.
    ties : str or sequence of str
        Tie policies to record and show.
    settings : sequence of str, or mapping
        Parameters for every row of a method: ``["itq.iterations=5"]`` or
        ``{"itq": {"iterations": 5}}``.
    jobs : int, optional
        Processes at a time. By default one a core, fewer where memory is short, one on a GPU.
    device : str
        ``auto``, ``cpu``, ``cuda`` or ``cuda:N``.
    out : str or Path
        The run directory.
    data_root, cache : str or Path, optional
        Folders of data files and of cached results.
    force : bool
        Redo what is done.
    reuse : str or Path, optional
        A folder of boards, or a run directory, whose finished cells are taken instead of being
        trained. Their codes are ranked again.
    deterministic : bool
        Compute as every x86-64 processor does: on one thread and without newer instructions.
        Slower, and a cell of its own. Only deep methods need it.
    """

    methods: str | Sequence[str]
    dataset: str | Path | VideoDataset | None = field(
        default=None,
        metadata=_flag("--dataset", "name", "A name as 'hashbench datasets' lists it, or a card."),
    )
    _: KW_ONLY
    features: str | Path | None = field(
        default=None,
        metadata=_flag(
            "--features",
            "file",
            "Without a card: .npy, HDF5 or Parquet of vectors (n, dims) or (n, frames, dims).",
        ),
    )
    labels: str | Path | None = field(
        default=None, metadata=_flag("--labels", "file", "The labels of --features, a file too.")
    )
    key: str | None = field(
        default=None,
        metadata=_flag("--key", "text", "Array or column in --features.  [default: what fits]"),
    )
    labels_key: str | None = field(
        default=None,
        metadata=_flag(
            "--labels-key", "text", "Array or column in --labels.  [default: what fits]"
        ),
    )
    split: float = field(
        default=0.8,
        metadata=_flag(
            "--split",
            "share",
            "Share of --features to train on and to rank; the others are queries.",
        ),
    )
    split_seed: int = field(
        default=0, metadata=_flag("--split-seed", "count", "Seed of the draw of --split.")
    )
    trained_on: str | Path | None = None
    bits: Numbers = field(
        default=DEFAULT_BITS,
        metadata=_flag("--bits", "list", "Code lengths. '...' continues the progression."),
    )
    k: Numbers = field(
        default=DEFAULT_K,
        metadata=_flag("--k", "list", "Cut-offs of mAP@K; all is the whole database."),
    )
    profile: Words | None = field(
        default=None,
        metadata=_flag(
            "--profile",
            "list",
            "paper, official, strict, image, ...: which to show.  [default: the card's]",
        ),
    )
    ties: Words = field(
        default="expected",
        metadata=_flag(
            "--ties", "list", "Tie policies: expected, optimistic, pessimistic, stable."
        ),
    )
    seed: Numbers = field(default=0, metadata=_flag("--seed", "list", "Seeds."))
    settings: Settings = field(
        default=(),
        metadata=_flag(
            "--set",
            "settings",
            "A parameter for every row of a method. ssvh[k1=10] sets it for one row.",
        ),
    )
    jobs: int | None = field(
        default=None,
        metadata=_flag(
            "--jobs",
            "count",
            "Processes at a time.  [default: one per core as memory allows, one on a GPU]",
        ),
    )
    device: str = field(
        default="auto",
        metadata=_flag("--device", "device", "auto, cpu, cuda or cuda:N, for methods."),
    )
    out: str | Path = field(
        default=Path("runs"), metadata=_flag("--out", "folder", "The run directory.")
    )
    data_root: str | Path | None = field(
        default=None, metadata=_flag("--data-root", "folder", "Folder of the data sets' files.")
    )
    cache: str | Path | None = None
    force: bool = field(
        default=False,
        metadata=_flag("--force/--resume", "flag", "Do everything again, or keep what is done."),
    )
    reuse: str | Path | None = field(
        default=None,
        metadata=_flag(
            "--reuse",
            "folder",
            "Take finished cells from a folder of boards or a run, instead of training them.",
        ),
    )
    deterministic: bool = field(
        default=False,
        metadata=_flag(
            "--deterministic",
            "flag",
            "Deep methods too give every processor's codes: one thread, old instructions.",
        ),
    )

    @property
    def places(self) -> Places:
        """Folders and device as one value."""
        from hashbench.places import Places  # the command line reads the fields at every start

        device = "cpu" if self.deterministic else self.device
        return Places(self.data_root or None, self.cache or None, device)

    @property
    def source(self) -> str:
        """The set to train on: name or card."""
        return str(self.trained_on or self.target)

    @property
    def target(self) -> str | Path:
        """The set to rank: name or card.

        Raises
        ------
        UsageError
            If none is named, or it is an open data set that no card on disk describes.
        """
        if self.dataset is None:
            raise UsageError("no data set is named; 'hashbench datasets' lists them")
        if isinstance(self.dataset, str | Path):
            return self.dataset
        if self.dataset.card.path is None:
            raise UsageError(
                f"{self.dataset.name}: a grid opens its data set in other processes; give its "
                "name, its card, or what dataset_from_arrays returned"
            )
        from hashbench.data.loading import registered_name  # as above

        return registered_name(self.dataset.card) or self.dataset.card.path


FLAGS: dict[str, tuple[Flag, Any]] = {
    one.name: (one.metadata["flag"], one.default)
    for one in fields(Options)
    if "flag" in one.metadata
}
"""Every option that is a flag, by its field's name, with its default; in the order of the help."""


def as_json(options: Options) -> dict[str, Any]:
    """Return every option as given, by its name on the command line, as JSON values."""
    named = {name: flag.key for name, (flag, _) in FLAGS.items()}
    values = {one.name: getattr(options, one.name) for one in fields(Options)}
    del values["cache"]  # the user's own folder, which decides nothing
    return {named.get(name, name): _jsonable(value) for name, value in values.items()}


def _jsonable(value: Any) -> Any:
    if isinstance(value, Path):
        return str(value)
    if hasattr(value, "card"):
        return value.name
    if isinstance(value, Mapping):
        return dict(value)
    return list(value) if isinstance(value, tuple | list) else value
