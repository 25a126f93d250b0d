"""Great-circle distance from each of many points to the nearest of some sites.

Points on the sphere are points in space, and of two sites the nearer along the great circle is the nearer through the ground. A
k-d tree (J. L. Bentley, Communications of the ACM 18(9), 1975) halves the sites by the median of the axis along which they lie
farthest apart, down to leaves of at most ``_LEAF`` sites. Nothing is special at the poles or at 180°.
"""

import math

import numpy as np
from numba import njit

from ewcm_kernels.bands import run
from ewcm_kernels.discs import EARTH_RADIUS_KM

_LEAF = 8

#: Deepest tree: halving 2⁶⁰ sites takes no more.
_DEPTH = 64

#: Points that one job works on.
_POINTS_A_JOB = 1 << 16


@njit(cache=True, nogil=True)
def _grow(x, order, axis_of):
    """Put the sites of every part of the tree into order around its median; ``axis_of`` [at the median] is what it
    is split by."""
    first = np.empty(_DEPTH, np.int64)
    past = np.empty(_DEPTH, np.int64)
    first[0], past[0], depth = 0, order.size, 1
    while depth > 0:
        depth -= 1
        low, high = first[depth], past[depth]
        if high - low <= _LEAF:
            continue
        widest, axis = -1.0, 0
        for each in range(3):
            least, most = np.inf, -np.inf
            for place in range(low, high):
                value = x[order[place], each]
                least, most = min(least, value), max(most, value)
            if most - least > widest:
                widest, axis = most - least, each
        part = order[low:high].copy()
        order[low:high] = part[np.argsort(x[part, axis], kind="mergesort")]
        middle = (low + high) // 2
        axis_of[middle] = axis
        first[depth], past[depth] = low, middle
        first[depth + 1], past[depth + 1] = middle + 1, high
        depth += 2


@njit(cache=True, nogil=True)
def _squared(x, site, point):
    a, b, c = x[site, 0] - point[0], x[site, 1] - point[1], x[site, 2] - point[2]
    return a * a + b * b + c * c


@njit(cache=True, nogil=True)
def _search(lat, lon, x, order, axis_of, out):
    """The chord to the nearest site, as a distance along the ground; each point begins with the site nearest to the
    one before."""
    low_of, high_of = np.empty(_DEPTH, np.int64), np.empty(_DEPTH, np.int64)
    apart = np.empty(_DEPTH)
    point = np.empty(3)
    nearest = order[0]
    for number in range(lat.size):
        phi, turn = math.radians(lat[number]), math.radians(lon[number])
        point[0], point[1], point[2] = math.cos(phi) * math.cos(turn), math.cos(phi) * math.sin(turn), math.sin(phi)
        if not math.isfinite(point[0]):
            out[number] = np.nan
            continue
        best = _squared(x, nearest, point)
        low_of[0], high_of[0], apart[0], depth = 0, order.size, 0.0, 1
        while depth > 0:
            depth -= 1
            low, high = low_of[depth], high_of[depth]
            if apart[depth] >= best:
                continue
            if high - low <= _LEAF:
                for place in range(low, high):
                    found = _squared(x, order[place], point)
                    if found < best:
                        best, nearest = found, order[place]
                continue
            middle = (low + high) // 2
            found = _squared(x, order[middle], point)
            if found < best:
                best, nearest = found, order[middle]
            axis = axis_of[middle]
            ahead = point[axis] - x[order[middle], axis]
            # The far side is looked at last, and only if its plane is nearer than the best site.
            far_low, far_high = (low, middle) if ahead > 0.0 else (middle + 1, high)
            near_low, near_high = (middle + 1, high) if ahead > 0.0 else (low, middle)
            low_of[depth], high_of[depth], apart[depth] = far_low, far_high, ahead * ahead
            low_of[depth + 1], high_of[depth + 1], apart[depth + 1] = near_low, near_high, 0.0
            depth += 2
        out[number] = 2.0 * EARTH_RADIUS_KM * math.asin(min(1.0, 0.5 * math.sqrt(best)))


def _on_sphere(lat_deg: np.ndarray, lon_deg: np.ndarray) -> np.ndarray:
    lat, lon = np.radians(lat_deg), np.radians(lon_deg)
    return np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], axis=1)


def nearest_site_km(
    lat_deg: np.ndarray, lon_deg: np.ndarray, site_lat_deg: np.ndarray, site_lon_deg: np.ndarray
) -> np.ndarray:
    """Distance [km] along the great circle from each point to the nearest site, float32 in the shape of ``lat_deg``.

    ``lat_deg``, ``lon_deg``: of the points, of one shape. ``site_lat_deg``, ``site_lon_deg``: (sites,). Infinite
    where there is no
    site at all, NaN for a point that is nowhere. Sphere of radius 6371.0088 km.
    """
    lat = np.ascontiguousarray(lat_deg, np.float64)
    lon = np.ascontiguousarray(lon_deg, np.float64)
    if lat.shape != lon.shape or site_lat_deg.shape != site_lon_deg.shape:
        raise ValueError("latitudes and longitudes must have one shape")
    out = np.full(lat.size, np.inf, np.float32)
    if site_lat_deg.size:
        x = np.unique(_on_sphere(site_lat_deg, site_lon_deg), axis=0)
        order, axis_of = np.arange(len(x)), np.zeros(len(x), np.int8)
        _grow(x, order, axis_of)
        flat_lat, flat_lon = lat.reshape(-1), lon.reshape(-1)
        parts = [slice(first, first + _POINTS_A_JOB) for first in range(0, lat.size, _POINTS_A_JOB)]
        run(_search, [(flat_lat[part], flat_lon[part], x, order, axis_of, out[part]) for part in parts])
    return out.reshape(lat.shape)
