"""Coverage from sites and terrain: received level by Recommendation ITU-R P.1812, best server, share of places covered.

For every site the basic transmission loss to each cell of a fine grid (at most `Settings.propagation_step_m`) within
`Settings.max_range_km` is computed over the terrain; e.i.r.p. and the sector's antenna pattern give the received level. The
strongest level of all sites is kept in 8 bits, half a decibel a step. A fine cell is covered at a share
Φ((level − threshold)/σ) of its places (location variability, P.1812 section 4.8), and a grid cell of the population at the
mean of its fine cells. See docs/method-propagation.md.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from ewcm_kernels.area import area_loss_db
from odc.geo.geobox import GeoBox
from pyproj import CRS, Transformer

from ewcm import arrays, grid
from ewcm.coverage.fraction import encode
from ewcm.errors import InputError
from ewcm.settings import Settings
from ewcm.sources.terrain import Heights, Terrain

#: Codes of the level mosaic: 0 no site in range, 1 in range of a site but over unknown terrain, else level = code/2 − 160 dBm.
NOTHING, UNKNOWN_TERRAIN, LEAST = 0, 1, 2
_OFFSET_DBM = 160.0

#: Horizontal antenna pattern of 3GPP TR 36.814 table A.2.1.1-2: least gain relative to the boresight [dB].
FRONT_TO_BACK_DB = 25.0

#: Fine cells beyond this number are refused: the mosaic takes one byte each.
MAX_FINE_CELLS = 3_000_000_000

_KM_PER_DEG = math.pi / 180.0 * grid.EARTH_RADIUS_KM

#: Sites of one square of this side [degrees] share one piece of terrain.
_BLOCK_DEG = 0.5

#: Rows of the fine grid turned into shares at a time.
_ROWS_AT_A_TIME = 256


@dataclass(frozen=True)
class Fine:
    """A fine grid in degrees over the population grid: centre of its first cell (north-west), steps (positive), shape."""

    north: float
    west: float
    lat_step: float
    lon_step: float
    rows: int
    cols: int
    split: int  # fine cells along one side of a population cell, 0 where the population grid is projected


def propagation_levels(
    sites: pd.DataFrame,
    terrain: Terrain,
    geobox: GeoBox,
    settings: Settings,
    progress: Callable[[int, int], None],
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Low, central and high coverage levels (uint16, see `ewcm.coverage.fraction`) of one technology on ``geobox``.

    ``sites``: rows of `ewcm.sources.cells.SITE_COLUMNS`, all of one technology. ``progress`` is called with the rows done and
    their number. A grid cell out of range of every site has level 0; one that is in range over unknown terrain is unknown.
    """
    technologies = sites["technology"].unique()
    if len(technologies) != 1:
        raise ValueError(f"sites of {len(technologies)} technologies; give those of one")
    budget = settings.link_budgets[str(technologies[0])]
    fine = fine_grid(geobox, settings.propagation_step_m)
    mosaic = best_server(sites, terrain, fine, settings, progress)
    low, central, high = (
        _to_population(mosaic, fine, geobox, _shares(budget.threshold_dbm + margin, settings.location_sigma_db))
        for margin in (settings.threshold_margin_db, 0.0, -settings.threshold_margin_db)
    )
    return low, central, high


def fine_grid(geobox: GeoBox, step_m: float) -> Fine:
    """The grid in degrees, of at most ``step_m``, on which losses are computed.

    A geographic population grid is split evenly, so that its cells are exact blocks; a projected one is covered.
    """
    rows, cols = geobox.shape
    if grid.is_geographic(geobox):
        affine = geobox.affine
        size_m = max(abs(affine.a), abs(affine.e)) * _KM_PER_DEG * 1000.0
        split = max(1, math.ceil(size_m / step_m - 0.05))
        lat_step, lon_step = abs(affine.e) / split, abs(affine.a) / split
        north = affine.f - 0.5 * lat_step
        fine = Fine(north, affine.c + 0.5 * lon_step, lat_step, lon_step, rows * split, cols * split, split)
    else:
        ring_row = np.concatenate([np.linspace(0, rows, 65)] * 2 + [np.zeros(65), np.full(65, rows)])
        ring_col = np.concatenate([np.zeros(65), np.full(65, cols)] + [np.linspace(0, cols, 65)] * 2)
        lat, lon = grid.latlon(geobox, ring_row, ring_col)
        inner_lat, inner_lon = grid.latlon(geobox, np.array([rows / 2]), np.array([cols / 2]))
        lon = inner_lon[0] + (lon - inner_lon[0] + 180.0) % 360.0 - 180.0  # in one piece around the middle
        step = step_m / 1000.0 / _KM_PER_DEG
        lon_step = step / max(0.1, math.cos(math.radians(float(inner_lat[0]))))
        south, north = float(lat.min()), float(lat.max())
        west, east = float(lon.min()), float(lon.max())
        fine = Fine(
            north,
            west,
            step,
            lon_step,
            math.ceil((north - south) / step) + 1,
            math.ceil((east - west) / lon_step) + 1,
            0,
        )
    if fine.rows * fine.cols > MAX_FINE_CELLS:
        raise InputError(
            f"population grid: {fine.rows} x {fine.cols} cells of {step_m:.0f} m are too many for propagation; crop it to the "
            "country, or bring its population on a coarser grid"
        )
    return fine


