"""What notebooks show of an evaluation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hashbench.errors import UsageError
from hashbench.notebook import html_table, new_figure
from hashbench.ranking.cutoffs import ALL, plain
from hashbench.ranking.scores import AVERAGE_PRECISION

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame

    from hashbench.ranking.scores import Scores


@dataclass(frozen=True, slots=True)
class Shown:
    """What is shown of an evaluation.

    Parameters
    ----------
    scores : Scores
    profiles, ties : tuple of str
    k : tuple of int
    further : mapping of str to float
        Means of measures beyond the profiles.
    caption : str
        What was ranked.
    n_database : int
        Where K = all stands in the figure.
    """

    scores: Scores
    profiles: tuple[str, ...]
    ties: tuple[str, ...]
    k: tuple[int, ...]
    further: Mapping[str, float]
    caption: str
    n_database: int

    def frame(self) -> DataFrame:
        """Return one row a number; see :meth:`hashbench.ranking.Evaluation.to_frame`."""
        from pandas import DataFrame

        rows: list[tuple[Any, ...]] = [
            (profile, ties, measure, None if k is None else plain(k), value)
            for (profile, ties, measure, k), value in self.scores
        ]
        rows += [(None, None, name, None, value) for name, value in self.further.items()]
        frame = DataFrame(rows, columns=["profile", "ties", "measure", "k", "value"])
        return frame if ALL in self.k else frame.astype({"k": "Int64"})

    def html(self) -> str:
        """Return mAP in percent, a line a profile and tie policy and a column a K."""
        rows = [
            [profile, ties, *(f"{value:.2f}" for value in curve)]
            for profile, ties, curve in self._curves()
        ]
        heads = ["profile", "ties", *(f"mAP@{k} (%)" for k in self.k)]
        return html_table(heads, rows, self.caption)

    def plot(self) -> Figure:
        """Draw mAP@K over K; see :meth:`hashbench.ranking.Evaluation.plot`."""
        if len(self.k) < 2:
            raise UsageError(f"one K ({self.k[0]}) makes no curve; two are needed")
        figure = new_figure(5.4, 3.2)
        axes = figure.subplots()
        across = [self.n_database if k == ALL else k for k in self.k]
        for profile, ties, curve in self._curves():
            axes.plot(across, curve, marker="o", label=f"{profile}, {ties}")
        axes.set_xlabel("K")
        axes.set_ylabel("mAP@K (%)")
        axes.set_ylim(bottom=0)
        axes.legend(frameon=False)
        return figure

    def _curves(self) -> Iterator[tuple[str, str, list[float]]]:
        """Yield profile, tie policy, and mAP in percent at each K."""
        for profile in self.profiles:
            for ties in self.ties:
                values = [self.scores.get(profile, ties, AVERAGE_PRECISION, k) for k in self.k]
                yield profile, ties, [100 * value for value in values if value is not None]
