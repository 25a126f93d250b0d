"""Administrative boundaries: areas of level 0, 1 and 2."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd

from ewcm.sources.record import InputRecord


@dataclass(frozen=True)
class Boundaries:
    """Areas, EPSG:4326 (longitudes 0..360 for a country that crosses 180°, in step with its population grid).

    ``table`` columns: ``level`` (0, 1, 2), ``area_id`` (P-code, ISO 3166-2 or a number of the file; unique within its
    level), ``name``, ``parent_id`` ("" when not known), ``geometry`` (valid Polygon or MultiPolygon). Level 0 may be
    absent: the analysis then makes it as the whole grid.
    """

    table: gpd.GeoDataFrame
    records: tuple[InputRecord, ...]
