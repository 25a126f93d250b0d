"""Levels moved by what measurements have shown: offsets of a technology, its operators, sites, clutter and distance.

The offsets stand in the settings (`Settings.calibration`), as ``ewcm learn propagation`` writes them. An entry holds for
transmitters inside its box only: what was measured in one place says little of another.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from ewcm_kernels.link import Receivers
from ewcm_kernels.link import Terrain as TerrainGrid

from ewcm.core import grid, longitude
from ewcm.settings import Calibration

#: Classes of clutter by the height [m] from which on each begins.
CLUTTER_FROM_M = {"open": 0.0, "low": 1.0, "high": 10.0}


def clutter_class(height_m: np.ndarray) -> np.ndarray:
    """The class (text) of clutter heights [m]; "" where none is known."""
    names = np.array(list(CLUTTER_FROM_M))
    place = np.searchsorted(list(CLUTTER_FROM_M.values()), np.nan_to_num(height_m), side="right") - 1
    return np.where(np.isnan(height_m), "", names[np.maximum(place, 0)])


def entry_of(calibration: Sequence[Calibration], technology: str, lat: float, lon: float) -> Calibration | None:
    """The first entry of a technology in whose box a transmitter stands."""
    for entry in calibration:
        if entry.technology == technology and _holds(entry, lat, lon):
            return entry
    return None


def _holds(entry: Calibration, lat: float, lon: float) -> bool:
    if not entry.within:
        return True
    west, south, east, north = entry.within
    return south <= lat <= north and west <= float(longitude.near(np.array(lon), 0.5 * (west + east))) <= east


def transmitter_offsets_db(sites: pd.DataFrame, calibration: Sequence[Calibration]) -> np.ndarray:
    """By how much [dB] each row of a site table is stronger than computed: technology, operator and site together."""
    if not calibration:
        return np.zeros(len(sites))
    found = []
    for row in sites[["technology", "operator", "site_id", "lat", "lon"]].itertuples(index=False):
        entry = entry_of(calibration, str(row.technology), float(row.lat), float(row.lon))
        if entry is None:
            found.append(0.0)
        else:
            named = entry.operators.get(str(row.operator), 0.0) + entry.sites.get(str(row.site_id), 0.0)
            found.append(entry.offset_db + named)
    return np.array(found)


def path_offsets_db(
    entry: Calibration, receivers: Receivers, land: TerrainGrid, lat: float, lon: float
) -> np.ndarray | float:
    """By how much [dB] the level at each receiver is stronger than computed: clutter around it, and distance; 0 where neither
    is calibrated."""
    total: np.ndarray | float = 0.0
    if entry.by_distance:
        distance = grid.distance_km(
            np.array(lat), np.array(lon), receivers.lat_deg[:, None], receivers.lon_deg[None, :]
        )
        total = distance_offsets_db(entry.by_distance, distance)
    if entry.clutter and land.clutter_m is not None:
        row = np.rint((land.north_deg - receivers.lat_deg) / land.lat_step_deg).astype(int)
        col = np.rint((receivers.lon_deg - land.west_deg) / land.lon_step_deg).astype(int)
        rows, cols = land.clutter_m.shape
        height = land.clutter_m[np.ix_(np.clip(row, 0, rows - 1), np.clip(col, 0, cols - 1))]
        offsets = np.array([entry.clutter.get(name, 0.0) for name in CLUTTER_FROM_M])
        place = np.searchsorted(list(CLUTTER_FROM_M.values()), np.nan_to_num(height), side="right") - 1
        total = total + offsets[np.maximum(place, 0)]
    return total


def distance_offsets_db(knots: Sequence[Sequence[float]], distance_km: np.ndarray) -> np.ndarray:
    """Offsets [dB] by distance: straight between the knots [km, dB] on a logarithmic axis, and constant beyond them."""
    km, offset = np.array(knots, dtype=np.float64).T
    found: np.ndarray = np.interp(np.log10(np.maximum(distance_km, 1e-3)), np.log10(km), offset)
    return found
