"""The command line: commands only, no logic."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn, TimeElapsedColumn
from rich.text import Text

from ewcm import __version__
from ewcm.core.channels import SERVICES, TECHNOLOGIES
from ewcm.countries import countries, country
from ewcm.errors import EwcmError, SettingsError, one_line

if TYPE_CHECKING:
    from ewcm.settings import Settings  # pydantic takes a while to import, and help needs none of it

#: Exit status of a mistake the user can mend.
USER_ERROR = 2

#: Exit status after Ctrl-C, as shells count it.
INTERRUPTED = 130

#: Signs in a line of a table that goes to a file.
LOG_WIDTH = 200


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit status is 0, or 2 after an error said in one line."""
    options = _parser().parse_args(arguments)
    try:
        command: Callable[[argparse.Namespace], int] = options.command
        return command(options)
    except EwcmError as error:
        if options.debug:
            raise
        print(f"ewcm: {error}", file=sys.stderr)
        return USER_ERROR
    except BrokenPipeError:
        return 0
    except KeyboardInterrupt:
        print("ewcm: stopped", file=sys.stderr)
        return INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--debug", action="store_true", help="show the traceback of an error")
    parser = argparse.ArgumentParser(prog="ewcm", description="Who cannot be reached by an early warning, and where.")
    parser.add_argument("--version", action="version", version=f"ewcm {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    run = commands.add_parser("run", parents=[shared], help="compute one country and write its map, tables and layers")
    _add_inputs(run)
    run.add_argument("--output", type=Path, metavar="DIR", help="where to write (default: maps/<ISO3>)")
    run.add_argument(
        "--radius-km",
        type=_radii,
        metavar="R",
        help="radius of the circle model: one number for every technology, or 2G=15,3G=10,…",
    )
    run.add_argument("--models", type=_names, metavar="LIST", help="models allowed, best first: declared,p1812,radius")
    run.add_argument("--min-people", type=float, metavar="N", help="smallest coldspot that is listed")
    run.add_argument(
        "--coldspots", type=_names, metavar="LIST", help=f"services to list coldspots of: {','.join(SERVICES)}"
    )
    run.add_argument("--quiet", action="store_true", help="no progress display")
    run.set_defaults(command=_run)

    check = commands.add_parser("check", parents=[shared], help="read every input and say what it is, without running")
    _add_inputs(check)
    check.set_defaults(command=_check)

    batch = commands.add_parser("batch", parents=[shared], help="bring many countries up to date (docs/batch.md)")
    batch.add_argument("iso3", nargs="*", metavar="ISO3", help="countries to make")
    batch.add_argument("--all", action="store_true", help="every country of the registry")
    batch.add_argument(
        "--inputs", type=Path, default=Path("data"), metavar="DIR", help="folder of folders (default: data)"
    )
    batch.add_argument("--output", default="maps", metavar="PLACE", help="folder or fsspec address (default: maps)")
    batch.add_argument("--workers", type=int, metavar="N", help="processes on this machine (default: one a core)")
    batch.add_argument(
        "--scheduler", metavar="ADDRESS", help="use a running Dask scheduler, such as tcp://10.0.0.1:8786"
    )
    again = batch.add_mutually_exclusive_group()
    again.add_argument("--resume", dest="fresh", action="store_false", help="leave what is up to date (the default)")
    again.add_argument("--fresh", dest="fresh", action="store_true", help="make every country again")
    batch.add_argument(
        "--keep-going",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="go on after a country has failed (default: yes)",
    )
    batch.add_argument("--report", type=Path, metavar="FILE", help="write what became of each country as JSON")
    batch.add_argument("--memory-limit", type=_bytes, metavar="SIZE", help="of each worker, such as 2GiB")
    batch.set_defaults(command=_batch)

    fetch = commands.add_parser("fetch", parents=[shared], help="download open data of a country (docs/fetch.md)")
    fetch.add_argument("iso3", nargs="+", metavar="ISO3", help="countries, or 'all' for the registry")
    fetch.add_argument("--only", type=_names, default=(), metavar="LIST", help="only these sources or layers")
    fetch.add_argument("--year", type=int, metavar="Y", help="year of the population")
    fetch.add_argument("--resolution", choices=("1km", "100m"), default="1km", help="of the population (default: 1km)")
    fetch.add_argument("--folder", type=Path, metavar="DIR", help="where to put one country (default: data/<ISO3>)")
    fetch.add_argument("--mirror", metavar="URL", help="ask this server instead of the sources' own")
    fetch.add_argument("--dry-run", action="store_true", help="say what would come, how large, under which licence")
    fetch.add_argument("--quiet", action="store_true", help="no progress display")
    fetch.set_defaults(command=_fetch)

    listing = commands.add_parser("countries", parents=[shared], help="list the registry of countries")
    listing.set_defaults(command=_countries)
    return parser


def _add_inputs(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("iso3", metavar="ISO3", help="ISO 3166-1 alpha-3 code, such as SOM")
    parser.add_argument("--inputs", type=Path, metavar="DIR", help="folder with the input files (default: data/<ISO3>)")


def _radii(text: str) -> dict[str, float]:
    try:
        if "=" not in text:
            return dict.fromkeys(TECHNOLOGIES, float(text))
        return {name.strip(): float(value) for name, value in (part.split("=") for part in text.split(","))}
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is not a radius; write 10, or 2G=15,3G=10") from None


def _names(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _bytes(text: str) -> int:
    number, unit = text.rstrip("KMGTiBkbgmt"), text.lstrip("0123456789.")
    factors = {"": 1, "B": 1, "MB": 10**6, "GB": 10**9, "MiB": 2**20, "GiB": 2**30, "M": 2**20, "G": 2**30}
    try:
        return int(float(number) * factors[unit])
    except (KeyError, ValueError):
        raise argparse.ArgumentTypeError(f"'{text}' is not a size; write 2GiB or 1500MB") from None


def _settings(options: argparse.Namespace, settings: Settings) -> Settings:
    """The settings of the inputs, changed by what the command line says."""
    changes: dict[str, object] = {}
    if options.radius_km is not None:
        changes["radius_km"] = options.radius_km
    if options.models is not None:
        changes["models"] = options.models
    if options.min_people is not None:
        changes["min_people"] = options.min_people
    if options.coldspots is not None:
        changes["coldspot_services"] = options.coldspots
    return settings.changed(**changes)


def _run(options: argparse.Namespace) -> int:
    # What reads and computes takes two seconds to import; help, the list of countries and a download need none of it.
    from ewcm import pipeline
    from ewcm.inputs.find import find_inputs
    from ewcm.inputs.read import load

    console = Console(stderr=True)
    selected = country(options.iso3)
    inputs = find_inputs(selected, options.inputs)
    for line in inputs.guesses:
        print(line)
    with Progress(
        TextColumn("{task.description:<12}"),
        BarColumn(),
        TimeElapsedColumn(),
        TimeLeftColumn(),
        speed_estimate_period=300.0,  # seconds; a piece of coverage takes some
        console=console,
        disable=options.quiet,
    ) as display:
        task = display.add_task("inputs", total=1.0)

        def show(step: str, done: float) -> None:
            if done == 0.0:  # the time left is that of the step
                display.reset(task)
            display.update(task, description=step, completed=done)

        data = load(inputs)
        result = pipeline.run(data, _settings(options, inputs.settings), show)
        show("writing", 0.0)
        folder = result.write(options.output or Path("maps") / selected.iso3)
    print(headline(result.summary))
    for caveat in result.summary["caveats"]:  # type: ignore[attr-defined]
        print(f"  note: {one_line(caveat['text'])}")
    print(f"{folder / 'index.html'}")
    return 0


class TimeLeftColumn(ProgressColumn):
    """The time left of a step that takes longer, in words."""

    max_refresh = 0.5

    def render(self, task: Task) -> Text:
        """See :class:`rich.progress.ProgressColumn`."""
        seconds = task.time_remaining
        if task.finished or not seconds:
            return Text()
        return Text(f"{seconds / 60:.0f} min left" if seconds > 90 else f"{seconds:.0f} s left")


def headline(summary: dict[str, object]) -> str:
    """Two lines that say what a run found."""
    figures = summary["services"]["any"]  # type: ignore[index]
    people = float(summary["people"])  # type: ignore[arg-type]
    grade = "STARTER DATA (modelled) — " if summary["starter"] else ""
    lines = [f"{grade}{summary['name']}: {people:,.0f} people"]
    if people and figures["unknown_share"] < 1:
        lines.append(
            f"  out of reach of any network: {figures['uncovered']:,.0f} ({figures['uncovered_share']:.2%}), "
            f"between {figures['uncovered_low']:,.0f} and {figures['uncovered_high']:,.0f}"
        )
    if figures["unknown"]:
        lines.append(f"  unknown: {figures['unknown']:,.0f} ({figures['unknown_share']:.2%})")
    return "\n".join(lines)


def _check(options: argparse.Namespace) -> int:
    from ewcm.inputs.check import describe
    from ewcm.inputs.find import find_inputs
    from ewcm.inputs.read import load

    inputs = find_inputs(country(options.iso3), options.inputs)
    print(describe(load(inputs), inputs))
    return 0


def _batch(options: argparse.Namespace) -> int:
    # Dask takes a second to import; the other commands need none of it.
    from ewcm.batch import closing_line, run_batch, table

    if bool(options.iso3) == options.all:
        raise SettingsError("batch: name the countries, or give --all (not both)")
    signal.signal(signal.SIGTERM, _stop)
    report = run_batch(
        options.iso3 or None,
        inputs=options.inputs,
        output=options.output,
        workers=options.workers,
        scheduler=options.scheduler,
        fresh=options.fresh,
        keep_going=options.keep_going,
        memory_limit=options.memory_limit,
        report=options.report,
    )
    # A log file gets whole lines; only a terminal has a width to keep to.
    Console(width=None if sys.stdout.isatty() else LOG_WIDTH).print(table(report.countries))
    print(closing_line(report))
    return report.exit_code


def _stop(number: int, frame: object) -> None:
    """Asked to end: what is published stays, the place is given back, the atlas is made."""
    raise SystemExit(128 + number)


def _fetch(options: argparse.Namespace) -> int:
    # Most commands never go to the internet: the client is loaded by the one that does.
    from ewcm.fetch.command import run_fetch

    return run_fetch(
        options.iso3,
        folder=options.folder,
        only=options.only,
        year=options.year,
        resolution=options.resolution,
        dry_run=options.dry_run,
        quiet=options.quiet,
        mirror=options.mirror,
    )


def _countries(options: argparse.Namespace) -> int:
    for entry in countries():
        mccs = ",".join(str(mcc) for mcc in entry.mccs)
        print(f"{entry.iso3}  {entry.name:<24} {entry.membership:<8} MCC {mccs:<12} map in {entry.language}")
    return 0
