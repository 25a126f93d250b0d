"""P.1812 over an area, the exact way: every grid cell with a terrain profile of its own.

The profile is reduced to the few numbers the Recommendation asks of it (steepest slopes, largest diffraction parameter,
smooth-earth sums) in loops over equally spaced points that the compiler turns into vector code; the formulae are those of
`p1812`. The one departure from `p1812.path_loss_db`: the Bullington loss of the smooth path is taken in its closed form
(Attachment 4 to Annex 1), not over the points of the profile.
"""

import math
from typing import NamedTuple

import numpy as np

from ewcm_kernels.compiled import njit

from .p1812 import (
    BETA_EARTH_RADIUS_KM,
    FAR_FROM_COAST_KM,
    INLAND,
    SEA,
    End,
    Losses,
    Sections,
    anomalous_loss_db,
    anomalous_time_pct,
    combined_loss_db,
    diffraction_surface,
    effective_earth_radius_km,
    focusing_db,
    free_space_loss_db,
    time_interpolation,
    troposcatter_loss_db,
)
from .p1812_diffraction import (
    WAVELENGTH_GHZ_M,
    bullington_loss_db,
    delta_bullington_db,
    smooth_bullington_db,
    spherical_loss_db,
    transhorizon_nu,
)

#: Nothing is computed nearer to the antenna than this: a receiver on the site itself has the loss of this distance.
NEAREST_KM = 0.01

#: Fewest steps of a profile.
LEAST_STEPS = 4

EARTH_KM_PER_DEG = math.pi / 180.0 * 6371.0088

#: Loops may be reordered; the ones that take a maximum may also take it that no height is missing (it is looked at before).
_REDUCE = {"reassoc", "nsz", "contract", "arcp"}
_MAXIMUM = _REDUCE | {"nnan", "ninf"}


@njit(cache=True, nogil=True, forceinline=True)
def ground_distance_km(lat_a_deg, lon_a_deg, lat_b_deg, lon_b_deg):
    """Great-circle distance [km] (haversine)."""
    lat_a, lat_b = math.radians(lat_a_deg), math.radians(lat_b_deg)
    half = math.sin(0.5 * (lat_b - lat_a)) ** 2
    half += math.cos(lat_a) * math.cos(lat_b) * math.sin(0.5 * math.radians(lon_b_deg - lon_a_deg)) ** 2
    return 2.0 * 6371.0088 * math.asin(math.sqrt(half))


@njit(cache=True, nogil=True, forceinline=True)
def height_at(dem_m, row, col):
    """Terrain height [m] at a fractional position of the raster, bilinear; NaN outside."""
    rows, cols = dem_m.shape
    if not (0.0 <= row <= rows - 1 and 0.0 <= col <= cols - 1):
        return np.nan
    i, j = np.uintp(min(int(row), rows - 2)), np.uintp(min(int(col), cols - 2))
    below, beside = i + np.uintp(1), j + np.uintp(1)
    down, right = row - i, col - j
    upper = dem_m[i, j] + (dem_m[i, beside] - dem_m[i, j]) * right
    lower = dem_m[below, j] + (dem_m[below, beside] - dem_m[below, j]) * right
    return upper + (lower - upper) * down


@njit(cache=True, nogil=True, fastmath=_REDUCE, error_model="numpy")
def _sample(dem_m, row0, col0, row1, col1, steps, ramp, out_m):
    """Heights of ``steps + 1`` equally spaced points of a straight line, bilinear; both ends before the last row and column."""
    down_step, right_step = (row1 - row0) / steps, (col1 - col0) / steps
    for k in range(steps + 1):
        row, col = row0 + ramp[k] * down_step, col0 + ramp[k] * right_step
        i, j = np.uintp(int(row)), np.uintp(int(col))  # unsigned: numba need not look for negative indices
        down, right = row - i, col - j
        below, beside = i + np.uintp(1), j + np.uintp(1)
        upper = dem_m[i, j] + (dem_m[i, beside] - dem_m[i, j]) * right
        lower = dem_m[below, j] + (dem_m[below, beside] - dem_m[below, j]) * right
        out_m[k] = upper + (lower - upper) * down


