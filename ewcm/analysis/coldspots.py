"""Coldspots: connected groups of grid cells whose people cannot be reached."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from affine import Affine
from ewcm_kernels.components import Components, components, runs_of
from odc.geo.geobox import GeoBox
from rasterio import features
from shapely.geometry.base import BaseGeometry

from ewcm.core import grid, pieces, storage
from ewcm.core.finding import Figure, Finding, Table
from ewcm.core.fraction import CASES, LEVELS, Shares
from ewcm.core.geojson import geometries
from ewcm.core.row_blocks import RowBlock, summed
from ewcm.core.zones import OUTSIDE, Zones
from ewcm.coverage.combine import Coverage

#: Coldspots that are drawn in one piece.
_OUTLINES = 256

#: Grid cells of a raster on which they are drawn; a larger coldspot has one of its own.
_SHEET_CELLS = 2**22

#: Runs of grid cells of one coldspot: rows, first columns and columns past the last.
_Cells = tuple[np.ndarray, np.ndarray, np.ndarray]

COLUMNS = (
    "rank",
    "coldspot_id",
    "service",
    "people",
    "people_low",
    "people_high",
    "cells",
    "area_km2",
    "lat",
    "lon",
    "place",
    "place_distance_km",
    "area_id",
    "area_name",
    "distance_to_coverage_km",
)

UNITS = {
    **dict.fromkeys(("people", "people_low", "people_high"), "persons"),
    "area_km2": "km²",
    **dict.fromkeys(("lat", "lon"), "degrees"),
    **dict.fromkeys(("place_distance_km", "distance_to_coverage_km"), "km"),
}


def coldspots(
    service: str,
    people: np.ndarray,
    coverage: Coverage,
    distance_km: np.ndarray | None,
    areas: Zones,
    places: pd.DataFrame | None,
    fraction: float,
    min_people: float,
) -> gpd.GeoDataFrame:
    """Coldspots of one service with at least ``min_people`` unreached people, most people first.

    A grid cell belongs to one where its coverage is known, its coverage fraction is below ``fraction`` and someone lives
    there; cells join over edges and corners. ``people_low`` and ``people_high`` are the unreached people of the same ground
    in the cases of high and of low coverage.
    ``distance_to_coverage_km`` is the mean over these people of the distance to the nearest covered grid cell, NaN where
    nothing is covered (``distance_km``, shape of the grid, is None). Everyone lives in a cell with a centre: distances
    are between cell centres.
    """
    geobox = coverage.geobox
    member = _members(service, people, coverage, fraction)
    found = components(member, row_area_km2=grid.row_cell_area_km2(geobox))
    sums = {name: np.zeros(found.cells.size) for name in ("central", "low", "high", "row", "col", "distance")}
    parts = [
        _Block(
            rows,
            people[rows],
            coverage,
            service,
            None if distance_km is None else distance_km[rows],
            _runs_in(found, rows),
        )
        for rows in grid.blocks(people.shape[0])
    ]
    for block in summed(_block_sums, parts):
        for name, (component, values) in block.items():
            sums[name][component] += values
    order = np.argsort(-sums["central"], kind="stable")
    order = order[sums["central"][order] >= min_people]
    central = sums["central"][order]
    lat, lon = grid.latlon(geobox, sums["row"][order] / central, sums["col"][order] / central)
    table = pd.DataFrame(
        {
            "rank": np.arange(1, order.size + 1),
            "coldspot_id": [f"{service}-{rank:04d}" for rank in range(1, order.size + 1)],
            "service": service,
            "people": central,
            # Coverage that grows with the case can only take people away; rounding must not say otherwise.
            "people_low": np.minimum(sums["high"][order], central),
            "people_high": np.maximum(sums["low"][order], central),
            "cells": found.cells[order],
            "area_km2": found.area_km2[order],
            "lat": lat,
            "lon": lon,
        }
    )
    row, start, stop, place = runs_of(found, order)
    table["place"], table["place_distance_km"] = _nearest_place(lat, lon, places)
    table["area_id"], table["area_name"] = _area_with_most_cells(row, start, stop, place, areas)
    table["distance_to_coverage_km"] = np.nan if distance_km is None else sums["distance"][order] / central
    return gpd.GeoDataFrame(table[list(COLUMNS)], geometry=_outlines(row, start, stop, place, geobox), crs="EPSG:4326")


def coldspots_finding(found: Mapping[str, gpd.GeoDataFrame], min_people: float) -> Finding:
    """Coldspots by service, and how many there are. ``min_people``: of the smallest that is listed."""
    figures = []
    for service, spots in found.items():
        people = float(spots["people"].sum())
        figures += [
            Figure(("coldspots", service, "count"), len(spots)),
            Figure(("coldspots", service, "people"), people, "persons"),
            Figure(("coldspots", service, "min_people"), min_people, "persons"),
        ]
    frame = gpd.GeoDataFrame(pd.concat(found.values(), ignore_index=True), crs="EPSG:4326")
    return Finding("coldspots", tuple(figures), (Table("coldspots", frame, UNITS, geometry="MultiPolygon"),))


class _Runs(NamedTuple):
    """Runs of coldspot cells in a block of rows, counted from its first. ``of_run``: place of each in ``component``."""

    component: np.ndarray
    of_run: np.ndarray
    row: np.ndarray
    start: np.ndarray
    stop: np.ndarray


@dataclass(frozen=True)
class _Block(RowBlock):
    """A block of rows with its runs of coldspot cells. ``distance_km`` is of these rows alone, the coverage of all."""

    coverage: Coverage
    service: str
    distance_km: np.ndarray | None
    runs: _Runs


def _block_sums(block: _Block) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Sums over each component that has cells in the block: the components, and their sums."""
    unreached = {
        case: unreached_people(block.people, block.coverage.shares(block.service, case, block.rows)) for case in CASES
    }
    sums: dict[str, tuple[np.ndarray, np.ndarray]] = {
        case: _sum_by_component(block.runs, unreached[case]) for case in CASES
    }
    central = unreached["central"]
    rows, cols = np.arange(block.rows.start, block.rows.stop)[:, None], np.arange(central.shape[1])
    sums["row"] = _sum_by_component(block.runs, central * (rows + 0.5))
    sums["col"] = _sum_by_component(block.runs, central * (cols + 0.5))
    if block.distance_km is not None:
        sums["distance"] = _sum_by_component(block.runs, central * block.distance_km)
    return sums


