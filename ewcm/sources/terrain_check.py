"""Whether terrain has heights where people live, and whether they are metres: places of the country are looked at."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyproj
from rasterio.windows import Window

from ewcm.core import grid, longitude
from ewcm.core.input_warning import InputWarning
from ewcm.errors import InputError
from ewcm.sources.ground import ZERO_BELOW_M, altitude_m, on_land
from ewcm.sources.population import Population
from ewcm.sources.rasters import crs_name, open_raster
from ewcm.sources.terrain import Terrain, Tile, heights_of, missing_in_heights, read_heights

#: Places that are looked at, at most.
_MOST_PLACES = 1000

#: All heights together are refused from this factor, and this difference of their mean [m], off the altitude that the engine
#: knows (feet are 3.28 metres); they are judged by at least so many places.
_FACTOR, _OFF_M, _FEWEST = 3.0, 60.0, 30

#: The heights of one tile, where less of it is seen than that; a tile with so many places is judged by the first factor as well.
_TILE_FACTOR, _TILE_OFF_M, _TILE_FEWEST = 5.0, 150.0, 4

#: Heights that rise and fall otherwise than the ground does are those of another place, or turned over. The correlation with the
#: altitude below which they are refused and doubted, if the altitudes spread by so much [m]; at so many places, over so many
#: degrees, or more. Heights of 30″ at places with people have 0.96 in Nepal and 0.95 in Uganda, in single tiles of 1° 0.66 and
#: more; Nepal turned over has 0.47 and less.
_REFUSED_BELOW, _REFUSED_SPREAD_M, _DOUBTED_BELOW, _DOUBTED_SPREAD_M = 0.5, 200.0, 0.7, 100.0
_ENOUGH, _WIDE_DEG = 100, 1.0

#: Heights are doubted as shifted where moving them by more than some cells of the coarse altitude leaves less than this share of
#: what their correlation lacks to 1, and the correlation is at least so high there. Nepal's own leave 0.8 of it at best, 0.3 and
#: less if they are shifted by a quarter of a degree or more. How far, and in which steps, is looked at [degrees].
_SHIFTED_LEAVES, _SHIFTED_FROM, _SHIFT_DEG, _SHIFT_STEP_DEG, _LEAST_SHIFT_DEG = 0.5, 0.85, 1.0, 1 / 12, 0.15

#: A cell that is higher or lower than the middle one of those around it by more than this, and by more than twice the width of a
#: cell (a slope of 63 degrees on all sides) [m], is no ground; doubted from this share of the places on.
_SPIKE_M, _SPIKE_SLOPE, _SPIKE_SHARE = 150.0, 2.0, 0.005

#: Places of one height that are a reason to look around them, and how far that is done [cells].
_SAME, _AROUND_CELLS = 3, 150


@dataclass(frozen=True)
class _Seen:
    """Heights and coarse altitudes [m] at the places of one tile, NaN where there is none."""

    path: Path
    height_m: np.ndarray
    altitude_m: np.ndarray


def checked(terrain: Terrain, population: Population) -> Terrain:
    """The same terrain, its first record saying at how many places with people it has no height.

    Raises :class:`InputError` where it has none at all of them, and where its heights cannot be metres.
    """
    lat, lon = _places(population)
    land = on_land(terrain.iso3, lat, lon)
    altitude = np.where(land, altitude_m(terrain.iso3, lat, lon), np.nan)
    height, spike = np.full(lat.size, np.nan), np.zeros(lat.size, bool)
    seen = []
    for tile in terrain.tiles:
        mine = np.flatnonzero(np.isnan(height) & _inside(tile, lat, lon))
        if mine.size:
            found, spike[mine] = _heights_at(tile, lat[mine], lon[mine])
            found[(found == 0.0) & (altitude[mine] > ZERO_BELOW_M)] = np.nan  # a hole that was filled with 0
            height[mine] = found
            seen.append(_Seen(tile.path, height[mine], altitude[mine]))
    height[_in_filled_holes(terrain, lat, lon, height, altitude)] = np.nan
    lost = int(np.count_nonzero(np.isnan(height) & land))
    path = terrain.paths[0]
    if seen and land.any() and np.isnan(height).all():
        raise InputError(
            f"{seen[0].path}: has no height between -500 and 9000 m at any place where people live; give heights in metres, of "
            "this place"
        )
    for one in seen:
        _refuse_other_units(one, _TILE_FACTOR, _TILE_OFF_M, _TILE_FEWEST)
        _refuse_other_units(one, _FACTOR, _TILE_OFF_M, _FEWEST)
    whole = _Seen(path, height, altitude)
    _refuse_other_units(whole, _FACTOR, _OFF_M, _FEWEST)
    wide = max(np.ptp(lat), np.ptp(longitude.near(lon, float(lon[0])))) >= _WIDE_DEG if lat.size else False
    elsewhere = _of_another_place(whole, terrain.iso3, lat, lon) if wide else ()
    record = terrain.records[0]
    facts = {**record.facts, "places_looked_at": int(lat.size), "places_without_height": lost}
    warnings = record.warnings + elsewhere + _spikes(int(np.count_nonzero(spike)), int(lat.size))
    if lost:
        text = (
            f"The terrain has no height at {lost} of {lat.size} places with people that were looked at; ground without a height "
            "is unknown, and so is the coverage of the paths over it."
        )
        warnings += (InputWarning("no_height", text, {"count": lost, "places": int(lat.size)}),)
    first = replace(record, facts=facts, warnings=warnings)
    return replace(terrain, records=(first, *terrain.records[1:]))


def _in_filled_holes(
    terrain: Terrain, lat: np.ndarray, lon: np.ndarray, height: np.ndarray, altitude: np.ndarray
) -> np.ndarray:
    """Which places lie in holes of the terrain that were filled with a number, bool: several places have that height, it is far
    off what the engine knows, and the heights around say the same (:func:`ewcm.sources.ground.settle_missing`)."""
    with np.errstate(invalid="ignore"):
        off = (np.abs(height - altitude) > _OFF_M) & ~((altitude < height * _FACTOR) & (height < altitude * _FACTOR))
    found = np.zeros(height.size, bool)
    numbers, counts = np.unique(height[off & np.isfinite(height)], return_counts=True)
    for number in numbers[counts >= _SAME]:
        for place in np.flatnonzero(off & (height == number)):
            reach = _AROUND_CELLS * min(tile.lat_step for tile in terrain.tiles)
            here = terrain.window(lon[place] - reach, lat[place] - reach, lon[place] + reach, lat[place] + reach)
            row, col = (size // 2 for size in here.values_m.shape)
            found[place] = bool(np.isnan(here.values_m[row, col]))
    return found


def _places(population: Population) -> tuple[np.ndarray, np.ndarray]:
    """Latitude and longitude of grid cells with people, evenly taken."""
    people = population.people
    step = max(1, math.isqrt(people.size // 4_000_000))
    row, col = np.nonzero(people[::step, ::step] > 0)
    if row.size < _MOST_PLACES:
        step = 1
        row, col = np.nonzero(people > 0)
    some = np.unique(np.linspace(0, row.size - 1, min(row.size, _MOST_PLACES)).astype(int))
    lat, lon = grid.latlon(population.geobox, row[some] * step + 0.5, col[some] * step + 0.5)
    return np.asarray(lat), np.asarray(lon)


def _inside(tile: Tile, lat: np.ndarray, lon: np.ndarray) -> np.ndarray:
    turned = longitude.near(lon, 0.5 * (tile.west + tile.east))
    return (lat >= tile.south) & (lat <= tile.north) & (turned >= tile.west) & (turned <= tile.east)


def _heights_at(tile: Tile, lat: np.ndarray, lon: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The height of the cell that each place lies in [m], NaN where there is none, and whether that cell is a spike."""
    lon = longitude.near(lon, 0.5 * (tile.west + tile.east))
    around = np.full((lat.size, 3, 3), np.nan)
    if tile.hgt:
        side = round(1.0 / tile.lat_step) + 1
        heights = np.pad(
            read_heights(tile, slice(0, side), slice(0, side)).astype(np.float64), 1, constant_values=np.nan
        )
        row = np.clip(((tile.north - lat) / tile.lat_step).astype(int), 0, side - 1)
        col = np.clip(((lon - tile.west) / tile.lon_step).astype(int), 0, side - 1)
        around[:] = heights[row[:, None, None] + np.arange(3)[:, None], col[:, None, None] + np.arange(3)]
    else:
        with open_raster(tile.path) as dataset:
            x, y = lon, lat
            if not tile.geographic:
                to_raster = pyproj.Transformer.from_crs("EPSG:4326", crs_name(dataset.crs), always_xy=True)
                x, y = to_raster.transform(lon, lat)
            affine = ~dataset.transform
            col, row = (np.floor(part) for part in affine @ (np.asarray(x), np.asarray(y)))
            there = np.flatnonzero((row >= 0) & (row < dataset.height) & (col >= 0) & (col < dataset.width))
            for place in there[np.lexsort((col[there], row[there]))]:
                north, west = max(row[place] - 1, 0), max(col[place] - 1, 0)
                window = Window(
                    west, north, min(col[place] + 2, dataset.width) - west, min(row[place] + 2, dataset.height) - north
                )
                here = heights_of(dataset, window)
                top, left = int(north - row[place]) + 1, int(west - col[place]) + 1
                around[place, top : top + here.shape[0], left : left + here.shape[1]] = here
    around[missing_in_heights(around)] = np.nan
    found = around[:, 1, 1].copy()
    around[:, 1, 1] = np.nan
    whole = np.isfinite(around).sum(axis=(1, 2)) == 8
    off = np.abs(found - np.median(around.reshape(-1, 9)[:, [0, 1, 2, 3, 5, 6, 7, 8]], axis=1))
    return found, whole & (off > max(_SPIKE_M, _SPIKE_SLOPE * tile.lat_step * grid.M_PER_DEG))


