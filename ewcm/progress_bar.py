"""The bar of one country on a terminal."""

from __future__ import annotations

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn, TimeElapsedColumn
from rich.text import Text


class TimeLeftColumn(ProgressColumn):
    """The time left of a step that takes longer, in words."""

    max_refresh = 0.5

    def render(self, task: Task) -> Text:
        """See :class:`rich.progress.ProgressColumn`."""
        seconds = task.time_remaining
        if task.finished or not seconds:
            return Text()
        return Text(f"{seconds / 60:.0f} min left" if seconds > 90 else f"{seconds:.0f} s left")


def bar(console: Console) -> Progress:
    """A bar with the step, the time and the time that is left."""
    return Progress(
        TextColumn("{task.description:<12}"),
        BarColumn(),
        TimeElapsedColumn(),
        TimeLeftColumn(),
        speed_estimate_period=300.0,  # seconds; a piece of coverage takes some
        console=console,
    )
