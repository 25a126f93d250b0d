"""Winds of tropical cyclones: the largest 1-min mean at 10 m that a storm brings to each of many points.

Three parametric models, of one track each:

``H08``    G. Holland, "A revised hurricane pressure-wind model", Monthly Weather Review 136, 2008, 3432-3445: the shape
           from pressures and motion (eq. 11), the profile of 1980. It is a surface wind already: nothing reduces it.
``H1980``  G. Holland, "An analytic model of the wind and pressure profiles in hurricanes", Monthly Weather Review 108, 1980,
           1212-1218: the shape from the reported wind. A wind above the boundary layer; the surface has 0.9 of it.
``H10``    G. Holland, J. Belanger, A. Fritz, "A revised model for radial profiles of hurricane winds", Monthly Weather
           Review 138, 2010, 4393-4401: the shape of H08, a profile that falls to 17 m/s at 300 km.

The forward speed of the storm is added once, as a vector that fades outside the radius of maximum wind. The parameter of H08
and H10 holds the forward speed, so that it is taken off before the vector is added. The direction of a point is that at the eye.
"""

import math
from typing import NamedTuple

import numpy as np

from ewcm_kernels import bands
from ewcm_kernels.compiled import njit
from ewcm_kernels.discs import EARTH_RADIUS_KM

MODELS = ("H08", "H1980", "H10")

#: Metres a second of one knot (international), metres of one nautical mile.
KNOT_MS, NAUTICAL_MILE_M = 1852 / 3600, 1852.0

#: Density of the air [kg/m³], rate of rotation of the earth [rad/s].
DENSITY, ROTATION = 1.15, 7.29e-5

#: A wind above the boundary layer is this much of it at the surface (H1980 alone).
SURFACE_SHARE = 0.9

#: Bounds of the shape parameter of H1980; those of surface winds are 0.9² of them.
SHAPE_MIN, SHAPE_MAX = 1.0, 2.5

#: Nothing is said of points farther from the eye than this [km], or nearer than this [m].
REACH_KM, NEAREST_M = 400.0, 1.0

#: The storm adds at most so much of its own motion [knots].
MOTION_MAX_KT = 30.0

#: Distance [m] and wind [m/s] to which the profile of H10 falls.
_FAR_M, _FAR_MS = 300e3, 17.0

#: Rings about the eye whose highest winds are known beforehand: a point that has had more is not looked at again.
_RINGS = 32

#: Points that one thread works on together, and the squares [degrees] from which they are taken.
_POINTS_AT_A_TIME, _SQUARE_DEG = 256, 0.25


class Track(NamedTuple):
    """Positions of one storm, by time; longitudes run on past 180° instead of jumping. All float64, of one length."""

    hours: np.ndarray  # since any moment, rising
    lat_deg: np.ndarray
    lon_deg: np.ndarray
    wind_kt: np.ndarray  # highest 1-min mean, the storm's motion included
    central_hpa: np.ndarray
    environment_hpa: np.ndarray  # pressure outside the storm
    radius_nmile: np.ndarray  # of maximum wind


class _Rows(NamedTuple):
    """What a point needs to know of each position."""

    eye: np.ndarray  # (rows, 3), unit vectors
    east: np.ndarray  # (rows, 3), unit vectors at the eye; both turned about for a storm that turns clockwise
    north: np.ndarray
    shape: np.ndarray
    pressure_pa: np.ndarray  # drop to the centre
    radius_m: np.ndarray
    coriolis: np.ndarray  # rad/s
    peak_ms: np.ndarray  # H10
    exponent: np.ndarray  # H10, at 300 km
    speed_ms: np.ndarray  # the motion, and its parts
    speed_east: np.ndarray
    speed_north: np.ndarray
    ceiling_ms: np.ndarray  # (rows, rings), no wind in the ring is higher


def finer(track: Track, step_hours: float) -> Track:
    """The same track with positions in between, at most ``step_hours`` apart: everything is linear in time."""
    parts = np.maximum(1, np.ceil(np.diff(track.hours) / step_hours - 1e-9).astype(np.int64))
    spans = [np.linspace(i, i + 1, count, endpoint=False) for i, count in enumerate(parts.tolist())]
    place = np.concatenate([*spans, np.array([len(track.hours) - 1.0])])
    rows = np.arange(len(track.hours))
    return Track(*(np.interp(place, rows, values) for values in track))


