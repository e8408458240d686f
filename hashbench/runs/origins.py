"""Which code a method is: its distribution, its version and, where that may lie, its digest."""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import json
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
        Digest of the source where the version does not change with it: an editable install or
        a single file. Empty otherwise.
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
    if not plugin.version:
        digest = _digest(module)
        return Origin(Path(plugin.distribution).name, f"sha256:{digest[:16]}", digest)
    editable = _is_editable(plugin.distribution)
    return Origin(plugin.distribution, plugin.version, _digest(module) if editable else "")


def _is_editable(distribution: str) -> bool:
    try:
        text = importlib.metadata.distribution(distribution).read_text("direct_url.json")
    except importlib.metadata.PackageNotFoundError:
        return False
    return bool(json.loads(text).get("dir_info", {}).get("editable")) if text else False


def _digest(module: str) -> str:
    """Return the SHA-256 of a top-level module's file, or of all files of a package."""
    spec = importlib.util.find_spec(module)
    if spec is None:
        return ""
    files = [Path(spec.origin)] if spec.origin else []
    for folder in spec.submodule_search_locations or ():
        files += sorted(Path(folder).rglob("*.py"))
    digest = hashlib.sha256()
    for path in sorted(set(files)):
        content = path.read_bytes()
        digest.update(f"{path.name}:{len(content)}:".encode())
        digest.update(content)
    return digest.hexdigest()
