"""The formulae of P.1812 for many receivers at once, for the median of time: the second half of the sweep.

The first half (`sweep`) leaves a table of geometry, one column a receiver; the loops below turn it into losses without a
branch and in single precision, so that the compiler works on eight receivers at a time. That is why logarithm, power and arc
cosine are polynomials here and not calls of the mathematical library. The losses are within 0.001 dB of double precision.
Symbols and equation numbers as in `p1812` and `p1812_diffraction`.
"""

import math

import numpy as np
from numba import types
from numba.extending import intrinsic

from ewcm_kernels.compiled import CONFIG, njit

from .p1812_diffraction import WAVELENGTH_GHZ_M, surface_admittance

#: Rows of the table of geometry.
(
    PATH_KM,
    NU2,  # signed square of the diffraction parameter of the profile's Bullington point, times λ/0.002 m
    RX_M,  # receiving antenna above sea level
    OVER_TX_M,  # antennas above the smooth surface of the diffraction model
    OVER_RX_M,
    SEA_SHARE,
    TX_ANGLE,  # elevation of the horizons, m/km; from here on only behind the horizon
    RX_ANGLE,
    TX_HORIZON_KM,
    RX_HORIZON_KM,
    TX_BASE_M,  # antennas above the surface of the ducting model
    RX_BASE_M,
    ROUGHNESS_M,
    LOG2_BETA0,  # logarithm of β0 in per cent
    TAU,  # inland factor of eq. 3
    DUCT_DB,  # sum of the over-sea corrections of eq. 49
) = range(16)
LOSS_DB = 16  # the result
FIELDS = 17

#: Receivers of one batch: two tables of so many stay in the nearest cache. A table is one flat array of FIELDS * BATCH
#: numbers: constant distances between its rows show the compiler that they do not overlap, without which it would not
#: vectorise the loops.
BATCH = 128

#: Around every number of the formulae: one that is written bare is double precision and draws the whole line along.
f = np.float32

_LINEAR = {"nnan", "ninf", "nsz", "contract", "arcp"}  # not "reassoc": it would undo the rounding in `_exp2`
_LOG10_2 = f(math.log10(2.0))
_LOG2_E = f(math.log2(math.e))
_ROOT_HALF = np.int32(0x3F3504F3)  # bits of √½
_EXPONENT = np.int32(23)
_BIAS = np.int32(127)


@intrinsic
def _bits(typing_context, value):
    """The bits of a float32 as int32."""

    def generate(context, builder, signature, arguments):
        return builder.bitcast(arguments[0], context.get_value_type(types.int32))

    return types.int32(types.float32), generate


@intrinsic
def _float(typing_context, value):
    """The float32 with these bits."""

    def generate(context, builder, signature, arguments):
        return builder.bitcast(arguments[0], context.get_value_type(types.float32))

    return types.float32(types.int32), generate


if CONFIG.DISABLE_JIT:  # an intrinsic has no meaning for the interpreter; these have the same

    def _bits(value):  # type: ignore[misc]
        return f(value).view(np.int32)

    def _float(bits):  # type: ignore[misc]
        return np.int32(bits).view(np.float32)


@njit(cache=True, nogil=True, fastmath=_LINEAR, error_model="numpy", forceinline=True)
def _log2(x):
    """Logarithm to base 2 of a positive normal number, error below 2·10⁻⁷ of a number of ordinary size."""
    bits = _bits(x)
    exponent = np.int32((bits - _ROOT_HALF) >> _EXPONENT)
    mantissa = _float(np.int32(bits - np.int32(exponent << _EXPONENT)))  # between √½ and √2
    z = (mantissa - f(1.0)) / (mantissa + f(1.0))
    w = z * z
    return f(exponent) + z * (
        f(2.885390081777927) + w * (f(0.961796693925976) + w * (f(0.577078016355585) + w * f(0.412198583111132)))
    )


