"""Basic transmission loss from one transmitter to every cell of a grid: one door, two ways.

``exact`` gives each grid cell a profile of its own (`exact`), ``sweep`` takes what is in the way from radials (`sweep`): about
a tenth of the time, for an error of 0.5 to 0.9 dB rms against ``exact``. Both take clutter and sea. ``sweep`` is for the
median of time (50 %); other time percentages go the exact way.
"""

import math
from itertools import pairwise
from typing import Any

import numpy as np

from . import bands
from .exact import EARTH_KM_PER_DEG, exact_rows
from .sweep import sweep_radials

METHODS = ("exact", "sweep")

#: Radials of the sweep for every grid cell along the rim.
RADIALS_PER_CELL = 1

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
    clutter = np.empty((0, 0), np.float32) if clutter_m is None else clutter_m
    zones = np.empty((0, 0), np.uint8) if zone is None else zone

    def exact_arguments(out: np.ndarray, rows_deg: np.ndarray, cols_deg: np.ndarray) -> tuple[Any, ...]:
        return (
            out,
            rows_deg,
            cols_deg,
            dem_m,
            clutter,
            zones,
            dem_north_deg,
            dem_west_deg,
            dem_lat_step_deg,
            dem_lon_step_deg,
            tx_lat_deg,
            tx_lon_deg,
            tx_height_m,
            rx_height_m,
            frequency_ghz,
            time_pct,
            horizontal,
            delta_n,
            n0,
            max_km,
            step_km,
        )

    if method == "exact":
        arguments = exact_arguments(loss_db, lat, lon)
        rows = [lat.size * band // EXACT_BANDS for band in range(EXACT_BANDS + 1)]
        bands.run(exact_rows, [(first, past, *arguments) for first, past in pairwise(rows) if past > first])
        return loss_db

    shrink = math.cos(math.radians(tx_lat_deg))
    row_km = (lat - tx_lat_deg) * EARTH_KM_PER_DEG
    col_km = (lon - tx_lon_deg) * EARTH_KM_PER_DEG * shrink
    tx_row = (dem_north_deg - tx_lat_deg) / dem_lat_step_deg
    tx_col = (tx_lon_deg - dem_west_deg) / dem_lon_step_deg
    if not (0.0 <= tx_row <= dem_m.shape[0] - 1 and 0.0 <= tx_col <= dem_m.shape[1] - 1):
        return loss_db
    shared = (
        loss_db,
        row_km,
        col_km,
        (dem_north_deg - lat) / dem_lat_step_deg,
        (lon - dem_west_deg) / dem_lon_step_deg,
        np.cos(np.radians(lat)) / shrink,
        dem_m,
        clutter,
        zones,
        tx_row,
        tx_col,
        1.0 / (EARTH_KM_PER_DEG * dem_lat_step_deg),
        1.0 / (EARTH_KM_PER_DEG * shrink * dem_lon_step_deg),
        tx_lat_deg,
        tx_height_m,
        rx_height_m,
        frequency_ghz,
        horizontal,
        delta_n,
        n0,
        max_km,
        step_km,
    )
    jobs = []
    for axis, sign in ((0, 1.0), (1, 1.0), (0, -1.0), (1, -1.0)):
        along, across = (row_km, col_km) if axis == 0 else (col_km, row_km)
        rim_km = min(max_km, float((sign * along).max()))
        if rim_km <= 0.0:
            continue
        radials = max(4, math.ceil(RADIALS_PER_CELL * rim_km / abs(across[1] - across[0])))
        edges = [(-radials + (2 * radials + 1) * piece // PIECES) for piece in range(PIECES + 1)]
        jobs += [(axis, sign, edges[piece], edges[piece + 1], radials, *shared) for piece in range(PIECES)]
    bands.run(sweep_radials, jobs)

    # the cell of the transmitter itself belongs to no quadrant where both centres are one
    row, col = int(np.argmin(np.abs(row_km))), int(np.argmin(np.abs(col_km)))
    own = np.full((1, 1), np.nan, np.float32)
    exact_rows(0, 1, *exact_arguments(own, lat[row : row + 1], lon[col : col + 1]))
    loss_db[row, col] = own[0, 0]
    return loss_db
