"""What notebooks show: tables as HTML, and figures as pictures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_DPI = 110


def html_table(heads: Sequence[str], rows: Iterable[Sequence[str]], caption: str = "") -> str:
    """Return a table in which nothing is taken as markup.

    Examples
    --------
    >>> html_table(["a"], [["<b>"]])
    '<table><thead><tr><th>a</th></tr></thead><tbody><tr><td>&lt;b&gt;</td></tr></tbody></table>'
    """
    above = f"<caption>{escape(caption)}</caption>" if caption else ""
    head = f"<thead>{_line(heads, 'th')}</thead>" if heads else ""
    body = "".join(_line(row, "td") for row in rows)
    return f"<table>{above}{head}<tbody>{body}</tbody></table>"


def _line(cells: Sequence[str], tag: str) -> str:
    return "<tr>" + "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in cells) + "</tr>"


def new_figure(width: float, height: float) -> Figure:
    """Return an empty figure that a notebook shows, whether or not pyplot is set up.

    Parameters
    ----------
    width, height : float
        Inches.
    """
    made: Figure = _shown_figure()(figsize=(width, height), layout="constrained")
    return made


@cache
def _shown_figure() -> Any:
    """Return the class, made when it is first needed: matplotlib takes half a second to load."""
    import io

    from matplotlib.figure import Figure

    class ShownFigure(Figure):
        """A figure of its own, outside pyplot."""

        def _repr_png_(self) -> bytes:
            file = io.BytesIO()
            self.savefig(file, format="png", dpi=_DPI)
            return file.getvalue()

    return ShownFigure
