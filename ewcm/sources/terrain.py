"""Terrain: elevation rasters of any kind, mosaicked by window on demand.

SRTM tiles (``N09E038.hgt``, also inside ``.zip``), Copernicus and other GeoTIFF tiles, any elevation raster, a folder of
them or a list. Heights are metres above mean sea level. Tile sets leave out tiles of open sea, and tiles leave out the sea:
a place without a height is sea (0 m) where the coastline of the country says so (:mod:`ewcm.sources.ground`), and anywhere
else its height is not known (NaN). Outside the rectangle that the tiles span together nothing is known.
"""

from __future__ import annotations

import io
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rasterio
from odc.geo.geobox import GeoBox
from rasterio.features import sieve
from rasterio.fill import fillnodata
from rasterio.warp import Resampling, transform_bounds

from ewcm.core import archive, grid, longitude
from ewcm.core.input_warning import InputWarning
from ewcm.core.record import InputRecord, Meta, record_of
from ewcm.errors import InputError
from ewcm.sources.band_units import metres_of, read_as
from ewcm.sources.coverage_values import warnings_of_bands
from ewcm.sources.files import check_file
from ewcm.sources.ground import settle_missing
from ewcm.sources.onto_grid import part_that_meets, tiles_onto, warped, within
from ewcm.sources.rasters import (
    MAX_CELLS,
    bounds_in_degrees,
    check_plain_grid,
    crs_name,
    grade_of_raster,
    open_raster,
    own_crs,
    raster_files,
    read_values,
)
from ewcm.sources.sidecars import sidecar_warnings

#: Terrain with a larger step [m] is refused for propagation unless the user accepts the error.
COARSE_M = 300.0

#: Up to this step [m] terrain serves propagation without a warning.
FINE_M = 100.0

#: A smaller step [m] is refused: no elevation model of a country has it, and its windows would fill the memory.
FINEST_M = 1.0

#: Missing heights in holes of at most this many cells are filled from the rim.
LARGEST_HOLE = 1000

#: Measured error [dB rms] of the loss over terrain with a step of 1 km, against 100 m.
COARSE_ERROR_DB = 7.0

#: A height outside these [m] is missing, whatever the file says.
LOWEST_M, HIGHEST_M = -500.0, 9000.0

#: Endings of the files that are taken from a folder.
_SUFFIXES = (".tif", ".tiff", ".hgt", ".zip", ".img")

_HGT_NAME = re.compile(r"([NS])(\d{2})([EW])(\d{3})", re.IGNORECASE)


@dataclass(frozen=True)
class Tile:
    """One raster of the terrain. Bounds are those of the cells' outer edges, in degrees; steps in degrees."""

    path: Path
    west: float
    south: float
    east: float
    north: float
    lat_step: float
    lon_step: float
    member: str = ""  # of a .zip
    hgt: bool = False
    geographic: bool = True
    south_up: bool = False  # its first row lies in the south


@dataclass(frozen=True)
class Heights:
    """Heights on a grid in degrees: f32, row 0 in the north; ``north``, ``west`` are the centre of its first cell.

    Steps are positive. NaN where no terrain is known. Longitudes may run past 180°.
    """

    values_m: np.ndarray
    north: float
    west: float
    lat_step: float
    lon_step: float


