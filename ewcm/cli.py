"""The command line: commands only, no logic."""

from __future__ import annotations

import argparse
import gc
import json
import os
import shlex
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ewcm import __version__, streams
from ewcm.alert_command import add_alert
from ewcm.brief_command import add_brief
from ewcm.compare_command import add_compare
from ewcm.core import extras
from ewcm.core.channels import SERVICES
from ewcm.core.signals import ending_in_order
from ewcm.countries import LANGUAGES, countries, country
from ewcm.course_command import add_course
from ewcm.errors import EwcmError, InputChangedError, InputError, SettingsError, one_line
from ewcm.learning.command import add_propagation
from ewcm.learning.coverage_command import add_coverage
from ewcm.learning.people_command import add_people
from ewcm.loss_command import add_loss
from ewcm.plan_command import add_plan
from ewcm.progress import Style, of_one_country

if TYPE_CHECKING:
    from ewcm.settings import Settings  # pydantic takes a while to import, and help needs none of it

    _Commands = argparse._SubParsersAction[argparse.ArgumentParser]

#: Exit status of a mistake the user can mend.
USER_ERROR = 2

#: Exit status where all was done and could not be said.
UNSAID = 1

#: Exit status of `check --strict` where there is something to doubt.
DOUBTFUL = 1

#: Exit status after Ctrl-C, as shells count it.
INTERRUPTED = 130

