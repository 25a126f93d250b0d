"""Recommendation ITU-R P.1812 on one profile: the basic transmission loss between two antennas, point to point.

Complete for outdoor receivers: free space and line of sight (4.2), delta-Bullington diffraction for the median and for
β0 (4.3), troposcatter (4.4), ducting and layer reflection (4.5), their combination for 1 to 50 % of the time (4.6),
clutter along the path (3.2) and around the terminals (a terminal stands in the open; the clutter beside it is an obstacle
of the profile), location variability (4.8, 4.10), both polarisations, 30 MHz to 6 GHz, 0.25 to 3000 km. Building entry
loss is left out. Section and equation numbers are those of P.1812-7; P.1812-8 gives the same loss.

The refractivity gradient ΔN and the sea-level refractivity N0 are arguments, as the maps of ITU-R P.452/P.1812 may not be
passed on. Typical medians: 40 and 320 in temperate and dry continental climates, 45 and 325 in uplands of the tropics, 55 and
350 in humid tropics, 70 and 370 on equatorial coasts.
"""

import math
from typing import NamedTuple

import numpy as np

from ewcm_kernels.compiled import njit

from .p1812_diffraction import (
    WAVELENGTH_GHZ_M,
    bullington_profile_db,
    delta_bullington_db,
    spherical_loss_db,
)

#: Radio-climatic zones (Table 2).
SEA, COASTAL, INLAND = 1, 3, 4

#: Mean radius of the earth as the Recommendation takes it [km].
EARTH_RADIUS_KM = 6371.0

#: Effective earth radius exceeded for β0 per cent of the time [km] (eq. 7b).
BETA_EARTH_RADIUS_KM = 3.0 * EARTH_RADIUS_KM

#: Distance over land to the coast [km] where the coast plays no part.
FAR_FROM_COAST_KM = 500.0


class Sections(NamedTuple):
    """The zones along a path (sections 3.3, 3.6)."""

    land_km: float  # longest continuous section of inland and coastal land
    inland_km: float  # longest inland section
    sea_share: float  # share of the path over sea


class End(NamedTuple):
    """One antenna as the ducting model sees it (section 4.5)."""

    antenna_m: float  # above sea level
    effective_m: float  # above the smooth surface of the ducting model
    horizon_km: float
    angle_mrad: float  # elevation of the horizon
    coast_km: float  # distance over land to the coast


class Losses(NamedTuple):
    """What section 4.6 combines [dB]."""

    free_space_db: float
    sight_db: float  # line of sight at the time percentage asked for (eq. 10)
    sight_beta_db: float  # and at β0 (eq. 11)
    median_diffraction_db: float  # Ld50
    diffraction_db: float  # Ldp
    anomalous_db: float
    troposcatter_db: float


@njit(cache=True, nogil=True)
def effective_earth_radius_km(delta_n):
    """Median effective earth radius [km] for a lapse rate ``delta_n`` [N-units/km] (eqs 6, 7a)."""
    return EARTH_RADIUS_KM * 157.0 / (157.0 - delta_n)


@njit(cache=True, nogil=True)
def inverse_normal(share):
    """Inverse complementary cumulative normal distribution I(x), by the rational form of Attachment 2 to Annex 1."""
    x = min(0.999999, max(0.000001, share))
    tail = min(x, 1.0 - x)
    t = math.sqrt(-2.0 * math.log(tail))
    top = (0.010328 * t + 0.802853) * t + 2.515516698
    bottom = ((0.001308 * t + 0.189269) * t + 1.432788) * t + 1.0
    value = t - top / bottom
    return value if x <= 0.5 else -value


@njit(cache=True, nogil=True)
def inland_factor(inland_km):
    """τ: how much the longest inland section damps ducting (eq. 3)."""
    return 1.0 - math.exp(-4.12e-4 * inland_km**2.41)