@dataclass(frozen=True)
class Terrain:
    """Elevation tiles on disk; nothing is read until a window is asked for.

    ``step_m``: the coarsest tile's step. ``allow_coarse``: the user accepts a step above 300 m for propagation, and the error
    it makes. ``iso3``: the country whose coastline tells sea from ground without a height; without one all that has no height
    is sea.
    """

    paths: tuple[Path, ...]
    step_m: float
    allow_coarse: bool
    records: tuple[InputRecord, ...]
    tiles: tuple[Tile, ...] = ()
    iso3: str = ""

    @property
    def error_db(self) -> float:
        """What the step adds to the error of a loss [dB rms]."""
        return COARSE_ERROR_DB if self.step_m > COARSE_M else 0.0

    def window(self, west: float, south: float, east: float, north: float) -> Heights:
        """Heights that cover a rectangle in degrees; longitudes may run past 180° in either direction."""
        near = tiles_onto(self.tiles, west, south, east, north)
        chosen = [tile for tile, _ in near] or list(self.tiles)
        lat_step = min(tile.lat_step for tile in chosen)
        lon_step = min(tile.lon_step for tile in chosen)
        # cells on whole multiples of the step from the first tile's own, so that aligned tiles are copied unchanged
        anchor, turn = near[0] if near else (chosen[0], 0.0)
        top = anchor.north - 0.5 * anchor.lat_step
        left = anchor.west + turn + 0.5 * anchor.lon_step
        first_row, last_row = math.floor((top - north) / lat_step), math.ceil((top - south) / lat_step)
        first_col, last_col = math.floor((west - left) / lon_step), math.ceil((east - left) / lon_step)
        if (last_row - first_row + 1) * (last_col - first_col + 1) > MAX_CELLS:
            raise InputError(
                f"{anchor.path}: has a step of {lat_step * grid.M_PER_DEG:.3g} m, too fine for the ranges of propagation; "
                "average the terrain to 30 m"
            )
        lat = top - lat_step * np.arange(first_row, last_row + 1)
        lon = left + lon_step * np.arange(first_col, last_col + 1)
        values = np.full((lat.size, lon.size), np.nan, np.float32)
        span_south, span_north = min(t.south for t in self.tiles), max(t.north for t in self.tiles)
        rows = (lat >= span_south) & (lat <= span_north)
        cols = np.zeros(lon.size, bool)
        for begin, end in _spans(self.tiles):
            for shift in longitude.TURNS:
                cols |= (lon >= begin + shift) & (lon <= end + shift)
        if not self.iso3:
            values[np.ix_(rows, cols)] = 0.0
        for tile, shift in near:
            _paint(tile, shift, lat, lon, values, holes_are_sea=not self.iso3)
        if self.iso3:
            settle_missing(values, rows[:, None] & cols, lat, lon, self.iso3)
        _widen(values, np.flatnonzero(rows), np.flatnonzero(cols))
        return Heights(values, float(lat[0]), float(lon[0]), lat_step, lon_step)


def open_terrain(paths: Sequence[Path], allow_coarse: bool, meta: Meta, iso3: str = "") -> Terrain:
    """Look at elevation files (or folders of them) without reading heights. ``iso3``: see :class:`Terrain`.

    Raises :class:`InputError` where there is none, where a file is no elevation raster, or where the step is above 300 m
    and ``allow_coarse`` is false.
    """
    files = [file for path in paths for file in raster_files(path, _SUFFIXES)]
    if not files:
        raise InputError(f"{paths[0] if paths else 'terrain'}: holds no elevation raster; put .tif or .hgt tiles there")
    tiles, records = [], []
    for file in files:
        tile, form, crs, grade, beside, read_as = _look(file)
        step_m = (
            max(tile.lat_step, tile.lon_step * math.cos(math.radians(0.5 * (tile.south + tile.north)))) * grid.M_PER_DEG
        )
        warnings: tuple[InputWarning, ...] = ()
        if step_m > COARSE_M:
            error = f"at 1 km the loss is wrong by {COARSE_ERROR_DB:.0f} dB rms"
            if not allow_coarse:
                raise InputError(
                    f"{file}: has a step of about {step_m:.0f} m, too coarse for propagation ({error}); give a DEM of 100 m or "
                    "finer, or accept the error: allow_coarse = true in [terrain] or allow_coarse_terrain = true in [settings]"
                )
            text = f"The step of {step_m:.0f} m is too coarse for propagation: {error}."
            warnings = (
                InputWarning("coarse_step", text, {"metres": round(step_m), "decibels": round(COARSE_ERROR_DB)}),
            )
        elif step_m > 1.05 * FINE_M:
            text = f"The step of {step_m:.0f} m smooths ridges; 100 m or finer is better for propagation."
            warnings = (InputWarning("smooth_step", text, {"metres": round(step_m)}),)
        record = record_of(
            "terrain",
            file,
            meta,
            format=form,
            crs=crs,
            warnings=warnings + beside,
            grade=grade,
            assumptions=(
                "Heights are metres above sea level; what has none is sea (0 m) where the coastline says so, else unknown.",
                *read_as,
            ),
            facts={
                "step_m": round(step_m, 1),
                "bounds": [round(v, 6) for v in (tile.west, tile.south, tile.east, tile.north)],
            },
        )
        tiles.append(tile)
        records.append(record)
    step_m = max(float(str(record.facts["step_m"])) for record in records)
    return Terrain(tuple(files), step_m, allow_coarse, tuple(records), tuple(tiles), iso3)


