"""Great-circle distance from each of many points to the nearest of some sites.

Points on the sphere are points in space, and of two sites the nearer along the great circle is the nearer through the ground. A
k-d tree (J. L. Bentley, Communications of the ACM 18(9), 1975) halves the sites by the median of the axis along which they lie
farthest apart, down to leaves of at most ``_LEAF`` sites. Nothing is special at the poles or at 180°.
"""

import math

import numpy as np

from ewcm_kernels.bands import run
from ewcm_kernels.compiled import njit
from ewcm_kernels.discs import EARTH_RADIUS_KM

_LEAF = 8

#: Deepest tree: halving 2⁶⁰ sites takes no more.
_DEPTH = 64

#: Rows of points that one job works on, and points of a list of one row.
_ROWS_A_JOB, _POINTS_A_JOB = 64, 1 << 16

#: Points are worked on by squares of so many rows and columns, of which so many sites are asked at most.
_SIDE, _MOST_LISTED = 8, 256


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
def _nearest(x, order, axis_of, point, start, low_of, high_of, apart):
    """The site that is nearest to a point, and its squared chord; the search begins with the site ``start``."""
    nearest = start
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
    return nearest, best


@njit(cache=True, nogil=True)
def _within(x, order, axis_of, point, limit, low_of, high_of, apart, listed):
    """List the sites whose squared chord to a point is at most ``limit``; how many, more than ``listed`` holds where there are
    too many."""
    low_of[0], high_of[0], apart[0], depth = 0, order.size, 0.0, 1
    count = 0
    while depth > 0:
        depth -= 1
        low, high = low_of[depth], high_of[depth]
        if apart[depth] > limit:
            continue
        middle = (low + high) // 2
        first, past = (low, high) if high - low <= _LEAF else (middle, middle + 1)
        for place in range(first, past):
            if _squared(x, order[place], point) <= limit:
                if count == listed.size:
                    return count + 1
                listed[count] = order[place]
                count += 1
        if high - low <= _LEAF:
            continue
        axis = axis_of[middle]
        ahead = point[axis] - x[order[middle], axis]
        near, far = (0.0, ahead * ahead) if ahead > 0.0 else (ahead * ahead, 0.0)
        low_of[depth], high_of[depth], apart[depth] = low, middle, far
        low_of[depth + 1], high_of[depth + 1], apart[depth + 1] = middle + 1, high, near
        depth += 2
    return count


@njit(cache=True, nogil=True)
def _on_ground(lat, lon, top, bottom, left, right, points):
    """Put the points of a square into space; False where one of them is nowhere. What repeats along a row or a column is worked
    out once."""
    cosine, sine = np.empty(right - left), np.empty(right - left)
    height = width = 0.0
    count, is_somewhere = 0, True
    for row in range(top, bottom):
        for col in range(left, right):
            if row == top or lon[row, col] != lon[row - 1, col]:
                turn = math.radians(lon[row, col])
                cosine[col - left], sine[col - left] = math.cos(turn), math.sin(turn)
            if col == left or lat[row, col] != lat[row, col - 1]:
                phi = math.radians(lat[row, col])
                width, height = math.cos(phi), math.sin(phi)
            points[count, 0] = width * cosine[col - left]
            points[count, 1] = width * sine[col - left]
            points[count, 2] = height
            is_somewhere = is_somewhere and math.isfinite(points[count, 0]) and math.isfinite(height)
            count += 1
    return is_somewhere


@njit(cache=True, nogil=True)
def _search(lat, lon, x, order, axis_of, out):
    """The chord to the nearest site, as a distance along the ground, for points (rows, columns), by squares of ``_SIDE``.

    Whatever is nearest to a point of a square lies no farther from its middle than what is nearest to that, and twice the way
    from the middle to the farthest of its points: only these sites are asked. Where they are too many, or a point is nowhere,
    each point searches the tree for itself, beginning with the site nearest to the one before.
    """
    low_of, high_of = np.empty(_DEPTH, np.int64), np.empty(_DEPTH, np.int64)
    apart = np.empty(_DEPTH)
    listed = np.empty(_MOST_LISTED, np.int64)
    points = np.empty((_SIDE * _SIDE, 3))
    middle = np.empty(3)
    nearest = order[0]
    for top in range(0, lat.shape[0], _SIDE):
        bottom = min(lat.shape[0], top + _SIDE)
        for left in range(0, lat.shape[1], _SIDE):
            right = min(lat.shape[1], left + _SIDE)
            size = (bottom - top) * (right - left)
            is_somewhere = _on_ground(lat, lon, top, bottom, left, right, points)
            count = listed.size + 1
            if is_somewhere and size > _SIDE:
                for axis in range(3):
                    middle[axis] = points[:size, axis].mean()
                nearest, squared = _nearest(x, order, axis_of, middle, nearest, low_of, high_of, apart)
                widest = 0.0
                for number in range(size):
                    a, b, c = (
                        points[number, 0] - middle[0],
                        points[number, 1] - middle[1],
                        points[number, 2] - middle[2],
                    )
                    widest = max(widest, a * a + b * b + c * c)
                # A little more, so that rounding leaves nobody out.
                reach = (math.sqrt(squared) + 2.0 * math.sqrt(widest)) * (1.0 + 1e-9) + 1e-12
                count = _within(x, order, axis_of, middle, reach * reach, low_of, high_of, apart, listed)
            for number in range(size):
                point = points[number]
                if count <= listed.size:
                    best = np.inf
                    for place in range(count):
                        best = min(best, _squared(x, listed[place], point))
                elif is_somewhere or (math.isfinite(point[0]) and math.isfinite(point[2])):
                    nearest, best = _nearest(x, order, axis_of, point, nearest, low_of, high_of, apart)
                else:
                    best = np.nan
                row, col = top + number // (right - left), left + number % (right - left)
                # The lesser of 1 and what is not a number would be 1.
                half = 0.5 * math.sqrt(best)
                out[row, col] = 2.0 * EARTH_RADIUS_KM * math.asin(1.0 if half > 1.0 else half)


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
    out = np.full(lat.shape, np.inf, np.float32)
    if site_lat_deg.size:
        x = np.unique(_on_sphere(site_lat_deg, site_lon_deg), axis=0)
        order, axis_of = np.arange(len(x)), np.zeros(len(x), np.int8)
        _grow(x, order, axis_of)
        jobs = []
        if lat.ndim == 2:
            for first in range(0, lat.shape[0], _ROWS_A_JOB):
                rows = slice(first, first + _ROWS_A_JOB)
                jobs.append((lat[rows], lon[rows], x, order, axis_of, out[rows]))
        else:
            flat = lat.reshape(1, -1), lon.reshape(1, -1), out.reshape(1, -1)
            for first in range(0, lat.size, _POINTS_A_JOB):
                part = slice(first, first + _POINTS_A_JOB)
                jobs.append((flat[0][:, part], flat[1][:, part], x, order, axis_of, flat[2][:, part]))
        run(_search, [tuple(np.ascontiguousarray(one) if one is not job[5] else one for one in job) for job in jobs])
    return out
