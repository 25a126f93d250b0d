"""Declared coverage: what operators and regulators say, as polygons or rasters, brought to the analysis grid."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import rasterio
import shapely
from affine import Affine
from ewcm_kernels.polygons import polygon_fraction
from odc.geo.geobox import GeoBox
from rasterio.enums import Resampling
from rasterio.warp import reproject, transform_bounds
from shapely.geometry.base import BaseGeometry

from ewcm.core import grid, storage
from ewcm.core.fraction import CASES, Case, Shares, encode, union
from ewcm.sources.coverage_maps import CoveragePolygons, CoverageRaster, DeclaredMap
from ewcm.sources.rasters import open_raster, read_band

#: A declared level map is moved by this much for its low and high cases [dB], as the propagation model is.
LEVEL_MARGIN_DB = 5.0

#: Cells of a declared raster read at a time.
_CELLS_AT_A_TIME = 16_000_000


class DeclaredModel:
    """Declared maps of one country on its analysis grid.

    Polygons of several operators or technologies are joined as shapes before they meet the grid, so that a cell covered
    half by one and half by another is covered whole. Rasters are joined by the larger fraction.
    """

    name = "declared"
    known_in_part = False

    def __init__(self, maps: tuple[DeclaredMap, ...], geobox: GeoBox) -> None:
        self._maps = maps
        self.everywhere = all(isinstance(declared, CoveragePolygons) for declared in maps)
        self._geobox = geobox
        self._shapes: dict[tuple[tuple[str, ...], str | None], np.ndarray] = {}
        self._rasters = {
            (index, case): _raster_levels(declared, geobox, case)
            for index, declared in enumerate(maps)
            if isinstance(declared, CoverageRaster)
            for case in CASES
            if case == "central" or declared.values != "covered"
        }

    def __getstate__(self) -> dict[str, object]:
        """A piece of a country gets the levels that are made (see ``Stack.prepare``), and not the outlines behind them."""
        light = [replace(m, polygons=None) if isinstance(m, CoveragePolygons) else m for m in self._maps]  # type: ignore[arg-type]
        return {**self.__dict__, "_maps": tuple(light)}

    @property
    def operators(self) -> dict[str, tuple[str, ...]]:
        """Technologies with at least one map, and the operators who declared them."""
        found: dict[str, tuple[str, ...]] = {}
        for declared in self._maps:
            if declared.operator not in found.get(declared.technology, ()):
                found[declared.technology] = (*found.get(declared.technology, ()), declared.operator)
        return found

    def shares(self, channels: tuple[str, ...], operator: str | None, case: Case, rows: slice) -> Shares | None:
        """See :class:`ewcm.coverage.model.Model`."""
        chosen = [
            (index, declared)
            for index, declared in enumerate(self._maps)
            if declared.technology in channels and operator in (None, declared.operator)
        ]
        polygons = [declared for _, declared in chosen if isinstance(declared, CoveragePolygons)]
        levels = []
        if polygons:
            levels.append(self._polygon_levels(channels, operator, polygons)[rows])
        for index, declared in chosen:
            if isinstance(declared, CoverageRaster):
                raster = self._rasters.get((index, case), self._rasters[index, "central"])
                levels.append(raster[rows])
        return Shares(union(levels)) if levels else None

    def _polygon_levels(
        self, channels: tuple[str, ...], operator: str | None, polygons: list[CoveragePolygons]
    ) -> np.ndarray:
        key = (tuple(sorted({declared.technology for declared in polygons} & set(channels))), operator)
        if key not in self._shapes:
            parts = [
                geometry
                for declared in polygons
                for geometry in grid.brought_to(self._geobox, declared.polygons.geometry)
            ]
            self._shapes[key] = polygon_levels(shapely.union_all(parts), self._geobox)
        return self._shapes[key]


def polygon_levels(shape: BaseGeometry, geobox: GeoBox) -> np.ndarray:
    """Levels (uint16) of the exact share of each grid cell inside a (multi)polygon in the grid's CRS."""
    rows, cols = geobox.shape
    levels = storage.full((rows, cols), 0, np.uint16)
    shape = grid.on_grid(shape, geobox)
    if shape.is_empty:
        return levels
    x, y, offsets = grid.pixel_polygon(shape, geobox)
    for block in grid.blocks(rows):
        row0, col0, fraction = polygon_fraction(x, y - block.start, offsets, block.stop - block.start, cols)
        height, width = fraction.shape
        levels[block.start + row0 : block.start + row0 + height, col0 : col0 + width] = encode(fraction)
    return levels