def _look(path: Path) -> tuple[Tile, str, str, str, tuple[InputWarning, ...], tuple[str, ...]]:
    """What a file covers, its format, its CRS, its mark, what files beside it change, and how its values become heights."""
    head = check_file(path)
    if head.startswith(b"PK") or path.suffix.lower() == ".hgt":
        return (*_look_hgt(path, zipped=head.startswith(b"PK")), "", (), ())
    with open_raster(path) as dataset:
        crs = own_crs(dataset, path)
        check_plain_grid(dataset, path, crs)
        affine = dataset.transform
        if affine.a < 0:
            raise InputError(f"{path}: its columns run from east to west; export it with east on the right")
        box = bounds_in_degrees(dataset.bounds, crs, path)
        lat_step, lon_step = abs(affine.e), affine.a
        if not crs.is_geographic:
            lat_step *= crs.linear_units_factor[1] / grid.M_PER_DEG
            lon_step = lat_step / max(1e-6, math.cos(math.radians(0.5 * (box[1] + box[3]))))
        if min(lat_step, lon_step) * grid.M_PER_DEG < FINEST_M:
            raise InputError(
                f"{path}: has a step of {min(lat_step, lon_step) * grid.M_PER_DEG:.2g} m, finer than any use in propagation; "
                "average it to 30 m"
            )
        tile = Tile(path, *box, lat_step, lon_step, geographic=crs.is_geographic, south_up=affine.e > 0)
        beside = sidecar_warnings(dataset, path) + warnings_of_bands(dataset)
        return tile, dataset.driver, crs_name(crs), grade_of_raster(dataset), beside, read_as(dataset, path)


