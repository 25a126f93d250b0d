"""Discs of a given great-circle radius around sites, painted onto a grid.

On a geographic grid a disc is one span of longitudes in each row. With the haversine of the radius θ (as an angle), of the
difference in latitude Δφ and of the half width Δλ (R. W. Sinnott, "Virtues of the haversine", Sky & Telescope 68, 1984),

    sin²(θ/2) = sin²(Δφ/2) + cos φ cos φ_site sin²(Δλ/2),    sin²(θ/2) − sin²(Δφ/2) = sin((θ+Δφ)/2) sin((θ−Δφ)/2),

which gives Δλ without the cancellation that the cosine rule has at small radii.
"""

import math

import numpy as np

from ewcm_kernels.bands import row_bands, run
from ewcm_kernels.compiled import njit

#: Mean radius of the earth [km] (IUGG; the sphere all distances of the engine are measured on).
EARTH_RADIUS_KM = 6371.0088

#: Widens every disc by less than a micrometre, so that a cell exactly on the rim is inside despite rounding.
_SLACK_KM = 1e-10

#: Up to this angular radius [rad] (about 300 km) and this sin²(Δλ/2), short series replace sine and arcsine and
#: are exact to the last digits of float64.
_SMALL_ANGLE = 0.05
_SMALL_HAVERSINE = 0.002

#: Rows that are painted together, so that their spans stay in the cache.
_STRIP_ROWS = 16


@njit(cache=True, nogil=True, error_model="numpy")
def _half_widths_small(site_lat, angle, row_lat, inverse_cos, top, bottom, half_width):
    """Half width [rad] of a small disc in rows top..bottom-1, -1 out of reach; False where a series does not serve."""
    site_inverse_cos = 1.0 / math.cos(site_lat)
    widest = 0.0
    for row in range(top, bottom):
        difference = row_lat[row] - site_lat
        a = 0.5 * (angle + difference)
        b = 0.5 * (angle - difference)
        aa = a * a
        bb = b * b
        sin_a = a * (1.0 + aa * (-1.0 / 6 + aa * (1.0 / 120 + aa * (-1.0 / 5040 + aa * (1.0 / 362880)))))
        sin_b = b * (1.0 + bb * (-1.0 / 6 + bb * (1.0 / 120 + bb * (-1.0 / 5040 + bb * (1.0 / 362880)))))
        h = sin_a * sin_b * inverse_cos[row] * site_inverse_cos
        series = 1.0 + h * (1.0 / 6 + h * (3.0 / 40 + h * (15.0 / 336 + h * (105.0 / 3456 + h * (945.0 / 42240)))))
        half_width[row] = 2.0 * math.sqrt(h) * series if h >= 0.0 else -1.0
        widest = h if h > widest else widest
    return widest <= _SMALL_HAVERSINE


@njit(cache=True, nogil=True, error_model="numpy")
def _half_widths(site_lat, angle, row_lat, inverse_cos, top, bottom, half_width):
    """Half width [rad] of any disc in rows top..bottom-1; -1 out of reach, infinite where the whole parallel is in."""
    site_inverse_cos = 1.0 / math.cos(site_lat)
    for row in range(top, bottom):
        difference = row_lat[row] - site_lat
        h = math.sin(0.5 * (angle + difference)) * math.sin(0.5 * (angle - difference))
        h *= inverse_cos[row] * site_inverse_cos
        if h >= 1.0 or angle >= math.pi:
            half_width[row] = np.inf
        else:
            half_width[row] = 2.0 * math.asin(math.sqrt(h)) if h >= 0.0 else -1.0


@njit(cache=True, nogil=True, error_model="numpy")
def _mark_spans(centre, turn, half_width_cols, past_span, row):
    """Note the span of one disc in one row, once for every turn round the earth in which it touches the grid."""
    cols = past_span.shape[1]
    # From the turn that begins left of the grid, through those in it: usually just one of them touches.
    while centre - half_width_cols <= cols - 1:
        if centre + half_width_cols >= 0.0:
            left = np.int64(math.ceil(max(0.0, centre - half_width_cols)))
            past = np.int64(math.floor(min(cols - 1.0, centre + half_width_cols))) + 1
            if past_span[row, left] < past:
                past_span[row, left] = past
        centre += turn


