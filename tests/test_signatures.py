"""Parameters read from source agree with those of the imported class."""

from __future__ import annotations

from pathlib import Path

import pytest

from hashbench.catalogue import method_class
from hashbench.plugins import registry
from hashbench.signatures import written_parameters


@pytest.mark.parametrize("name", registry().methods.names())
def test_our_methods_read_as_they_are(name: str) -> None:
    read = written_parameters(registry().methods.get(name).target)
    assert sorted(read) == method_class(name).param_names()


def test_a_base_is_followed_through_imports(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "trail"
    package.mkdir()
    (package / "__init__.py").write_text(
        "raise RuntimeError('imported')\nfrom trail.base import Base as Renamed\n"
    )
    (package / "base.py").write_text("class Base:\n    def __init__(self, a, /, b, *, c): ...\n")
    (package / "last.py").write_text(
        "from trail import Renamed\nclass Middle(Renamed): ...\nclass Last(Middle): ...\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    assert written_parameters("trail.last:Last") == ["a", "b", "c"]


def test_parameters_that_are_handed_on_are_those_of_the_base(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "handed.py").write_text(
        "class Base:\n    def __init__(self, a, *, b, c=1): ...\n"
        "class Middle(Base):\n    def __init__(self, a, *, d, **rest): ...\n"
        "class Last(Middle):\n    def __init__(self, a, *, c, **rest): ...\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    assert written_parameters("handed:Last") == ["a", "c", "d", "b"]


@pytest.mark.parametrize(
    "target", ["no_such_module:X", "trail2:X", "hashbench.estimator:Nothing", "sys:X", "", "x..y:Z"]
)
def test_a_lost_trail_yields_nothing(
    target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "trail2.py").write_text("class X(X): ...\nclass Broken(:\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert written_parameters(target) == []
