"""Ctrl-C while torch is loaded: torch's own start is in C++, which an exception would abort."""

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

from hashbench.cli.streams import complain


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


def hold_interrupts_of(name: str) -> None:
    """Hold interrupts back while the module ``name`` is imported, whoever imports it first."""
    if name not in sys.modules:
        sys.meta_path.insert(0, _Finder(name))


class _Finder(importlib.abc.MetaPathFinder):
    """Finds one module, once, as the finders after it do."""

    def __init__(self, name: str) -> None:
        self._name = name

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != self._name:
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
