"""Population rasters: people per grid cell on the analysis grid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from odc.geo.geobox import GeoBox

from ewcm.sources.record import InputRecord


@dataclass(frozen=True)
class Population:
    """People on the analysis grid.

    ``people``: float32, shape ``geobox.shape`` (rows from north to south), persons in each grid cell, 0 where there are
    none, NaN where the raster has no data (sea, other countries). ``geobox`` carries CRS and affine. On a geographic
    grid of a country that crosses the 180th meridian longitudes run in 0..360, in one piece.
    """

    people: np.ndarray
    geobox: GeoBox
    record: InputRecord
