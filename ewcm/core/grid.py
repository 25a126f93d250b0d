"""The analysis grid: cell sizes, areas and positions of an odc-geo GeoBox, and polygons in its pixel coordinates."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator

import geopandas as gpd
import numpy as np
import shapely
from affine import Affine
from numpy.typing import NDArray
from odc.geo.geobox import GeoBox
from pyproj import CRS, Proj, Transformer
from pyproj.enums import TransformDirection
from shapely.geometry.base import BaseGeometry

from ewcm.core import longitude

#: Mean radius of the earth [km] (IUGG R1), for every great-circle distance.
EARTH_RADIUS_KM = 6371.0088

#: A degree of a great circle, such as a meridian [km].
KM_PER_DEG = math.radians(1.0) * EARTH_RADIUS_KM

#: The same [m].
M_PER_DEG = 1000.0 * KM_PER_DEG

#: WGS 84: semi-major axis [km] and squared first eccentricity.
_SEMI_MAJOR_KM = 6378.137
_ECCENTRICITY_2 = 0.00669437999014132

#: Longer edges [degrees] get corners in between before they are projected: the error is then below a metre.
_LONGEST_EDGE_DEG = 0.05

#: Rows worked on at a time. Fixed, so that sums are added in the same order on every machine.
BLOCK_ROWS = 512


def blocks(rows: int) -> Iterator[slice]:
    """Slices of ``BLOCK_ROWS`` rows, from north to south."""
    for start in range(0, rows, BLOCK_ROWS):
        yield slice(start, min(start + BLOCK_ROWS, rows))


def box_deg(geobox: GeoBox) -> tuple[float, float, float, float]:
    """West, south, east and north of a grid [degrees]."""
    box = geobox.extent.to_crs("EPSG:4326").boundingbox
    return box.left, box.bottom, box.right, box.top


def is_geographic(geobox: GeoBox) -> bool:
    """Whether the grid is in degrees."""
    return bool(geobox.crs is not None and geobox.crs.geographic)


def apply(affine: Affine, x: np.ndarray, y: np.ndarray) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Many points through an affine transform."""
    return affine.a * x + affine.b * y + affine.c, affine.d * x + affine.e * y + affine.f


def row_latitudes(geobox: GeoBox) -> NDArray[np.float64]:
    """Latitude [degrees] of the centre of every row of a geographic grid, shape (rows,)."""
    return geobox.affine.f + (np.arange(geobox.shape[0]) + 0.5) * geobox.affine.e


def column_longitudes(geobox: GeoBox) -> NDArray[np.float64]:
    """Longitude [degrees] of the centre of every column of a geographic grid, shape (columns,)."""
    return geobox.affine.c + (np.arange(geobox.shape[1]) + 0.5) * geobox.affine.a


def wgs84_transformer(geobox: GeoBox) -> Transformer:
    """From the grid's CRS to longitude and latitude (WGS 84)."""
    return _to_wgs84(str(geobox.crs))


@functools.lru_cache(maxsize=16)
def _to_wgs84(crs: str) -> Transformer:
    return Transformer.from_crs(CRS.from_user_input(crs), "EPSG:4326", always_xy=True)


def latlon(geobox: GeoBox, row: np.ndarray, col: np.ndarray) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Latitude and longitude [degrees, −180..180] of (fractional) pixel positions; a cell's centre is (row+0.5, col+0.5)."""
    x, y = apply(geobox.affine, np.asarray(col, dtype=np.float64), np.asarray(row, dtype=np.float64))
    if is_geographic(geobox):
        lon, lat = x, y
    else:
        lon, lat = wgs84_transformer(geobox).transform(x, y)
    return np.asarray(lat), longitude.to_180(np.asarray(lon))


