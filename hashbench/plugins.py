"""Guarded discovery of plugins, and the registry of what they bring.

A plugin is taken whole or not at all, and a broken one never stops the rest: it is listed with
its distribution, its version and the reason.
"""

from __future__ import annotations

import functools
import importlib.metadata
import importlib.util
import itertools
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any, Generic, Literal, TypeAlias, TypeVar

import pluggy

import hashbench.hookspecs as hookspecs
from hashbench.errors import PluginError, UsageError
from hashbench.files.inside import is_plain
from hashbench.guard import guarded
from hashbench.names import unknown
from hashbench.specs import (
    API_VERSION,
    CHOSEN_ON,
    CommandSpec,
    DatasetSpec,
    ExtractorSpec,
    FactsSpec,
    MeasureSpec,
    MethodSpec,
)

DISABLE = "HASHBENCH_DISABLE"
PLUGINS_DIR = "HASHBENCH_PLUGINS_DIR"

_MOST = 10_000
"""Specs that one hook may return: an iterator without end is a broken plugin."""

Spec = TypeVar("Spec", MethodSpec, DatasetSpec, MeasureSpec, CommandSpec, ExtractorSpec, FactsSpec)

AnySpec: TypeAlias = (
    MethodSpec | DatasetSpec | MeasureSpec | CommandSpec | ExtractorSpec | FactsSpec
)

_KINDS: dict[str, type[AnySpec]] = {
    "method": MethodSpec,
    "dataset": DatasetSpec,
    "measure": MeasureSpec,
    "command": CommandSpec,
    "extractor": ExtractorSpec,
    "fact": FactsSpec,
}


@dataclass(frozen=True, slots=True)
class Plugin:
    """One plugin as found: where it comes from, whether it works, and what it brings."""

    name: str
    distribution: str
    version: str
    state: Literal["ok", "broken", "disabled"] = "ok"
    reason: str = ""
    brings: tuple[str, ...] = ()

    @property
    def origin(self) -> str:
        """Distribution and version, as shown to people."""
        return f"{self.distribution} {self.version}".strip()


@dataclass(slots=True)
class Shelf(Generic[Spec]):
    """The specs of one kind, by name in any case."""

    kind: str
    entries: dict[str, tuple[Spec, Plugin]] = field(default_factory=dict)
    conflicts: dict[str, str] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Spec]:
        seen = {spec.name: spec for spec, _ in self.entries.values()}
        return iter(seen[name] for name in sorted(seen))

    def names(self) -> list[str]:
        """Return the proper names, sorted."""
        return [spec.name for spec in self]

    def get(self, name: str) -> Spec:
        """Return the spec called ``name``, in any case or by an alias.

        Raises
        ------
        UsageError
            If there is none; the message suggests the nearest name.
        PluginError
            If two plugins claim the name.
        """
        return self._find(name)[0]

    def plugin(self, name: str) -> Plugin:
        """Return the plugin that brought ``name``."""
        return self._find(name)[1]

    def _find(self, name: str) -> tuple[Spec, Plugin]:
        key = name.casefold()
        if key in self.conflicts:
            raise PluginError(self.conflicts[key])
        if key not in self.entries:
            raise unknown(self.kind, name, self.names())
        return self.entries[key]


@dataclass(slots=True)
class Registry:
    """All plugins found, and the specs of those that work."""

    plugins: list[Plugin] = field(default_factory=list)
    methods: Shelf[MethodSpec] = field(default_factory=lambda: Shelf("method"))
    datasets: Shelf[DatasetSpec] = field(default_factory=lambda: Shelf("dataset"))
    measures: Shelf[MeasureSpec] = field(default_factory=lambda: Shelf("measure"))
    commands: Shelf[CommandSpec] = field(default_factory=lambda: Shelf("command"))
    extractors: Shelf[ExtractorSpec] = field(default_factory=lambda: Shelf("extractor"))
    facts: Shelf[FactsSpec] = field(default_factory=lambda: Shelf("fact"))

    @property
    def broken(self) -> list[Plugin]:
        """The plugins that could not be used."""
        return [plugin for plugin in self.plugins if plugin.state == "broken"]

    def shelf(self, kind: str) -> Shelf[Any]:
        """Return the shelf of a kind of spec, such as ``"method"`` or ``"dataset"``."""
        shelf: Shelf[Any] = getattr(self, f"{kind}s")
        return shelf


def discover() -> Registry:
    """Load every plugin: the entry points of group ``hashbench``, then ``--plugins-dir``."""
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    disabled = {name.strip().casefold() for name in os.environ.get(DISABLE, "").split(",")} - {""}
    registry = Registry()
    for name, distribution, version, load in _candidates():
        plugin = Plugin(name, distribution, version)
        if {name.casefold(), distribution.casefold()} & disabled:
            registry.plugins.append(_with(plugin, "disabled", f"named in {DISABLE}"))
            continue
        try:
            with guarded():
                specs = _specs(manager, load(), f"{distribution}:{name}")
                _shelve(registry, plugin, specs)
        except PluginError as error:
            registry.plugins.append(_with(plugin, "broken", str(error)))
    return registry


@functools.cache
def registry() -> Registry:
    """Return the registry of this process, discovered on first use."""
    return discover()


