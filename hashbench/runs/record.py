"""Record of one cell of a grid, as a value."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

from hashbench.errors import StoreError
from hashbench.files.documents import read_json
from hashbench.files.schema import MisfitError
from hashbench.lazy import lazy_names
from hashbench.ranking.scores import Scores
from hashbench.runs.record_schema import check_record

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame

# What notebooks show is made of records, so that its modules import this one.
_shown = lazy_names(
    __name__,
    dict.fromkeys(("records_frame", "records_html", "records_plot"), "hashbench.runs.notebook"),
)

SCHEMA = 1
"""The version of the record's JSON that this release writes, and the newest that it reads."""


@dataclass(frozen=True, slots=True)
class MethodInfo:
    """Which method made the codes.

    Parameters
    ----------
    name, label : str
        Registered name, and the name with the parameters that differ from the default, as
        ``ssvh[k1=10]``.
    params : dict
        Every parameter but ``bits`` and ``seed``.
    distribution, version : str
        Where the plugin comes from; for a single-file plugin its file name and digest.
    supervised, control : bool
        Whether labels were read, and whether the method is a yardstick.
    """

    name: str
    label: str
    params: dict[str, Any]
    distribution: str
    version: str
    supervised: bool
    control: bool


@dataclass(frozen=True, slots=True)
class DatasetInfo:
    """What was ranked, and what was trained on.

    Parameters
    ----------
    name, version, sha256 : str
        Of the set whose queries and database were ranked.
    profile : str
        The card's default profile.
    n_train, n_query, n_database : int
        Videos trained on, asked and ranked.
    self_retrieval : bool
        Whether the queries are the database.
    trained_on, trained_on_sha256 : str
        The set whose training videos were used: the same one, except across data sets.
    draw : dict, optional
        Of a set without a card of its own: its files with their digests, and how they were split.
    protocol : str, optional
        The protocol's name, where it is not the set's own.
    """

    name: str
    version: str
    sha256: str
    profile: str
    n_train: int
    n_query: int
    n_database: int
    self_retrieval: bool
    trained_on: str
    trained_on_sha256: str
    draw: dict[str, Any] | None = None
    protocol: str | None = None

    @property
    def cross(self) -> bool:
        """Whether training and ranking used two data sets."""
        return (self.trained_on, self.trained_on_sha256) != (self.name, self.sha256)


