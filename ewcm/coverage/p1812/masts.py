"""Received level of the best server, from sites and terrain, by Recommendation ITU-R P.1812.

For every mast the basic transmission loss to each cell of a fine grid (at most `Settings.propagation_step_m`) within
`Settings.max_range_km` is computed over the terrain; e.i.r.p. and the sector's antenna pattern give the received level. The
strongest level of all masts is kept in 8 bits, half a decibel a step (`ewcm.coverage.p1812.mosaic`).

The work is cut into pieces of neighbouring masts (`ewcm.core.pieces`), each with a window of terrain of its own.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from ewcm_kernels.area import area_loss_db

from ewcm.core import longitude
from ewcm.coverage.p1812.mosaic import KM_PER_DEG, LEAST, NOTHING, OFFSET_DBM, UNKNOWN_TERRAIN, Fine
from ewcm.coverage.p1812.radio_climate import zones
from ewcm.errors import InputError
from ewcm.settings import FREQUENCIES_MHZ, Settings
from ewcm.sources.clutter import Clutter
from ewcm.sources.terrain import Heights, Terrain

#: Horizontal antenna pattern of 3GPP TR 36.814 table A.2.1.1-2: least gain relative to the boresight [dB].
FRONT_TO_BACK_DB = 25.0

#: Masts of one square of this side [degrees] share a window of terrain.
_BLOCK_DEG = 0.5

#: Cells of loss in one piece, by method: some seconds of work for one thread.
_CELLS_A_PIECE = {"sweep": 12_000_000, "exact": 3_000_000}

#: One antenna position and carrier: its sectors differ in direction, pattern and power only, and share the loss.
_MAST = ["lat", "lon", "height_m", "frequency_mhz"]


@dataclass(frozen=True)
class Piece:
    """Neighbouring masts of one technology and operator, and all it takes to compute their levels anywhere.

    ``masts``: sectors as of :func:`masts_of`. ``box``: west, south, east, north of the terrain they need. ``rows`` and
    ``cols``: the window of the fine grid that they can reach.
    """

    masts: pd.DataFrame
    count: int
    box: tuple[float, float, float, float]
    rows: slice
    cols: slice
    fine: Fine
    terrain: Terrain
    clutter: Clutter | None
    settings: Settings


def masts_of(sites: pd.DataFrame, settings: Settings, fine: Fine) -> pd.DataFrame:
    """Sites of one technology and operator with a complete link budget, one row a sector, without doubles.

    Rows of one ``site_id`` without a direction stand at their mean position, as crowd-sourced cells of one mast are
    scattered around it. Raises :class:`InputError` for a frequency outside the Recommendation.
    """
    budget = settings.link_budgets[str(sites["technology"].iloc[0])]
    table = sites.assign(
        frequency_mhz=sites["frequency_mhz"].fillna(budget.frequency_mhz),
        eirp_dbm=sites["eirp_dbm"].fillna(budget.eirp_dbm),
        height_m=sites["height_m"].fillna(budget.height_m).clip(lower=1.0),
    )
    outside = ~table["frequency_mhz"].between(*FREQUENCIES_MHZ)
    if outside.any():
        worst = table[outside].iloc[0]
        raise InputError(
            f"site {worst['site_id']}: frequency_mhz is {worst['frequency_mhz']:g}; P.1812 holds from 30 to 6000 MHz: correct "
            "it, or take the site out (a cell of millimetre waves covers some hundred metres)"
        )
    middle = fine.west + 0.5 * fine.cols * fine.lon_step
    table["lon"] = longitude.near(table["lon"], middle)
    all_round = table["azimuth_deg"].isna() | table["beamwidth_deg"].isna() | (table["beamwidth_deg"] >= 360.0)
    table.loc[all_round, ["azimuth_deg", "beamwidth_deg"]] = [0.0, 360.0]
    mean = table[all_round].groupby("site_id")[["lat", "lon"]].transform("mean")
    table.loc[all_round, ["lat", "lon"]] = mean
    same = [*_MAST, "azimuth_deg", "beamwidth_deg"]
    return table.groupby(same, as_index=False, sort=True).agg(eirp_dbm=("eirp_dbm", "max"))


def pieces_of(
    masts: pd.DataFrame, fine: Fine, terrain: Terrain, clutter: Clutter | None, settings: Settings
) -> Iterator[Piece]:
    """Masts whose circle meets the grid, by squares and at most so many that a piece takes some seconds."""
    cells = math.pi * (1000.0 * settings.max_range_km / settings.propagation_step_m) ** 2
    most = max(1, round(_CELLS_A_PIECE[settings.propagation_method] / cells))
    south, east = fine.north - fine.rows * fine.lat_step, fine.west + fine.cols * fine.lon_step
    tall, wide = _reach_deg(masts["lat"], settings.max_range_km)
    near = masts[
        masts["lat"].between(south - tall, fine.north + tall)
        & masts["lon"].between(fine.west - wide, east + wide, inclusive="neither")
    ]
    square = [np.floor(near["lat"] / _BLOCK_DEG), np.floor(near["lon"] / _BLOCK_DEG)]
    for _, block in near.groupby(square, sort=True):
        number = block.groupby(_MAST, sort=True).ngroup()
        for first in range(0, int(number.max()) + 1, most):
            group = block[number.between(first, first + most - 1)]
            lat, lon = group["lat"], group["lon"]
            beside = float(np.max(_reach_deg(lat, settings.max_range_km)[1]))
            box = (lon.min() - beside, lat.min() - tall, lon.max() + beside, lat.max() + tall)
            rim = 0.01  # degrees, for the rims of terrain cells
            yield Piece(
                group,
                int(number[group.index].nunique()),
                (box[0] - rim, box[1] - rim, box[2] + rim, box[3] + rim),
                *_window(fine, *box),
                fine,
                terrain,
                clutter,
                settings,
            )


def _reach_deg(lat: pd.Series, range_km: float) -> tuple[float, np.ndarray]:
    """Degrees of latitude, and of longitude at each latitude, within which a circle of that radius lies."""
    tall = 1.01 * range_km / KM_PER_DEG
    return tall, tall / np.maximum(0.02, np.cos(np.radians(np.minimum(np.abs(lat) + tall, 89.0))))


def _window(fine: Fine, west: float, south: float, east: float, north: float) -> tuple[slice, slice]:
    """Rows and columns of the fine grid whose centres lie in a rectangle."""
    rows = _between((fine.north - north) / fine.lat_step, (fine.north - south) / fine.lat_step, fine.rows)
    return rows, _between((west - fine.west) / fine.lon_step, (east - fine.west) / fine.lon_step, fine.cols)


def _between(low: float, high: float, size: int) -> slice:
    return slice(min(size, max(0, math.ceil(low))), max(0, min(size, math.floor(high) + 1)))


def strongest(piece: Piece) -> np.ndarray:
    """Code of the strongest received level of a piece's masts in every fine cell of its window, uint8."""
    mosaic = np.full(
        (max(0, piece.rows.stop - piece.rows.start), max(0, piece.cols.stop - piece.cols.start)), NOTHING, np.uint8
    )
    heights = piece.terrain.window(*piece.box)
    clutter_m = piece.clutter.window(heights) if piece.clutter else None
    zone = zones(heights)
    for _, mast in piece.masts.groupby(_MAST, sort=True):
        _add(mosaic, mast, heights, clutter_m, zone, piece)
    return mosaic


