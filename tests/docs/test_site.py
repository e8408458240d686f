"""The site opened from disk: it is searched without a server and without a network."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from browsing import chromium, needs_browser, support
from pages import DOCS, ROOT

pytest.importorskip("material", reason="the site needs the extra 'dev'")
yaml = pytest.importorskip("yaml", reason="the site's settings are YAML")
pytestmark = needs_browser


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two pages under the settings of the whole site, but for the reference, which takes long."""
    home = tmp_path_factory.mktemp("site")
    settings = yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))
    del settings["nav"]
    settings["plugins"] = [name for name in settings["plugins"] if isinstance(name, str)]
    (home / "mkdocs.yml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    shutil.copytree(DOCS / "javascripts", home / "docs" / "javascripts")
    (home / "docs" / "guides").mkdir()
    (home / "docs" / "index.md").write_text("# Start\n\nNothing here.\n")
    (home / "docs" / "guides" / "ties.md").write_text("# Ties\n\nA quokka in the ranking.\n")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--quiet"],
        cwd=home,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return home / "site"


@pytest.mark.parametrize("page", ["index.html", "guides/ties.html"])
def test_search_finds_a_page_from_disk(site: Path, page: str) -> None:
    with chromium(browser="ALL") as browser:
        browser.set_window_size(1300, 900)
        browser.get((site / page).as_uri())
        box = browser.find_element("css selector", ".md-search__input")
        box.click()
        box.send_keys("quokka")
        links = "return [...document.querySelectorAll('.md-search-result__link')].map(a => a.href)"
        found = support.WebDriverWait(browser, 60).until(lambda b: b.execute_script(links))
        assert [link.partition("?")[0] for link in found] == [
            (site / "guides" / "ties.html").as_uri()
        ]
        assert [entry for entry in browser.get_log("browser") if entry["level"] != "INFO"] == []


def test_pages_load_scripts_of_the_site_alone(site: Path) -> None:
    for page in site.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        assert 'src="http' not in text
        assert "iframe-worker.js" in text