@dataclass(frozen=True, slots=True, repr=False)
class Record:
    """One (data set, method with parameters, bits, seed), done or failed.

    Parameters
    ----------
    key : str
        SHA-256, in hex, of everything that decides the codes.
    status : {"ok", "failed"}
        Failed records have an ``error`` and no ``evaluation``.
    method : MethodInfo
        Which method.
    dataset : DatasetInfo
        On what.
    bits, seed : int
        Code length and seed.
    evaluation : dict, optional
        :meth:`hashbench.ranking.Evaluation.summary` and the ``evaluator`` that made it.
    error : dict, optional
        ``type`` and ``message``, and a ``traceback`` where hashbench did not expect the error.
    files : dict
        Paths inside the store of ``codes``, ``per_query`` and ``model``, or None; of ``labels``
        where codes by their authors were ranked without the features.
    codes_sha256 : dict
        Digests of the ``query`` and ``database`` codes.
    diagnostics : dict
        What the method reported of its training.
    times : dict
        Seconds of ``load``, ``fit``, ``encode`` and ``rank``.
    encode_videos_per_s : float, optional
        Videos hashed a second.
    peak_memory_bytes : int, optional
        Largest resident size of the process while it worked on the cell.
    host : dict
        The machine.
    manifest : str, optional
        Path inside the store of the manifest of the command that made the codes.
    authored : dict, optional
        Of codes by their authors, which hashbench did not make: what their checkpoint was
        ``chosen_on``, whether the data set's ``features`` were at hand, and ``paper``, ``program``,
        ``licence``, ``year``, ``venue``, ``trained_on`` (a split) and ``zeros`` where they are
        known.
    n_parameters : int, optional
        Numbers that the fitted method holds for encoding, as :meth:`hashbench.Method.n_parameters`
        counts them.
        None in records of earlier releases.
    """

    key: str
    status: Literal["ok", "failed"]
    method: MethodInfo
    dataset: DatasetInfo
    bits: int
    seed: int
    evaluation: dict[str, Any] | None = None
    error: dict[str, str] | None = None
    files: dict[str, str | None] = field(default_factory=dict)
    codes_sha256: dict[str, str] = field(default_factory=dict)
    diagnostics: dict[str, Any] = field(default_factory=dict)
    times: dict[str, float] = field(default_factory=dict)
    encode_videos_per_s: float | None = None
    peak_memory_bytes: int | None = None
    host: dict[str, Any] = field(default_factory=dict)
    manifest: str | None = None
    authored: dict[str, Any] | None = None
    n_parameters: int | None = None
    schema: int = SCHEMA

    @property
    def ok(self) -> bool:
        """Whether the cell has codes and numbers."""
        return self.status == "ok"

    @property
    def scores(self) -> Scores:
        """The means by profile, tie policy, measure and K; none of a failed cell."""
        return Scores.from_json((self.evaluation or {}).get("profiles", {}))

    def __repr__(self) -> str:
        trained = f", trained on {self.dataset.trained_on}" if self.dataset.cross else ""
        cell = f"{self.method.label} {self.bits} bits seed {self.seed}"
        return f"<Record {self.key[:8]}: {cell} on {self.dataset.name}{trained}, {self.status}>"

    def _repr_html_(self) -> str:
        """Return the table that a notebook shows."""
        return str(_shown("records_html")([self]))

    def to_frame(self) -> DataFrame:
        """Return the record as a data frame, one row a profile, tie policy and K.

        See :func:`hashbench.reports.frame` for the columns.
        """
        made: DataFrame = _shown("records_frame")([self])
        return made

    def plot(
        self,
        *,
        profile: str | None = None,
        ties: str | None = None,
    ) -> Figure:
        """Draw mAP@K in percent over K, as ``hashbench report --curves`` does.

        Parameters
        ----------
        profile, ties : str, optional
            The data set's own profile and expected ties by default.

        Returns
        -------
        matplotlib.figure.Figure

        Raises
        ------
        UsageError
            If there is one K, or what is asked for was not measured.
        """
        made: Figure = _shown("records_plot")([self], "k", profile=profile, ties=ties)
        return made

    def to_json(self) -> dict[str, Any]:
        """Return the record as JSON values."""
        value = dataclasses.asdict(self)
        for name in ("draw", "protocol"):
            if value["dataset"][name] is None:
                del value["dataset"][name]
        for name in ("authored", "n_parameters"):
            if value[name] is None:
                del value[name]
        return value

    @classmethod
    def from_json(cls, value: Any, where: Path | str = "record") -> Self:
        """Take a record from JSON values.

        Parameters
        ----------
        value : dict
            What :meth:`to_json` returned.
        where : Path or str
            For messages.

        Raises
        ------
        StoreError
            If a newer release wrote it, or a field is missing, unknown, or not what it must be.
        """
        if not isinstance(value, dict) or type(value.get("schema")) is not int:
            raise StoreError(f"{where}: not a record of hashbench (no schema number)")
        if value["schema"] > SCHEMA:
            raise StoreError(
                f"{where}: schema {value['schema']} is newer than this release's {SCHEMA}; "
                "a newer hashbench reads it"
            )
        try:
            check_record(value)
        except MisfitError as error:
            raise StoreError(f"{where}: {error}; not a record of schema {SCHEMA}") from None
        method, dataset = MethodInfo(**value["method"]), DatasetInfo(**value["dataset"])
        return cls(**{**value, "method": method, "dataset": dataset})

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a record's file.

        Raises
        ------
        StoreError
            If it cannot be read, is damaged, or is of a newer schema.
        """
        try:
            value = read_json(path)
        except OSError as error:
            raise StoreError(f"{path}: cannot be read ({error.strerror})") from error
        except ValueError as error:
            raise StoreError(f"{path}: damaged record ({error}); delete it to redo it") from error
        return cls.from_json(value, path)
