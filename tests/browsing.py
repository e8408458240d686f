"""Headless Chromium for the tests of pages, which skip themselves where there is none."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")

support = pytest.importorskip("selenium.webdriver.support.ui", reason="selenium drives it")
webdriver = pytest.importorskip("selenium.webdriver", reason="selenium drives the browser")

needs_browser = pytest.mark.skipif(
    not (CHROMIUM and DRIVER), reason="no chromium with chromedriver on this machine"
)


@contextmanager
def chromium(**logs: str) -> Iterator[Any]:
    """Yield a browser that keeps the given logs, such as ``browser="ALL"``."""
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for switch in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
        options.add_argument(switch)
    if logs:
        options.set_capability("goog:loggingPrefs", logs)
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
    try:
        yield driver
    finally:
        driver.quit()
