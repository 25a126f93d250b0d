"""The terrain under the radials of a quadrant: where it is sampled, the raster cut to those lines, the samples of a radial."""

import math

import numpy as np

from ewcm_kernels.compiled import njit

#: The diagonals of a quadrant are longer than its axis by this much.
DIAGONAL = math.sqrt(2.0)

#: Raster rows that are cut at a time where lines run across them, so that what is read stays near.
ROWS_AT_A_TIME = 16


@njit(cache=True, nogil=True, error_model="numpy")
def stations(along, sign, max_km, step_km):
    """Distances [km] from the transmitter, along the axis of a quadrant, at which its radials are sampled.

    Every row of the grid is one; between two rows, and before the first, stand as many as it takes that no step of a
    diagonal is longer than one and a half ``step_km``. Also: index of the first row of the quadrant and the direction to
    the next, stations before the first row, and stations from one row to the next.
    """
    count = along.size
    towards = 1 if (along[1] > along[0]) == (sign > 0) else -1
    first = 0 if towards > 0 else count - 1
    while 0 <= first < count and sign * along[first] <= 0.0:
        first += towards
    rows = 0
    while 0 <= first + towards * rows < count and sign * along[first + towards * rows] <= max_km:
        rows += 1
    if rows == 0:
        return np.empty(0), first, towards, 0, 1
    pitch_km, gap_km = abs(along[1] - along[0]), sign * along[first]
    parts = max(1, math.ceil(DIAGONAL * pitch_km / step_km - 0.5))
    ahead = max(1, math.ceil(DIAGONAL * gap_km / step_km - 0.5)) - 1
    station_km = np.empty(ahead + 1 + (rows - 1) * parts)
    for s in range(ahead):
        station_km[s] = gap_km * (s + 1) / (ahead + 1)
    station_km[ahead] = gap_km
    for row in range(1, rows):
        past_km = sign * along[first + towards * (row - 1)]
        here_km = sign * along[first + towards * row]
        for part in range(parts):
            station_km[ahead + (row - 1) * parts + part + 1] = past_km + (here_km - past_km) * (part + 1) / parts
        station_km[ahead + row * parts] = here_km
    return station_km, first, towards, ahead, parts


@njit(cache=True, nogil=True, error_model="numpy")
def wedge(dem_m, axis, station_km, along_0, along_per_km, across_0, low_per_km, high_per_km):
    """Terrain of a wedge of a quadrant, interpolated to one line a station: f32[stations · width], and where lines begin.

    ``axis``: 0 where lines are rows of the raster, 1 where they are columns. ``along_0``, ``across_0``: the transmitter in
    the raster, ``along_per_km``: raster cells a kilometre of the quadrant's axis, ``low_per_km``, ``high_per_km``: the sides
    of the wedge, in raster cells across a kilometre of the axis. Crossing k of station s is entry ``begin[s] + k``; beyond
    the rim of the raster its last cells go on, so that k may be one short of it or one past it.
    """
    lines, crossings = dem_m.shape[axis], dem_m.shape[1 - axis]
    count = station_km.size
    width = min(int((high_per_km - low_per_km) * station_km[count - 1]) + 6, crossings + 2)
    wedge_m = np.empty((count, width), np.float32)
    line, share, first = np.empty(count, np.int64), np.empty(count, np.float32), np.empty(count, np.int64)
    for s in range(count):
        along = min(max(along_0 + station_km[s] * along_per_km, 0.0), lines - 1.0)
        line[s] = min(int(along), lines - 2)
        share[s] = along - line[s]
        first[s] = max(-1, min(math.floor(across_0 + station_km[s] * low_per_km) - 1, crossings + 1 - width))
        inner, past = max(first[s], 0), min(first[s] + width, crossings)
        if axis == 0:
            near, far = dem_m[line[s]], dem_m[line[s] + 1]
            for k in range(inner, past):
                wedge_m[s, k - first[s]] = near[k] + (far[k] - near[k]) * share[s]
    if axis == 1:
        for block in range(0, crossings, ROWS_AT_A_TIME):
            for s in range(count):
                inner, past = max(block, first[s]), min(block + ROWS_AT_A_TIME, first[s] + width, crossings)
                for k in range(inner, past):
                    wedge_m[s, k - first[s]] = (
                        dem_m[k, line[s]] + (dem_m[k, line[s] + 1] - dem_m[k, line[s]]) * share[s]
                    )
    for s in range(count):
        if first[s] < 0:
            wedge_m[s, 0] = wedge_m[s, 1]
        if first[s] + width > crossings:
            wedge_m[s, width - 1] = wedge_m[s, width - 2]
    return wedge_m.reshape(-1), np.arange(count) * width - first


@njit(cache=True, nogil=True, error_model="numpy")
def samples(wedge_m, begin, station_km, across_0, slope, across_per_km, crossings, height_m, turn_m):
    """Heights [m] of the samples of the radial of one slope, and their change [m] with the slope.

    Linear between two crossings; the change is the mean over half a crossing to either side, 0 beside a missing height.
    """
    for s in range(station_km.size):
        position = min(max(across_0 + station_km[s] * (slope * across_per_km), 0.0), crossings - 1.0)
        k = np.int32(position + 0.5)
        at = begin[s] + k
        middle_m = np.float64(wedge_m[np.uintp(at)])
        before_m, after_m = middle_m - wedge_m[np.uintp(at - 1)], wedge_m[np.uintp(at + 1)] - middle_m
        off = position - k
        height_m[s] = middle_m + off * (before_m if off < 0.0 else after_m)
        change_m = (before_m + (off + 0.5) * (after_m - before_m)) * (across_per_km * station_km[s])
        turn_m[s] = change_m if change_m == change_m else 0.0
