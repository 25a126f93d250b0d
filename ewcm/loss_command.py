"""``ewcm loss``: its arguments and what is printed. Imports what it needs when called."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ewcm.errors import InputError, SettingsError, one_line


def add_loss(commands: Any, shared: Callable[..., list[argparse.ArgumentParser]]) -> None:
    """Add ``loss`` to the commands."""
    loss = commands.add_parser(
        "loss",
        parents=shared("iso3", "results", "json", "language"),
        help="who is still reached when sites are lost, by a list, a threshold or an event (docs/method-loss.md)",
    )
    loss.add_argument("--sites", type=Path, metavar="LIST", help="lost sites: CSV with site_id, or lat and lon")
    loss.add_argument(
        "--hazard",
        metavar="WHAT",
        help="storm of the tracks that come with the engine ('PAM 2015'), or a file of tracks, intensities, a ShakeMap, "
        "polygons",
    )
    loss.add_argument("--scenario", type=Path, metavar="FILE", help="all of this in a file (TOML)")
    loss.add_argument("--kind", metavar="KIND", help="of the hazard in a file: wind, flood, earthquake, …")
    loss.add_argument("--event", metavar="STORM", help="of a file of tracks")
    loss.add_argument("--unit", metavar="UNIT", help="of the values of a raster, such as km/h")
    loss.add_argument(
        "--threshold",
        type=float,
        metavar="X",
        help="every site at or above this intensity, in the unit of --unit, is lost (polygons: 1)",
    )
    loss.add_argument("--values", type=Path, metavar="FILE", help="what operators state of their sites (CSV)")
    loss.add_argument("--fragility", type=Path, metavar="FILE", help="share of sites lost by band of intensity (CSV)")
    loss.add_argument("--hours", metavar="LIST", help="hours after the event (default: 0,8,24,72)")
    loss.add_argument("--services", metavar="LIST", help="services to tell of (default: any,3G+,4G+ as far as known)")
    loss.add_argument(
        "--set",
        dest="changes",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a setting: one number, or three: fewest sites lost, central, most lost (battery_hours=8,4,2)",
    )
    loss.add_argument("--output", type=Path, metavar="DIR", help="where to write (default: losses/<ISO3>)")
    loss.set_defaults(command=_loss)


def _loss(options: argparse.Namespace) -> int:
    from ewcm.api import loss
    from ewcm.core.texts import language_of_user, words_in
    from ewcm.countries import country
    from ewcm.option_files import states_of_options
    from ewcm.report.tables import json_text

    about = country(options.iso3)
    services = None if options.services is None else [one.strip() for one in options.services.split(",")]
    asked = _asked(options)
    read_from = states_of_options(asked)
    answer = loss(about.iso3, options.results, services=services, **asked)
    read_from.refuse_changed()
    language = language_of_user(options.language)
    folder = answer.write(options.output or Path("losses") / about.iso3, language)
    if options.json:
        print(json_text(answer.summary), end="")
        return 0
    notes = answer.notes(language)
    for line in answer.sentences(language)[: -len(notes) or None]:
        print(one_line(line))
    form = words_in(language, "alert")["line_note"]
    for caveat, note in zip(answer.loss.caveats, notes, strict=True):
        option = _OPTION_AGAINST.get(caveat.code)
        print(f"  {one_line(form.format(text=f'{note} ({option})' if option else note))}")
    print(one_line(folder / "loss.html"))
    return 0


#: What to add to the command where a note is to hold no longer; pages, which are read elsewhere, do not show it.
_OPTION_AGAINST = {"no_backhaul": "--values", "intensity_taken": "--unit"}


def _asked(options: argparse.Namespace) -> dict[str, Any]:
    """The request of the options, those of the scenario first."""
    from ewcm.sources.loss_files import read_scenario

    found: dict[str, Any] = {} if options.scenario is None else read_scenario(options.scenario)
    stated = {
        name: getattr(options, name)
        for name in ("sites", "hazard", "kind", "event", "unit", "threshold", "values", "fragility")
    }
    found |= {name: value for name, value in stated.items() if value is not None}
    if options.hours is not None:
        found["hours"] = _numbers("--hours", options.hours)
    found["settings"] = {**found.get("settings", {}), **dict(_change(text) for text in options.changes)}
    if not found.get("sites") and not found.get("hazard"):
        raise InputError("loss: nothing is lost yet; give --sites LIST, --hazard WHAT or --scenario FILE")
    return found


def _change(text: str) -> tuple[str, Any]:
    name, sign, value = text.partition("=")
    if not sign:
        raise SettingsError(f"--set: '{text[:60]}' is no NAME=VALUE; write battery_hours=4, or battery_hours=8,4,2")
    numbers = _numbers(f"--set {name}", value)
    return name.strip(), numbers[0] if len(numbers) == 1 else numbers


def _numbers(option: str, text: str) -> list[float]:
    try:
        return [float(part.strip().removesuffix("h")) for part in text.split(",")]
    except ValueError:
        raise SettingsError(f"{option}: '{text[:60]}' are no numbers; write them with commas, such as 0,8,24") from None
