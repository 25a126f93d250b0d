"""Radio-climatic zones of a piece of terrain (P.1812 section 3.3): sea, coastal land, inland."""

from __future__ import annotations

import numpy as np
from ewcm_kernels.distance import nearest_covered_km
from rasterio.features import sieve

from ewcm.core import grid
from ewcm.sources.terrain import Heights

SEA, COASTAL, INLAND = 1, 3, 4

#: Coastal land lies at most this high [m] and this far from the sea [km].
COASTAL_M, COASTAL_KM = 100.0, 50.0

#: A patch of 0 m with fewer cells is a pond or flat land. The sea is larger.
LEAST_SEA_CELLS = 1000


def zones(heights: Heights) -> np.ndarray | None:
    """Zone of every cell of a window, uint8; None where it holds no sea, so that all of it is inland.

    Sea is where the terrain is exactly 0 m, as elevation models and missing tiles have it. Lakes above sea level are land:
    no elevation model tells them from a plain. Sea outside the window is not seen.
    """
    sea = heights.values_m == 0.0
    if np.count_nonzero(sea) < LEAST_SEA_CELLS:
        return None
    sea = sieve(sea.astype(np.uint8), LEAST_SEA_CELLS) == 1
    if not sea.any():
        return None
    rows, _ = sea.shape
    lat = heights.north - heights.lat_step * np.arange(rows)
    width_km = np.maximum(np.cos(np.radians(lat)), 0.01) * grid.KM_PER_DEG * heights.lon_step
    shore_km = nearest_covered_km(sea, np.full(rows, grid.KM_PER_DEG * heights.lat_step), width_km)
    zone = np.full(sea.shape, INLAND, np.uint8)
    zone[(heights.values_m <= COASTAL_M) & (shore_km <= COASTAL_KM)] = COASTAL
    zone[sea] = SEA
    return zone
