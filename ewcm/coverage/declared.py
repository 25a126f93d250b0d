"""Declared coverage: what operators and regulators say, as polygons or rasters, brought to the analysis grid."""

from __future__ import annotations

import numpy as np
import rasterio
import shapely
from affine import Affine
from ewcm_kernels.polygons import polygon_fraction
from odc.geo.geobox import GeoBox
from rasterio.enums import Resampling
from rasterio.warp import reproject, transform_bounds
from shapely.geometry.base import BaseGeometry

from ewcm import grid
from ewcm.coverage.fraction import encode, union
from ewcm.coverage.model import VARIANTS, Variant
from ewcm.sources.coverage_maps import CoveragePolygons, CoverageRaster, DeclaredMap
from ewcm.sources.rasters import read_band

#: A declared level map is moved by this much for its low and high variants [dB], as the propagation model is.
LEVEL_MARGIN_DB = 5.0


class DeclaredModel:
    """Declared maps of one country on its analysis grid.

    Polygons of several operators or technologies are joined as shapes before they meet the grid, so that a cell covered
    half by one and half by another is covered whole. Rasters are joined by the larger fraction.
    """

    name = "declared"

    def __init__(self, maps: tuple[DeclaredMap, ...], geobox: GeoBox) -> None:
        self._maps = maps
        self.everywhere = all(isinstance(declared, CoveragePolygons) for declared in maps)
        self._geobox = geobox
        self._shapes: dict[tuple[tuple[str, ...], str | None], np.ndarray] = {}
        self._rasters = {
            (index, variant): _raster_levels(declared, geobox, variant)
            for index, declared in enumerate(maps)
            if isinstance(declared, CoverageRaster)
            for variant in VARIANTS
            if variant == "central" or declared.values != "covered"
        }

    @property
    def operators(self) -> dict[str, tuple[str, ...]]:
        """Technologies with at least one map, and the operators who declared them."""
        found: dict[str, tuple[str, ...]] = {}
        for declared in self._maps:
            if declared.operator not in found.get(declared.technology, ()):
                found[declared.technology] = (*found.get(declared.technology, ()), declared.operator)
        return found

    def level(
        self, technologies: tuple[str, ...], operator: str | None, variant: Variant, rows: slice
    ) -> np.ndarray | None:
        """See :class:`ewcm.coverage.model.Model`."""
        chosen = [
            (index, declared)
            for index, declared in enumerate(self._maps)
            if declared.technology in technologies and operator in (None, declared.operator)
        ]
        polygons = [declared for _, declared in chosen if isinstance(declared, CoveragePolygons)]
        levels = []
        if polygons:
            levels.append(self._polygon_levels(technologies, operator, polygons)[rows])
        for index, declared in chosen:
            if isinstance(declared, CoverageRaster):
                raster = self._rasters.get((index, variant), self._rasters[index, "central"])
                levels.append(raster[rows])
        return union(levels) if levels else None

    def _polygon_levels(
        self, technologies: tuple[str, ...], operator: str | None, polygons: list[CoveragePolygons]
    ) -> np.ndarray:
        key = (tuple(sorted({declared.technology for declared in polygons} & set(technologies))), operator)
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
    levels = np.zeros((rows, cols), dtype=np.uint16)
    shape = grid.on_grid(shape, geobox)
    if shape.is_empty:
        return levels
    x, y, offsets = grid.pixel_polygon(shape, geobox)
    for block in grid.blocks(rows):
        row0, col0, fraction = polygon_fraction(x, y - block.start, offsets, block.stop - block.start, cols)
        height, width = fraction.shape
        levels[block.start + row0 : block.start + row0 + height, col0 : col0 + width] = encode(fraction)
    return levels


def _raster_levels(declared: CoverageRaster, geobox: GeoBox, variant: Variant) -> np.ndarray:
    """Levels of a declared raster: the mean, over a grid cell, of its source cells' 0 or 1; unknown where all are nodata.

    The source is first turned into 0, 1 and NaN at its own resolution and only then averaged: averaging classes or
    decibels would invent values that nobody declared.
    """
    with rasterio.open(declared.path) as source:
        values, missing = read_band(source)
        crs, transform = source.crs, source.transform
    covered = _covered(values, declared, variant).astype(np.float32)
    covered[missing] = np.nan
    if not declared.nodata_is_uncovered:
        return encode(_mean_onto(covered, transform, crs, geobox))
    # Zeros all around, as wide as a grid cell, so that a cell on the raster's edge is averaged whole.
    covered[missing] = 0.0
    margin = _cells_across(transform, crs, geobox)
    padded = np.pad(covered, margin)
    mean = _mean_onto(padded, transform @ Affine.translation(-margin, -margin), crs, geobox)
    return encode(np.nan_to_num(mean, nan=0.0))


def _cells_across(transform: Affine, crs: rasterio.CRS, geobox: GeoBox) -> int:
    """How many cells of a raster one grid cell can span, and one more."""
    row, col = geobox.shape[0] // 2, geobox.shape[1] // 2
    west, north = geobox.affine @ (col, row)
    east, south = geobox.affine @ (col + 1, row + 1)
    bounds = transform_bounds(rasterio.CRS.from_user_input(str(geobox.crs)), crs, west, south, east, north)
    width = abs((bounds[2] - bounds[0]) / transform.a)
    height = abs((bounds[3] - bounds[1]) / transform.e)
    return int(np.ceil(max(width, height))) + 1


def _covered(values: np.ndarray, declared: CoverageRaster, variant: Variant) -> np.ndarray:
    """Where a declared raster says covered: boolean, of the raster's own shape."""
    if declared.values == "mce":
        # Collins Mobile Coverage Explorer: 1 strong, 2 variable. Variable coverage counts, but not in the low variant.
        return (values == 1) if variant == "low" else (values == 1) | (values == 2)
    if declared.values == "dbm":
        assert declared.threshold_dbm is not None
        margin = {"low": LEVEL_MARGIN_DB, "central": 0.0, "high": -LEVEL_MARGIN_DB}[variant]
        return values >= declared.threshold_dbm + margin
    return values > 0


def _mean_onto(values: np.ndarray, transform: Affine, crs: rasterio.CRS, geobox: GeoBox) -> np.ndarray:
    """Area mean (float32, NaN where there is no value) of a raster on the grid.

    A geographic raster meets a grid in 0..360 a second time 360° further east.
    """
    rows, cols = geobox.shape
    shifts = (0.0, 360.0, -360.0) if crs.is_geographic and grid.is_geographic(geobox) else (0.0,)
    mean = np.full((rows, cols), np.nan, dtype=np.float32)
    for shift in shifts:
        moved = Affine.translation(shift, 0.0) @ transform
        west, east = sorted((moved.c, moved.c + moved.a * values.shape[1]))
        if shift and not (west < geobox.extent.boundingbox.right and east > geobox.extent.boundingbox.left):
            continue
        part = np.full((rows, cols), np.nan, dtype=np.float32)
        reproject(
            values,
            part,
            src_transform=moved,
            src_crs=crs,
            src_nodata=np.nan,
            dst_transform=geobox.affine,
            dst_crs=rasterio.CRS.from_user_input(str(geobox.crs)),
            dst_nodata=np.nan,
            resampling=Resampling.average,
        )
        mean = np.where(np.isnan(mean), part, mean)
    return mean
