"""The atlas in a real browser: the countries on the map and in the table, in five languages, without a network."""

from importlib import resources

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

from ewcm import starter
from ewcm.countries import LANGUAGES, country
from ewcm.report.atlas import render_atlas
from ewcm.report.numbers import rounded
from ewcm.report.page import strings
from tests.browser.open_page import complaints, open_page, requests, resize, text_of
from tests.report.make_result import made_result

CODES = ("UGA", "FJI", "GTM", "SDN")


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    summary = rounded(made_result().summary)
    unknown = rounded(made_result(known=False).summary)
    entries = [
        {
            **(unknown if code == "SDN" else summary),
            "iso3": code,
            "names": country(code).names,
            "starter": code == "FJI",
        }
        for code in CODES
    ]
    entries[0]["names"] = {**entries[0]["names"], "en": "<img src=x onerror=alert(1)>${1+1}{{7*7}}"}
    found = tmp_path_factory.mktemp("atlas") / "index.html"
    found.write_text(render_atlas(entries, starter.world()), encoding="utf-8")
    return found


@pytest.fixture
def browser(page):
    resize(page, 1366, 768)
    yield page
    assert complaints(page) == []
    assert requests(page) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_country_is_in_the_table_and_on_the_map(browser, path, language):
    open_page(browser, path, f"#lang={language}")
    rows = browser.find_elements(By.CSS_SELECTOR, "#countries tbody tr")
    assert sorted(row.get_attribute("data-iso3") for row in rows) == sorted(CODES)
    links = browser.find_elements(By.CSS_SELECTOR, "#countries tbody a, .country-dot")
    assert len(links) == 2 * len(CODES)
    for code in CODES:
        assert sum(link.get_attribute("href").endswith(f"/{code}/index.html#lang={language}") for link in links) == 2
    assert country("GTM").names[language] in text_of(browser, "#countries tbody")
    assert strings()[language]["grade_starter"] in text_of(browser, '[data-iso3="FJI"]')
    assert strings()[language]["unknown_short"] in text_of(browser, '[data-iso3="SDN"]')
    for dot in browser.find_elements(By.CSS_SELECTOR, ".country-dot"):
        box = dot.rect
        assert 0 < box["x"] < 1366
        assert dot.get_attribute("aria-label")


def test_sort_filter_and_language(browser, path):
    open_page(browser, path)
    browser.find_element(By.ID, "sort-name").send_keys(Keys.ENTER)
    assert browser.find_element(By.CSS_SELECTOR, "th.name").get_attribute("aria-sort") == "ascending"
    browser.find_element(By.ID, "filter").send_keys("fij")
    assert len(browser.find_elements(By.CSS_SELECTOR, "#countries tbody tr")) == 1
    Select(browser.find_element(By.ID, "language")).select_by_value("ar")
    assert browser.execute_script("return document.documentElement.dir") == "rtl"
    assert browser.execute_script("return document.querySelectorAll('img').length") == 0


@pytest.mark.parametrize("width", [390, 1366])
def test_axe_finds_nothing(browser, path, width):
    axe = pytest.importorskip("axe_core_python", reason="the dev extra brings axe-core")
    resize(browser, width, 800)
    open_page(browser, path, "#lang=fr")
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width
    browser.execute_script((resources.files(axe) / "axe.min.js").read_text(encoding="utf-8"))
    found = browser.execute_async_script(
        "const done = arguments[0]; axe.run(document, {resultTypes: ['violations']}).then((report) => done(report.violations))"
    )
    assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found] == []
