"""P.1812 over an area for the median of time, the fast way: radials from the transmitter, receivers in the grid cells.

Radials leave the transmitter at two a grid cell of the rim and are sampled where they cross the rows (columns) of the grid.
A receiver is its grid cell, with its own distance and ground height; what stands between it and the transmitter is taken
from the nearest radial. With heights lowered by the earth's curve, q = h − 500·d²/aₑ, sight lines are straight, so that

* the transmitter's horizon is a running maximum of slopes,
* the receiver's horizon, the largest diffraction parameter and the highest obstruction are sought on the upper convex
  hull of the samples so far, along which each of them has a single peak,
* the smooth-earth heights are running sums,

all at constant or nearly constant cost a receiver. The formulae are then worked off in batches (`sweep_terms`).
"""

import math

import numpy as np
from numba import njit

from .exact import NEAREST_KM, height_at
from .p1812 import (
    FAR_FROM_COAST_KM,
    INLAND,
    SEA,
    anomalous_time_pct,
    effective_earth_radius_km,
    inland_factor,
    sea_duct_db,
)
from .p1812_diffraction import WAVELENGTH_GHZ_M, transhorizon_nu
from .sweep_terms import (
    BATCH,
    DUCT_DB,
    FIELDS,
    LOG2_BETA0,
    LOSS_DB,
    NU,
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


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _at(values, index):
    """``values[index]`` of an index that is never negative, which saves numba looking."""
    return values[np.uintp(index)]


@njit(cache=True, nogil=True, error_model="numpy")
def _push(hull_km, hull_m, top, along_km, height_m):
    """Add a sample to the upper hull (a stack, entry 0 unused); returns the index of the new top."""
    if top > 0:
        top_km, top_m = _at(hull_km, top), _at(hull_m, top)
        while top > 1:
            under_km, under_m = _at(hull_km, top - 1), _at(hull_m, top - 1)
            if (height_m - top_m) * (top_km - under_km) < (top_m - under_m) * (along_km - top_km):
                break
            top -= 1
            top_km, top_m = under_km, under_m
    top += 1
    hull_km[np.uintp(top)], hull_m[np.uintp(top)] = along_km, height_m
    return top


@njit(cache=True, nogil=True, error_model="numpy")
def _tangent(hull_km, hull_m, top, start, path_km, rx_m):
    """Hull point with the steepest slope from the receiver, sought from ``start`` along the one peak."""
    at = min(start, top)
    rest_km, over_m = path_km - _at(hull_km, at), _at(hull_m, at) - rx_m
    moved = False
    while at > 1:
        other_km, other_m = path_km - _at(hull_km, at - 1), _at(hull_m, at - 1) - rx_m
        if other_m * rest_km <= over_m * other_km:
            break
        at -= 1
        rest_km, over_m = other_km, other_m
        moved = True
    while not moved and at < top:
        other_km, other_m = path_km - _at(hull_km, at + 1), _at(hull_m, at + 1) - rx_m
        if other_m * rest_km <= over_m * other_km:
            break
        at += 1
        rest_km, over_m = other_km, other_m
    return at


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _signed_nu2(hull_km, hull_m, at, path_km, tx_m, slope):
    """Signed square of the height of hull point ``at`` above the ray, over the product of its distances."""
    along_km = _at(hull_km, at)
    above_m = _at(hull_m, at) - tx_m - slope * along_km
    return above_m * abs(above_m) / (along_km * (path_km - along_km))


@njit(cache=True, nogil=True, error_model="numpy")
def _nearest_touch(hull_km, hull_m, top, start, path_km, tx_m, rx_m):
    """Hull point of the largest diffraction parameter on a line-of-sight path, and that signed square."""
    slope = (rx_m - tx_m) / path_km
    at = min(start, top)
    best = _signed_nu2(hull_km, hull_m, at, path_km, tx_m, slope)
    moved = False
    while at > 1:
        other = _signed_nu2(hull_km, hull_m, at - 1, path_km, tx_m, slope)
        if other <= best:
            break
        at -= 1
        best = other
        moved = True
    while not moved and at < top:
        other = _signed_nu2(hull_km, hull_m, at + 1, path_km, tx_m, slope)
        if other <= best:
            break
        at += 1
        best = other
    return at, best


@njit(cache=True, nogil=True, error_model="numpy")
def _peak(hull_km, hull_m, top, start, slope):
    """Hull point highest above a line of ``slope`` [m/km], sought from ``start`` along the one peak."""
    at = min(start, top)
    above_m = _at(hull_m, at) - slope * _at(hull_km, at)
    moved = False
    while at > 1:
        other_m = _at(hull_m, at - 1) - slope * _at(hull_km, at - 1)
        if other_m <= above_m:
            break
        at -= 1
        above_m = other_m
        moved = True
    while not moved and at < top:
        other_m = _at(hull_m, at + 1) - slope * _at(hull_km, at + 1)
        if other_m <= above_m:
            break
        at += 1
        above_m = other_m
    return at


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


@njit(cache=True, nogil=True, error_model="numpy")
def sweep_radials(
    axis,
    sign,
    first_radial,
    past_radial,
    radials,
    out_db,
    cell_row_km,
    cell_col_km,
    cell_row_dem,
    cell_col_dem,
    stretch,
    dem_m,
    clutter_m,
    zone,
    tx_row,
    tx_col,
    dem_rows_per_km,
    dem_cols_per_km,
    tx_lat_deg,
    tx_height_m,
    rx_height_m,
    frequency_ghz,
    horizontal,
    delta_n,
    n0,
    max_km,
    step_km,
):
    """Losses [dB] of the grid cells nearest to some radials of one quadrant, into ``out_db`` (f32 2-D).

    ``axis``: 0 for the quadrants north and south (radials cross rows), 1 for east and west; ``sign``: +1 north or east.
    Radial k has the slope k/``radials`` to the quadrant's axis. ``cell_row_km``, ``cell_col_km``: positions of the grid's
    rows (north) and columns (east) from the transmitter in a plane; ``cell_row_dem``, ``cell_col_dem``: in the elevation
    raster; ``stretch``: f64[rows], true east-west kilometre a plane kilometre, squared.
    """
    radius_km = effective_earth_radius_km(delta_n)
    bulge = 500.0 / radius_km
    constants = constants_of(radius_km, frequency_ghz, horizontal, n0)
    nu_scale = math.sqrt(0.002 * frequency_ghz / WAVELENGTH_GHZ_M)
    cluttered, zoned = clutter_m.size > 0, zone.size > 0
    ducting = ducting_table(tx_lat_deg, max_km, 0.1)
    tx_ground_m = height_at(dem_m, tx_row, tx_col)
    tx_m = tx_ground_m + tx_height_m
    tx_zone = zone[int(tx_row + 0.5), int(tx_col + 0.5)] if zoned else INLAND
    tx_coast_km = 0.0 if tx_zone == SEA else FAR_FROM_COAST_KM

    along, across = (cell_row_km, cell_col_km) if axis == 0 else (cell_col_km, cell_row_km)
    pitch_km = abs(along[1] - along[0])
    across_km = across[1] - across[0]
    count_along, count_across = along.size, across.size
    towards = 1 if (along[1] > along[0]) == (sign > 0) else -1
    nearest = 0 if towards > 0 else count_along - 1
    while 0 <= nearest < count_along and sign * along[nearest] <= 0.0:
        nearest += towards

    sight, hidden = np.zeros(FIELDS * BATCH), np.zeros(FIELDS * BATCH)
    sight_at, hidden_at = np.empty(BATCH, np.int64), np.empty(BATCH, np.int64)
    flat_db = out_db.reshape(-1)
    cols = out_db.shape[1]
    sights = hiddens = 0
    # samples of the longest radial: the gap before the first row, then those of every row
    gap_km = sign * along[nearest] if 0 <= nearest < count_along else 0.0
    most = math.ceil(1.4143 * gap_km / step_km) + count_along * (math.ceil(1.4143 * pitch_km / step_km) + 1) + 8
    hull_km, hull_m = np.empty(most), np.empty(most)
    flat_km, flat_m = np.empty(most), np.empty(most)
    bare_km, bare_m = (np.empty(most), np.empty(most)) if cluttered else (hull_km, hull_m)

    shift = -across[0] / across_km
    for radial in range(first_radial, past_radial):
        slope = radial / radials
        secant = math.sqrt(1.0 + slope * slope)
        parts = max(1, math.ceil(pitch_km * secant / step_km - 0.5))
        # rows of the elevation raster run south, columns east
        if axis == 0:
            row_per_km, col_per_km = -sign * dem_rows_per_km, slope * dem_cols_per_km
        else:
            row_per_km, col_per_km = -slope * dem_rows_per_km, sign * dem_cols_per_km
        top = bare_top = flat_top = 0  # entry 0 of a hull is not used
        tx_slope = tx_straight = ground_slope = -1e30
        tx_horizon_km = 0.0
        v1 = v2 = 0.0
        before_km, before_m = 0.0, tx_ground_m
        touch = seen = high = rough = 1
        sea_km = land_km = inland_km = land_run_km = inland_run_km = 0.0
        before_zone = tx_zone
        # the radial's cells of a row lie between two lines; both edges come out the same for its neighbours
        rim = radial == radials or radial == -radials
        edge_low = -1.0000001 if radial == -radials else (radial - 0.5) / radials
        edge_high = 1.0000001 if radial == radials else (radial + 0.5) / radials
        first_edge = (edge_low if across_km > 0.0 else edge_high) / across_km
        past_edge = (edge_high if across_km > 0.0 else edge_low) / across_km
        at = nearest
        first_u = sign * along[at] if 0 <= at < count_along else 0.0
        parts_here = max(1, math.ceil(first_u * secant / step_km - 0.5))
        u_before = 0.0
        alive = True
        while alive and 0 <= at < count_along:
            u = sign * along[at]
            along_km = u * secant
            inverse_km = 1.0 / along_km
            if along_km > max_km * 1.001 + pitch_km:
                break
            # receivers of this row first, then the row's own sample
            for stage in range(parts_here):
                last_stage = stage == parts_here - 1
                sample_u = u if last_stage else u_before + (u - u_before) * (stage + 1) / parts_here
                sample_km = sample_u * secant
                if last_stage:
                    c_first, c_past = math.ceil(first_edge * u + shift), math.ceil(past_edge * u + shift)
                    for c in range(max(0, c_first), min(count_across, c_past)):
                        row, col = (at, c) if axis == 0 else (c, at)
                        x, y = cell_col_km[col], cell_row_km[row]
                        if rim and (abs(x) > abs(y) if axis == 0 else abs(x) <= abs(y)):
                            continue
                        path_km = math.sqrt(y * y + x * x * stretch[row])
                        if path_km > max_km:
                            continue
                        ground_m = height_at(dem_m, cell_row_dem[row], cell_col_dem[col])
                        if ground_m != ground_m:
                            continue
                        rx_m = ground_m + rx_height_m
                        # final trapezoid of the smooth earth, eqs 85 to 88
                        gap_km = along_km - before_km
                        w1 = v1 + gap_km * (ground_m + before_m)
                        w2 = v2 + gap_km * (
                            ground_m * (2.0 * along_km + before_km) + before_m * (along_km + 2.0 * before_km)
                        )
                        w1 *= inverse_km
                        w2 *= inverse_km * inverse_km
                        smooth_tx_m = 2.0 * w1 - w2
                        smooth_rx_m = w2 - w1
                        low_rx_m = rx_m - bulge * along_km * along_km
                        direct = (low_rx_m - tx_m) * inverse_km
                        is_hidden = tx_slope > direct
                        # Bullington point
                        if top == 0:
                            nu = -10.0
                        elif ground_slope < direct:
                            touch, nu2 = _nearest_touch(hull_km, hull_m, top, touch, along_km, tx_m, low_rx_m)
                            nu = nu_scale * math.copysign(math.sqrt(abs(nu2) * along_km), nu2)
                        else:
                            seen = _tangent(hull_km, hull_m, top, seen, along_km, low_rx_m)
                            rx_slope = (hull_m[seen] - low_rx_m) / (along_km - hull_km[seen])
                            nu = transhorizon_nu(
                                ground_slope + bulge * along_km,
                                rx_slope - bulge * along_km,
                                tx_m,
                                rx_m,
                                along_km,
                                frequency_ghz,
                            )
                        surface_tx_m, surface_rx_m = smooth_tx_m, smooth_rx_m
                        if is_hidden:
                            table, index = hidden, hiddens
                            if cluttered:
                                point = _tangent(bare_km, bare_m, bare_top, bare_top, along_km, low_rx_m)
                                rx_slope = (bare_m[point] - low_rx_m) / (along_km - bare_km[point])
                            else:
                                point = seen
                            line = (rx_m - tx_m) * inverse_km
                            base_tx_m = min(smooth_tx_m, tx_ground_m)
                            base_rx_m = min(smooth_rx_m, ground_m)
                            base_slope = (base_rx_m - base_tx_m) * inverse_km
                            if tx_straight > line:  # something stands above the line of the antennas, eqs 89, 90
                                high = _tangent(flat_km, flat_m, flat_top, high, along_km, rx_m)
                                tangent_tx = tx_straight - line
                                tangent_rx = (flat_m[high] - rx_m) / (along_km - flat_km[high]) + line
                                peak = _peak(flat_km, flat_m, flat_top, high, line)
                                highest_m = flat_m[peak] - tx_m - line * flat_km[peak]
                                drop_m = highest_m / (tangent_tx + tangent_rx)
                                surface_tx_m -= drop_m * tangent_tx
                                surface_rx_m -= drop_m * tangent_rx
                            # the roughest point between the horizons, eq. 95
                            rough = _peak(flat_km, flat_m, flat_top, rough, base_slope)
                            point_km = bare_km[point]
                            rough_km = flat_km[rough]
                            if rough_km < tx_horizon_km:
                                rough_m = tx_m + tx_slope * tx_horizon_km + bulge * tx_horizon_km**2
                                rough_km = tx_horizon_km
                            elif rough_km > point_km:
                                rough_m = bare_m[point] + bulge * point_km * point_km
                                rough_km = point_km
                            else:
                                rough_m = flat_m[rough]
                            rough_m -= base_tx_m + base_slope * rough_km
                            table[TX_ANGLE * BATCH + index] = tx_slope
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
                            half_km = 0.5 * gap_km
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
                                inland_longest_km = max(
                                    inland_longest_km, run_km + half_km if rx_zone == INLAND else 0.0
                                )
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
                        table[NU * BATCH + index] = nu
                        table[RX_M * BATCH + index] = rx_m
                        table[OVER_TX_M * BATCH + index] = tx_m - min(surface_tx_m, tx_ground_m)
                        table[OVER_RX_M * BATCH + index] = rx_m - min(surface_rx_m, ground_m)
                        table[SEA_SHARE * BATCH + index] = sea_share
                        if is_hidden:
                            hidden_at[index] = row * cols + col
                            hiddens += 1
                            if hiddens == BATCH:
                                hidden_losses(hidden, hiddens, zoned, tx_m, constants)
                                _scatter(hidden, hidden_at, hiddens, flat_db)
                                hiddens = 0
                        else:
                            sight_at[index] = row * cols + col
                            sights += 1
                            if sights == BATCH:
                                sight_losses(sight, sights, zoned, tx_m, constants)
                                _scatter(sight, sight_at, sights, flat_db)
                                sights = 0
                # the sample
                sample_row, sample_col = tx_row + sample_u * row_per_km, tx_col + sample_u * col_per_km
                height_m = height_at(dem_m, sample_row, sample_col)
                if height_m != height_m:
                    alive = False
                    break
                low_m = height_m - bulge * sample_km * sample_km
                inverse_sample = inverse_km if last_stage else 1.0 / sample_km
                rise = (low_m - tx_m) * inverse_sample
                if rise > tx_slope:
                    tx_slope, tx_horizon_km = rise, sample_km
                tx_straight = max(tx_straight, (height_m - tx_m) * inverse_sample)
                gap_km = sample_km - before_km
                v1 += gap_km * (height_m + before_m)
                v2 += gap_km * (height_m * (2.0 * sample_km + before_km) + before_m * (sample_km + 2.0 * before_km))
                flat_top = _push(flat_km, flat_m, flat_top, sample_km, height_m)
                if cluttered:
                    bare_top = _push(bare_km, bare_m, bare_top, sample_km, low_m)
                    low_m += clutter_m[int(sample_row + 0.5), int(sample_col + 0.5)]
                    ground_slope = max(ground_slope, (low_m - tx_m) * inverse_sample)
                else:
                    ground_slope = tx_slope
                top = _push(hull_km, hull_m, top, sample_km, low_m)
                if zoned:
                    kind = zone[int(sample_row + 0.5), int(sample_col + 0.5)]
                    half_km = 0.5 * gap_km
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
                before_km, before_m = sample_km, height_m
            u_before = u
            parts_here = parts
            at += towards
    sight_losses(sight, sights, zoned, tx_m, constants)
    _scatter(sight, sight_at, sights, flat_db)
    hidden_losses(hidden, hiddens, zoned, tx_m, constants)
    _scatter(hidden, hidden_at, hiddens, flat_db)
