"""P.1812 over an area for the median of time, the fast way: radials from the transmitter, receivers in the grid cells.

Radials leave the transmitter at one a grid cell of the rim and are sampled where they cross the rows (columns) of the grid
(`wedges`). A receiver is its grid cell, with its own distance and ground height; what stands between it and the transmitter
is taken from the nearest radial, and turned: with every sample goes the change of its height with the radial's slope, so
that a receiver between two radials sees the terrain on its own line to first order. With heights lowered by the earth's
curve, q = h − 500·d²/aₑ, sight lines are straight, so that

* the transmitter's horizon is a running maximum of slopes,
* the receiver's horizon, the largest diffraction parameter and the highest obstruction are sought on the upper convex
  hull of the samples so far, along which each of them has a single peak (`hulls`),
* the smooth-earth heights are running sums,

all at constant or nearly constant cost a receiver. The formulae are then worked off in batches (`sweep_terms`).
"""

import math
from typing import NamedTuple

import numpy as np

from ewcm_kernels.compiled import njit

from .exact import NEAREST_KM, height_at
from .hulls import KM, corner, nearest_touch, peak, push, tangent
from .p1812 import (
    FAR_FROM_COAST_KM,
    INLAND,
    SEA,
    anomalous_time_pct,
    effective_earth_radius_km,
    inland_factor,
    sea_duct_db,
)
from .sweep_terms import (
    BATCH,
    DUCT_DB,
    FIELDS,
    LOG2_BETA0,
    LOSS_DB,
    NU2,
    OVER_RX_M,
    OVER_TX_M,
    PATH_KM,
    ROUGHNESS_M,
    RX_ANGLE,
    RX_BASE_M,
    RX_HORIZON_KM,
    RX_M,
    SEA_SHARE,
    TAU,
    TX_ANGLE,
    TX_BASE_M,
    TX_HORIZON_KM,
    constants_of,
    hidden_losses,
    sight_losses,
)
from .wedges import samples, stations, wedge


@njit(cache=True, nogil=True)
def _scatter(table, where, count, flat_db):
    """Put the losses of a batch into their grid cells."""
    for i in range(count):
        flat_db[where[i]] = table[LOSS_DB * BATCH + i]


@njit(cache=True, nogil=True)
def ducting_table(latitude_deg, most_km, step_km):
    """log2 of β0 in per cent, and τ, of inland paths of 0, 1, 2 ... steps (eqs 2 to 5), f64[2, n]."""
    count = int(most_km / step_km) + 3
    table = np.empty((2, count))
    for k in range(count):
        length_km = max(k, 0.1) * step_km
        table[0, k] = math.log2(anomalous_time_pct(latitude_deg, length_km, length_km))
        table[1, k] = inland_factor(length_km)
    return table


@njit(cache=True, nogil=True)
def _last_wanted(wanted, axis, cell_first, cell_past, first_row, towards, ahead, parts):
    """The last station of a radial at which a receiver is asked for, -1 for none."""
    rows = (cell_first.size - 1 - ahead) // parts
    for row in range(rows, -1, -1):
        s, at = ahead + row * parts, first_row + towards * row
        for c in range(cell_first[s], cell_past[s]):
            if (wanted[at, c] if axis == 0 else wanted[c, at]) != 0:
                return s
    return -1


class Fan(NamedTuple):
    """Neighbouring radials of one quadrant around the transmitter; radial k has the slope k/``radials`` to its axis."""

    axis: int  # 0 for the quadrants north and south (radials cross rows), 1 for east and west
    sign: float  # +1 north or east
    radials: int  # from the axis to the diagonal
    first_radial: int
    past_radial: int


class Plane(NamedTuple):
    """The grid and the transmitter in a plane of kilometres with the transmitter in its origin, and in the raster."""

    row_km: np.ndarray  # f64, position of the grid's rows, to the north
    col_km: np.ndarray  # f64, of its columns, to the east
    row_dem: np.ndarray  # f64, of its rows in the raster
    col_dem: np.ndarray
    stretch: np.ndarray  # f64[rows], true east-west kilometre a plane kilometre, squared
    tx_row: float
    tx_col: float
    dem_rows_per_km: float
    dem_cols_per_km: float


