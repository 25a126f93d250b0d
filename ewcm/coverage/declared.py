"""Declared coverage: what operators and regulators say, as polygons or rasters, brought to the analysis grid."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import shapely
from ewcm_kernels.polygons import polygon_fraction
from odc.geo.geobox import GeoBox
from shapely.geometry.base import BaseGeometry

from ewcm.core import grid, storage
from ewcm.core.fraction import CASES, UNKNOWN, Case, Shares, encode, side_by_side, union
from ewcm.sources.coverage_maps import CoveragePolygons, CoverageRaster, DeclaredMap
from ewcm.sources.onto_grid import mean_onto


class DeclaredModel:
    """Declared maps of one country on its analysis grid.

    Polygons of several operators or technologies are joined as shapes before they meet the grid, so that a cell covered
    half by one and half by another is covered whole. Rasters are joined by the larger fraction.
    """

    name = "declared"
    footprints = None
    footprints_left_out = ""

    def __init__(self, maps: tuple[DeclaredMap, ...], geobox: GeoBox) -> None:
        self._maps = maps
        self.everywhere = all(isinstance(declared, CoveragePolygons) for declared in maps)
        self._geobox = geobox
        # What one operator leaves open beside another who covers a part of the cell.
        self.known_in_part = not self.everywhere and any(len(names) > 1 for names in self.operators.values())
        self._shapes: dict[tuple[tuple[str, ...], str | None], np.ndarray] = {}
        self._rasters = {
            (index, case): _raster_levels(declared, geobox, case)
            for index, declared in enumerate(maps)
            if isinstance(declared, CoverageRaster)
            for case in CASES
            if case == "central" or declared.values in ("mce", "dbm")
        }

    def __getstate__(self) -> dict[str, object]:
        """A piece of a country gets the levels that are made (see ``Stack.prepare``), and not the outlines behind them."""
        light = [replace(m, polygons=None) if isinstance(m, CoveragePolygons) else m for m in self._maps]
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
        if not chosen:
            return None
        polygons = [declared for _, declared in chosen if isinstance(declared, CoveragePolygons)]
        # Outlines are joined before they meet the grid, whosever they are: the ground outside of them is known.
        outlines = [Shares(self._polygon_levels(channels, operator, polygons)[rows])] if polygons else []
        known_of = {declared.operator for declared in polygons}
        rasters: dict[str, list[np.ndarray]] = {}
        for index, declared in chosen:
            if isinstance(declared, CoverageRaster):
                raster = self._rasters.get((index, case), self._rasters[index, "central"])[rows]
                rasters.setdefault(declared.operator, []).append(raster)
        parts = []
        for name, own in rasters.items():
            levels = union(own)
            if name in known_of or "" in known_of:
                levels = np.where(levels == UNKNOWN, np.uint16(0), levels)
            parts.append((name, levels))
        of_all = dict(parts).get("")
        if of_all is not None:
            # A map of all operators together says of each of them what its own map leaves open.
            parts = [(name, np.where((own == UNKNOWN) & (of_all != UNKNOWN), np.uint16(0), own)) for name, own in parts]
        return side_by_side([*outlines, *(Shares(own) for _, own in parts)])

    def _polygon_levels(
        self, channels: tuple[str, ...], operator: str | None, polygons: list[CoveragePolygons]
    ) -> np.ndarray:
        key = (tuple(sorted({declared.technology for declared in polygons} & set(channels))), operator)
        if key not in self._shapes:
            parts = [
                geometry
                for declared in polygons
                for geometry in grid.projected_to(self._geobox, declared.polygons.geometry)
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
    """Levels of a declared raster: the mean, over a grid cell, of its source cells' 0 or 1; unknown where all are nodata."""
    rows, cols = geobox.shape
    levels = storage.empty((rows, cols), np.uint16)
    means = mean_onto(
        declared.path,
        geobox,
        lambda values: declared.covered(values, case),
        missing_is=0.0 if declared.nodata_is_uncovered else np.nan,
        band=declared.band,
    )
    for block, mean in means:
        levels[block] = encode(mean)
    return levels