@njit(cache=True, nogil=True)
def _paint_spans(past_span, row, out, out_row):
    """Paint the union of all spans of a row, and forget them."""
    past = 0
    for col in range(out.shape[1]):
        past = max(past, past_span[row, col])
        if col < past:
            out[out_row, col] = 1
        past_span[row, col] = 0


@njit(cache=True, nogil=True, error_model="numpy")
def _paint_rows(
    site_lat, site_lon_deg, angle, north_lat_deg, lat_step_deg, west_lon_deg, lon_step_deg, out, first, past_last
):
    rows, cols = past_last - first, out.shape[1]
    row_lat = np.empty(rows)
    inverse_cos = np.empty(rows)
    for row in range(rows):
        row_lat[row] = math.radians(north_lat_deg + (first + row) * lat_step_deg)
        inverse_cos[row] = 1.0 / math.cos(row_lat[row])

    # First and past the last row of each disc that touches the band; one row more at either end, lest rounding lose one.
    sites = np.empty(site_lat.size, np.int64)
    disc_rows = np.empty((site_lat.size, 2), np.int64)
    count = 0
    per_row = 1.0 / math.radians(lat_step_deg)
    for site in range(site_lat.size):
        middle = (site_lat[site] - row_lat[0]) * per_row
        reach = abs(angle[site] * per_row)
        top = max(0.0, math.floor(middle - reach))
        bottom = min(np.float64(rows), math.ceil(middle + reach) + 1.0)
        if angle[site] > 0.0 and top < bottom:
            sites[count] = site
            disc_rows[count, 0] = np.int64(top)
            disc_rows[count, 1] = np.int64(bottom)
            count += 1

    per_col = 1.0 / lon_step_deg
    per_radian = math.degrees(1.0) * per_col
    turn = 360.0 * per_col
    half_width = np.empty(rows)
    # For each row of a strip and each column where spans begin: the column past the end of the longest.
    past_span = np.zeros((min(rows, _STRIP_ROWS), cols), np.int32)
    for strip in range(0, rows, _STRIP_ROWS):
        past_strip = min(rows, strip + _STRIP_ROWS)
        touched = False
        for index in range(count):
            top, bottom = max(strip, disc_rows[index, 0]), min(past_strip, disc_rows[index, 1])
            if top >= bottom:
                continue
            touched = True
            lat, radius = site_lat[sites[index]], angle[sites[index]]
            if not (
                radius <= _SMALL_ANGLE
                and _half_widths_small(lat, radius, row_lat, inverse_cos, top, bottom, half_width)
            ):
                _half_widths(lat, radius, row_lat, inverse_cos, top, bottom, half_width)
            centre = (site_lon_deg[sites[index]] - west_lon_deg) * per_col
            centre -= (math.floor(centre / turn) + 1.0) * turn
            for row in range(top, bottom):
                half_width_cols = half_width[row] * per_radian
                if 2.0 * half_width_cols >= turn:
                    past_span[row - strip, 0] = cols
                elif half_width_cols >= 0.0:
                    _mark_spans(centre, turn, half_width_cols, past_span, row - strip)
        if touched:
            for row in range(strip, past_strip):
                _paint_spans(past_span, row - strip, out, first + row)


