"""A plan of new sites and sirens from a result: what is asked for, in the words of the settings."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ewcm.analysis import siting_candidates
from ewcm.analysis.areas import whole_shares
from ewcm.analysis.points import Circles, points_finding, points_table
from ewcm.analysis.sirens import radii_km
from ewcm.analysis.siting import KINDS, WEIGHTS, AfterLoss, Drawn, Plan, Weight, Wish, plan, weight_of
from ewcm.analysis.siting_candidates import ORIGINS
from ewcm.analysis.siting_demand import Demand, demand_of
from ewcm.analysis.siting_hazards import exposed_shares
from ewcm.analysis.siting_reach import Reach, footprint_reach, people_alone
from ewcm.core.channels import Service
from ewcm.core.finding import Caveat, Finding, Json
from ewcm.core.footprints import Footprints
from ewcm.core.fraction import CASES
from ewcm.core.texts import filled, texts_of
from ewcm.core.zones import Zones
from ewcm.coverage.combine import Coverage
from ewcm.coverage.p1812.candidates import Radio, candidate_footprints, with_budget
from ewcm.coverage.p1812.model import margin_of
from ewcm.errors import SettingsError
from ewcm.inputs.country_data import CountryData
from ewcm.result import CountryResult
from ewcm.settings import FREQUENCIES_MHZ, Settings
from ewcm.sources.terrain import Terrain

if TYPE_CHECKING:
    from ewcm.losses import LossRequest

#: Sound levels of sirens at 100 feet [dB(C)], and of what is heard.
SIREN_DB, HEARD_DB = 124.0, 70.0

#: Candidates that are looked at, of each kind.
MOST_CANDIDATES = 2000

#: Squares, for each candidate that may be looked at, of which it is worked out whom a site there would serve.
_SQUARES = 5


@dataclass(frozen=True)
class Request:
    """What a plan is asked for.

    ``service``: None is the headline of the result. ``technology``: of the new towers; None is the oldest of the service.
    ``radius_km``: of a tower; None is that of the settings. ``origins``: where candidates come from, of
    ``siting_candidates.ORIGINS``. ``own``: a list of candidates, which takes the place of the others; ``own_notes``: how
    it was read. ``most``: candidates.
    ``tower_cost``, ``siren_cost``: where a list states none; None is 1. ``budget``: in the same money. ``least``: people that a
    site must add. ``exact_s``: seconds for the solver; None: it is not asked. ``weight``: what sites are chosen by, of
    ``siting.WEIGHTS``; None is ``people``, or ``low_coverage`` where an estimate leaves nobody surely out of reach.
    ``terrain``: over which towers are computed by P.1812 in place of circles, with ``frequency_mhz``, ``eirp_dbm`` and
    ``height_m``, where None stands for the link budget of the technology. ``loss``: a loss of sites (a storm, a list, a file, as
    :func:`ewcm.losses.request_of` takes it): those count who are out of reach ``loss_hours`` after it.
    """

    towers: int = 10
    sirens: int = 0
    service: str | None = None
    technology: str | None = None
    radius_km: float | None = None
    origins: tuple[str, ...] = ORIGINS
    own: pd.DataFrame | None = None
    own_notes: tuple[Caveat, ...] = ()
    most: int = MOST_CANDIDATES
    budget: float = math.inf
    tower_cost: float | None = None
    siren_cost: float | None = None
    least: float = 1.0
    siren_db: float = SIREN_DB
    heard_db: float = HEARD_DB
    exact_s: float | None = None
    weight: Weight | None = None
    terrain: Terrain | None = None
    frequency_mhz: float | None = None
    eirp_dbm: float | None = None
    height_m: float | None = None
    loss: str | Path | LossRequest | None = None
    loss_hours: float = 24.0

    @property
    def costs(self) -> tuple[float, float]:
        """What a tower and a siren cost of which the list states nothing."""
        tower, siren = (1.0 if cost is None else cost for cost in (self.tower_cost, self.siren_cost))
        return tower, siren


#: Options of the command line whose names are not those of the request.
_OPTIONS = {"most": "max_candidates", "least": "min_gain", "exact_s": "exact"}


def checked(request: Request) -> Request:
    """The request; raises :class:`ewcm.errors.SettingsError` in one line for a number that cannot be."""
    for name, least in (("towers", 0), ("sirens", 0), ("most", 1), ("least", 0.0)):
        value = getattr(request, name)
        if not math.isfinite(value) or value < least:
            raise SettingsError(f"plan: {_OPTIONS.get(name, name)} is {value:g}; give {least:g} or more")
    for name in ("budget", "tower_cost", "siren_cost", "radius_km", "exact_s"):
        value = getattr(request, name)
        if value is not None and not value > 0:
            raise SettingsError(f"plan: {_OPTIONS.get(name, name)} is {value:g}; give a number above 0")
    if not 80 <= request.siren_db <= 150 or not 40 <= request.heard_db <= 100:
        raise SettingsError(
            f"plan: sirens of {request.siren_db:g} dB heard at {request.heard_db:g} dB; give 80 to 150, and 40 to 100"
        )
    if unknown := [name for name in request.origins if name not in ORIGINS]:
        raise SettingsError(f"plan: '{unknown[0][:40]}' is no source of candidates; use some of {', '.join(ORIGINS)}")
    if request.towers + request.sirens == 0:
        raise SettingsError("plan: no towers and no sirens are asked for; give one of them")
    if request.weight is not None and request.weight not in WEIGHTS:
        raise SettingsError(f"plan: sites cannot be chosen by '{request.weight[:40]}'; use one of {', '.join(WEIGHTS)}")
    limits = {"frequency_mhz": FREQUENCIES_MHZ, "eirp_dbm": (-20.0, 120.0), "height_m": (1.0, 3000.0)}
    for name, (low, high) in limits.items():
        value = getattr(request, name)
        if value is not None and not low <= value <= high:
            raise SettingsError(f"plan: {name} is {value:g}; give {low:g} to {high:g}")
        if value is not None and request.terrain is None:
            raise SettingsError(f"plan: {name} counts over terrain only; name it with --terrain, or leave {name}")
    if request.loss is None and request.loss_hours != Request.loss_hours:
        raise SettingsError("plan: loss_hours counts after a loss only; name it with --loss, or leave loss_hours")
    if request.radius_km is not None and request.radius_km > 200:
        raise SettingsError(f"plan: radius_km is {request.radius_km:g}; give 200 or less")
    return request


def plan_of(result: CountryResult, request: Request) -> Plan:
    """The plan for a country.

    Raises :class:`ewcm.errors.SettingsError` for a service of which nobody is known to be out of reach.
    """
    request = checked(request)
    service = request.service or result.headline_service
    if service is None:
        raise SettingsError("plan: the coverage of this country is unknown, so nobody is known to be out of reach")
    if service not in result.coverage.services:
        raise SettingsError(f"plan: '{service[:40]}' is no service; use one of {', '.join(result.coverage.services)}")
    if service not in result.services or result.services[service].uncovered is None:
        raise SettingsError(f"plan: who is out of reach of {service} is unknown; choose another service")
    if request.weight is None:
        leads = result.figure("estimated", service, "low_coverage_leads")
        request = replace(request, weight="low_coverage" if leads else "people")
    finest = whole_shares(result.zones[-1])
    hazards = next((one for one in result.findings if one.name == "hazards"), None)
    shares = exposed_shares(hazards, result.settings.hazard_return_period)
    coverage, after = _after_loss(result, request)
    demand = demand_of(service, result.own_people, coverage, finest, shares, with_cells=request.terrain is not None)
    wish = wish_of(request, result.coverage.services[service], result.settings)
    sites = None if result.data.sites is None else result.data.sites.table
    kept, left_out = _candidates(result, request, demand, wish)
    places = None if result.data.places is None else result.data.places.table
    over = _over_terrain(result, request, kept[0], demand) if request.terrain is not None and request.towers else None
    found = plan(wish, demand, kept, finest, places, sites, result.data.country.crosses_180, over, left_out)
    found = replace(found, after=after, caveats=_notes_on_candidates(request, found))
    if over is None:
        return found
    caveats = (*_notes_on_terrain(result, request), *found.caveats)
    return replace(found, drawn=_drawn(result, request, found), caveats=caveats)


def _candidates(result: CountryResult, request: Request, demand: Demand, wish: Wish) -> tuple[list[pd.DataFrame], int]:
    """The candidates of each kind with their costs, and how many more there are that are not looked at."""
    left_out = 0
    if request.own is None:
        points = next((found for one in result.findings if (found := one.table("points")) is not None), None)
        sites = None if result.data.sites is None else result.data.sites.table
        service = result.coverage.services[wish.service]
        made = [
            candidates_of(demand, wish, result.coldspots, sites, service, request, points, kind)
            for kind in range(len(KINDS))
        ]
        tables, left_out = [table for table, _ in made], sum(left for _, left in made)
    else:
        own = request.own.assign(kind=request.own.get("kind", ""))
        tables = [own[own["kind"].isin(("", kind))].drop(columns="kind") for kind in KINDS]
    asked = [place for place, count in enumerate(wish.counts) if count]
    if math.isfinite(request.budget):
        for place in asked:
            unknown = tables[place]["cost"].isna()
            if unknown.any() and not unknown.all() and (request.tower_cost, request.siren_cost)[place] is None:
                raise SettingsError(
                    f"plan: {unknown.sum()} of {unknown.size} candidates ({KINDS[place]}) state no cost, which a budget needs; "
                    f"state it, or give --{KINDS[place]}-cost for them"
                )
    tables = [own.assign(cost=own["cost"].fillna(cost)) for own, cost in zip(tables, request.costs, strict=True)]
    cheapest = min((float(tables[place]["cost"].min()) for place in asked if len(tables[place])), default=0.0)
    if cheapest > request.budget:
        raise SettingsError(
            f"plan: the budget is {request.budget:,.10g}, and the cheapest candidate costs {cheapest:,.10g}; give a larger one"
        )
    return tables, left_out


def _after_loss(result: CountryResult, request: Request) -> tuple[Coverage, AfterLoss | None]:
    """The coverage that is left after the loss that is asked for, else that of the result."""
    if request.loss is None:
        return result.coverage, None
    # Every run lists next sites and needs none of it.
    from ewcm.losses import loss_of, request_of

    asked = request_of(str(request.loss)) if isinstance(request.loss, str | Path) else request.loss
    loss = loss_of(result, replace(asked, hours=(request.loss_hours,)))
    out = loss.masts["out" if loss.by_list else f"out_{request.loss_hours:g}h"]
    hours = None if loss.by_list else request.loss_hours
    coverage = loss.after(result, request.loss_hours).coverage
    return coverage, AfterLoss(loss.name, hours, len(loss.masts), float(out.sum()), loss.caveats, coverage)


def _technology(request: Request, service: Service) -> str:
    return request.technology or next(iter(service.channels))


def _radio(result: CountryResult, request: Request) -> Radio:
    service = result.coverage.services[request.service or str(result.headline_service)]
    asked = Radio(_technology(request, service), request.frequency_mhz, request.eirp_dbm, request.height_m)
    return with_budget(asked, result.settings)


def _over_terrain(
    result: CountryResult, request: Request, towers: pd.DataFrame, demand: Demand
) -> tuple[Reach, Reach, Reach]:
    """Whom each candidate of a tower serves by Recommendation ITU-R P.1812."""
    assert request.terrain is not None, "asked for over terrain"
    radio = _radio(result, request)
    assert demand.cells is not None, "the demand was made with its grid cells"
    found, of_row = candidate_footprints(
        towers, radio, request.terrain, result.geobox, result.settings, demand.cells.cell
    )
    return footprint_reach(demand, found, of_row)


def _drawn(result: CountryResult, request: Request, found: Plan) -> tuple[Drawn, Drawn]:
    """What the towers of a plan serve over the terrain, wherever people are, and what those of the choice by circles would."""
    assert request.terrain is not None and found.circles is not None, "a plan over terrain"
    tables = [table[table["kind"] == "tower"] for table in (found.table, found.circles.chosen)]
    towers = pd.concat([table[["lat", "lon"]] for table in tables], ignore_index=True)
    radio = _radio(result, request)
    footprints, of_row = candidate_footprints(towers, radio, request.terrain, result.geobox, result.settings)
    first = len(tables[0])
    return _together(footprints, of_row[:first]), _together(footprints, of_row[first:])


def _together(footprints: Footprints, numbers: np.ndarray) -> Drawn:
    """The largest central share of each grid cell of some footprints."""
    parts = [footprints.of(int(number)) for number in np.unique(numbers[numbers >= 0])]
    cell = np.concatenate([np.zeros(0, np.int64), *(one.astype(np.int64) for one, _ in parts)])
    share = np.concatenate([np.zeros(0, np.uint8), *(each[:, CASES.index("central")] for _, each in parts)])
    cell, at = np.unique(cell, return_inverse=True)
    most = np.zeros(cell.size, np.uint8)
    np.maximum.at(most, at, share)
    return Drawn(cell[most > 0], most[most > 0])


def _notes_on_candidates(request: Request, found: Plan) -> tuple[Caveat, ...]:
    """How many candidates were not looked at; of a user's list how it was read, how many serve nobody, and how many count a
    cost that it does not state."""
    if request.own is None:
        return (_say("left_out", count=found.left_out),) if found.left_out else ()
    caveats = list(request.own_notes)
    if found.idle:
        caveats.append(_say("idle", count=found.idle, rows=len(request.own)))
    open_cost = request.own["cost"].isna()
    if open_cost.any() and not open_cost.all():
        tower, siren = (cost if cost >= 1000 else f"{cost:g}" for cost in request.costs)
        caveats.append(_say("no_cost", count=int(open_cost.sum()), rows=len(request.own), tower=tower, siren=siren))
    return tuple(caveats)


def _notes_on_terrain(result: CountryResult, request: Request) -> tuple[Caveat, ...]:
    assert request.terrain is not None, "asked for over terrain"
    radio, settings = _radio(result, request), result.settings
    values: dict[str, Json] = {
        "step": f"{request.terrain.step_m:.0f}",
        "technology": radio.technology,
        "frequency": f"{radio.frequency_mhz:g}",
        "power": f"{radio.eirp_dbm:g}",
        "height": f"{radio.height_m:g}",
        "threshold": f"{settings.link_budgets[radio.technology].threshold_dbm:g}",
        "margin": f"{margin_of(request.terrain, settings):.0f}",
    }
    coarse = (_say("coarse"),) if request.terrain.error_db else ()
    return _say("terrain", **values), *coarse


def _say(code: str, **values: Json) -> Caveat:
    return Caveat(code, filled(texts_of("plan")["en"][f"said.{code}"], values), values)


def wish_of(request: Request, service: Service, settings: Settings) -> Wish:
    """The request with the radii of the settings."""
    technology = _technology(request, service)
    if request.towers and technology not in service.channels:
        raise SettingsError(
            f"plan: a tower of {technology[:40]} does not bring {service.name}; use one of {', '.join(service.channels)}"
        )
    if request.radius_km is None and technology not in settings.radius_km:
        raise SettingsError(f"plan: no radius is known for {technology[:40]}; give --radius-km")
    radius = request.radius_km or settings.radius_km[technology]
    return Wish(
        service.name,
        (request.towers, request.sirens),
        (
            (radius * settings.radius_low, radius, radius * settings.radius_high),
            radii_km(request.siren_db, request.heard_db),
        ),
        request.budget,
        request.least,
        request.exact_s,
        request.weight or "people",
    )


def candidates_of(
    demand: Demand,
    wish: Wish,
    coldspots: pd.DataFrame,
    sites: pd.DataFrame | None,
    service: Service,
    request: Request,
    points: pd.DataFrame | None = None,
    kind: int = 0,
) -> tuple[pd.DataFrame, int]:
    """The candidates of a country for sites of a kind (of ``KINDS``), by their identifiers, and how many more there are than
    may be looked at; their cost is not stated (NaN). There are none for a kind that is not asked for."""
    radius = wish.chosen_radii_km[kind]

    def alone(table: pd.DataFrame) -> np.ndarray:
        lat, lon = (table[name].to_numpy(np.float64) for name in ("lat", "lon"))
        return people_alone(demand, lat, lon, radius, weight_of(demand, wish.weight))

    found, left_out = [], 0
    if wish.counts[kind]:
        tables = {
            "coldspots": lambda: siting_candidates.at_coldspots(coldspots, service.name, wish.case),
            "masts": lambda: siting_candidates.at_masts(sites, service.channels),
            "points": lambda: siting_candidates.at_points(points),
        }
        found = [make() for name, make in tables.items() if name in request.origins]
        if "lattice" in request.origins:
            # Squares a third as wide as the reach of a site: finer ones add little (docs/method-siting.md).
            width_km, most = wish.radii_km[kind][1] / 3, _SQUARES * request.most
            squares, left_out = siting_candidates.among_people(demand, width_km, most, wish.case)
            found.append(squares)
    table, more = siting_candidates.together(found, request.most, alone)
    return table.assign(cost=np.nan), left_out + more


def points_found(
    data: CountryData,
    settings: Settings,
    people: np.ndarray,
    coverage: Coverage,
    service: str | None,
    areas: Zones,
) -> Finding:
    """The finding on points of interest; of services whose coverage is unknown they have an unknown signal."""
    if data.points is None:
        return points_finding(None, "", None, {})
    asked = tuple(dict.fromkeys((service or "any", "any", "3G+", "4G+")))
    demand = demand_of(asked[0], people, coverage, areas)
    circles = None if data.sites is None else Circles(data.sites.table, settings.radius_km)
    siren_km = radii_km(SIREN_DB, HEARD_DB)[1]
    table = points_table(data.points.table, asked, coverage, circles, demand, siren_km, areas, data.country.crosses_180)
    return points_finding(table, asked[0], areas, data.points.not_used)


def next_sites(
    data: CountryData,
    settings: Settings,
    people: np.ndarray,
    coverage: Coverage,
    service: str | None,
    coldspots: Sequence[pd.DataFrame],
    areas: Zones,
    hazards: Finding,
    low_coverage_leads: bool,
) -> Plan | None:
    """The next towers that every run lists, from few candidates; None where none is asked for or nobody is known out of reach.

    ``people``: of the country alone. ``coldspots``: tables of the central and of the low case. ``areas``: the finest level.
    ``low_coverage_leads``: whether an estimate leaves nobody surely out of reach of the service.
    """
    if not settings.next_sites or service is None:
        return None
    weight: Weight = "low_coverage" if low_coverage_leads else "people"
    request = Request(towers=settings.next_sites, origins=("coldspots", "lattice"), most=500, weight=weight)
    shares = exposed_shares(hazards, settings.hazard_return_period)
    demand = demand_of(service, people, coverage, areas, shares)
    wish = wish_of(request, coverage.services[service], settings)
    sites = None if data.sites is None else data.sites.table
    spots = pd.concat([pd.DataFrame(columns=["service", "case", "lat", "lon", "place"]), *coldspots], ignore_index=True)
    found, left_out = candidates_of(demand, wish, spots, sites, coverage.services[service], request)
    found = found.assign(cost=1.0)
    places = None if data.places is None else data.places.table
    both = found, found.iloc[:0]
    return plan(wish, demand, both, areas, places, sites, data.country.crosses_180, left_out=left_out)