@njit(cache=True, nogil=True, fastmath=_REDUCE, error_model="numpy")
def _add_clutter(clutter_m, row0, col0, row1, col1, steps, bare_m, out_m):
    """Terrain plus the clutter of the nearest raster cell, none at the two ends (section 3.2)."""
    down_step, right_step = (row1 - row0) / steps, (col1 - col0) / steps
    out_m[0], out_m[steps] = bare_m[0], bare_m[steps]
    for k in range(1, steps):
        i, j = int(row0 + k * down_step + 0.5), int(col0 + k * right_step + 0.5)
        out_m[k] = bare_m[k] + clutter_m[i, j]


@njit(cache=True, nogil=True)
def _sections_along(zone, row0, col0, row1, col1, steps, step_km):
    """The zones along a straight line of the raster (sections 3.3, 3.6)."""
    sea_km = land_km = inland_km = land_run_km = inland_run_km = 0.0
    for k in range(steps + 1):
        kind = zone[int(row0 + (row1 - row0) * k / steps + 0.5), int(col0 + (col1 - col0) * k / steps + 0.5)]
        reach_km = 0.5 * step_km if k == 0 or k == steps else step_km
        if kind == SEA:
            sea_km += reach_km
            land_run_km = 0.0
        else:
            land_run_km += reach_km
            land_km = max(land_km, land_run_km)
        inland_run_km = inland_run_km + reach_km if kind == INLAND else 0.0
        inland_km = max(inland_km, inland_run_km)
    return Sections(land_km, inland_km, sea_km / (steps * step_km))


@njit(cache=True, nogil=True, fastmath=_MAXIMUM, error_model="numpy")
def _steepest(ground_m, steps, step_km, tx_m, bulge, inverse, ramp):
    """Steepest slopes [m/km] from the transmitter, over the curved earth and straight; ``inverse[i]`` is 1/i."""
    curved = straight = -1e30
    curve = bulge * step_km * step_km
    level = curve * steps
    for k in range(1, steps):
        slope = (ground_m[k] - tx_m) * inverse[k]
        straight = slope if slope > straight else straight
        slope += level - curve * ramp[k]
        curved = slope if slope > curved else curved
    return curved / step_km, straight / step_km


@njit(cache=True, nogil=True, fastmath=_MAXIMUM, error_model="numpy")
def _steepest_back(ground_m, steps, step_km, rx_m, bulge, inverse, ramp):
    """Steepest slopes [m/km] from the receiver, over the curved earth and straight."""
    curved = straight = -1e30
    curve = bulge * step_km * step_km
    for k in range(1, steps):
        slope = (ground_m[k] - rx_m) * inverse[steps - k]
        straight = slope if slope > straight else straight
        slope += curve * ramp[k]
        curved = slope if slope > curved else curved
    return curved / step_km, straight / step_km


@njit(cache=True, nogil=True, fastmath=_MAXIMUM, error_model="numpy")
def _largest_nu(ground_m, steps, step_km, tx_m, rx_m, bulge, frequency_ghz, root, ramp):
    """Largest diffraction parameter of a line-of-sight path; ``root[i]`` is i to the power −1/2."""
    best = -1e30
    curve = bulge * step_km * step_km
    slope_m = curve * steps - (rx_m - tx_m) / steps
    for k in range(1, steps):
        nu = (ground_m[k] - tx_m + ramp[k] * (slope_m - curve * ramp[k])) * (root[k] * root[steps - k])
        best = nu if nu > best else best
    return best * math.sqrt(0.002 * steps * frequency_ghz / (WAVELENGTH_GHZ_M * step_km))


@njit(cache=True, nogil=True, fastmath=_REDUCE, error_model="numpy")
def _smooth_sums(height_m, steps, ramp):
    """Sums v1/d and v2/d² [m] of eqs 85 and 86 for equal spacing."""
    total = moment = 0.0
    for k in range(1, steps):
        total += height_m[k]
        moment += height_m[k] * ramp[k]
    v1 = 2.0 * total + height_m[0] + height_m[steps]
    v2 = 6.0 * moment + height_m[0] + height_m[steps] * (3.0 * steps - 1.0)
    return v1 / steps, v2 / (steps * steps)


