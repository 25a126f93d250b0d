"""The browser of the page tests."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium import webdriver

from ewcm.report.webmap.map import render
from ewcm.result import CountryResult
from tests.browser.chromium import NoBrowser, start_chromium
from tests.browser.open_page import complaints, requests, resize
from tests.report.make_result import made_result


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    """One Chromium without a network for all page tests; they skip without one, or fail where one was promised."""
    try:
        chrome = start_chromium(tmp_path_factory.mktemp("chromium"))
    except NoBrowser as error:
        if os.environ.get("EWCM_REQUIRE_BROWSER"):
            pytest.fail(f"EWCM_REQUIRE_BROWSER is set, but {error}")
        pytest.skip(f"{error}; on Debian: apt install chromium chromium-driver")
    offline = {"offline": True, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
    chrome.execute_cdp_cmd("Network.enable", {})
    chrome.execute_cdp_cmd("Network.emulateNetworkConditions", offline)
    chrome.set_script_timeout(120)
    yield chrome
    chrome.quit()


@pytest.fixture
def page(chromium: webdriver.Chrome, tmp_path: Path) -> webdriver.Chrome:
    """Chromium on a blank page at 1280 × 800 with empty logs; ``tmp_path`` is there for the file to open."""
    chromium.set_window_size(1280, 800)
    chromium.get("about:blank")
    chromium.get_log("browser")
    chromium.get_log("performance")
    return chromium


@pytest.fixture
def browser(page: webdriver.Chrome) -> Iterator[webdriver.Chrome]:
    """Chromium as large as an old laptop's screen; in the end nothing may have complained or asked the network."""
    resize(page, 1366, 768)
    yield page
    assert complaints(page) == []
    assert requests(page) == []


@pytest.fixture(scope="module")
def result() -> CountryResult:
    """A made country."""
    return made_result()


@pytest.fixture(scope="module")
def page_text(result: CountryResult) -> str:
    """Its page."""
    return render(result)


@pytest.fixture(scope="module")
def path(page_text: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file that holds it."""
    found = tmp_path_factory.mktemp("page") / "index.html"
    found.write_text(page_text, encoding="utf-8")
    return found