def use_plugins_dir(folder: Path) -> None:
    """Let single-file plugins in ``folder`` take part, in this process and its children.

    Raises
    ------
    UsageError
        If there is no such folder.
    """
    if not folder.is_dir():
        raise UsageError(f"--plugins-dir {folder}: no such folder")
    os.environ[PLUGINS_DIR] = str(folder.resolve())
    registry.cache_clear()


_Candidate = tuple[str, str, str, Callable[[], ModuleType]]


def _candidates() -> Iterator[_Candidate]:
    points = importlib.metadata.entry_points(group=hookspecs.PROJECT)
    # Two installed copies of one distribution (a wheel behind a checkout) show their points twice.
    unique = {(_distribution(point), point.name): point for point in reversed(list(points))}
    for (distribution, name), point in sorted(unique.items()):
        version = point.dist.version if point.dist else ""
        yield name, distribution, version, point.load
    folder = os.environ.get(PLUGINS_DIR)
    if folder:
        for path in sorted(Path(folder).glob("*.py")):
            yield path.stem, str(path), "", functools.partial(_load_file, path)


def _distribution(point: importlib.metadata.EntryPoint) -> str:
    return point.dist.name if point.dist else "unknown"


def _load_file(path: Path) -> ModuleType:
    """Import a single-file plugin under its own name, so that ``"name:Class"`` resolves."""
    present = sys.modules.get(path.stem)
    if present is not None:
        if getattr(present, "__file__", None) == str(path):
            return present
        raise PluginError(f"{path.name}: a module named {path.stem!r} is loaded already; rename it")
    hidden = importlib.util.find_spec(path.stem)
    # With the folder itself on the path, the module found is the plugin.
    if hidden is not None and hidden.origin != str(path):
        raise PluginError(f"{path.name}: hides an installed module of that name; rename it")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise PluginError(f"{path}: cannot be imported")
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[path.stem]
        raise
    return module


def _specs(manager: pluggy.PluginManager, module: Any, name: str) -> list[tuple[str, AnySpec]]:
    """Ask one plugin for all it brings, and check it before anything of it is used."""
    manager.register(module, name=name)
    known = {f"hashbench_register_{kind}s": kind for kind in _KINDS}
    callers = manager.get_hookcallers(module) or []
    try:
        strange = sorted({caller.name for caller in callers} - known.keys())
        if strange:
            raise PluginError(f"implements {strange[0]}, which is no hook of this release")
        if not callers:
            raise PluginError("implements no hook of hashbench; mark functions with @hookimpl")
        specs: list[tuple[str, AnySpec]] = []
        for caller in callers:
            kind = known[caller.name]
            own = [impl for impl in caller.get_hookimpls() if impl.plugin is module]
            for impl in own:
                returned: Iterable[object] = impl.function() or ()  # type: ignore[assignment]
                listed = list(itertools.islice(returned, _MOST + 1))
                if len(listed) > _MOST:
                    raise PluginError(f"{caller.name} returned more than {_MOST} specs")
                specs += [(kind, _valid(kind, spec)) for spec in listed]
        return specs
    except BaseException:
        manager.unregister(module)
        raise


def _valid(kind: str, spec: object) -> AnySpec:
    wanted = _KINDS[kind]
    if not isinstance(spec, wanted):
        raise PluginError(
            f"hashbench_register_{kind}s returned a {type(spec).__name__}, not a {wanted.__name__}"
        )
    if spec.api != API_VERSION:
        raise PluginError(
            f"{kind} {spec.name!r} asks for api {spec.api}; this release speaks api {API_VERSION}"
        )
    if isinstance(spec, MethodSpec | FactsSpec) and spec.chosen_on not in CHOSEN_ON:
        raise PluginError(
            f"{kind} {spec.name!r}: chosen_on is {spec.chosen_on!r}, not one of "
            f"{', '.join(CHOSEN_ON)}"
        )
    for name in spec.names:
        if not is_plain(name) or any(c.isspace() or c in "[],=" for c in name):
            raise PluginError(
                f"{kind} name {name!r} is empty or has a space, a slash or one of [],=`<>"
            )
    return spec


def _shelve(registry: Registry, plugin: Plugin, specs: list[tuple[str, AnySpec]]) -> None:
    for kind, spec in specs:
        shelf = registry.shelf(kind)
        taken = [name for name in spec.names if name in shelf.entries or name in shelf.conflicts]
        if taken:
            other = shelf.entries[taken[0]][1] if taken[0] in shelf.entries else None
            message = (
                f"{kind} {taken[0]!r} is registered by {other.origin if other else 'several'} "
                f"and by {plugin.origin}; switch one off with {DISABLE}"
            )
            for name in taken:
                shelf.conflicts[name] = message
            raise PluginError(message)
    for kind, spec in specs:
        for name in spec.names:
            registry.shelf(kind).entries[name] = (spec, plugin)
    brings = tuple(f"{kind} {spec.name}" for kind, spec in specs)
    registry.plugins.append(_with(plugin, "ok", "", brings))


def _with(
    plugin: Plugin,
    state: Literal["ok", "broken", "disabled"],
    reason: str,
    brings: tuple[str, ...] = (),
) -> Plugin:
    return Plugin(plugin.name, plugin.distribution, plugin.version, state, reason, brings)