def cells_at(geobox: GeoBox, lat: np.ndarray, lon: np.ndarray) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows and columns of the cells in which positions [degrees] lie; beyond the shape of the grid for those off it."""
    if is_geographic(geobox):
        x, y = geobox.affine.c + longitude.to_360(lon - geobox.affine.c), lat
    else:
        x, y = wgs84_transformer(geobox).transform(lon, lat, direction=TransformDirection.INVERSE)
    col, row = apply(~geobox.affine, np.asarray(x), np.asarray(y))
    col, row = (np.where(np.isfinite(value), value, -1.0) for value in (col, row))
    return np.floor(row).astype(np.int64), np.floor(col).astype(np.int64)


def cell_positions(geobox: GeoBox, rows: slice) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Latitude and longitude [degrees] of the cell centres of some rows, each of shape (rows, columns)."""
    row, col = np.mgrid[rows.start : rows.stop, 0 : geobox.shape[1]] + 0.5
    return latlon(geobox, row, col)


def _area_to_latitude(latitude_deg: np.ndarray) -> np.ndarray:
    """Area [km² per radian of longitude] of the ellipsoid between the equator and a latitude (Snyder 1987, eq. 3-12)."""
    eccentricity = np.sqrt(_ECCENTRICITY_2)
    sine = np.sin(np.radians(latitude_deg))
    minor_2 = _SEMI_MAJOR_KM**2 * (1 - _ECCENTRICITY_2)
    area: np.ndarray = (
        minor_2 / 2 * (sine / (1 - _ECCENTRICITY_2 * sine**2) + np.arctanh(eccentricity * sine) / eccentricity)
    )
    return area


def row_cell_area_km2(geobox: GeoBox) -> NDArray[np.float64]:
    """Area [km²] of one grid cell of every row, shape (rows,), on the WGS 84 ellipsoid.

    Geographic grids: closed form. Projected grids: the cell's plane area over the projection's areal scale at the
    middle column (exactly the plane area where the projection is equal-area).
    """
    rows, cols = geobox.shape
    affine = geobox.affine
    if is_geographic(geobox):
        edges = np.clip(affine.f + np.arange(rows + 1) * affine.e, -90.0, 90.0)
        area: NDArray[np.float64] = np.abs(np.diff(_area_to_latitude(edges))) * np.radians(abs(affine.a))
        return area
    lat, lon = latlon(geobox, np.arange(rows) + 0.5, np.full(rows, cols / 2))
    scale = Proj(CRS.from_user_input(str(geobox.crs))).get_factors(lon, lat).areal_scale
    unit_km = CRS.from_user_input(str(geobox.crs)).axis_info[0].unit_conversion_factor / 1000.0
    return abs(affine.a * affine.e) * unit_km**2 / np.asarray(scale)


def cell_area_km2(geobox: GeoBox, rows: slice) -> NDArray[np.float64]:
    """Area [km²] of every grid cell of some rows, shape (rows, columns), on the WGS 84 ellipsoid.

    On a projected grid the areal scale is worked out at every 16th cell and interpolated.
    """
    cols = geobox.shape[1]
    by_row = row_cell_area_km2(geobox)[rows, None]
    if is_geographic(geobox):
        return np.broadcast_to(by_row, (rows.stop - rows.start, cols))
    row = np.append(np.arange(rows.start, rows.stop - 1, 16), rows.stop - 1)
    col = np.append(np.arange(0, cols - 1, 16), cols - 1)
    lat, lon = latlon(geobox, *np.meshgrid(row + 0.5, np.append(col + 0.5, cols / 2), indexing="ij"))
    scale = np.asarray(Proj(CRS.from_user_input(str(geobox.crs))).get_factors(lon, lat).areal_scale)
    # How much smaller than at the middle column; beyond the edge of the projected world, as there.
    ratio = np.where(np.isfinite(scale), scale / scale[:, -1:], 1.0)[:, :-1]
    across = np.stack([np.interp(np.arange(cols), col, line) for line in ratio])
    every = np.arange(rows.start, rows.stop)
    upper = np.clip(np.searchsorted(row, every, side="right") - 1, 0, max(row.size - 2, 0))
    lower = np.minimum(upper + 1, row.size - 1)
    share = ((every - row[upper]) / np.maximum(row[lower] - row[upper], 1))[:, None]
    area: NDArray[np.float64] = by_row / (across[upper] * (1 - share) + across[lower] * share)
    return area


