"""Where to build next: the sites and sirens that together serve most of the people out of reach, and how good that choice is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
from ewcm_kernels.siting import Choice, Problem, choose, served

from ewcm.analysis import naming
from ewcm.analysis.siting_demand import Demand
from ewcm.analysis.siting_exact import exact
from ewcm.analysis.siting_reach import Reach, one_after_the_other, only, people_of_each, reach_of
from ewcm.core import grid, longitude
from ewcm.core.finding import Caveat, Figure, Finding, Json, Table
from ewcm.core.fraction import CASES, Case
from ewcm.core.zones import Zones
from ewcm.coverage.combine import Coverage
from ewcm.errors import SettingsError

#: Kinds of sites, by their number in a plan.
KINDS = ("tower", "siren")

#: What sites are chosen by: the people out of reach whom they add; those who are out of reach with low coverage (for an estimate,
#: which leaves almost everybody covered with some probability, those who live where nobody is known to be covered); those exposed
#: to a hazard, or expected to be in a year.
Weight = Literal["people", "low_coverage", "exposed", "annual"]
WEIGHTS: tuple[Weight, ...] = ("people", "low_coverage", "exposed", "annual")

#: Those that count people out of reach by the case of the coverage, and those that count hazards in their order in a demand.
CASE_OF_WEIGHT: dict[Weight, Case] = {"people": "central", "low_coverage": "low"}
_HAZARDS: tuple[Weight, ...] = ("exposed", "annual")

#: Areas named for each site.
_AREAS_NAMED = 3


COLUMNS = (
    "rank", "candidate_id", "kind", "origin", "name", "lat", "lon", "radius_km", "gain", "people", "people_low",
    "people_high", "cumulative", "cumulative_low", "cumulative_high", "remaining", "unknown_people", "exposed", "annual_exposed",
    "unknown_hazard_people", "cost", "people_per_cost", "place", "place_distance_km", "place_direction", "area_id",
    "area_name", "areas_that_gain", "nearest_site_km",
)  # fmt: skip

#: Further columns of a plan over terrain.
TERRAIN_COLUMNS = ("people_alone", "people_in_circle")

_PERSONS = (
    "gain", "people", "people_low", "people_high", "cumulative", "cumulative_low", "cumulative_high", "remaining",
    "unknown_people", "exposed", "unknown_hazard_people", *TERRAIN_COLUMNS,
)  # fmt: skip

UNITS = {
    **dict.fromkeys(_PERSONS, "persons"),
    "annual_exposed": "persons a year",
    **dict.fromkeys(("lat", "lon"), "degrees"),
    **dict.fromkeys(("radius_km", "place_distance_km", "nearest_site_km"), "km"),
}


@dataclass(frozen=True)
class Wish:
    """What is asked for. ``counts``: at most so many towers and sirens. ``radii_km``: of each kind, low, central and high.
    ``budget``: of the costs of the candidates. ``least``: no site that adds fewer people [persons]. ``exact_s``: seconds that
    the solver may take; None: it is not asked. ``weight``: what sites are chosen by, whose unit ``least`` then has."""

    service: str
    counts: tuple[int, int]
    radii_km: tuple[tuple[float, float, float], tuple[float, float, float]]
    budget: float = math.inf
    least: float = 1.0
    exact_s: float | None = None
    weight: Weight = "people"

    @property
    def case(self) -> Case:
        """The case of the coverage by whose people and radii sites are chosen."""
        return CASE_OF_WEIGHT.get(self.weight, "central")

    @property
    def chosen_radii_km(self) -> tuple[float, float]:
        """The radius of a tower and of a siren [km] in that case."""
        tower, siren = (own[CASES.index(self.case)] for own in self.radii_km)
        return tower, siren


class Circles(NamedTuple):
    """What a plan by circles would have been, beside one over terrain. ``shared``: of its sites those that are in both.
    ``claimed``: people whom its circles hold; ``served``: whom its sites serve over the terrain; of the weight of the plan.
    ``chosen``: its candidates (``siting_candidates.COLUMNS``)."""

    shared: int
    claimed: float
    served: float
    chosen: pd.DataFrame


class AfterLoss(NamedTuple):
    """The loss of sites after which people are out of reach.

    ``event``: its name, "" for a list of sites. ``hours``: after it; None where nothing is left to chance. ``sites``: places of
    all sites; ``out``: of them those that are out, central. ``coverage``: what is left.
    """

    event: str
    hours: float | None
    sites: int
    out: float
    caveats: tuple[Caveat, ...]
    coverage: Coverage


class Drawn(NamedTuple):
    """What towers serve together over the terrain: flat indices of grid cells, rising, and the largest share of each that one of
    them serves, central (u8, in 1/``SHARE_STEPS`` of `ewcm_kernels.places`)."""

    cell: np.ndarray
    share: np.ndarray


@dataclass(frozen=True)
class Plan:
    """``table``: ``COLUMNS``, a row a site, the one that adds most first (and ``TERRAIN_COLUMNS`` over terrain). ``total``:
    people out of reach before, low, central, high. ``unknown``: people of whom nothing is known. ``weighed``: what sites are
    chosen by, of all together; ``to_serve``: of everybody out of reach. ``bound``: no choice of as many candidates has more, by
    ``bound_by`` (``prices`` or ``solver``). ``optimal``: whether the solver says that none does. ``unknown_hazard``: people
    out of reach of whom no hazard is known; None where none is known at all. ``left_out``: candidates that were not looked at.
    ``idle``: candidates that serve nobody who counts. ``after``: the loss after which people are out of
    reach. ``drawn``: over terrain, what the towers of the plan serve, and what those of the choice by circles would. ``said``:
    what a reader must know beside the figures, with words in ``ewcm/texts/plan``."""

    wish: Wish
    table: gpd.GeoDataFrame
    total: np.ndarray
    unknown: float
    candidates: int
    weighed: float
    to_serve: float
    bound: float
    bound_by: str
    optimal: bool
    exchanges: int
    unknown_hazard: float | None = None
    left_out: int = 0
    idle: int = 0
    circles: Circles | None = None
    after: AfterLoss | None = None
    drawn: tuple[Drawn, Drawn] | None = None
    caveats: tuple[Caveat, ...] = field(default=())

    @property
    def people(self) -> float:
        """People served by all together, central [persons]."""
        return float(self.table["cumulative"].iloc[-1]) if len(self.table) else 0.0

    @property
    def at_least(self) -> float:
        """What the choice is sure to reach of the best possible, 0..1; 1 where there is nobody to serve."""
        return min(1.0, self.weighed / self.bound) if self.bound > 0 else 1.0

    @property
    def unknown_share(self) -> float:
        """Of the people around the sites who are not known to be covered, the share of whom nothing is known. None is counted."""
        unknown = float(self.table["unknown_people"].sum())
        return unknown / (self.people + unknown) if unknown else 0.0


def plan(
    wish: Wish,
    demand: Demand,
    candidates: Sequence[pd.DataFrame],
    areas: Zones,
    places: pd.DataFrame | None,
    sites: pd.DataFrame | None,
    beyond_180: bool = False,
    terrain: tuple[Reach, Reach, Reach] | None = None,
    left_out: int = 0,
) -> Plan:
    """The best sites found. ``candidates``: of towers and of sirens (``siting_candidates.COLUMNS``); each kind may stand at
    the same places. ``areas``: those whose numbers the demand has. ``beyond_180``: points have longitudes of 0..360, for a
    country across 180°. ``terrain``: what each of the towers serves, low, central and high, in place of circles.
    ``left_out``: how many candidates there are beside these."""
    wanted = [one if count else one.iloc[:0] for one, count in zip(candidates, wish.counts, strict=True)]
    table = pd.concat([one.assign(kind=KINDS[kind]) for kind, one in enumerate(wanted)], ignore_index=True)
    kind = table["kind"].map({name: number for number, name in enumerate(KINDS)}).to_numpy(np.int64)
    lat, lon = table["lat"].to_numpy(np.float64), table["lon"].to_numpy(np.float64)
    radius = np.array(wish.radii_km)[kind] if len(table) else np.zeros((0, 3))
    # New sites carry as far as those that stand: people who are out of reach with low coverage are served by short circles.
    case = CASES.index(wish.case)
    circles = reach_of(demand, lat, lon, radius[:, case])
    by_terrain = terrain if wish.counts[0] else None
    reach = circles if by_terrain is None else _over_terrain(by_terrain[case], circles, kind)
    weight = weight_of(demand, wish.weight)
    problem = Problem(*reach, weight, kind, table["cost"].to_numpy(np.float64))
    limits = np.array(wish.counts, np.int64)
    choice = choose(problem, limits, wish.budget, wish.least)
    bound, bound_by, optimal = choice.bound, "prices", False
    if wish.exact_s is not None:
        allowed = limits if wish.least <= 0 else np.bincount(kind[choice.chosen], minlength=limits.size)
        found = exact(problem, allowed, wish.budget, wish.exact_s, choice.chosen)
        if found.people > float(choice.gain.sum()):
            choice = _in_order(problem, found.chosen, limits, wish)
        if found.bound < bound:
            bound, bound_by = max(found.bound, float(choice.gain.sum())), "solver" if found.asked else "prices"
        optimal = found.optimal
    chosen = choice.chosen
    served_by = [reach_of(demand, lat[chosen], lon[chosen], radius[chosen, case]) for case in range(3)]
    shown_km, compared = radius[chosen, case].copy(), None
    if by_terrain is not None:
        served_by = [
            only(_over_terrain(own, reach_of(demand, lat, lon, radius[:, case]), kind), chosen)
            for case, own in enumerate(by_terrain)
        ]
        shown_km[kind[chosen] == 0] = np.nan
        compared = _compared(problem, circles, limits, wish, chosen, table)
    rows = _rows(table.iloc[chosen], choice.gain, shown_km, demand, served_by, areas, places, sites)
    if by_terrain is not None:
        alone = [people_of_each(only(one, chosen), demand.people[1]) for one in (reach, circles)]
        rows = rows.assign(**dict(zip(TERRAIN_COLUMNS, alone, strict=True)))
    lon_on_map = longitude.to_360(rows["lon"]) if beyond_180 else rows["lon"]
    rows = rows.set_geometry(gpd.points_from_xy(lon_on_map, rows["lat"]), crs="EPSG:4326")
    return Plan(
        wish, rows, demand.total, float(demand.unknown.sum()), len(table), float(choice.gain.sum()), float(weight.sum()),
        bound, bound_by, optimal, choice.exchanges, None if demand.exposed is None else float(demand.exposed[2].sum()),
        left_out, _idle(table, people_of_each(reach, weight)), compared,
    )  # fmt: skip


def _idle(table: pd.DataFrame, alone: np.ndarray) -> int:
    """How many candidates serve nobody, as a site of any kind."""
    return int(table["candidate_id"].nunique() - table["candidate_id"][alone > 0].nunique())


def weight_of(demand: Demand, weight: Weight) -> np.ndarray:
    """What of each point sites are chosen by. Points of unknown hazard count for nothing where hazards count."""
    if weight in CASE_OF_WEIGHT:
        return demand.people_in(CASE_OF_WEIGHT[weight])
    if demand.exposed is None:
        raise SettingsError(
            f"plan: sites by {weight} people need a hazard, and none is known here; run the country with [[hazard]], or "
            "choose by people"
        )
    found: np.ndarray = demand.exposed[_HAZARDS.index(weight)]
    if not found.any():
        more = "; a yearly figure needs maps of two return periods" if weight == "annual" else ""
        raise SettingsError(f"plan: nobody out of reach is known to be exposed{more}; choose by people")
    return found


def _over_terrain(towers: Reach, circles: Reach, kind: np.ndarray) -> Reach:
    """The towers over terrain, and the sirens by their circles."""
    return one_after_the_other(towers, only(circles, np.flatnonzero(kind == 1)))


def _compared(
    problem: Problem, circles: Reach, limits: np.ndarray, wish: Wish, chosen: np.ndarray, table: pd.DataFrame
) -> Circles:
    """The choice by circles of as many sites, and what it serves over the terrain."""
    flat = problem._replace(offsets=circles[0], row=circles[1], share=circles[2])
    other = choose(flat, limits, wish.budget, wish.least)
    really = float((problem.weight * served(problem, other.chosen)).sum())
    shared = len(set(chosen.tolist()) & set(other.chosen.tolist()))
    return Circles(shared, float(other.gain.sum()), really, table.iloc[other.chosen].reset_index(drop=True))


def _in_order(problem: Problem, chosen: np.ndarray, limits: np.ndarray, wish: Wish) -> Choice:
    """A choice in the order in which each adds most to those before."""
    own = Problem(
        np.concatenate([np.zeros(1, np.int64), np.cumsum(np.diff(problem.offsets)[chosen])]),
        np.concatenate([np.zeros(0, np.int32), *(problem.row[_entries(problem, one)] for one in chosen)]),
        np.concatenate([np.zeros(0), *(problem.share[_entries(problem, one)] for one in chosen)]),
        problem.weight,
        problem.kind[chosen],
        problem.cost[chosen],
    )
    found = choose(own, limits, wish.budget, most_exchanges=0, price_steps=0)
    return found._replace(chosen=chosen[found.chosen])


def _entries(problem: Problem, candidate: int) -> slice:
    return slice(problem.offsets[candidate], problem.offsets[candidate + 1])


def _rows(
    chosen: pd.DataFrame,
    added: np.ndarray,
    radius_km: np.ndarray,
    demand: Demand,
    reach: Sequence[Reach],
    areas: Zones,
    places: pd.DataFrame | None,
    sites: pd.DataFrame | None,
) -> gpd.GeoDataFrame:
    """What each site adds to those before it, and where it is. ``added``: of what they are chosen by. ``reach``: of the chosen,
    low, central and high."""
    count = len(chosen)
    total = np.zeros((3, count + 1))
    unknown, gain_of = np.zeros(count), np.zeros((count, areas.size + 1))
    hazards = np.full((3, count), np.nan) if demand.exposed is None else np.zeros((3, count))
    best, reached = np.zeros((3, demand.size)), np.zeros(demand.size)
    for place in range(count):
        for case, (offsets, point, share) in enumerate(reach):
            part = slice(offsets[place], offsets[place + 1])
            own, covered = point[part], share[part]
            share_more = np.maximum(covered - best[case, own], 0.0)
            more = share_more * demand.people[case, own]
            np.maximum.at(best[case], own, covered)
            total[case, place + 1] = total[case, place] + more.sum()
            if case == 1:
                gain_of[place] = np.bincount(demand.area[own] + 1, weights=more, minlength=areas.size + 1)
                unknown[place] = (np.maximum(covered - reached[own], 0.0) * demand.unknown[own]).sum()
                np.maximum.at(reached, own, covered)
                if demand.exposed is not None:
                    hazards[:, place] = demand.exposed[:, own] @ share_more
    if not demand.yearly:
        hazards[1] = np.nan
    lat, lon = chosen["lat"].to_numpy(np.float64), chosen["lon"].to_numpy(np.float64)
    near, near_km, direction = naming.nearest_place(lat, lon, places)
    gain, most = np.diff(total[1]), gain_of[:, 1:].argmax(axis=1) if areas.size else np.zeros(count, np.int64)
    has_area = gain_of[:, 1:].max(axis=1) > 0 if areas.size and count else np.zeros(count, bool)
    cost = chosen["cost"].to_numpy(np.float64)
    columns = {
        "rank": np.arange(1, count + 1),
        **{name: chosen[name].to_numpy() for name in ("candidate_id", "kind", "origin", "name", "lat", "lon")},
        "radius_km": radius_km,
        "gain": added,
        "people": gain,
        # Where discs overlap less a site can add more than in the central case; its own figures are put in order.
        "people_low": np.minimum(np.diff(total[0]), gain),
        "people_high": np.maximum(np.diff(total[2]), gain),
        "cumulative": total[1, 1:],
        "cumulative_low": np.minimum(total[0, 1:], total[1, 1:]),
        "cumulative_high": np.maximum(total[2, 1:], total[1, 1:]),
        "remaining": np.maximum(demand.people[1].sum() - total[1, 1:], 0.0),
        "unknown_people": unknown,
        **dict(zip(("exposed", "annual_exposed", "unknown_hazard_people"), hazards, strict=True)),
        "cost": cost,
        "people_per_cost": gain / cost,
        "place": near,
        "place_distance_km": near_km,
        "place_direction": direction,
        "area_id": _named(areas, "area_id", most, has_area),
        "area_name": _named(areas, "name", most, has_area),
        "areas_that_gain": [_areas_text(areas, own[1:]) for own in gain_of],
        "nearest_site_km": _nearest_km(lat, lon, sites),
    }
    return gpd.GeoDataFrame(pd.DataFrame(columns, index=range(count))[list(COLUMNS)])


def _named(areas: Zones, column: str, area: np.ndarray, known: np.ndarray) -> np.ndarray:
    if not areas.size or not area.size:
        return np.full(area.size, "", dtype=object)
    return np.where(known, areas.table[column].to_numpy(dtype=object)[area], "")


def _areas_text(areas: Zones, gain: np.ndarray) -> str:
    """The areas that gain most and how many people each, such as ``Karamoja 1200; Acholi 30``."""
    order = np.argsort(-gain, kind="stable")[:_AREAS_NAMED]
    names = areas.table["name"].tolist()
    return "; ".join(f"{names[area]} {gain[area]:.0f}" for area in order if gain[area] >= 0.5)


def _nearest_km(lat: np.ndarray, lon: np.ndarray, sites: pd.DataFrame | None) -> np.ndarray:
    """Distance [km] to the nearest existing site; NaN where none is known."""
    found = np.full(lat.size, np.nan)
    if sites is None or sites.empty or not lat.size:
        return found
    there = grid.unit_vectors(*sites[["lat", "lon"]].drop_duplicates().to_numpy(np.float64).T)
    here = grid.unit_vectors(lat, lon)
    for place in range(lat.size):
        chord = np.sqrt(((there - here[:, place, None]) ** 2).sum(axis=0).min())
        found[place] = 2 * grid.EARTH_RADIUS_KM * np.arcsin(min(1.0, chord / 2))
    return found


def next_sites_finding(found: Plan | None) -> Finding:
    """The next sites of a run: figures and a table of points. None where nobody is known to be out of reach."""
    if found is None:
        return Finding("next_sites", (Figure(("next_sites",), {}),), (_table(_nothing()),))
    figures: dict[str, tuple[Json, str]] = {
        "service": (found.wish.service, ""),
        "radius_km": (found.wish.chosen_radii_km[0], "km"),
        "candidates": (found.candidates, ""),
        "left_out": (found.left_out, ""),
        "chosen_by": (found.wish.weight, ""),
        "sites": (len(found.table), ""),
        "people": (found.people, "persons"),
        "people_low": (float(found.table["cumulative_low"].iloc[-1]) if len(found.table) else 0.0, "persons"),
        "people_high": (float(found.table["cumulative_high"].iloc[-1]) if len(found.table) else 0.0, "persons"),
        "remaining": (float(found.total[1]) - found.people, "persons"),
        "unknown_people": (float(found.table["unknown_people"].sum()), "persons"),
        "at_least": (found.at_least, "1"),
        "bound": (found.bound, "persons"),
    }
    return Finding(
        "next_sites",
        tuple(Figure(("next_sites", name), value, units) for name, (value, units) in figures.items()),
        (_table(found.table),),
    )


def _table(frame: gpd.GeoDataFrame) -> Table:
    return Table("next_sites", frame, UNITS, geometry="Point")


def _nothing() -> gpd.GeoDataFrame:
    texts = (
        "candidate_id",
        "kind",
        "origin",
        "name",
        "place",
        "place_direction",
        "area_id",
        "area_name",
        "areas_that_gain",
    )
    types = {name: object if name in texts else np.int64 if name == "rank" else np.float64 for name in COLUMNS}
    return gpd.GeoDataFrame(
        {name: np.zeros(0, dtype=kind) for name, kind in types.items()}, geometry=[], crs="EPSG:4326"
    )