@njit(cache=True, nogil=True, fastmath=_LINEAR, error_model="numpy", forceinline=True)
def _exp2(x):
    """2 to the power x for x < 127 (below −125: as for −125), relative error below 4·10⁻⁷."""
    x = x if x > f(-125.0) else f(-125.0)
    shifted = x + f(12582912.0)  # 1.5·2²³: the sum is rounded to a whole number in its low bits
    r = x - (shifted - f(12582912.0))
    p = f(0.001333355814642844) + r * f(0.0001540353039338161)
    p = f(0.05550410866482158) + r * (f(0.009618129107628477) + r * p)
    p = f(1.0) + r * (f(0.6931471805599453) + r * (f(0.2402265069591007) + r * p))
    return p * _float(np.int32((_bits(shifted) + _BIAS) << _EXPONENT))


@njit(cache=True, nogil=True, fastmath=_LINEAR, error_model="numpy", forceinline=True)
def _least_ray(c, m):
    """b of eq. 24c: cos(π/3 + acos(x)/3) is sin(asin(x)/3), taken as a polynomial of the arc cosine's."""
    x = f(1.5) * c * math.sqrt(f(3.0) * m / ((m + f(1.0)) * (m + f(1.0)) * (m + f(1.0))))
    size = min(abs(x), f(1.0))
    p = f(0.0308918810) + size * (f(-0.0170881256) + size * (f(0.0066700901) - size * f(0.0012624911)))
    p = f(1.5707963050) + size * (f(-0.2145988016) + size * (f(0.0889789874) + size * (f(-0.0501743046) + size * p)))
    third = (f(1.5707963267948966) - math.sqrt(f(1.0) - size) * p) / f(3.0)
    w = third * third
    sine = third * (f(1.0) - w * (f(1.0 / 6.0) - w * (f(1.0 / 120.0) - w * (f(1.0 / 5040.0)))))
    return f(2.0) * math.sqrt((m + f(1.0)) / (f(3.0) * m)) * (sine if x > f(0.0) else -sine)


@njit(cache=True, nogil=True, fastmath=_LINEAR, error_model="numpy", forceinline=True)
def _bullington(nu, path_km):
    """Knife-edge and Bullington loss [dB] (eqs 12, 21)."""
    v = (nu if nu > f(-0.78) else f(-0.78)) - f(0.1)
    edge_db = f(6.9) + f(20.0) * _LOG10_2 * _log2(math.sqrt(v * v + f(1.0)) + v)
    return edge_db + (f(1.0) - _exp2(edge_db * (-_LOG2_E / f(6.0)))) * (f(10.0) + f(0.02) * path_km)


@njit(cache=True, nogil=True, fastmath=_LINEAR, error_model="numpy", forceinline=True)
def _gain(height, floor_db):
    """Height gain [dB] (eq. 35)."""
    high = height > f(2.0)
    beyond = height - f(1.1) if high else f(1.0)
    argument = beyond if high else height + f(0.1) * height * height * height
    logarithm = _log2(argument)
    above_db = f(17.6) * math.sqrt(beyond) - f(5.0) * _LOG10_2 * logarithm - f(8.0)
    gain_db = above_db if high else f(20.0) * _LOG10_2 * logarithm
    return gain_db if gain_db > floor_db else floor_db


@njit(cache=True, nogil=True, fastmath=_LINEAR, error_model="numpy", forceinline=True)
def _first_term(path_km, tx_m, rx_m, log2_radius, root, k0, log2_k0, x0, y0):
    """First-term loss [dB] over one ground (eqs 29 to 36); ``root`` is the radius to the power −1/3."""
    k = k0 * root
    k2 = k * k
    beta = (f(1.0) + k2 * (f(1.6) + f(0.67) * k2)) / (f(1.0) + k2 * (f(4.5) + f(1.53) * k2))
    x = x0 * beta * root * root * path_km
    log2_x = _log2(x)
    far_db = f(11.0) + f(10.0) * _LOG10_2 * log2_x - f(17.6) * x
    near_db = f(-20.0) * _LOG10_2 * log2_x - f(5.6488) * _exp2(f(1.425) * log2_x)
    distance_db = far_db if x >= f(1.6) else near_db
    floor_db = f(2.0) + f(20.0) * _LOG10_2 * (log2_k0 - log2_radius / f(3.0))
    scale = y0 * beta * beta * root
    return -distance_db - _gain(scale * tx_m, floor_db) - _gain(scale * rx_m, floor_db)


