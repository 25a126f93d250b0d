"""What both ways over an area are told: the terrain and the radio link, each in one tuple that numba takes as it is."""

from typing import NamedTuple

import numpy as np


class Terrain(NamedTuple):
    """Rasters of one shape, row 0 in the north. ``clutter_m`` and ``zone`` of size 0: bare and inland."""

    dem_m: np.ndarray  # f32
    clutter_m: np.ndarray  # f32, on top of the terrain
    zone: np.ndarray  # u8: 1 sea, 3 coastal land, 4 inland
    north_deg: float  # centre of the first cell
    west_deg: float
    lat_step_deg: float  # both positive
    lon_step_deg: float


class Link(NamedTuple):
    """A transmitter, its receivers and the air between them. Heights are above ground."""

    tx_lat_deg: float
    tx_lon_deg: float
    tx_height_m: float
    rx_height_m: float
    frequency_ghz: float
    time_pct: float
    horizontal: bool
    delta_n: float  # N-units/km
    n0: float  # N-units
    max_km: float  # nothing farther than this is computed
    step_km: float  # longest step of a profile
