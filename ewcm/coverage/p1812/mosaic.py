"""The best server's signal on a fine grid, kept in 8 bits, and the share of places it covers on the population grid.

A fine cell is covered at a share Φ((level − threshold)/σ) of its places (location variability, P.1812 section 4.8), and a grid
cell of the population at the mean of its fine cells. See docs/method-propagation.md.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from ewcm_kernels.levels import Networks
from ewcm_kernels.places import NODES_EVERY, Nodes, nearest_codes
from odc.geo.geobox import GeoBox

from ewcm.core import grid, longitude, storage
from ewcm.core.fraction import Case, encode
from ewcm.errors import InputError

#: Codes of the mosaic: 0 no site in range, 1 in range of a site but over unknown terrain, else level = code/2 − 160 dBm.
NOTHING, UNKNOWN_TERRAIN, LEAST = 0, 1, 2
OFFSET_DBM = 160.0

#: Fine cells beyond this number are refused: the mosaic takes one byte each.
MAX_FINE_CELLS = 3_000_000_000

#: Fine cells turned into shares at a time.
_CELLS_AT_A_TIME = 4_000_000


@dataclass(frozen=True)
class Fine:
    """A fine grid in degrees over the population grid: centre of its first cell (north-west), steps (positive), shape.

    ``split``: fine places along one side of a population cell. ``aligned``: these are fine cells, in the same order;
    else (a projected population grid) each is the fine cell nearest to it.
    """

    north: float
    west: float
    lat_step: float
    lon_step: float
    rows: int
    cols: int
    split: int
    aligned: bool


def fine_grid(geobox: GeoBox, step_m: float) -> Fine:
    """The grid in degrees, of at most ``step_m``, on which losses are computed.

    A geographic population grid is split evenly, so that its cells are exact blocks; a projected one is covered.
    """
    rows, cols = geobox.shape
    if grid.is_geographic(geobox):
        affine = geobox.affine
        size_m = max(abs(affine.a), abs(affine.e)) * grid.M_PER_DEG
        split = max(1, math.ceil(size_m / step_m - 0.05))
        lat_step, lon_step = abs(affine.e) / split, abs(affine.a) / split
        north, west = affine.f - 0.5 * lat_step, affine.c + 0.5 * lon_step
        fine = Fine(north, west, lat_step, lon_step, rows * split, cols * split, split, True)
    else:
        ring_row = np.concatenate([np.linspace(0, rows, 65)] * 2 + [np.zeros(65), np.full(65, rows)])
        ring_col = np.concatenate([np.zeros(65), np.full(65, cols)] + [np.linspace(0, cols, 65)] * 2)
        lat, lon = grid.latlon(geobox, ring_row, ring_col)
        inner_lat, inner_lon = grid.latlon(geobox, np.array([rows / 2]), np.array([cols / 2]))
        lon = longitude.near(lon, inner_lon[0])  # in one piece around the middle
        lat_step = step_m / grid.M_PER_DEG
        lon_step = lat_step / max(0.1, math.cos(math.radians(float(inner_lat[0]))))
        north, west = float(lat.max()), float(lon.min())
        fine_rows = math.ceil((north - float(lat.min())) / lat_step) + 1
        fine_cols = math.ceil((float(lon.max()) - west) / lon_step) + 1
        width_km, height_km = grid.row_cell_size_km(geobox)
        split = max(1, math.ceil(1000.0 * max(float(width_km.max()), float(height_km.max())) / step_m - 0.05))
        fine = Fine(north, west, lat_step, lon_step, fine_rows, fine_cols, split, False)
    if fine.rows * fine.cols > MAX_FINE_CELLS:
        raise InputError(
            f"population grid: {fine.rows} x {fine.cols} cells of {step_m:.0f} m are too many for propagation; crop it to the "
            "country, or bring its population on a coarser grid"
        )
    return fine


class Signal:
    """Coverage levels (see `ewcm.core.fraction`) on the population grid of one best-server mosaic.

    Where the population grid is as fine as the mosaic its codes are kept and looked up when asked for, one byte a cell in
    place of six; else the levels of the three cases.
    """

    def __init__(self, mosaic: np.ndarray, fine: Fine, geobox: GeoBox, shares: dict[Case, np.ndarray]) -> None:
        """``mosaic``: codes, uint8, of the shape of ``fine``. ``shares``: of each case, see :func:`shares_of`."""
        if fine.split == 1:
            codes = mosaic if fine.aligned else _gathered(mosaic, fine, geobox)
            self._parts = dict.fromkeys(shares, codes)
            self._table = {case: encode(share) for case, share in shares.items()}
        else:
            self._parts = {case: _mean_levels(mosaic, fine, geobox, shares[case]) for case in shares}
            self._table = {}

    def add_to(self, networks: Networks, case: Case, rows: slice) -> None:
        """Adds the levels of a block of rows. Out of range of every site the level is 0; in range over unknown terrain it is
        unknown."""
        part = self._parts[case][rows]
        if self._table:
            networks.add_code(part, self._table[case])
        else:
            networks.add_level(part)


def shares_of(threshold_dbm: float, sigma_db: float) -> np.ndarray:
    """Share of places covered for each code of the mosaic, f32[256]; NaN for unknown terrain."""
    level_dbm = np.arange(256) / 2.0 - OFFSET_DBM
    share = np.array([0.5 * math.erfc((threshold_dbm - level) / (sigma_db * math.sqrt(2.0))) for level in level_dbm])
    share[NOTHING] = 0.0
    share[UNKNOWN_TERRAIN] = np.nan
    return share.astype(np.float32)


def _mean_levels(mosaic: np.ndarray, fine: Fine, geobox: GeoBox, shares: np.ndarray) -> np.ndarray:
    """Levels of the mean share of each cell's fine places, unknown where more than half of them are unknown."""
    rows, cols = geobox.shape
    level = storage.empty((rows, cols), np.uint16)
    for block in blocks_of(rows, cols, fine.split):
        share = shares[_codes(mosaic, fine, geobox, block)]
        share = share.reshape(block.stop - block.start, fine.split, cols, fine.split)
        known = np.isfinite(share)
        count = known.sum(axis=(1, 3))
        total = np.where(known, share, np.float32(0.0)).sum(axis=(1, 3), dtype=np.float64)
        mean = total / np.maximum(count, 1)
        mean[2 * count < fine.split**2] = np.nan
        level[block] = encode(mean.astype(np.float32))
    return level


