"""Basic transmission loss from one transmitter to every cell of a grid: one door, two ways.

``exact`` gives each grid cell a profile of its own (`exact`), ``sweep`` takes what is in the way from radials (`sweep`): about
a tenth of the time, for an error of 0.5 to 0.9 dB rms against ``exact``. Both take clutter and sea. ``sweep`` is for the
median of time (50 %); other time percentages go the exact way.
"""

import math
from itertools import pairwise

import numpy as np

from . import bands
from .exact import EARTH_KM_PER_DEG, exact_rows
from .link import Link, Terrain
from .sweep import Plane, sweep_radials

METHODS = ("exact", "sweep")

#: Radials of the sweep stand a grid cell apart at the rim, but never farther than this many cells of the elevation raster:
#: the terrain is turned from them in a straight line, which holds for about a cell.
MOST_DEM_CELLS_APART = 3.0

#: Bands of rows into which the exact way is cut for the threads.
EXACT_BANDS = 16

#: Pieces into which each quadrant of a sweep is cut for the threads.
PIECES = 4


def area_loss_db(
    method: str,
    cell_lat_deg: np.ndarray,
    cell_lon_deg: np.ndarray,
    dem_m: np.ndarray,
    dem_north_deg: float,
    dem_west_deg: float,
    dem_lat_step_deg: float,
    dem_lon_step_deg: float,
    tx_lat_deg: float,
    tx_lon_deg: float,
    tx_height_m: float,
    rx_height_m: float,
    frequency_ghz: float,
    max_km: float,
    *,
    time_pct: float = 50.0,
    horizontal: bool = False,
    delta_n: float = 45.0,
    n0: float = 325.0,
    step_km: float = 0.1,
    clutter_m: np.ndarray | None = None,
    zone: np.ndarray | None = None,
) -> np.ndarray:
    """Loss [dB] not exceeded for ``time_pct`` of the time at half of the places, f32[rows, cols].

    ``cell_lat_deg``, ``cell_lon_deg``: rows and columns of the grid, f64, evenly spaced, at least two each.
    ``dem_m``: f32 terrain, row 0 in the north, its first cell centred on ``dem_north_deg``, ``dem_west_deg``; steps in
    degrees, both positive. ``clutter_m`` (f32) and ``zone`` (u8: 1 sea, 3 coastal land, 4 inland) have the shape of
    ``dem_m``; without them the land is bare and inland. Longitudes may run past 180° as long as all use the same turn.
    Heights are above ground, ``step_km`` is the longest step of a profile. NaN where a cell is farther than ``max_km``, where
    the terrain does not cover it or where a height is missing on the way. The same for any number of threads.
    """
    if method not in METHODS:
        raise ValueError(f"method is '{method}'; use one of {', '.join(METHODS)}")
    if method == "sweep" and time_pct != 50.0:
        raise ValueError(f"the sweep is for the median of time, not {time_pct} %; use the method 'exact'")
    loss_db = np.full((cell_lat_deg.size, cell_lon_deg.size), np.nan, np.float32)
    lat = np.ascontiguousarray(cell_lat_deg, np.float64)
    lon = np.ascontiguousarray(cell_lon_deg, np.float64)
    terrain = Terrain(
        dem_m,
        np.empty((0, 0), np.float32) if clutter_m is None else clutter_m,
        np.empty((0, 0), np.uint8) if zone is None else zone,
        float(dem_north_deg),
        float(dem_west_deg),
        float(dem_lat_step_deg),
        float(dem_lon_step_deg),
    )
    link = Link(
        float(tx_lat_deg),
        float(tx_lon_deg),
        float(tx_height_m),
        float(rx_height_m),
        float(frequency_ghz),
        float(time_pct),
        bool(horizontal),
        float(delta_n),
        float(n0),
        float(max_km),
        float(step_km),
    )
    if method == "exact":
        rows = [lat.size * band // EXACT_BANDS for band in range(EXACT_BANDS + 1)]
        jobs = [(first, past, loss_db, lat, lon, terrain, link) for first, past in pairwise(rows) if past > first]
        bands.run(exact_rows, jobs)
    else:
        _sweep(loss_db, lat, lon, terrain, link)
    return loss_db


def _sweep(loss_db: np.ndarray, lat: np.ndarray, lon: np.ndarray, terrain: Terrain, link: Link) -> None:
    """Fill ``loss_db`` the fast way: four quadrants of radials, each in pieces, then the cell of the transmitter."""
    tx_row = (terrain.north_deg - link.tx_lat_deg) / terrain.lat_step_deg
    tx_col = (link.tx_lon_deg - terrain.west_deg) / terrain.lon_step_deg
    if not (0.0 <= tx_row <= terrain.dem_m.shape[0] - 1 and 0.0 <= tx_col <= terrain.dem_m.shape[1] - 1):
        return
    shrink = math.cos(math.radians(link.tx_lat_deg))
    row_km = (lat - link.tx_lat_deg) * EARTH_KM_PER_DEG
    col_km = (lon - link.tx_lon_deg) * EARTH_KM_PER_DEG * shrink
    plane = Plane(
        row_km,
        col_km,
        (terrain.north_deg - lat) / terrain.lat_step_deg,
        (lon - terrain.west_deg) / terrain.lon_step_deg,
        np.cos(np.radians(lat)) / shrink,
        tx_row,
        tx_col,
        1.0 / (EARTH_KM_PER_DEG * terrain.lat_step_deg),
        1.0 / (EARTH_KM_PER_DEG * shrink * terrain.lon_step_deg),
    )
    jobs = []
    for axis, sign in ((0, 1.0), (1, 1.0), (0, -1.0), (1, -1.0)):
        along, across = (row_km, col_km) if axis == 0 else (col_km, row_km)
        rim_km = min(link.max_km, float((sign * along).max()))
        if rim_km <= 0.0:
            continue
        dem_cells_per_km = plane.dem_cols_per_km if axis == 0 else plane.dem_rows_per_km
        apart_km = min(abs(float(across[1] - across[0])), MOST_DEM_CELLS_APART / dem_cells_per_km)
        radials = max(4, math.ceil(rim_km / apart_km))
        edges = [(-radials + (2 * radials + 1) * piece // PIECES) for piece in range(PIECES + 1)]
        jobs += [
            (axis, sign, edges[piece], edges[piece + 1], radials, loss_db, plane, terrain, link)
            for piece in range(PIECES)
        ]
    bands.run(sweep_radials, jobs)

    # the cell of the transmitter itself belongs to no quadrant where both centres are one
    row, col = int(np.argmin(np.abs(row_km))), int(np.argmin(np.abs(col_km)))
    own = np.full((1, 1), np.nan, np.float32)
    exact_rows(0, 1, own, lat[row : row + 1], lon[col : col + 1], terrain, link)
    loss_db[row, col] = own[0, 0]