def max_wind_ms(
    lat_deg: np.ndarray,
    lon_deg: np.ndarray,
    track: Track,
    model: str = "H08",
    radius_km: float = EARTH_RADIUS_KM,
    reach_km: float = REACH_KM,
    least_ms: float = 0.0,
) -> np.ndarray:
    """The largest 1-min wind [m/s] that a storm brings to each point, float64; 0 where it comes no nearer than ``reach_km``.

    Winds of at most ``least_ms`` are 0 too, and most of them are never computed. Positions are taken as they are: give
    ``finer(track, 1 / 20)`` for storms whose eye moves by more than its radius in an hour. The first position brings no wind,
    since nothing is known of the motion before it. ``radius_km``: of the earth.
    """
    if model not in MODELS:
        raise ValueError(f"model is {model!r}; use one of {', '.join(MODELS)}")
    lat, lon = np.asarray(lat_deg, np.float64).reshape(-1), np.asarray(lon_deg, np.float64).reshape(-1)
    best = np.zeros(lat.size)
    if len(track.hours) > 1 and lat.size:
        rows = _prepared(track, model, radius_km, reach_km)
        # Points that are neighbours are worked on together: most positions are too far, or too weak, for all of them.
        squares = np.lexsort((np.floor(lon / _SQUARE_DEG), np.floor(lat / _SQUARE_DEG)))
        points, found = _unit_vectors(lat[squares], lon[squares]), np.full(lat.size, float(least_ms))
        # The points are told the wind of every hour before that of the minutes between: most minutes then need no look.
        stride = max(1, round(1.0 / float(np.median(np.diff(track.hours)))))
        every = np.arange(1, len(track.hours))
        order = np.concatenate([every[every % stride == 0], every[every % stride != 0]])
        parts = [slice(i, i + _POINTS_AT_A_TIME) for i in range(0, lat.size, _POINTS_AT_A_TIME)]
        number = MODELS.index(model)
        bands.run(_winds, [(points[i], rows, order, number, radius_km, reach_km, found[i]) for i in parts])
        best[squares] = np.where(found > least_ms, found, 0.0)
    return best.reshape(np.shape(lat_deg))


def shape_holland_2008(
    pressure_hpa: np.ndarray, change_hpa_h: np.ndarray, lat_deg: np.ndarray, speed_ms: np.ndarray
) -> np.ndarray:
    """Shape parameter of a surface wind (Holland 2008, eq. 11), within its bounds.

    ``pressure_hpa``: drop to the centre. ``change_hpa_h``: of the central pressure with time. ``speed_ms``: forward speed.
    """
    power = 0.6 * (1.0 - pressure_hpa / 215.0)
    shape = -4.4e-5 * pressure_hpa**2 + 0.01 * pressure_hpa + 0.03 * change_hpa_h
    shape = shape - 0.014 * np.abs(lat_deg) + 0.15 * speed_ms**power + 1.0
    return np.clip(shape, SHAPE_MIN * SURFACE_SHARE**2, SHAPE_MAX * SURFACE_SHARE**2)