def unreached_people(people: np.ndarray, shares: Shares) -> np.ndarray:
    """People × uncovered share, float64; 0 where coverage is unknown or there is no population value."""
    return np.nan_to_num(people.astype(np.float64)) * (shares.uncovered_level().astype(np.float64) / LEVELS)


def covered_cells(service: str, coverage: Coverage, fraction: float) -> np.ndarray:
    """Grid cells (uint8, 1 or 0) whose known covered share reaches ``fraction``."""
    covered = storage.empty(coverage.geobox.shape.yx, np.uint8)
    for rows in grid.blocks(covered.shape[0]):
        shares = coverage.shares(service, "central", rows)
        covered[rows] = (shares.unknown_level() < LEVELS) & (shares.covered_level() >= fraction * LEVELS)
    return covered


def _members(service: str, people: np.ndarray, coverage: Coverage, fraction: float) -> np.ndarray:
    """Grid cells (uint8, 1 or 0) with people, of whose known share less than ``fraction`` is covered."""
    member = storage.empty(people.shape, np.uint8)
    for rows in grid.blocks(people.shape[0]):
        shares = coverage.shares(service, "central", rows)
        if shares.unknown is None:
            below = shares.covered < fraction * LEVELS
        else:
            below = shares.covered_level() < fraction * (LEVELS - shares.unknown.astype(np.float64))
        member[rows] = below & (people[rows] > 0)
    return member


def _nearest_place(lat: np.ndarray, lon: np.ndarray, places: pd.DataFrame | None) -> tuple[np.ndarray, np.ndarray]:
    """Name and distance [km] of the place nearest to each point."""
    if places is None or places.empty:
        return np.full(lat.size, "", dtype=object), np.full(lat.size, np.nan)
    place_lat, place_lon = places["lat"].to_numpy(), places["lon"].to_numpy()
    nearest, distance = np.zeros(lat.size, dtype=np.int64), np.zeros(lat.size)
    for start in range(0, lat.size, 256):
        part = slice(start, start + 256)
        all_km = grid.distance_km(lat[part, None], lon[part, None], place_lat, place_lon)
        nearest[part] = all_km.argmin(axis=1)
        distance[part] = all_km.min(axis=1)
    return places["name"].to_numpy()[nearest], distance


def _runs_in(found: Components, rows: slice) -> _Runs:
    first, past_last = np.searchsorted(found.run_row, [rows.start, rows.stop])
    component, of_run = np.unique(found.run_component[first:past_last], return_inverse=True)
    row = found.run_row[first:past_last].astype(np.int64) - rows.start
    return _Runs(component, of_run, row, found.run_start[first:past_last], found.run_stop[first:past_last])