@njit(cache=True, nogil=True)
def anomalous_time_pct(centre_lat_deg, land_km, inland_km):
    """β0 [%]: share of the time with a refractivity gradient above 100 N-units/km near the ground (section 3.6).

    ``land_km``: longest continuous land section (inland and coastal), ``inland_km``: longest inland section.
    """
    latitude = abs(centre_lat_deg)
    tau = inland_factor(inland_km)
    mu1 = min(1.0, (10.0 ** (-land_km / (16.0 - 6.6 * tau)) + 10.0 ** (-5.0 * (0.496 + 0.354 * tau))) ** 0.2)  # eq. 2
    if latitude <= 70.0:
        return 10.0 ** (-0.015 * latitude + 1.67) * mu1 * mu1 ** (-0.935 + 0.0176 * latitude)  # eqs 4, 5
    return 4.17 * mu1 * mu1**0.3


@njit(cache=True, nogil=True)
def free_space_loss_db(path_km, tx_m, rx_m, frequency_ghz):
    """Free-space basic transmission loss [dB] (eqs 8, 8a); ``tx_m``, ``rx_m``: antennas above sea level."""
    return 92.4 + 20.0 * math.log10(frequency_ghz) + 10.0 * math.log10(path_km**2 + ((tx_m - rx_m) / 1000.0) ** 2)


@njit(cache=True, nogil=True)
def focusing_db(horizons_km, time_pct):
    """Multipath and focusing correction [dB] (eqs 9a, 9b); ``horizons_km``: sum of both horizon distances."""
    return 2.6 * (1.0 - math.exp(-0.1 * horizons_km)) * math.log10(time_pct / 50.0)


@njit(cache=True, nogil=True)
def troposcatter_loss_db(path_km, angle_mrad, frequency_ghz, time_pct, n0):
    """Troposcatter loss [dB] not exceeded for ``time_pct`` of the time (section 4.4, eqs 44, 45)."""
    log_f = math.log10(frequency_ghz)
    frequency_db = 25.0 * log_f - 2.5 * (log_f - math.log10(2.0)) ** 2
    time_db = 10.125 * math.log10(50.0 / time_pct) ** 0.7 if time_pct < 50.0 else 0.0
    return 190.1 + frequency_db + 20.0 * math.log10(path_km) + 0.573 * angle_mrad - 0.15 * n0 - time_db


@njit(cache=True, nogil=True)
def _site_shielding_db(angle_mrad, horizon_km, frequency_ghz):
    """Site-shielding loss [dB] of one terminal for ducting (eqs 48, 48a)."""
    excess_mrad = angle_mrad - 0.1 * horizon_km
    if excess_mrad <= 0.0:
        return 0.0
    return 20.0 * math.log10(
        1.0 + 0.361 * excess_mrad * math.sqrt(frequency_ghz * horizon_km)
    ) + 0.264 * excess_mrad * frequency_ghz ** (1.0 / 3.0)


@njit(cache=True, nogil=True)
def sea_duct_db(coast_km, horizon_km, antenna_m, sea_share):
    """Over-sea duct coupling correction [dB] of one terminal (eqs 49, 49a)."""
    if coast_km <= 5.0 and coast_km <= horizon_km and sea_share >= 0.75:
        return -3.0 * math.exp(-0.25 * coast_km**2) * (1.0 + math.tanh(0.07 * (50.0 - antenna_m)))
    return 0.0


