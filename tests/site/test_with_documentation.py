"""Documentation and boards as one site, built by the line that docs/leaderboards.md shows."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys

import pytest
from pages import DOCS, ROOT, blocks

pytest.importorskip("material", reason="the site needs the extra 'dev'")
yaml = pytest.importorskip("yaml", reason="the site's settings are YAML")


@pytest.fixture(scope="module")
def line():
    (found,) = [b.text for b in blocks(DOCS / "leaderboards.md") if "mkdocs build" in b.text]
    return found


def test_one_line_builds_both_with_links_between_them(line, board, tmp_path):
    settings = yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))
    del settings["nav"]
    settings["plugins"] = [name for name in settings["plugins"] if isinstance(name, str)]
    (tmp_path / "mkdocs.yml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    (tmp_path / "docs" / "methods").mkdir(parents=True)
    shutil.copytree(DOCS / "javascripts", tmp_path / "docs" / "javascripts")
    (tmp_path / "docs" / "index.md").write_text("# Start\n")
    (tmp_path / "docs" / "methods" / "itq.md").write_text("# ITQ\n")
    link = re.search(r'<a href="[^"]+">', (DOCS / "leaderboards.md").read_text(encoding="utf-8"))
    (tmp_path / "docs" / "leaderboards.md").write_text(f"# Boards\n\n{link[0]}here</a>\n")
    shutil.copytree(board.root, tmp_path / "leaderboards")
    for command in line.strip().split(" && "):
        program, *arguments = shlex.split(command)
        done = subprocess.run(
            [sys.executable, "-m", program, *arguments],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
    site = tmp_path / "site"
    target = re.search(r'<a href="(leaderboards/[^"]+)">', (site / "leaderboards.html").read_text())
    assert (site / target[1]).is_file()
    front = (site / "leaderboards" / "index.html").read_text(encoding="utf-8")
    assert 'href="../index.html">Documentation' in front
    page = (site / "leaderboards" / "boards" / "mine.html").read_text(encoding="utf-8")
    assert 'href="../../methods/itq.html"' in page
    for found in re.findall(r'href="([^"#:]+)', page):
        assert (site / "leaderboards" / "boards" / found).is_file(), found
