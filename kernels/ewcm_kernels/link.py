"""The arguments of the propagation kernels, in small named tuples that numba compiles as they are."""

from typing import NamedTuple

import numpy as np


class Terrain(NamedTuple):
    """Rasters of one shape, row 0 in the north. Without clutter and zone (None) the land is bare and inland.

    Longitudes may run past 180° as long as the receivers and the transmitter use the same turn.
    """

    dem_m: np.ndarray  # f32, heights above sea level; NaN where nothing is known
    north_deg: float  # centre of the first cell
    west_deg: float
    lat_step_deg: float  # both positive
    lon_step_deg: float
    clutter_m: np.ndarray | None = None  # f32, on top of the terrain
    zone: np.ndarray | None = None  # u8: 1 sea, 3 coastal land, 4 inland


class Transmitter(NamedTuple):
    """Where a transmitter stands; its height is above ground."""

    lat_deg: float
    lon_deg: float
    height_m: float


class Receivers(NamedTuple):
    """Receivers at every crossing of some parallels and meridians: the rows and columns of a grid."""

    lat_deg: np.ndarray  # f64, evenly spaced, at least two
    lon_deg: np.ndarray  # f64, evenly spaced, at least two
    height_m: float  # above ground
    max_km: float  # receivers farther from the transmitter than this are left out
    step_km: float = 0.1  # longest step of the profiles to them
    wanted: np.ndarray | None = None  # u8[rows, cols], 0 where no loss is asked for; None: everywhere


class Radio(NamedTuple):
    """The wave and the air it goes through."""

    frequency_ghz: float
    time_pct: float = 50.0  # share of the time for which the loss is not exceeded
    horizontal: bool = False  # polarisation, else vertical
    delta_n: float = 45.0  # refractivity gradient, N-units/km
    n0: float = 325.0  # refractivity at sea level, N-units


class Profile(NamedTuple):
    """The land between two antennas, point by point from the transmitter to the receiver."""

    distance_km: np.ndarray  # f64, from 0, rising, at least three points, spaced as one likes
    height_m: np.ndarray  # f64, terrain above sea level
    clutter_m: np.ndarray  # f64, on top of it; not looked at under the antennas
    zone: np.ndarray  # 1 sea, 3 coastal land, 4 inland