@njit(cache=True, nogil=True, fastmath=_LINEAR, error_model="numpy", forceinline=True)
def _diffraction(path_km, nu2, tx_m, rx_m, sea_share, sea, constants):
    """Delta-Bullington loss [dB] (section 4.3.4) from the profile's ν and the antennas above the smooth surface."""
    radius_km, wavelength_m, x0, y0 = constants[0], constants[1], constants[2], constants[3]
    root_tx, root_rx = math.sqrt(tx_m), math.sqrt(rx_m)
    margin_km = math.sqrt(f(0.002) * radius_km) * (root_tx + root_rx)
    beyond = path_km >= margin_km
    # in sight over the smooth surface (eqs 23 to 26)
    total_m = tx_m + rx_m
    m = f(250.0) * path_km * path_km / (radius_km * total_m)
    first_km = f(0.5) * path_km * (f(1.0) + _least_ray((tx_m - rx_m) / total_m, m))
    second_km = path_km - first_km
    bulge = f(500.0) / radius_km
    clear_m = (
        (tx_m - bulge * first_km * first_km) * second_km + (rx_m - bulge * second_km * second_km) * first_km
    ) / path_km
    shape = math.sqrt(path_km / (wavelength_m * first_km * second_km))
    sight_nu = -clear_m * math.sqrt(f(0.002)) * shape
    share = f(1.0) - clear_m * shape / f(17.456)
    share = share if share > f(0.0) else f(0.0)
    needed = path_km / (root_tx + root_rx)
    # beyond the smooth horizon: the rays touch the sphere (Attachment 4)
    tx_slope = bulge * path_km - f(2.0) * math.sqrt(bulge) * root_tx
    rx_slope = bulge * path_km - f(2.0) * math.sqrt(bulge) * root_rx
    slopes = tx_slope + rx_slope
    point_km = (rx_m - tx_m + rx_slope * path_km) / (slopes if beyond else f(1.0))
    point_km = point_km if beyond else first_km
    rest_km = path_km - point_km
    above_m = tx_slope * point_km + (tx_m - rx_m) * point_km / path_km
    far_nu = above_m * math.sqrt(f(0.002) * path_km / (wavelength_m * point_km * rest_km))
    smooth_db = _bullington(far_nu if beyond else sight_nu, path_km)
    share = f(1.0) if beyond else share
    curve_km = radius_km if beyond else f(500.0) * needed * needed
    log2_radius = _log2(curve_km)
    root = _exp2(log2_radius * f(-1.0 / 3.0))
    spherical_db = _first_term(path_km, tx_m, rx_m, log2_radius, root, constants[4], constants[5], x0, y0)
    spherical_db = spherical_db if spherical_db > f(0.0) else f(0.0)
    if sea:
        sea_db = _first_term(path_km, tx_m, rx_m, log2_radius, root, constants[6], constants[7], x0, y0)
        sea_db = sea_db if sea_db > f(0.0) else f(0.0)
        spherical_db += sea_share * (sea_db - spherical_db)
    extra_db = share * spherical_db - smooth_db
    size = math.sqrt(f(0.002) / wavelength_m * abs(nu2))
    return _bullington(size if nu2 > f(0.0) else -size, path_km) + (extra_db if extra_db > f(0.0) else f(0.0))


@njit(cache=True, nogil=True, fastmath=_LINEAR, error_model="numpy", forceinline=True)
def _free_space(path_km, tx_m, rx_m, constant_db):
    """Free-space loss [dB] (eq. 8)."""
    rise_km = f(0.001) * (tx_m - rx_m)
    return constant_db + f(10.0) * _LOG10_2 * _log2(path_km * path_km + rise_km * rise_km)


@njit(cache=True, nogil=True, fastmath=_LINEAR, error_model="numpy")
def sight_losses(table, count, sea, tx_m, constants):
    """Losses [dB] of the first ``count`` receivers of ``table`` that see the transmitter over the bare terrain.

    Their ducting term counts for less than 1 % in eq. 62 (Fj = 0.99) and is left out.
    """
    for at in range(count):
        i = np.uintp(at)
        path_km = table[PATH_KM * BATCH + i]
        nu2, sea_share = table[NU2 * BATCH + i], table[SEA_SHARE * BATCH + i]
        over_tx_m, over_rx_m = table[OVER_TX_M * BATCH + i], table[OVER_RX_M * BATCH + i]
        diffraction_db = _diffraction(path_km, nu2, over_tx_m, over_rx_m, sea_share, sea, constants)
        table[LOSS_DB * BATCH + i] = _free_space(path_km, tx_m, table[RX_M * BATCH + i], constants[8]) + diffraction_db


