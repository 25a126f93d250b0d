"""Diffraction loss of Recommendation ITU-R P.1812, Annex 1, section 4.3: the delta-Bullington method.

Section and equation numbers are those of P.1812-7 (P.1812-8 keeps the method). Everything is scalar float64; profiles are
1-D arrays from the transmitter (index 0) to the receiver. Heights are in metres above mean sea level, distances in
kilometres, slopes in metres per kilometre.
"""

import math

import numpy as np

from ewcm_kernels.compiled import njit

#: Speed of light as the Recommendation rounds it: wavelength [m] = 0.2998 / frequency [GHz].
WAVELENGTH_GHZ_M = 0.2998

#: Relative permittivity and conductivity [S/m] of land and of sea (section 4.3.3).
LAND_PERMITTIVITY, LAND_CONDUCTIVITY_S_M = 22.0, 0.003
SEA_PERMITTIVITY, SEA_CONDUCTIVITY_S_M = 80.0, 5.0


@njit(cache=True, nogil=True, forceinline=True)
def knife_edge_loss_db(nu):
    """Loss J(ν) [dB] of one knife edge with diffraction parameter ``nu`` (eq. 12)."""
    if nu <= -0.78:
        return 0.0
    return 6.9 + 20.0 * math.log10(math.sqrt((nu - 0.1) ** 2 + 1.0) + nu - 0.1)


@njit(cache=True, nogil=True)
def bullington_loss_db(nu, path_km):
    """Bullington loss [dB] from the diffraction parameter of the path's one equivalent edge (eq. 21)."""
    loss_db = knife_edge_loss_db(nu)
    return loss_db + (1.0 - math.exp(-loss_db / 6.0)) * (10.0 + 0.02 * path_km)


@njit(cache=True, nogil=True)
def transhorizon_nu(tx_slope, rx_slope, tx_m, rx_m, path_km, frequency_ghz):
    """Diffraction parameter of the Bullington point where the two horizon rays cross (eqs 18, 19).

    ``tx_slope`` and ``rx_slope`` are the steepest slopes [m/km] from the terminals over the curved earth (eqs 13, 17).
    """
    point_km = (rx_m - tx_m + rx_slope * path_km) / (tx_slope + rx_slope)
    rest_km = path_km - point_km
    above_m = tx_m + tx_slope * point_km - (tx_m * rest_km + rx_m * point_km) / path_km
    wavelength_m = WAVELENGTH_GHZ_M / frequency_ghz
    return above_m * math.sqrt(0.002 * path_km / (wavelength_m * point_km * rest_km))


@njit(cache=True, nogil=True)
def bullington_profile_db(distance_km, ground_m, tx_m, rx_m, earth_radius_km, frequency_ghz):
    """Bullington loss [dB] of a profile (section 4.3.1).

    ``ground_m``: terrain plus clutter, only points between the terminals are looked at. ``tx_m``, ``rx_m``: antennas.
    """
    count = distance_km.size
    path_km = distance_km[count - 1]
    bulge = 500.0 / earth_radius_km
    tx_slope = -np.inf
    for i in range(1, count - 1):
        along_km = distance_km[i]
        height_m = ground_m[i] + bulge * along_km * (path_km - along_km)
        tx_slope = max(tx_slope, (height_m - tx_m) / along_km)  # eq. 13
    if tx_slope < (rx_m - tx_m) / path_km:  # line of sight, eq. 14
        wavelength_m = WAVELENGTH_GHZ_M / frequency_ghz
        nu = -np.inf
        for i in range(1, count - 1):
            along_km = distance_km[i]
            rest_km = path_km - along_km
            above_m = ground_m[i] + bulge * along_km * rest_km - (tx_m * rest_km + rx_m * along_km) / path_km
            nu = max(nu, above_m * math.sqrt(0.002 * path_km / (wavelength_m * along_km * rest_km)))  # eq. 15
        return bullington_loss_db(nu, path_km)
    rx_slope = -np.inf
    for i in range(1, count - 1):
        along_km = distance_km[i]
        rest_km = path_km - along_km
        height_m = ground_m[i] + bulge * along_km * rest_km
        rx_slope = max(rx_slope, (height_m - rx_m) / rest_km)  # eq. 17
    return bullington_loss_db(transhorizon_nu(tx_slope, rx_slope, tx_m, rx_m, path_km, frequency_ghz), path_km)


