"""``ewcm plan``: its arguments and what is printed. Imports what it needs when called."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ewcm.errors import InputError, SettingsError, one_line

if TYPE_CHECKING:
    import pandas as pd

    from ewcm.core.finding import Caveat
    from ewcm.countries import Country
    from ewcm.planning import Request

#: Its own options.
_OPTIONS: tuple[tuple[tuple[str, ...], dict[str, Any]], ...] = (
    (("--towers",), {"type": int, "default": None, "metavar": "N", "help": "new towers (default: 10)"}),
    (("--sirens",), {"type": int, "default": 0, "metavar": "M", "help": "new sirens (default: 0)"}),
    (("--service",), {"metavar": "S", "help": "service to bring, such as 4G+ (default: the headline's)"}),
    (("--technology",), {"metavar": "T", "help": "of the towers (default: the oldest of the service)"}),
    (("--radius-km",), {"type": float, "metavar": "R", "help": "of a tower (default: that of the settings)"}),
    (("--siren-db",), {"type": float, "metavar": "DB", "help": "sound of a siren at 100 feet (default: 124)"}),
    (("--from",), {"dest": "origins", "metavar": "LIST", "help": "candidates: coldspots,lattice,masts,points"}),
    (
        ("--candidates",),
        {
            "type": Path,
            "metavar": "FILE",
            "help": "your own: lat, lon and, where known, name, kind (tower, siren), cost",
        },
    ),
    (
        ("--weight",),
        {
            "choices": ("people", "low_coverage", "exposed", "annual"),
            "help": "choose by people out of reach, by those out of reach with low coverage, by those exposed to a hazard, or "
            "expected to be in a year (default: people; low_coverage where coverage is an estimate that leaves nobody surely "
            "out of reach)",
        },
    ),
    (
        ("--loss",),
        {
            "metavar": "WHAT",
            "help": "serve those out of reach once sites are lost: a storm ('PAM 2015'), a list of sites (CSV), a file of a "
            "hazard, a scenario (TOML)",
        },
    ),
    (
        ("--loss-hours",),
        {"type": float, "metavar": "H", "help": "hours after the event of the loss (default: 24)"},
    ),
    (
        ("--terrain",),
        {
            "type": Path,
            "metavar": "PATH",
            "help": "elevation file or folder: towers are computed by ITU-R P.1812 in place of circles",
        },
    ),
    (("--coarse-terrain",), {"action": "store_true", "help": "take a terrain coarser than 300 m, and its error"}),
    (
        ("--frequency-mhz",),
        {"type": float, "metavar": "F", "help": "of a tower over terrain (default: the link budget's)"},
    ),
    (("--eirp-dbm",), {"type": float, "metavar": "P", "help": "of a tower over terrain (default: the link budget's)"}),
    (("--height-m",), {"type": float, "metavar": "H", "help": "of a tower over terrain (default: the link budget's)"}),
    (("--max-candidates",), {"type": int, "metavar": "N", "help": "candidates looked at (default: 2000)"}),
    (("--budget",), {"type": float, "metavar": "COST", "help": "in the money of the costs"}),
    (("--tower-cost",), {"type": float, "metavar": "COST", "help": "where the list states none (default: 1)"}),
    (("--siren-cost",), {"type": float, "metavar": "COST", "help": "where the list states none (default: 1)"}),
    (("--min-gain",), {"type": float, "metavar": "PEOPLE", "help": "stop where a site adds fewer (default: 1)"}),
    (
        ("--exact",),
        {
            "type": float,
            "nargs": "?",
            "const": 60.0,
            "metavar": "SECONDS",
            "help": "ask a solver for the best there is (60 s)",
        },
    ),
)


def add_plan(commands: Any, shared: Callable[..., list[argparse.ArgumentParser]]) -> None:
    """Add ``plan`` to the commands."""
    plan = commands.add_parser(
        "plan",
        parents=shared("iso3", "results", "json", "language"),
        help="the best places for new sites and sirens, from a published country (docs/method-siting.md)",
    )
    plan.add_argument("--output", type=Path, metavar="DIR", help="where to write (default: plans/<ISO3>)")
    for names, how in _OPTIONS:
        plan.add_argument(*names, **how)
    plan.set_defaults(command=_plan)


def _plan(options: argparse.Namespace) -> int:
    from ewcm.api import open_country
    from ewcm.core.texts import language_of_user
    from ewcm.countries import country
    from ewcm.option_files import states_of_options
    from ewcm.planning import plan_of
    from ewcm.report.plan import as_json, write_plan
    from ewcm.report.plan_lines import plan_lines

    about = country(options.iso3)
    result = open_country(about.iso3, options.results)
    read_from = states_of_options(vars(options))
    found = plan_of(result, _request(options, about))
    read_from.refuse_changed()
    folder = write_plan(result, found, options.output or Path("plans") / about.iso3, options.language)
    if options.json:
        print(as_json(result, found), end="")
        return 0
    for line in plan_lines(result, found, language_of_user(options.language)):
        print(one_line(line))
    print(one_line(folder / "plan.html"))
    return 0


def _request(options: argparse.Namespace, about: Country) -> Request:
    from ewcm.core.record import Meta
    from ewcm.planning import Request
    from ewcm.sources.terrain import open_terrain

    stated = {
        "service": options.service,
        "technology": options.technology,
        "radius_km": options.radius_km,
        "siren_db": options.siren_db,
        "origins": None if options.origins is None else tuple(one.strip() for one in options.origins.split(",")),
        "most": options.max_candidates,
        "budget": options.budget,
        "tower_cost": options.tower_cost,
        "siren_cost": options.siren_cost,
        "least": options.min_gain,
        "exact_s": options.exact,
        "weight": options.weight,
        "terrain": None
        if options.terrain is None
        else open_terrain([options.terrain], options.coarse_terrain, Meta(), about.iso3),
        "frequency_mhz": options.frequency_mhz,
        "eirp_dbm": options.eirp_dbm,
        "height_m": options.height_m,
        "loss": options.loss,
        "loss_hours": options.loss_hours,
    }
    if options.candidates is not None:
        stated["own"], stated["own_notes"] = own_candidates(options.candidates, about)
    towers = options.towers if options.towers is not None else 0 if options.sirens else 10
    return Request(
        towers=towers, sirens=options.sirens, **{name: value for name, value in stated.items() if value is not None}
    )


def own_candidates(path: Path, about: Country) -> tuple[pd.DataFrame, tuple[Caveat, ...]]:
    """A user's list as candidates, by their identifiers, and what is to be said of how it was read. Raises
    :class:`ewcm.errors.InputError`."""
    from ewcm.analysis.siting import KINDS
    from ewcm.sources.points import read_points

    points = read_points(path, about, role="candidates")
    table, record = points.table, points.records[0]
    if unread := [one for one in record.warnings if one.code == "unread_cost"]:
        raise InputError(
            f"{path}: {unread[0].values['count']} costs are no number above 0 (such as '{unread[0].values['example']}'); "
            "write them as numbers alone, or leave them empty"
        )
    table = table.assign(kind=table["kind"].str.lower())
    wrong = table[~table["kind"].isin(["", *KINDS])]
    if len(wrong):
        raise InputError(f"{path}: a kind is '{wrong['kind'].iloc[0][:40]}'; write tower, siren, or nothing for either")
    if (table["cost"] <= 0).any():
        raise InputError(f"{path}: a cost is 0; give one above 0, or leave it empty")
    twice = table["point_id"][table["point_id"].duplicated()]
    if len(twice):
        raise SettingsError(f"{path}: two candidates are '{twice.iloc[0][:40]}'; give each its own identifier")
    table = table.rename(columns={"point_id": "candidate_id"}).assign(origin="list")
    table = table[["candidate_id", "origin", "name", "kind", "lat", "lon", "cost"]]
    notes = tuple(_note(path, text) for text in (*record.assumptions, *record.warnings))
    return table.sort_values("candidate_id", ignore_index=True), notes


def _note(path: Path, text: str) -> Caveat:
    """What is said of how a list was read, with the code by which other languages say it."""
    from ewcm.core.finding import Caveat
    from ewcm.core.input_warning import InputWarning

    said = f"{path.name}: {text}"
    if isinstance(text, InputWarning):
        return Caveat(f"input_{text.code}", said, {"file": path.name, **text.values})
    return Caveat("further", said, {"text": said})
