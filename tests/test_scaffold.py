"""New plugin packages: names, templates, and the folder that is whole or absent."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path

import pytest

from hashbench.errors import StoreError, UsageError
from hashbench.scaffold import new_plugin


@pytest.mark.parametrize("deep", [False, True])
@pytest.mark.parametrize("name", ["mine", "time-hash", "none", "method", "a1"])
def test_a_package_is_whole_and_consistent(name: str, deep: bool, tmp_path: Path) -> None:
    folder = new_plugin(name, tmp_path, deep=deep)
    assert folder == tmp_path / f"hashbench-{name}"
    written = {str(p.relative_to(folder)): p for p in folder.rglob("*") if p.is_file()}
    project = tomllib.loads(written["pyproject.toml"].read_text())
    module = project["project"]["entry-points"]["hashbench"][name]
    source = f"{module}/model.py" if deep else f"{module}.py"
    assert {"README.md", ".gitignore", f"tests/test_{module}.py", source} <= written.keys()
    tree = ast.parse(written[source].read_text())
    classes = [node.name for node in tree.body if isinstance(node, ast.ClassDef)]
    registering = written[f"{module}/__init__.py" if deep else source].read_text()
    named = f"{module}.model" if deep else module
    assert any(f'target="{named}:{cls}"' in registering for cls in classes)
    for path in written.values():
        assert "$" not in path.read_text(), path
    assert not list(tmp_path.glob(".*"))


def test_shown_requirement_admits_this_release(tmp_path: Path) -> None:
    from packaging.requirements import Requirement

    from hashbench import __version__

    text = (new_plugin("mine", tmp_path) / "pyproject.toml").read_text()
    requirement = Requirement(tomllib.loads(text)["project"]["dependencies"][0])
    assert requirement.name == "hashbench"
    assert __version__ in requirement.specifier
    assert "99.0" not in requirement.specifier


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("My_Hash", "did you mean 'my-hash'"),
        ("3d", "did you mean 'd'"),
        ("-x", "did you mean 'x'"),
        ("a--b", "did you mean 'a-b'"),
        ("../x", "did you mean 'x'"),
        ("é", "a letter first"),
        ("", "a letter first"),
        ("a" * 41, "at most 40"),
        ("itq", "a method of that name comes from hashbench"),
    ],
)
def test_a_name_that_cannot_be_used(name: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=message):
        new_plugin(name, tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_module_that_is_installed_is_not_shadowed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "hashbench_elsewhere.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(UsageError, match="hashbench_elsewhere is installed already"):
        new_plugin("elsewhere", tmp_path)


def test_what_exists_stays_as_it_is(tmp_path: Path) -> None:
    mine = tmp_path / "hashbench-mine"
    mine.mkdir()
    (mine / "notes").write_text("mine")
    with pytest.raises(UsageError, match="exists already"):
        new_plugin("mine", tmp_path)
    assert [p.name for p in tmp_path.rglob("*")] == ["hashbench-mine", "notes"]


def test_a_failed_write_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, calls = Path.write_text, []

    def full(self: Path, *args: str, **kwargs: str) -> int:
        calls.append(self)
        if len(calls) == 3:
            raise OSError(28, "No space left on device")
        return whole(self, *args, **kwargs)

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(StoreError, match=r"hashbench-mine: No space left on device"):
        new_plugin("mine", tmp_path)
    assert len(calls) == 3
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot write"):
        new_plugin("mine", tmp_path / "file")
