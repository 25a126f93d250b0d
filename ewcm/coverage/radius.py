"""The circle model: a grid cell is covered where its centre lies within a radius of a site, along the great circle."""

from __future__ import annotations

import numpy as np
import pandas as pd
from ewcm_kernels.discs import paint_discs, paint_discs_scattered
from odc.geo.geobox import GeoBox

from ewcm.core import grid
from ewcm.core.fraction import LEVELS, Case, Shares
from ewcm.settings import Settings


class RadiusModel:
    """Circles around sites, with the radii of ``Settings.radius_km`` and its low and high factors."""

    name = "radius"
    known_in_part = False
    everywhere = True

    def __init__(self, sites: pd.DataFrame, geobox: GeoBox, settings: Settings) -> None:
        self._geobox = geobox
        self._settings = settings
        self._sites = {
            (technology, operator): (table["lat"].to_numpy(np.float64), table["lon"].to_numpy(np.float64))
            for (technology, operator), table in sites.groupby(["technology", "operator"], sort=True)
        }

    @property
    def operators(self) -> dict[str, tuple[str, ...]]:
        """Technologies with at least one site, and their operators."""
        found: dict[str, tuple[str, ...]] = {}
        for technology, operator in self._sites:
            found[technology] = (*found.get(technology, ()), operator)
        return found

    def shares(self, channels: tuple[str, ...], operator: str | None, case: Case, rows: slice) -> Shares | None:
        """See :class:`ewcm.coverage.model.Model`. Every grid cell is known: where no circle reaches, the level is 0."""
        factor = {"low": self._settings.radius_low, "central": 1.0, "high": self._settings.radius_high}[case]
        chosen = [
            (lat, lon, self._settings.radius_km[technology] * factor)
            for (technology, name), (lat, lon) in self._sites.items()
            if technology in channels and operator in (None, name)
        ]
        if not chosen:
            return None
        lat = np.concatenate([item[0] for item in chosen])
        lon = np.concatenate([item[1] for item in chosen])
        radius_km = np.concatenate([np.full(item[0].size, item[2]) for item in chosen])
        covered = np.zeros((rows.stop - rows.start, self._geobox.shape[1]), dtype=np.uint8)
        if grid.is_geographic(self._geobox):
            affine = self._geobox.affine
            paint_discs(
                lat,
                lon,
                radius_km,
                affine.f + (rows.start + 0.5) * affine.e,
                affine.e,
                affine.c + 0.5 * affine.a,
                affine.a,
                covered,
            )
        else:
            cell_lat, cell_lon = grid.cell_positions(self._geobox, rows)
            windows = _windows(lat, lon, radius_km, self._geobox, rows)
            paint_discs_scattered(lat, lon, radius_km, windows, cell_lat, cell_lon, covered)
        return Shares(covered * np.uint16(LEVELS))


def _windows(lat: np.ndarray, lon: np.ndarray, radius_km: np.ndarray, geobox: GeoBox, rows: slice) -> np.ndarray:
    """First and last rows and columns (exclusive) that each circle can touch in a block of rows, shape (sites, 4).

    36 points of the circle are carried to the grid; the margin makes up for the arc between two of them (the sagitta of
    10° is 0.4 % of the radius) twice over.
    """
    bearing = np.radians(np.arange(0, 360, 10))[:, None]
    angular = 1.01 * radius_km / grid.EARTH_RADIUS_KM
    lat_r, lon_r = np.radians(lat), np.radians(lon)
    ring_lat = np.arcsin(
        np.clip(np.sin(lat_r) * np.cos(angular) + np.cos(lat_r) * np.sin(angular) * np.cos(bearing), -1.0, 1.0)
    )
    ring_lon = lon_r + np.arctan2(
        np.sin(bearing) * np.sin(angular) * np.cos(lat_r), np.cos(angular) - np.sin(lat_r) * np.sin(ring_lat)
    )
    to_grid = grid.wgs84_transformer(geobox)
    x, y = to_grid.transform(np.degrees(ring_lon), np.degrees(ring_lat), direction="INVERSE")
    col, row = grid.apply(~geobox.affine, x, y)
    height = rows.stop - rows.start
    width = geobox.shape[1]
    bounds = [
        np.clip(np.floor(row.min(axis=0)) - 1 - rows.start, 0, height),
        np.clip(np.ceil(row.max(axis=0)) + 1 - rows.start, 0, height),
        np.clip(np.floor(col.min(axis=0)) - 1, 0, width),
        np.clip(np.ceil(col.max(axis=0)) + 1, 0, width),
    ]
    # A circle that the projection cannot show (infinite coordinates) is looked for everywhere.
    whole = np.array([0, height, 0, width], dtype=np.float64)
    windows = np.where(np.isfinite(np.stack(bounds, axis=1)), np.stack(bounds, axis=1), whole)
    return windows.astype(np.int64)