def _raster_levels(declared: CoverageRaster, geobox: GeoBox, case: Case) -> np.ndarray:
    """Levels of a declared raster: the mean, over a grid cell, of its source cells' 0 or 1; unknown where all are nodata.

    The source is first turned into 0, 1 and NaN at its own resolution and only then averaged: averaging classes or
    decibels would invent values that nobody declared. Some rows of the grid at a time.
    """
    rows, cols = geobox.shape
    levels = storage.empty((rows, cols), np.uint16)
    with open_raster(declared.path) as source:
        margin = _cells_across(source.transform, source.crs, geobox)
        height = max(1, min(grid.BLOCK_ROWS, _CELLS_AT_A_TIME // (cols * margin * margin)))
        for start in range(0, rows, height):
            block = slice(start, min(start + height, rows))
            levels[block] = encode(_mean_onto(source, declared, case, geobox[block, :], margin))
    return levels


def _cells_across(transform: Affine, crs: rasterio.CRS, geobox: GeoBox) -> int:
    """How many cells of a raster one grid cell can span, and one more."""
    row, col = geobox.shape[0] // 2, geobox.shape[1] // 2
    west, north = geobox.affine @ (col, row)
    east, south = geobox.affine @ (col + 1, row + 1)
    bounds = transform_bounds(rasterio.CRS.from_user_input(str(geobox.crs)), crs, west, south, east, north)
    width = abs((bounds[2] - bounds[0]) / transform.a)
    height = abs((bounds[3] - bounds[1]) / transform.e)
    return int(np.ceil(max(width, height))) + 1


def _covered(values: np.ndarray, declared: CoverageRaster, case: Case) -> np.ndarray:
    """Where a declared raster says covered: boolean, of the raster's own shape."""
    if declared.values == "mce":
        # Collins Mobile Coverage Explorer: 1 strong, 2 variable. Variable coverage counts, but not in the low case.
        return (values == 1) if case == "low" else (values == 1) | (values == 2)
    if declared.values == "dbm":
        assert declared.threshold_dbm is not None
        margin = {"low": LEVEL_MARGIN_DB, "central": 0.0, "high": -LEVEL_MARGIN_DB}[case]
        return values >= declared.threshold_dbm + margin
    return values > 0


def _mean_onto(
    source: rasterio.DatasetReader, declared: CoverageRaster, case: Case, geobox: GeoBox, margin: int
) -> np.ndarray:
    """Area mean (float32, NaN where nothing is known) of what a raster says, on a grid.

    A geographic raster meets a grid in 0..360 a second time 360° further east; one in 0..360 meets a projected grid west of
    Greenwich 360° further west.
    """
    mean = np.full(geobox.shape, np.nan, dtype=np.float32)
    grid_crs = rasterio.CRS.from_user_input(str(geobox.crs))
    west, south, east, north = transform_bounds(grid_crs, source.crs, *geobox.extent.boundingbox)
    if source.crs.is_geographic and west > east:  # the grid lies across the 180th meridian
        west, east = -180.0, 180.0
    for shift in (0.0, 360.0, -360.0) if source.crs.is_geographic else (0.0,):
        moved = Affine.translation(shift, 0.0) @ source.transform
        window = _window_of(moved, source, (west, south, east, north), margin)
        if window is None:
            continue
        rows, cols = window
        part = np.full(geobox.shape, np.nan, dtype=np.float32)
        reproject(
            _declared_in(source, declared, case, rows, cols),
            part,
            src_transform=moved @ Affine.translation(cols.start, rows.start),
            src_crs=source.crs,
            src_nodata=np.nan,
            dst_transform=geobox.affine,
            dst_crs=grid_crs,
            dst_nodata=np.nan,
            resampling=Resampling.average,
        )
        mean = np.where(np.isnan(mean), part, mean)
    return np.nan_to_num(mean, nan=0.0) if declared.nodata_is_uncovered else mean


def _window_of(
    transform: Affine, source: rasterio.DatasetReader, box: tuple[float, float, float, float], margin: int
) -> tuple[slice, slice] | None:
    """Rows and columns of a raster, and a margin around it, that meet a box; None where there are none."""
    corners = np.array([~transform @ (x, y) for x in box[::2] for y in box[1::2]])
    found = []
    for position, size in ((corners[:, 1], source.height), (corners[:, 0], source.width)):
        # A box that the raster's projection cannot show is looked for everywhere.
        whole = not np.isfinite(position).all()
        first = -margin if whole else max(-margin, int(np.floor(position.min())) - margin)
        past = size + margin if whole else min(size + margin, int(np.ceil(position.max())) + margin)
        if first >= min(past, size) or past <= 0:
            return None
        found.append(slice(first, past))
    return found[0], found[1]


def _declared_in(
    source: rasterio.DatasetReader, declared: CoverageRaster, case: Case, rows: slice, cols: slice
) -> np.ndarray:
    """1 where a window of a raster says covered, 0 where not, NaN where it says nothing; float32.

    Where nodata is not covered, zeros stand around the raster too, so that a cell of the grid on its edge is averaged whole.
    """
    nothing = np.float32(0.0 if declared.nodata_is_uncovered else np.nan)
    result = np.full((rows.stop - rows.start, cols.stop - cols.start), nothing, np.float32)
    inner_rows = slice(max(0, rows.start), min(source.height, rows.stop))
    inner_cols = slice(max(0, cols.start), min(source.width, cols.stop))
    values, missing = read_band(source, rasterio.windows.Window.from_slices(inner_rows, inner_cols))
    covered = _covered(values, declared, case).astype(np.float32)
    covered[missing] = nothing
    top, left = inner_rows.start - rows.start, inner_cols.start - cols.start
    result[top : top + covered.shape[0], left : left + covered.shape[1]] = covered
    return result
