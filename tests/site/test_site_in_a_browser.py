"""The site in headless Chromium, from disk: sorting, filters, charts, keyboard, widths, themes."""

from __future__ import annotations

import json

import pytest
from browsing import chromium, needs_browser, support
from hostile_names import HOSTILE

pytest.importorskip("plotly", reason="the site needs the extra 'html'")
pytestmark = needs_browser


@pytest.fixture(scope="module")
def browser():
    with chromium(browser="ALL", performance="ALL") as driver:
        yield driver


@pytest.fixture
def go(browser, site):
    """Open a page of the site in a window 1280 px wide; afterwards no error was logged."""

    def opened(name, width=1280):
        size = {"width": width, "height": 1400, "deviceScaleFactor": 1, "mobile": False}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        path, _, place = name.partition("#")
        browser.get((site / path).as_uri() + (f"#{place}" if place else ""))
        return browser

    browser.get_log("browser")
    yield opened
    assert [entry for entry in browser.get_log("browser") if entry["level"] != "INFO"] == []


@pytest.fixture(scope="module")
def record(site):
    return f"record/{min(path.name for path in (site / 'record').iterdir())}"


def rows(browser, table="overall"):
    script = (
        "return [...document.querySelectorAll(`#${arguments[0]} tbody tr`)]"
        ".map(row => row.cells[0].textContent.trim())"
    )
    return browser.execute_script(script, table)


def choose(browser, name, value):
    script = (
        "const c = document.getElementById(arguments[0]);"
        "if (c.type === 'checkbox') c.checked = arguments[1]; else c.value = arguments[1];"
        "c.dispatchEvent(new Event('input', {bubbles: true}))"
    )
    browser.execute_script(script, name, value)


def drawn(browser):
    late = "return document.querySelectorAll('.chart[aria-busy]').length"
    browser.execute_script(
        "for (const c of document.querySelectorAll('.chart')) c.scrollIntoView()"
    )
    support.WebDriverWait(browser, 120).until(lambda b: b.execute_script(late) == 0)


def lines(browser, chart):
    drawn(browser)
    script = "return document.getElementById(arguments[0]).data.map(t => t.name)"
    return browser.execute_script(script, chart)


def test_a_board_sorts_by_a_column_and_back(go):
    browser = go("boards/mine.html")
    by_rank = rows(browser)
    assert by_rank[-1] == "random †"
    head = browser.find_element("css selector", "#overall thead th:first-child button")
    head.click()
    assert rows(browser) == sorted(by_rank, key=lambda name: name.split()[0])
    browser.find_element("css selector", "#overall thead th:nth-child(3) button").click()
    keys = browser.execute_script(
        "return [...document.querySelectorAll('#overall tbody tr')]"
        ".map(row => Number(row.cells[2].dataset.key))"
    )
    assert keys == sorted(keys, reverse=True)
    spoken = browser.find_element("id", "spoken").get_attribute("textContent")
    assert spoken == "Sorted by 4 bits, descending."


def test_filters_act_on_tables_and_charts(go):
    browser = go("boards/mine.html")
    assert len(rows(browser)) == 3
    choose(browser, "by-control", False)
    assert "random †" not in rows(browser)
    assert "random †" not in rows(browser, "rows-6")
    choose(browser, "by-name", "ITQ")
    assert rows(browser) == ["itq"]
    assert lines(browser, "over-bits") == ["itq"]
    assert browser.find_element("id", "status").text.startswith("1 of 3 methods.")
    choose(browser, "by-labels", "with")
    assert rows(browser) == []
    choose(browser, "by-labels", "")
    choose(browser, "by-name", "")
    choose(browser, "by-year", "2013")
    assert rows(browser) == ["itq"]
    choose(browser, "by-year", "")
    choose(browser, "by-control", True)
    assert len(rows(browser)) == 3


def test_filters_of_the_front_page(go):
    browser = go("index.html")
    assert set(rows(browser)) == {"itq", HOSTILE}
    choose(browser, "by-name", "<script>")
    assert rows(browser) == [HOSTILE]


def test_charts_show_the_numbers_of_the_table(go):
    browser = go("boards/mine.html")
    assert set(lines(browser, "over-bits")) == {"itq", HOSTILE, "random †"}
    shown = browser.execute_script(
        "const t = document.getElementById('over-bits').data.find(t => t.name === 'itq');"
        "return t.y.map((y, i) => `${y.toFixed(2)} ± ${t.error_y.array[i].toFixed(2)}`)"
    )
    cells = browser.execute_script(
        "return [...[...document.querySelectorAll('#overall tbody tr')]"
        ".find(row => row.cells[0].textContent.trim() === 'itq').cells].map(c => c.textContent)"
    )
    assert [cell.partition(" (")[0] for cell in cells[2:4]] == shown
    legend = browser.find_elements("css selector", "#legend li svg")
    assert len(legend) == 3


