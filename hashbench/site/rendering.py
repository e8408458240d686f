"""Templates of the pages, in which every text that a stranger may write is escaped."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from hashbench.errors import HashbenchError
from hashbench.files.inside import CONTROL
from hashbench.reports.html import CHART_SCRIPTS, inert
from hashbench.reports.html import asset as report_asset
from hashbench.reports.sheet import NOTHING

if TYPE_CHECKING:
    from jinja2 import Environment


@dataclass(frozen=True)
class Templates:
    """The templates of a site.

    Parameters
    ----------
    shared : dict
        What every page is given.
    """

    shared: dict[str, Any]

    @cached_property
    def _environment(self) -> Environment:
        try:
            from jinja2 import Environment, FunctionLoader, StrictUndefined
        except ImportError as error:
            raise HashbenchError(
                "a site of boards needs jinja2: pip install 'hashbench[html]'"
            ) from error
        made = Environment(
            loader=FunctionLoader(asset),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            finalize=lambda value: CONTROL.sub("?", value) if type(value) is str else value,
        )
        made.filters["address"] = lambda path: quote(path, safe="/#")
        made.filters["inert"] = _inert
        made.globals |= {"nothing": NOTHING, **self.shared}
        return made

    def render(self, template: str, /, **values: Any) -> str:
        """Return a page."""
        return self._environment.get_template(template).render(values)


def asset(name: str) -> str:
    """Return a template, script or style sheet of the site."""
    return resources.files("hashbench.site").joinpath("page", name).read_text(encoding="utf-8")


def script(*own: str) -> str:
    """Return one script: our own parts, and those that the HTML report has too.

    The first part holds the page's state; the last one sets the page going.
    """
    first, *rest = own
    parts = [asset(first), *map(report_asset, CHART_SCRIPTS), *map(_part, rest)]
    return '"use strict";\n(() => {\n' + "\n".join(parts) + "})();\n"


def style() -> str:
    """Return the style sheet: that of the HTML report, and what the site adds to it."""
    return report_asset("page.css") + asset("site.css")


def _part(name: str) -> str:
    return report_asset(name.removeprefix("report/")) if "/" in name else asset(name)


def _inert(data: Any) -> Any:
    from markupsafe import Markup

    return Markup(inert(data))  # JSON that cannot end the element it stands in.