def _look_hgt(path: Path, zipped: bool) -> tuple[Tile, str, str]:
    """An SRTM tile: a square of big-endian 16-bit heights, named after its south-west corner, rims shared by neighbours."""
    member, size = "", path.stat().st_size
    if zipped:
        try:
            with archive.opened_zip(path) as opened:
                found = [item for item in opened.infolist() if item.filename.lower().endswith(".hgt")]
        except (archive.DamagedArchive, OSError) as error:
            raise InputError(f"{path}: is a damaged .zip; download it again") from error
        if len(found) != 1:
            raise InputError(f"{path}: holds {len(found)} .hgt files; it must hold one")
        member, size = found[0].filename, found[0].file_size
    side = math.isqrt(size // 2)
    name = _HGT_NAME.search(Path(member or path.name).name)
    if name is None or side * side * 2 != size or side not in (1201, 3601):
        raise InputError(f"{path}: is not an SRTM tile (N09E038.hgt of 1201 or 3601 heights a side); download it again")
    south = int(name[2]) * (1 if name[1].upper() == "N" else -1)
    west = int(name[4]) * (1 if name[3].upper() == "E" else -1)
    if not (-90 <= south < 90 and -180 <= west <= 180):
        raise InputError(f"{path}: its name '{name[0]}' is no place on the earth; correct it")
    step = 1.0 / (side - 1)
    half = 0.5 * step
    tile = Tile(path, west - half, south - half, west + 1 + half, south + 1 + half, step, step, member, True)
    return tile, "SRTMHGT", "EPSG:4326"


def _spans(tiles: Sequence[Tile]) -> list[tuple[float, float]]:
    """The shortest range of longitudes around all tiles, which may run past 180°, as one piece."""
    edges = sorted((tile.west, tile.east) for tile in tiles)
    widest, start = edges[0][0] + 360.0 - max(east for _, east in edges), edges[0][0]
    reach = edges[0][1]
    for west, east in edges[1:]:
        if west - reach > widest:
            widest, start = west - reach, west
        reach = max(reach, east)
    return [(start, start + 360.0 - widest)]


def _paint(
    tile: Tile, shift: float, lat: np.ndarray, lon: np.ndarray, values: np.ndarray, *, holes_are_sea: bool
) -> None:
    """Put the heights of one tile on the cells of a window that it covers."""
    slack = 1e-9
    rows = np.flatnonzero((lat > tile.south - slack) & (lat < tile.north + slack))
    cols = np.flatnonzero((lon > tile.west + shift - slack) & (lon < tile.east + shift + slack))
    if not rows.size or not cols.size:
        return
    place = (slice(rows[0], rows[-1] + 1), slice(cols[0], cols[-1] + 1))
    if not tile.geographic:
        heights = _warped(tile, lat[rows], lon[cols] - shift, holes_are_sea)
        values[place] = np.where(np.isnan(heights), values[place], heights)
        return
    row = (tile.north - 0.5 * tile.lat_step - lat[rows]) / tile.lat_step
    col = (lon[cols] - shift - tile.west - 0.5 * tile.lon_step) / tile.lon_step
    first_row, first_col = max(0, math.floor(row[0] + 1e-6) - 1), max(0, math.floor(col[0] + 1e-6) - 1)
    stored = read_heights(tile, slice(first_row, math.ceil(row[-1]) + 2), slice(first_col, math.ceil(col[-1]) + 2))
    heights = _bilinear(_filled(stored, holes_are_sea), row - first_row, col - first_col)
    values[place] = np.where(np.isnan(heights), values[place], heights)


def _widen(values: np.ndarray, rows: np.ndarray, cols: np.ndarray) -> None:
    """Repeat the rim of the known rectangle once outwards: a cell reaches half a step beyond its centre."""
    if not rows.size or not cols.size:
        return
    for inner, outer in ((rows[0], rows[0] - 1), (rows[-1], rows[-1] + 1)):
        if 0 <= outer < values.shape[0]:
            values[outer] = values[inner]
    for inner, outer in ((cols[0], cols[0] - 1), (cols[-1], cols[-1] + 1)):
        if 0 <= outer < values.shape[1]:
            values[:, outer] = values[:, inner]


def _bilinear(heights: np.ndarray, row: np.ndarray, col: np.ndarray) -> np.ndarray:
    """Heights at fractional rows and columns; beyond the rim the rim's own."""

    def split(position: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        # a position that misses a cell's centre by rounding alone is that centre
        snapped = np.where(np.abs(position - np.rint(position)) < 1e-5, np.rint(position), position)
        inside = np.clip(snapped, 0, size - 1)
        first = np.floor(inside).astype(int)
        return first, np.minimum(first + 1, size - 1), (inside - first).astype(np.float32)

    up, down, below = split(row, heights.shape[0])
    left, right, beside = split(col, heights.shape[1])
    if not below.any() and not beside.any():
        return heights[np.ix_(up, left)]
    across = heights[:, left] * (1 - beside) + heights[:, right] * beside
    return across[up] * (1 - below[:, None]) + across[down] * below[:, None]


def read_heights(tile: Tile, rows: slice, cols: slice) -> np.ndarray:
    """Some rows and columns of a tile, f32, row 0 in the north; NaN or impossible where it has no height."""
    first_row, past_row, first_col, past_col = rows.start, rows.stop, cols.start, cols.stop
    if tile.hgt:
        if tile.member:
            try:
                unpacked = io.BytesIO()
                with archive.opened_zip(tile.path) as opened:
                    archive.unpack(opened, opened.getinfo(tile.member), unpacked, archive.TILE)
                data = np.frombuffer(unpacked.getbuffer(), ">i2")
            except (archive.ArchiveError, OSError, KeyError) as error:
                raise InputError(f"{tile.path}: is a damaged .zip; download it again") from error
        else:
            data = np.memmap(tile.path, ">i2", "r")
        side = round(1.0 / tile.lat_step) + 1
        if data.size != side * side:
            raise InputError(f"{tile.path}: is cut off or was changed while it was read; copy it again")
        return data.reshape(side, side)[first_row:past_row, first_col:past_col].astype(np.float32)
    with open_raster(tile.path) as dataset:
        past_row, past_col = min(past_row, dataset.height), min(past_col, dataset.width)
        stored = (dataset.height - past_row, dataset.height - first_row) if tile.south_up else (first_row, past_row)
        window = rasterio.windows.Window.from_slices(stored, (first_col, past_col))
        return heights_of(dataset, window)[:: -1 if tile.south_up else 1]


def heights_of(dataset: rasterio.DatasetReader, window: rasterio.windows.Window) -> np.ndarray:
    """Heights of a window of a raster as they lie in it, f32, NaN where it says that there is none."""
    values, missing = read_values(dataset, window)
    heights = values.astype(np.float32) * np.float32(metres_of(dataset)[0])
    heights[missing] = np.nan
    return heights


def _warped(tile: Tile, lat: np.ndarray, lon: np.ndarray, holes_are_sea: bool) -> np.ndarray:
    """Heights of a projected raster on a grid in degrees, NaN outside it: between the centres of its cells, as a mean over a
    cell would cut the ridges."""
    step_lat = float(lat[0] - lat[1]) if lat.size > 1 else tile.lat_step
    step_lon = float(lon[1] - lon[0]) if lon.size > 1 else tile.lon_step
    target = rasterio.Affine(step_lon, 0, lon[0] - 0.5 * step_lon, 0, -step_lat, lat[0] + 0.5 * step_lat)
    geobox = GeoBox((lat.size, lon.size), target, "EPSG:4326")
    east, south = lon[-1] + 0.5 * step_lon, lat[-1] - 0.5 * step_lat
    with open_raster(tile.path) as dataset:
        box = transform_bounds("EPSG:4326", dataset.crs, target.c, south, east, target.f)
        part = part_that_meets(dataset.transform, dataset.shape, box, 2)
        if part is None:
            return np.full(geobox.shape, np.nan, np.float32)
        window = rasterio.windows.Window.from_slices(*within(part, dataset.shape))
        heights, transform = _filled(heights_of(dataset, window), holes_are_sea), dataset.window_transform(window)
        return warped(heights, transform, dataset.crs, geobox, Resampling.bilinear)


def missing_in_heights(heights: np.ndarray) -> np.ndarray:
    """Where there is no height, or one that is nowhere on earth."""
    return ~((heights > LOWEST_M) & (heights < HIGHEST_M))


def _filled(heights: np.ndarray, holes_are_sea: bool) -> np.ndarray:
    """Missing heights: small holes are filled from their rim, large ones are sea, or NaN."""
    missing = missing_in_heights(heights)
    if not missing.any():
        return heights
    nothing = np.float32(0.0 if holes_are_sea else np.nan)
    large = np.zeros_like(missing)
    if missing.size > LARGEST_HOLE:  # otherwise no hole can be large
        large = missing & (sieve(missing.astype(np.uint8), LARGEST_HOLE) == 1)
    filled = np.where(large, nothing, heights)
    small = missing & ~large
    if small.any():
        known = ~small if holes_are_sea else ~missing
        filled[small] = nothing
        if known.any():
            filled[small] = fillnodata(
                np.where(known, heights, np.float32(0.0)), mask=known, max_search_distance=math.sqrt(LARGEST_HOLE)
            )[small]
    return filled