@njit(cache=True, nogil=True)
def anomalous_loss_db(path_km, tx, rx, roughness_m, sections, earth_radius_km, radio, beta0_pct):
    """Loss [dB] during ducting and layer reflection, not exceeded for ``radio.time_pct`` (section 4.5, eqs 46 to 56).

    ``tx``, ``rx``: :class:`End`. ``sections``: :class:`Sections`. ``radio``: `link.Radio`.
    """
    frequency_ghz, time_pct, sea_share = radio.frequency_ghz, radio.time_pct, sections.sea_share
    tx_horizon_km, rx_horizon_km = tx.horizon_km, rx.horizon_km
    tx_angle_mrad, rx_angle_mrad = tx.angle_mrad, rx.angle_mrad
    low_db = 0.0
    if frequency_ghz < 0.5:
        low_db = 45.375 - 137.0 * frequency_ghz + 92.5 * frequency_ghz**2  # eq. 47a
    coupling_db = (
        102.45
        + 20.0 * math.log10(frequency_ghz)
        + 20.0 * math.log10(tx_horizon_km + rx_horizon_km)
        + low_db
        + _site_shielding_db(tx_angle_mrad, tx_horizon_km, frequency_ghz)
        + _site_shielding_db(rx_angle_mrad, rx_horizon_km, frequency_ghz)
        + sea_duct_db(tx.coast_km, tx_horizon_km, tx.antenna_m, sea_share)
        + sea_duct_db(rx.coast_km, rx_horizon_km, rx.antenna_m, sea_share)
    )  # eq. 47
    angle_mrad = (
        1000.0 * path_km / earth_radius_km
        + min(tx_angle_mrad, 0.1 * tx_horizon_km)
        + min(rx_angle_mrad, 0.1 * rx_horizon_km)
    )  # eqs 52, 52a
    mu3 = 1.0
    if roughness_m > 10.0:
        between_km = min(path_km - tx_horizon_km - rx_horizon_km, 40.0)
        mu3 = math.exp(-4.6e-5 * (roughness_m - 10.0) * (43.0 + 6.0 * between_km))  # eqs 56, 56a
    alpha = max(-3.4, -0.6 - 3.5e-9 * path_km**3.1 * inland_factor(sections.inland_km))  # eq. 55a
    heights = math.sqrt(tx.effective_m) + math.sqrt(rx.effective_m)
    mu2 = min(1.0, (500.0 / earth_radius_km * (path_km / heights) ** 2) ** alpha)  # eq. 55
    beta_pct = beta0_pct * mu2 * mu3  # eq. 54
    log_beta = math.log10(beta_pct)
    gamma = (
        1.076
        / (2.0058 - log_beta) ** 1.012
        * math.exp(-(9.51 - 4.8 * log_beta + 0.198 * log_beta**2) * 1e-6 * path_km**1.13)
    )  # eq. 53a
    ratio = time_pct / beta_pct
    time_db = -12.0 + (1.2 + 3.7e-3 * path_km) * math.log10(ratio) + 12.0 * ratio**gamma  # eq. 53
    per_mrad_db = 5e-5 * earth_radius_km * frequency_ghz ** (1.0 / 3.0)  # eq. 51
    return coupling_db + per_mrad_db * angle_mrad + time_db  # eqs 46, 50


@njit(cache=True, nogil=True)
def time_interpolation(time_pct, beta0_pct):
    """Fi: 1 at β0 (and below it), 0 at 50 % of the time (eqs 40, 40a)."""
    if time_pct > beta0_pct:
        return inverse_normal(time_pct / 100.0) / inverse_normal(beta0_pct / 100.0)
    return 1.0


@njit(cache=True, nogil=True)
def combined_loss_db(losses, path_km, angle_mrad, sea_share, time_pct, beta0_pct):
    """Loss [dB] not exceeded for ``time_pct`` of the time and half of the places (section 4.6, eqs 57 to 63).

    ``losses``: :class:`Losses`. ``angle_mrad``: angular distance of the path.
    """
    sight_db, diffraction_db, anomalous_db = losses.sight_db, losses.diffraction_db, losses.anomalous_db
    angle_weight = 1.0 - 0.5 * (1.0 + math.tanh(3.0 * 0.8 * (angle_mrad - 0.3) / 0.3))  # Fj, eq. 57
    distance_weight = 1.0 - 0.5 * (1.0 + math.tanh(3.0 * 0.5 * (path_km - 20.0) / 20.0))  # Fk, eq. 58
    median_db = losses.free_space_db + losses.median_diffraction_db  # eq. 42
    diffracted_db = sight_db + diffraction_db  # eq. 43
    if time_pct < beta0_pct:  # eq. 59
        least_db = sight_db + (1.0 - sea_share) * diffraction_db
    else:
        fi = time_interpolation(time_pct, beta0_pct)
        least_db = median_db + (losses.sight_beta_db + (1.0 - sea_share) * diffraction_db - median_db) * fi
    # eq. 60, written so that neither exponential can overflow
    larger_db = max(anomalous_db, sight_db)
    enhanced_db = larger_db + 2.5 * math.log1p(math.exp(-abs(anomalous_db - sight_db) / 2.5))
    ducted_db = diffracted_db  # eq. 61
    if enhanced_db <= diffracted_db:
        ducted_db = enhanced_db + (diffracted_db - enhanced_db) * distance_weight
    modified_db = ducted_db + (least_db - ducted_db) * angle_weight  # eq. 62
    smaller_db = min(losses.troposcatter_db, modified_db)
    return smaller_db - 5.0 * math.log10(1.0 + 10.0 ** (-0.2 * abs(losses.troposcatter_db - modified_db)))  # eq. 63


