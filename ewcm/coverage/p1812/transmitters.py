"""Received level of the best server, from sites and terrain, by Recommendation ITU-R P.1812.

For every transmitter the basic transmission loss to each cell of a fine grid (at most `Settings.propagation_step_m`) within
`Settings.max_range_km` is computed over the terrain; e.i.r.p. and the sector's antenna pattern give the received level. The
strongest level of all transmitters is kept in 8 bits, half a decibel a step (`ewcm.coverage.p1812.mosaic`).

The work is cut into pieces of neighbouring transmitters (`ewcm.core.pieces`), each with a window of terrain of its own.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from ewcm_kernels.area import area_loss_db
from ewcm_kernels.link import Radio, Receivers, Transmitter
from ewcm_kernels.link import Terrain as TerrainGrid

from ewcm.core import grid, longitude
from ewcm.coverage.p1812.calibration import entry_of, path_offsets_db, transmitter_offsets_db
from ewcm.coverage.p1812.mosaic import LEAST, NOTHING, OFFSET_DBM, UNKNOWN_TERRAIN, Fine
from ewcm.coverage.p1812.radio_climate import zones
from ewcm.coverage.p1812.site_footprints import Cells, Part, footprint_of, near, part_of, wanted_in
from ewcm.errors import InputError
from ewcm.settings import FREQUENCIES_MHZ, Settings
from ewcm.sources.clutter import Clutter
from ewcm.sources.terrain import Terrain

#: Horizontal antenna pattern of 3GPP TR 36.814 table A.2.1.1-2: least gain relative to the boresight [dB].
FRONT_TO_BACK_DB = 25.0

#: Transmitters of one square of this side [degrees] share a window of terrain.
_BLOCK_DEG = 0.5

#: Cells of loss in one piece, by method: some seconds of work for one thread.
_CELLS_A_PIECE = {"sweep": 12_000_000, "exact": 3_000_000}

#: One antenna position, and one antenna and carrier there: its sectors differ in direction, pattern and power only, and share
#: the loss.
_POSITION = ["lat", "lon"]
_ANTENNA = [*_POSITION, "height_m", "frequency_mhz"]


@dataclass(frozen=True)
class Piece:
    """Neighbouring transmitters of one technology and operator, and all it takes to compute their levels anywhere.

    ``sectors``: as of :func:`sectors_of`. ``count``: antennas and carriers. ``box``: west, south, east, north of the terrain
    they need. ``rows`` and ``cols``: the window of the fine grid that they can reach. ``cells``: the population grid, where
    the footprint of each single transmitter is asked for.
    """

    sectors: pd.DataFrame
    count: int
    box: tuple[float, float, float, float]
    rows: slice
    cols: slice
    fine: Fine
    terrain: Terrain
    clutter: Clutter | None
    settings: Settings
    cells: Cells | None


def placed(sites: pd.DataFrame, fine: Fine) -> pd.DataFrame:
    """Sites where their antennas are taken to stand, in the longitudes of the fine grid; 0° and 360° where a site has no
    direction.

    Rows of one ``site_id`` without a direction stand at their mean position, as crowd-sourced cells of one mast are
    scattered around it.
    """
    table = sites.copy()
    middle = fine.west + 0.5 * fine.cols * fine.lon_step
    table["lon"] = longitude.near(table["lon"], middle)
    all_round = table["azimuth_deg"].isna() | table["beamwidth_deg"].isna() | (table["beamwidth_deg"] >= 360.0)
    table.loc[all_round, ["azimuth_deg", "beamwidth_deg"]] = [0.0, 360.0]
    mean = table[all_round].groupby("site_id")[_POSITION].transform("mean")
    table.loc[all_round, _POSITION] = mean
    return table


def sectors_of(sites: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    """Placed sites of one technology and operator with a complete link budget, one row a sector, without doubles.

    Raises :class:`InputError` for a frequency outside the Recommendation.
    """
    budget = settings.link_budgets[str(sites["technology"].iloc[0])]
    table = sites.assign(
        frequency_mhz=sites["frequency_mhz"].fillna(budget.frequency_mhz),
        eirp_dbm=sites["eirp_dbm"].fillna(budget.eirp_dbm) + transmitter_offsets_db(sites, settings.calibration),
        height_m=sites["height_m"].fillna(budget.height_m).clip(lower=1.0),
    )
    outside = ~table["frequency_mhz"].between(*FREQUENCIES_MHZ)
    if outside.any():
        worst = table[outside].iloc[0]
        raise InputError(
            f"site {worst['site_id']}: frequency_mhz is {worst['frequency_mhz']:g}; P.1812 holds from 30 to 6000 MHz: correct "
            "it, or take the site out (a cell of millimetre waves covers some hundred metres)"
        )
    same = [*_ANTENNA, "azimuth_deg", "beamwidth_deg"]
    sectors = table.groupby(same, as_index=False, sort=True).agg(eirp_dbm=("eirp_dbm", "max"))
    return sectors.assign(technology=str(sites["technology"].iloc[0]))


def pieces_of(
    sectors: pd.DataFrame,
    fine: Fine,
    terrain: Terrain,
    clutter: Clutter | None,
    settings: Settings,
    cells: Cells | None = None,
) -> Iterator[Piece]:
    """Transmitters whose circle meets the grid, by squares and at most so many that a piece takes some seconds."""
    area = math.pi * (1000.0 * settings.max_range_km / settings.propagation_step_m) ** 2
    most = max(1, round(_CELLS_A_PIECE[settings.propagation_method] / area))
    south, east = fine.north - fine.rows * fine.lat_step, fine.west + fine.cols * fine.lon_step
    tall, wide = _reach_deg(sectors["lat"], settings.max_range_km)
    reaching = sectors[
        sectors["lat"].between(south - tall, fine.north + tall)
        & sectors["lon"].between(fine.west - wide, east + wide, inclusive="neither")
    ]
    square = [np.floor(reaching["lat"] / _BLOCK_DEG), np.floor(reaching["lon"] / _BLOCK_DEG)]
    for _, block in reaching.groupby(square, sort=True):
        number = block.groupby(_ANTENNA, sort=True).ngroup()
        for first in range(0, int(number.max()) + 1, most):
            group = block[number.between(first, first + most - 1)]
            lat, lon = group["lat"], group["lon"]
            beside = float(np.max(_reach_deg(lat, settings.max_range_km)[1]))
            box = (lon.min() - beside, lat.min() - tall, lon.max() + beside, lat.max() + tall)
            rows, cols = _window(fine, *box)
            rim = 0.01  # degrees, for the rims of terrain cells
            yield Piece(
                group,
                int(number[group.index].nunique()),
                (box[0] - rim, box[1] - rim, box[2] + rim, box[3] + rim),
                rows,
                cols,
                fine,
                terrain,
                clutter,
                settings,
                near(cells, rows, cols) if cells else None,
            )


def _reach_deg(lat: pd.Series, range_km: float) -> tuple[float, np.ndarray]:
    """Degrees of latitude, and of longitude at each latitude, within which a circle of that radius lies."""
    tall = 1.01 * range_km / grid.KM_PER_DEG
    return tall, tall / np.maximum(0.02, np.cos(np.radians(np.minimum(np.abs(lat) + tall, 89.0))))


def _window(fine: Fine, west: float, south: float, east: float, north: float) -> tuple[slice, slice]:
    """Rows and columns of the fine grid whose centres lie in a rectangle."""
    rows = _between((fine.north - north) / fine.lat_step, (fine.north - south) / fine.lat_step, fine.rows)
    return rows, _between((west - fine.west) / fine.lon_step, (east - fine.west) / fine.lon_step, fine.cols)


def _between(low: float, high: float, size: int) -> slice:
    return slice(min(size, max(0, math.ceil(low))), max(0, min(size, math.floor(high) + 1)))


def levels_of(piece: Piece) -> tuple[np.ndarray, Part | None]:
    """Code of the strongest received level of a piece's transmitters in every fine cell of its window, uint8; and the
    footprint of each position, where it is asked for."""
    mosaic = np.full(
        (max(0, piece.rows.stop - piece.rows.start), max(0, piece.cols.stop - piece.cols.start)), NOTHING, np.uint8
    )
    heights = piece.terrain.window(*piece.box)
    land = TerrainGrid(
        heights.values_m,
        heights.north,
        heights.west,
        heights.lat_step,
        heights.lon_step,
        piece.clutter.window(heights) if piece.clutter else None,
        zones(heights),
    )
    positions, found = [], []
    for position, sectors in piece.sectors.groupby(_POSITION, sort=True):
        codes = _codes_around(sectors, land, piece)
        if codes is None:
            continue
        code, rows, cols = codes
        part = mosaic[
            rows.start - piece.rows.start : rows.stop - piece.rows.start,
            cols.start - piece.cols.start : cols.stop - piece.cols.start,
        ]
        np.maximum(part, code, out=part)
        if piece.cells:
            positions.append(position)
            found.append(footprint_of(code, rows, cols, piece.cells, piece.fine))
    if not piece.cells:
        return mosaic, None
    return mosaic, part_of(positions, found)


def _codes_around(sectors: pd.DataFrame, land: TerrainGrid, piece: Piece) -> tuple[np.ndarray, slice, slice] | None:
    """Codes of the strongest level of one position, and the window of the fine grid in which they lie; None outside it."""
    fine, settings = piece.fine, piece.settings
    lat, lon = (float(sectors[name].iloc[0]) for name in _POSITION)
    tall, wide = (float(np.max(part)) for part in _reach_deg(sectors["lat"], settings.max_range_km))
    rows, cols = _window(fine, lon - wide, lat - tall, lon + wide, lat + tall)
    if rows.stop - rows.start < 2 or cols.stop - cols.start < 2:
        return None
    wanted = None if piece.cells is None else wanted_in(piece.cells, rows, cols, fine)
    if wanted is not None and not wanted.any():
        return None
    receivers = Receivers(
        fine.north - fine.lat_step * np.arange(rows.start, rows.stop),
        fine.west + fine.lon_step * np.arange(cols.start, cols.stop),
        settings.receiver_height_m,
        settings.max_range_km,
        settings.propagation_step_m / 1000.0,
        wanted,
    )
    antennas = [antenna for _, antenna in sectors.groupby(_ANTENNA, sort=True)]
    code = _codes_of(antennas[0], receivers, land, settings)
    for antenna in antennas[1:]:
        np.maximum(code, _codes_of(antenna, receivers, land, settings), out=code)
    return code, rows, cols


def _codes_of(sectors: pd.DataFrame, receivers: Receivers, land: TerrainGrid, settings: Settings) -> np.ndarray:
    """Codes of the strongest level of the sectors of one antenna and carrier."""
    lat, lon, height_m, frequency_mhz = (float(sectors[name].iloc[0]) for name in _ANTENNA)
    radio = Radio(frequency_mhz / 1000.0, settings.time_pct, delta_n=settings.delta_n, n0=settings.n0)
    loss_db = area_loss_db(settings.propagation_method, receivers, land, Transmitter(lat, lon, height_m), radio)
    entry = entry_of(settings.calibration, str(sectors["technology"].iloc[0]), lat, lon)
    if entry is not None:
        loss_db = loss_db - path_offsets_db(entry, receivers, land, lat, lon)
    code = np.floor(2.0 * (_gain_dbm(sectors, receivers) - loss_db + OFFSET_DBM) + 0.5)
    known = np.isfinite(code)
    code = np.clip(np.where(known, code, 0.0), LEAST, 255).astype(np.uint8)
    code[~known] = NOTHING
    cell_lat, cell_lon = receivers.lat_deg, receivers.lon_deg
    north = (cell_lat - lat)[:, None] * grid.KM_PER_DEG
    over = (cell_lon - lon)[None, :] * grid.KM_PER_DEG * np.cos(np.radians(0.5 * (cell_lat + lat)))[:, None]
    code[~known & (north * north + over * over < (0.999 * settings.max_range_km) ** 2)] = UNKNOWN_TERRAIN
    return code


def _gain_dbm(sectors: pd.DataFrame, receivers: Receivers) -> np.ndarray:
    """Power [dBm] of the strongest sector towards each receiver, f32[rows, columns]."""
    lat, lon = (float(sectors[name].iloc[0]) for name in _POSITION)
    gain_dbm = np.full((receivers.lat_deg.size, receivers.lon_deg.size), -np.inf, np.float32)
    if (sectors["beamwidth_deg"] >= 360.0).any():
        gain_dbm[:] = sectors.loc[sectors["beamwidth_deg"] >= 360.0, "eirp_dbm"].max()
    directed = sectors[sectors["beamwidth_deg"] < 360.0]
    if len(directed):
        east = (receivers.lon_deg - lon) * math.cos(math.radians(lat))
        bearing_deg = np.degrees(np.arctan2(east[None, :], (receivers.lat_deg - lat)[:, None])).astype(np.float32)
        for sector in directed.itertuples():
            pattern = sector.eirp_dbm + pattern_db(bearing_deg - np.float32(sector.azimuth_deg), sector.beamwidth_deg)
            np.maximum(gain_dbm, pattern, out=gain_dbm)
    return gain_dbm


def pattern_db(off_axis_deg: np.ndarray, beamwidth_deg: float) -> np.ndarray:
    """Horizontal pattern [dB, ≤ 0] of a sector antenna: −min(12·(φ/φ₃dB)², 25) (3GPP TR 36.814, table A.2.1.1-2)."""
    angle = (off_axis_deg + 180.0) % 360.0 - 180.0
    return -np.minimum(12.0 * (angle / beamwidth_deg) ** 2, FRONT_TO_BACK_DB)
