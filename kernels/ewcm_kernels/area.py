"""Basic transmission loss from one transmitter to every cell of a grid, by either of two methods.

``exact`` gives each grid cell a profile of its own (`exact`), ``sweep`` takes what is in the way from radials (`sweep`): about
a tenth of the time, for an error of 0.5 to 0.9 dB rms against ``exact``. Both take clutter and sea. ``sweep`` is for the
median of time (50 %); other time percentages go the exact way.
"""

import math
from itertools import pairwise

import numpy as np

from . import bands
from .exact import EARTH_KM_PER_DEG, exact_rows
from .link import Radio, Receivers, Terrain, Transmitter
from .sweep import Fan, Plane, sweep_radials

METHODS = ("exact", "sweep")

#: Radials of the sweep stand a grid cell apart at the rim, but never farther than this many cells of the elevation raster:
#: the terrain is turned from them in a straight line, which holds for about a cell.
MOST_DEM_CELLS_APART = 3.0

#: Bands of rows into which the exact way is cut for the threads.
EXACT_BANDS = 16

#: Pieces into which each quadrant of a sweep is cut for the threads.
PIECES = 4


def area_loss_db(
    method: str, receivers: Receivers, terrain: Terrain, transmitter: Transmitter, radio: Radio
) -> np.ndarray:
    """Loss [dB] not exceeded for ``radio.time_pct`` of the time at half of the places, f32[rows, cols].

    NaN where a receiver is farther than ``receivers.max_km``, where the terrain does not cover it, where a height is
    missing on the way, and where no loss is asked for (``receivers.wanted``). The same for any number of threads. Raises
    ValueError for a method that does not exist, and for ``sweep`` at another time percentage than 50.
    """
    if method not in METHODS:
        raise ValueError(f"method is '{method}'; use one of {', '.join(METHODS)}")
    if method == "sweep" and radio.time_pct != 50.0:
        raise ValueError(f"the sweep is for the median of time, not {radio.time_pct} %; use the method 'exact'")
    receivers, terrain, transmitter, radio = _of_one_type(receivers, terrain, transmitter, radio)
    loss_db = np.full((receivers.lat_deg.size, receivers.lon_deg.size), np.nan, np.float32)
    if method == "exact":
        rows = [receivers.lat_deg.size * band // EXACT_BANDS for band in range(EXACT_BANDS + 1)]
        jobs = [
            (first, past, loss_db, receivers, terrain, transmitter, radio)
            for first, past in pairwise(rows)
            if past > first
        ]
        bands.run(exact_rows, jobs)
    else:
        _sweep(loss_db, receivers, terrain, transmitter, radio)
    return loss_db


def _of_one_type(
    receivers: Receivers, terrain: Terrain, transmitter: Transmitter, radio: Radio
) -> tuple[Receivers, Terrain, Transmitter, Radio]:
    """The same values, every number a float: numba would compile the kernels anew for a whole number or a None."""
    return (
        Receivers(
            np.ascontiguousarray(receivers.lat_deg, np.float64),
            np.ascontiguousarray(receivers.lon_deg, np.float64),
            float(receivers.height_m),
            float(receivers.max_km),
            float(receivers.step_km),
            np.empty((0, 0), np.uint8)
            if receivers.wanted is None
            else np.ascontiguousarray(receivers.wanted, np.uint8),
        ),
        Terrain(
            terrain.dem_m,
            float(terrain.north_deg),
            float(terrain.west_deg),
            float(terrain.lat_step_deg),
            float(terrain.lon_step_deg),
            np.empty((0, 0), np.float32) if terrain.clutter_m is None else terrain.clutter_m,
            np.empty((0, 0), np.uint8) if terrain.zone is None else terrain.zone,
        ),
        Transmitter(*(float(number) for number in transmitter)),
        Radio(
            float(radio.frequency_ghz),
            float(radio.time_pct),
            bool(radio.horizontal),
            float(radio.delta_n),
            float(radio.n0),
        ),
    )


def _sweep(loss_db: np.ndarray, receivers: Receivers, terrain: Terrain, transmitter: Transmitter, radio: Radio) -> None:
    """Fill ``loss_db`` the fast way: four quadrants of radials, each in pieces, then the cell of the transmitter."""
    lat, lon = receivers.lat_deg, receivers.lon_deg
    tx_row = (terrain.north_deg - transmitter.lat_deg) / terrain.lat_step_deg
    tx_col = (transmitter.lon_deg - terrain.west_deg) / terrain.lon_step_deg
    if not (0.0 <= tx_row <= terrain.dem_m.shape[0] - 1 and 0.0 <= tx_col <= terrain.dem_m.shape[1] - 1):
        return
    shrink = math.cos(math.radians(transmitter.lat_deg))
    row_km = (lat - transmitter.lat_deg) * EARTH_KM_PER_DEG
    col_km = (lon - transmitter.lon_deg) * EARTH_KM_PER_DEG * shrink
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
        rim_km = min(receivers.max_km, float((sign * along).max()))
        if rim_km <= 0.0:
            continue
        dem_cells_per_km = plane.dem_cols_per_km if axis == 0 else plane.dem_rows_per_km
        apart_km = min(abs(float(across[1] - across[0])), MOST_DEM_CELLS_APART / dem_cells_per_km)
        radials = max(4, math.ceil(rim_km / apart_km))
        edges = [(-radials + (2 * radials + 1) * piece // PIECES) for piece in range(PIECES + 1)]
        fans = [Fan(axis, sign, radials, first, past) for first, past in pairwise(edges)]
        jobs += [(fan, loss_db, plane, receivers, terrain, transmitter, radio) for fan in fans]
    bands.run(sweep_radials, jobs)

    # the cell of the transmitter itself belongs to no quadrant where both centres are one
    row, col = int(np.argmin(np.abs(row_km))), int(np.argmin(np.abs(col_km)))
    own = np.full((1, 1), np.nan, np.float32)
    wanted = receivers.wanted
    if wanted is not None and wanted.size and not wanted[row, col]:
        return
    here = receivers._replace(lat_deg=lat[row : row + 1], lon_deg=lon[col : col + 1], wanted=np.empty((0, 0), np.uint8))
    exact_rows(0, 1, own, here, terrain, transmitter, radio)
    loss_db[row, col] = own[0, 0]