@njit(cache=True, nogil=True)
def location_deviation_db(frequency_ghz, resolution_m, rx_height_m, clutter_m):
    """Standard deviation [dB] of the local mean over squares of ``resolution_m`` (sections 4.8 and 4.10, eqs 64 to 66).

    Full for a receiver below the clutter that surrounds it, fading to nothing 10 m above it.
    """
    share = min(1.0, max(0.0, 1.0 - (rx_height_m - clutter_m) / 10.0))
    return (0.52 + 0.024 * frequency_ghz) * resolution_m**0.28 * share


@njit(cache=True, nogil=True)
def _sections(distance_km, zone):
    """The zones along a profile (sections 3.3 and 3.6, eq. 1).

    A point's zone reaches half way to its neighbours.
    """
    count = distance_km.size
    sea_km = 0.0
    land_km = inland_km = 0.0
    land_run_km = inland_run_km = 0.0
    for i in range(count):
        before = distance_km[max(i - 1, 0)]
        after = distance_km[min(i + 1, count - 1)]
        reach_km = 0.5 * (after - before)
        if zone[i] == SEA:
            sea_km += reach_km
            land_run_km = 0.0
        else:
            land_run_km += reach_km
            land_km = max(land_km, land_run_km)
        inland_run_km = inland_run_km + reach_km if zone[i] == INLAND else 0.0
        inland_km = max(inland_km, inland_run_km)
    return Sections(land_km, inland_km, sea_km / distance_km[count - 1])


@njit(cache=True, nogil=True)
def _smooth_earth(distance_km, height_m):
    """Heights [m] of the least-squares smooth earth at both ends (Attachment 1, 5.6.1, eqs 85 to 88)."""
    count = distance_km.size
    path_km = distance_km[count - 1]
    v1 = v2 = 0.0
    for i in range(1, count):
        a_km, b_km = distance_km[i - 1], distance_km[i]
        v1 += (b_km - a_km) * (height_m[i] + height_m[i - 1])
        v2 += (b_km - a_km) * (height_m[i] * (2.0 * b_km + a_km) + height_m[i - 1] * (b_km + 2.0 * a_km))
    return (2.0 * v1 * path_km - v2) / path_km**2, (v2 - v1 * path_km) / path_km**2


@njit(cache=True, nogil=True)
def diffraction_surface(smooth_tx_m, smooth_rx_m, highest_m, tx_tangent, rx_tangent, tx_ground_m, rx_ground_m):
    """Heights [m] of the smooth surface of the diffraction model at both ends (Attachment 1, 5.6.2, eqs 89 to 91).

    ``highest_m``: highest obstruction above the straight line between the antennas. ``tx_tangent``, ``rx_tangent``:
    obstruction angles from both ends [m/km].
    """
    if highest_m > 0.0:
        total = tx_tangent + rx_tangent
        smooth_tx_m -= highest_m * tx_tangent / total
        smooth_rx_m -= highest_m * rx_tangent / total
    return min(smooth_tx_m, tx_ground_m), min(smooth_rx_m, rx_ground_m)


@njit(cache=True, nogil=True)
def _obstruction(distance_km, height_m, tx_m, rx_m):
    """Highest obstruction [m] above the line of the antennas, and the obstruction angles [m/km] (eqs 89a to 89d)."""
    count = distance_km.size
    path_km = distance_km[count - 1]
    highest_m = tx_tangent = rx_tangent = -np.inf
    for i in range(1, count - 1):
        along_km = distance_km[i]
        rest_km = path_km - along_km
        above_m = height_m[i] - (tx_m * rest_km + rx_m * along_km) / path_km
        highest_m = max(highest_m, above_m)
        tx_tangent = max(tx_tangent, above_m / along_km)
        rx_tangent = max(rx_tangent, above_m / rest_km)
    return highest_m, tx_tangent, rx_tangent


