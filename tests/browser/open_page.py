"""Doors of the page tests: open a page, wait for it, and read what the browser logged."""

import contextlib
import json
import time
from collections.abc import Callable
from importlib import resources
from pathlib import Path

import pytest
from selenium.common.exceptions import ElementClickInterceptedException, ElementNotInteractableException
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.remote.webelement import WebElement

from ewcm.countries import LANGUAGES


def driven_in(other: str) -> pytest.MarkDecorator:
    """Drive a control in Arabic, which runs from right to left, and in one other ``language``; in all in the long form.

    The tests share the languages out among them. What depends on the words themselves is for every language, always.
    """
    quick = ("ar", other)
    return pytest.mark.parametrize(
        "language",
        [pytest.param(one, marks=() if one in quick else pytest.mark.long) for one in LANGUAGES],
    )


def open_page(browser: WebDriver, path: Path, view: str = "") -> None:
    """Load a page (anew, whatever was open) and wait until it has drawn its rasters."""
    if browser.current_url != "about:blank":
        browser.get("about:blank")
    browser.get(path.as_uri() + view)
    wait_for(browser, 'return document.documentElement.dataset.ready === "yes"')


def click(node: WebElement, seconds: float = 60.0) -> None:
    """Click a node as soon as a reader could: while the map moves, what lies on it is hidden or still under way."""
    patience = time.monotonic() + seconds
    while True:
        try:
            return node.click()
        except (ElementNotInteractableException, ElementClickInterceptedException):
            if time.monotonic() > patience:
                raise
            time.sleep(0.05)


def wait_for(browser: WebDriver, script: str, seconds: float = 60.0) -> None:
    """Wait until a script returns something true."""
    patience = time.monotonic() + seconds
    while not browser.execute_script(script):
        assert time.monotonic() < patience, f"waited in vain for: {script}; the log says {browser.get_log('browser')}"
        time.sleep(0.05)


def begin(browser: WebDriver, tool: str) -> None:
    """Choose one of the tools in the menu of the map."""
    click(browser.find_element(By.ID, "menu-toggle"))
    click(browser.find_element(By.ID, f"tool-{tool}"))


def saved_file(browser: WebDriver, folder: Path, save: Callable[[], object], seconds: float = 60.0) -> Path:
    """The one file that the page saves into an empty folder. Chromium first puts an empty file where it will stand."""
    browser.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(folder)})
    save()
    patience = time.monotonic() + seconds
    while True:
        found = list(folder.iterdir())
        if len(found) == 1 and found[0].suffix != ".crdownload" and found[0].stat().st_size:
            return found[0]
        assert time.monotonic() < patience, f"nothing was saved; there is {[path.name for path in found]}"
        time.sleep(0.05)


def complaints(browser: WebDriver) -> list[str]:
    """Console messages of level warning or above."""
    return [entry["message"] for entry in browser.get_log("browser") if entry["level"] in ("WARNING", "SEVERE")]


def requests(browser: WebDriver) -> list[str]:
    """Addresses asked for, other than the page itself and what it carries within it."""
    found = []
    for entry in browser.get_log("performance"):
        message = json.loads(entry["message"])["message"]
        if message["method"] == "Network.requestWillBeSent":
            address = message["params"]["request"]["url"]
            if not address.startswith(("data:", "blob:", "about:")) and message["params"]["type"] != "Document":
                found.append(address)
    return found


def text_of(browser: WebDriver, selector: str) -> str:
    """The text of an element, shown or not."""
    return str(browser.execute_script("return document.querySelector(arguments[0]).textContent", selector))


def axe_violations(browser: WebDriver) -> list[tuple[str, list[str]]]:
    """Rules of axe-core that the page as it stands breaks, and the nodes that do."""
    axe = pytest.importorskip("axe_core_python", reason="the dev extra brings axe-core")
    browser.execute_script((resources.files(axe) / "axe.min.js").read_text(encoding="utf-8"))
    found = browser.execute_async_script(
        "const done = arguments[0]; axe.run(document, {resultTypes: ['violations']}).then((report) => done(report.violations))"
    )
    return [(one["id"], [node["html"] for node in one["nodes"]]) for one in found]


def memory_mb(browser: WebDriver) -> float:
    """Memory [MB] of the page's process, its share of what it shares included: the largest that shows pages, since a
    browser keeps an empty one ready for the next page."""
    root = browser.service.process.pid  # type: ignore[attr-defined]
    parents = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, IndexError):
            parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
    found = [0]
    for process in parents:
        above = process
        while above in parents and above != root:
            above = parents[above]
        with contextlib.suppress(OSError):
            if above == root and b"--type=renderer" in Path(f"/proc/{process}/cmdline").read_bytes():
                lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
                found.append(sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")))
    return max(found) * 1024 / 1e6


def resize(browser: WebDriver, width: int, height: int) -> None:
    """Give the page a window of this size [CSS pixels]."""
    sizes = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", sizes)
