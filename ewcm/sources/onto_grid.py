"""A foreign raster comes onto the grid: the parts of it that meet the grid, by turns of 360° too, warped to its cells.

Everything that is not people comes this way. People are never resampled: their raster is the grid, and
:mod:`ewcm.sources.population` picks whole cells of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Protocol, TypeVar

import numpy as np
import rasterio
from affine import Affine
from odc.geo.geobox import GeoBox
from rasterio.enums import Resampling
from rasterio.warp import reproject, transform_bounds

from ewcm.core import grid, longitude
from ewcm.sources.rasters import open_raster, read_values

#: Cells of a raster read at a time.
CELLS_AT_A_TIME = 16_000_000

#: Where the raster and its copies a turn further overlap, the raster itself counts.
_TURNS = (0.0, 360.0, -360.0)

Classify = Callable[[np.ndarray], np.ndarray]


class Bounded(Protocol):
    """Something with edges in degrees."""

    @property
    def west(self) -> float: ...
    @property
    def south(self) -> float: ...
    @property
    def east(self) -> float: ...
    @property
    def north(self) -> float: ...


Tile = TypeVar("Tile", bound=Bounded)


def mean_onto(
    path: Path, geobox: GeoBox, classify: Classify = np.asarray, *, missing_is: float = np.nan, band: int = 1
) -> Iterator[tuple[slice, np.ndarray]]:
    """Area mean of a raster's values in each cell of a grid, some rows at a time, from north to south.

    Yields the rows and their means, float32, shape (rows, ``geobox.shape[1]``), NaN where the raster says nothing. Cells
    that hold nothing do not weigh in a mean.

    ``classify`` turns the values of the raster's ``band`` (scale and offset applied) into the numbers to be averaged, at the
    raster's own resolution: a mean of classes or of decibels would invent values that nobody stated. Cells that are
    missing by nodata, NaN or mask are missing, whatever it gives for them, and so is NaN that it gives.
    ``missing_is``: the number taken for missing cells and for the ground beyond the raster's edges, where that is known.

    Raises :class:`ewcm.errors.InputError` where the raster cannot be read.
    """
    return _onto(path, geobox, classify, missing_is, Resampling.average, band)


def nearest_onto(
    path: Path, geobox: GeoBox, classify: Classify = np.asarray, *, missing_is: float = np.nan
) -> Iterator[tuple[slice, np.ndarray]]:
    """As :func:`mean_onto`, but each cell of the grid gets the number of the raster's cell at its centre."""
    return _onto(path, geobox, classify, missing_is, Resampling.nearest)


def rows_onto(
    path: Path,
    geobox: GeoBox,
    rows: slice,
    classify: Classify = np.asarray,
    *,
    missing_is: float = np.nan,
    mean: bool = True,
) -> np.ndarray:
    """Some rows of :func:`mean_onto`, or of :func:`nearest_onto` where not ``mean``: float32, shape (rows, columns). Of ground
    beyond the raster's edges nothing is known here, whatever ``missing_is``."""
    resampling = Resampling.average if mean else Resampling.nearest
    parts = _onto(path, geobox[rows, :], classify, missing_is, resampling, beyond_is=np.nan)
    return np.concatenate([values for _, values in parts], axis=0)


def array_onto(values: np.ndarray, transform: Affine, geobox: GeoBox, *, mean: bool) -> np.ndarray:
    """Values on a grid of degrees (float, NaN where missing) on (some rows of) the analysis grid, in whatever turn of 360° they
    are written: means by area, or the value at the middle of each cell."""
    result = np.full(geobox.shape, np.nan, dtype=np.float32)
    for turn in _TURNS:
        moved = Affine.translation(turn, 0.0) @ transform
        resampling = Resampling.average if mean else Resampling.nearest
        found = warped(values.astype(np.float32), moved, rasterio.CRS.from_epsg(4326), geobox, resampling)
        result = np.where(np.isnan(result), found, result)
    return result


def warped(
    values: np.ndarray, transform: Affine, crs: rasterio.CRS, geobox: GeoBox, resampling: Resampling
) -> np.ndarray:
    """``values`` (float, NaN where missing), which lie by ``transform`` and ``crs``, on a grid: float32, NaN outside."""
    result = np.full(geobox.shape, np.nan, dtype=np.float32)
    reproject(
        values,
        result,
        src_transform=transform,
        src_crs=crs,
        src_nodata=np.nan,
        dst_transform=geobox.affine,
        dst_crs=rasterio.CRS.from_user_input(str(geobox.crs)),
        dst_nodata=np.nan,
        resampling=resampling,
    )
    return result


def part_that_meets(
    transform: Affine, shape: tuple[int, int], box: Sequence[float], margin: int
) -> tuple[slice, slice] | None:
    """Rows and columns of a raster, and ``margin`` more on each side, that meet a box (west, south, east, north) in its own
    coordinates; None where there are none. They may reach beyond the raster by the margin."""
    corners = np.array([~transform @ (x, y) for x in box[::2] for y in box[1::2]])
    found = []
    for position, size in zip((corners[:, 1], corners[:, 0]), shape, strict=True):
        # A box that the raster's projection cannot show is looked for everywhere.
        whole = not np.isfinite(position).all()
        first = -margin if whole else max(-margin, int(np.floor(position.min())) - margin)
        past = size + margin if whole else min(size + margin, int(np.ceil(position.max())) + margin)
        if first >= min(past, size) or past <= 0:
            return None
        found.append(slice(first, past))
    return found[0], found[1]