@njit(cache=True, nogil=True, fastmath=_LINEAR, error_model="numpy", forceinline=True)
def _shielding(angle_mrad, horizon_km, root_f, cube_root_f):
    """Site-shielding loss [dB] (eq. 48)."""
    excess = angle_mrad - f(0.1) * horizon_km
    excess = excess if excess > f(0.0) else f(0.0)
    return (
        f(20.0) * _LOG10_2 * _log2(f(1.0) + f(0.361) * excess * root_f * math.sqrt(horizon_km))
        + f(0.264) * excess * cube_root_f
    )


@njit(cache=True, nogil=True, fastmath=_LINEAR, error_model="numpy", forceinline=True)
def _mrad(slope):
    """Angle [mrad] of a slope [m/km]: arc tangent to 5 mrad, to a thousandth for slopes below 15 %."""
    t = f(1e-3) * slope
    size = abs(t)
    gentle = f(1000.0) * t / (f(1.0) + f(0.28125) * t * t)
    steep = f(1570.7963267948966) - f(1000.0) * size / (t * t + f(0.28125))
    return gentle if size < f(1.0) else (steep if t > f(0.0) else -steep)


@njit(cache=True, nogil=True, fastmath=_LINEAR, error_model="numpy")
def hidden_losses(table, count, sea, tx_m, constants):
    """Losses [dB] of the first ``count`` receivers of ``table`` that the bare terrain hides from the transmitter."""
    radius_km, root_f, cube_root_f, n0 = constants[0], constants[9], constants[10], constants[11]
    per_mrad_db = f(5e-5) * radius_km * cube_root_f
    for at in range(count):
        i = np.uintp(at)
        path_km = table[PATH_KM * BATCH + i]
        free_db = _free_space(path_km, tx_m, table[RX_M * BATCH + i], constants[8])
        nu2, sea_share = table[NU2 * BATCH + i], table[SEA_SHARE * BATCH + i]
        over_tx_m, over_rx_m = table[OVER_TX_M * BATCH + i], table[OVER_RX_M * BATCH + i]
        diffracted_db = free_db + _diffraction(path_km, nu2, over_tx_m, over_rx_m, sea_share, sea, constants)
        tx_km, rx_km = table[TX_HORIZON_KM * BATCH + i], table[RX_HORIZON_KM * BATCH + i]
        tx_angle, rx_angle = _mrad(table[TX_ANGLE * BATCH + i]), _mrad(table[RX_ANGLE * BATCH + i])
        turn = f(1000.0) * path_km / radius_km
        # ducting, eqs 46 to 56
        coupling_db = constants[12] + f(20.0) * _LOG10_2 * _log2(tx_km + rx_km) + table[DUCT_DB * BATCH + i]
        coupling_db += _shielding(tx_angle, tx_km, root_f, cube_root_f) + _shielding(
            rx_angle, rx_km, root_f, cube_root_f
        )
        tx_low = tx_angle if tx_angle < f(0.1) * tx_km else f(0.1) * tx_km
        rx_low = rx_angle if rx_angle < f(0.1) * rx_km else f(0.1) * rx_km
        between_km = path_km - tx_km - rx_km
        between_km = between_km if between_km < f(40.0) else f(40.0)
        rough_m = table[ROUGHNESS_M * BATCH + i] - f(10.0)
        rough_m = rough_m if rough_m > f(0.0) else f(0.0)
        log2_mu3 = f(-4.6e-5) * _LOG2_E * rough_m * (f(43.0) + f(6.0) * between_km)
        log2_path = _log2(path_km)
        alpha = f(-0.6) - f(3.5e-9) * _exp2(f(3.1) * log2_path) * table[TAU * BATCH + i]
        alpha = alpha if alpha > f(-3.4) else f(-3.4)
        heights = math.sqrt(table[TX_BASE_M * BATCH + i]) + math.sqrt(table[RX_BASE_M * BATCH + i])
        log2_mu2 = alpha * (_log2(f(500.0) / (radius_km * heights * heights)) + f(2.0) * log2_path)
        log2_mu2 = log2_mu2 if log2_mu2 < f(0.0) else f(0.0)
        log2_beta = table[LOG2_BETA0 * BATCH + i] + log2_mu2 + log2_mu3
        log2_beta = log2_beta if log2_beta > f(-60.0) else f(-60.0)
        log_beta = _LOG10_2 * log2_beta
        decay = (f(9.51) - f(4.8) * log_beta + f(0.198) * log_beta * log_beta) * f(1e-6) * _exp2(f(1.13) * log2_path)
        gamma = f(1.076) * _exp2(f(-1.012) * _log2(f(2.0058) - log_beta) - _LOG2_E * decay)
        log2_ratio = f(5.643856189774724) - log2_beta  # of 50 % to β
        time_db = (
            f(-12.0) + (f(1.2) + f(3.7e-3) * path_km) * _LOG10_2 * log2_ratio + f(12.0) * _exp2(log2_ratio * gamma)
        )
        ducting_db = coupling_db + per_mrad_db * (turn + tx_low + rx_low) + time_db
        # combination, eqs 57 to 63; at the median eq. 59 gives the diffraction loss itself
        higher_db = ducting_db if ducting_db > free_db else free_db
        apart_db = abs(ducting_db - free_db)
        enhanced_db = higher_db + f(2.5) / _LOG2_E * _log2(f(1.0) + _exp2(apart_db * (-_LOG2_E / f(2.5))))
        path_weight = f(1.0) / (f(1.0) + _exp2(f(2.0) * _LOG2_E * f(1.5) * (path_km - f(20.0)) / f(20.0)))
        gain_db = diffracted_db - enhanced_db
        gain_db = gain_db if gain_db > f(0.0) else f(0.0)
        angle_mrad = turn + tx_angle + rx_angle
        excess = f(2.0) * _LOG2_E * f(2.4) * (angle_mrad - f(0.3)) / f(0.3)
        excess = excess if excess < f(100.0) else f(100.0)
        modified_db = diffracted_db - gain_db * (f(1.0) - path_weight) * (f(1.0) - f(1.0) / (f(1.0) + _exp2(excess)))
        scatter_db = n0 + f(20.0) * _LOG10_2 * log2_path + f(0.573) * angle_mrad
        lower_db = scatter_db if scatter_db < modified_db else modified_db
        apart_db = abs(scatter_db - modified_db)
        loss_db = lower_db - f(5.0) * _LOG10_2 * _log2(f(1.0) + _exp2(f(-0.2) / _LOG10_2 * apart_db))
        table[LOSS_DB * BATCH + i] = loss_db if loss_db > free_db else free_db


