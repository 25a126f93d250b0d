"""``ewcm plan``: what it asks for and prints."""

from __future__ import annotations

import argparse
from pathlib import Path

import pandas as pd

from ewcm.analysis.siting import KINDS
from ewcm.core.record import Meta
from ewcm.core.texts import language_of_user
from ewcm.countries import Country, country
from ewcm.errors import InputError, SettingsError, one_line
from ewcm.planning import Request, plan_of
from ewcm.report.plan import as_json, write_plan
from ewcm.report.plan_lines import plan_lines
from ewcm.report.read import open_result
from ewcm.sources.points import read_points
from ewcm.sources.terrain import open_terrain


def run(options: argparse.Namespace) -> int:
    """Plan, write and say it."""
    about = country(options.iso3)
    result = open_result(options.results or Path("maps") / about.iso3)
    if result.data.country.iso3 != about.iso3:
        raise InputError(
            f"{options.results}: is {result.data.country.name} ({result.data.country.iso3}), not {about.iso3}; name the other"
        )
    found = plan_of(result, _request(options, about))
    folder = write_plan(result, found, options.output or Path("plans") / about.iso3, options.language)
    if options.json:
        print(as_json(result, found), end="")
        return 0
    for line in plan_lines(result, found, language_of_user(options.language)):
        print(one_line(line))
    print(one_line(folder / "plan.html"))
    return 0


def _request(options: argparse.Namespace, about: Country) -> Request:
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
        "own": None if options.candidates is None else own_candidates(options.candidates, about),
    }
    towers = options.towers if options.towers is not None else 0 if options.sirens else 10
    return Request(
        towers=towers, sirens=options.sirens, **{name: value for name, value in stated.items() if value is not None}
    )


def own_candidates(path: Path, about: Country) -> pd.DataFrame:
    """A user's list as candidates, by their identifiers. Raises :class:`ewcm.errors.InputError`."""
    table = read_points(path, about, role="candidates").table
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
    return table[["candidate_id", "origin", "name", "kind", "lat", "lon", "cost"]].sort_values(
        "candidate_id", ignore_index=True
    )
