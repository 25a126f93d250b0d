"""The result of one run: the only source of every figure in every output."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np

from ewcm.core.fraction import LEVELS, UNKNOWN, decode
from ewcm.coverage.combine import Stack
from ewcm.coverage.model import Variant
from ewcm.errors import SettingsError
from ewcm.inputs.country_data import CountryData
from ewcm.settings import SERVICES, Settings

if TYPE_CHECKING:
    import xarray as xr


@dataclass(frozen=True)
class CountryResult:
    """Who can be reached in one country, where, and how sure that is.

    ``summary``: plain JSON types; see docs/formats.md. ``areas``: one row an area. ``coldspots``: one row a coldspot, by
    people. ``levels``: the central coverage of each service that is known, uint16 on the analysis grid (see
    ``ewcm.core.fraction``). ``data``: the inputs it was made from. ``stack``: the coverage models, for what is asked
    of them later.
    """

    data: CountryData
    settings: Settings
    summary: dict[str, object]
    areas: gpd.GeoDataFrame
    coldspots: gpd.GeoDataFrame
    levels: dict[str, np.ndarray]
    stack: Stack

    @cached_property
    def layers(self) -> xr.Dataset:
        """The analysis grid: ``people`` (float32) and ``level_<service>`` (uint16), with an odc-geo GeoBox."""
        # Half a second to import, and files are written without it.
        import xarray as xr
        from odc.geo.xr import xr_coords

        geobox = self.data.population.geobox
        scale = {"scale_factor": 1 / LEVELS, "_FillValue": UNKNOWN}
        grids: dict[str, tuple[tuple[str, str], np.ndarray, dict[str, object]]] = {
            "people": (geobox.dimensions, self.data.population.people, {"units": "persons"})
        }
        for service, level in self.levels.items():
            attributes = {**scale, "long_name": f"coverage fraction, {service}"}
            grids[f"level_{service}"] = (geobox.dimensions, level, attributes)
        return xr.Dataset(grids, coords=xr_coords(geobox))

    def fraction(self, service: str) -> xr.DataArray:
        """Coverage fraction (float32, 0..1, NaN where unknown) of a service of ``ewcm.settings.SERVICES``, on the grid."""
        if service not in SERVICES:
            raise SettingsError(f"'{service}' is not a service; use one of {', '.join(SERVICES)}")
        like = self.layers[f"level_{service}" if service in self.levels else "people"]
        return like.copy(data=decode(self.level(service, "central", slice(0, like.shape[0]))))

    def level(self, service: str, variant: Variant, rows: slice) -> np.ndarray:
        """Coverage levels (uint16, shape (rows, columns)) of a service in a block of rows, whether it is known or not.

        The central ones are kept; the low and high ones are computed anew, so that nobody has to keep them.
        """
        if variant == "central" and service in self.levels:
            return self.levels[service][rows]
        return self.stack.service(service, variant, rows)

    def write(self, folder: str | Path) -> Path:
        """Publish the map, the tables and the layers in ``folder`` (design section 9), all or nothing.

        Raises :class:`ewcm.errors.PublishError` and leaves what was there before as it was.
        """
        # The report room is to the right of this type: it is met only when somebody asks for files.
        from ewcm.report.publish import write

        return write(self, Path(folder))
