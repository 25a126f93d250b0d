"""``ewcm alert``: its arguments and what is printed. Imports what it needs when called."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ewcm.errors import SettingsError, one_line


def add_alert(commands: Any, shared: Callable[..., list[argparse.ArgumentParser]]) -> None:
    """Add ``alert`` to the commands."""
    alert = commands.add_parser(
        "alert",
        parents=shared("json", "language"),
        help="who gets an alert (a file of CAP, a feed or a folder), by which channel, and who does not",
    )
    alert.add_argument("file", type=Path, metavar="FILE", help="alert, feed, or folder of alerts")
    alert.add_argument("iso3", nargs="*", metavar="ISO3", help="countries (default: every published one it touches)")
    alert.add_argument(
        "--results",
        type=Path,
        default=Path("maps"),
        metavar="DIR",
        help="folder of published countries (default: maps)",
    )
    alert.add_argument("--output", type=Path, metavar="DIR", help="where to write (default: alerts/<name of the file>)")
    alert.add_argument("--channels", type=Path, metavar="FILE", help="channels beside the mobile signal (TOML)")
    alert.add_argument("--geocodes", type=Path, metavar="FILE", help="polygons of codes of areas: columns code, scheme")
    alert.add_argument("--with-geocodes", action="store_true", help="codes count beside polygons and circles too")
    alert.add_argument(
        "--at", metavar="TIME", help="moment that tells what has expired, such as 2026-01-31T12:00Z (default: now)"
    )
    alert.add_argument(
        "--loss",
        metavar="WHAT",
        help="the same with sites lost: a storm ('PAM 2015'), a list of sites (CSV), a file of a hazard, a scenario (TOML)",
    )
    alert.add_argument(
        "--loss-hours", type=float, default=24.0, metavar="H", help="hours after the event of the loss (default: 24)"
    )
    alert.add_argument(
        "--targeting", action="store_true", help="whom the choice of sites misses inside and reaches outside"
    )
    alert.set_defaults(command=_alert)


def _alert(options: argparse.Namespace) -> int:
    from ewcm.core.extras import left_aside

    with left_aside("boto3", "dask"):
        from ewcm.api import alert
    from ewcm.core.texts import language_of_user
    from ewcm.option_files import states_of_options
    from ewcm.report.alert_files import check_place
    from ewcm.report.alert_lines import alert_lines
    from ewcm.report.tables import json_text

    output = options.output or Path("alerts") / (options.file.stem or "alert")
    check_place(output)  # before the work
    read_from = states_of_options(vars(options))
    answer = alert(
        options.file,
        options.iso3,
        maps=options.results,
        channels=options.channels,
        geocodes=options.geocodes,
        with_codes=options.with_geocodes,
        at=None if options.at is None else _moment(options.at),
        loss=options.loss,
        loss_hours=options.loss_hours,
        targeting=options.targeting,
    )
    read_from.refuse_changed()
    language = language_of_user(options.language)
    folder = answer.write(output, language)
    if options.json:
        print(json_text(answer.summary), end="")
        return 0
    for line in alert_lines(answer, language):
        print(one_line(line))
    print(one_line(folder / "index.html"))
    return 0


def _moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise SettingsError(f"--at: '{text}' is not a moment; write 2026-01-31T12:00Z") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