def test_a_record_draws_its_curves_and_its_queries(go, record):
    browser = go(record)
    drawn(browser)
    counts = browser.execute_script("return document.getElementById('spread').data[0].y")
    assert sum(counts) == pytest.approx(100)
    assert len(browser.execute_script("return document.getElementById('over-k').data[0].y")) == 3


def test_a_link_to_a_length_opens_it(go):
    browser = go("boards/mine.html#bits-6")
    opened = "return ['4', '6'].map(bits => document.getElementById(`bits-${bits}`).open)"
    assert browser.execute_script(opened) == [False, True]


def test_no_name_of_a_stranger_runs(go):
    for page in ("index.html", "boards/mine.html"):
        browser = go(page)
        if "boards" in page:
            drawn(browser)
        assert browser.title != "1"
        assert browser.execute_script("return document.querySelectorAll('img[src=x]').length") == 0


@pytest.mark.parametrize("page", ["index.html", "boards/mine.html", "boards/fcvid.html", "record"])
@pytest.mark.parametrize("width", [400, 800, 1600])
def test_nothing_runs_over_the_edge(go, record, page, width):
    browser = go(record if page == "record" else page, width)
    if page == "boards/mine.html":
        browser.execute_script(
            "for (const d of document.querySelectorAll('details')) d.open = true"
        )
    assert browser.execute_script("return innerWidth") == width
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width


def test_the_theme_holds_from_page_to_page(go, record):
    ground = "return getComputedStyle(document.body).backgroundColor"
    browser = go("index.html")
    light = browser.execute_script(ground)
    browser.find_element("id", "theme").click()
    dark = browser.execute_script(ground)
    try:
        assert (light, dark) == ("rgb(255, 255, 255)", "rgb(20, 24, 29)")
        go(record)
        assert browser.execute_script(ground) == dark
        assert browser.find_element("id", "theme").text == "Light"
        drawn(browser)
        paper = "return document.getElementById('spread').layout.paper_bgcolor"
        assert browser.execute_script(paper) == "#14181d"
    finally:
        browser.execute_script(
            "localStorage.clear(); delete document.documentElement.dataset.theme"
        )


def test_the_keyboard_reaches_and_works_everything(go):
    from selenium.webdriver.common.keys import Keys

    browser = go("boards/mine.html")
    drawn(browser)
    reached = set()
    browser.execute_script("document.activeElement.blur(); scrollTo(0, 0)")
    for _ in range(45):
        browser.switch_to.active_element.send_keys(Keys.TAB)
        active = browser.switch_to.active_element
        reached.add(active.get_attribute("id") or active.tag_name)
    assert {"theme", "by-name", "by-labels", "by-control", "bits", "summary", "button"} <= reached
    assert {"over-bits", "over-k", "speed", "a"} <= reached
    chart = browser.find_element("id", "over-bits")
    chart.send_keys(Keys.ARROW_RIGHT)
    spoken = browser.find_element("id", "spoken").get_attribute("textContent")
    assert "4 bits: " in spoken
    summary = browser.find_element("css selector", "#bits-4 summary")
    summary.send_keys(Keys.ENTER)
    assert browser.execute_script("return document.getElementById('bits-4').open") is True


@pytest.mark.parametrize("page", ["index.html", "boards/mine.html", "record"])
def test_every_control_has_a_name(go, record, page):
    browser = go(record if page == "record" else page)
    tree = browser.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
    roles = {"button", "checkbox", "combobox", "searchbox", "region", "group", "table", "link"}
    ours = [n for n in tree if n.get("role", {}).get("value") in roles and not n["ignored"]]
    assert len(ours) > 10
    nameless = [n["role"]["value"] for n in ours if not n.get("name", {}).get("value")]
    assert set(nameless) <= {"group"}  # details, which its summary names


def test_no_request_leaves_the_disk(browser, go, record):
    browser.get_log("performance")
    for page in ("index.html", "boards/mine.html", "boards/fcvid.html", record):
        go(page)
        if page not in ("index.html", "boards/fcvid.html"):
            drawn(browser)
    events = [json.loads(one["message"])["message"] for one in browser.get_log("performance")]
    asked = [e["params"]["request"]["url"] for e in events
             if e["method"] == "Network.requestWillBeSent"]  # fmt: skip
    assert len(asked) > 8
    assert {url.partition(":")[0] for url in asked} <= {"file", "data", "blob"}
