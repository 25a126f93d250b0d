"""Winds of cyclones over a grid: the maxima of one storm, and those of a return period by the history of many.

Winds are computed on a lattice of some kilometres, with positions of the storm every few minutes, and are linear between its
points: the eye of a small fast storm is met, and a grid of any fineness takes the same time.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from ewcm_kernels.cyclones import REACH_KM, Track, finer, max_wind_ms
from odc.geo.geobox import GeoBox

from ewcm.core import grid, longitude
from ewcm.sources.tracks import FIRST_SEASON

#: Positions of a storm are at most so far apart [hours]: within 0.5 m/s of positions every minute at any place.
STEP_HOURS = 1 / 24

#: Distance [km] of the points of the lattice, for one storm and for a history.
EVENT_STEP_KM, HISTORY_STEP_KM = 2.5, 5.0

#: Winds below this [m/s] (34 kt: a gale) are not told from calm.
LEAST_MS = 17.0

#: Storms with a gale that an extrapolation needs at a place.
_FEWEST = 5


class Lattice(NamedTuple):
    """Points of a grid (its cells' middles), every so many rows and columns, the last ones included."""

    row: np.ndarray
    col: np.ndarray
    lat: np.ndarray
    lon: np.ndarray


class WindField:
    """Winds [m/s] at the points of a lattice, and between them on the whole grid: bilinear, float32; NaN beside a point that is
    NaN."""

    def __init__(self, points: Lattice, values: np.ndarray, shape: tuple[int, int]) -> None:
        """``values``: of the shape of the lattice. ``shape``: of the grid."""
        self._values, self._shape = values, shape
        self._upper, self._share_low = _between(points.row, shape[0])
        self._left, self._share_right = _between(points.col, shape[1])
        # On a point nothing is asked of the next one, which may be unknown.
        self._lower = self._upper + (self._share_low > 0)
        self._right = self._left + (self._share_right > 0)

    def block(self, rows: slice) -> np.ndarray:
        """The winds of some rows of the grid."""
        known = ~np.isnan(self._values)
        result = np.full((rows.stop - rows.start, self._shape[1]), np.nan, np.float32)
        upper, lower = self._upper[rows], self._lower[rows]
        row = np.flatnonzero((known[upper] & known[lower]).any(axis=1))
        here = known[np.unique([upper[row], lower[row]])].any(axis=0)
        col = np.flatnonzero(here[self._left] & here[self._right])
        if row.size and col.size:
            result[np.ix_(row, col)] = self._winds(row[:, None] + rows.start, col[None, :])
        return result

    def at(self, rows: slice, cells: np.ndarray) -> np.ndarray:
        """The winds of some cells of the rows: flat indices, counted from the first row."""
        return self._winds(cells // self._shape[1] + rows.start, cells % self._shape[1]).astype(np.float32)

    def _winds(self, row: np.ndarray, col: np.ndarray) -> np.ndarray:
        left, right, share_right = self._left[col], self._right[col], self._share_right[col]
        upper, lower, share_low = self._upper[row], self._lower[row], self._share_low[row]
        north = self._values[upper, left] * (1 - share_right) + self._values[upper, right] * share_right
        south = self._values[lower, left] * (1 - share_right) + self._values[lower, right] * share_right
        return np.asarray(north * (1 - share_low) + south * share_low)


def lattice(geobox: GeoBox, step_km: float) -> Lattice:
    """Points at most ``step_km`` apart, or every cell of a coarser grid."""
    width, height = (float(np.median(size)) for size in grid.row_cell_size_km(geobox))
    rows, cols = geobox.shape
    row = _every(rows, max(1, int(step_km // height)))
    col = _every(cols, max(1, int(step_km // width)))
    lat, lon = grid.latlon(geobox, *np.meshgrid(row + 0.5, col + 0.5, indexing="ij"))
    return Lattice(row, col, lat, lon)


def event_winds(table: pd.DataFrame, model: str, geobox: GeoBox) -> WindField:
    """The largest 1-min wind [m/s] of one storm in each grid cell; 0 below a gale.

    ``table``: as :attr:`ewcm.sources.tracks.Tracks.table`, of the storm alone.
    """
    points = lattice(geobox, EVENT_STEP_KM)
    return WindField(points, _winds(table, model, points, STEP_HOURS), geobox.shape.yx)


def winds_at(table: pd.DataFrame, model: str, lat: np.ndarray, lon: np.ndarray) -> np.ndarray:
    """The largest 1-min wind [m/s] of one storm at some positions [degrees]; 0 below a gale. See :func:`event_winds`."""
    nowhere = np.zeros(0, np.int64)
    return _winds(table, model, Lattice(nowhere, nowhere, lat, lon), STEP_HOURS)


def period_winds(
    table: pd.DataFrame, model: str, periods: Sequence[float], people: np.ndarray, geobox: GeoBox
) -> list[WindField]:
    """The wind [m/s] that is reached or exceeded once in each return period [years] on average, a field each.

    The maxima of n seasons, seasons without a gale among them, have the return periods (n + 1)/rank (Weibull 1939), linear in
    rank between them. Longer periods than n + 1 years are extrapolated from all storms with a gale: a Poisson rate of storms, and
    an exponential law of how far they exceed it; NaN, unknown, where fewer than five came. Only ground with ``people`` is looked
    at; all other is NaN.
    """
    table = table[table["season"] >= FIRST_SEASON]
    seasons = seasons_of(table)
    points = lattice(geobox, HISTORY_STEP_KM)
    needed = _needed(points, people)
    there = points._replace(lat=points.lat[needed], lon=points.lon[needed])
    maxima = np.zeros((seasons, there.lat.size), np.float32)
    excess, storms = np.zeros((2, there.lat.size))
    first = int(table["season"].min())
    for _, storm in table.groupby("storm", sort=True):
        wind = _winds(storm, model, there, STEP_HOURS)
        if wind.any():
            season = maxima[int(storm["season"].iloc[0]) - first]
            np.maximum(season, wind, out=season)
            excess += np.maximum(0.0, wind - LEAST_MS)
            storms += wind > LEAST_MS
    maxima = -np.sort(-maxima, axis=0)
    found = []
    for period in periods:
        if period <= seasons + 1:
            rank = (seasons + 1) / period - 1.0
            below, above = maxima[min(int(np.ceil(rank)), seasons - 1)], maxima[min(int(rank), seasons - 1)]
            wind = above + (below - above) * np.float32(rank - int(rank))
        else:
            with np.errstate(divide="ignore", invalid="ignore"):
                wind = LEAST_MS + excess / storms * np.log(storms / seasons * period)
            wind = np.where(storms >= _FEWEST, wind, np.nan)
        everywhere = np.full(points.lat.shape, np.nan)
        everywhere[needed] = wind
        found.append(WindField(points, everywhere, geobox.shape.yx))
    return found


def seasons_of(table: pd.DataFrame) -> int:
    """Seasons from the first to the last of a table, those without a storm included."""
    season = table.loc[table["season"] >= FIRST_SEASON, "season"]
    return int(season.max() - season.min()) + 1 if len(season) else 0


def _needed(points: Lattice, people: np.ndarray) -> np.ndarray:
    """Which points of a lattice have people in one of the cells between them and the next, bool."""
    needed = np.zeros(points.lat.shape, dtype=bool)
    last = len(points.row) - 1, len(points.col) - 1
    for block in grid.blocks(people.shape[0]):
        row, col = np.nonzero(people[block] > 0)
        upper = np.searchsorted(points.row, row + block.start, side="right") - 1
        left = np.searchsorted(points.col, col, side="right") - 1
        for down in (0, 1):
            for right in (0, 1):
                needed[np.minimum(upper + down, last[0]), np.minimum(left + right, last[1])] = True
    return needed


def _every(size: int, step: int) -> np.ndarray:
    return np.unique(np.append(np.arange(0, size, step), size - 1))


def _winds(storm: pd.DataFrame, model: str, points: Lattice, step_hours: float) -> np.ndarray:
    """Winds [m/s] of one storm at the points, from the positions near them."""
    columns = ("hours", "lat", "lon", "wind_kt", "central_hpa", "environment_hpa", "radius_nmile")
    track = Track(*(storm[name].to_numpy(np.float64) for name in columns))
    near = np.flatnonzero(_is_near(track, points)) if points.lat.size else np.zeros(0, np.int64)
    if near.size == 0:
        return np.zeros(points.lat.shape)
    part = slice(max(0, near[0] - 2), near[-1] + 3)
    nearby = finer(Track(*(value[part] for value in track)), step_hours)
    return max_wind_ms(points.lat, points.lon, nearby, model, least_ms=LEAST_MS)


def _is_near(track: Track, points: Lattice) -> np.ndarray:
    """Positions from which a wind can reach a point, roughly."""
    margin = 1.1 * REACH_KM / 111.0
    middle = float(points.lon.flat[points.lon.size // 2])
    lon = longitude.near(points.lon, middle)
    widest = margin / max(0.1, np.cos(np.radians(min(89.0, np.abs(points.lat).max() + margin))))
    in_lat = (track.lat_deg >= points.lat.min() - margin) & (track.lat_deg <= points.lat.max() + margin)
    return np.asarray(in_lat & longitude.is_within(track.lon_deg, lon.min(), lon.max(), widest))


def _between(places: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """For each row (or column) the number of the last point at or before it, and the share of the next one."""
    every = np.arange(size)
    before = np.clip(np.searchsorted(places, every, side="right") - 1, 0, len(places) - 1)
    after = np.minimum(before + 1, len(places) - 1)
    gap = np.maximum(1, places[after] - places[before])
    return before, (every - places[before]) / gap