def best_server(
    sites: pd.DataFrame, terrain: Terrain, fine: Fine, settings: Settings, progress: Callable[[int, int], None]
) -> np.ndarray:
    """Code of the strongest received level in every fine cell, uint8 (rows, cols)."""
    mosaic = np.zeros((fine.rows, fine.cols), np.uint8)
    masts = _masts(sites, settings, fine)
    total = len(sites)
    done = 0
    progress(0, total)
    for window, near in _by_block(masts, fine, settings.max_range_km):
        heights = terrain.window(*window)
        for _, mast in near.groupby(["lat", "lon", "height_m", "frequency_mhz"], sort=True):
            _add(mosaic, mast, heights, fine, settings)
            done += int(mast["rows"].sum())
            progress(done, total)
    progress(total, total)
    return mosaic


def _masts(sites: pd.DataFrame, settings: Settings, fine: Fine) -> pd.DataFrame:
    """Sites with a complete link budget, one row a sector, without doubles.

    Rows of one ``site_id`` without a direction stand at their mean position, as crowd-sourced cells of one mast are
    scattered around it. ``rows``: how many rows of ``sites`` each stands for.
    """
    budget = settings.link_budgets[str(sites["technology"].iloc[0])]
    table = sites.assign(
        frequency_mhz=sites["frequency_mhz"].fillna(budget.frequency_mhz),
        eirp_dbm=sites["eirp_dbm"].fillna(budget.eirp_dbm),
        height_m=sites["height_m"].fillna(budget.height_m).clip(lower=1.0),
        rows=1,
    )
    if not table["frequency_mhz"].between(30.0, 6000.0).all():
        worst = table.loc[~table["frequency_mhz"].between(30.0, 6000.0)].iloc[0]
        raise InputError(
            f"site {worst['site_id']}: frequency_mhz is {worst['frequency_mhz']:g}; P.1812 holds from 30 to 6000 MHz"
        )
    middle = fine.west + 0.5 * fine.cols * fine.lon_step
    table["lon"] = middle + (table["lon"] - middle + 180.0) % 360.0 - 180.0
    all_round = table["azimuth_deg"].isna() | table["beamwidth_deg"].isna() | (table["beamwidth_deg"] >= 360.0)
    table.loc[all_round, ["azimuth_deg", "beamwidth_deg"]] = [0.0, 360.0]
    mean = table[all_round].groupby("site_id")[["lat", "lon"]].transform("mean")
    table.loc[all_round, ["lat", "lon"]] = mean
    same = ["lat", "lon", "height_m", "frequency_mhz", "azimuth_deg", "beamwidth_deg"]
    return table.groupby(same, as_index=False, sort=True).agg(eirp_dbm=("eirp_dbm", "max"), rows=("rows", "sum"))


def _by_block(
    masts: pd.DataFrame, fine: Fine, range_km: float
) -> Iterator[tuple[tuple[float, float, float, float], pd.DataFrame]]:
    """Masts whose circle meets the grid, by squares, each with the rectangle of terrain (west, south, east, north) it needs."""
    reach = 1.01 * range_km / _KM_PER_DEG
    spread = np.cos(np.radians(np.minimum(np.abs(masts["lat"]) + reach, 89.0)))
    south, east = fine.north - fine.rows * fine.lat_step, fine.west + fine.cols * fine.lon_step
    near = masts[
        masts["lat"].between(south - reach, fine.north + reach)
        & (masts["lon"] > fine.west - reach / spread)
        & (masts["lon"] < east + reach / spread)
    ]
    square = [np.floor(near["lat"] / _BLOCK_DEG), np.floor(near["lon"] / _BLOCK_DEG)]
    for _, group in near.groupby(square, sort=True):
        margin = reach + 0.01  # and a little, for the rims of terrain cells
        wide = margin / max(0.02, math.cos(math.radians(min(89.0, float(group["lat"].abs().max()) + margin))))
        lat, lon = group["lat"], group["lon"]
        yield (lon.min() - wide, lat.min() - margin, lon.max() + wide, lat.max() + margin), group