def _sum_by_component(runs: _Runs, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Sums of a block of rows of ``values`` (float64) over each component in it: the components, and their sums."""
    if runs.row.size == 0:
        return runs.component, np.zeros(0)
    line = runs.row * values.shape[1]
    edges = np.stack([line + runs.start, line + runs.stop], axis=1)
    # reduceat sums from each edge to the next: every second sum is a run. The zero lets a run end with the block.
    by_run = np.add.reduceat(np.append(values, 0.0), edges.ravel())[::2]
    return runs.component, np.bincount(runs.of_run, weights=by_run, minlength=runs.component.size)


def _area_with_most_cells(
    row: np.ndarray, start: np.ndarray, stop: np.ndarray, place: np.ndarray, areas: Zones
) -> tuple[list[str], list[str]]:
    """Id and name of the area that holds most cells of each coldspot, "" where none does."""
    length = (stop - start).astype(np.int64)
    # Columns start..stop-1 of each run, one after the other.
    col = np.arange(length.sum()) - np.repeat(np.cumsum(length) - length - start, length)
    area = areas.area_of(np.repeat(row.astype(np.int64), length), col)
    votes = pd.DataFrame({"place": np.repeat(place, length), "area": area})
    votes = votes[votes["area"] != OUTSIDE].value_counts(sort=False).reset_index()
    votes = votes.sort_values(["place", "count", "area"], ascending=[True, False, True]).drop_duplicates("place")
    ids, names = (
        np.full(place.max(initial=-1) + 1, "", dtype=object),
        np.full(place.max(initial=-1) + 1, "", dtype=object),
    )
    ids[votes["place"]] = areas.table["area_id"].to_numpy()[votes["area"]]
    names[votes["place"]] = areas.table["name"].to_numpy()[votes["area"]]
    return list(ids), list(names)


def _outlines(row: np.ndarray, start: np.ndarray, stop: np.ndarray, place: np.ndarray, geobox: GeoBox) -> gpd.GeoSeries:
    """Outlines of the coldspots along the edges of their grid cells, EPSG:4326 (0..360 on a grid that is)."""
    by_place = np.argsort(place, kind="stable")
    bounds = np.searchsorted(place[by_place], np.arange(place.max(initial=-1) + 2))
    cells: list[_Cells] = [
        (row[mine], start[mine], stop[mine])
        for mine in (by_place[first:past_last] for first, past_last in zip(bounds[:-1], bounds[1:], strict=True))
    ]
    parts = [(geobox.affine, cells[first : first + _OUTLINES]) for first in range(0, len(cells), _OUTLINES)]
    outlines = [outline for drawn in pieces.results_of(_draw, parts) for outline in drawn]
    series = gpd.GeoSeries(outlines, crs=str(geobox.crs))
    return series if grid.is_geographic(geobox) else series.to_crs("EPSG:4326")


def _draw(part: tuple[Affine, list[_Cells]]) -> list[BaseGeometry]:
    """Outlines of some coldspots."""
    affine, coldspots = part
    return [outline for sheet in _sheets(coldspots) for outline in _outlined(affine, sheet)]


def _sheets(coldspots: list[_Cells]) -> Iterator[list[_Cells]]:
    """Coldspots, as many at a time as one raster of bearable size holds one below the other."""
    sheet: list[_Cells] = []
    height = width = 0
    for cells in coldspots:
        row, start, stop = cells
        tall, wide = int(row.max()) - int(row.min()) + 2, int(stop.max()) - int(start.min())
        if sheet and (height + tall) * max(width, wide) > _SHEET_CELLS:
            yield sheet
            sheet, height, width = [], 0, 0
        sheet.append(cells)
        height, width = height + tall, max(width, wide)
    if sheet:
        yield sheet


def _outlined(affine: Affine, sheet: list[_Cells]) -> list[BaseGeometry]:
    """Outlines of coldspots drawn on one sheet, an empty line between each two: GDAL needs far longer to be asked than to
    draw, and where there are keys of an object store in the environment rasterio goes through them for each question."""
    row0 = np.array([row.min() for row, _, _ in sheet], dtype=np.int64)
    col0 = np.array([start.min() for _, start, _ in sheet], dtype=np.int64)
    tall = np.array([row.max() for row, _, _ in sheet], dtype=np.int64) - row0 + 2
    width = max(int(stop.max()) - left for (_, _, stop), left in zip(sheet, col0, strict=True))
    top = np.cumsum(tall) - tall
    drawn = np.zeros((int(tall.sum()), width), dtype=np.uint8)
    for (row, start, stop), above, left, line in zip(sheet, row0, col0, top, strict=True):
        for at, first, past_last in zip(row - above + line, start - left, stop - left, strict=True):
            drawn[at, first:past_last] = 1
    found = geometries([outline for outline, _ in features.shapes(drawn, mask=drawn == 1)])
    owner = np.searchsorted(top, shapely.bounds(found)[:, 1], side="right") - 1
    # From the sheet to the ground, in the order in which GDAL adds.
    at = shapely.get_coordinates(found)
    of = np.repeat(owner, shapely.get_num_coordinates(found))
    x, y = at[:, 0], at[:, 1] - top[of]
    west = affine.a * col0 + affine.b * row0 + affine.c
    north = affine.d * col0 + affine.e * row0 + affine.f
    there = np.stack([west[of] + x * affine.a + y * affine.b, north[of] + x * affine.d + y * affine.e], axis=1)
    found = shapely.set_coordinates(found, there)
    by_owner = np.argsort(owner, kind="stable")
    parts = np.split(found[by_owner], np.searchsorted(owner[by_owner], np.arange(1, len(sheet))))
    return [shapely.MultiPolygon(list(polygons)) if len(polygons) > 1 else polygons[0] for polygons in parts]
