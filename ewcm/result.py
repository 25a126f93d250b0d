"""The result of one run: the only source of every figure in every output."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import xarray as xr

from ewcm.settings import Settings
from ewcm.sources.country_data import CountryData


@dataclass(frozen=True)
class CountryResult:
    """Who can be reached in one country, where, and how sure that is.

    ``summary``: plain JSON types; see docs/formats.md. ``areas``: one row an area. ``coldspots``: one row a coldspot, by
    people. ``layers``: the analysis grid (``people`` float32 and ``level_<technology>`` uint16, see
    ``ewcm.coverage.fraction``), with an odc-geo GeoBox. ``data``: the inputs it was made from.
    """

    data: CountryData
    settings: Settings
    summary: dict[str, object]
    areas: gpd.GeoDataFrame
    coldspots: gpd.GeoDataFrame
    layers: xr.Dataset