def _refuse_other_units(seen: _Seen, factor: float, off_m: float, fewest: int) -> None:
    both = np.isfinite(seen.height_m) & np.isfinite(seen.altitude_m)
    if np.count_nonzero(both) < fewest:
        return
    height, altitude = float(seen.height_m[both].mean()), max(1.0, float(seen.altitude_m[both].mean()))
    if abs(height - altitude) > off_m and not altitude / factor < height < altitude * factor:
        raise InputError(
            f"{seen.path}: its heights are {height:.4g} on average where the ground lies at about {altitude:.4g} m; give heights "
            "in metres (not in feet, decimetres or centimetres), of this place"
        )


def _of_another_place(seen: _Seen, iso3: str, lat: np.ndarray, lon: np.ndarray) -> tuple[InputWarning, ...]:
    """The warning about heights that do not rise and fall with the ground, or do so where they are moved; raises
    :class:`InputError` where they hardly do."""
    both = np.isfinite(seen.height_m) & np.isfinite(seen.altitude_m)
    height, altitude = seen.height_m[both], seen.altitude_m[both]
    if height.size < _ENOUGH or altitude.std() < _DOUBTED_SPREAD_M:
        return ()
    together = _correlation(height, altitude)
    if together < _REFUSED_BELOW and altitude.std() >= _REFUSED_SPREAD_M:
        raise InputError(
            f"{seen.path}: its heights do not rise and fall where the ground does (correlation {together:.2f} with the altitude "
            f"of {height.size} places where people live); give heights of this place, not turned over or shifted"
        )
    facts = {"correlation": round(together, 2), "places": int(height.size)}
    north, east, moved = _best_shift(height, iso3, lat[both], lon[both])
    if moved >= _SHIFTED_FROM and 1.0 - moved < _SHIFTED_LEAVES * (1.0 - together):
        text = (
            f"The heights of the terrain would fit the ground better {north:+.2f} degrees of latitude and {east:+.2f} of "
            f"longitude from where they are (correlation {moved:.2f} in place of {together:.2f} with the altitude of "
            f"{height.size} places where people live): they may be shifted."
        )
        moves = {"north_deg": round(north, 2), "east_deg": round(east, 2), "moved": round(moved, 2)}
        return (InputWarning("terrain_shifted", text, {**facts, **moves}),)
    if together >= _DOUBTED_BELOW:
        return ()
    text = (
        f"The heights of the terrain rise and fall otherwise than the ground does (correlation {together:.2f} with the altitude "
        f"of {height.size} places where people live): they may be shifted, turned over, or of another place."
    )
    return (InputWarning("terrain_elsewhere", text, facts),)


