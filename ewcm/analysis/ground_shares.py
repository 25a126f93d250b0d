"""Which share of the ground of each grid cell lies low above drainage, low beside the sea, or steep, by the terrain.

Terrain is worked on in windows of about half a degree, so that a country takes no more memory than its grid. What the sea can
reach is worked out for the whole country at once, a byte a cell of the terrain.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import numba
import numpy as np
from affine import Affine
from ewcm_kernels import bands
from ewcm_kernels.drainage import DRY, VOID, height_above_drainage_m, sea_levels, slope_pct
from odc.geo.geobox import GeoBox

from ewcm.core import grid, longitude, storage
from ewcm.core.fraction import UNKNOWN, decode, encode
from ewcm.errors import InputError
from ewcm.sources.ground import sea_around
from ewcm.sources.ground_source import GROUND, GroundSource
from ewcm.sources.onto_grid import array_onto
from ewcm.sources.terrain import Heights, Terrain

#: Side of a window [km], and what is looked at around it [degrees]: for drainage as far as the longest streams that begin in it
#: (1.27 km times their ground [km²] to the power of 0.6, Hack 1957), for the sea farther than a coastline is wrong.
_WINDOW_KM = 55.0
_MARGIN_DEG, _SEA_MARGIN_DEG = 0.1, 0.3

#: More cells of terrain than this are not looked at for the sea: two bytes each.
_MOST_SEA_CELLS = 2_000_000_000


class _Window(NamedTuple):
    """Rows and columns of the grid, and the box around them [degrees], which may run past 180°."""

    rows: slice
    cols: slice
    box: tuple[float, float, float, float]


class GroundShares:
    """Shares of the ground of the grid cells with people at each threshold of a source, in levels; all others are unknown."""

    def __init__(self, source: GroundSource, thresholds: tuple[float, ...], people: np.ndarray, geobox: GeoBox) -> None:
        self._levels = [storage.full(geobox.shape.yx, UNKNOWN, np.uint16) for _ in thresholds]
        windows = list(_windows(people, geobox))
        sea = _Sea(source.terrain, thresholds, windows) if source.values == "low_coast" and windows else None
        count = max(1, numba.get_num_threads())
        for start in range(0, len(windows), count):
            some = windows[start : start + count]
            for window, (exposed, transform, ground) in zip(
                some, _looked_at(source, thresholds, sea, some), strict=True
            ):
                part = geobox[window.rows, window.cols]
                inhabited = people[window.rows, window.cols] > 0
                for place, level in enumerate(self._levels):
                    share = _share(exposed[place], ground, transform, part, source)
                    level[window.rows, window.cols] = np.where(inhabited, encode(share), np.uint16(UNKNOWN))

    def block(self, threshold: int, rows: slice) -> np.ndarray:
        """The shares of some rows, float32, NaN where they are unknown or nobody lives."""
        return decode(self._levels[threshold][rows])

    def at(self, threshold: int, rows: slice, cells: np.ndarray) -> np.ndarray:
        """The same of some cells of the rows: flat indices, counted from the first row."""
        return decode(self._levels[threshold][rows].reshape(-1)[cells])


def _share(exposed: np.ndarray, sea: np.ndarray, transform: Affine, part: GeoBox, source: GroundSource) -> np.ndarray:
    """The exposed share of the known land of some grid cells; of one that the terrain takes for sea as a whole, that of the sea,
    which is low and level; NaN where one has neither.

    ``exposed``: 1, 0 or NaN by cell of the terrain. ``sea``: bool of the same shape.
    """
    mean = not source.coarse
    share: np.ndarray = array_onto(np.where(sea, np.nan, exposed), transform, part, mean=mean)
    if sea.any() and np.isnan(share).any():
        only_sea = array_onto(np.where(sea, 1.0, np.where(np.isnan(exposed), 0.0, np.nan)), transform, part, mean=mean)
        share[np.isnan(share) & (only_sea == 1.0)] = 1.0 if GROUND[source.values].at_most else 0.0
    return share


# --- windows ----------------------------------------------------------------------------------------------------------


def _windows(people: np.ndarray, geobox: GeoBox) -> Iterator[_Window]:
    """The windows of a grid in which people live, from the north, cut to them."""
    width, height = (float(np.median(size)) for size in grid.row_cell_size_km(geobox))
    high, wide = (max(1, int(_WINDOW_KM / size)) for size in (height, width))
    rows, cols = geobox.shape
    middle = float(grid.latlon(geobox, np.array(rows / 2), np.array(cols / 2))[1])
    if grid.is_geographic(geobox):
        middle = geobox.affine.c + geobox.affine.a * cols / 2
    for top in range(0, rows, high):
        for left in range(0, cols, wide):
            inhabited = people[top : top + high, left : left + wide] > 0
            row, col = np.flatnonzero(inhabited.any(axis=1)), np.flatnonzero(inhabited.any(axis=0))
            if row.size:
                there = (
                    slice(top + int(row[0]), top + int(row[-1]) + 1),
                    slice(left + int(col[0]), left + int(col[-1]) + 1),
                )
                yield _Window(*there, _box(geobox, *there, middle))


def _box(geobox: GeoBox, rows: slice, cols: slice, middle: float) -> tuple[float, float, float, float]:
    """West, south, east and north of some cells, by their corners along the edges."""
    row, col = np.linspace(rows.start, rows.stop, 9), np.linspace(cols.start, cols.stop, 9)
    along_row = np.concatenate([row, row, np.full(9, rows.start), np.full(9, rows.stop)])
    along_col = np.concatenate([np.full(9, cols.start), np.full(9, cols.stop), col, col])
    lat, lon = grid.latlon(geobox, along_row, along_col)
    lon = longitude.near(lon, middle)
    return float(lon.min()), float(lat.min()), float(lon.max()), float(lat.max())


def _heights(terrain: Terrain, box: tuple[float, float, float, float], margin: float) -> tuple[Heights, np.ndarray]:
    """Heights of a box and around it, and where they are those of the sea: at or below 0 m, or beyond the terrain, where the
    coastline says so. The sea beyond the terrain lies at 0 m."""
    west, south, east, north = box
    found = terrain.window(west - margin, south - margin, east + margin, north + margin)
    lat, lon = _places(found)
    values = found.values_m
    sea = np.zeros(values.shape, bool)
    if not (values > 0).all():
        sea = sea_around(lat, lon, terrain.iso3) & ~(values > 0)
        values[sea & np.isnan(values)] = 0.0
    return found, sea


def _places(found: Heights) -> tuple[np.ndarray, np.ndarray]:
    """Latitudes of the rows and longitudes of the columns."""
    rows, cols = found.values_m.shape
    return found.north - found.lat_step * np.arange(rows), found.west + found.lon_step * np.arange(cols)


def _looked_at(
    source: GroundSource, thresholds: tuple[float, ...], sea: _Sea | None, windows: list[_Window]
) -> list[tuple[list[np.ndarray], Affine, np.ndarray]]:
    """Of each window what is exposed at each threshold (1, 0, NaN), where that lies, and what of it is sea."""
    if sea is not None:
        return [sea.window(window.box, len(thresholds)) for window in windows]
    margin = _MARGIN_DEG if source.values == "drainage" else 0.0
    heights = [_heights(source.terrain, window.box, margin + 0.005) for window in windows]
    jobs: list[tuple[Any, ...]] = []
    for found, water in heights:
        dx = np.cos(np.radians(_places(found)[0])) * (found.lon_step * grid.M_PER_DEG)
        dy = found.lat_step * grid.M_PER_DEG
        jobs.append(
            (found.values_m, water, dx, dy, source.stream_km2)
            if source.values == "drainage"
            else (found.values_m, dx, dy)
        )
    kernel = height_above_drainage_m if source.values == "drainage" else slope_pct
    result = []
    for (found, water), value in zip(heights, bands.run(kernel, jobs), strict=True):
        if source.values == "drainage":
            exposed = [np.where(np.isnan(value), np.nan, value <= np.float32(most)) for most in thresholds]
        else:
            exposed = [np.where(np.isnan(value), np.nan, value >= np.float32(least)) for least in thresholds]
        result.append((exposed, _transform(found.west, found.north, found.lat_step, found.lon_step), water))
    return result


def _transform(west: float, north: float, lat_step: float, lon_step: float) -> Affine:
    """Where cells lie whose first has its centre at ``west``, ``north``."""
    return Affine(lon_step, 0, west - 0.5 * lon_step, 0, -lat_step, north + 0.5 * lat_step)


# --- the sea ----------------------------------------------------------------------------------------------------------


class _Sea:
    """The lowest level of the sea that reaches each cell of the terrain around all windows: at most and at least, where heights
    are unknown. Classes: 0 open sea, 1 water at 0 m or below by the coastline and level ground at 0 m, then a threshold each."""

    def __init__(self, terrain: Terrain, thresholds: tuple[float, ...], windows: list[_Window]) -> None:
        boxes = np.array([window.box for window in windows])
        west, south = boxes[:, :2].min(axis=0) - _SEA_MARGIN_DEG
        east, north = boxes[:, 2:].max(axis=0) + _SEA_MARGIN_DEG
        self._lat_step = min(tile.lat_step for tile in terrain.tiles)
        self._lon_step = min(tile.lon_step for tile in terrain.tiles)
        # On the cells of the first tile, so that those of others on its steps are taken as they are.
        first = terrain.tiles[0]
        self._north = _on_step(first.north - 0.5 * self._lat_step, self._lat_step, min(north, 89.9))
        self._west = _on_step(first.west + 0.5 * self._lon_step, self._lon_step, west)
        shape = (
            math.ceil((self._north - max(south, -89.9)) / self._lat_step) + 1,
            math.ceil((east - self._west) / self._lon_step) + 1,
        )
        if shape[0] * shape[1] > _MOST_SEA_CELLS:
            raise InputError(
                f"{terrain.paths[0]}: has {shape[0] * shape[1]:.1e} cells around the people, too many to follow the sea; "
                "average it to 90 m"
            )
        classes = storage.full(shape, int(VOID), np.uint8)
        for rows, cols in _pieces(shape, self._lat_step, self._lon_step):
            classes[rows, cols] = self._classes(terrain, thresholds, rows, cols)
        self._reached = sea_levels(classes, False)
        self._possible = sea_levels(classes, True)
        self._void = classes == VOID

    def _classes(self, terrain: Terrain, thresholds: tuple[float, ...], rows: slice, cols: slice) -> np.ndarray:
        lat = self._north - self._lat_step * np.arange(rows.start, rows.stop)
        lon = self._west + self._lon_step * np.arange(cols.start, cols.stop)
        box = float(lon[0]), float(lat[-1]), float(lon[-1]), float(lat[0])
        # One step around it, so that the coastline is told from more than a cell.
        found, sea = _heights(terrain, box, 2 * max(self._lat_step, self._lon_step))
        # The nearest cell: the cell itself wherever tiles lie on one another's steps.
        row = np.clip(np.rint((found.north - lat) / found.lat_step).astype(int), 0, found.values_m.shape[0] - 1)
        col = np.clip(np.rint((lon - found.west) / found.lon_step).astype(int), 0, found.values_m.shape[1] - 1)
        values, sea = found.values_m[np.ix_(row, col)], sea[np.ix_(row, col)]
        classes = np.full(values.shape, DRY)
        for place, most in enumerate(thresholds):  # from the highest
            classes[values <= np.float32(most)] = len(thresholds) + 1 - place
        classes[sea | (values == 0)] = 1
        if sea.any():
            classes[sea & sea_around(lat, lon, terrain.iso3, surely=True)] = 0
        classes[np.isnan(values)] = VOID
        return classes

    def window(self, box: tuple[float, float, float, float], count: int) -> tuple[list[np.ndarray], Affine, np.ndarray]:
        """What of a box is exposed at each of ``count`` thresholds (1, 0, NaN), where that lies, and what of it is sea."""
        west, south, east, north = box
        top = max(0, math.floor((self._north - north) / self._lat_step) - 1)
        left = max(0, math.floor((west - self._west) / self._lon_step) - 1)
        rows = slice(top, math.ceil((self._north - south) / self._lat_step) + 2)
        cols = slice(left, math.ceil((east - self._west) / self._lon_step) + 2)
        reached, possible = self._reached[rows, cols], self._possible[rows, cols]
        exposed = []
        for place in range(count):
            highest = count + 1 - place
            unknown = self._void[rows, cols] | ((reached > highest) & (possible <= highest))
            exposed.append(np.where(unknown, np.nan, reached <= highest))
        corner = self._west + self._lon_step * left, self._north - self._lat_step * top
        return exposed, _transform(*corner, self._lat_step, self._lon_step), reached <= 1


def _on_step(place: float, step: float, near: float) -> float:
    """The multiple of ``step`` from ``place`` that is nearest to ``near``."""
    return place + step * round((near - place) / step)


def _pieces(shape: tuple[int, int], lat_step: float, lon_step: float) -> Iterator[tuple[slice, slice]]:
    high, wide = (max(1, int(0.5 / step)) for step in (lat_step, lon_step))
    for top in range(0, shape[0], high):
        for left in range(0, shape[1], wide):
            yield slice(top, min(top + high, shape[0])), slice(left, min(left + wide, shape[1]))