def within(part: tuple[slice, slice], shape: tuple[int, int]) -> tuple[slice, slice]:
    """What of a part of a raster lies in the raster."""
    rows, cols = (slice(max(0, span.start), min(size, span.stop)) for span, size in zip(part, shape, strict=True))
    return rows, cols


def tiles_onto(tiles: Sequence[Tile], west: float, south: float, east: float, north: float) -> list[tuple[Tile, float]]:
    """The tiles that meet a box [degrees], each with the turn of longitude that brings it there."""
    return [
        (tile, turn)
        for tile in tiles
        if tile.south < north and tile.north > south
        for turn in longitude.turns_onto((tile.west, tile.east), (west, east))
    ]


def _onto(
    path: Path,
    geobox: GeoBox,
    classify: Classify,
    missing_is: float,
    resampling: Resampling,
    band: int = 1,
    beyond_is: float | None = None,
) -> Iterator[tuple[slice, np.ndarray]]:
    """``beyond_is``: the number of the ground beyond the raster's edges; by default ``missing_is``."""
    rows, cols = geobox.shape
    gaps = (missing_is, missing_is if beyond_is is None else beyond_is)
    with open_raster(path) as source:
        margin = _cells_across(source, geobox)
        height = max(1, min(grid.BLOCK_ROWS, CELLS_AT_A_TIME // (cols * margin * margin)))
        for start in range(0, rows, height):
            block = slice(start, min(start + height, rows))
            yield block, _rows_onto(source, geobox[block, :], classify, gaps, resampling, margin, band)


def _rows_onto(
    source: rasterio.DatasetReader,
    geobox: GeoBox,
    classify: Classify,
    gaps: tuple[float, float],
    resampling: Resampling,
    margin: int,
    band: int = 1,
) -> np.ndarray:
    """What a raster says on a (small) grid. ``gaps``: the numbers of its missing cells and of the ground beyond its edges.

    A geographic raster meets a grid in 0..360 a second time 360° further east; one in 0..360 meets a projected grid west of
    Greenwich 360° further west.
    """
    result = np.full(geobox.shape, np.nan, dtype=np.float32)
    grid_crs = rasterio.CRS.from_user_input(str(geobox.crs))
    west, south, east, north = transform_bounds(grid_crs, source.crs, *geobox.extent.boundingbox)
    if source.crs.is_geographic and west > east:  # the grid lies across the 180th meridian
        west, east = -180.0, 180.0
    for turn in _TURNS if source.crs.is_geographic else (0.0,):
        moved = Affine.translation(turn, 0.0) @ source.transform
        part = part_that_meets(moved, source.shape, (west, south, east, north), margin)
        if part is None:
            continue
        values = _values_in(source, part, classify, gaps, band)
        found = warped(values, moved @ Affine.translation(part[1].start, part[0].start), source.crs, geobox, resampling)
        result = np.where(np.isnan(result), found, result)
    return result if np.isnan(gaps[1]) else np.nan_to_num(result, nan=gaps[1])


def _values_in(
    source: rasterio.DatasetReader, part: tuple[slice, slice], classify: Classify, gaps: tuple[float, float], band: int
) -> np.ndarray:
    """Classified values of a part of a raster, float32, NaN where it says nothing.

    Where the ground beyond the edges has a number, that number stands around the raster, so that a cell of the grid on its edge
    is averaged whole.
    """
    missing_is, beyond_is = gaps
    rows, cols = part
    result = np.full((rows.stop - rows.start, cols.stop - cols.start), beyond_is, np.float32)
    inner_rows, inner_cols = within(part, source.shape)
    raw, missing = read_values(source, rasterio.windows.Window.from_slices(inner_rows, inner_cols), band)
    values = np.asarray(classify(raw)).astype(np.float32)
    values[missing] = missing_is
    top, left = inner_rows.start - rows.start, inner_cols.start - cols.start
    result[top : top + values.shape[0], left : left + values.shape[1]] = values
    return result


def _cells_across(source: rasterio.DatasetReader, geobox: GeoBox) -> int:
    """How many cells of a raster one grid cell can span, and one more."""
    row, col = geobox.shape[0] // 2, geobox.shape[1] // 2
    west, north = geobox.affine @ (col, row)
    east, south = geobox.affine @ (col + 1, row + 1)
    bounds = transform_bounds(rasterio.CRS.from_user_input(str(geobox.crs)), source.crs, west, south, east, north)
    width = abs((bounds[2] - bounds[0]) / source.transform.a)
    height = abs((bounds[3] - bounds[1]) / source.transform.e)
    return int(np.ceil(max(width, height))) + 1