def _best_shift(height: np.ndarray, iso3: str, lat: np.ndarray, lon: np.ndarray) -> tuple[float, float, float]:
    """How far the heights of some places would have to be moved to the north and to the east [degrees] to follow the coarse
    altitude best, and their correlation with it there; small shifts are not looked at."""
    best = (0.0, 0.0, 0.0)
    steps = np.arange(-round(_SHIFT_DEG / _SHIFT_STEP_DEG), round(_SHIFT_DEG / _SHIFT_STEP_DEG) + 1) * _SHIFT_STEP_DEG
    for north in steps:
        for east in steps[np.maximum(np.abs(steps), abs(north)) > _LEAST_SHIFT_DEG]:
            altitude = altitude_m(iso3, lat + north, lon + east)
            known = np.isfinite(altitude)
            if np.count_nonzero(known) < max(_ENOUGH, height.size // 2):
                continue
            together = _correlation(height[known], altitude[known])
            if together > best[2]:
                best = (float(north), float(east), together)
    return best


def _correlation(height: np.ndarray, altitude: np.ndarray) -> float:
    return float(np.corrcoef(height, altitude)[0, 1]) if height.std() > 0 and altitude.std() > 0 else 0.0


def _spikes(count: int, places: int) -> tuple[InputWarning, ...]:
    """The warning about single cells that stand out of the ground around them."""
    if count <= _SPIKE_SHARE * places:
        return ()
    text = (
        f"At {count} of {places} places with people that were looked at the terrain is a single cell far higher or lower than "
        "all around it; such errors hide places from sites, and too many people count as out of reach."
    )
    return (InputWarning("terrain_spikes", text, {"count": count, "places": places}),)
