"""The order of the steps, from the inputs of a country to its result. It writes nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from ewcm.analysis import caveats
from ewcm.analysis.areas import country_and_areas, inside, shared_people, whole_shares
from ewcm.analysis.coldspots import (
    LISTED_CASES,
    Coldspots,
    Rules,
    coldspots,
    coldspots_finding,
    out_of_reach_in_part,
    with_unknown,
)
from ewcm.analysis.distance import distance_finding, nearest_km, people_by_distance
from ewcm.analysis.estimated import (
    estimate_caveats,
    estimated_finding,
    estimated_people,
    leading_cases,
    with_district_bands,
)
from ewcm.analysis.hazard_coldspots import HazardFields, Order, with_hazards
from ewcm.analysis.hazard_shares import HazardShares
from ewcm.analysis.hazards import Exposure, exposure, hazards_finding
from ewcm.analysis.inputs import inputs_finding, places_finding, sites_finding
from ewcm.analysis.islands import islands_finding
from ewcm.analysis.official import official_finding
from ewcm.analysis.reach import (
    HEADLINE_SERVICES,
    UNKNOWN_PEOPLE,
    best_operator,
    best_operator_finding,
    country_figures,
    headline_service,
    people_in,
    reach,
    reach_finding,
)
from ewcm.analysis.second_channel import second_channel_finding
from ewcm.analysis.siting import next_sites_finding
from ewcm.analysis.unreached import covered_cells
from ewcm.core.finding import Caveat
from ewcm.core.fraction import Case
from ewcm.core.zones import Zones
from ewcm.coverage import combine
from ewcm.coverage.broadcast import broadcast_models
from ewcm.coverage.combine import Coverage
from ewcm.coverage.estimate_plan import EstimatePlan, newest_cells, plan_of
from ewcm.coverage.kept import kept_central, kept_whole
from ewcm.coverage.operators import missing_operators, taken_as_all
from ewcm.coverage.p1812.model import margin_of
from ewcm.inputs.country_data import CountryData
from ewcm.planning import next_sites, points_found
from ewcm.result import CountryResult
from ewcm.settings import Settings
from ewcm.sources.cell_sites import SITE_COLUMNS
from ewcm.sources.cells import crowd_sourced

#: Called with what is being done and how much of it is done (0..1; 0 where a step begins).
Progress = Callable[[str, float], None]

#: What is lost in adding up 10⁸ numbers is not people: less than this share of all is nobody.
_NOBODY_OUTSIDE = 1e-9


def silent(step: str, done: float) -> None:
    """Nobody is told how far a run is."""


def run(data: CountryData, settings: Settings, progress: Progress = silent) -> CountryResult:
    """Compute who can be reached in one country.

    Raises :class:`ewcm.errors.EwcmError` subclasses for inputs that cannot be used together.
    """
    people, geobox = data.population.people, data.population.geobox
    boundaries = None if data.boundaries is None else data.boundaries.table
    places = None if data.places is None else data.places.table
    progress("areas", 0.0)
    zones = country_and_areas(
        people, geobox, boundaries, data.country.name, data.country.iso3, settings.nearest_area_km, data.neighbours
    )
    progress("coverage", 0.0)
    plan, coverage = _coverage(data, settings, zones[0], progress)
    if plan is not None:
        data = replace(data, official=data.official.as_target(*plan.set_to_official))
    coverage = kept_whole(coverage)
    reached = reach(people, coverage, zones, lambda done: progress("reach", done))
    inhabitants, total = float(reached[0].people.sum()), people_in(people)
    outside = total - inhabitants if total - inhabitants > _NOBODY_OUTSIDE * total else 0.0
    further = with_district_bands(estimated_people(people, coverage, zones), reached, coverage)
    found_reach = reach_finding(zones, reached, coverage, total, outside, further)
    found_best = best_operator_finding(best_operator(people, coverage, zones[0]), inhabitants)
    caveats = _caveats(data, settings, coverage, zones, inhabitants, outside, plan)
    found_inputs = inputs_finding(data.records, caveats, _target_years(data))
    found_channels = second_channel_finding(people, coverage, zones)
    exposed = _exposure(data, settings, coverage, zones, progress)
    fields = None if exposed is None else HazardFields(exposed.hazards, exposed.reference)
    found_hazards = hazards_finding(exposed, data.country.iso3, inhabitants)
    # A country of 4·10⁸ grid cells fits in memory only if each of its arrays leaves as soon as nobody needs it.
    people_inside, finest = inside(people, zones[0]) if outside else people, whole_shares(zones[-1])
    outline = zones[0].table
    del zones
    progress("coldspots", 0.0)
    rules = Rules(settings.coldspot_fraction, settings.min_people, settings.coldspot_radius_km)
    spots: dict[tuple[str, Case], Coldspots] = {}
    by_distance = None
    services = country_figures(reached[0], coverage)
    with_uncovered = [name for name, figures in services.items() if figures.uncovered is not None]
    listed = [service for service in (*settings.coldspot_services, *_joint(coverage)) if service in with_uncovered]
    for service in dict.fromkeys(("any", *listed) if "any" in with_uncovered else listed):
        cases: tuple[Case, ...] = tuple(LISTED_CASES) if service in listed else ("central",)
        for case in cases:
            distance_km = _distance(service, case, coverage, settings.coldspot_fraction)
            if (service, case) == ("any", "central") and distance_km is not None:
                by_distance = people_by_distance(people_inside, distance_km, coverage, service)
            if service in listed:
                found = coldspots(service, case, people_inside, coverage, distance_km, finest, places, rules, fields)
                order: Order = "people" if settings.coldspot_order == "people" else "hazard"
                unknown = reached[-1].by_service[service][case][:, UNKNOWN_PEOPLE]
                spots[service, case] = with_hazards(with_unknown(found, reached[-1].people, unknown), fields, order)
            del distance_km
    progress("next sites", 0.0)
    leads = leading_cases({key: out_of_reach_in_part(found) for key, found in spots.items()}, coverage)
    lead, tables = headline_service(services), [found.table for found in spots.values()]
    sited = next_sites(data, settings, people_inside, coverage, lead, tables, finest, found_hazards, lead in leads)
    found_points = points_found(data, settings, people_inside, coverage, lead, finest)
    found_islands = islands_finding(outline, people_inside, coverage, lead or "any", finest, places)
    del finest, people_inside
    data.read_from.refuse_changed()
    progress("layers", 0.0)
    findings = (
        found_reach,
        coldspots_finding(spots, settings.min_people, settings.coldspot_radius_km, tuple(leads)),
        found_inputs,
        found_hazards,
        estimated_finding(coverage, further[0], leads),
        found_best,
        official_finding(data.official, services, inhabitants),
        # Of an estimate that leaves nobody surely out of reach no distance to coverage is known either.
        distance_finding(None if "any" in leads else by_distance),
        sites_finding(None if data.sites is None else data.sites.table, SITE_COLUMNS, data.country.crosses_180),
        places_finding(places),
        next_sites_finding(sited),
        found_points,
        found_channels,
        found_islands,
    )
    return CountryResult(data=data, settings=settings, coverage=kept_central(coverage), findings=findings)


def _coverage(
    data: CountryData, settings: Settings, country: Zones, progress: Progress
) -> tuple[EstimatePlan | None, Coverage]:
    """What of the coverage is estimated, if anything, and the coverage."""
    people = data.population.people
    taken = data.better_known(settings.models)
    plan = inhabitants = None
    if "estimated" in settings.models and set(crowd_sourced(data.sites)) - taken:
        inhabitants = inside(people, country)
        card, official, geobox = data.coverage_card, data.official, data.population.geobox
        plan = plan_of(data.sites, official, card, settings, taken, inhabitants, geobox)
    built = combine.build(
        data.population.geobox,
        settings,
        given=data.given,
        given_unknown=data.given_unknown,
        declared=data.declared,
        sites=None if data.sites is None else data.sites.table,
        terrain=data.terrain,
        clutter=data.clutter,
        progress=lambda done, transmitters: progress(
            f"coverage {done} of {transmitters} transmitters", done / max(1, transmitters)
        ),
        plan=plan,
        people=people,
        inhabitants=inhabitants,
        further=broadcast_models(data.channels, people, data.population.geobox, settings, data.terrain, data.clutter),
    )
    missing = missing_operators(built.chosen, data.declared, data.sites, data.operators)
    return plan, Coverage(built.geobox, built.chosen, missing)


def _target_years(data: CountryData) -> list[int]:
    """The years of the official figures that the coverage is set to."""
    return [each.year for each in data.official.figures if each.role == "target" and each.year]


def _exposure(
    data: CountryData, settings: Settings, coverage: Coverage, zones: Sequence[Zones], progress: Progress
) -> Exposure | None:
    """Who is exposed to the hazards of the inputs; None where there are none."""
    if not data.hazards:
        return None
    progress("hazards", 0.0)
    people = data.population.people
    shares = HazardShares(data.hazards, people, data.population.geobox)
    asked = tuple(dict.fromkeys(("any", *settings.coldspot_services)))
    return exposure(people, coverage, zones, shares, asked, settings.hazard_return_period)


def _joint(coverage: Coverage) -> list[str]:
    """Services of mobile networks together with the other channels that are declared: they have coldspots of their own."""
    return [name for name, service in coverage.services.items() if service.separate and service.nested]


def _distance(service: str, case: Case, coverage: Coverage, fraction: float) -> np.ndarray | None:
    """Distance [km] of every grid cell to the nearest covered one; None where nothing is covered."""
    covered = covered_cells(service, coverage, fraction, case)
    return nearest_km(covered, coverage.geobox) if covered.any() else None


def _caveats(
    data: CountryData,
    settings: Settings,
    coverage: Coverage,
    zones: Sequence[Zones],
    people: float,
    outside: float,
    plan: EstimatePlan | None,
) -> list[Caveat]:
    """Every caveat that holds for this run, the gravest first."""
    sites = data.sites
    return [
        *([caveats.starter_caveat(data.country.iso3)] if data.starter else []),
        *([caveats.exercise_caveat()] if data.exercise else []),
        *caveats.coverage_caveats(
            {channel: model.name for channel, model in coverage.chosen.items()},
            open_services=[
                name for name in HEADLINE_SERVICES if coverage.known(name) and not coverage.tells_uncovered(name)
            ],
            missing=coverage.missing,
            taken_as_all=taken_as_all(coverage.chosen, coverage.missing, data.declared, data.sites, data.operators),
            listed=() if sites is None else sorted(set(sites.table["technology"])),
            crowd_sourced=sites is not None and any(record.layer == "cells" for record in sites.records),
            terrain=data.terrain is not None,
            clutter=data.clutter is not None,
            coarse_terrain=data.terrain is not None and bool(data.terrain.error_db),
            margin_db=margin_of(data.terrain, settings),
            calibrated=[entry.technology for entry in settings.calibration],
            footprints_left_out=settings.footprints_limit_mb > 0
            and any(model.footprints_left_out for model in coverage.chosen.values()),
        ),
        *estimate_caveats(
            plan, data.official, newest_cells(sites), () if coverage.estimate is None else coverage.estimate.exceeded
        ),
        *caveats.area_caveats(zones, people, outside, shared_people(data.population.people, zones[0])),
        *caveats.input_caveats(data.records),
        *caveats.lent_caveats(data.records),
        *([caveats.NOBODY] if people == 0 else []),
    ]
