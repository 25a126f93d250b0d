"""Coldspots: connected groups of grid cells whose people cannot be reached."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from odc.geo.geobox import GeoBox
from rasterio import features
from shapely.geometry import shape

from ewcm import grid
from ewcm.analysis.areas import OUTSIDE, Partition
from ewcm.coverage.fraction import LEVELS, UNKNOWN
from ewcm.coverage.model import VARIANTS
from ewcm.coverage.stack import Stack
from ewcm.settings import Settings
from ewcm.sources.places import Places
from ewcm_kernels.components import Runs, components, run_sums

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


def coldspots(
    service: str,
    people: np.ndarray,
    stack: Stack,
    distance_km: np.ndarray | None,
    areas: Partition,
    places: Places | None,
    settings: Settings,
) -> gpd.GeoDataFrame:
    """Coldspots of one service with at least ``settings.min_people`` unreached people, most people first.

    A grid cell belongs to one where its coverage is known, its coverage fraction is below
    ``settings.coldspot_fraction`` and someone lives there; cells join over edges and corners. ``people_low`` and
    ``people_high`` are the unreached people of the same ground in the high- and low-coverage variants.
    ``distance_to_coverage_km`` is the mean over these people of the distance to the nearest covered grid cell, NaN where
    nothing is covered (``distance_km``, shape of the grid, is None). Everyone lives in a cell with a centre: distances
    are between cell centres.
    """
    geobox = stack.geobox
    runs, count = components(_members(service, people, stack, settings))
    sums = {name: np.zeros(count) for name in ("central", "low", "high", "row", "col", "distance")}
    for rows in grid.blocks(people.shape[0]):
        here = people[rows]
        unreached = {variant: unreached_people(here, stack.service(service, variant, rows)) for variant in VARIANTS}
        for variant in VARIANTS:
            run_sums(runs, unreached[variant], rows.start, sums[variant])
        central = unreached["central"]
        row_centre = np.arange(rows.start, rows.stop)[:, None] + 0.5
        run_sums(runs, central * row_centre, rows.start, sums["row"])
        run_sums(runs, central * (np.arange(people.shape[1]) + 0.5), rows.start, sums["col"])
        if distance_km is not None:
            run_sums(runs, central * distance_km[rows].astype(np.float64), rows.start, sums["distance"])
    order = np.argsort(-sums["central"], kind="stable")
    order = order[sums["central"][order] >= settings.min_people]
    central = sums["central"][order]
    length = runs.stop - runs.start
    row, col = sums["row"][order] / central, sums["col"][order] / central
    lat, lon = grid.latlon(geobox, row, col)
    table = pd.DataFrame(
        {
            "rank": np.arange(1, order.size + 1),
            "coldspot_id": [f"{service}-{rank:04d}" for rank in range(1, order.size + 1)],
            "service": service,
            "people": central,
            # Coverage that grows with the variant can only take people away; rounding must not say otherwise.
            "people_low": np.minimum(sums["high"][order], central),
            "people_high": np.maximum(sums["low"][order], central),
            "cells": np.bincount(runs.component, weights=length, minlength=count)[order].astype(np.int64),
            "area_km2": np.bincount(
                runs.component, weights=length * grid.row_cell_area_km2(geobox)[runs.row], minlength=count
            )[order],
            "lat": lat,
            "lon": lon,
        }
    )
    table["place"], table["place_distance_km"] = _nearest_place(lat, lon, places)
    table["area_id"], table["area_name"] = _area_with_most_cells(runs, order, areas)
    table["distance_to_coverage_km"] = np.nan if distance_km is None else sums["distance"][order] / central
    return gpd.GeoDataFrame(table[list(COLUMNS)], geometry=_outlines(runs, order, geobox), crs="EPSG:4326")


def unreached_people(people: np.ndarray, level: np.ndarray) -> np.ndarray:
    """People × (1 − coverage fraction), float64; 0 where coverage is unknown or there is no population value."""
    uncovered = np.nan_to_num(people.astype(np.float64)) * ((LEVELS - level.astype(np.float64)) / LEVELS)
    return np.where(level == UNKNOWN, 0.0, uncovered)


def covered_cells(service: str, stack: Stack, settings: Settings) -> np.ndarray:
    """Grid cells (uint8, 1 or 0) whose known coverage fraction reaches ``settings.coldspot_fraction``."""
    covered = np.zeros(stack.geobox.shape, dtype=np.uint8)
    for rows in grid.blocks(covered.shape[0]):
        level = stack.service(service, "central", rows)
        covered[rows] = (level != UNKNOWN) & (level >= settings.coldspot_fraction * LEVELS)
    return covered


def _members(service: str, people: np.ndarray, stack: Stack, settings: Settings) -> np.ndarray:
    member = np.zeros(people.shape, dtype=np.uint8)
    for rows in grid.blocks(people.shape[0]):
        level = stack.service(service, "central", rows)
        member[rows] = (level < settings.coldspot_fraction * LEVELS) & (people[rows] > 0)
    return member


def _nearest_place(lat: np.ndarray, lon: np.ndarray, places: Places | None) -> tuple[np.ndarray, np.ndarray]:
    """Name and distance [km] of the place nearest to each point."""
    if places is None or places.table.empty:
        return np.full(lat.size, "", dtype=object), np.full(lat.size, np.nan)
    table = places.table
    place_lat, place_lon = table["lat"].to_numpy(), table["lon"].to_numpy()
    nearest, distance = np.zeros(lat.size, dtype=np.int64), np.zeros(lat.size)
    for start in range(0, lat.size, 256):
        part = slice(start, start + 256)
        all_km = grid.distance_km(lat[part, None], lon[part, None], place_lat, place_lon)
        nearest[part] = all_km.argmin(axis=1)
        distance[part] = all_km.min(axis=1)
    return table["name"].to_numpy()[nearest], distance


def _area_with_most_cells(runs: Runs, order: np.ndarray, areas: Partition) -> tuple[list[str], list[str]]:
    """Id and name of the area that holds most cells of each listed component."""
    place_of = np.full(int(runs.component.max(initial=-1)) + 1, -1, dtype=np.int64)
    place_of[order] = np.arange(order.size)
    kept = place_of[runs.component] >= 0
    length = (runs.stop - runs.start)[kept]
    row = np.repeat(runs.row[kept], length)
    first = np.repeat(runs.start[kept] - np.concatenate([[0], np.cumsum(length)[:-1]]), length)
    col = first + np.arange(row.size)
    component = np.repeat(place_of[runs.component[kept]], length)
    area = areas.area_of(row, col)
    votes = pd.DataFrame({"component": component, "area": area}).value_counts(sort=False).reset_index()
    votes = votes[votes["area"] != OUTSIDE].sort_values(["component", "count", "area"], ascending=[True, False, True])
    winner = votes.drop_duplicates("component").set_index("component")["area"].reindex(range(order.size))
    ids, names = areas.table["area_id"].tolist(), areas.table["name"].tolist()
    chosen = [-1 if np.isnan(area) else int(area) for area in winner]
    return [ids[area] if area >= 0 else "" for area in chosen], [names[area] if area >= 0 else "" for area in chosen]


def _outlines(runs: Runs, order: np.ndarray, geobox: GeoBox) -> gpd.GeoSeries:
    """Outlines of the listed components along the edges of their grid cells, EPSG:4326."""
    by_component = np.argsort(runs.component, kind="stable")
    bounds = np.searchsorted(runs.component[by_component], np.stack([order, order + 1]))
    outlines = []
    for start, stop in bounds.T:
        mine = by_component[start:stop]
        row, left, right = runs.row[mine], runs.start[mine], runs.stop[mine]
        row0, col0 = int(row.min()), int(left.min())
        window = np.zeros((int(row.max()) - row0 + 1, int(right.max()) - col0), dtype=np.uint8)
        for r, a, b in zip(row - row0, left - col0, right - col0, strict=True):
            window[r, a:b] = 1
        transform = geobox.affine @ geobox.affine.translation(col0, row0)
        parts = [shape(found) for found, _ in features.shapes(window, mask=window == 1, transform=transform)]
        outlines.append(shapely.MultiPolygon(parts) if len(parts) > 1 else parts[0])
    series = gpd.GeoSeries(outlines, crs=str(geobox.crs))
    return series if grid.is_geographic(geobox) else series.to_crs("EPSG:4326")


