"""Which share of the ground of each grid cell a hazard reaches, map by map and threshold by threshold, some rows at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from odc.geo.geobox import GeoBox

from ewcm.analysis import cyclone_winds
from ewcm.analysis.cyclone_winds import WindField
from ewcm.analysis.ground_shares import GroundShares
from ewcm.core import storage
from ewcm.core.zones import MIXED, Zones, polygons
from ewcm.sources.ground_source import GroundSource
from ewcm.sources.hazard_values import reaches
from ewcm.sources.hazards import ArraySource, Hazard, PolygonSource, RasterSource, TrackSource
from ewcm.sources.onto_grid import array_onto, rows_onto

#: Shares of the whole grid are kept where they take less than this [bytes] together; else they are made anew when asked for.
_SMALL_BYTES = 400_000_000


class HazardShares:
    """The hazards of a country on its grid.

    ``hazards``: by name and return period. What can be known before anything is asked (winds, outlines) is worked out here.
    """

    def __init__(self, hazards: Sequence[Hazard], people: np.ndarray, geobox: GeoBox) -> None:
        self.hazards = tuple(hazards)
        self.geobox = geobox
        self._winds = _winds_of(self.hazards, people, geobox)
        self._zones = {
            number: _zones_of(hazard.source, geobox)
            for number, hazard in enumerate(self.hazards)
            if isinstance(hazard.source, PolygonSource)
        }
        self._ground = {
            number: GroundShares(hazard.source, hazard.thresholds, people, geobox)
            for number, hazard in enumerate(self.hazards)
            if isinstance(hazard.source, GroundSource)
        }
        rows, cols = geobox.shape
        fields = sum(len(hazard.thresholds) for hazard in self.hazards)
        # Grids on disk are worked on by several processes, which would each make all of it.
        self._small = rows * cols <= storage.LARGE_CELLS and 4 * rows * cols * fields < _SMALL_BYTES
        self._kept: dict[tuple[int, int], np.ndarray] = {}

    def exposed(self, number: int, threshold: int, rows: slice) -> np.ndarray:
        """Share (0..1, float32, shape (rows, columns)) of each cell's ground that map ``number`` reaches at its threshold of that
        number; NaN where the hazard is unknown."""
        if number in self._ground:
            return self._ground[number].block(threshold, rows)
        if number in self._winds or not self._small:  # winds are made from few points: as fast as they are read
            return self._exposed(number, threshold, rows)
        if (number, threshold) not in self._kept:
            self._kept[number, threshold] = self._exposed(number, threshold, slice(0, self.geobox.shape[0]))
        return self._kept[number, threshold][rows]

    def exposed_at(self, number: int, threshold: int, rows: slice, cells: np.ndarray) -> np.ndarray:
        """The same of some cells of the rows: flat indices, counted from the first row."""
        if number in self._winds:
            return _reached(self._winds[number].at(rows, cells), self.hazards[number].thresholds[threshold])
        if number in self._ground:
            return self._ground[number].at(threshold, rows, cells)
        shares: np.ndarray = self.exposed(number, threshold, rows).reshape(-1)[cells]
        return shares

    def shown(self, number: int, rows: slice) -> np.ndarray:
        """What a map of the hazard shows: winds [m/s] of cyclones, else the share at the first threshold."""
        winds = self._winds.get(number)
        return self.exposed(number, 0, rows) if winds is None else winds.block(rows)

    def is_wind(self, number: int) -> bool:
        """Whether a map shows winds in m/s."""
        return number in self._winds

    def is_only_inhabited(self, number: int) -> bool:
        """Whether a map is worked out only where people live: a history of storms, and what terrain alone tells."""
        return number in self._ground or (number in self._winds and self.hazards[number].return_period is not None)

    def _exposed(self, number: int, threshold: int, rows: slice) -> np.ndarray:
        hazard = self.hazards[number]
        source, least = hazard.source, hazard.thresholds[threshold]
        if isinstance(source, TrackSource):
            return _reached(self._winds[number].block(rows), least)
        if isinstance(source, PolygonSource):
            return _share_in(self._zones[number], rows)
        if isinstance(source, ArraySource):
            above = _reached(source.intensity, least)
            return np.asarray(array_onto(above, source.transform, self.geobox[rows, :], mean=not source.coarse))
        assert isinstance(source, RasterSource), "ground was worked out before"
        return _raster_share(source, least, self.geobox, rows)


def _raster_share(source: RasterSource, least: float, geobox: GeoBox, rows: slice) -> np.ndarray:
    def classify(values: np.ndarray) -> np.ndarray:
        scaled = values.astype(np.float64) * source.factor
        return scaled if source.values == "fraction" else _reached(scaled.astype(np.float32), least)

    missing_is = 0.0 if source.nodata_is == "none" else np.nan
    found = rows_onto(source.path, geobox, rows, classify, missing_is=missing_is, mean=not source.coarse)
    return np.asarray(np.clip(found, 0.0, 1.0))


def _reached(intensity: np.ndarray, least: float) -> np.ndarray:
    """1 where an intensity is at or above a threshold, 0 where below, NaN where it is unknown."""
    reached = reaches(intensity, least).astype(np.float32)
    return np.where(np.isnan(intensity), np.float32(np.nan), reached)


def _zones_of(source: PolygonSource, geobox: GeoBox) -> Zones:
    """The polygons of a hazard as one zone, ground where they overlap counted once."""
    together = shapely.union_all(source.polygons.geometry.to_numpy())
    return polygons(source.polygons.iloc[:1].set_geometry([together], crs="EPSG:4326"), geobox)


def _share_in(zones: Zones, rows: slice) -> np.ndarray:
    """The share of each cell that lies in the one zone."""
    block = zones.block(rows)
    share: np.ndarray = (block.labels == 0).astype(np.float32)
    share[block.labels == MIXED] = 0.0
    np.add.at(share.reshape(-1), block.mixed["cell"].to_numpy(), block.mixed["share"].to_numpy(np.float32))
    return share


def _winds_of(hazards: Sequence[Hazard], people: np.ndarray, geobox: GeoBox) -> dict[int, WindField]:
    """Winds [m/s] of the maps that come from tracks, by their numbers; those of one history together."""
    found: dict[int, WindField] = {}
    together: dict[Any, list[int]] = {}
    for number, hazard in enumerate(hazards):
        if isinstance(hazard.source, TrackSource):
            if hazard.return_period is None:
                found[number] = cyclone_winds.event_winds(hazard.source.tracks.table, hazard.source.model, geobox)
            else:
                together.setdefault((id(hazard.source.tracks), hazard.source.model), []).append(number)
    for (_, model), numbers in together.items():
        first = hazards[numbers[0]].source
        assert isinstance(first, TrackSource)
        periods = [float(hazards[number].return_period or 0.0) for number in numbers]
        winds = cyclone_winds.period_winds(first.tracks.table, model, periods, people, geobox)
        found |= dict(zip(numbers, winds, strict=True))
    return found
