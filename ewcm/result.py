"""The result of one run: the only source of every figure in every output."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import xarray as xr

from ewcm.coverage.fraction import decode
from ewcm.coverage.model import Variant
from ewcm.coverage.stack import Stack
from ewcm.errors import SettingsError
from ewcm.settings import SERVICES, Settings
from ewcm.sources.country_data import CountryData


@dataclass(frozen=True)
class CountryResult:
    """Who can be reached in one country, where, and how sure that is.

    ``summary``: plain JSON types; see docs/formats.md. ``areas``: one row an area. ``coldspots``: one row a coldspot, by
    people. ``layers``: the analysis grid (``people`` float32 and ``level_<technology>`` uint16, see
    ``ewcm.coverage.fraction``), with an odc-geo GeoBox. ``data``: the inputs it was made from. ``stack``: the coverage
    models, for what is asked of them later.
    """

    data: CountryData
    settings: Settings
    summary: dict[str, object]
    areas: gpd.GeoDataFrame
    coldspots: gpd.GeoDataFrame
    layers: xr.Dataset
    stack: Stack

    def fraction(self, service: str) -> xr.DataArray:
        """Coverage fraction (float32, 0..1, NaN where unknown) of a service of ``ewcm.settings.SERVICES``, on the grid."""
        if service not in SERVICES:
            raise SettingsError(f"'{service}' is not a service; use one of {', '.join(SERVICES)}")
        name = f"level_{service}"
        if name not in self.layers:
            return xr.full_like(self.layers["people"], np.nan, dtype=np.float32)
        return self.layers[name].copy(data=decode(self.layers[name].to_numpy()))

    def level(self, service: str, variant: Variant, rows: slice) -> np.ndarray:
        """Coverage levels (uint16, shape (rows, columns)) of a service in a block of rows.

        The central ones are those of ``layers``; the low and high ones are computed anew, so that nobody has to keep them.
        """
        if variant == "central" and f"level_{service}" in self.layers:
            return np.asarray(self.layers[f"level_{service}"].values[rows])
        return self.stack.service(service, variant, rows)

    def write(self, folder: str | Path) -> Path:
        """Publish the map, the tables and the layers in ``folder`` (design section 9), all or nothing.

        Raises :class:`ewcm.errors.PublishError` and leaves what was there before as it was.
        """
        # The report room is to the right of this type: it is met only when somebody asks for files.
        from ewcm.report.publish import write

        return write(self, Path(folder))
