"""A headless Chromium for the page tests. It is taken from the machine and never downloaded."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service

#: Nothing that calls home, so that every request in the log is the page's own.
ARGUMENTS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
    "--no-default-browser-check",
    "--window-size=1280,800",
)


def _missing(reason: str) -> None:
    """Skip, or fail where a browser was promised."""
    if os.environ.get("EWCM_REQUIRE_BROWSER"):
        pytest.fail(f"EWCM_REQUIRE_BROWSER is set, but {reason}")
    pytest.skip(f"{reason}; on Debian: apt install chromium chromium-driver")


def _found(*names: str) -> str | None:
    return next((path for path in map(shutil.which, names) if path), None)


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    """One Chromium for all page tests. Its performance log holds every request; its browser log every script error."""
    browser, driver = _found("chromium", "chromium-browser", "google-chrome"), _found("chromedriver")
    if browser is None or driver is None:
        _missing("there is no chromium" if browser is None else "there is no chromedriver")
    options = Options()
    options.binary_location = str(browser)
    for argument in ARGUMENTS:
        options.add_argument(argument)
    options.add_argument(f"--user-data-dir={tmp_path_factory.mktemp('chromium')}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    try:
        chrome = webdriver.Chrome(options=options, service=Service(executable_path=driver))
    except WebDriverException as error:
        _missing(f"chromium does not start ({str(error.msg).splitlines()[0]})")
    yield chrome
    chrome.quit()


@pytest.fixture
def page(chromium: webdriver.Chrome, tmp_path: Path) -> Iterator[webdriver.Chrome]:
    """Chromium on a blank page at 1280 × 800 with empty logs; ``tmp_path`` is there for the file to open."""
    chromium.set_window_size(1280, 800)
    chromium.get("about:blank")
    chromium.get_log("browser")
    chromium.get_log("performance")
    yield chromium
    chromium.get("about:blank")
