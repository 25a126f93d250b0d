"""The map in a browser: bytes of the file, time until it can be used, memory of the page.

The countries are those whose pages are largest in bytes (MDG, TZA) and in pixels (KIR, which crosses 180°). Every round
starts from a blank page, so that nothing of the round before is left but the browser itself.
"""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from ewcm import country, starter
from ewcm.inputs import find_inputs, load
from ewcm.pipeline import run
from ewcm.report.webmap import render
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
        try:
            browser = start_chromium(Path(scratch) / "profile")
        except NoBrowser as error:
            print(f"page: skipped, {error}\n")
            return
        try:
            resize(browser, 1366, 768)
            for iso3 in COUNTRIES:
                path = Path(scratch) / f"{iso3}.html"
                result = run(load(find_inputs(country(iso3))), Settings())
                path.write_text(render(result, starter.basemap(iso3)), encoding="utf-8")
                yield _row(browser, iso3, path)
        finally:
            browser.quit()


def _row(browser, iso3: str, path: Path) -> Row:
    blank_mb: list[float] = []

    def load_cold():
        browser.get(path.as_uri())
        while not browser.execute_script('return document.documentElement.dataset.ready === "yes"'):
            time.sleep(0.005)

    def leave():
        browser.get("about:blank")
        blank_mb.append(memory_mb(browser))

    def ours():
        leave()
        start = time.perf_counter()
        load_cold()
        return time.perf_counter() - start

    def note() -> str:
        ours()
        for technology in ("2G", "3G", "4G", "5G", "any"):
            browser.execute_script("document.getElementById(arguments[0]).click()", f"technology-{technology}")
            time.sleep(0.3)
        size, at_most = path.stat().st_size, memory_mb(browser)
        browser.execute_cdp_cmd("HeapProfiler.collectGarbage", {})
        memory = memory_mb(browser)
        for what, value, most in (("bytes", size, MOST_BYTES), ("MB of memory", memory, MOST_MB)):
            assert value <= most, f"{iso3}: {value:,.0f} {what}, budget {most:,.0f}"
        return (
            f"{size / 1e6:.2f} MB; {memory:.0f} MB of memory after every technology was looked at, {at_most:.0f} MB before "
            f"the browser tidied up ({np.median(blank_mb):.0f} MB on a blank page; budget {MOST_MB:.0f} MB)"
        )

    return Row(f"map of {iso3}, from a blank page to one that can be used", ours, {}, note=note, most_s=MOST_S)