def row_cell_size_km(geobox: GeoBox) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Width and height [km] of one grid cell of every row on the sphere, each of shape (rows,)."""
    rows, cols = geobox.shape
    middle = np.full(rows, cols / 2)
    row = np.arange(rows) + 0.5
    lat_w, lon_w = latlon(geobox, row, middle - 0.5)
    lat_e, lon_e = latlon(geobox, row, middle + 0.5)
    lat_n, lon_n = latlon(geobox, row - 0.5, middle)
    lat_s, lon_s = latlon(geobox, row + 0.5, middle)
    return distance_km(lat_w, lon_w, lat_e, lon_e), distance_km(lat_n, lon_n, lat_s, lon_s)


def distance_km(lat1: np.ndarray, lon1: np.ndarray, lat2: np.ndarray, lon2: np.ndarray) -> NDArray[np.float64]:
    """Great-circle distance [km] between points in degrees (haversine formula, Sinnott 1984)."""
    lat1, lon1, lat2, lon2 = (np.radians(value) for value in (lat1, lon1, lat2, lon2))
    half = np.sin((lat2 - lat1) / 2) ** 2 + np.cos(lat1) * np.cos(lat2) * np.sin((lon2 - lon1) / 2) ** 2
    distance: NDArray[np.float64] = 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.clip(half, 0.0, 1.0)))
    return distance


def rows_and_columns(geobox: GeoBox, cells: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Row and column of some cells (flat indices): new arrays. ``numpy.divmod`` gives the same and takes ten times as long."""
    row = cells // geobox.shape[1]
    return row, cells - row * geobox.shape[1]


def unit_vectors(lat_deg: np.ndarray, lon_deg: np.ndarray) -> NDArray[np.float64]:
    """Points of the unit sphere, shape (3, points)."""
    lat, lon = np.radians(lat_deg), np.radians(lon_deg)
    return np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])


def pixel_polygon(geometry: BaseGeometry, geobox: GeoBox) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rings of a polygon in pixel coordinates: ``x`` (columns), ``y`` (rows) and ring offsets, as the kernels take them.

    ``geometry`` is in the grid's CRS. Shells run one way round and holes the other.
    """
    polygons = shapely.orient_polygons(shapely.get_parts(geometry))
    rings = shapely.get_rings(polygons)
    xy = shapely.get_coordinates(rings)
    offsets = np.concatenate([[0], np.cumsum(shapely.get_num_coordinates(rings))]).astype(np.int64)
    col, row = apply(~geobox.affine, xy[:, 0], xy[:, 1])
    return np.ascontiguousarray(col), np.ascontiguousarray(row), offsets


def projected_to(geobox: GeoBox, shapes: gpd.GeoSeries) -> gpd.GeoSeries:
    """Shapes in the grid's CRS. Between two corners they follow straight lines of degrees, as the grid's other tenants do.

    A border along a parallel that has a corner every 500 km is kilometres off when only its corners are projected.
    """
    if not is_geographic(geobox):
        shapes = shapes.segmentize(_LONGEST_EDGE_DEG)
    return shapes.to_crs(str(geobox.crs))


def on_grid(geometry: BaseGeometry, geobox: GeoBox) -> BaseGeometry:
    """``geometry`` where the grid is: on a grid in 0..360 the parts west of Greenwich are met 360° further east too."""
    if not is_geographic(geobox):
        return geometry
    west, _, east, _ = geobox.extent.boundingbox
    return longitude.shape_onto(geometry, (west, east))