@njit(cache=True, nogil=True, fastmath=_MAXIMUM, error_model="numpy")
def _highest_above(height_m, first, last, base_m, slope_m, ramp):
    """Highest of the points ``first`` to ``last`` above the line that starts at ``base_m`` and rises ``slope_m`` a step."""
    best = -1e30
    for k in range(first, last + 1):
        above_m = height_m[k] - base_m - ramp[k] * slope_m
        best = above_m if above_m > best else best
    return best


@njit(cache=True, nogil=True)
def _actual_db(ground_m, path, radius_km, frequency_ghz, numbers):
    """Bullington loss [dB] of the sampled profile."""
    steps, step_km, tx_m, rx_m = path.steps, path.step_km, path.tx_m, path.rx_m
    inverse, root, ramp = numbers.inverse, numbers.root, numbers.ramp
    path_km = steps * step_km
    bulge = 500.0 / radius_km
    tx_slope = _steepest(ground_m, steps, step_km, tx_m, bulge, inverse, ramp)[0]
    if tx_slope < (rx_m - tx_m) / path_km:
        nu = _largest_nu(ground_m, steps, step_km, tx_m, rx_m, bulge, frequency_ghz, root, ramp)
    else:
        rx_slope = _steepest_back(ground_m, steps, step_km, rx_m, bulge, inverse, ramp)[0]
        nu = transhorizon_nu(tx_slope, rx_slope, tx_m, rx_m, path_km, frequency_ghz)
    return bullington_loss_db(nu, path_km)


@njit(cache=True, nogil=True)
def _whole_db(actual_db, path_km, over_tx_m, over_rx_m, radius_km, frequency_ghz, sea_share, horizontal):
    """Delta-Bullington loss [dB] from the Bullington loss of the profile and the antenna heights over the smooth earth."""
    spherical_db = spherical_loss_db(path_km, over_tx_m, over_rx_m, radius_km, frequency_ghz, sea_share, horizontal)
    if spherical_db <= 0.0:  # the Bullington loss of the smooth path is never negative: nothing to add
        return actual_db
    smooth_db = smooth_bullington_db(path_km, over_tx_m, over_rx_m, radius_km, frequency_ghz)
    return delta_bullington_db(actual_db, smooth_db, spherical_db)


class Numbers(NamedTuple):
    """Functions of the whole numbers from 0, looked up in the loops over a profile: f64 each."""

    inverse: np.ndarray  # 1/i, 1 for 0
    root: np.ndarray  # i to the power −1/2
    ramp: np.ndarray  # i


class Steps(NamedTuple):
    """An equally spaced profile between two antennas, the heights aside."""

    steps: int
    step_km: float
    tx_m: float  # antennas above sea level
    rx_m: float
    tx_coast_km: float  # distance over land to the coast
    rx_coast_km: float
    centre_lat_deg: float
    bare: bool  # whether there is no clutter


