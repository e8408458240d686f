"""What pyproject.toml lists is what the folders hold."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

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


def test_every_python_that_is_promised_is_one_that_is_allowed() -> None:
    classifiers = PROJECT["project"]["classifiers"]
    named = [line.rpartition(" ")[2] for line in classifiers if "Python :: 3." in line]
    assert named == ["3.11", "3.12", "3.13"]
    assert PROJECT["project"]["requires-python"] == ">=3.11,<3.14"


def test_quick_tests_are_there() -> None:
    listed = (ROOT / ".ci" / "quick_tests").read_text(encoding="utf-8").split()
    assert listed == sorted(set(listed))
    assert [name for name in listed if not (ROOT / name).is_file()] == []


def notes(version: str, changelog: Path) -> subprocess.CompletedProcess[str]:
    script = ROOT / ".ci" / "release_notes"
    return subprocess.run(
        ["bash", script, version, changelog], capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("version", ["1.2.0", "1.1.0"])
def test_notes_of_a_release_are_what_the_changelog_says(tmp_path: Path, version: str) -> None:
    said = {"1.3.0": "- c\n", "1.2.0": "Better.\n\n- a\n  and more\n- b\n", "1.1.0": "- first\n"}
    dates = {"1.3.0": "unreleased", "1.2.0": "2026-12-01", "1.1.0": "2026-11-01"}
    changelog = tmp_path / "CHANGELOG.md"
    sections = [f"## {name} ({dates[name]})\n\n{text}" for name, text in said.items()]
    changelog.write_text("# Changelog\n\n" + "\n".join(sections))
    cut = notes(version, changelog)
    assert cut.returncode == 0
    assert cut.stdout.strip() == said[version].strip()
    for wrong, message in [("1.3.0", "put the date into its heading"), ("1.2", "no heading '## 1")]:
        refused = notes(wrong, changelog)
        assert (refused.returncode, refused.stdout, refused.stderr.count("\n")) == (2, "", 1)
        assert message in refused.stderr


def test_the_changelog_has_a_heading_for_this_version() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    headings = re.findall(r"^## (\S+) \((unreleased|\d{4}-\d\d-\d\d)\)$", changelog, re.MULTILINE)
    assert headings[0][0] == PROJECT["project"]["version"]
    assert len(headings) == len(re.findall(r"^## ", changelog, re.MULTILINE))


def test_the_citation_names_the_paper() -> None:
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert re.search(
        r"^references:$.*^    doi: 10\.1109/TIP\.2018\.2814344$", citation, re.M | re.S
    )