#: Objects made until the collector of cyclic garbage looks through the newest, the younger and all. Python's own 700 is for
#: programs that make few: importing pandas or writing a page makes a million, all to be kept, and looking costs an eighth more.
_COLLECTOR = 50_000, 20, 50


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit status is 0, or 2 after an error said in one line.

    What was to be said and could not be (standard output is full, or closed) makes a status of 0 a 1; that its reader has gone
    does not. A signal that ends the command leaves nothing half done behind, and 128 and its number as the status.
    """
    gc.set_threshold(*_COLLECTOR)
    if "_ARGCOMPLETE" in os.environ:  # a shell asks what may come next; nothing else is done
        from ewcm.completion import answer

        answer(make_parser())
    with streams.guarded() as (out, _):
        try:
            status = _status(arguments)
        except SystemExit as end:  # of help, a wrong argument, or a signal
            if end.code or _is_said(out):
                raise
            raise SystemExit(UNSAID) from None
        return status if _is_said(out) else status or UNSAID


def _is_said(out: streams.Stream) -> bool:
    """Whether all that was printed came to standard output, as far as its reader wanted it; says so where it did not."""
    out.flush()
    if out.error is None or isinstance(out.error, BrokenPipeError):
        return True
    print(f"ewcm: standard output cannot be written ({out.error.strerror})", file=sys.stderr)
    return False


def _status(arguments: Sequence[str] | None) -> int:
    options = None
    try:
        with ending_in_order():
            options = make_parser().parse_args(arguments)
            command: Callable[[argparse.Namespace], int] = options.command
            return command(options)
    except EwcmError as error:
        if options is not None and options.debug:
            raise
        print(f"ewcm: {error}", file=sys.stderr)
        return USER_ERROR
    except OSError as error:
        if options is not None and options.debug:
            raise
        named = "" if error.filename is None else f"{os.fsdecode(error.filename)}: "
        if not named and isinstance(error, FileNotFoundError):  # of the folder in which the command was started
            named = "the current folder is not there any more; change to another one: "
        print(f"ewcm: {one_line(named)}{one_line(error.strerror or error)}", file=sys.stderr)
        return USER_ERROR
    except UnicodeError as error:
        if options is not None and options.debug:
            raise
        print(f"ewcm: a name or a text is no UTF-8 ({one_line(error, 200)}); rename it", file=sys.stderr)
        return USER_ERROR
    except MemoryError as error:
        if options is not None and options.debug:
            raise
        mend = "close other programs, raise the limit (ulimit -v), or give a coarser raster of people"
        print(f"ewcm: no memory left ({one_line(error, 200)}); {mend}", file=sys.stderr)
        return USER_ERROR
    except KeyboardInterrupt:
        print("ewcm: stopped", file=sys.stderr)
        return INTERRUPTED


#: Options that several commands have, by name, as argparse takes them. A command adds those it needs with :func:`_shared`.
_SHARED: dict[str, tuple[str, dict[str, Any]]] = {
    "iso3": ("iso3", {"metavar": "ISO3", "help": "ISO 3166-1 alpha-3 code, such as SOM"}),
    "inputs": (
        "--inputs",
        {"type": Path, "metavar": "DIR", "help": "folder with the input files (default: data/<ISO3>)"},
    ),
    "results": (
        "--results",
        {"type": Path, "metavar": "DIR", "help": "folder of a published country, or of several (default: maps/<ISO3>)"},
    ),
    "output": ("--output", {"type": Path, "metavar": "DIR", "help": "where to write (default: maps/<ISO3>)"}),
    "allow_starter": (
        "--allow-starter",
        {"action": "store_true", "help": "take starter data where inputs were meant to be and are not there"},
    ),
    "language": (
        "--language",
        {"choices": LANGUAGES, "help": "of what is printed and of the page (default: that of the environment)"},
    ),
    "json": ("--json", {"action": "store_true", "help": "print JSON and nothing else"}),
    "quiet": ("--quiet", {"action": "store_true", "help": "print nothing but errors (and JSON, with --json)"}),
    "progress": (
        "--progress",
        {
            "type": Style,
            "choices": list(Style),
            "default": Style.AUTO,
            "metavar": "HOW",
            "help": "on standard error: auto (a display on a terminal, else lines with the time), plain, json or none",
        },
    ),
    "debug": ("--debug", {"action": "store_true", "help": "show the traceback of an error"}),
}


def _shared(*names: str) -> list[argparse.ArgumentParser]:
    """Parent parsers of a command: the shared options of these names, and ``--debug``, which every command has."""
    parent = argparse.ArgumentParser(add_help=False)
    for name in (*names, "debug"):
        flag, how = _SHARED[name]
        parent.add_argument(flag, **how)
    return [parent]


def make_parser() -> argparse.ArgumentParser:
    """The parser of every command."""
    parser = argparse.ArgumentParser(prog="ewcm", description="Who cannot be reached by an early warning, and where.")
    parser.add_argument("--version", action="version", version=f"ewcm {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_run(commands)
    _add_init(commands)
    _add_check(commands)
    _add_batch(commands)
    _add_fetch(commands)
    _add_learn(commands)
    add_plan(commands, _shared)
    _add_countries(commands)
    _add_completion(commands)
    add_alert(commands, _shared)
    add_loss(commands, _shared)
    add_compare(commands, _shared)
    add_brief(commands, _shared)
    add_course(commands, _shared)
    return parser


def _add_run(commands: _Commands) -> None:
    run = commands.add_parser(
        "run",
        parents=_shared("iso3", "inputs", "output", "allow_starter", "json", "quiet", "progress"),
        help="compute one country and write its map, tables and layers",
    )
    _add_settings(run)
    run.set_defaults(command=_run)


def _add_settings(parser: argparse.ArgumentParser) -> None:
    """The settings that the command line can change (:func:`_changes`)."""
    parser.add_argument(
        "--radius-km",
        metavar="R",
        help="radius of the circle model: one number for every technology, or 2G=15,3G=10,…",
    )
    parser.add_argument(
        "--models", type=_names, metavar="LIST", help="models allowed, best first: declared,estimated,p1812,radius"
    )
    parser.add_argument(
        "--min-people",
        metavar="N",
        help="people in the smallest connected group out of reach that coldspots are made of",
    )
    parser.add_argument(
        "--coldspots", type=_names, metavar="LIST", help=f"services to list coldspots of: {','.join(SERVICES)}"
    )


def _add_init(commands: _Commands) -> None:
    init = commands.add_parser(
        "init",
        parents=_shared("iso3", "json", "quiet"),
        help="write an inputs.toml with comments, from the files of a folder",
    )
    init.add_argument(
        "folder", nargs="?", type=Path, metavar="DIR", help="folder with the input files (default: data/<ISO3>)"
    )
    init.set_defaults(command=_init)


def _add_check(commands: _Commands) -> None:
    check = commands.add_parser(
        "check",
        parents=_shared("iso3", "inputs", "json", "quiet"),
        help="read every input and say what it is, what will be computed and what to doubt, without running",
    )
    check.add_argument(
        "--strict",
        action="store_true",
        help="exit with 1 where there is anything to doubt, such as a file that is not read",
    )
    check.set_defaults(command=_check)


def _add_batch(commands: _Commands) -> None:
    batch = commands.add_parser(
        "batch",
        parents=_shared("allow_starter", "json", "quiet", "progress"),
        help="bring many countries up to date (docs/batch.md)",
    )
    batch.add_argument("iso3", nargs="*", metavar="ISO3", help="countries to make")
    batch.add_argument("--all", action="store_true", help="every country of the registry")
    batch.add_argument("--inputs", type=Path, metavar="DIR", help="folder of folders, one a country (default: data)")
    batch.add_argument("--output", default="maps", metavar="PLACE", help="folder or fsspec address (default: maps)")
    batch.add_argument("--workers", type=_count, metavar="N", help="processes on this machine (default: one a core)")
    batch.add_argument(
        "--scheduler", metavar="ADDRESS", help="use a running Dask scheduler, such as tcp://10.0.0.1:8786"
    )
    start = batch.add_mutually_exclusive_group()
    start.add_argument(
        "--resume", dest="fresh", action="store_false", default=False, help="leave what is up to date (the default)"
    )
    start.add_argument("--fresh", dest="fresh", action="store_true", help="make every country again")
    batch.add_argument(
        "--keep-going",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="go on after a country has failed (default: yes)",
    )
    batch.add_argument("--report", type=Path, metavar="FILE", help="write what became of each country as JSON")
    batch.add_argument("--memory-limit", type=_bytes, metavar="SIZE", help="of each worker, such as 2GiB")
    _add_settings(batch)
    batch.set_defaults(command=_batch)


def _add_fetch(commands: _Commands) -> None:
    fetch = commands.add_parser(
        "fetch", parents=_shared("quiet"), help="download open data of a country (docs/fetch.md)"
    )
    fetch.add_argument("iso3", nargs="+", metavar="ISO3", help="countries, or 'all' for the registry")
    fetch.add_argument("--only", type=_names, default=(), metavar="LIST", help="only these sources or layers")
    fetch.add_argument("--year", type=int, metavar="Y", help="year of the population")
    fetch.add_argument("--resolution", choices=("1km", "100m"), default="1km", help="of the population (default: 1km)")
    fetch.add_argument("--folder", type=Path, metavar="DIR", help="where to put one country (default: data/<ISO3>)")
    fetch.add_argument("--mirror", metavar="URL", help="ask this server instead of the sources' own")
    fetch.add_argument("--dry-run", action="store_true", help="say what would come, how large, under which licence")
    fetch.set_defaults(command=_fetch)


def _add_learn(commands: _Commands) -> None:
    learn = commands.add_parser("learn", help="learn from measurements and censuses, with a card of how well it does")
    kinds = learn.add_subparsers(required=True, metavar="WHAT")
    add_coverage(kinds, _shared)
    add_propagation(kinds, _shared)
    add_people(kinds, _shared)


def _add_countries(commands: _Commands) -> None:
    listing = commands.add_parser("countries", parents=_shared("json"), help="list the registry of countries")
    listing.set_defaults(command=_countries)


def _add_completion(commands: _Commands) -> None:
    completion = commands.add_parser(
        "completion",
        parents=_shared(),
        help="print what makes a shell complete the commands, options, countries and files",
    )
    completion.add_argument("shell", choices=("bash", "zsh", "tcsh", "fish", "powershell"), help="for this shell")
    completion.set_defaults(command=_completion)


def _names(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or int(text) < 1:
        raise argparse.ArgumentTypeError(f"'{text[:20]}' is not a number of them; write 1 or more")
    return int(text)


def _bytes(text: str) -> int:
    number, unit = text.rstrip("KMGTiBkbgmt"), text.lstrip("0123456789.")
    factors = {"": 1, "B": 1, "MB": 10**6, "GB": 10**9, "MiB": 2**20, "GiB": 2**30, "M": 2**20, "G": 2**30}
    try:
        return int(float(number) * factors[unit])
    except (KeyError, ValueError):
        raise argparse.ArgumentTypeError(f"'{text}' is not a size; write 2GiB or 1500MB") from None


def _settings(options: argparse.Namespace, settings: Settings) -> Settings:
    """The settings of the inputs, changed by what the command line says, and checked like those of inputs.toml."""
    return settings.changed(**_changes(options))


def _changes(options: argparse.Namespace) -> dict[str, Any]:
    """The settings that the command line states, by name."""
    stated = {
        "radius_km": None if options.radius_km is None else _radii(options.radius_km),
        "models": options.models,
        "min_people": None if options.min_people is None else _number(options.min_people),
        "coldspot_services": options.coldspots,
    }
    return {name: value for name, value in stated.items() if value is not None}


def _radii(text: str) -> float | dict[str, float]:
    """One radius, or those of some technologies as ``2G=15,3G=10``."""
    try:
        if "=" not in text:
            return float(text)
        return {name.strip(): float(value) for name, value in (part.split("=") for part in text.split(","))}
    except ValueError:
        raise SettingsError(f"--radius-km: '{text}' is not a radius; write 10, or 2G=15,3G=10") from None


def _number(text: str) -> float | str:
    """The number that a text is; any other text stays, for the settings to refuse."""
    try:
        return float(text)
    except ValueError:
        return text


def _run(options: argparse.Namespace) -> int:
    selected = country(options.iso3)
    # What reads and computes takes two seconds to import; help, the list of countries and a download need none of it.
    from rich.console import Console

    from ewcm import pipeline
    from ewcm.core import storage
    from ewcm.core.extras import would_add
    from ewcm.inputs.estimate import WORTH_SAYING_S, estimate
    from ewcm.inputs.find import find_inputs, refuse_starter_in_place_of
    from ewcm.inputs.read import load
    from ewcm.report.headline import headline
    from ewcm.report.publication import published_in
    from ewcm.report.publish import import_ahead, left_out, try_place, write

    output = options.output or Path("maps") / selected.iso3
    try_place(output)  # before the work
    if lacking := left_out():
        print(f"ewcm: {lacking}", file=sys.stderr)
    inputs = find_inputs(selected, options.inputs, allow_starter=options.allow_starter)
    holds, grade = published_in(output)
    if not options.allow_starter:
        refuse_starter_in_place_of(inputs, str(output), grade, holds)
    if holds not in ("", selected.iso3):
        taken = f"{selected.iso3} takes its place when it is published; --output names another folder"
        print(f"ewcm: {one_line(output)}: holds {one_line(holds)}, and {taken}", file=sys.stderr)
    if not options.quiet:
        for line in inputs.guesses:
            print(one_line(line), file=sys.stderr if options.json else sys.stdout)
    style = Style.NONE if options.quiet else options.progress
    console = Console(stderr=True)
    # Arrays of 4·10⁸ grid cells take 9 GiB; from disk the system drops what is not worked on.
    arrays = storage.on_disk(Path(os.path.realpath(output)).parent, shared=False)
    with arrays, of_one_country(selected.iso3, console, style) as show:
        show("inputs", 0.0)
        data = load(inputs)
        settings = _settings(options, inputs.settings)
        expected = estimate(data, settings)
        if expected.seconds > WORTH_SAYING_S and style in (Style.AUTO, Style.PLAIN):
            console.print(str(expected), highlight=False)
        import_ahead()
        result = pipeline.run(data, settings, show)
        show("writing", 0.0)
        folder = write(result, output)
    if options.json:
        print((folder / "summary.json").read_text(encoding="utf-8"), end="")
    if options.json or options.quiet:
        return 0
    print(headline(result))
    for caveat in result.caveats:
        print(f"  note: {one_line(caveat.text)}")
    if more := would_add():
        print(f"  {more}")
    page = folder / "index.html"
    print(one_line(page if page.exists() else folder))
    return 0


def _init(options: argparse.Namespace) -> int:
    from ewcm.inputs.init import write_inputs

    begun = write_inputs(country(options.iso3), options.folder)
    if options.json:
        print(json.dumps(asdict(begun) | {"path": begun.path.as_posix()}, ensure_ascii=False, indent=1))
    elif not options.quiet:
        for line in (*begun.lines, *(f"to decide: {sentence}" for sentence in begun.undecided)):
            print(one_line(line))
        elsewhere = "" if options.folder is None else f" --inputs {shlex.quote(one_line(options.folder))}"
        print(f"{one_line(begun.path)} is written; look through it, then: ewcm check {options.iso3.upper()}{elsewhere}")
    return 0


def _check(options: argparse.Namespace) -> int:
    selected = country(options.iso3)
    from ewcm.inputs.bad_files import bad_files
    from ewcm.inputs.check import as_dict, describe, unread
    from ewcm.inputs.find import Inputs, find_inputs
    from ewcm.inputs.outlook import outlook
    from ewcm.inputs.read import load

    inputs: Inputs | None = None
    try:
        inputs = find_inputs(selected, options.inputs)
        data = load(inputs)
    except InputError as error:
        if options.debug:
            raise
        # What is being written to cannot be judged file by file.
        others = () if inputs is None or isinstance(error, InputChangedError) else bad_files(inputs)
        errors = others if str(error) in others else (str(error), *others)
        if options.json:
            print(json.dumps(unread(selected.iso3, inputs, errors), ensure_ascii=False, indent=1))
        for line in errors:
            print(f"ewcm: {line}", file=sys.stderr)
        return USER_ERROR
    found = outlook(data, inputs)
    if options.json:
        from ewcm.report.tables import json_text

        print(json_text(as_dict(data, inputs, found)), end="")
    elif not options.quiet:
        print(describe(data, inputs, found))
    return DOUBTFUL if options.strict and found.doubts else 0


def _batch(options: argparse.Namespace) -> int:
    if bool(options.iso3) == options.all:
        raise SettingsError("batch: name the countries, or give --all (not both)")
    extras.need("batch", "A batch of countries")
    extras.need("map", "A batch of countries")
    # Dask takes a second to import; the other commands need none of it.
    from rich.console import Console

    from ewcm.batch import BatchStoppedError, run_batch
    from ewcm.batch.display import say_report

    try:
        report = run_batch(
            options.iso3 or None,
            inputs=options.inputs,
            allow_starter=options.allow_starter,
            output=options.output,
            workers=options.workers,
            scheduler=options.scheduler,
            fresh=options.fresh,
            keep_going=options.keep_going,
            memory_limit=options.memory_limit,
            changes=_changes(options),
            report=options.report,
            console=Console(stderr=True),
            progress=Style.NONE if options.quiet else options.progress,
        )
    except BatchStoppedError as stop:
        say_report(stop.report, as_json=options.json, quiet=options.quiet)
        print("ewcm: stopped; the same command goes on where this one ended (without --fresh)", file=sys.stderr)
        return INTERRUPTED
    say_report(report, as_json=options.json, quiet=options.quiet)
    return report.exit_code


def _fetch(options: argparse.Namespace) -> int:
    extras.need("fetch", "A download")
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


def _completion(options: argparse.Namespace) -> int:
    from ewcm.completion import script

    print(script(options.shell), end="")
    return 0


def _countries(options: argparse.Namespace) -> int:
    if options.json:
        print(json.dumps([asdict(entry) for entry in countries()], ensure_ascii=False, indent=1))
        return 0
    for entry in countries():
        mccs = ",".join(str(mcc) for mcc in entry.mccs)
        print(f"{entry.iso3}  {entry.name:<24} {entry.membership:<8} MCC {mccs:<12} map in {entry.language}")
    return 0
