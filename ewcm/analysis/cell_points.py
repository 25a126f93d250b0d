"""The points at which the people of grid cells are met when centres are chosen: the cells themselves, or for fine grids and
grids that do not lie along the parallels the cells of a lattice of 30 arc seconds that is fixed to the world."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from affine import Affine
from ewcm_kernels.centres import Lattice
from odc.geo.geobox import GeoBox

from ewcm.core import grid, longitude

#: Cells of the world's lattice in a degree.
PER_DEGREE = 120

#: Positions on a projected grid are worked out at points this far apart [km] and interpolated: the error is centimetres.
_NODES_KM = 2.0

#: Nodes are at most this many cells apart.
_NODES_EVERY = 16


@dataclass(frozen=True)
class CellPoints:
    """Which point of a lattice each cell of a grid is met at.

    ``margin_km``: how far a cell's centre may lie from its point, by row of the lattice; 0 where the cells are the points.
    ``corner``: row and column of the world's lattice of the first point, None where the cells are the points. ``meridian``:
    the longitudes of a projected grid lie around it.
    """

    geobox: GeoBox
    lattice: Lattice
    margin_km: np.ndarray
    corner: tuple[int, int] | None
    meridian: float = 0.0

    @property
    def affine(self) -> Affine:
        """From columns and rows of the lattice to longitude and latitude."""
        if self.corner is None:
            return self.geobox.affine
        row, col = self.corner
        step = 1 / PER_DEGREE
        return Affine(step, 0.0, col / PER_DEGREE, 0.0, -step, 90.0 - row / PER_DEGREE)

    def point_deg(self, row: np.ndarray, col: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Latitude and longitude of points of the lattice."""
        affine = self.affine
        return self.lattice.row_lat_deg[row], affine.c + (col + 0.5) * affine.a

    def of_cells(self, row: np.ndarray, col: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Row and column of the lattice of some cells."""
        if self.corner is None:
            return row, col
        return self._points(*self.positions(row, col))

    def positions(self, row: np.ndarray, col: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Latitude and longitude of the centres of some cells, in one piece around the country."""
        lat, lon = grid.latlon(self.geobox, row + 0.5, col + 0.5)
        if grid.is_geographic(self.geobox):
            return lat, grid.column_longitudes(self.geobox)[col]
        return _finite(lat, lon, self.meridian)

    def block(self, rows: slice) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Latitude, longitude, row and column of the lattice of the cells of some rows, each of shape (rows, columns)."""
        shape = (rows.stop - rows.start, self.geobox.shape[1])
        if grid.is_geographic(self.geobox):
            lat, lon = grid.row_latitudes(self.geobox)[rows], grid.column_longitudes(self.geobox)
            if self.corner is None:
                row, col = np.arange(rows.start, rows.stop), np.arange(shape[1])
            else:
                row, col = self._points(lat, lon)
            whole = [np.broadcast_to(values[:, None], shape) for values in (lat, row)]
            across = [np.broadcast_to(values, shape) for values in (lon, col)]
            return whole[0], across[0], whole[1], across[1]
        lat, lon = _positions(self.geobox, rows, self.meridian)
        return lat, lon, *self._points(lat, lon)

    def _points(self, lat: np.ndarray, lon: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        first_row, first_col = self.corner or (0, 0)
        row, col = _world_point(lat, lon)
        last = self.lattice.row_lat_deg.size - 1
        col = (col - first_col) % (360 * PER_DEGREE)
        return np.clip(row - first_row, 0, last), np.minimum(col, self.lattice.cols - 1)


def cell_points(geobox: GeoBox) -> CellPoints:
    """The points of a grid: its cells, where it is one of degrees that is not finer than the world's lattice."""
    if grid.is_geographic(geobox) and abs(geobox.affine.e) > (1 - 1e-6) / PER_DEGREE:
        lattice = Lattice(grid.row_latitudes(geobox), float(geobox.affine.a), int(geobox.shape[1]))
        return CellPoints(geobox, lattice, np.zeros(geobox.shape[0]), None)
    meridian = 0.0
    if grid.is_geographic(geobox):
        lat, lon = grid.row_latitudes(geobox), grid.column_longitudes(geobox)
    else:
        lat, lon, meridian = _rim_positions(geobox)
    row, _ = _world_point(lat, lat)
    _, col = _world_point(lon, lon)
    # One more on every side: positions between the corners of a projected grid are interpolated.
    corner = max(0, int(row.min()) - 1), int(col.min()) - 1
    rows = min(180 * PER_DEGREE, int(row.max()) + 2) - corner[0]
    cols = min(360 * PER_DEGREE, int(col.max()) + 2 - corner[1])
    centre = 90.0 - (corner[0] + np.arange(rows) + 0.5) / PER_DEGREE
    half = 0.5 / PER_DEGREE
    # Widest towards the equator.
    margin = grid.distance_km(centre, np.zeros(rows), np.abs(centre) - half, np.full(rows, half))
    margin = np.where(
        centre < 0, grid.distance_km(-centre, np.zeros(rows), -centre - half, np.full(rows, half)), margin
    )
    return CellPoints(geobox, Lattice(centre, 1 / PER_DEGREE, cols), margin + 1e-6, corner, meridian)


def _world_point(lat: np.ndarray, lon: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Row (from the north pole) and column (from Greenwich) of the world's lattice."""
    row = np.floor((90.0 - lat) * PER_DEGREE).astype(np.int64)
    return row, np.floor(lon * PER_DEGREE).astype(np.int64)


def _finite(lat: np.ndarray, lon: np.ndarray, meridian: float) -> tuple[np.ndarray, np.ndarray]:
    """Longitudes in one piece around a meridian; a cell beyond the edge of the projected world stands on the equator there."""
    known = np.isfinite(lat) & np.isfinite(lon)
    return np.where(known, lat, 0.0), longitude.near(np.where(known, lon, meridian), meridian)


def _rim_positions(geobox: GeoBox) -> tuple[np.ndarray, np.ndarray, float]:
    """Latitudes and longitudes that span a projected grid, and the meridian through its middle."""
    rows, cols = geobox.shape
    row, col = np.meshgrid(
        np.unique(np.linspace(0, rows - 1, 65).astype(np.int64)),
        np.unique(np.linspace(0, cols - 1, 65).astype(np.int64)),
    )
    lat, lon = grid.latlon(geobox, row + 0.5, col + 0.5)
    _, middle = grid.latlon(geobox, np.array([rows / 2]), np.array([cols / 2]))
    meridian = float(middle[0]) if np.isfinite(middle[0]) else 0.0
    lat, lon = _finite(lat, lon, meridian)
    if lon.min() < -180.0 or lon.max() > 180.0:
        # A country across 180° is shown in 0..360.
        meridian = float(longitude.to_360(meridian))
        lon = longitude.near(lon, meridian)
    return lat, lon, meridian


def _positions(geobox: GeoBox, rows: slice, meridian: float) -> tuple[np.ndarray, np.ndarray]:
    """Latitude and longitude of the cells of some rows of a projected grid, interpolated between nodes that stand where they
    stand whatever the block."""
    _, height_km = grid.row_cell_size_km(geobox)
    cell_km = float(np.median(height_km))
    every = int(np.clip(_NODES_KM / cell_km, 1, _NODES_EVERY)) if np.isfinite(cell_km) and cell_km > 0 else 1
    first = rows.start // every * every
    node_row = np.arange(first, rows.stop + every, every)
    node_col = np.arange(0, geobox.shape[1] + every, every)
    lat, lon = grid.latlon(geobox, *np.meshgrid(node_row + 0.5, node_col + 0.5, indexing="ij"))
    lat, lon = _finite(lat, lon, meridian)
    row, col = np.arange(rows.start, rows.stop) - first, np.arange(geobox.shape[1])
    above, left = row // every, col // every
    down, right = (row % every / every)[:, None], col % every / every
    found = []
    for node in (lat, lon):
        between = node[above] + (node[above + 1] - node[above]) * down
        found.append(between[:, left] + (between[:, left + 1] - between[:, left]) * right)
    return found[0], found[1]
