"""Circles around sites on the population grid: a grid cell is in one where its centre lies within the radius, along the great
circle. They are the footprints of single sites where no terrain is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from ewcm_kernels.discs import paint_discs, paint_discs_scattered
from ewcm_kernels.places import SHARE_STEPS
from odc.geo.geobox import GeoBox

from ewcm.core import grid
from ewcm.core.footprints import TRANSMITTER_COLUMNS, Footprints, chosen_indices, transmitters_of
from ewcm.core.fraction import CASES, Case


def painted(lat: np.ndarray, lon: np.ndarray, radius_km: np.ndarray, geobox: GeoBox, rows: slice) -> np.ndarray:
    """1 in every grid cell of some rows that lies in at least one circle, else 0; uint8 (rows, columns)."""
    covered = np.zeros((rows.stop - rows.start, geobox.shape[1]), dtype=np.uint8)
    if grid.is_geographic(geobox):
        affine = geobox.affine
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
        cell_lat, cell_lon = grid.cell_positions(geobox, rows)
        windows = _windows(lat, lon, radius_km, geobox, rows)
        paint_discs_scattered(lat, lon, radius_km, windows, cell_lat, cell_lon, covered)
    return covered


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


@dataclass(frozen=True)
class CircleFootprints:
    """Circles as the footprints of single sites (`ewcm.core.footprints.SiteFootprints`): computed when asked for.

    ``transmitters``: as of `ewcm.core.footprints.Footprints`; ``range_km`` is the radius in the central case, ``low`` and
    ``high`` what it is multiplied by in the other two. ``rows``: those of ``geobox`` that these are the footprints in. Shares
    are 0 or 250 (all of the grid cell).
    """

    transmitters: pd.DataFrame
    geobox: GeoBox
    low: float
    high: float
    rows: slice

    def __len__(self) -> int:
        return len(self.transmitters)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the grid."""
        return self.rows.stop - self.rows.start, int(self.geobox.shape[1])

    @property
    def nbytes(self) -> int:
        """Nothing is kept but the table."""
        return 0

    def of(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        """Grid cells (flat index, rising) and shares (uint8, (cells, 3)) of one site."""
        if not 0 <= index < len(self):
            raise IndexError(f"transmitter {index} of {len(self)}")
        chosen = np.array([index])
        reach = self._rows_within(index)
        if reach.stop <= reach.start:
            return np.empty(0, np.int64), np.empty((0, len(CASES)), np.uint8)
        covered = np.stack([self._painted(chosen, case, reach).reshape(-1) for case in CASES], axis=1)
        cell = np.flatnonzero(covered[:, -1])
        return cell + reach.start * self.shape[1], covered[cell] * np.uint8(SHARE_STEPS)

    def block(self, rows: slice) -> CircleFootprints:
        """The same sites in some rows of the grid alone, which are numbered from 0."""
        inner = slice(self.rows.start + rows.start, self.rows.start + rows.stop)
        return CircleFootprints(self.transmitters, self.geobox, self.low, self.high, inner)

    def union(self, chosen: np.ndarray, case: Case, rows: slice) -> np.ndarray:
        """Share covered by the chosen sites, float32 (rows, columns): 1 in a circle, else 0. ``chosen``: a mask of all sites,
        or indices of some."""
        return self._painted(chosen_indices(chosen, len(self)), case, rows).astype(np.float32)

    def kept(self) -> Footprints:
        """The same, computed now and kept."""
        found = [self.of(index) for index in range(len(self))]
        rows, cols = self.shape
        dtype = np.int64 if rows * cols > np.iinfo(np.int32).max else np.int32
        return Footprints(
            self.transmitters,
            self.shape,
            np.cumsum([0, *(cell.size for cell, _ in found)], dtype=np.int64),
            np.concatenate([np.empty(0, dtype), *(cell.astype(dtype) for cell, _ in found)]),
            np.concatenate([np.empty((0, len(CASES)), np.uint8), *(share for _, share in found)]),
        )

    def _painted(self, index: np.ndarray, case: Case, rows: slice) -> np.ndarray:
        factor = {"low": self.low, "central": 1.0, "high": self.high}[case]
        lat, lon, radius_km = (
            self.transmitters[name].to_numpy(np.float64)[index] for name in ("lat", "lon", "range_km")
        )
        inner = slice(self.rows.start + rows.start, self.rows.start + rows.stop)
        return painted(lat, lon, radius_km * factor, self.geobox, inner)

    def _rows_within(self, index: int) -> slice:
        """Rows in which a site's largest circle may lie, counted from the first of ``rows``; all on a projected grid."""
        rows = self.shape[0]
        if not grid.is_geographic(self.geobox):
            return slice(0, rows)
        affine = self.geobox.affine
        site = self.transmitters.iloc[index]
        middle = (site["lat"] - affine.f) / affine.e - self.rows.start
        reach = np.degrees(site["range_km"] * max(1.0, self.high) / grid.EARTH_RADIUS_KM) / abs(affine.e) + 1.0
        return slice(int(np.clip(middle - reach, 0, rows)), int(np.clip(np.ceil(middle + reach), 0, rows)))


def circle_footprints(
    sites: pd.DataFrame, geobox: GeoBox, radius_km: Mapping[str, float], low: float, high: float
) -> CircleFootprints:
    """Circles around ``sites`` (``site_id``, ``technology``, ``operator``, ``lat``, ``lon``), one row a position of one
    technology and operator. ``radius_km``: of each technology; ``low``, ``high``: see :class:`CircleFootprints`."""
    table = transmitters_of(sites)
    table["range_km"] = [float(radius_km[technology]) for technology in table["technology"]]
    return CircleFootprints(table[list(TRANSMITTER_COLUMNS)], geobox, low, high, slice(0, int(geobox.shape[0])))