@njit(cache=True, nogil=True)
def constants_of(radius_km, frequency_ghz, horizontal, n0):
    """Constants of one transmitter for `sight_losses` and `hidden_losses` (a tuple, so that they stay in registers)."""
    log_f = math.log10(frequency_ghz)
    land = surface_admittance(1.0, frequency_ghz, horizontal, False)
    sea = surface_admittance(1.0, frequency_ghz, horizontal, True)
    low_db = 0.0
    if frequency_ghz < 0.5:
        low_db = 45.375 - 137.0 * frequency_ghz + 92.5 * frequency_ghz**2
    return (
        f(radius_km),
        f(WAVELENGTH_GHZ_M / frequency_ghz),
        f(21.88 * frequency_ghz ** (1.0 / 3.0)),
        f(0.9575 * frequency_ghz ** (2.0 / 3.0)),
        f(land),
        f(math.log2(land)),
        f(sea),
        f(math.log2(sea)),
        f(92.4 + 20.0 * log_f),
        f(math.sqrt(frequency_ghz)),
        f(frequency_ghz ** (1.0 / 3.0)),
        f(190.1 + 25.0 * log_f - 2.5 * (log_f - math.log10(2.0)) ** 2 - 0.15 * n0),
        f(102.45 + 20.0 * log_f + low_db),
    )