@njit(cache=True, nogil=True)
def exact_rows(first_row, past_row, out_db, receivers, terrain, transmitter, radio):
    """Basic transmission loss [dB] to the cells of rows ``first_row`` to ``past_row``, into ``out_db`` (f32 2-D)."""
    dem_m, clutter_m, zone = terrain.dem_m, terrain.clutter_m, terrain.zone
    cell_lat_deg, cell_lon_deg = receivers.lat_deg, receivers.lon_deg
    max_km, step_km = receivers.max_km, receivers.step_km
    radius_km = effective_earth_radius_km(radio.delta_n)
    most = math.ceil(max_km / step_km) + LEAST_STEPS + 2
    height_m = np.empty(most + 1)
    ground_m = height_m if clutter_m.size == 0 else np.empty(most + 1)
    inverse = np.ones(most + 1)
    for k in range(1, most + 1):
        inverse[k] = 1.0 / k
    ramp = np.arange(most + 1) * 1.0
    numbers = Numbers(inverse, np.sqrt(inverse), ramp)
    tx_row = (terrain.north_deg - transmitter.lat_deg) / terrain.lat_step_deg
    tx_col = (transmitter.lon_deg - terrain.west_deg) / terrain.lon_step_deg
    last_row, last_col = dem_m.shape[0] - 1, dem_m.shape[1] - 1
    if not (0.0 <= tx_row <= last_row and 0.0 <= tx_col <= last_col):
        return
    tx_row, tx_col = min(tx_row, last_row - 1e-9), min(tx_col, last_col - 1e-9)
    wanted = receivers.wanted
    for r in range(first_row, past_row):
        for c in range(cell_lon_deg.size):
            if wanted.size and not wanted[r, c]:
                continue
            path_km = ground_distance_km(transmitter.lat_deg, transmitter.lon_deg, cell_lat_deg[r], cell_lon_deg[c])
            row = (terrain.north_deg - cell_lat_deg[r]) / terrain.lat_step_deg
            col = (cell_lon_deg[c] - terrain.west_deg) / terrain.lon_step_deg
            if path_km > max_km or not (0.0 <= row <= last_row and 0.0 <= col <= last_col):
                continue
            row, col = min(row, last_row - 1e-9), min(col, last_col - 1e-9)
            path_km = max(path_km, NEAREST_KM)
            steps = max(LEAST_STEPS, math.ceil(path_km / step_km))
            along_km = path_km / steps
            _sample(dem_m, tx_row, tx_col, row, col, steps, ramp, height_m)
            if clutter_m.size:
                _add_clutter(clutter_m, tx_row, tx_col, row, col, steps, height_m, ground_m)
            sections = Sections(path_km, path_km, 0.0)
            tx_coast_km = rx_coast_km = FAR_FROM_COAST_KM
            if zone.size:
                sections = _sections_along(zone, tx_row, tx_col, row, col, steps, along_km)
                tx_coast_km = 0.0 if zone[int(tx_row + 0.5), int(tx_col + 0.5)] == SEA else FAR_FROM_COAST_KM
                rx_coast_km = 0.0 if zone[int(row + 0.5), int(col + 0.5)] == SEA else FAR_FROM_COAST_KM
            path = Steps(
                steps,
                along_km,
                height_m[0] + transmitter.height_m,
                height_m[steps] + receivers.height_m,
                tx_coast_km,
                rx_coast_km,
                0.5 * (transmitter.lat_deg + cell_lat_deg[r]),
                clutter_m.size == 0,
            )
            out_db[r, c] = _path_db(height_m, ground_m, path, sections, radius_km, radio, numbers)


