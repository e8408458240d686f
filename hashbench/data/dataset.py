"""Data set: its training videos, queries and database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hashbench.data.notebook import dataset_frame, dataset_html, dataset_plot
from hashbench.data.videos import Videos

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame

    from hashbench.data.cards import Card


@dataclass(frozen=True, slots=True, repr=False)
class VideoDataset:
    """Three sets of videos under one card.

    Parameters
    ----------
    card : Card
        What is known of the set: name, version, protocol, default profile, ...
    labelled_train : Videos
        Training videos with their labels where the card has them; for supervised controls.
    query, database : Videos
        What is asked and what is ranked. ``query is database`` where a set is ranked against
        itself.
    sha256 : str
        Digest of what the set yields, or of its files' signatures where reading all of them
        would take minutes.
    validation : Videos, optional
        What to choose parameters and checkpoints on, where the protocol has it.

    Examples
    --------
    >>> from hashbench import load_dataset
    >>> dataset = load_dataset("digit-stories")
    >>> dataset.name, dataset.self_retrieval, dataset.train.dims == dataset.query.dims
    ('digit-stories', True, True)
    """

    card: Card
    labelled_train: Videos
    query: Videos
    database: Videos
    sha256: str
    validation: Videos | None = None

    def __repr__(self) -> str:
        query, database = len(self.query), len(self.database)
        ranked = f"{query} queries, {database} in the database"
        if self.self_retrieval:
            ranked = f"{query} ranked against themselves"
        shape = f"{self.query.frames} frames of {self.query.dims} dimensions"
        return f"<VideoDataset {self.name}: {len(self.train)} to train on, {ranked}, {shape}>"

    def _repr_html_(self) -> str:
        """Return the table that a notebook shows."""
        return dataset_html(self.card, self._parts)

    def to_frame(self) -> DataFrame:
        """Return the videos as a data frame.

        Returns
        -------
        DataFrame
            One row a video of each split, with the columns ``split``, ``row``, ``id`` (None where
            it is not known) and ``labels``: names of classes, or their numbers, with commas
            between them.
        """
        return dataset_frame(self.card, self._parts)

    def plot(self) -> Figure:
        """Draw how many videos each class has in each split, largest class first.

        Returns
        -------
        matplotlib.figure.Figure

        Raises
        ------
        DataError
            If no split has labels.
        """
        return dataset_plot(self.card, self._parts)

    @property
    def name(self) -> str:
        """The card's name."""
        return self.card.name

    @property
    def train(self) -> Videos:
        """Training videos without labels: what an unsupervised method may see."""
        return self.labelled_train.unlabelled()

    @property
    def _parts(self) -> dict[str, Videos]:
        return {"train": self.labelled_train, "query": self.query, "database": self.database}

    @property
    def self_retrieval(self) -> bool:
        """Whether the queries are the database, so that each query finds itself."""
        return self.query is self.database
