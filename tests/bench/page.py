"""The map in a browser: bytes of the file, time until it can be used, memory of the page.

The countries are those whose pages are largest in bytes (MDG, TZA) and in pixels (KIR, which crosses 180°). Every round
starts from a blank page, so that nothing of the round before is left but the browser itself.
"""

import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from selenium.webdriver import Chrome

from ewcm import basemap, country
from ewcm.inputs.find import find_inputs
from ewcm.inputs.read import load
from ewcm.pipeline import run
from ewcm.report.webmap.map import render
from ewcm.settings import Settings
from tests.bench.row import Row
from tests.browser.chromium import NoBrowser, start_chromium
from tests.browser.open_page import memory_mb, resize

COUNTRIES = ("MDG", "TZA", "KIR")

#: Budgets of the design: seconds until the page can be used, bytes of the largest page; and memory [MB].
MOST_S, MOST_BYTES, MOST_MB = 2.0, 8e6, 300.0


def rows(scale: float) -> Iterator[Row]:
    """One row a country; ``scale`` has no meaning here. None, with the reason printed, where there is no browser."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        try:
            browser = start_chromium(folder / "profile")
        except NoBrowser as error:
            print(f"page: skipped, {error}\n")
            return
        try:
            resize(browser, 1366, 768)
            for iso3 in COUNTRIES:
                path = folder / f"{iso3}.html"
                result = run(load(find_inputs(country(iso3))), Settings())
                path.write_text(render(result, basemap.around(iso3)), encoding="utf-8")
                yield Row(
                    f"map of {iso3}, from a blank page to one that can be used",
                    partial(_open_cold, browser, path),
                    {},
                    note=partial(_size_and_memory, path, folder / f"{iso3}.profile"),
                    most_s=MOST_S,
                )
        finally:
            browser.quit()


def _open_cold(browser: Chrome, path: Path) -> None:
    browser.get("about:blank")
    browser.get(path.as_uri())
    while not browser.execute_script('return document.documentElement.dataset.ready === "yes"'):
        time.sleep(0.005)


def _size_and_memory(path: Path, profile: Path) -> str:
    """In a browser of its own, which keeps no page of before in memory. Raises AssertionError beyond the budgets."""
    browser = start_chromium(profile)
    try:
        resize(browser, 1366, 768)
        browser.get("about:blank")
        blank_mb = memory_mb(browser)
        _open_cold(browser, path)
        found_mb = [memory_mb(browser)]
        for technology in ("2G", "3G", "4G", "5G", "any"):
            browser.execute_script("document.getElementById(arguments[0]).click()", f"technology-{technology}")
            time.sleep(0.5)
            found_mb.append(memory_mb(browser))
    finally:
        browser.quit()
    size = path.stat().st_size
    for what, value, most in (("bytes", size, MOST_BYTES), ("MB of memory", max(found_mb), MOST_MB)):
        assert value <= most, f"{path.stem}: {value:,.0f} {what}, budget {most:,.0f}"
    return (
        f"{size / 1e6:.2f} MB (budget {MOST_BYTES / 1e6:.0f} MB); memory {found_mb[0]:.0f} MB when opened, at most "
        f"{max(found_mb):.0f} MB while every technology is looked at (budget {MOST_MB:.0f} MB; a blank page {blank_mb:.0f} MB)"
    )
