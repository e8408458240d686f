"""New plugin packages: names checked, templates filled, the whole folder or nothing."""

from __future__ import annotations

import importlib.util
import os
import re
import secrets
import shutil
import string
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from hashbench.errors import StoreError, UsageError
from hashbench.plugins import registry
from hashbench.version import __version__

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_LONGEST = 40

_COMMON = {
    "pyproject.toml": "pyproject.toml.tmpl",
    "README.md": "README.md.tmpl",
    ".gitignore": "gitignore.tmpl",
    ".github/workflows/check.yml": "check.yml.tmpl",
    "tests/test_$module.py": "test.py.tmpl",
}
_SHALLOW = {"$module.py": "shallow.py.tmpl"}
_DEEP = {"$module/__init__.py": "deep_init.py.tmpl", "$module/model.py": "deep_model.py.tmpl"}


@dataclass(frozen=True, slots=True)
class PluginNames:
    """What a plugin's method name turns into elsewhere.

    Examples
    --------
    >>> names = PluginNames("time-hash")
    >>> names.distribution, names.module, names.cls
    ('hashbench-time-hash', 'hashbench_time_hash', 'TimeHash')
    >>> PluginNames("none").cls
    'NoneHash'
    """

    name: str

    @property
    def distribution(self) -> str:
        """Name of the distribution, and of its folder."""
        return f"hashbench-{self.name}"

    @property
    def module(self) -> str:
        """Name of the module or package."""
        return f"hashbench_{self.name.replace('-', '_')}"

    @property
    def cls(self) -> str:
        """Name of the class; ending in Hash, it is neither a keyword nor one of our own names."""
        camel = "".join(part.capitalize() for part in self.name.split("-"))
        return camel if camel.endswith("Hash") else f"{camel}Hash"


def new_plugin(name: str, into: Path, *, deep: bool = False) -> Path:
    """Write a package with a method that works as it stands, and return its folder.

    Parameters
    ----------
    name : str
        The method's name: lower-case letters and digits, words joined by hyphens.
    into : Path
        The folder that receives ``hashbench-NAME``.
    deep : bool
        An auto-encoder on the shared trainer, instead of signs of principal components.

    Raises
    ------
    UsageError
        If the name cannot be used, is taken, or the folder exists.
    StoreError
        If the folder cannot be written.
    """
    names = _checked(name)
    folder = into / names.distribution
    if folder.exists() or folder.is_symlink():
        raise UsageError(f"{folder} exists already; move it away, or choose another name")
    values = {
        "name": names.name,
        "distribution": names.distribution,
        "module": names.module,
        "cls": names.cls,
        "packaging": _packaging(names, deep),
        "source": f"{names.module}/model.py" if deep else f"{names.module}.py",
        "what": "an auto-encoder over the frames" if deep else "signs of principal components",
        **_versions(),
    }
    texts = {
        string.Template(path).substitute(values): string.Template(_template(template))
        for path, template in {**_COMMON, **(_DEEP if deep else _SHALLOW)}.items()
    }
    _write(folder, {path: text.substitute(values) for path, text in texts.items()})
    return folder


def _checked(name: str) -> PluginNames:
    if not _NAME.fullmatch(name) or len(name) > _LONGEST:
        near = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-0123456789")[:_LONGEST].strip("-")
        hint = f"; did you mean {near!r}?" if near and near != name else ""
        raise UsageError(
            f"plugin name {name!r}: lower-case letters and digits, words joined by single hyphens, "
            f"a letter first, at most {_LONGEST} characters{hint}"
        )
    taken = registry().methods
    if name in taken.entries or name in taken.conflicts:
        origin = taken.plugin(name).origin if name in taken.entries else "several plugins"
        raise UsageError(f"plugin name {name!r}: a method of that name comes from {origin}")
    names = PluginNames(name)
    if importlib.util.find_spec(names.module) is not None:
        raise UsageError(f"plugin name {name!r}: a module {names.module} is installed already")
    return names


def _packaging(names: PluginNames, deep: bool) -> str:
    return f'packages = ["{names.module}"]' if deep else f'py-modules = ["{names.module}"]'


def _versions() -> dict[str, str]:
    major, minor, *_ = __version__.split(".")
    # Before 1.0 a minor release may change an interface.
    ceiling = f"{int(major) + 1}" if int(major) else f"0.{int(minor) + 1}"
    return {"version": __version__, "ceiling": ceiling}


def _template(name: str) -> str:
    return (files("hashbench") / "templates" / name).read_text(encoding="utf-8")


def _write(folder: Path, texts: dict[str, str]) -> None:
    """Write the files beside ``folder``, then give it its name: whole or absent."""
    temporary = folder.with_name(f".{folder.name}-{os.getpid()}-{secrets.token_hex(4)}.partial")
    try:
        for path, text in texts.items():
            target = temporary / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
        # Unlike a rename over an empty folder, this cannot take the place of anything.
        if folder.exists():
            raise UsageError(f"{folder} exists already; move it away, or choose another name")
        temporary.rename(folder)
    except OSError as error:
        raise StoreError(f"cannot write {folder}: {error.strerror or error}") from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
