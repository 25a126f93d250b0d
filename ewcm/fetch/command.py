"""What `ewcm fetch` does: progress bars, a table, an exit status."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.table import Table
from rich.text import Text

from ewcm.countries import countries
from ewcm.errors import EwcmError, one_line
from ewcm.fetch.country import FetchReport, fetch
from ewcm.fetch.download import RetryPolicy

#: Exit status when something that was asked for is missing.
PARTIAL = 3


def run_fetch(
    iso3s: Sequence[str],
    *,
    folder: Path | None = None,
    only: Sequence[str] = (),
    year: int | None = None,
    resolution: str = "1km",
    dry_run: bool = False,
    quiet: bool = False,
    mirror: str | None = None,
    retry_policy: RetryPolicy | None = None,
) -> int:
    """Fetch one country or several; ``all`` stands for the registry. Returns the exit status: 0, or 3 for partial.

    ``folder``: where to put the files of a single country; several go to ``data/<ISO3>`` each. With one country, what
    no source can mend is raised (:class:`EwcmError`); with several it is printed, and the others still come.
    """
    codes = [each.iso3 for each in countries()] if list(iso3s) == ["all"] else list(iso3s)
    out, status = Console(highlight=False, soft_wrap=True), 0
    for code in codes:
        try:
            with Bars(disable=quiet or dry_run) as bars:
                report = fetch(
                    code, folder=folder if len(codes) == 1 else None, only=only, year=year, resolution=resolution,
                    dry_run=dry_run, mirror=mirror, retry_policy=retry_policy, progress=bars,
                )  # fmt: skip
        except EwcmError as error:
            if len(codes) == 1:
                raise
            print(f"ewcm: {error}", file=sys.stderr)
            status = PARTIAL
            continue
        if dry_run:
            out.print(plan_table(report))
        elif quiet:
            for outcome in report.outcomes:
                if outcome.state == "failed":
                    print(f"ewcm: {code}: {outcome.source.layer}: {one_line(outcome.message)}", file=sys.stderr)
        else:
            for line in report_lines(report):
                out.print(Text(line))
        status = max(status, report.exit_code)
    return status


def plan_table(report: FetchReport) -> Table:
    """What would come, how large, under which licence."""
    table = Table(title=f"{report.country.name}: what `ewcm fetch {report.country.iso3}` would bring")
    for heading in ("layer", "source", "about", "licence", "from"):
        table.add_column(heading, overflow="fold")
    total = 0.0
    for outcome in report.outcomes:
        source = outcome.source
        total += outcome.expected
        size = "is there" if outcome.state == "present" else _size(outcome.expected)
        remarks = [source.title, outcome.message]
        remarks += ["not redistributable"] if not source.redistributable else []
        remarks += ["non-commercial"] if source.non_commercial else []
        cells = (
            source.layer,
            f"{source.name}: {'; '.join(filter(None, remarks))}",
            size,
            source.licence,
            _host(outcome.address),
        )
        table.add_row(*map(Text, cells))
    table.add_row("", "together", _size(total), "", "")
    return table


def report_lines(report: FetchReport) -> list[str]:
    """One line a source, then where it all is."""
    lines = []
    for outcome in report.outcomes:
        source = outcome.source
        if outcome.state == "failed":
            lines.append(f"  failed   {source.layer:<11} {outcome.message}")
            continue
        number = len(outcome.files)
        what = outcome.files[0] if number == 1 else f"{number} files"
        came = f", {_size(outcome.transferred)}" if outcome.transferred else ""
        note = f" ({outcome.message})" if outcome.message else ""
        lines.append(f"  {outcome.state:<8} {source.layer:<11} {source.name}: {what}{came}{note}")
    lines += [f"  note: {note}" for note in report.notes]
    missing = [outcome.source.name for outcome in report.outcomes if outcome.state == "failed"]
    end = f"partial, without {', '.join(missing)}" if missing else "complete"
    inputs = report.folder / "inputs.toml"
    lines += [f"  {inputs}"] if inputs.exists() else []
    return [f"{report.country.name} ({report.country.iso3}): {end}", *lines]


def _host(address: str) -> str:
    return address.split("://", 1)[-1].split("/", 1)[0]


def _size(size: float) -> str:
    if size >= 1e9:
        return f"{size / 1e9:.1f} GB"
    return f"{size / 1e6:.1f} MB" if size >= 1e5 else f"{size / 1e3:.0f} kB"


class Bars:
    """Progress bars with sizes and rates, on standard error."""

    def __init__(self, *, disable: bool) -> None:
        self._progress = Progress(
            TextColumn("{task.description}", markup=False), BarColumn(), DownloadColumn(), TransferSpeedColumn(),
            TimeRemainingColumn(), console=Console(stderr=True), disable=disable, transient=True,
        )  # fmt: skip

    def __enter__(self) -> Bars:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def begin(self, label: str) -> int:
        """A transfer starts."""
        return int(self._progress.add_task(label, total=None))

    def size(self, task: int, done: int, total: int | None) -> None:
        """It has come so far."""
        self._progress.update(TaskID(task), completed=done, total=total)

    def end(self, task: int) -> None:
        """It is over."""
        self._progress.remove_task(TaskID(task))
