"""Areas: which administrative unit the people of every grid cell belong to, each person to exactly one."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from odc.geo.geobox import GeoBox
from pyproj import Geod
from shapely.geometry.base import BaseGeometry

from ewcm.analysis.border_shares import by_density
from ewcm.core import grid, longitude, storage
from ewcm.core.zones import MIXED, OUTSIDE, SHARE_MIN, SharesInside, Zones, compiled_shares, empty_labels, no_mixed


def country_and_areas(
    people: np.ndarray,
    geobox: GeoBox,
    boundaries: gpd.GeoDataFrame | None,
    name: str,
    iso3: str,
    nearest_km: float,
    neighbours: BaseGeometry | None = None,
    shares_inside: SharesInside | None = None,
) -> list[Zones]:
    """The country, then each level of areas given, coarse to fine. Everyone of the country is in an area of each.

    ``boundaries``: areas with ``level``, ``area_id``, ``name`` and ``parent_id``; without them the grid is the country.
    ``nearest_km``: people this near to an area belong to it; those farther off are outside the country. ``neighbours``: land of
    other countries [degrees], outside the boundaries: who lives there is outside however near, and a grid cell on the border is
    the country's by its share of the ground, the sea left out, and by how densely people live on either side of it
    (:func:`ewcm.analysis.border_shares.by_density`). Without it a cell that the country touches is its own whole.
    ``shares_inside``: what works out the share of a cell inside an area, the compiled kernel where it is None.
    """
    if boundaries is None or boundaries.empty:
        return [whole_grid(geobox, name, iso3)]
    levels = sorted(boundaries["level"].unique())
    first = boundaries[boundaries["level"] == levels[0]]
    coarsest = partition(first, people, geobox, nearest_km, None, neighbours, shares_inside)
    zones = [coarsest] if levels[0] == 0 else [whole_country(coarsest, name, iso3), coarsest]
    for level in levels[1:]:
        finer = boundaries[boundaries["level"] == level]
        zones.append(partition(finer, people, geobox, np.inf, zones[0], shares_inside=shares_inside))
    return zones


def inside(people: np.ndarray, country: Zones) -> np.ndarray:
    """People of the country alone: who is in none of its areas is no part of its coldspots either."""
    result = storage.empty((people.shape[0], people.shape[1]), np.float32)
    for rows in grid.blocks(people.shape[0]):
        result[rows] = np.where(country.labels[rows] == OUTSIDE, np.float32(0), people[rows])
    cell, share = _on_border(country)
    result.reshape(-1)[cell] *= share.astype(np.float32)
    return result


def shared_people(people: np.ndarray, country: Zones) -> float:
    """How many of the country's people are its share of grid cells on the border."""
    cell, share = _on_border(country)
    return float((np.nan_to_num(people.reshape(-1)[cell].astype(np.float64)) * share).sum())


def whole_shares(zones: Zones) -> Zones:
    """The same zones for :func:`inside`'s people: those of a cell on the border are shared by its areas alone."""
    cell, share = _on_border(zones)
    if not cell.size:
        return zones
    mixed = zones.mixed.copy()
    place = np.minimum(np.searchsorted(cell, mixed["cell"]), cell.size - 1)
    here = cell[place] == mixed["cell"].to_numpy()
    mixed["share"] = np.where(here, mixed["share"] / share[place], mixed["share"])
    return replace(zones, mixed=mixed)


def _on_border(zones: Zones) -> tuple[np.ndarray, np.ndarray]:
    """Cells (flat index) of which others have a part, sorted, and the share that the zones have."""
    together = zones.mixed.groupby("cell")["share"].sum()
    together = together[together < 1.0 - SHARE_MIN]
    return together.index.to_numpy(np.int64), together.to_numpy(np.float64)


def whole_grid(geobox: GeoBox, name: str, area_id: str) -> Zones:
    """One area that holds every grid cell: the country when no boundaries are given."""
    outline = geobox.extent.to_crs("EPSG:4326").geom
    table = gpd.GeoDataFrame(
        {"level": [0], "area_id": [area_id], "name": [name], "parent_id": [""]}, geometry=[outline], crs="EPSG:4326"
    )
    return Zones(table, storage.full(geobox.shape.yx, 0, np.int16), no_mixed())


def whole_country(areas: Zones, name: str, area_id: str) -> Zones:
    """One area that holds everyone whom ``areas`` hold: the country where only finer boundaries are given."""
    table = gpd.GeoDataFrame(
        {"level": [0], "area_id": [area_id], "name": [name], "parent_id": [""]},
        geometry=[shapely.union_all(areas.table.geometry.to_numpy())],
        crs="EPSG:4326",
    )
    labels = storage.empty(areas.labels.shape, np.int16)
    for block in grid.blocks(labels.shape[0]):
        labels[block] = np.where(areas.labels[block] == OUTSIDE, OUTSIDE, 0)
    cell, share = _on_border(areas)
    labels.reshape(-1)[cell] = MIXED
    return Zones(table, labels, _mixed(cell, np.zeros(cell.size), share), areas.adopted)


