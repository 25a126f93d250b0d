"""What a page costs an old machine: time [s] of its processor, whatever else the machine of the tests is busy with."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from selenium.webdriver import Chrome

#: How many times slower than this one an old machine is.
SLOWER = 4

#: Controls of service and case; where a page lacks one, it is passed over.
CONTROLS = (
    "case-low",
    "technology-4G",
    "case-high",
    "technology-3G",
    "technology-2G",
    "case-central",
    "technology-any",
)


class OldMachine:
    """A browser whose page counts its processor time.

    It is not slowed itself: the time is multiplied, so that it is that of the page's work and not that of a brake whose steps
    depend on what else runs.
    """

    def __init__(self, browser: Chrome) -> None:
        self.browser = browser
        browser.execute_cdp_cmd("Performance.enable", {"timeDomain": "threadTicks"})

    def leave(self) -> None:
        self.browser.execute_cdp_cmd("Performance.disable", {})

    def _metrics(self) -> dict[str, float]:
        metrics = self.browser.execute_cdp_cmd("Performance.getMetrics", {})["metrics"]
        return {one["name"]: float(one["value"]) for one in metrics}

    def _work_s(self) -> float:
        """Time [s] of scripts, styles and layout of the page so far."""
        values = self._metrics()
        return sum(values[name] for name in ("ScriptDuration", "LayoutDuration", "RecalcStyleDuration"))

    @contextmanager
    def _counted(self, found: list[float]) -> Iterator[None]:
        before = self._work_s()
        yield
        found.append(SLOWER * (self._work_s() - before))

    def opening_s(self, act: Callable[[], object]) -> float:
        """Time that opening a page costs, with all that the browser does for it; the page counts from nothing."""
        self.browser.get("about:blank")
        act()
        return SLOWER * self._metrics()["TaskDuration"]

    def _click(self, identity: str) -> None:
        """Click a control and lay the page out, as far as the next picture on the screen needs it."""
        self.browser.execute_script(
            "document.getElementById(arguments[0]).click(); document.body.getBoundingClientRect()", identity
        )

    def switches_s(self) -> dict[str, float]:
        """Time of every switch of service and case, by tab and control: the least of three, since the first compiles."""
        found: dict[str, float] = {}
        for tab in ("overview", "areas", "coldspots"):
            self._click(f"to-{tab}")
            for _ in range(3):
                for control in CONTROLS:
                    if not self.browser.execute_script("return !!document.getElementById(arguments[0])", control):
                        continue
                    spent: list[float] = []
                    with self._counted(spent):
                        self._click(control)
                    name = f"{tab}, {control}"
                    found[name] = min(found.get(name, spent[0]), spent[0])
        return found

    def longest_zoom_task_s(self) -> float:
        """Time of the costliest step of zooming in and out again, all its tasks together."""
        spent: list[float] = []
        for control in ["zoom-in"] * 6 + ["zoom-out"] * 6:
            with self._counted(spent):
                self._click(control)
                time.sleep(0.6)  # the map comes to rest
        return max(spent)
