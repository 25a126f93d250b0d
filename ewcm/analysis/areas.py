"""Areas: which administrative unit the people of every grid cell belong to, each person to exactly one."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from ewcm_kernels.polygons import polygon_fraction
from ewcm_kernels.sums import reach_sum, zonal_sum
from odc.geo.geobox import GeoBox
from pyproj import Geod

from ewcm.core import grid, longitude, storage

#: A share of a cell below this is rounding, not an area's ground.
_SHARE_MIN = 1e-9

#: Marks in ``Partition.labels``.
OUTSIDE = -1
MIXED = -2


@dataclass(frozen=True)
class Partition:
    """The areas of one level on the grid.

    ``labels``: integers, the area of a cell that belongs to one area whole, ``OUTSIDE``, or ``MIXED``. A mixed cell is split
    by ground: ``mixed`` has one row a cell and area, columns ``cell`` (flat index), ``area`` and ``share`` (the shares of a
    cell add up to 1), sorted by cell. ``adopted``: people of cells that touch no area and were given to the nearest.
    ``doubled``: people whom several areas claim, as often as they are claimed too much; each is counted once.
    """

    table: gpd.GeoDataFrame
    labels: np.ndarray
    mixed: pd.DataFrame
    adopted: float = 0.0
    doubled: float = 0.0

    @property
    def size(self) -> int:
        """How many areas there are."""
        return len(self.table)

    @property
    def level(self) -> int:
        """Level of the areas; 0 where there are none."""
        return int(self.table["level"].iloc[0]) if self.size else 0

    def sum(self, values: np.ndarray, rows: slice) -> np.ndarray:
        """Sums of ``values`` (shape of the block ``rows``) by area, float64, shape (areas,)."""
        total = zonal_sum(values, self.labels[rows], self.size)
        mixed = self._mixed_in(rows)
        amount = values.ravel()[mixed["cell"].to_numpy() - rows.start * self.labels.shape[1]].astype(np.float64)
        share = np.nan_to_num(amount) * mixed["share"].to_numpy()
        return total + np.bincount(mixed["area"], weights=share, minlength=self.size)

    def reach(self, people: np.ndarray, level: np.ndarray, rows: slice) -> np.ndarray:
        """Covered, uncovered and unknown people by area in a block of rows, float64, shape (areas, 3)."""
        total = reach_sum(people, level, self.labels[rows], self.size)
        mixed = self._mixed_in(rows)
        cell = mixed["cell"].to_numpy() - rows.start * self.labels.shape[1]
        # Each cell and area is a zone of its own, so that the split cells go through the same kernel as the whole ones.
        parts = reach_sum(
            people.ravel()[cell][None, :],
            level.ravel()[cell][None, :],
            np.arange(len(mixed), dtype=np.int32)[None, :],
            len(mixed),
        )
        parts *= mixed["share"].to_numpy()[:, None]
        for column in range(3):
            total[:, column] += np.bincount(mixed["area"], weights=parts[:, column], minlength=self.size)
        return total

    def band(self, rows: slice) -> Partition:
        """The same areas in a block of rows alone, without their outlines."""
        mixed = self._mixed_in(rows)
        mixed = mixed.assign(cell=mixed["cell"] - rows.start * self.labels.shape[1])
        return Partition(self.table.drop(columns="geometry"), self.labels[rows], mixed)

    def area_of(self, row: np.ndarray, col: np.ndarray) -> np.ndarray:
        """The area of each cell (of a mixed cell the one with most ground), ``OUTSIDE`` where there is none."""
        label = self.labels[row, col].astype(np.int64)
        first = self.mixed.sort_values(["cell", "share"], ascending=[True, False]).drop_duplicates("cell")
        split = label == MIXED
        position = np.searchsorted(first["cell"], (row * self.labels.shape[1] + col)[split])
        label[split] = first["area"].to_numpy()[position]
        return label

    def _mixed_in(self, rows: slice) -> pd.DataFrame:
        cols = self.labels.shape[1]
        start, stop = np.searchsorted(self.mixed["cell"], [rows.start * cols, rows.stop * cols])
        return self.mixed.iloc[start:stop]


def whole_grid(geobox: GeoBox, name: str, area_id: str) -> Partition:
    """One area that holds every grid cell: the country when no boundaries are given."""
    outline = geobox.extent.to_crs("EPSG:4326").geom
    table = gpd.GeoDataFrame(
        {"level": [0], "area_id": [area_id], "name": [name], "parent_id": [""]}, geometry=[outline], crs="EPSG:4326"
    )
    mixed = pd.DataFrame({"cell": np.zeros(0, np.int64), "area": np.zeros(0, np.int32), "share": np.zeros(0)})
    return Partition(table, storage.full(geobox.shape.yx, 0, np.int16), mixed)


def whole_country(areas: Partition, name: str, area_id: str) -> Partition:
    """One area that holds everyone whom ``areas`` hold: the country where only finer boundaries are given."""
    table = gpd.GeoDataFrame(
        {"level": [0], "area_id": [area_id], "name": [name], "parent_id": [""]},
        geometry=[shapely.union_all(areas.table.geometry.to_numpy())],
        crs="EPSG:4326",
    )
    labels = storage.empty(areas.labels.shape, np.int16)
    for block in grid.blocks(labels.shape[0]):
        labels[block] = np.where(areas.labels[block] == OUTSIDE, OUTSIDE, 0)
    return Partition(table, labels, areas.mixed.iloc[:0], areas.adopted)


def partition(
    table: gpd.GeoDataFrame,
    people: np.ndarray,
    geobox: GeoBox,
    nearest_km: float,
    country: Partition | None = None,
) -> Partition:
    """Give every grid cell to the areas of one level.

    A cell inside one area is that area's; a cell on a border is split by the exact ground of each; where areas overlap, a
    cell that lies whole in several belongs to the first. A cell with people that touches no area (small islands, coasts
    drawn coarsely) goes to the nearest one within ``nearest_km`` (infinite: always). With ``country`` given, nobody outside
    of it is in an area.
    """
    rows, cols = geobox.shape
    labels = storage.full((rows, cols), OUTSIDE, np.int16 if len(table) < 2**15 else np.int32)
    shapes = [grid.on_grid(shape, geobox) for shape in grid.brought_to(geobox, table.geometry)]
    doubled = 0.0
    found = []
    for area, shape in enumerate(shapes):
        *claims, again = _claim(area, shape, people, geobox, labels)
        found.append(claims)
        doubled += again
    cell = np.concatenate([part[0] for part in found]) if found else np.zeros(0, dtype=np.int64)
    area_of = np.concatenate([np.full(part[0].size, area) for area, part in enumerate(found)]).astype(np.int32)
    share = np.concatenate([part[1] for part in found]) if found else np.zeros(0)
    mixed, again = _settle(cell, area_of, share, people, labels)
    if country is not None:
        for block in grid.blocks(rows):
            labels[block][country.labels[block] == OUTSIDE] = OUTSIDE
        mixed = mixed[country.labels.reshape(-1)[mixed["cell"]] != OUTSIDE].reset_index(drop=True)
    adopted = _adopt(table, people, geobox, nearest_km, labels, country)
    return Partition(table.reset_index(drop=True), labels, mixed, adopted, doubled + again)


def _claim(
    area: int, shape: shapely.Geometry, people: np.ndarray, geobox: GeoBox, labels: np.ndarray
) -> tuple[np.ndarray, np.ndarray, float]:
    """Label the cells wholly inside ``shape``; return the cells partly inside, their shares, and the people of the cells
    wholly inside that another area has already."""
    rows, cols = geobox.shape
    cells, shares = [np.zeros(0, dtype=np.int64)], [np.zeros(0)]
    again = 0.0
    if not shape.is_empty:
        x, y, offsets = grid.pixel_polygon(shape, geobox)
        for block in grid.blocks(rows):
            row0, col0, fraction = polygon_fraction(x, y - block.start, offsets, block.stop - block.start, cols)
            row0 += block.start
            window = labels[row0 : row0 + fraction.shape[0], col0 : col0 + fraction.shape[1]]
            whole, free = fraction > 1 - _SHARE_MIN, window == OUTSIDE
            here = people[row0 : row0 + fraction.shape[0], col0 : col0 + fraction.shape[1]]
            again += float(np.nansum(here[whole & ~free], dtype=np.float64))
            window[whole & free] = area
            row, col = np.nonzero((fraction > _SHARE_MIN) & (fraction <= 1 - _SHARE_MIN))
            cells.append((row + row0) * cols + col + col0)
            shares.append(fraction[row, col])
    return np.concatenate(cells), np.concatenate(shares), again


def _settle(
    cell: np.ndarray, area: np.ndarray, share: np.ndarray, people: np.ndarray, labels: np.ndarray
) -> tuple[pd.DataFrame, float]:
    """Split the border cells among the areas that claim a part; a cell with one claimant is that one's whole. Returns the
    split cells, and the people of the ground that is claimed twice."""
    flat = labels.reshape(-1)
    open_ = flat[cell] == OUTSIDE
    persons = np.nan_to_num(people.reshape(-1)[cell].astype(np.float64))
    again = float((persons * share)[~open_].sum())
    claims = pd.DataFrame({"cell": cell[open_], "area": area[open_], "share": share[open_]})
    order = np.lexsort((claims["area"], claims["cell"]))
    claims = claims.iloc[order].reset_index(drop=True)
    together = claims.groupby("cell")["share"].transform("sum")
    alone = claims.groupby("cell")["area"].transform("size").to_numpy() == 1
    claims["share"] /= together
    again += float((persons[open_][order] * np.maximum(0.0, 1.0 - 1.0 / together) * claims["share"]).sum())
    flat[claims["cell"][alone]] = claims["area"][alone].astype(labels.dtype)
    mixed = claims[~alone].reset_index(drop=True)
    flat[mixed["cell"]] = MIXED
    return mixed, again


def _adopt(
    table: gpd.GeoDataFrame,
    people: np.ndarray,
    geobox: GeoBox,
    nearest_km: float,
    labels: np.ndarray,
    country: Partition | None,
) -> float:
    """Give cells with people and no area to the nearest area, measured on a plane true at each cell's latitude band; returns
    the people in them."""
    homeless = []
    for block in grid.blocks(labels.shape[0]):
        found = (labels[block] == OUTSIDE) & (people[block] > 0)
        if country is not None:
            found &= country.labels[block] != OUTSIDE
        row, col = np.nonzero(found)
        homeless.append((row + block.start, col))
    row, col = (np.concatenate(part) for part in zip(*homeless, strict=True))
    if row.size == 0 or len(table) == 0:
        return 0.0
    lat, lon = grid.latlon(geobox, row + 0.5, col + 0.5)
    west, _, east, _ = table.total_bounds
    middle = (west + east) / 2
    lon = longitude.to_180(lon - middle) + middle  # on the side of 180° where the areas are
    adopted = 0.0
    km_per_degree = np.radians(1.0) * grid.EARTH_RADIUS_KM
    # One plane per degree of latitude keeps the east-west scale true to 1 % as far as 60° from the equator.
    for band in np.unique(np.floor(lat)):
        here = np.floor(lat) == band
        scale = np.array([np.cos(np.radians(band + 0.5)), 1.0]) * km_per_degree
        tree = shapely.STRtree(shapely.transform(table.geometry.to_numpy(), lambda xy, scale=scale: xy * scale))
        points = shapely.points(np.stack([lon[here], lat[here]], axis=1) * scale)
        (point, area), far_km = tree.query_nearest(points, return_distance=True, all_matches=False)
        near = far_km <= nearest_km
        labels[row[here][point[near]], col[here][point[near]]] = area[near]
        adopted += float(people[row[here][point[near]], col[here][point[near]]].sum(dtype=np.float64))
    return adopted


def geodesic_area_km2(table: gpd.GeoDataFrame) -> np.ndarray:
    """Area [km²] of each geometry on the WGS 84 ellipsoid (Karney 2013)."""
    geod = Geod(ellps="WGS84")
    oriented = shapely.orient_polygons(table.geometry.to_numpy())
    return np.array([abs(geod.geometry_area_perimeter(shape)[0]) / 1e6 for shape in oriented])
