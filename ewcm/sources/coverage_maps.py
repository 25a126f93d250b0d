"""Declared coverage: polygons or rasters, one a technology (and operator)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd

from ewcm.sources.record import InputRecord


@dataclass(frozen=True)
class CoveragePolygons:
    """Coverage declared as polygons: EPSG:4326, valid, one row a polygon; only the geometry column matters."""

    technology: str
    operator: str  # "" where the file speaks for all operators together
    polygons: gpd.GeoDataFrame
    record: InputRecord


@dataclass(frozen=True)
class CoverageRaster:
    """Coverage declared as a raster, left on disk and read onto the analysis grid by ``coverage.declared``.

    ``values``: ``covered`` (1 = covered, 0 = not), ``mce`` (1 = strong, 2 = variable: covered but weaker, 0 = not) or
    ``dbm`` (covered where the level is at least ``threshold_dbm``). Nodata cells are unknown, except that in a raster
    of bare 1s, where nodata is the only other value, nodata means not covered (said in ``record.assumptions``).
    """

    technology: str
    operator: str
    path: Path
    values: str
    threshold_dbm: float | None
    nodata: float | None
    nodata_is_uncovered: bool
    record: InputRecord


DeclaredMap = CoveragePolygons | CoverageRaster
