"""Faint shading of the ground below the map's layers, as if lit from the north-west: from the terrain given, else from the
altitudes of the pack."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ewcm import packaged
from ewcm.core import grid
from ewcm.report.webmap import rasters
from ewcm.result import CountryResult
from ewcm.sources.terrain import Terrain
from ewcm.starter import pack

#: Longest side of the picture [pixels], and of what is read of the terrain at a time.
LONGEST_SIDE, STRIPE = 900, 60

#: Terrain with more heights than this within the picture is not read for it: that would take longer than the run.
MOST_HEIGHTS = 400_000_000

#: Pixels of the picture to one of the pack's 5′ cells.
PER_CELL = 3

#: Shadows are drawn in steps, the darkest with this opacity (of 255).
STEPS, DARKEST = 16, 110

#: Where the light comes from: azimuth and height above the horizon [degrees].
AZIMUTH, ELEVATION = 315.0, 45.0

#: How much heights are raised, so that hills show at the scale of a country.
EXAGGERATION = 12.0

Bounds = tuple[float, float, float, float]


def picture(result: CountryResult, bounds: Bounds) -> dict[str, object] | None:
    """``image`` (a data URI), its ``bounds`` and where it comes from (``given`` or ``pack``); None where no heights are known.

    ``bounds``: west, south, east, north [degrees] of the country on the map.
    """
    iso3, terrain = result.data.country.iso3, result.data.terrain
    west, south, east, north = bounds
    if terrain is not None and terrain.tiles and _heights_in(terrain, bounds) <= MOST_HEIGHTS:
        lat, lon = _lattice(bounds, LONGEST_SIDE)
        heights, source = _of_terrain(terrain, lat, lon), "given"
    elif iso3 in packaged.available() and result.data.basemap is not None:
        values, affine = pack.environment(iso3)
        side = int(PER_CELL * max(east - west, north - south) / affine.a)
        lat, lon = _lattice(bounds, min(max(side, 16), LONGEST_SIDE))
        turn = 360.0 * round((affine.c - west) / 360.0)
        heights = _bilinear(values[0], (lat - affine.f) / affine.e - 0.5, (lon + turn - affine.c) / affine.a - 0.5)
        source = "pack"
    else:
        return None
    shade = shadow(heights, lat, lon)
    if not shade.any():
        return None
    return {"image": _png(shade), "bounds": [[south, west], [north, east]], "source": source}


def is_left_out(result: CountryResult) -> bool:
    """Whether terrain was given whose heights are no longer there: of a published country that was opened again."""
    return result.data.terrain is None and any(record.layer == "terrain" for record in result.data.records)


def shadow(heights_m: NDArray[np.float64], lat: NDArray[np.float64], lon: NDArray[np.float64]) -> NDArray[np.uint8]:
    """How dark each place is: 0 for level ground and slopes that face the light, to ``STEPS`` − 1."""
    known = np.nan_to_num(heights_m, nan=0.0)
    if min(known.shape) < 2:
        return np.zeros(known.shape, dtype=np.uint8)
    north_m = np.gradient(known, lat * grid.M_PER_DEG, axis=0)
    east_m = np.gradient(known, lon * grid.M_PER_DEG, axis=1) / np.cos(np.radians(lat))[:, None]
    azimuth, elevation = np.radians(AZIMUTH), np.radians(ELEVATION)
    light = np.array([np.sin(azimuth), np.cos(azimuth)]) * np.cos(elevation)
    slope_e, slope_n = east_m * EXAGGERATION, north_m * EXAGGERATION
    lit = (np.sin(elevation) - slope_e * light[0] - slope_n * light[1]) / np.sqrt(1 + slope_e**2 + slope_n**2)
    dark = np.clip(1 - np.maximum(lit, 0.0) / np.sin(elevation), 0.0, 1.0)
    return np.rint(dark * (STEPS - 1)).astype(np.uint8)


def _lattice(bounds: Bounds, side: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Centres of the pixels of a picture in Web Mercator: latitudes from north to south, longitudes."""
    west, south, east, north = bounds
    top, bottom = (float(rasters.mercator(edge)) for edge in (north, south))
    across, down = np.radians(east - west), top - bottom
    pixel = max(across, down) / side
    height, width = max(2, round(down / pixel)), max(2, round(across / pixel))
    lat = rasters.latitude(top - (np.arange(height) + 0.5) / height * down)
    return lat, west + (np.arange(width) + 0.5) / width * (east - west)


def _heights_in(terrain: Terrain, bounds: Bounds) -> float:
    west, south, east, north = bounds
    return (east - west) * (north - south) / min(tile.lat_step * tile.lon_step for tile in terrain.tiles)


def _of_terrain(terrain: Terrain, lat: NDArray[np.float64], lon: NDArray[np.float64]) -> NDArray[np.float64]:
    """Heights at the crossings of ``lat`` and ``lon``, a stripe at a time; NaN where none is known."""
    found = np.full((lat.size, lon.size), np.nan)
    for top in range(0, lat.size, STRIPE):
        for left in range(0, lon.size, STRIPE):
            rows, columns = slice(top, top + STRIPE), slice(left, left + STRIPE)
            some_lat, some_lon = lat[rows], lon[columns]
            window = terrain.window(float(some_lon[0]), float(some_lat[-1]), float(some_lon[-1]), float(some_lat[0]))
            row = np.clip(np.rint((window.north - some_lat) / window.lat_step), 0, window.values_m.shape[0] - 1)
            column = np.clip(np.rint((some_lon - window.west) / window.lon_step), 0, window.values_m.shape[1] - 1)
            found[rows, columns] = window.values_m[np.ix_(row.astype(int), column.astype(int))]
    return found


def _bilinear(
    values: NDArray[np.float64], row: NDArray[np.float64], column: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Values at the crossings of fractional rows and columns, those of the rim beyond it."""

    def split(position: NDArray[np.float64], size: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        inside = np.clip(position, 0, size - 1)
        first = np.minimum(inside.astype(np.int64), max(size - 2, 0))
        return first, inside - first

    top, down = split(row, values.shape[0])
    left, right = split(column, values.shape[1])
    below, beside = np.minimum(top + 1, values.shape[0] - 1), np.minimum(left + 1, values.shape[1] - 1)
    upper = values[np.ix_(top, left)] * (1 - right) + values[np.ix_(top, beside)] * right
    lower = values[np.ix_(below, left)] * (1 - right) + values[np.ix_(below, beside)] * right
    return np.asarray(upper * (1 - down)[:, None] + lower * down[:, None])


def _png(shade: NDArray[np.uint8]) -> str:
    """A palette PNG of dark grey whose steps differ in opacity, as a data URI."""
    opacity = bytes(round(step / (STEPS - 1) * DARKEST) for step in range(STEPS))
    return rasters.png(shade, [(60, 56, 48)] * STEPS, opacity)
