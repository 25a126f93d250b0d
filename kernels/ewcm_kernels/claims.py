"""Which centre each grid cell goes to, where the centres of `ewcm_kernels.centres` were chosen on a lattice of points."""

import math

import numpy as np

from ewcm_kernels.centres import Lattice, half_widths
from ewcm_kernels.compiled import njit
from ewcm_kernels.discs import EARTH_RADIUS_KM

#: Codes of grid cells in ``given`` of :func:`claims`.
NOT_GROUND = -1
FREE = -2


@njit(cache=True, nogil=True)
def _rims(row, col, inner, outer, cols, wraps, offsets, centre):
    """Count the centres at whose rim each point lies (``centre`` is empty) or write them down, the first chosen first."""
    reach, inside = outer.shape[1] // 2, inner.shape[1] // 2
    rows = outer.shape[0]
    for index in range(row.size):
        for other in range(max(0, row[index] - reach), min(rows, row[index] + reach + 1)):
            width = outer[row[index], other - row[index] + reach]
            if width < 0:
                continue
            away = other - row[index]
            within = inner[row[index], away + inside] if abs(away) <= inside else np.int32(-1)
            start, stop = col[index] - width, col[index] + width + 1
            if not wraps:
                start, stop = max(start, 0), min(stop, cols)
            elif stop - start > cols:
                start, stop = col[index] - cols // 2, col[index] - cols // 2 + cols
            for at in range(start, stop):
                if abs(at - col[index]) <= within:
                    continue
                point = other * cols + at % cols
                if centre.size:
                    centre[offsets[point]] = index
                offsets[point] += 1


def rims(
    row: np.ndarray, col: np.ndarray, lattice: Lattice, radius_km: float, margin_km: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Centres at whose rim each point of the lattice lies: nearer than the radius and its margin, not nearer than the radius
    less it, so that some of the people there may be within the radius and others not.

    Returns ``offsets``, int64 (rows·cols + 1), and ``centre``, int32: those of point p are centre[offsets[p]:offsets[p + 1]].
    """
    inner = half_widths(lattice, radius_km - margin_km)
    outer = half_widths(lattice, radius_km + margin_km)
    counts = np.zeros(lattice.row_lat_deg.size * lattice.cols, np.int64)
    nothing = np.zeros(0, np.int32)
    _rims(row, col, inner, outer, lattice.cols, lattice.wraps, counts, nothing)
    offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)])
    centre = np.empty(int(offsets[-1]), np.int32)
    if centre.size:
        _rims(row, col, inner, outer, lattice.cols, lattice.wraps, offsets[:-1].copy(), centre)
    return offsets, centre


@njit(cache=True, nogil=True)
def _claims(
    given, extra, people, lat_deg, lon_deg, point_row, point_col, owner, offsets, rim_centre, centre_xyz, chord_2, out, within
):  # fmt: skip
    rows, cols = given.shape
    columns = owner.shape[1]
    for row in range(rows):
        for col in range(cols):
            code = given[row, col]
            if code == NOT_GROUND and not extra[row, col]:
                out[row, col] = -1
                continue
            at_row, at_col = point_row[row, col], point_col[row, col]
            first = owner[at_row, at_col]
            point = at_row * columns + at_col
            if offsets.size and offsets[point] < offsets[point + 1]:
                lat, lon = math.radians(lat_deg[row, col]), math.radians(lon_deg[row, col])
                x, y, z = math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat)
                for index in range(offsets[point], offsets[point + 1]):
                    centre = rim_centre[index - offsets[0]]
                    dx, dy, dz = centre_xyz[0, centre] - x, centre_xyz[1, centre] - y, centre_xyz[2, centre] - z
                    if dx * dx + dy * dy + dz * dz <= chord_2:
                        if code != NOT_GROUND:
                            within[centre] += people[row, col]
                        if first < 0 or centre < first:
                            first = centre
            out[row, col] = code if code >= 0 else first


def claims(
    given: np.ndarray,
    extra: np.ndarray,
    people: np.ndarray,
    position_deg: tuple[np.ndarray, np.ndarray],
    point: tuple[np.ndarray, np.ndarray],
    owner: np.ndarray,
    rim: tuple[np.ndarray, np.ndarray],
    centre_deg: tuple[np.ndarray, np.ndarray],
    radius_km: float,
) -> tuple[np.ndarray, np.ndarray]:
    """The centre of each grid cell (int32, -1 for none), and the people at the rims of each centre who are within its radius.

    ``given``: int32, the centre of a cell where it is settled, FREE for other cells of the ground and NOT_GROUND; of the latter
    those with ``extra`` (bool) get a centre too. ``people``: float64. ``position_deg``: latitude and longitude of the cells.
    ``point``: row and column of the lattice of each cell, counted from the first row of ``owner``. ``rim``: as of
    :func:`rims`, for the points of ``owner`` alone; empty where no cell lies beside its point. ``centre_deg``: latitudes and
    longitudes. All but the last three are arrays of one shape.
    """
    lat, lon = np.radians(centre_deg[0]), np.radians(centre_deg[1])
    xyz = np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])
    # A millimetre more, so that nobody falls between two roundings.
    angle = min(math.pi, (radius_km + 1e-6) / EARTH_RADIUS_KM)
    chord_2 = (2.0 * math.sin(0.5 * angle)) ** 2
    out, within = np.empty(given.shape, np.int32), np.zeros(lat.size)
    _claims(given, extra, people, *position_deg, *point, owner, *rim, xyz, chord_2, out, within)
    return out, within


@njit(cache=True, nogil=True)
def _bin(code, people, point_row, point_col, whole, free, everybody):
    for row in range(code.shape[0]):
        for col in range(code.shape[1]):
            if code[row, col] == NOT_GROUND:
                continue
            at_row, at_col = point_row[row, col], point_col[row, col]
            everybody[at_row, at_col] += people[row, col]
            if not whole[row, col]:
                free[at_row, at_col] += people[row, col]


def add_to_points(
    code: np.ndarray,
    people: np.ndarray,
    point: tuple[np.ndarray, np.ndarray],
    whole: np.ndarray,
    free: np.ndarray,
    everybody: np.ndarray,
) -> None:
    """Add the people of the grid cells that are not NOT_GROUND in ``code`` to the points of the lattice in which they lie: to
    ``everybody``, and to ``free`` where they belong to no ``whole`` group (bool)."""
    _bin(code, people, *point, whole, free, everybody)
