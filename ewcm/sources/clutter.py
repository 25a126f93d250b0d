"""Clutter: trees and buildings on the way of a signal, from a land cover raster or a raster of their heights.

Land cover becomes the representative clutter height of its class in Recommendation ITU-R P.1812-7, table 2: open land and
water 0 m, suburban 10 m, forest 15 m. Rasters are read by window, brought to the cells of a window of terrain. Where none of
them says anything the land is bare.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rasterio
from rasterio.warp import Resampling, reproject

from ewcm.core.record import InputRecord, Meta, record_of
from ewcm.errors import InputError
from ewcm.sources.band_units import metres_of, read_as
from ewcm.sources.coverage_values import warnings_of_bands
from ewcm.sources.onto_grid import tiles_onto
from ewcm.sources.rasters import (
    bounds_in_degrees,
    check_plain_grid,
    crs_name,
    grade_of_raster,
    open_raster,
    own_crs,
    raster_files,
    read_band,
)
from ewcm.sources.sidecars import sidecar_warnings
from ewcm.sources.terrain import Heights

#: What the values of a raster are: classes of ESA WorldCover (2020 and 2021), or heights above ground.
VALUES = ("worldcover", "metres")

#: Classes of ESA WorldCover and their representative clutter heights [m] (P.1812-7, table 2). Built-up land is taken as
#: suburban: the classes do not tell towers from huts.
WORLDCOVER_M = {
    10: 15.0,  # tree cover
    20: 0.0,  # shrubland
    30: 0.0,  # grassland
    40: 0.0,  # cropland
    50: 10.0,  # built-up
    60: 0.0,  # bare, sparse vegetation
    70: 0.0,  # snow and ice
    80: 0.0,  # permanent water
    90: 0.0,  # herbaceous wetland
    95: 15.0,  # mangroves
    100: 0.0,  # moss and lichen
}

#: A height [m] above this is no clutter: the tallest trees reach 116 m.
HIGHEST_M = 150.0

#: Looks at a raster before it is used: so many places along each side, each so many cells wide.
_LOOKS, _LOOK_CELLS = 8, 64


@dataclass(frozen=True)
class ClutterTile:
    """One raster of clutter and its bounds in degrees."""

    path: Path
    west: float
    south: float
    east: float
    north: float


@dataclass(frozen=True)
class Clutter:
    """Clutter rasters on disk; nothing is read until a window is asked for. ``values``: one of ``VALUES``."""

    values: str
    tiles: tuple[ClutterTile, ...]
    records: tuple[InputRecord, ...]

    def window(self, heights: Heights) -> np.ndarray:
        """Clutter heights [m] on the cells of a window of terrain, f32; 0 where nothing is known.

        Finer land cover gives its most frequent class, finer heights their mean.
        """
        rows, cols = heights.values_m.shape
        west, north = heights.west - 0.5 * heights.lon_step, heights.north + 0.5 * heights.lat_step
        east, south = west + cols * heights.lon_step, north - rows * heights.lat_step
        clutter_m = np.zeros((rows, cols), np.float32)
        for tile, turn in tiles_onto(self.tiles, west, south, east, north):
            target = rasterio.Affine(heights.lon_step, 0, west - turn, 0, -heights.lat_step, north)
            found = self._read(tile.path, target, (rows, cols))
            np.copyto(clutter_m, found, where=np.isfinite(found))
        return clutter_m

    def _read(self, path: Path, target: rasterio.Affine, shape: tuple[int, int]) -> np.ndarray:
        """Clutter heights of one raster on a grid in degrees, f32, NaN where it says nothing.

        Not by ``onto_grid.mean_onto``: a map of classes has no mean, and what it gives is the most frequent class.
        """
        classes = self.values == "worldcover"
        values = np.zeros(shape, np.uint8) if classes else np.full(shape, np.nan, np.float32)
        with open_raster(path) as dataset:
            reproject(
                rasterio.band(dataset, 1),
                values,
                dst_transform=target,
                dst_crs="EPSG:4326",
                dst_nodata=0 if classes else np.nan,
                resampling=Resampling.mode if classes else Resampling.average,
            )
            metres = metres_of(dataset)[0]
            values_m = _CLASS_M[values] if classes else (values * dataset.scales[0] + dataset.offsets[0]) * metres
        return np.where((values_m >= 0) & (values_m <= HIGHEST_M), values_m, np.nan)


#: Height [m] of every code of a land cover raster, NaN where it is no class.
_CLASS_M = np.full(256, np.nan, np.float32)
_CLASS_M[list(WORLDCOVER_M)] = list(WORLDCOVER_M.values())


def open_clutter(paths: Sequence[Path], values: str, meta: Meta) -> Clutter:
    """Look at clutter rasters (or folders of them). Raises :class:`InputError` where the values are not what is stated."""
    if values not in VALUES:
        raise InputError(f"{paths[0]}: values = '{values}' is not known; use one of {', '.join(VALUES)}")
    files = [file for path in paths for file in raster_files(path, (".tif", ".tiff", ".img"))]
    if not files:
        raise InputError(f"{paths[0]}: holds no clutter raster; put .tif files there")
    tiles, records = [], []
    for file in files:
        with open_raster(file) as dataset:
            crs = own_crs(dataset, file)
            check_plain_grid(dataset, file, crs)
            bounds = bounds_in_degrees(dataset.bounds, crs, file)
            notes: tuple[str, ...] = ()
            seen = _looked_at(dataset)
            if values == "metres":
                notes = read_as(dataset, file)
                seen = (seen * dataset.scales[0] + dataset.offsets[0]) * metres_of(dataset)[0]
            record = record_of(
                "clutter",
                file,
                meta,
                format=dataset.driver,
                crs=crs_name(crs),
                nodata="" if dataset.nodata is None else f"{dataset.nodata:g}",
                assumptions=_assumptions(file, values, seen) + notes,
                warnings=sidecar_warnings(dataset, file) + warnings_of_bands(dataset),
                grade=grade_of_raster(dataset),
                facts={"values": values, "bounds": [round(value, 6) for value in bounds]},
            )
        tiles.append(ClutterTile(file, *bounds))
        records.append(record)
    return Clutter(values, tuple(tiles), tuple(records))


def _looked_at(dataset: rasterio.DatasetReader) -> np.ndarray:
    """Values at some places all over a raster, without its nodata."""
    found = []
    for row in np.linspace(0, max(0, dataset.height - _LOOK_CELLS), _LOOKS).astype(int):
        for col in np.linspace(0, max(0, dataset.width - _LOOK_CELLS), _LOOKS).astype(int):
            window = rasterio.windows.Window(col, row, _LOOK_CELLS, _LOOK_CELLS)
            values, missing = read_band(dataset, window)
            found.append(values[~missing])
    return np.concatenate(found)


def _assumptions(path: Path, values: str, seen: np.ndarray) -> tuple[str, ...]:
    """What is assumed of a raster whose values are as stated; refuses one whose are not."""
    seen = seen[np.isfinite(seen)]
    if values == "metres":
        if seen.size and (seen.min() < 0.0 or seen.max() > HIGHEST_M):
            raise InputError(
                f"{path}: holds values from {seen.min():g} to {seen.max():g}, which are no heights of trees or buildings above "
                'ground [m]; give a raster of such heights, or the classes of ESA WorldCover (values = "worldcover")'
            )
        return ("Heights are metres above ground.",)
    strange = [f"{code:g}" for code in np.unique(seen) if (code != 0 and int(code) not in WORLDCOVER_M) or code % 1]
    if strange:
        raise InputError(
            f"{path}: holds {', '.join(strange[:5])}, which are no classes of ESA WorldCover; give its map, or heights in metres "
            '(values = "metres")'
        )
    return (
        "Tree cover and mangroves are taken as 15 m high, built-up land as 10 m, all other land as bare (ITU-R P.1812-7, "
        "table 2).",
    )