def _add(
    mosaic: np.ndarray,
    mast: pd.DataFrame,
    heights: Heights,
    clutter_m: np.ndarray | None,
    zone: np.ndarray | None,
    piece: Piece,
) -> None:
    """Raise a piece's mosaic to the levels of one mast's sectors."""
    fine, settings = piece.fine, piece.settings
    lat, lon, height_m, frequency_mhz = (float(mast[name].iloc[0]) for name in _MAST)
    tall, wide = (float(np.max(part)) for part in _reach_deg(mast["lat"], settings.max_range_km))
    rows, cols = _window(fine, lon - wide, lat - tall, lon + wide, lat + tall)
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
        height_m,
        settings.receiver_height_m,
        frequency_mhz / 1000.0,
        settings.max_range_km,
        time_pct=settings.time_pct,
        delta_n=settings.delta_n,
        n0=settings.n0,
        step_km=settings.propagation_step_m / 1000.0,
        clutter_m=clutter_m,
        zone=zone,
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
    code = np.floor(2.0 * (gain_dbm - loss_db + OFFSET_DBM) + 0.5)
    known = np.isfinite(code)
    code = np.clip(np.where(known, code, 0.0), LEAST, 255).astype(np.uint8)
    code[~known] = NOTHING
    north = (cell_lat - lat)[:, None] * KM_PER_DEG
    over = (cell_lon - lon)[None, :] * KM_PER_DEG * np.cos(np.radians(0.5 * (cell_lat + lat)))[:, None]
    code[~known & (north * north + over * over < (0.999 * settings.max_range_km) ** 2)] = UNKNOWN_TERRAIN
    part = mosaic[
        rows.start - piece.rows.start : rows.stop - piece.rows.start,
        cols.start - piece.cols.start : cols.stop - piece.cols.start,
    ]
    np.maximum(part, code, out=part)


def pattern_db(off_axis_deg: np.ndarray, beamwidth_deg: float) -> np.ndarray:
    """Horizontal pattern [dB, ≤ 0] of a sector antenna: −min(12·(φ/φ₃dB)², 25) (3GPP TR 36.814, table A.2.1.1-2)."""
    angle = (off_axis_deg + 180.0) % 360.0 - 180.0
    return -np.minimum(12.0 * (angle / beamwidth_deg) ** 2, FRONT_TO_BACK_DB)