def _site_arrays(
    site_lat_deg: np.ndarray, site_lon_deg: np.ndarray, radius_km: float | np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Latitude [rad], longitude [deg] and angular radius [rad] of each site; a radius below zero means no disc."""
    lat = np.radians(np.ascontiguousarray(site_lat_deg, np.float64))
    lon_deg = np.ascontiguousarray(site_lon_deg, np.float64)
    radius = np.broadcast_to(np.asarray(radius_km, np.float64), lat.shape)
    if lat.shape != lon_deg.shape or lat.ndim != 1:
        raise ValueError("latitudes and longitudes of the sites must be vectors of one length")
    if not (np.isfinite(lat).all() and np.isfinite(lon_deg).all() and not np.isnan(radius).any()):
        raise ValueError("positions and radii of the sites must be numbers")
    angle = np.where(radius < 0, -1.0, np.minimum((radius + _SLACK_KM) / EARTH_RADIUS_KM, math.pi))
    return lat, lon_deg, angle


def paint_discs(
    site_lat_deg: np.ndarray,
    site_lon_deg: np.ndarray,
    radius_km: float | np.ndarray,
    north_lat_deg: float,
    lat_step_deg: float,
    west_lon_deg: float,
    lon_step_deg: float,
    out: np.ndarray,
) -> None:
    """Set ``out`` to 1 at every cell of a geographic grid whose centre lies within a site's radius, on the great circle.

    ``site_lat_deg``, ``site_lon_deg``: float vectors. ``radius_km``: one radius or one a site; below zero paints nothing.
    ``north_lat_deg``, ``west_lon_deg``: centre of cell (0, 0). ``lat_step_deg``: from row to row, negative southwards.
    ``lon_step_deg``: from column to column, positive. ``out``: 2-D uint8 or bool; cells out of reach are left as they are.
    Longitudes count modulo 360 (a grid may run -180..180, 0..360, or round the earth twice), and a disc may hold a pole.
    """
    if not lon_step_deg > 0 or lat_step_deg == 0:
        raise ValueError("lon_step_deg must be positive and lat_step_deg must not be 0")
    lat, lon_deg, angle = _site_arrays(site_lat_deg, site_lon_deg, radius_km)
    geometry = [float(number) for number in (north_lat_deg, lat_step_deg, west_lon_deg, lon_step_deg)]
    bands = row_bands(*out.shape)
    run(_paint_rows, [(lat, lon_deg, angle, *geometry, out.view(np.uint8), *band) for band in bands])


@njit(cache=True, nogil=True)
def _paint_scattered_rows(site, chord, site_window, cell_lat, cell_lon, out, first, past_last):
    # On the unit sphere the chord between two points tells their distance, and differences of coordinates keep it exact.
    rows = past_last - first
    point = np.empty((3, rows, out.shape[1]))
    for row in range(rows):
        for col in range(out.shape[1]):
            lat = math.radians(cell_lat[first + row, col])
            lon = math.radians(cell_lon[first + row, col])
            point[0, row, col] = math.cos(lat) * math.cos(lon)
            point[1, row, col] = math.cos(lat) * math.sin(lon)
            point[2, row, col] = math.sin(lat)
    for index in range(chord.size):
        if chord[index] < 0.0:
            continue
        reach = chord[index] * chord[index]
        x, y, z = site[0, index], site[1, index], site[2, index]
        left, right = max(0, site_window[index, 2]), min(out.shape[1], site_window[index, 3])
        for row in range(max(site_window[index, 0], first) - first, min(site_window[index, 1], past_last) - first):
            for col in range(left, right):
                dx, dy, dz = point[0, row, col] - x, point[1, row, col] - y, point[2, row, col] - z
                if dx * dx + dy * dy + dz * dz <= reach:
                    out[first + row, col] = 1


def paint_discs_scattered(
    site_lat_deg: np.ndarray,
    site_lon_deg: np.ndarray,
    radius_km: float | np.ndarray,
    site_window: np.ndarray,
    cell_lat_deg: np.ndarray,
    cell_lon_deg: np.ndarray,
    out: np.ndarray,
) -> None:
    """As `paint_discs`, on a grid whose cell centres may lie anywhere (a projected grid).

    ``site_window``: integers (sites, 4): first row, past the last row, first column, past the last column in which to look
    for cells of each site; it may reach beyond the grid. ``cell_lat_deg``, ``cell_lon_deg``: 2-D, as ``out``; cells
    whose position is NaN are never painted.
    """
    lat, lon_deg, angle = _site_arrays(site_lat_deg, site_lon_deg, radius_km)
    lon = np.radians(lon_deg)
    site = np.array([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])
    chord = np.where(angle < 0, -1.0, np.where(angle < math.pi, 2.0 * np.sin(0.5 * angle), np.inf))
    window = np.ascontiguousarray(site_window, np.int64)
    if window.shape != (lat.size, 4) or not cell_lat_deg.shape == cell_lon_deg.shape == out.shape:
        raise ValueError("site_window must be (sites, 4), and the positions of the cells as many as there are cells")
    bands = row_bands(*out.shape)
    arrays = (site, chord, window, cell_lat_deg, cell_lon_deg, out.view(np.uint8))
    run(_paint_scattered_rows, [(*arrays, *band) for band in bands])
