"""The map in a browser: bytes of the file, memory of the page, and what a reader waits for on an old machine.

The countries are those whose pages are largest in bytes (MDG, TZA), in pixels (KIR, which crosses 180°) and in coldspots
(SDN), and one of many areas (BGD). An old machine is four times slower than this one: its time is four times that of the
page's own processor clock, so that other work on the machine does not count. Every round starts from a blank page.
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
from tests.browser.old_machine import OldMachine
from tests.browser.open_page import memory_mb, resize

COUNTRIES = ("SDN", "TZA", "MDG", "KIR", "BGD")

#: Budgets: seconds on an old machine until the page can be used, for a switch of service or case, and for all tasks of a
#: step of the zoom; bytes of the largest page; and memory [MB].
READY_S, SWITCH_S, TASK_S = 4.0, 0.2, 0.3
MOST_BYTES, MOST_MB = 8e6, 300.0


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
                    note=partial(_on_an_old_machine, browser, path, folder / f"{iso3}.profile"),
                    most_s=READY_S / 2,
                )
        finally:
            browser.quit()


def _open_cold(browser: Chrome, path: Path) -> None:
    browser.get("about:blank")
    browser.get(path.as_uri())
    while not browser.execute_script('return document.documentElement.dataset.ready === "yes"'):
        time.sleep(0.005)


def _on_an_old_machine(browser: Chrome, path: Path, profile: Path) -> str:
    """Times on an old machine; bytes and memory. Raises AssertionError beyond the budgets."""
    machine = OldMachine(browser)
    ready_s = machine.opening_s(lambda: _open_cold(browser, path))
    time.sleep(3.0)  # the pictures of the other services are read meanwhile
    switches = machine.switches_s()
    zoom_s = machine.longest_zoom_task_s()
    machine.leave()
    size, memory = _size_and_memory(path, profile)
    worst = max(switches, key=lambda name: switches[name])
    found = (
        ("s until it can be used", ready_s, READY_S),
        (f"s for a switch ({worst})", switches[worst], SWITCH_S),
        ("s for all tasks of a step of the zoom", zoom_s, TASK_S),
        ("bytes", size, MOST_BYTES),
        ("MB of memory", memory, MOST_MB),
    )
    said = [
        f"{value:,.2f} {what} (budget {most:,g}{'' if value <= most else ', NOT MET'})" for what, value, most in found
    ]
    return "four times slower: " + "; ".join(said)


def _size_and_memory(path: Path, profile: Path) -> tuple[float, float]:
    """Bytes of a page, and the most memory [MB] that it takes in a browser of its own, which keeps no page of before."""
    browser = start_chromium(profile)
    try:
        resize(browser, 1366, 768)
        _open_cold(browser, path)
        found_mb = [memory_mb(browser)]
        for technology in ("2G", "3G", "4G", "5G", "any"):
            browser.execute_script("document.getElementById(arguments[0]).click()", f"technology-{technology}")
            time.sleep(0.5)
            found_mb.append(memory_mb(browser))
    finally:
        browser.quit()
    return float(path.stat().st_size), max(found_mb)
