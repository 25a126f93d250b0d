"""The table of a batch, live while it runs and once at its end."""

from __future__ import annotations

import sys
import threading
from collections import Counter
from collections.abc import Iterable

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from ewcm.batch.outcome import BatchReport, CountryOutcome, Status
from ewcm.errors import one_line
from ewcm.progress import Log, Style
from ewcm.report.numbers import NO_RANGE

#: Characters in a line of a table that goes to a file.
LOG_WIDTH = 200

_STYLES = {
    Status.DONE: "green",
    Status.CURRENT: "green",
    Status.FAILED: "bold red",
    Status.RUNNING: "cyan",
    Status.WAITING: "dim",
    Status.NOT_RUN: "yellow",
}


def table(outcomes: Iterable[CountryOutcome], steps: dict[str, str] | None = None) -> Table:
    """One row a country. ``steps``: what the running ones are at, by ISO3."""
    found = Table(title_justify="left", pad_edge=False, box=None)
    found.add_column("country", overflow="fold")
    for name in ("people", "unreached", "range", "unknown", "time", "memory"):
        found.add_column(name, justify="right", no_wrap=True)
    found.add_column("official (SDG 9.c.1)", overflow="fold")
    found.add_column("status", overflow="fold")
    starter = False
    sources: list[str] = []
    for outcome in outcomes:
        starter |= outcome.starter
        status = (steps or {}).get(outcome.iso3, str(outcome.status))
        found.add_row(
            f"{outcome.iso3} {outcome.name}{' *' if outcome.starter else ''}",
            _count(outcome.people),
            _unreached(outcome),
            _range(outcome),
            _unknown(outcome),
            "" if outcome.seconds is None else f"{outcome.seconds:.1f} s",
            "" if outcome.peak_bytes is None else f"{outcome.peak_bytes / 1024**2:,.0f} MiB",
            Text(_official(outcome, sources)),
            Text(f"{status}: {outcome.cause}" if outcome.cause else status, style=_STYLES[outcome.status]),
        )
    captions = ["* STARTER DATA: modelled, not measured; not for decisions"] if starter else []
    if sources:
        captions.append(
            "official: people within reach of at least that technology, the year, where the figure lies outside our model range, "
            "its role (check: stands beside; target: the model was set to it), its source:"
        )
        captions += [f"[{number}] {one_line(source)}" for number, source in enumerate(sources, start=1)]
    if captions:
        found.caption = Text("\n".join(captions))
        found.caption_justify = "left"
    return found


def _official(outcome: CountryOutcome, sources: list[str]) -> str:
    """The official figures of a country. ``sources``: those named so far, to which new ones are added."""
    found = []
    for technology, official in outcome.official.items():
        if official is None:
            found.append(f"{technology} unknown")
            continue
        if official["source"] not in sources:
            sources.append(official["source"])
        position = official["position"] if official["position"] in ("above", "below") else ""
        about = (official["year"], position, official["role"], f"[{sources.index(official['source']) + 1}]")
        found.append(f"{technology} {official['share']:.1%} ({', '.join(str(part) for part in about if part)})")
    return "\n".join(found)


def line(outcome: CountryOutcome) -> str:
    """One finished country in one line, for logs."""
    if outcome.status in (Status.FAILED, Status.NOT_RUN):
        return f"{outcome.iso3} {outcome.status}: {outcome.cause}"
    return f"{outcome.iso3} {outcome.status}, {outcome.seconds or 0:.1f} s"


def closing_line(report: BatchReport) -> str:
    """The batch in one line."""
    counts = Counter(outcome.status for outcome in report.countries)
    parts = [f"{counts[status]} {status}" for status in Status if counts[status]]
    trouble = f"; {report.trouble}" if report.trouble else ""
    workers = f"{report.workers} worker{'s' * (report.workers != 1)}"
    return f"{', '.join(parts)} in {report.seconds:.0f} s with {workers}; results in {report.output}{trouble}"


def say_report(report: BatchReport, *, as_json: bool, quiet: bool) -> None:
    """What became of a batch: JSON, a table with a closing line, or, where it was to be quiet, what has failed."""
    if as_json:
        print(report.to_json(), end="")
    elif not quiet:
        # A log file gets whole lines; only a terminal has a width to keep to.
        Console(width=None if sys.stdout.isatty() else LOG_WIDTH).print(table(report.countries))
        print(closing_line(report))
    if quiet:
        for outcome in report.failed:
            print(f"ewcm: {one_line(line(outcome))}", file=sys.stderr)
        if report.trouble:
            print(f"ewcm: {one_line(report.trouble)}", file=sys.stderr)


def _count(people: float | None) -> str:
    return "" if people is None else f"{people:,.0f}"


def _unreached(outcome: CountryOutcome) -> str:
    """Unknown is not uncovered: a country whose coverage is unknown shows no figure, and one of a newer technology names it,
    with those out of reach of any network where they are known to be nearly nobody."""
    if outcome.people is None:
        return ""
    if outcome.unreached is None:
        return "unknown"
    if outcome.service == "any":
        return _count(outcome.unreached)
    of_any = "" if outcome.unreached_any is None else f",\n{_count(outcome.unreached_any)} without any"
    return f"{_count(outcome.unreached)} without {outcome.service}{of_any}"


def _unknown(outcome: CountryOutcome) -> str:
    """People of whom nothing is known; of a newer technology and of any network where the figures are of a newer one."""
    if outcome.service in (None, "any"):
        return _count(outcome.unknown)
    return f"{_count(outcome.unknown)} for {outcome.service},\n{_count(outcome.unknown_any)} for any"


def _range(outcome: CountryOutcome) -> str:
    if outcome.people is None or outcome.unreached is None:
        return ""
    if outcome.unreached_low is None or outcome.unreached_high is None:
        return NO_RANGE
    low, high = _count(outcome.unreached_low), _count(outcome.unreached_high)
    return NO_RANGE if low == high else f"{low} to {high}"


class Display:
    """What is seen of a running batch: the live table on a terminal, else lines in a log."""

    def __init__(self, console: Console, outcomes: dict[str, CountryOutcome], style: Style = Style.AUTO) -> None:
        self._log = Log(console, style)
        self._outcomes = outcomes
        self._steps: dict[str, str] = {}
        self._guard = threading.Lock()
        self._live = Live(get_renderable=self._render, console=console, transient=True, refresh_per_second=2)

    def __enter__(self) -> Display:
        if self._log.live:
            self._live.start()
        count = len(self._outcomes)
        self._log.say(f"{count} countries" if count > 1 else "1 country", event="begun", countries=list(self._outcomes))
        return self

    def __exit__(self, *_: object) -> None:
        if self._log.live:
            self._live.stop()

    def step(self, iso3: str, step: str, done: float) -> None:
        """A running country has come to a step, or further in it (0..1)."""
        with self._guard:
            self._steps[iso3] = f"{step} {done:.0%}"
            self._log.step(iso3, step, done)

    def finished(self, outcome: CountryOutcome) -> None:
        """A country has come to its end."""
        with self._guard:
            self._steps.pop(outcome.iso3, None)
            about = {"status": str(outcome.status), "seconds": outcome.seconds, "cause": outcome.cause}
            self._log.say(line(outcome), event="finished", country=outcome.iso3, **about)

    def _render(self) -> Table:
        with self._guard:
            # The rows that matter now: a terminal shows fewer lines than there are countries.
            late = (Status.WAITING, Status.NOT_RUN)
            rows = sorted(self._outcomes.values(), key=lambda outcome: (outcome.status in late, outcome.iso3))
            return table(rows, dict(self._steps))
