"""One self-contained page: sortable tables, interactive curves, the manifest of each record."""

from __future__ import annotations

import base64
import gzip
import html
import json
from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path
from string import Template
from typing import Any

from hashbench.errors import HashbenchError, StoreError
from hashbench.ranking.cutoffs import plain
from hashbench.ranking.scores import AVERAGE_PRECISION
from hashbench.reports.palette import positions, style
from hashbench.reports.ranking_curves import RADIUS, curve_of, query_of
from hashbench.reports.results import MethodId, Result, Section
from hashbench.reports.rows import SIGNS, sign_of
from hashbench.reports.score_tables import labels_of
from hashbench.reports.selection import Selection
from hashbench.runs import Store
from hashbench.runs.cards import manifest_of

TITLE = "hashbench: mAP by Hamming ranking"

CHART_SCRIPTS = ("tables.js", "charts.js", "lazy_charts.js", "swatches.js", "theme.js")
"""Scripts that any page of tables and charts needs, in this order after its own state."""

_SCRIPTS = ("state.js", *CHART_SCRIPTS, "scores.js", "figures.js", "rankings.js", "main.js")
_SYMBOLS = {
    "o": "circle", "s": "square", "^": "triangle-up", "D": "diamond", "v": "triangle-down",
    "P": "cross", "X": "x", "<": "triangle-left", ">": "triangle-right", "*": "star",
    "+": "cross-thin", "x": "x-thin", "1": "cross-thin", "2": "x-thin",
}  # fmt: skip
_DASHES = {"-": "solid", "--": "dash", "-.": "dashdot", ":": "dot"}


def page(found: Sequence[Section], selection: Selection, runs: Sequence[Path]) -> str:
    """Return a page that needs no network, of the same bytes for the same records.

    Parameters
    ----------
    found : sequence of Section
    selection : Selection
        What the page offers to choose from; by default everything that the records have.
    runs : sequence of Path
        The run directories, for the manifests.

    Raises
    ------
    HashbenchError
        If plotly, which brings the charts, is not installed.
    UsageError
        If the selection names something that no record has.
    """
    manifests: dict[str, int] = {}
    sections = [_section(section, selection, runs, manifests) for section in found]
    data = {
        "sections": sections,
        "signs": SIGNS,
        "manifests": [json.loads(text) for text in manifests],
    }
    library = plotly_script()
    parts = {
        "title": html.escape(TITLE),
        "css": asset("page.css"),
        "data": inert(data),
        "notice": notice_of(library),
        "plotly": base64.b64encode(gzip.compress(library.encode(), mtime=0)).decode(),
        "scripts": "\n".join(map(asset, _SCRIPTS)),
    }
    return Template(asset("page.html")).substitute(parts)


def asset(name: str) -> str:
    """Return a script or style sheet of the page."""
    return resources.files("hashbench.reports").joinpath("page", name).read_text(encoding="utf-8")


def plotly_script() -> str:
    """Return plotly.js.

    Raises
    ------
    HashbenchError
        If plotly is not installed.
    """
    try:
        from plotly.offline import get_plotlyjs
    except ImportError as error:
        raise HashbenchError("--format html needs plotly: pip install 'hashbench[html]'") from error
    return str(get_plotlyjs())


def notice_of(library: str) -> str:
    """Return the comment that a library begins with: who wrote it, under which licence."""
    return library[: library.index("*/") + 2].replace("--", "- -")


def inert(data: Any) -> str:
    """Return JSON that cannot end the script element it stands in."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c")


def _section(
    section: Section, selection: Selection, runs: Sequence[Path], manifests: dict[str, int]
) -> dict[str, Any]:
    usual = selection.resolve(section)
    offered = _offered(section, selection)
    labels = labels_of(section)
    numbers = {method: number for number, method in enumerate(labels)}
    cutoffs = list(offered.k or ())
    profiles, ties = list(offered.profiles or ()), list(offered.ties or ())
    return {
        "title": str(section.dataset),
        "sha256": section.dataset.sha256,
        "evaluator": section.dataset.evaluator,
        "bits": sorted({result.bits for result in section.results}),
        "seeds": sorted({result.seed for result in section.results}),
        "ks": [plain(k) for k in cutoffs],
        "nDatabase": section.results[0].record.dataset.n_database,
        "queries": {profile: query_of(profile) for profile in profiles},
        "profiles": profiles,
        "ties": ties,
        "usual": {
            "k": plain(20 if 20 in cutoffs else cutoffs[0]),
            "profile": (usual.profiles or ("",))[0],
            "ties": (usual.ties or ("expected",))[0],
        },
        "methods": looks(labels),
        "records": [
            _record(result, numbers[result.method], offered, _manifest(result, runs, manifests))
            for result in section.results
        ],
    }


def _offered(section: Section, selection: Selection) -> Selection:
    """Return what may be chosen on the page: everything measured, unless less is asked for."""
    everything = Selection.everything(section)
    return Selection(
        selection.k, selection.profiles or everything.profiles, selection.ties or everything.ties
    ).resolve(section)


def looks(labels: Mapping[MethodId, str]) -> list[dict[str, Any]]:
    """Return name, sign, colour, symbol and dash of methods, as charts take them, in order."""
    methods: list[dict[str, Any]] = []
    places = {
        control: positions(
            [lb for m, lb in labels.items() if m.control == control], control=control
        )
        for control in (False, True)
    }
    for method, label in labels.items():
        look = style(places[method.control][label], control=method.control)
        methods.append(
            {
                "label": label,
                "sign": sign_of(method),
                "control": method.control,
                "colour": look.colour,
                "symbol": _SYMBOLS[look.marker],
                "dash": _DASHES.get(str(look.stroke), "longdashdot"),
            }
        )
    return methods


def _record(
    result: Result, method: int, offered: Selection, manifest: int | None
) -> dict[str, Any]:
    record = result.record
    about = record.to_json()
    about.pop("evaluation")
    return {
        "method": method,
        "bits": result.bits,
        "seed": result.seed,
        "key": result.key,
        "error": result.error,
        "speed": record.encode_videos_per_s,
        "fit": record.times.get("fit"),
        "memory": record.peak_memory_bytes,
        "ap": _precision(result, offered),
        "curves": _curves(result),
        "about": about,
        "manifest": manifest,
    }


def _curves(result: Result) -> dict[str, list[list[float]]]:
    """Return rank or radius, recall and precision of each curve, as exact as a screen shows."""
    found = {which: curve_of(result, which) for which in (RADIUS, "kept", "dropped")}
    return {
        which: [
            [float(f"{value:.4g}") for value in curve[name]]
            for name in (RADIUS if which == RADIUS else "rank", "recall", "precision")
        ]
        for which, curve in found.items()
        if curve is not None
    }


def _precision(result: Result, offered: Selection) -> dict[str, dict[str, dict[int | str, float]]]:
    return {
        profile: {
            policy: {
                plain(k): value
                for k in offered.k or ()
                if (value := result.scores.get(profile, policy, AVERAGE_PRECISION, k)) is not None
            }
            for policy in offered.ties or ()
        }
        for profile in offered.profiles or ()
    }


def _manifest(result: Result, runs: Sequence[Path], manifests: dict[str, int]) -> int | None:
    """Return the number of the record's manifest; many records share one."""
    if result.record.manifest is None:
        return None
    for run in runs:
        try:
            document = manifest_of(Store(run), result.record)
        except StoreError:
            continue
        if not document:
            continue  # The page says that it was not found.
        return manifests.setdefault(json.dumps(document, sort_keys=True), len(manifests))
    return None