@njit(cache=True, nogil=True, error_model="numpy")
def sweep_radials(fan, out_db, plane, receivers, terrain, transmitter, radio):
    """Losses [dB] of the grid cells nearest to the radials of a fan, into ``out_db`` (f32 2-D)."""
    axis, sign, radials = fan.axis, fan.sign, fan.radials
    first_radial, past_radial = fan.first_radial, fan.past_radial
    cell_row_km, cell_col_km, cell_row_dem, cell_col_dem = plane.row_km, plane.col_km, plane.row_dem, plane.col_dem
    stretch, tx_row, tx_col = plane.stretch, plane.tx_row, plane.tx_col
    dem_m, clutter_m, zone = terrain.dem_m, terrain.clutter_m, terrain.zone
    tx_lat_deg, max_km = transmitter.lat_deg, receivers.max_km
    along, across = (cell_row_km, cell_col_km) if axis == 0 else (cell_col_km, cell_row_km)
    along_dem, across_dem = (cell_row_dem, cell_col_dem) if axis == 0 else (cell_col_dem, cell_row_dem)
    station_km, first_row, towards, ahead, parts = stations(along, sign, max_km, receivers.step_km)
    count = station_km.size
    tx_ground_m = height_at(dem_m, tx_row, tx_col)
    if count == 0 or tx_ground_m != tx_ground_m:
        return
    # rows of the elevation raster run south, columns east
    if axis == 0:
        along_0, across_0, along_per_km, across_per_km = (
            tx_row,
            tx_col,
            -sign * plane.dem_rows_per_km,
            plane.dem_cols_per_km,
        )
    else:
        along_0, across_0, along_per_km, across_per_km = (
            tx_col,
            tx_row,
            sign * plane.dem_cols_per_km,
            -plane.dem_rows_per_km,
        )
    low_edge, high_edge = (first_radial - 0.5) / radials, (past_radial - 0.5) / radials
    low_per_km, high_per_km = low_edge * across_per_km, high_edge * across_per_km
    wedge_m, begin = wedge(
        dem_m,
        axis,
        station_km,
        along_0,
        along_per_km,
        across_0,
        min(low_per_km, high_per_km),
        max(low_per_km, high_per_km),
    )
    last_line, crossings = dem_m.shape[axis] - 1.0, dem_m.shape[1 - axis]

    radius_km = effective_earth_radius_km(radio.delta_n)
    bulge = 500.0 / radius_km
    constants = constants_of(radius_km, radio.frequency_ghz, radio.horizontal, radio.n0)
    cluttered, zoned = clutter_m.size > 0, zone.size > 0
    wanted, all_wanted = receivers.wanted, receivers.wanted.size == 0
    ducting = ducting_table(tx_lat_deg, max_km, 0.1)
    tx_m = tx_ground_m + transmitter.height_m
    tx_zone = zone[int(tx_row + 0.5), int(tx_col + 0.5)] if zoned else INLAND
    tx_coast_km = 0.0 if tx_zone == SEA else FAR_FROM_COAST_KM

    antenna_m = np.float32(tx_m)  # as the tables of the batches
    inverse_station = 1.0 / station_km
    count_across, across_km = across.size, across[1] - across[0]
    sight, hidden = np.zeros(FIELDS * BATCH, np.float32), np.zeros(FIELDS * BATCH, np.float32)
    sight_at, hidden_at = np.empty(BATCH, np.int64), np.empty(BATCH, np.int64)
    flat_db = out_db.reshape(-1)
    cols = out_db.shape[1]
    # Counters begin as int64, not as literal numbers, for which numba would compile every helper once more.
    sights = hiddens = np.int64(0)
    height_m, turn_m = np.empty(count), np.empty(count)
    cell_first, cell_past = np.empty(count, np.int32), np.empty(count, np.int32)
    hull, flat = np.empty((count + 2, 4)), np.empty((count + 2, 4))
    bare = np.empty((count + 2, 4)) if cluttered else hull

    shift = -across[0] / across_km
    for radial in range(first_radial, past_radial):
        slope = radial / radials
        secant = math.sqrt(1.0 + slope * slope)
        cosine = 1.0 / secant
        # the radial's cells of a row lie between two lines; both edges come out the same for its neighbours
        rim = radial == radials or radial == -radials
        edge_low = -1.0000001 if radial == -radials else (radial - 0.5) / radials
        edge_high = 1.0000001 if radial == radials else (radial + 0.5) / radials
        first_edge = (edge_low if across_km > 0.0 else edge_high) / across_km
        past_edge = (edge_high if across_km > 0.0 else edge_low) / across_km
        for s in range(count):
            cell_first[s] = max(0, math.ceil(first_edge * station_km[s] + shift))
            cell_past[s] = min(count_across, math.ceil(past_edge * station_km[s] + shift))
        last_station = count - 1
        if not all_wanted:
            last_station = _last_wanted(wanted, axis, cell_first, cell_past, first_row, towards, ahead, parts)
            if last_station < 0:
                continue
        samples(wedge_m, begin, station_km, across_0, slope, across_per_km, crossings, height_m, turn_m)

        top = bare_top = flat_top = np.int64(0)  # entry 0 of a hull is not used
        tx_slope = tx_straight = ground_slope = -1e30
        tx_slope_turn = tx_straight_turn = ground_slope_turn = 0.0
        tx_horizon_km = 0.0
        v1 = v2 = v1_turn = v2_turn = 0.0
        before_u, before_m, before_turn = 0.0, tx_ground_m, 0.0
        touch = seen = high = rough = np.int64(1)
        sea_km = land_km = inland_km = land_run_km = inland_run_km = 0.0
        before_zone = tx_zone
        row_station, at = ahead, first_row
        for s in range(last_station + 1):
            u = station_km[s]
            along_km, inverse_km = u * secant, inverse_station[s] * cosine
            gap = u - before_u
            if s == row_station:
                # the receivers of this row first, then the row's own sample
                if not 0.0 <= along_dem[at] <= last_line:
                    break
                for c in range(cell_first[s], cell_past[s]):
                    row, col = (at, c) if axis == 0 else (c, at)
                    if not all_wanted and wanted[row, col] == 0:
                        continue
                    x, y = cell_col_km[col], cell_row_km[row]
                    if rim and (abs(x) > abs(y) if axis == 0 else abs(x) <= abs(y)):
                        continue
                    path_km = math.sqrt(y * y + x * x * stretch[row])
                    position = across_dem[c]
                    if path_km > max_km or not 0.0 <= position <= crossings - 1:
                        continue
                    k = int(position)
                    near_m = wedge_m[np.uintp(begin[s] + k)]
                    ground_m = near_m + (wedge_m[np.uintp(begin[s] + k + 1)] - near_m) * (position - k)
                    if ground_m != ground_m:
                        continue
                    rx_m = ground_m + receivers.height_m
                    turn = across[c] * inverse_station[s] - slope
                    # final trapezoid of the smooth earth, eqs 85 to 88
                    last_m = before_m + turn * before_turn
                    w1 = v1 + turn * v1_turn + gap * (ground_m + last_m)
                    w2 = v2 + turn * v2_turn
                    w2 += gap * (ground_m * (2.0 * u + before_u) + last_m * (u + 2.0 * before_u))
                    w1 *= inverse_station[s]
                    w2 *= inverse_station[s] * inverse_station[s]
                    smooth_tx_m = 2.0 * w1 - w2
                    smooth_rx_m = w2 - w1
                    low_rx_m = rx_m - bulge * along_km * along_km
                    direct = (low_rx_m - tx_m) * inverse_km
                    tx_rise = tx_slope + turn * tx_slope_turn - direct
                    is_hidden = tx_rise > 0.0
                    # Bullington point: in coordinates in which the ray is level, the horizon rays rise by tx_rise and
                    # rx_rise a kilometre and cross with nu² = 0.002·d·tx_rise·rx_rise/λ (eqs 18, 19)
                    ground_rise = ground_slope + turn * ground_slope_turn - direct
                    if top == 0:
                        nu2 = -1e6
                    elif ground_rise <= 0.0:
                        touch, nu2 = nearest_touch(hull, top, touch, turn, along_km, tx_m, direct)
                        nu2 *= along_km
                    else:
                        seen, rx_slope = tangent(hull, top, seen, turn, along_km, low_rx_m)
                        nu2 = along_km * ground_rise * max(0.0, rx_slope + direct)
                    surface_tx_m, surface_rx_m = smooth_tx_m, smooth_rx_m
                    if is_hidden:
                        table, index = hidden, hiddens
                        point = seen
                        if cluttered:
                            point, rx_slope = tangent(bare, bare_top, bare_top, turn, along_km, low_rx_m)
                        rx_slope = max(rx_slope, -direct)
                        line = (rx_m - tx_m) * inverse_km
                        base_tx_m = min(smooth_tx_m, tx_ground_m)
                        base_rx_m = min(smooth_rx_m, ground_m)
                        base_slope = (base_rx_m - base_tx_m) * inverse_km
                        tangent_tx = tx_straight + turn * tx_straight_turn - line
                        if tangent_tx > 0.0:  # something stands above the line of the antennas, eqs 89, 90
                            high, tangent_rx = tangent(flat, flat_top, high, turn, along_km, rx_m)
                            tangent_rx = max(0.0, tangent_rx + line)
                            highest_m = peak(flat, flat_top, high, turn, line)[1] - tx_m
                            drop_m = max(0.0, highest_m) / (tangent_tx + tangent_rx)
                            surface_tx_m -= drop_m * tangent_tx
                            surface_rx_m -= drop_m * tangent_rx
                        # the roughest point between the horizons, eq. 95
                        rough, rough_m = peak(flat, flat_top, rough, turn, base_slope)
                        point_km, point_m = corner(bare, point, turn)
                        rough_km = flat[np.uintp(rough), KM]
                        if rough_km < tx_horizon_km:
                            rough_m = tx_m + (tx_rise + direct + bulge * tx_horizon_km - base_slope) * tx_horizon_km
                        elif rough_km > point_km:
                            rough_m = point_m + (bulge * point_km - base_slope) * point_km
                        rough_m -= base_tx_m
                        table[TX_ANGLE * BATCH + index] = tx_rise + direct
                        table[RX_ANGLE * BATCH + index] = rx_slope - 2.0 * bulge * along_km
                        table[TX_HORIZON_KM * BATCH + index] = tx_horizon_km
                        table[RX_HORIZON_KM * BATCH + index] = along_km - point_km
                        table[TX_BASE_M * BATCH + index] = tx_m - base_tx_m
                        table[RX_BASE_M * BATCH + index] = rx_m - base_rx_m
                        table[ROUGHNESS_M * BATCH + index] = rough_m
                        near = min(int(along_km * 10.0 + 0.5), ducting.shape[1] - 1)
                        table[LOG2_BETA0 * BATCH + index] = ducting[0, near]
                        table[TAU * BATCH + index] = ducting[1, near]
                        table[DUCT_DB * BATCH + index] = 0.0
                    else:
                        table, index = sight, sights
                    sea_share = 0.0
                    if zoned:
                        rx_zone = zone[int(cell_row_dem[row] + 0.5), int(cell_col_dem[col] + 0.5)]
                        half_km = 0.5 * gap * secant
                        total_sea_km = sea_km + (half_km if before_zone == SEA else 0.0)
                        total_sea_km += half_km if rx_zone == SEA else 0.0
                        sea_share = min(1.0, total_sea_km / along_km)
                        if is_hidden:
                            run_km = land_run_km + (half_km if before_zone != SEA else 0.0)
                            longest_km = max(land_km, run_km)
                            run_km = run_km if before_zone != SEA else 0.0
                            longest_km = max(longest_km, run_km + half_km if rx_zone != SEA else 0.0)
                            run_km = inland_run_km + (half_km if before_zone == INLAND else 0.0)
                            inland_longest_km = max(inland_km, run_km)
                            run_km = run_km if before_zone == INLAND else 0.0
                            inland_longest_km = max(inland_longest_km, run_km + half_km if rx_zone == INLAND else 0.0)
                            table[LOG2_BETA0 * BATCH + index] = math.log2(
                                anomalous_time_pct(tx_lat_deg, longest_km, inland_longest_km)
                            )
                            table[TAU * BATCH + index] = inland_factor(inland_longest_km)
                            table[DUCT_DB * BATCH + index] = sea_duct_db(
                                tx_coast_km, tx_horizon_km, tx_m, sea_share
                            ) + sea_duct_db(
                                0.0 if rx_zone == SEA else FAR_FROM_COAST_KM,
                                along_km - point_km,
                                rx_m,
                                sea_share,
                            )
                    table[PATH_KM * BATCH + index] = max(path_km, NEAREST_KM)
                    table[NU2 * BATCH + index] = nu2
                    table[RX_M * BATCH + index] = rx_m
                    table[OVER_TX_M * BATCH + index] = tx_m - min(surface_tx_m, tx_ground_m)
                    table[OVER_RX_M * BATCH + index] = rx_m - min(surface_rx_m, ground_m)
                    table[SEA_SHARE * BATCH + index] = sea_share
                    if is_hidden:
                        hidden_at[index] = row * cols + col
                        hiddens += 1
                        if hiddens == BATCH:
                            hidden_losses(hidden, hiddens, zoned, antenna_m, constants)
                            _scatter(hidden, hidden_at, hiddens, flat_db)
                            hiddens = 0
                    else:
                        sight_at[index] = row * cols + col
                        sights += 1
                        if sights == BATCH:
                            sight_losses(sight, sights, zoned, antenna_m, constants)
                            _scatter(sight, sight_at, sights, flat_db)
                            sights = 0
                row_station += parts
                at += towards
                if along_km > max_km * 1.001:
                    break
            # the sample
            here_m, here_turn = height_m[s], turn_m[s]
            if here_m != here_m:
                break
            low_m = here_m - bulge * along_km * along_km
            rise = (low_m - tx_m) * inverse_km
            if rise > tx_slope:
                tx_slope, tx_horizon_km, tx_slope_turn = rise, along_km, here_turn * inverse_km
            rise = (here_m - tx_m) * inverse_km
            if rise > tx_straight:
                tx_straight, tx_straight_turn = rise, here_turn * inverse_km
            v1 += gap * (here_m + before_m)
            v1_turn += gap * (here_turn + before_turn)
            here_weight, before_weight = gap * (2.0 * u + before_u), gap * (u + 2.0 * before_u)
            v2 += here_m * here_weight + before_m * before_weight
            v2_turn += here_turn * here_weight + before_turn * before_weight
            flat_top = push(flat, flat_top, along_km, here_m, here_turn)
            if cluttered or zoned:
                aside = across_0 + u * (slope * across_per_km)
                ahead_dem = along_0 + u * along_per_km
                i, j = (ahead_dem, aside) if axis == 0 else (aside, ahead_dem)
                raster_row = min(max(int(i + 0.5), 0), dem_m.shape[0] - 1)
                raster_col = min(max(int(j + 0.5), 0), dem_m.shape[1] - 1)
            if cluttered:
                bare_top = push(bare, bare_top, along_km, low_m, here_turn)
                low_m += clutter_m[raster_row, raster_col]
                rise = (low_m - tx_m) * inverse_km
                if rise > ground_slope:
                    ground_slope, ground_slope_turn = rise, here_turn * inverse_km
            else:
                ground_slope, ground_slope_turn = tx_slope, tx_slope_turn
            top = push(hull, top, along_km, low_m, here_turn)
            if zoned:
                kind = zone[raster_row, raster_col]
                half_km = 0.5 * gap * secant
                # first the half of the gap that belongs to the last sample, then the half of this one
                for half in range(2):
                    here = before_zone if half == 0 else kind
                    if here == SEA:
                        sea_km += half_km
                        land_run_km = 0.0
                    else:
                        land_run_km += half_km
                        land_km = max(land_km, land_run_km)
                    inland_run_km = inland_run_km + half_km if here == INLAND else 0.0
                    inland_km = max(inland_km, inland_run_km)
                before_zone = kind
            before_u, before_m, before_turn = u, here_m, here_turn
    sight_losses(sight, sights, zoned, antenna_m, constants)
    _scatter(sight, sight_at, sights, flat_db)
    hidden_losses(hidden, hiddens, zoned, antenna_m, constants)
    _scatter(hidden, hidden_at, hiddens, flat_db)