def _gathered(mosaic: np.ndarray, fine: Fine, geobox: GeoBox) -> np.ndarray:
    """The mosaic brought to the population grid, a code a cell."""
    rows, cols = geobox.shape
    codes = storage.empty((rows, cols), np.uint8)
    for block in blocks_of(rows, cols, 1):
        codes[block] = _codes(mosaic, fine, geobox, block)
    return codes


def blocks_of(rows: int, cols: int, split: int) -> list[slice]:
    """Blocks of population rows with a bounded number of fine places."""
    height = max(1, _CELLS_AT_A_TIME // (cols * split * split))
    return [slice(start, min(start + height, rows)) for start in range(0, rows, height)]


def _codes(mosaic: np.ndarray, fine: Fine, geobox: GeoBox, block: slice) -> np.ndarray:
    """Codes of the fine places of some population rows, (rows · split, columns · split)."""
    if fine.aligned:
        return mosaic[block.start * fine.split : block.stop * fine.split]
    codes = np.empty(((block.stop - block.start) * fine.split, geobox.shape[1] * fine.split), np.uint8)
    nearest_codes(np.asarray(mosaic), nodes_of(fine, geobox, block), fine.split, codes)
    return codes


def nodes_of(fine: Fine, geobox: GeoBox, block: slice) -> Nodes:
    """The nodes between which the places of some population rows are interpolated, in rows and columns of ``fine``."""
    row_nodes = np.arange(block.start, block.stop + NODES_EVERY, NODES_EVERY)
    col_nodes = np.arange(0, geobox.shape[1] + NODES_EVERY, NODES_EVERY)
    lat, lon = grid.latlon(geobox, *(part.ravel() for part in np.meshgrid(row_nodes, col_nodes, indexing="ij")))
    middle = fine.west + 0.5 * fine.cols * fine.lon_step
    lon = longitude.near(lon, middle)
    shape = row_nodes.size, col_nodes.size
    return Nodes(
        block.start,
        block.stop,
        0,
        geobox.shape[1],
        ((fine.north - lat) / fine.lat_step).reshape(shape),
        ((lon - fine.west) / fine.lon_step).reshape(shape),
    )