def motion(track: Track, radius_km: float = EARTH_RADIUS_KM) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Speed [m/s] of the storm at each position, since the one before, and its parts to the east and north; 0 at the first."""
    eye = _unit_vectors(track.lat_deg, track.lon_deg)
    east, north = _axes(track.lat_deg[:-1], track.lon_deg[:-1])
    chord = np.linalg.norm(np.diff(eye, axis=0), axis=1)
    distance_m = 2000.0 * radius_km * np.arcsin(np.minimum(chord / 2, 1.0))
    speed = np.minimum(distance_m / (np.diff(track.hours) * 3600.0), MOTION_MAX_KT * KNOT_MS)
    along = np.stack([(eye[1:] * east).sum(axis=1), (eye[1:] * north).sum(axis=1)])
    length = np.hypot(*along)
    along = along / np.where(length > 0, length, 1.0)
    start = np.zeros(1)
    return (
        np.concatenate([start, speed]),
        np.concatenate([start, speed * along[0]]),
        np.concatenate([start, speed * along[1]]),
    )


def _unit_vectors(lat_deg, lon_deg):
    lat, lon = np.radians(lat_deg), np.radians(lon_deg)
    return np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], axis=1)


def _axes(lat_deg, lon_deg):
    """Unit vectors to the east and to the north."""
    lat, lon = np.radians(lat_deg), np.radians(lon_deg)
    east = np.stack([-np.sin(lon), np.cos(lon), np.zeros_like(lon)], axis=1)
    return east, np.stack([-np.sin(lat) * np.cos(lon), -np.sin(lat) * np.sin(lon), np.cos(lat)], axis=1)


def _prepared(track, model, radius_km, reach_km):
    """Everything that does not depend on the points."""
    speed, speed_east, speed_north = motion(track, radius_km)
    drop = np.maximum(0.0, track.environment_hpa - track.central_hpa)
    change = np.concatenate([[0.0], np.diff(track.central_hpa) / np.diff(track.hours)])
    if model == "H1980":
        gradient = np.maximum(0.0, track.wind_kt * KNOT_MS - speed) / SURFACE_SHARE
        with np.errstate(divide="ignore", invalid="ignore"):
            shape = gradient**2 * math.e * DENSITY / (100.0 * drop)
        shape = np.where(drop > 0, np.clip(shape, SHAPE_MIN, SHAPE_MAX), SHAPE_MAX)
    else:
        shape = shape_holland_2008(drop, change, track.lat_deg, speed)
    radius_m = track.radius_nmile * NAUTICAL_MILE_M
    peak = np.sqrt(shape * 100.0 * drop / (DENSITY * math.e))
    far = (radius_m / _FAR_M) ** shape
    with np.errstate(divide="ignore"):
        exponent = np.where(peak > 0, np.log(_FAR_MS / peak) / np.log(far * np.exp(1.0 - far)), 0.5)
    coriolis = 2.0 * ROTATION * np.sin(np.radians(np.abs(track.lat_deg)))
    east, north = _axes(track.lat_deg, track.lon_deg)
    # Cyclones turn counter-clockwise north of the equator. A track is of the side where most of it lies.
    turn = 1.0 if np.mean(track.lat_deg >= 0) >= 0.5 else -1.0
    rows = _Rows(
        _unit_vectors(track.lat_deg, track.lon_deg),
        turn * east,
        turn * north,
        shape,
        100.0 * drop,
        radius_m,
        coriolis,
        peak,
        exponent,
        speed,
        speed_east,
        speed_north,
        np.zeros((len(shape), _RINGS)),
    )
    return rows._replace(ceiling_ms=_ceilings(rows, MODELS.index(model), reach_km * 1000.0 / _RINGS))


def _ceilings(rows, model, width_m):
    """The highest wind in each ring of this width about each eye: that at the inner edge, or the peak where that is outside."""
    inner = np.maximum(np.arange(_RINGS) * width_m, NEAREST_M)[None, :]
    radius, shape = rows.radius_m[:, None], rows.shape[:, None]
    r = np.maximum(inner, radius)
    ratio = (radius / r) ** shape
    if model == 2:
        # Between the edges of a ring the exponent is linear: its lower value gives the higher wind.
        at = [_exponent(rows.exponent[:, None], edge, radius) for edge in (r, np.maximum(r, inner + width_m))]
        wind = rows.peak_ms[:, None] * (ratio * np.exp(1.0 - ratio)) ** np.minimum(*at)
    else:
        # Outside the radius of maximum wind the wind falls; inside, the peak without rotation of the earth is a bound.
        c = 0.5 * r * rows.coriolis[:, None] * (r > radius)
        wind = np.sqrt(shape / DENSITY * ratio * rows.pressure_pa[:, None] * np.exp(-ratio) + c * c) - c
    fading = np.minimum(1.0, radius / inner) * rows.speed_ms[:, None]
    total = SURFACE_SHARE * wind + fading if model == 1 else np.maximum(wind, fading)
    falling = np.maximum.accumulate(total[:, ::-1], axis=1)[:, ::-1]
    return np.ascontiguousarray(falling * (1.0 + 1e-9) + 1e-9)


def _exponent(far, r, radius):
    return np.maximum(0.4, 0.5 + np.maximum(0.0, r - radius) * (far - 0.5) / (_FAR_M - radius))


@njit(cache=True, nogil=True, error_model="numpy")
def _profile(model, r, radius, shape, pressure, coriolis, peak, exponent):
    """Wind [m/s] at r [m] from the eye, as the model has it."""
    ratio = (radius / r) ** shape
    if model == 2:
        x = max(0.4, 0.5 + max(0.0, r - radius) * (exponent - 0.5) / (_FAR_M - radius))
        return peak * (ratio * math.exp(1.0 - ratio)) ** x
    c = 0.5 * r * coriolis
    return math.sqrt(max(0.0, shape / DENSITY * ratio * pressure * math.exp(-ratio) + c * c)) - c


@njit(cache=True, nogil=True, error_model="numpy")
def _circle(points):
    """Unit vector in the middle of some points, and the longest chord from it to any of them."""
    x, y, z = points[:, 0].sum(), points[:, 1].sum(), points[:, 2].sum()
    length = math.sqrt(x * x + y * y + z * z)
    if length == 0.0:  # points all round the earth have no middle
        return 1.0, 0.0, 0.0, 2.0
    x, y, z = x / length, y / length, z / length
    widest = 0.0
    for i in range(points.shape[0]):
        dx, dy, dz = points[i, 0] - x, points[i, 1] - y, points[i, 2] - z
        widest = max(widest, dx * dx + dy * dy + dz * dz)
    return x, y, z, min(2.0, math.sqrt(widest))


@njit(cache=True, nogil=True, error_model="numpy")
def _winds(points, rows, order, model, radius_km, reach_km, best):
    """Raise ``best`` [m/s] of each point (rows of unit vectors) to the wind of each position."""
    earth_m = 1000.0 * radius_km
    reach_m = 1000.0 * reach_km
    farthest = (2.0 * math.sin(0.5 * min(math.pi, reach_km / radius_km))) ** 2 * (1.0 + 1e-9)
    rings_per_m = _RINGS / reach_m
    middle_x, middle_y, middle_z, wide = _circle(points)
    wide_m = 2.0 * earth_m * math.asin(0.5 * wide)
    lowest = best.min()
    for k in order:
        eye_x, eye_y, eye_z = rows.eye[k, 0], rows.eye[k, 1], rows.eye[k, 2]
        dx, dy, dz = middle_x - eye_x, middle_y - eye_y, middle_z - eye_z
        # A chord is at most as long as its arc: the ring it falls into is the right one or one too far in.
        nearest = max(0.0, earth_m * math.sqrt(dx * dx + dy * dy + dz * dz) - wide_m)
        if nearest > reach_m or rows.ceiling_ms[k, min(_RINGS - 1, np.int64(nearest * rings_per_m))] <= lowest:
            continue
        radius, speed, shape = rows.radius_m[k], rows.speed_ms[k], rows.shape[k]
        lowest = np.inf
        for i in range(points.shape[0]):
            x, y, z = points[i, 0], points[i, 1], points[i, 2]
            dx, dy, dz = x - eye_x, y - eye_y, z - eye_z
            chord2 = dx * dx + dy * dy + dz * dz
            highest = best[i]
            if chord2 <= farthest:
                chord = math.sqrt(chord2)
                ring = min(_RINGS - 1, np.int64(chord * earth_m * rings_per_m))
                r = 2.0 * earth_m * math.asin(min(1.0, 0.5 * chord))
                if rows.ceiling_ms[k, ring] > highest and NEAREST_M < r <= reach_m:
                    v = _profile(
                        model,
                        r,
                        radius,
                        shape,
                        rows.pressure_pa[k],
                        rows.coriolis[k],
                        rows.peak_ms[k],
                        rows.exponent[k],
                    )
                    fading = min(1.0, radius / r)
                    v = SURFACE_SHARE * v if model == 1 else max(0.0, v - fading * speed)
                    # The direction of the point as seen from the eye; a quarter turn to the left is that of the wind.
                    to_east = x * rows.east[k, 0] + y * rows.east[k, 1]
                    to_north = x * rows.north[k, 0] + y * rows.north[k, 1] + z * rows.north[k, 2]
                    length = math.hypot(to_east, to_north)
                    wind_east = fading * rows.speed_east[k] - v * to_north / length
                    wind_north = fading * rows.speed_north[k] + v * to_east / length
                    highest = max(highest, math.hypot(wind_east, wind_north))
                    best[i] = highest
            lowest = min(lowest, highest)