def _add(mosaic: np.ndarray, mast: pd.DataFrame, heights: Heights, fine: Fine, settings: Settings) -> None:
    """Raise the mosaic to the levels of one mast's sectors, which share position, height and frequency."""
    lat, lon = float(mast["lat"].iloc[0]), float(mast["lon"].iloc[0])
    reach = settings.max_range_km / _KM_PER_DEG
    wide = reach / max(0.02, math.cos(math.radians(min(89.0, abs(lat) + reach))))
    rows = _between((fine.north - lat - reach) / fine.lat_step, (fine.north - lat + reach) / fine.lat_step, fine.rows)
    cols = _between((lon - wide - fine.west) / fine.lon_step, (lon + wide - fine.west) / fine.lon_step, fine.cols)
    if rows.stop - rows.start < 2 or cols.stop - cols.start < 2:
        return
    cell_lat = fine.north - fine.lat_step * np.arange(rows.start, rows.stop)
    cell_lon = fine.west + fine.lon_step * np.arange(cols.start, cols.stop)
    loss_db = area_loss_db(
        settings.propagation_method,
        cell_lat,
        cell_lon,
        heights.values_m,
        heights.north,
        heights.west,
        heights.lat_step,
        heights.lon_step,
        lat,
        lon,
        float(mast["height_m"].iloc[0]),
        settings.receiver_height_m,
        float(mast["frequency_mhz"].iloc[0]) / 1000.0,
        settings.max_range_km,
        delta_n=settings.delta_n,
        n0=settings.n0,
        step_km=settings.propagation_step_m / 1000.0,
    )
    gain_dbm = np.full(loss_db.shape, -np.inf, np.float32)
    if (mast["beamwidth_deg"] >= 360.0).any():
        gain_dbm[:] = mast.loc[mast["beamwidth_deg"] >= 360.0, "eirp_dbm"].max()
    sectors = mast[mast["beamwidth_deg"] < 360.0]
    if len(sectors):
        east = (cell_lon - lon) * math.cos(math.radians(lat))
        bearing_deg = np.degrees(np.arctan2(east[None, :], (cell_lat - lat)[:, None])).astype(np.float32)
        for sector in sectors.itertuples():
            pattern = sector.eirp_dbm + pattern_db(bearing_deg - np.float32(sector.azimuth_deg), sector.beamwidth_deg)
            np.maximum(gain_dbm, pattern, out=gain_dbm)
    code = np.floor(2.0 * (gain_dbm - loss_db + _OFFSET_DBM) + 0.5)
    known = np.isfinite(code)
    code = np.clip(np.where(known, code, 0.0), LEAST, 255).astype(np.uint8)
    code[~known] = NOTHING
    north = (cell_lat - lat)[:, None] * _KM_PER_DEG
    over = (cell_lon - lon)[None, :] * _KM_PER_DEG * np.cos(np.radians(0.5 * (cell_lat + lat)))[:, None]
    code[~known & (north * north + over * over < (0.999 * settings.max_range_km) ** 2)] = UNKNOWN_TERRAIN
    part = mosaic[rows, cols]
    np.maximum(part, code, out=part)


def _between(low: float, high: float, size: int) -> slice:
    """The whole numbers from ``low`` to ``high`` that are indices of an axis of ``size``."""
    return slice(min(size, max(0, math.ceil(low))), max(0, min(size, math.floor(high) + 1)))


def pattern_db(off_axis_deg: np.ndarray, beamwidth_deg: float) -> np.ndarray:
    """Horizontal pattern [dB, ≤ 0] of a sector antenna: −min(12·(φ/φ₃dB)², 25) (3GPP TR 36.814, table A.2.1.1-2)."""
    angle = (off_axis_deg + 180.0) % 360.0 - 180.0
    return -np.minimum(12.0 * (angle / beamwidth_deg) ** 2, FRONT_TO_BACK_DB)


