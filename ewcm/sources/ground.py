"""What the engine itself knows of the ground: where the land is, and how high it lies on a 5′ grid.

Coarse, and good for two questions only: whether a place without a height is sea, and whether heights are metres.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import shapely
from affine import Affine
from rasterio.features import rasterize

from ewcm import basemap, packaged
from ewcm.core import grid, longitude
from ewcm.core.clipped import clipped
from ewcm.core.drivers import opened_raster

#: How far the coastline of the base map may be from the true one [degrees]: of a country's own, and of the world's.
_COAST_OFF, _WORLD_COAST_OFF = 0.03, 0.15

#: Ground at exactly 0 m that lies higher than this [m] on the coarse grid has no height: a hole that was filled with 0.
ZERO_BELOW_M = 50.0

#: Fewer cells at 0 m than this are no hole.
_LEAST_ZEROS = 1000

#: Ground of one height throughout that is at least so many cells wide and high, and as many in all, is a hole that was filled
#: with a number where nearly all of its rim is a step of more than this [m], and of more than this share of the cells' width:
#: water lies flat too, but meets its shore.
_HOLE_WIDTH, _HOLE_CELLS, _RIM_STEP_M, _RIM_SLOPE, _RIM_SHARE = 5, 250, 50.0, 0.6, 0.9

#: Where a window holds one number and nothing else it is judged by the coarse altitude: as heights that are no metres.
_FLAT_FACTOR, _FLAT_OFF_M = 3.0, 60.0

#: Flat values that are looked at in one window; more of them are noise.
_MOST_FLAT = 20


def altitude_m(iso3: str, lat: np.ndarray, lon: np.ndarray) -> np.ndarray:
    """Mean altitude [m] of the ground around some places, f64; NaN where the engine knows none."""
    found = np.full(np.shape(lat), np.nan)
    altitude = _altitude(iso3)
    if altitude is None:
        return found
    values, affine = altitude
    middle = affine.c + affine.a * values.shape[1] / 2
    row = np.floor((lat - affine.f) / affine.e).astype(int)
    col = np.floor((longitude.near(lon, middle) - affine.c) / affine.a).astype(int)
    there = (row >= 0) & (row < values.shape[0]) & (col >= 0) & (col < values.shape[1])
    found[there] = values[row[there], col[there]]
    return found


def on_land(iso3: str, lat: np.ndarray, lon: np.ndarray) -> np.ndarray:
    """Whether places lie on the land of the base map, bool."""
    found = np.zeros(np.shape(lat), bool)
    box = shapely.box(lon.min(), lat.min(), lon.max(), lat.max())
    near = basemap.land(iso3)
    for shape in near[shapely.intersects(near, box)]:
        rest = np.flatnonzero(~found)
        shapely.prepare(shape)
        found[rest] = shapely.contains_xy(shape, lon[rest], lat[rest])
    return found


@cache
def _altitude(iso3: str) -> tuple[np.ndarray, Affine] | None:
    if iso3 not in packaged.available():
        return None
    with opened_raster(packaged.STARTER.path_of(packaged.environment_file(iso3))) as raster:
        return raster.read(1).astype(np.float64), raster.transform


def sea_around(lat: np.ndarray, lon: np.ndarray, iso3: str, *, surely: bool = False) -> np.ndarray:
    """Whether the cells of a window are sea by the coastline, bool; ``surely``: farther from it than it is wrong.

    ``lat``, ``lon``: centres of rows (from the north) and columns [degrees].
    """
    step_lat, step_lon = float(lat[0] - lat[-1]) / max(1, lat.size - 1), float(lon[-1] - lon[0]) / max(1, lon.size - 1)
    transform = Affine(step_lon, 0, lon[0] - 0.5 * step_lon, 0, -step_lat, lat[0] + 0.5 * step_lat)
    return ~_land((lat.size, lon.size), transform, iso3, -_off(iso3) if surely else 0.0)


def settle_missing(values: np.ndarray, inside: np.ndarray, lat: np.ndarray, lon: np.ndarray, iso3: str) -> None:
    """Give the sea its 0 m in a window of heights, and leave ground without a height NaN; in place.

    ``values``: f32[rows, columns], NaN where there is no height. ``inside``: where there could be one, bool of the same
    shape. ``lat``, ``lon``: centres of rows and columns [degrees]. A place without a height is sea where the coastline says
    so, and where it lies between such sea and known heights, no farther inland than the coastline is wrong.
    """
    step_lat, step_lon = float(lat[0] - lat[-1]) / max(1, lat.size - 1), float(lon[-1] - lon[0]) / max(1, lon.size - 1)
    transform = Affine(step_lon, 0, lon[0] - 0.5 * step_lon, 0, -step_lat, lat[0] + 0.5 * step_lat)
    values[_filled_holes(values, lat, lon, iso3)] = np.nan
    zeros = values == 0.0
    if np.count_nonzero(zeros) >= _LEAST_ZEROS:
        row, col = np.nonzero(zeros)
        filled = altitude_m(iso3, lat[row], lon[col]) > ZERO_BELOW_M
        if np.count_nonzero(filled) >= _LEAST_ZEROS:
            deep = _land(values.shape, transform, iso3, _off(iso3))
            filled &= deep[row, col]
            values[row[filled], col[filled]] = np.nan
    missing = np.isnan(values) & inside
    if not missing.any():
        return
    land = _land(values.shape, transform, iso3, 0.0)
    sea = missing & ~land
    unsettled = missing & land
    if unsettled.any() and sea.any():
        weights = [
            (part & unsettled).astype(np.float32)
            for part in (
                _land(values.shape, transform, iso3, _off(iso3)),
                _beside(sea),
                _beside(inside & ~missing),
            )
        ]
        from ewcm_kernels.components import components, label_image

        groups = components(unsettled, weights)
        deep, by_sea, by_ground = groups.sums
        shore = (deep == 0) & (by_sea > 0) & (by_ground > 0)
        label = label_image(groups.run_row, groups.run_start, groups.run_stop, groups.run_component, values.shape)
        sea |= unsettled & shore[label]
    values[sea] = 0.0


def _filled_holes(values: np.ndarray, lat: np.ndarray, lon: np.ndarray, iso3: str) -> np.ndarray:
    """Where a window of heights holds a number that somebody has filled a hole with, bool: flat ground with cliffs all around.

    0 m is not among them: the sea may lie below cliffs.
    """
    found = np.zeros(values.shape, bool)
    some = values[::_HOLE_WIDTH, ::_HOLE_WIDTH]
    if min(some.shape) < 2:
        return found
    corner = some[:-1, :-1]
    flat = corner[(corner == some[1:, :-1]) & (corner == some[:-1, 1:]) & (corner == some[1:, 1:])]
    numbers, counts = np.unique(flat, return_counts=True)
    for number in numbers[np.argsort(-counts, kind="stable")[:_MOST_FLAT]]:
        member = values == number
        if number == 0.0 or np.count_nonzero(member) < _HOLE_CELLS:
            continue
        if member.all():
            altitude = float(altitude_m(iso3, lat[lat.size // 2 :][:1], lon[lon.size // 2 :][:1])[0])
            off = (
                abs(number - altitude) > _FLAT_OFF_M
                and not altitude < number * _FLAT_FACTOR < altitude * _FLAT_FACTOR**2
            )
            return member if np.isfinite(altitude) and off else found
        step_m = float(lat[0] - lat[-1]) / max(1, lat.size - 1) * grid.M_PER_DEG
        found |= _with_cliffs_around(values, member, float(number), max(_RIM_STEP_M, _RIM_SLOPE * step_m))
    return found


def _with_cliffs_around(values: np.ndarray, member: np.ndarray, number: float, step_m: float) -> np.ndarray:
    """The connected pieces of the members that are large and whose rim is a step of more than ``step_m`` nearly everywhere."""
    from ewcm_kernels.components import components, label_image

    known = np.isfinite(values) & ~member
    near = known & (np.abs(values - number) <= step_m)
    rim = member & _beside(known)
    shore = member & _beside(near)
    groups = components(member, [rim.astype(np.float32), shore.astype(np.float32)])
    hole = (groups.cells >= _HOLE_CELLS) & (groups.sums[0] > 0) & (groups.sums[1] <= (1 - _RIM_SHARE) * groups.sums[0])
    if not hole.any():
        return np.zeros(values.shape, bool)
    label = label_image(groups.run_row, groups.run_start, groups.run_stop, groups.run_component, values.shape)
    return member & hole[np.maximum(label, 0)]


def _off(iso3: str) -> float:
    return _COAST_OFF if iso3 in packaged.available() else _WORLD_COAST_OFF


def _beside(member: np.ndarray) -> np.ndarray:
    """The members and the cells that touch one at a side."""
    found = member.copy()
    found[1:] |= member[:-1]
    found[:-1] |= member[1:]
    found[:, 1:] |= member[:, :-1]
    found[:, :-1] |= member[:, 1:]
    return found


def _land(shape: tuple[int, ...], transform: Affine, iso3: str, inland: float) -> np.ndarray:
    """Whether each cell of a grid in degrees is land, at least ``inland`` degrees from the coast (where negative: land, or no
    farther from it); bool."""
    rows, cols = shape
    west, north = transform.c, transform.f
    east, south = west + cols * transform.a, north + rows * transform.e
    rim = 2 * abs(inland) + 0.1  # a shape cut at the very edge would have a coast there
    cut = clipped(basemap.land(iso3), west - rim, south - rim, east + rim, north + rim)
    cut = cut[~shapely.is_empty(cut)]
    if inland and cut.size:
        # Countries side by side have no coast between them, whatever the rounding of their borders.
        whole = shapely.union_all(shapely.buffer(shapely.make_valid(cut), 1e-4))
        cut = shapely.get_parts(shapely.buffer(whole, -inland, quad_segs=2))
        cut = cut[~shapely.is_empty(cut)]
    if not cut.size:
        return np.zeros((rows, cols), bool)
    return rasterize(list(cut), out_shape=(rows, cols), transform=transform, dtype="uint8") == 1