@njit(cache=True, nogil=True, forceinline=True)
def marginal_sight_km(tx_m, rx_m, earth_radius_km):
    """Distance [km] at which two antennas above a smooth earth just lose sight of each other (eq. 22)."""
    return math.sqrt(2.0 * earth_radius_km) * (math.sqrt(0.001 * tx_m) + math.sqrt(0.001 * rx_m))


@njit(cache=True, nogil=True)
def least_clearance(path_km, tx_m, rx_m, earth_radius_km):
    """Smallest clearance [m] of the ray over a smooth earth, and where [km from the transmitter] (eqs 23, 24)."""
    c = (tx_m - rx_m) / (tx_m + rx_m)
    m = 250.0 * path_km * path_km / (earth_radius_km * (tx_m + rx_m))
    angle = math.acos(min(1.0, max(-1.0, 1.5 * c * math.sqrt(3.0 * m / (m + 1.0) ** 3))))
    b = 2.0 * math.sqrt((m + 1.0) / (3.0 * m)) * math.cos(math.pi / 3.0 + angle / 3.0)
    first_km = 0.5 * path_km * (1.0 + b)
    second_km = path_km - first_km
    clearance_m = (
        (tx_m - 500.0 * first_km**2 / earth_radius_km) * second_km
        + (rx_m - 500.0 * second_km**2 / earth_radius_km) * first_km
    ) / path_km
    return clearance_m, first_km


@njit(cache=True, nogil=True)
def smooth_bullington_db(path_km, tx_m, rx_m, earth_radius_km, frequency_ghz):
    """Bullington loss [dB] of a smooth spherical earth without a profile (Attachment 4 to Annex 1).

    ``tx_m``, ``rx_m``: antenna heights above the smooth surface. The limit of `bullington_profile_db` of a profile of
    zero height as its step goes to nothing.
    """
    bulge = 500.0 / earth_radius_km
    if path_km < marginal_sight_km(tx_m, rx_m, earth_radius_km):
        clearance_m, first_km = least_clearance(path_km, tx_m, rx_m, earth_radius_km)
        wavelength_m = WAVELENGTH_GHZ_M / frequency_ghz
        nu = -clearance_m * math.sqrt(0.002 * path_km / (wavelength_m * first_km * (path_km - first_km)))
    else:
        tx_slope = bulge * path_km - 2.0 * math.sqrt(bulge * tx_m)
        rx_slope = bulge * path_km - 2.0 * math.sqrt(bulge * rx_m)
        nu = transhorizon_nu(tx_slope, rx_slope, tx_m, rx_m, path_km, frequency_ghz)
    return bullington_loss_db(nu, path_km)


@njit(cache=True, nogil=True, forceinline=True)
def _height_gain_db(height, floor_db):
    """Height gain G(Y) [dB] of the first term, not below ``floor_db`` (eq. 35); ``height`` is β·Y."""
    if height > 2.0:
        gain_db = 17.6 * math.sqrt(height - 1.1) - 5.0 * math.log10(height - 1.1) - 8.0
    else:
        gain_db = 20.0 * math.log10(height + 0.1 * height**3)
    return max(gain_db, floor_db)


