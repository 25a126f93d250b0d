"""Coldspots: the people out of reach whom one site or one team could serve.

Their ground are the grid cells out of reach in groups of enough people. Centres are chosen one after the other where most of
those whom no earlier one serves live within a radius; a cell belongs to the first centre that claims it (docs/method.md).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
from ewcm_kernels.centres import choose, disc_sums
from ewcm_kernels.claims import rims
from ewcm_kernels.components import components

from ewcm.analysis import coldspot_ground, naming
from ewcm.analysis.cell_points import CellPoints, cell_points
from ewcm.analysis.coldspot_sums import BlockOfClaims, Claimed, Fields, claims_in, everything
from ewcm.analysis.outlines import outlines
from ewcm.analysis.unreached import covered_cells, ground_cells
from ewcm.core import grid, longitude
from ewcm.core.finding import Figure, Finding, Table
from ewcm.core.fraction import Case, nothing_known
from ewcm.core.row_blocks import summed
from ewcm.core.zones import Zones
from ewcm.coverage.combine import Coverage

#: Cases that have a list of coldspots, and their names in tables and identifiers.
LISTED_CASES: dict[Case, str] = {"central": "central", "low": "low_coverage"}

#: Points of the world's lattice of identifiers in a degree.
_ID_PER_DEGREE = 100

COLUMNS = (
    "rank",
    "coldspot_id",
    "service",
    "case",
    "people",
    "people_low",
    "people_high",
    "people_within_radius",
    "cells",
    "area_km2",
    "lat",
    "lon",
    "place",
    "place_distance_km",
    "place_direction",
    "area_id",
    "area_name",
    "area_share",
    "covered_place",
    "covered_place_distance_km",
    "distance_to_coverage_km",
)

UNITS = {
    **dict.fromkeys(("people", "people_low", "people_high", "people_within_radius"), "persons"),
    "area_km2": "km²",
    "area_share": "1",
    **dict.fromkeys(("lat", "lon"), "degrees"),
    **dict.fromkeys(("place_distance_km", "covered_place_distance_km", "distance_to_coverage_km"), "km"),
}

#: Further columns, which ``ewcm.analysis.hazard_coldspots`` fills.
HAZARD_COLUMNS = (
    "worst_hazard",
    "worst_hazard_return_period",
    "worst_hazard_threshold",
    "worst_hazard_people",
    "hazards_people_low",
    "hazards_people_high",
    "unknown_hazard_people",
    "annual_exposed",
    "annual_exposed_low",
    "annual_exposed_high",
    "priority",
)

HAZARD_UNITS = {
    "worst_hazard_return_period": "years",
    **dict.fromkeys(
        ("worst_hazard_people", "hazards_people_low", "hazards_people_high", "unknown_hazard_people"), "persons"
    ),
    **dict.fromkeys(("annual_exposed", "annual_exposed_low", "annual_exposed_high"), "persons a year"),
}

#: Where the people out of reach of an area are; these add up to ``uncovered``.
AREA_PARTS = ("in_coldspots", "in_scattered_places", "in_partly_covered_cells")

AREA_COLUMNS = ("area_id", "area_name", "service", "case", "uncovered", *AREA_PARTS, "unknown")


@dataclass(frozen=True)
class Rules:
    """What makes a coldspot: cells of whose known share less than ``fraction`` is covered, in connected groups of at least
    ``min_people`` people out of reach, served from centres within ``radius_km``."""

    fraction: float
    min_people: float
    radius_km: float


class Coldspots(NamedTuple):
    """``table``: the coldspots of one service and case, the most people first. ``areas``: where the people out of reach of each
    area are; of how many nothing is known is told by :func:`with_unknown`. ``fields``: float64 (fields, coldspots), people out of
    reach times further shares."""

    table: gpd.GeoDataFrame
    areas: pd.DataFrame
    fields: np.ndarray


def coldspots(
    service: str,
    case: Case,
    people: np.ndarray,
    coverage: Coverage,
    distance_km: np.ndarray | None,
    areas: Zones,
    places: pd.DataFrame | None,
    rules: Rules,
    fields: Fields | None = None,
) -> Coldspots:
    """Coldspots of one service in one case of the coverage.

    ``people``: of the country alone. ``distance_km``: from each grid cell (shape of the grid) to the nearest one that is
    covered in this case; None where nothing is. Every column is described in docs/formats.md. Everyone lives in a cell with a
    centre: distances are between cell centres. ``fields``: further shares of the people, to be summed by coldspot.
    """
    points = cell_points(coverage.geobox)
    found = components(ground_cells(service, case, people, coverage, rules.fraction))
    sums = coldspot_ground.people_by_component(service, case, people, coverage, found)
    ground = coldspot_ground.listed_ground(found, sums, points, rules.min_people, rules.radius_km)
    free, everybody = coldspot_ground.people_at_points(service, case, people, coverage, ground, points)
    centres = choose(free, ground.groups, points.lattice, rules.radius_km, points.margin_km)
    has_rims = points.corner is not None
    rim = (
        rims(centres.row, centres.col, points.lattice, rules.radius_km, points.margin_km)
        if has_rims
        else (np.zeros(0, np.int64), np.zeros(0, np.int32))
    )
    code = ground.code(centres)
    blocks = [
        BlockOfClaims(
            rows, people[rows], coverage, service, case, rules.fraction, rules.radius_km, points, areas.block(rows),
            None if distance_km is None else distance_km[rows],
            coldspot_ground.code_runs(found, code, rows),
            *coldspot_ground.rows_of(points, rows, centres.owner, rim),
            points.point_deg(centres.row, centres.col), fields,
        )
        for rows in grid.blocks(people.shape[0])
    ]  # fmt: skip
    claimed = everything(summed(claims_in, blocks), centres.row.size, areas.size)
    inside = disc_sums(everybody, centres.row, centres.col, points.lattice, rules.radius_km - points.margin_km)
    places_covered = naming.covered_places(
        places, covered_cells(service, coverage, rules.fraction, case), coverage.geobox
    ) if places is not None else None  # fmt: skip
    table = _table(service, case, claimed, inside, areas, places, places_covered, distance_km is not None)
    kept = table.index.to_numpy()
    geometry = _outlines(claimed, kept, points)
    spots = gpd.GeoDataFrame(table.reset_index(drop=True), geometry=geometry, crs="EPSG:4326")
    return Coldspots(spots, _areas(service, case, claimed.by_area, areas), claimed.fields[:, kept])


def _table(
    service: str,
    case: Case,
    claimed: Claimed,
    inside: np.ndarray,
    areas: Zones,
    places: pd.DataFrame | None,
    places_covered: pd.DataFrame | None,
    has_distance: bool,
) -> pd.DataFrame:
    """The columns of the coldspots, by rank; the index is the number of the centre."""
    kept = np.flatnonzero(claimed.cells)
    lat, lon = claimed.lat[kept], longitude.to_180(claimed.lon[kept])
    people = claimed.people[kept]
    order = np.lexsort((lon, lat, -people))
    kept, lat, lon, people = kept[order], lat[order], lon[order], people[order]
    area, area_people = claimed.main_area[kept], claimed.main_area_people[kept]
    has_area = area >= 0
    place, place_km, place_direction = naming.nearest_place(lat, lon, places)
    covered_place, covered_km, _ = naming.nearest_place(lat, lon, places_covered)
    texts = {
        key: np.where(has_area, areas.table[column].to_numpy(dtype=object)[np.maximum(area, 0)], "")
        if areas.size
        else np.full(kept.size, "", dtype=object)
        for key, column in (("area_id", "area_id"), ("area_name", "name"))
    }
    # Coverage that grows with the case can only take people away; rounding must not say otherwise.
    low, high = np.minimum(claimed.people_low[kept], people), np.maximum(claimed.people_high[kept], people)
    columns = {
        "rank": np.arange(1, kept.size + 1),
        "coldspot_id": _identifiers(service, case, lat, lon),
        "service": np.full(kept.size, service, dtype=object),
        "case": np.full(kept.size, LISTED_CASES[case], dtype=object),
        "people": people,
        "people_low": low,
        "people_high": high,
        # Who stands at the rim of a fine grid is told cell by cell; a last rounding must not make them fewer than claimed.
        "people_within_radius": np.maximum(inside[kept] + claimed.at_rim[kept], people),
        "cells": claimed.cells[kept],
        "area_km2": claimed.area_km2[kept],
        "lat": lat,
        "lon": lon,
        "place": place,
        "place_distance_km": place_km,
        "place_direction": place_direction,
        **texts,
        "area_share": np.where(has_area, np.minimum(area_people / people, 1.0), np.nan),
        "covered_place": covered_place,
        "covered_place_distance_km": covered_km,
        "distance_to_coverage_km": claimed.distance[kept] / people if has_distance else np.full(kept.size, np.nan),
    }
    return pd.DataFrame(columns, index=kept)[list(COLUMNS)]


def _identifiers(service: str, case: Case, lat: np.ndarray, lon: np.ndarray) -> list[str]:
    """Service, case and the nearest point of a lattice of 0.01° of each coldspot (by rank). Of several that have one point the
    largest has the plain identifier, the next ones end in ``-2``, ``-3`` …"""
    row = np.floor(lat * _ID_PER_DEGREE + 0.5).astype(np.int64)
    col = np.floor(lon * _ID_PER_DEGREE + 0.5).astype(np.int64)
    half_turn = 180 * _ID_PER_DEGREE
    col = (col + half_turn) % (2 * half_turn) - half_turn
    found: list[str] = []
    taken: dict[str, int] = {}
    for south, east in zip(row.tolist(), col.tolist(), strict=True):
        name = f"{service}-{LISTED_CASES[case]}{_degrees(south, 2)}{_degrees(east, 3)}"
        taken[name] = taken.get(name, 0) + 1
        found.append(name if taken[name] == 1 else f"{name}-{taken[name]}")
    return found


def _degrees(hundredths: int, digits: int) -> str:
    """Hundredths of a degree as in ISO 6709: a sign, and always as many digits."""
    whole, part = divmod(abs(hundredths), _ID_PER_DEGREE)
    return f"{'-' if hundredths < 0 else '+'}{whole:0{digits}d}.{part:02d}"


def _outlines(claimed: Claimed, kept: np.ndarray, points: CellPoints) -> gpd.GeoSeries:
    """Outlines of the coldspots, EPSG:4326 (0..360 on a grid that is), along the edges of cells or of points of the lattice."""
    place = np.full(claimed.cells.size, -1, dtype=np.int64)
    place[kept] = np.arange(kept.size)
    row, start, stop, owner = claimed.runs
    return gpd.GeoSeries(outlines(row, start, stop, place[owner], kept.size, points.affine), crs="EPSG:4326")


def _areas(service: str, case: Case, by_area: np.ndarray, areas: Zones) -> pd.DataFrame:
    """A row an area of the finest level: its people out of reach, by where they are."""
    columns: dict[str, object] = {
        "area_id": areas.table["area_id"].to_numpy(dtype=object),
        "area_name": areas.table["name"].to_numpy(dtype=object),
        "service": service,
        "case": LISTED_CASES[case],
        "uncovered": by_area.sum(axis=1),
        **{name: by_area[:, number] for number, name in enumerate(AREA_PARTS)},
        "unknown": np.full(areas.size, np.nan),
    }
    return pd.DataFrame(columns, index=range(areas.size))[list(AREA_COLUMNS)]


def with_unknown(found: Coldspots, people: np.ndarray, unknown: np.ndarray) -> Coldspots:
    """The same with the people of each area of whom nothing is known. Where that is everybody, nobody is known to be out of
    reach, which is no 0. ``people``, ``unknown``: by area, in the same case of the coverage [persons]."""
    areas = found.areas.assign(unknown=unknown)
    areas.loc[nothing_known(people, unknown), ["uncovered", *AREA_PARTS]] = np.nan
    return found._replace(areas=areas)


def out_of_reach_in_part(found: Coldspots) -> tuple[float, float]:
    """People out of reach, and those of them in partly covered cells, which are no ground of coldspots [persons]."""
    return float(found.areas["uncovered"].sum()), float(found.areas[AREA_PARTS[-1]].sum())


def coldspots_finding(
    found: Mapping[tuple[str, Case], Coldspots], min_people: float, radius_km: float, low_first: Sequence[str] = ()
) -> Finding:
    """Coldspots by service and case, and how many there are. ``min_people``: of the smallest group that is listed. ``low_first``:
    services whose list of the case of low coverage stands before that of the central one."""
    figures: list[Figure] = []
    # A stable sort: within a service the case that leads comes first, and services keep their order.
    order = list(dict.fromkeys(service for service, _ in found))
    found = dict(
        sorted(
            found.items(), key=lambda item: (order.index(item[0][0]), item[0][0] in low_first and item[0][1] != "low")
        )
    )
    for service in dict.fromkeys(service for service, _ in found):
        for case in LISTED_CASES:
            spots = found[service, case].table
            end = "" if case == "central" else f"_{LISTED_CASES[case]}"
            figures += [
                Figure(("coldspots", service, f"count{end}"), len(spots)),
                Figure(("coldspots", service, f"people{end}"), float(spots["people"].sum()), "persons"),
            ]
            if case == "central":
                figures.append(Figure(("coldspots", service, "min_people"), min_people, "persons"))
        figures.append(Figure(("coldspots", service, "radius_km"), radius_km, "km"))
    if not figures:
        figures = [Figure(("coldspots",), {})]
    tables = [each.table for each in found.values()] or [_no_coldspots()]
    frame = gpd.GeoDataFrame(pd.concat(tables, ignore_index=True), crs="EPSG:4326")
    by_area = [each.areas for each in found.values()] or [pd.DataFrame(columns=list(AREA_COLUMNS))]
    units = dict.fromkeys(("uncovered", *AREA_PARTS, "unknown"), "persons")
    return Finding(
        "coldspots",
        tuple(figures),
        (
            Table("coldspots", frame, UNITS | HAZARD_UNITS, geometry="MultiPolygon"),
            Table("coldspot_areas", pd.concat(by_area, ignore_index=True), units, files=("csv", "workbook")),
        ),
    )


def _no_coldspots() -> gpd.GeoDataFrame:
    """The table where no service is known."""
    whole, numbers = ("rank", "cells", "priority"), UNITS | HAZARD_UNITS
    types = {
        name: np.int64 if name in whole else np.float64 if name in numbers else object
        for name in (*COLUMNS, *HAZARD_COLUMNS)
    }
    types["worst_hazard_threshold"] = np.float64
    columns = {name: np.zeros(0, dtype=kind) for name, kind in types.items()}
    return gpd.GeoDataFrame(columns, geometry=gpd.GeoSeries([], crs="EPSG:4326"), crs="EPSG:4326")