def _shares(threshold_dbm: float, sigma_db: float) -> np.ndarray:
    """Share of places covered for each code of the mosaic, f32[256]; NaN for unknown terrain."""
    level_dbm = np.arange(256) / 2.0 - _OFFSET_DBM
    if sigma_db > 0.0:
        share = np.array(
            [0.5 * math.erfc((threshold_dbm - level) / (sigma_db * math.sqrt(2.0))) for level in level_dbm]
        )
    else:
        share = (level_dbm >= threshold_dbm).astype(float)
    share[NOTHING] = 0.0
    share[UNKNOWN_TERRAIN] = np.nan
    return share.astype(np.float32)


def _to_population(mosaic: np.ndarray, fine: Fine, geobox: GeoBox, shares: np.ndarray) -> np.ndarray:
    """Levels on the population grid: the mean share of each cell's fine cells, unknown where most of them are unknown."""
    rows, cols = geobox.shape
    level = arrays.empty((rows, cols), np.uint16)
    if fine.split:
        for block in grid.blocks(rows):
            share = shares[mosaic[block.start * fine.split : block.stop * fine.split]]
            if fine.split == 1:
                level[block] = encode(share)
                continue
            share = share.reshape(block.stop - block.start, fine.split, cols, fine.split)
            known = np.isfinite(share)
            count = known.sum(axis=(1, 3))
            total = np.where(known, share, np.float32(0.0)).sum(axis=(1, 3), dtype=np.float64)
            level[block] = _encoded(total, count, np.full(count.shape, fine.split**2))
        return level
    total, count, seen = (np.zeros((rows, cols)) for _ in range(3))
    for start in range(0, fine.rows, _ROWS_AT_A_TIME):
        block = slice(start, min(start + _ROWS_AT_A_TIME, fine.rows))
        share = shares[mosaic[block]]
        row, col = _position(fine, geobox, block)
        inside = (row >= 0) & (row < rows) & (col >= 0) & (col < cols)
        if not inside.any():
            continue
        share, row, col = share[inside], row[inside], col[inside]
        top, bottom = int(row.min()), int(row.max()) + 1
        cell = (row - top) * cols + col
        known = np.isfinite(share)
        size, shape = (bottom - top) * cols, (bottom - top, cols)
        total[top:bottom] += np.bincount(cell[known], share[known], minlength=size).reshape(shape)
        count[top:bottom] += np.bincount(cell[known], minlength=size).reshape(shape)
        seen[top:bottom] += np.bincount(cell, minlength=size).reshape(shape)
    for block in grid.blocks(rows):
        level[block] = _encoded(total[block], count[block], seen[block])
    return level


def _encoded(total: np.ndarray, known: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Levels of mean shares, unknown where fewer than half of the fine cells seen are known; 0 where none was seen."""
    mean = total / np.maximum(known, 1)
    mean[2 * known < seen] = np.nan
    return encode(mean.astype(np.float32))


def _position(fine: Fine, geobox: GeoBox, block: slice) -> tuple[np.ndarray, np.ndarray]:
    """Row and column of the population grid (whole numbers) that hold each cell of some fine rows.

    The projection is worked out at every 16th cell and interpolated: within a metre of the true place.
    """
    every = 16
    row_nodes = np.arange(block.start, block.stop + every, every)
    col_nodes = np.arange(0, fine.cols + every, every)
    lat = np.clip(fine.north - fine.lat_step * row_nodes, -90.0, 90.0)
    lon = fine.west + fine.lon_step * col_nodes
    to_grid = Transformer.from_crs("EPSG:4326", CRS.from_user_input(str(geobox.crs)), always_xy=True)
    x, y = to_grid.transform(*(part.ravel() for part in np.meshgrid(lon, lat)))
    node_col, node_row = grid.apply(~geobox.affine, np.asarray(x), np.asarray(y))
    shape = (row_nodes.size, col_nodes.size)
    down = np.arange(block.stop - block.start) / every
    right = np.arange(fine.cols) / every

    def spread(nodes: np.ndarray) -> np.ndarray:
        nodes = nodes.reshape(shape)
        i, j = np.minimum(down.astype(int), shape[0] - 2), np.minimum(right.astype(int), shape[1] - 2)
        across = nodes[:, j] + (nodes[:, j + 1] - nodes[:, j]) * (right - j)
        between = across[i] + (across[i + 1] - across[i]) * (down - i)[:, None]
        return np.floor(np.nan_to_num(between, nan=-1.0, posinf=-1.0, neginf=-1.0)).astype(np.int64)

    return spread(node_row), spread(node_col)
