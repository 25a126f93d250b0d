"""Points by name: the nearest settlement, how far it is and in which direction one leaves it."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from odc.geo.geobox import GeoBox

from ewcm.core import grid
from ewcm.core.grouped import places_by_number

#: Directions by eighths of a turn from north, clockwise.
DIRECTIONS = ("N", "NE", "E", "SE", "S", "SW", "W", "NW")

#: Points are looked at by squares of this side [degrees], and so many of a square at a time.
_SQUARE_DEG, _AT_A_TIME = 0.125, 2048


def nearest_place(
    lat: np.ndarray, lon: np.ndarray, places: pd.DataFrame | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Name of the place nearest to each point ("" without places), its distance [km], and the direction from it to the point."""
    if places is None or places.empty or lat.size == 0:
        nothing = np.full(lat.size, "", dtype=object)
        return nothing, np.full(lat.size, np.nan), nothing.copy()
    place_lat, place_lon = places["lat"].to_numpy(np.float64), places["lon"].to_numpy(np.float64)
    nearest = nearest_number(lat, lon, place_lat, place_lon)
    place_lat, place_lon = place_lat[nearest], place_lon[nearest]
    return (
        places["name"].to_numpy()[nearest],
        grid.distance_km(lat, lon, place_lat, place_lon),
        direction(place_lat, place_lon, lat, lon),
    )


def nearest_number(lat: np.ndarray, lon: np.ndarray, place_lat: np.ndarray, place_lon: np.ndarray) -> np.ndarray:
    """The number of the place that is nearest to each point [degrees], of at least one place; of equals the first.

    By squares of ``_SQUARE_DEG``: what is nearest to a point of a square lies no farther from the first of them than what is
    nearest to that, and twice the way from there to the farthest point of the square, so that few places need be asked.
    """
    there = grid.unit_vectors(place_lat, place_lon)
    nearest = np.empty(lat.size, dtype=np.int64)
    for part in _squares(lat, lon):
        points = grid.unit_vectors(lat[part], lon[part])
        middle = points[:, :1]
        widest = math.sqrt(float(((points - middle) ** 2).sum(axis=0).max()))
        away = np.sqrt(((there - middle) ** 2).sum(axis=0))
        # A little more, so that rounding leaves nobody out.
        near = np.flatnonzero(away <= (away.min() + 2.0 * widest) * (1.0 + 1e-9) + 1e-9)
        if near.size == 1:
            nearest[part] = near[0]
            continue
        for start in range(0, part.size, _AT_A_TIME):
            some = points[:, start : start + _AT_A_TIME, None]
            cosine = some[0] * there[0, near]
            cosine += some[1] * there[1, near]
            cosine += some[2] * there[2, near]
            nearest[part[start : start + _AT_A_TIME]] = near[cosine.argmax(axis=1)]
    return nearest


def _squares(lat: np.ndarray, lon: np.ndarray) -> list[np.ndarray]:
    """The numbers of the points of each square in which there are any."""
    if not lat.size:
        return []
    row, col = (np.floor(values / _SQUARE_DEG).astype(np.int32) for values in (lat, lon))
    row -= row.min()
    col -= col.min()
    across = int(col.max()) + 1
    square = row.astype(np.int64) * across + col
    return [places for _, places in places_by_number(square, (int(row.max()) + 1) * across)]


def direction(from_lat: np.ndarray, from_lon: np.ndarray, to_lat: np.ndarray, to_lon: np.ndarray) -> np.ndarray:
    """The direction (of ``DIRECTIONS``) in which a great circle leaves one point for another, "" where they are one."""
    lat1, lon1, lat2, lon2 = (np.radians(value) for value in (from_lat, from_lon, to_lat, to_lon))
    east = np.sin(lon2 - lon1) * np.cos(lat2)
    north = np.cos(lat1) * np.sin(lat2) - np.sin(lat1) * np.cos(lat2) * np.cos(lon2 - lon1)
    eighth = np.rint(np.degrees(np.arctan2(east, north)) / 45.0).astype(np.int64) % 8
    same = (from_lat == to_lat) & (from_lon == to_lon)
    return np.where(same, "", np.array(DIRECTIONS, dtype=object)[eighth])


def covered_places(places: pd.DataFrame | None, covered: np.ndarray, geobox: GeoBox) -> pd.DataFrame | None:
    """The places whose grid cell is covered (``covered``: uint8, shape of the grid); a place off the grid is not."""
    if places is None or places.empty:
        return None
    row, col = grid.cells_at(geobox, places["lat"].to_numpy(np.float64), places["lon"].to_numpy(np.float64))
    inside = (row >= 0) & (row < covered.shape[0]) & (col >= 0) & (col < covered.shape[1])
    inside[inside] = covered[row[inside], col[inside]] != 0
    return places[inside]