@njit(cache=True, nogil=True)
def _horizons(distance_km, height_m, tx_m, rx_m, earth_radius_km, frequency_ghz):
    """Horizon points (indices) and elevation angles [mrad] of both antennas (Attachment 1, 5.1 to 5.4, eqs 76 to 83).

    On a line-of-sight path both horizons are the point of the largest diffraction parameter.
    """
    count = distance_km.size
    last = count - 1
    path_km = distance_km[last]
    fall = 0.5 / earth_radius_km
    tx_horizon = 1
    steepest = -np.inf
    for i in range(1, last):
        slope = (height_m[i] - tx_m) / (1000.0 * distance_km[i]) - distance_km[i] * fall
        if slope > steepest:
            steepest, tx_horizon = slope, i
    direct = (rx_m - tx_m) / (1000.0 * path_km) - path_km * fall
    if steepest > direct:
        tx_angle_mrad = 1000.0 * math.atan(steepest)
        rx_horizon = 1
        steepest = -np.inf
        for i in range(1, last):
            rest_km = path_km - distance_km[i]
            slope = (height_m[i] - rx_m) / (1000.0 * rest_km) - rest_km * fall
            if slope >= steepest:
                steepest, rx_horizon = slope, i
        return tx_horizon, rx_horizon, tx_angle_mrad, 1000.0 * math.atan(steepest)
    wavelength_m = WAVELENGTH_GHZ_M / frequency_ghz
    largest = -np.inf
    for i in range(1, last):
        along_km = distance_km[i]
        rest_km = path_km - along_km
        above_m = (
            height_m[i] + 500.0 / earth_radius_km * along_km * rest_km - (tx_m * rest_km + rx_m * along_km) / path_km
        )
        nu = above_m * math.sqrt(0.002 * path_km / (wavelength_m * along_km * rest_km))
        if nu >= largest:
            largest, tx_horizon = nu, i
    back = (tx_m - rx_m) / (1000.0 * path_km) - path_km * fall
    return tx_horizon, tx_horizon, 1000.0 * math.atan(direct), 1000.0 * math.atan(back)


@njit(cache=True, nogil=True)
def _diffraction_db(distance_km, ground_m, antennas_m, surface_m, radius_km, sea_share, radio):
    """Delta-Bullington loss [dB] of a profile for one effective earth radius (section 4.3.4, eqs 37 to 39).

    ``antennas_m``, ``surface_m``: heights of both antennas and of the smooth surface under them, above sea level.
    """
    frequency_ghz = radio.frequency_ghz
    tx_m, rx_m = antennas_m
    over_tx_m, over_rx_m = tx_m - surface_m[0], rx_m - surface_m[1]
    path_km = distance_km[distance_km.size - 1]
    flat_m = np.zeros(distance_km.size)
    return delta_bullington_db(
        bullington_profile_db(distance_km, ground_m, tx_m, rx_m, radius_km, frequency_ghz),
        bullington_profile_db(distance_km, flat_m, over_tx_m, over_rx_m, radius_km, frequency_ghz),
        spherical_loss_db(path_km, over_tx_m, over_rx_m, radius_km, frequency_ghz, sea_share, radio.horizontal),
    )