@njit(cache=True, nogil=True)
def surface_admittance(earth_radius_km, frequency_ghz, horizontal, sea):
    """Normalised surface admittance K (eqs 29a, 29b)."""
    permittivity = SEA_PERMITTIVITY if sea else LAND_PERMITTIVITY
    loss = 18.0 * (SEA_CONDUCTIVITY_S_M if sea else LAND_CONDUCTIVITY_S_M) / frequency_ghz
    k = 0.036 * (earth_radius_km * frequency_ghz) ** (-1.0 / 3.0) * ((permittivity - 1.0) ** 2 + loss**2) ** -0.25
    return k if horizontal else k * math.sqrt(permittivity**2 + loss**2)


@njit(cache=True, nogil=True)
def _first_term_over_db(path_km, tx_m, rx_m, earth_radius_km, frequency_ghz, horizontal, sea):
    """First term of the spherical-earth series over one kind of ground (eqs 29 to 36)."""
    k = surface_admittance(earth_radius_km, frequency_ghz, horizontal, sea)
    beta = (1.0 + 1.6 * k**2 + 0.67 * k**4) / (1.0 + 4.5 * k**2 + 1.53 * k**4)  # eq. 30
    x = 21.88 * beta * (frequency_ghz / earth_radius_km**2) ** (1.0 / 3.0) * path_km  # eq. 31
    scale = 0.9575 * beta * beta * (frequency_ghz**2 / earth_radius_km) ** (1.0 / 3.0)  # eqs 32, 35
    distance_db = -20.0 * math.log10(x) - 5.6488 * x**1.425  # eq. 33
    if x >= 1.6:
        distance_db = 11.0 + 10.0 * math.log10(x) - 17.6 * x
    floor_db = 2.0 + 20.0 * math.log10(k)
    return -distance_db - _height_gain_db(scale * tx_m, floor_db) - _height_gain_db(scale * rx_m, floor_db)


@njit(cache=True, nogil=True)
def first_term_db(path_km, tx_m, rx_m, earth_radius_km, frequency_ghz, sea_share, horizontal):
    """First-term spherical-earth loss [dB], land and sea weighted by the share of the path (section 4.3.3, eq. 28)."""
    land_db = 0.0
    sea_db = 0.0
    if sea_share < 1.0:
        land_db = _first_term_over_db(path_km, tx_m, rx_m, earth_radius_km, frequency_ghz, horizontal, False)
    if sea_share > 0.0:
        sea_db = _first_term_over_db(path_km, tx_m, rx_m, earth_radius_km, frequency_ghz, horizontal, True)
    return sea_share * sea_db + (1.0 - sea_share) * land_db


@njit(cache=True, nogil=True)
def spherical_loss_db(path_km, tx_m, rx_m, earth_radius_km, frequency_ghz, sea_share, horizontal):
    """Spherical-earth diffraction loss [dB] for antennas above a smooth surface (section 4.3.2, eqs 22 to 27)."""
    if path_km >= marginal_sight_km(tx_m, rx_m, earth_radius_km):
        return first_term_db(path_km, tx_m, rx_m, earth_radius_km, frequency_ghz, sea_share, horizontal)
    clearance_m, first_km = least_clearance(path_km, tx_m, rx_m, earth_radius_km)
    wavelength_m = WAVELENGTH_GHZ_M / frequency_ghz
    needed_m = 17.456 * math.sqrt(first_km * (path_km - first_km) * wavelength_m / path_km)  # eq. 25
    if clearance_m > needed_m:
        return 0.0
    radius_km = 500.0 * (path_km / (math.sqrt(tx_m) + math.sqrt(rx_m))) ** 2  # eq. 26
    loss_db = max(0.0, first_term_db(path_km, tx_m, rx_m, radius_km, frequency_ghz, sea_share, horizontal))
    return (1.0 - clearance_m / needed_m) * loss_db  # eq. 27


@njit(cache=True, nogil=True)
def delta_bullington_db(actual_db, smooth_db, spherical_db):
    """Complete diffraction loss [dB]: Bullington plus what a smooth earth loses beyond Bullington (eq. 39)."""
    return actual_db + max(spherical_db - smooth_db, 0.0)