@njit(cache=True, nogil=True)
def _path_db(height_m, ground_m, path, sections, radius_km, radio, numbers):
    """Loss [dB] of one equally spaced profile: `p1812.path_loss_db` at half of the places, by vector reductions."""
    frequency_ghz, time_pct, horizontal = radio.frequency_ghz, radio.time_pct, radio.horizontal
    steps, step_km, tx_m, rx_m, sea_share = path.steps, path.step_km, path.tx_m, path.rx_m, sections.sea_share
    inverse, root, ramp = numbers.inverse, numbers.root, numbers.ramp
    path_km = steps * step_km
    bulge = 500.0 / radius_km
    beta0_pct = anomalous_time_pct(path.centre_lat_deg, sections.land_km, sections.inland_km)
    v1, v2 = _smooth_sums(height_m, steps, ramp)
    if v1 != v1:  # a height is missing
        return np.nan
    smooth_tx_m, smooth_rx_m = 2.0 * v1 - v2, v2 - v1

    direct = (rx_m - tx_m) / path_km
    tx_slope, tx_straight = _steepest(height_m, steps, step_km, tx_m, bulge, inverse, ramp)
    hidden = tx_slope > direct
    rx_slope = -direct
    highest_m = tx_tangent = rx_tangent = -1.0
    first = last = 1
    if hidden:
        rx_slope, rx_straight = _steepest_back(height_m, steps, step_km, rx_m, bulge, inverse, ramp)
        if tx_straight > direct:  # something stands above the straight line of the antennas
            highest_m = _highest_above(height_m, 1, steps - 1, tx_m, (rx_m - tx_m) / steps, ramp)
            tx_tangent, rx_tangent = tx_straight - direct, rx_straight + direct
        curve = bulge * step_km**2
        least = tx_slope * step_km - 1e-9
        while (height_m[first] - tx_m) * inverse[first] + curve * (steps - first) < least:
            first += 1
        least = rx_slope * step_km - 1e-9
        last = steps - 1
        while (height_m[last] - rx_m) * inverse[steps - last] + curve * last < least:
            last -= 1
        nu = transhorizon_nu(tx_slope, rx_slope, tx_m, rx_m, path_km, frequency_ghz)
    else:
        nu = _largest_nu(height_m, steps, step_km, tx_m, rx_m, bulge, frequency_ghz, root, ramp)
        scale = math.sqrt(0.002 * steps * frequency_ghz / (WAVELENGTH_GHZ_M * step_km))
        curve = bulge * step_km**2
        slope_m = curve * steps - (rx_m - tx_m) / steps
        last = steps - 1
        least = nu / scale - 1e-9
        while (height_m[last] - tx_m + ramp[last] * (slope_m - curve * ramp[last])) * (
            root[last] * root[steps - last]
        ) < least:
            last -= 1
        first = last
    tx_surface_m, rx_surface_m = diffraction_surface(
        smooth_tx_m, smooth_rx_m, highest_m, tx_tangent, rx_tangent, height_m[0], height_m[steps]
    )
    fall = bulge * path_km
    tx_angle_mrad = 1000.0 * math.atan(0.001 * ((tx_slope if hidden else direct) - fall))
    rx_angle_mrad = 1000.0 * math.atan(0.001 * (rx_slope - fall))
    angle_mrad = 1000.0 * path_km / radius_km + tx_angle_mrad + rx_angle_mrad
    tx_horizon_km, rx_horizon_km = first * step_km, (steps - last) * step_km

    base_tx_m, base_rx_m = min(smooth_tx_m, height_m[0]), min(smooth_rx_m, height_m[steps])
    roughness_m = _highest_above(height_m, first, last, base_tx_m, (base_rx_m - base_tx_m) / steps, ramp)

    free_space_db = free_space_loss_db(path_km, tx_m, rx_m, frequency_ghz)
    horizons_km = tx_horizon_km + rx_horizon_km
    sight_db = free_space_db + focusing_db(horizons_km, time_pct)
    over_tx_m, over_rx_m = tx_m - tx_surface_m, rx_m - rx_surface_m
    actual_db = bullington_loss_db(nu, path_km)
    if not path.bare:
        actual_db = _actual_db(ground_m, path, radius_km, frequency_ghz, numbers)
    median_db = _whole_db(actual_db, path_km, over_tx_m, over_rx_m, radius_km, frequency_ghz, sea_share, horizontal)
    diffraction_db = median_db
    if time_pct < 50.0:
        radius_beta_km = BETA_EARTH_RADIUS_KM
        actual_db = _actual_db(ground_m, path, radius_beta_km, frequency_ghz, numbers)
        beta_db = _whole_db(
            actual_db, path_km, over_tx_m, over_rx_m, radius_beta_km, frequency_ghz, sea_share, horizontal
        )
        diffraction_db += time_interpolation(time_pct, beta0_pct) * (beta_db - median_db)
    anomalous_db = anomalous_loss_db(
        path_km,
        End(tx_m, tx_m - base_tx_m, tx_horizon_km, tx_angle_mrad, path.tx_coast_km),
        End(rx_m, rx_m - base_rx_m, rx_horizon_km, rx_angle_mrad, path.rx_coast_km),
        roughness_m,
        sections,
        radius_km,
        radio,
        beta0_pct,
    )
    losses = Losses(
        free_space_db,
        sight_db,
        free_space_db + focusing_db(horizons_km, beta0_pct),
        median_db,
        diffraction_db,
        anomalous_db,
        troposcatter_loss_db(path_km, angle_mrad, frequency_ghz, time_pct, radio.n0),
    )
    loss_db = combined_loss_db(losses, path_km, angle_mrad, sea_share, time_pct, beta0_pct)
    return max(sight_db, loss_db)
