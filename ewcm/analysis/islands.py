"""Islands: who lives on which, and who of them is out of reach, for countries whose areas hold many islands each."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from odc.geo.geobox import GeoBox
from shapely.geometry.base import BaseGeometry

from ewcm.analysis import naming
from ewcm.analysis.areas import geodesic_area_km2, partition
from ewcm.analysis.reach import reach_table
from ewcm.core import grid, longitude
from ewcm.core.finding import Figure, Finding, Json, Table
from ewcm.core.zones import Zones
from ewcm.coverage.combine import Coverage

#: Land nearer than this [degrees] is one island: the islets of an atoll.
APART_DEG = 0.02

#: Islands are listed where those beside the largest have at least this share of the country's people, of its land.
PEOPLE_SHARE, LAND_SHARE = 0.05, 0.005

#: An outline in more pieces than this is not taken apart.
MOST_PIECES = 20_000

#: A place this near to an island [degrees] lies on it: coasts are coarse.
_ON_ISLAND_DEG = 0.03

_FIGURES = ("covered", "uncovered", "unknown", "uncovered_low", "uncovered_high")


def islands(outline: BaseGeometry) -> np.ndarray:
    """The land of an outline as islands, multipolygons [degrees], from the largest to the smallest."""
    parts = shapely.get_parts(outline)
    parts = parts[shapely.get_type_id(parts) == shapely.GeometryType.POLYGON]
    one, other = shapely.STRtree(parts).query(parts, "dwithin", APART_DEG)
    from scipy.sparse import coo_array  # few countries have islands to join, and it takes a moment to import
    from scipy.sparse.csgraph import connected_components

    near = coo_array((np.ones(one.size, bool), (one, other)), shape=(parts.size, parts.size))
    owner = connected_components(near, directed=False)[1]
    found = [shapely.MultiPolygon(list(parts[owner == number])) for number in range(owner.max(initial=-1) + 1)]
    result = np.array(found, dtype=object)
    return np.asarray(result[np.argsort(-shapely.area(result), kind="stable")])


def islands_finding(
    country: gpd.GeoDataFrame,
    people: np.ndarray,
    coverage: Coverage,
    service: str | None,
    finest: Zones,
    places: pd.DataFrame | None,
) -> Finding:
    """The islands by people out of reach of ``service``; an empty finding where the areas tell the islands apart already, or
    nearly everybody lives on one, or nobody knows who is out of reach (``service`` is None).

    ``country``: its outline, the table of level 0. ``people``: inside the country. ``finest``: the areas
    of the finest level.
    """
    nothing = Finding("islands", (Figure(("islands",), {}),))
    if service is None or not 1 < shapely.get_num_geometries(country.geometry).sum() <= MOST_PIECES:
        return nothing
    found = islands(shapely.union_all(country.geometry.to_numpy()))
    land = shapely.area(found)
    if len(found) <= finest.size or land[1:].sum() < LAND_SHARE * land.sum():
        return nothing
    names = [f"island {number}" for number in range(1, len(found) + 1)]
    table = gpd.GeoDataFrame(
        {"level": 1, "area_id": names, "name": names, "parent_id": ""}, geometry=found, crs="EPSG:4326"
    )
    zones = partition(table, people, coverage.geobox, np.inf)
    reached = reach_table(people, coverage, zones)
    total = reached["people"].to_numpy()
    inhabited = int((total >= 0.5).sum())
    if inhabited <= finest.size or total.sum() - total.max() < PEOPLE_SHARE * total.sum():
        return nothing
    frame = _rows(table, reached, coverage, service, finest, places)
    value: dict[str, Json] = {
        "service": service,
        "inhabited": inhabited,
        "uninhabited": len(found) - inhabited,
        "people": float(total.sum()),
    }
    figures = tuple(Figure(("islands", key), one, "persons" if key == "people" else "") for key, one in value.items())
    units = dict.fromkeys(("people", *_FIGURES), "persons") | {"area_km2": "km²", "place_distance_km": "km"}
    return Finding("islands", figures, (Table("islands", frame, units),))


def _rows(
    table: gpd.GeoDataFrame,
    reached: pd.DataFrame,
    coverage: Coverage,
    service: str,
    finest: Zones,
    places: pd.DataFrame | None,
) -> pd.DataFrame:
    """A row an island with people, those with most people out of reach first; what is not known is NaN, and last."""
    kept = np.flatnonzero(reached["people"].to_numpy() >= 0.5)
    shapes = table.geometry.to_numpy()[kept]
    points = shapely.point_on_surface(shapes)
    lat, lon = shapely.get_y(points), longitude.to_180(shapely.get_x(points))
    place, distance_km, direction = _named(shapes, lat, lon, places)
    column = coverage.services[service].column
    figures = {}
    for name in _FIGURES:
        figure, _, end = name.partition("_")
        figures[name] = reached[f"{figure}_{column}{'_' + end if end else ''}"].to_numpy()[kept]
    area = _areas_at(coverage.geobox, lat, lon, finest)
    columns = {
        "place": place,
        "place_distance_km": distance_km,
        "place_direction": direction,
        "area_name": np.where(area >= 0, finest.table["name"].to_numpy(dtype=object)[np.maximum(area, 0)], ""),
        "people": reached["people"].to_numpy()[kept],
        **figures,
        "area_km2": geodesic_area_km2(table)[kept],
        "lat": lat,
        "lon": lon,
    }
    frame = pd.DataFrame(columns)
    frame = frame.sort_values(
        ["uncovered", "people"], ascending=False, na_position="last", kind="stable", ignore_index=True
    )
    frame.insert(0, "rank", np.where(frame["uncovered"].isna(), np.nan, np.arange(1.0, len(frame) + 1)))
    return frame


def _named(
    shapes: np.ndarray, lat: np.ndarray, lon: np.ndarray, places: pd.DataFrame | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The most important place of each island, else the nearest one: its name, how far it is [km] and in which direction."""
    name, distance_km, direction = naming.nearest_place(lat, lon, places)
    if places is None or places.empty:
        return name, distance_km, direction
    order = places.sort_values(["rank", "population"], ascending=[True, False], na_position="last")
    by_side = order["lon"].to_numpy(np.float64)
    for number, shape in enumerate(shapes):
        west, _, east, _ = shape.bounds
        there = shapely.points(longitude.near(by_side, (west + east) / 2), order["lat"].to_numpy(np.float64))
        on_it = np.flatnonzero(shapely.dwithin(there, shape, _ON_ISLAND_DEG))
        if on_it.size:
            name[number], distance_km[number], direction[number] = order["name"].iloc[on_it[0]], 0.0, ""
    return name, distance_km, direction


def _areas_at(geobox: GeoBox, lat: np.ndarray, lon: np.ndarray, finest: Zones) -> np.ndarray:
    """The number of the area at each point, −1 for none."""
    row, col = grid.cells_at(geobox, lat, lon)
    rows, cols = geobox.shape
    inside = (row >= 0) & (row < rows) & (col >= 0) & (col < cols)
    area = np.full(lat.size, -1)
    if finest.size:
        area[inside] = finest.area_of(row[inside], col[inside])
    return area
