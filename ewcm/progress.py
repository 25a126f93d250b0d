"""How far a command is, on standard error: for a person at a terminal, for a log file, or for a program."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from ewcm.core.signals import end_if_asked
from ewcm.errors import one_line

if TYPE_CHECKING:
    from rich.console import Console  # most commands show no display, and it takes a while to import

#: Seconds between two lines about one step; its beginning and its end are always told.
_EVERY_S = 2.0

#: Called with a step and how much of it is done (0..1).
Step = Callable[[str, float], None]


class Style(StrEnum):
    """``auto``: a display on a terminal, else lines with the time. ``plain``: lines with the time, ``json``: one JSON object a
    line, ``none``: nothing."""

    AUTO = "auto"
    PLAIN = "plain"
    JSON = "json"
    NONE = "none"


class Log:
    """Lines with the time (UTC) in front, or JSON objects that hold it."""

    def __init__(self, console: Console, style: Style) -> None:
        self._console = console
        self._style = style
        self._told: dict[str, tuple[str, float]] = {}

    @property
    def live(self) -> bool:
        """Whether a display that moves takes the place of lines: somebody sits at a terminal and has asked for nothing else."""
        return self._style == Style.AUTO and self._console.is_terminal

    def step(self, iso3: str, step: str, done: float) -> None:
        """A country has come to a step, or further in it. Lines tell each step once, JSON every few seconds."""
        if self.live or self._style == Style.NONE:
            return
        before, when = self._told.get(iso3, ("", 0.0))
        now = time.monotonic()
        if step == before and (self._style != Style.JSON or (done < 1.0 and now - when < _EVERY_S)):
            return
        self._told[iso3] = step, now
        self.say(f"{iso3} {step}", event="step", country=iso3, step=step, done=round(float(done), 4))

    def say(self, text: str, **fields: object) -> None:
        """One line: ``text`` for a person, ``fields`` for a program."""
        if self.live or self._style == Style.NONE:
            return
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        line = f"{now} {one_line(text)}"
        if self._style == Style.JSON:
            line = json.dumps({"time": now, **fields}, ensure_ascii=False)
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)


@contextmanager
def of_one_country(iso3: str, console: Console, style: Style) -> Iterator[Step]:
    """What is called with each step of one country: a bar on a terminal, else a :class:`Log`."""
    log = Log(console, style)
    if not log.live:

        def tell(step: str, done: float) -> None:
            end_if_asked()  # a signal may have been lost in a library
            log.step(iso3, step, done)

        yield tell
        return
    from ewcm.progress_bar import bar

    with bar(console) as display:
        task = display.add_task("inputs", total=1.0)

        def show(step: str, done: float) -> None:
            end_if_asked()
            if done == 0.0:  # the time left is that of the step
                display.reset(task)
            display.update(task, description=step, completed=done)

        yield show
