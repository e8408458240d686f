"""What pyproject.toml lists is what the folders hold."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
SETUPTOOLS = PROJECT["tool"]["setuptools"]


def test_every_package_is_listed() -> None:
    folders = {path.parent for path in (ROOT / "hashbench").rglob("__init__.py")}
    expected = {".".join(folder.relative_to(ROOT).parts) for folder in folders}
    expected |= {
        ".".join(path.parent.relative_to(ROOT / "plugins").parts)
        for path in (ROOT / "plugins").rglob("__init__.py")
    }
    if (ROOT / "datasets" / "__init__.py").exists():
        expected.add("hashbench_datasets")
    assert set(SETUPTOOLS["packages"]) == expected


def test_every_plugin_module_is_listed_and_registered() -> None:
    modules = {path.stem for path in (ROOT / "plugins").glob("*.py")}
    assert set(SETUPTOOLS["py-modules"]) == modules
    registered = set(PROJECT["project"]["entry-points"]["hashbench"].values())
    top = {name for name in SETUPTOOLS["packages"] if "." not in name} - {"hashbench"}
    assert registered == modules | top


def test_every_dependency_has_its_reason() -> None:
    reasons = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    wanted = list(PROJECT["project"]["dependencies"])
    for extra in PROJECT["project"]["optional-dependencies"].values():
        wanted += [line for line in extra if not line.startswith("hashbench[")]
    for requirement in wanted:
        name = re.match(r"[\w-]+", requirement)
        assert name is not None
        assert re.search(rf"\b{re.escape(name.group())}\b", reasons), requirement


def test_versions_agree() -> None:
    import hashbench

    assert PROJECT["project"]["version"] == hashbench.__version__
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"version: {hashbench.__version__}" in citation