def _mixed(cell: np.ndarray, area: np.ndarray, share: np.ndarray) -> pd.DataFrame:
    """The table of mixed cells, sorted."""
    table = pd.DataFrame({"cell": cell.astype(np.int64), "area": area.astype(np.int32), "share": share})
    return table.sort_values(["cell", "area"], kind="stable").reset_index(drop=True)


def partition(
    table: gpd.GeoDataFrame,
    people: np.ndarray,
    geobox: GeoBox,
    nearest_km: float,
    country: Zones | None = None,
    neighbours: BaseGeometry | None = None,
    shares_inside: SharesInside | None = None,
) -> Zones:
    """Give every grid cell to the areas of one level.

    A cell inside one area is that area's; a cell on a border is split by the exact ground of each; where areas overlap, a
    cell that lies whole in several belongs to the first. A cell with people that touches no area (small islands, coasts
    drawn coarsely) goes to the nearest one within ``nearest_km`` (infinite: always). With ``country`` given, nobody outside
    of it is in an area, and of a cell on its border the areas have what it has. ``neighbours``: land of other countries, as in
    :func:`country_and_areas`.
    """
    rows, cols = geobox.shape
    labels = empty_labels((rows, cols), len(table) + 1)
    ground = table.geometry.reset_index(drop=True)
    if neighbours is not None:
        ground.loc[len(table)] = neighbours
    shapes = [grid.on_grid(shape, geobox) for shape in grid.projected_to(geobox, ground)]
    doubled = 0.0
    found = []
    shares_inside = shares_inside or compiled_shares()
    for area, shape in enumerate(shapes):
        *claims, claimed_twice = _claim(area, shape, people, geobox, labels, shares_inside)
        found.append(claims)
        doubled += claimed_twice
    cell = np.concatenate([part[0] for part in found]) if found else np.zeros(0, dtype=np.int64)
    area_of = np.concatenate([np.full(part[0].size, area) for area, part in enumerate(found)]).astype(np.int32)
    share = np.concatenate([part[1] for part in found]) if found else np.zeros(0)
    mixed, claimed_twice = _settle(cell, area_of, share, people, labels)
    if neighbours is not None:
        mixed = by_density(mixed, people, labels, len(table))
    if country is not None:
        for block in grid.blocks(rows):
            labels[block][country.labels[block] == OUTSIDE] = OUTSIDE
        mixed = mixed[country.labels.reshape(-1)[mixed["cell"]] != OUTSIDE].reset_index(drop=True)
    adopted = _adopt(table, people, geobox, nearest_km, labels, country)
    if country is not None:
        mixed = _as_the_country(labels, mixed, country)
    if neighbours is not None:
        for block in grid.blocks(rows):
            labels[block][labels[block] == len(table)] = OUTSIDE
        mixed = mixed[mixed["area"] != len(table)].reset_index(drop=True)
    return Zones(table.reset_index(drop=True), labels, mixed, adopted, doubled + claimed_twice)


def _claim(
    area: int,
    shape: shapely.Geometry,
    people: np.ndarray,
    geobox: GeoBox,
    labels: np.ndarray,
    shares_inside: SharesInside,
) -> tuple[np.ndarray, np.ndarray, float]:
    """Label the cells wholly inside ``shape``; return the cells partly inside, their shares, and the people of the cells
    wholly inside that another area has already."""
    rows, cols = geobox.shape
    cells, shares = [np.zeros(0, dtype=np.int64)], [np.zeros(0)]
    claimed_twice = 0.0
    if not shape.is_empty:
        x, y, offsets = grid.pixel_polygon(shape, geobox)
        for block in grid.blocks(rows):
            row0, col0, fraction = shares_inside(x, y - block.start, offsets, block.stop - block.start, cols)
            row0 += block.start
            window = labels[row0 : row0 + fraction.shape[0], col0 : col0 + fraction.shape[1]]
            whole, free = fraction > 1 - SHARE_MIN, window == OUTSIDE
            here = people[row0 : row0 + fraction.shape[0], col0 : col0 + fraction.shape[1]]
            claimed_twice += float(np.nansum(here[whole & ~free], dtype=np.float64))
            window[whole & free] = area
            row, col = np.nonzero((fraction > SHARE_MIN) & (fraction <= 1 - SHARE_MIN))
            cells.append((row + row0) * cols + col + col0)
            shares.append(fraction[row, col])
    return np.concatenate(cells), np.concatenate(shares), claimed_twice


