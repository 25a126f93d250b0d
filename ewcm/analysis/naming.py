"""Points by name: the nearest settlement, how far it is and in which direction one leaves it."""

from __future__ import annotations

import numpy as np
import pandas as pd
from odc.geo.geobox import GeoBox

from ewcm.core import grid

#: Directions by eighths of a turn from north, clockwise.
DIRECTIONS = ("N", "NE", "E", "SE", "S", "SW", "W", "NW")

#: Points whose distances to all places are worked out at a time.
_AT_A_TIME = 64


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
    """The number of the place that is nearest to each point [degrees], of at least one place."""
    there, here = grid.unit_vectors(place_lat, place_lon), grid.unit_vectors(lat, lon)
    nearest = np.empty(lat.size, dtype=np.int64)
    for start in range(0, lat.size, _AT_A_TIME):
        part = here[:, start : start + _AT_A_TIME, None]
        cosine = part[0] * there[0]
        cosine += part[1] * there[1]
        cosine += part[2] * there[2]
        nearest[start : start + _AT_A_TIME] = cosine.argmax(axis=1)
    return nearest


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