@njit(cache=True, nogil=True)
def path_loss_db(profile, tx_height_m, rx_height_m, radio, centre_lat_deg, location_pct=50.0, location_sigma_db=0.0):
    """Basic transmission loss [dB] not exceeded for ``radio.time_pct`` of the time and ``location_pct`` of the places.

    ``profile``: `link.Profile`. ``tx_height_m``, ``rx_height_m``: antennas above ground. ``radio``: `link.Radio`.
    ``centre_lat_deg``: latitude of the middle of the path. ``location_sigma_db``: see `location_deviation_db`; not applied
    to a receiver at sea (section 4.8).
    """
    distance_km, height_m, zone = profile.distance_km, profile.height_m, profile.zone
    frequency_ghz, time_pct = radio.frequency_ghz, radio.time_pct
    count = distance_km.size
    last = count - 1
    path_km = distance_km[last]
    tx_m = height_m[0] + tx_height_m
    rx_m = height_m[last] + rx_height_m
    ground_m = height_m + profile.clutter_m  # section 3.2: clutter is added to the path, not under the terminals
    ground_m[0], ground_m[last] = height_m[0], height_m[last]
    sections = _sections(distance_km, zone)
    sea_share = sections.sea_share
    beta0_pct = anomalous_time_pct(centre_lat_deg, sections.land_km, sections.inland_km)
    radius_km = effective_earth_radius_km(radio.delta_n)

    smooth_tx_m, smooth_rx_m = _smooth_earth(distance_km, height_m)
    highest_m, tx_tangent, rx_tangent = _obstruction(distance_km, height_m, tx_m, rx_m)
    tx_surface_m, rx_surface_m = diffraction_surface(
        smooth_tx_m, smooth_rx_m, highest_m, tx_tangent, rx_tangent, height_m[0], height_m[last]
    )
    tx_horizon, rx_horizon, tx_angle_mrad, rx_angle_mrad = _horizons(
        distance_km, height_m, tx_m, rx_m, radius_km, frequency_ghz
    )
    angle_mrad = 1000.0 * path_km / radius_km + tx_angle_mrad + rx_angle_mrad  # eq. 84
    tx_horizon_km = distance_km[tx_horizon]
    rx_horizon_km = path_km - distance_km[rx_horizon]

    # Attachment 1, 5.6.3, eqs 92 to 95: the surface and the roughness of the ducting model
    base_tx_m = min(smooth_tx_m, height_m[0])
    base_rx_m = min(smooth_rx_m, height_m[last])
    roughness_m = -np.inf
    for i in range(tx_horizon, rx_horizon + 1):
        base_m = base_tx_m + (base_rx_m - base_tx_m) * distance_km[i] / path_km
        roughness_m = max(roughness_m, height_m[i] - base_m)

    free_space_db = free_space_loss_db(path_km, tx_m, rx_m, frequency_ghz)
    sight_db = free_space_db + focusing_db(tx_horizon_km + rx_horizon_km, time_pct)
    sight_beta_db = free_space_db + focusing_db(tx_horizon_km + rx_horizon_km, beta0_pct)

    antennas_m, surface_m = (tx_m, rx_m), (tx_surface_m, rx_surface_m)
    median_db = _diffraction_db(distance_km, ground_m, antennas_m, surface_m, radius_km, sea_share, radio)
    diffraction_db = median_db
    if time_pct < 50.0:
        beta_db = _diffraction_db(distance_km, ground_m, antennas_m, surface_m, BETA_EARTH_RADIUS_KM, sea_share, radio)
        diffraction_db += time_interpolation(time_pct, beta0_pct) * (beta_db - median_db)  # eq. 41

    tx_coast_km = 0.0 if zone[0] == SEA else FAR_FROM_COAST_KM
    rx_coast_km = 0.0 if zone[last] == SEA else FAR_FROM_COAST_KM
    anomalous_db = anomalous_loss_db(
        path_km,
        End(tx_m, tx_height_m + height_m[0] - base_tx_m, tx_horizon_km, tx_angle_mrad, tx_coast_km),
        End(rx_m, rx_height_m + height_m[last] - base_rx_m, rx_horizon_km, rx_angle_mrad, rx_coast_km),
        roughness_m,
        sections,
        radius_km,
        radio,
        beta0_pct,
    )
    scatter_db = troposcatter_loss_db(path_km, angle_mrad, frequency_ghz, time_pct, radio.n0)
    losses = Losses(free_space_db, sight_db, sight_beta_db, median_db, diffraction_db, anomalous_db, scatter_db)
    loss_db = combined_loss_db(losses, path_km, angle_mrad, sea_share, time_pct, beta0_pct)
    if zone[last] != SEA:  # section 4.8
        loss_db -= inverse_normal(location_pct / 100.0) * location_sigma_db
    return max(sight_db, loss_db)  # eq. 69