def _settle(
    cell: np.ndarray, area: np.ndarray, share: np.ndarray, people: np.ndarray, labels: np.ndarray
) -> tuple[pd.DataFrame, float]:
    """Split the border cells among the areas that claim a part; a cell with one claimant is that one's whole. Returns the
    split cells, and the people of the ground that is claimed twice."""
    flat = labels.reshape(-1)
    open_ = flat[cell] == OUTSIDE
    persons = np.nan_to_num(people.reshape(-1)[cell].astype(np.float64))
    claimed_twice = float((persons * share)[~open_].sum())
    claims = pd.DataFrame({"cell": cell[open_], "area": area[open_], "share": share[open_]})
    order = np.lexsort((claims["area"], claims["cell"]))
    claims = claims.iloc[order].reset_index(drop=True)
    together = claims.groupby("cell")["share"].transform("sum")
    alone = claims.groupby("cell")["area"].transform("size").to_numpy() == 1
    claims["share"] /= together
    claimed_twice += float((persons[open_][order] * np.maximum(0.0, 1.0 - 1.0 / together) * claims["share"]).sum())
    flat[claims["cell"][alone]] = claims["area"][alone].astype(labels.dtype)
    mixed = claims[~alone].reset_index(drop=True)
    flat[mixed["cell"]] = MIXED
    return mixed, claimed_twice


def _as_the_country(labels: np.ndarray, mixed: pd.DataFrame, country: Zones) -> pd.DataFrame:
    """Of each cell on the country's border the areas get the country's share, each its part of it: labels in place, and the
    table of mixed cells."""
    cell, share = _on_border(country)
    flat = labels.reshape(-1)
    whole = flat[cell] >= 0
    place = np.minimum(np.searchsorted(cell, mixed["cell"]), max(cell.size - 1, 0))
    if not cell.size:
        return mixed
    factor = np.where(cell[place] == mixed["cell"].to_numpy(), share[place], 1.0)
    all_mixed = (
        np.concatenate([mixed["cell"], cell[whole]]),
        np.concatenate([mixed["area"], flat[cell[whole]]]),
        np.concatenate([mixed["share"] * factor, share[whole]]),
    )
    flat[cell[whole]] = MIXED
    return _mixed(*all_mixed)


def _adopt(
    table: gpd.GeoDataFrame,
    people: np.ndarray,
    geobox: GeoBox,
    nearest_km: float,
    labels: np.ndarray,
    country: Zones | None,
) -> float:
    """Give cells with people and no area to the nearest area, measured on a plane true at each cell's latitude band; returns
    the people in them."""
    without_area = []
    for block in grid.blocks(labels.shape[0]):
        found = (labels[block] == OUTSIDE) & (people[block] > 0)
        if country is not None:
            found &= country.labels[block] != OUTSIDE
        row, col = np.nonzero(found)
        without_area.append((row + block.start, col))
    row, col = (np.concatenate(part) for part in zip(*without_area, strict=True))
    if row.size == 0 or len(table) == 0:
        return 0.0
    lat, lon = grid.latlon(geobox, row + 0.5, col + 0.5)
    west, _, east, _ = table.total_bounds
    middle = (west + east) / 2
    lon = longitude.to_180(lon - middle) + middle  # on the side of 180° where the areas are
    adopted = 0.0
    # One plane per degree of latitude keeps the east-west scale true to 1 % as far as 60° from the equator.
    for band in np.unique(np.floor(lat)):
        here = np.floor(lat) == band
        scale = np.array([np.cos(np.radians(band + 0.5)), 1.0]) * grid.KM_PER_DEG
        tree = shapely.STRtree(shapely.transform(table.geometry.to_numpy(), lambda xy, scale=scale: xy * scale))
        points = shapely.points(np.stack([lon[here], lat[here]], axis=1) * scale)
        (point, area), far_km = tree.query_nearest(points, return_distance=True, all_matches=False)
        near = far_km <= nearest_km
        labels[row[here][point[near]], col[here][point[near]]] = area[near]
        adopted += float(people[row[here][point[near]], col[here][point[near]]].sum(dtype=np.float64))
    return adopted


def geodesic_area_km2(table: gpd.GeoDataFrame) -> np.ndarray:
    """Area [km²] of each geometry on the WGS 84 ellipsoid, its edges taken as geodesics (Karney 2013)."""
    geod = Geod(ellps="WGS84")
    oriented = shapely.orient_polygons(table.geometry.to_numpy())
    return np.array([abs(geod.geometry_area_perimeter(shape)[0]) / 1e6 for shape in oriented])
