"""Origin of a method: its distribution, its version and the digest of its source."""

from __future__ import annotations

import hashlib
import importlib.util
from dataclasses import dataclass
from pathlib import Path

from hashbench.plugins import registry


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a method comes from.

    Parameters
    ----------
    distribution, version : str
        The installed distribution; for a single-file plugin the file's name and digest.
    source : str
        Digest of the method's own module or package: a checkout and the release that was built
        from it have the same.
    """

    distribution: str
    version: str
    source: str = ""


def origin_of(method: str) -> Origin:
    """Return the origin of a registered method.

    Whoever develops a method reruns the same command after each change: what the version does
    not tell, the digest of the plugin's own module or package does.
    """
    shelf = registry().methods
    plugin = shelf.plugin(method)
    module = shelf.get(method).target.partition(":")[0].partition(".")[0]
    digest = _digest(module)
    if not plugin.version:
        return Origin(Path(plugin.distribution).name, f"sha256:{digest[:16]}", digest)
    return Origin(plugin.distribution, plugin.version, digest)


def _digest(module: str) -> str:
    """Return the SHA-256 of a top-level module's file, or of all files of a package."""
    spec = importlib.util.find_spec(module)
    if spec is None:
        return ""
    folders = [Path(folder) for folder in spec.submodule_search_locations or ()]
    files = {path.relative_to(folder): path for folder in folders for path in folder.rglob("*.py")}
    if not folders and spec.origin:
        files = {Path(Path(spec.origin).name): Path(spec.origin)}
    digest = hashlib.sha256()
    for name, path in sorted(files.items()):
        content = path.read_bytes()
        digest.update(f"{name.as_posix()}:{len(content)}:".encode())
        digest.update(content)
    return digest.hexdigest()
