"""Every example script runs, prints something, and is named in the docs."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest
from pages import DOCS, ROOT

EXAMPLES = sorted((ROOT / "examples").glob("*.py"))


@pytest.mark.parametrize("script", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_runs(
    script: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    runpy.run_path(str(script), run_name="__main__")
    assert capsys.readouterr().out.strip()


def test_the_python_page_names_every_example() -> None:
    text = (DOCS / "python.md").read_text(encoding="utf-8")
    for script in EXAMPLES:
        assert f"| `examples/{script.name}` |" in text
