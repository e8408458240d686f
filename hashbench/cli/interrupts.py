"""Ctrl-C: heard at once, and held back while torch is loaded.

Torch starts in C++, which an exception out of Python would abort.
"""

from __future__ import annotations

import importlib.abc
import importlib.util
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.machinery import ModuleSpec
from types import FrameType, ModuleType
from typing import TYPE_CHECKING

from hashbench.cli.streams import complain

if TYPE_CHECKING:
    from rich.console import Console


@contextmanager
def interrupts_held(what: str) -> Iterator[None]:
    """Let an interrupt wait until the block has ended, and say at once that it was heard.

    Parameters
    ----------
    what : str
        What is waited for, such as ``"torch is loaded"``.

    Raises
    ------
    KeyboardInterrupt
        At the end of the block, if there was one within it.
    """
    before = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(before):
        yield
        return
    heard = False

    def remember(number: int, frame: FrameType | None) -> None:
        nonlocal heard
        if not heard:
            complain(f"stopping as soon as {what}")
        heard = True

    signal.signal(signal.SIGINT, remember)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if heard:
        raise KeyboardInterrupt


@contextmanager
def interrupts_announced(console: Console) -> Iterator[None]:
    """Say at once that an interrupt was heard: workers need some seconds to end.

    Parameters
    ----------
    console : rich.console.Console
        Where it is said, above bars that may be live there.
    """
    before = signal.getsignal(signal.SIGINT)
    ours = before is signal.default_int_handler
    if threading.current_thread() is not threading.main_thread() or not ours:
        yield
        return

    def stop(number: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, before)
        console.print("stopping: unfinished cells end, finished ones are kept", highlight=False)
        raise KeyboardInterrupt

    signal.signal(signal.SIGINT, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def hold_interrupts_of(name: str) -> None:
    """Hold interrupts back while the module ``name`` is imported, whoever imports it first."""
    held = {finder.name for finder in sys.meta_path if isinstance(finder, _Finder)}
    if name not in sys.modules and name not in held:
        sys.meta_path.insert(0, _Finder(name))


class _Finder(importlib.abc.MetaPathFinder):
    """Finds one module, once, as the finders after it do."""

    def __init__(self, name: str) -> None:
        self.name = name

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != self.name:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(fullname)
        if spec is not None and spec.loader is not None:
            spec.loader = _Loader(spec.loader)
        return spec


class _Loader(importlib.abc.Loader):
    """Loads as another loader does, and leaves that one in its place."""

    def __init__(self, loader: importlib.abc.Loader) -> None:
        self._loader = loader

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        assert module.__spec__ is not None
        module.__spec__.loader = module.__loader__ = self._loader
        with interrupts_held(f"{module.__name__} is loaded"):
            self._loader.exec_module(module)
