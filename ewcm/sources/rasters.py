"""Opening rasters: only formats that hold their own data, only plain grids, always with a coordinate system."""

from __future__ import annotations

import logging
import math
import os
import warnings
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import rasterio
from pyproj import Transformer
from pyproj.exceptions import ProjError
from rasterio._err import CPLE_BaseError  # what GDAL says; most of it comes as a RasterioError, not all
from rasterio.crs import CRS
from rasterio.enums import Interleaving, MaskFlags
from rasterio.errors import CRSError, NotGeoreferencedWarning, RasterioError
from rasterio.warp import transform, transform_bounds

from ewcm.core.drivers import Format, opened_raster, raster_format
from ewcm.core.longitude import TURNS
from ewcm.core.record import GRADE, grade_of
from ewcm.errors import InputError
from ewcm.sources.companions import check_companions
from ewcm.sources.crs_texts import check_crs, check_stated, no_system
from ewcm.sources.files import check_file
from ewcm.sources.formats import check_content

#: More grid cells than this are refused before anything is allocated: Sudan at 3″ has 3.6e8.
MAX_CELLS = 400_000_000

#: Declared sizes above this are no real product (the whole world at 1″ has 8e11, at 3″ 9e10).
MAX_DECLARED_CELLS = 200_000_000_000

#: More bands than this are no product of people, heights or coverage; what is asked of each of them takes minutes.
MAX_BANDS = 1000

#: Nodata is compared with this relative tolerance: two units in the last place of float32, because sentinels are
#: written as float32 and declared as decimal text.
_NODATA_TOLERANCE = 2.5e-7

#: Numbers beyond this, near the last of float32, are written with few digits or many and mean one sentinel.
_LAST_NUMBERS = 3e38

#: One packed block (strip or tile) may unpack to at most this.
MAX_BLOCK_BYTES = 1_000_000_000

#: No raster has smaller cells [m], and no coordinate of a projection on earth is larger [m] (zone numbers in front included).
FINEST_M, FARTHEST_M = 0.1, 1e8

#: The types of values that are read.
_REAL = ("uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64", "float32", "float64")

#: Files and folders looked at below a folder of tiles; the whole earth at 1″ has some 26,000 tiles.
_MOST_ENTRIES = 500_000

logging.getLogger("rasterio").setLevel(logging.CRITICAL)  # its messages come to the user as InputError, once


@contextmanager
def open_raster(path: Path) -> Iterator[rasterio.DatasetReader]:
    """Open a raster for reading; any failure inside the ``with`` block becomes one :class:`InputError`."""
    chosen = _format(path, check_file(path))
    check_companions(path)
    check_content(path, chosen)
    with ExitStack() as stack:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", NotGeoreferencedWarning)
                dataset = stack.enter_context(opened_raster(path, chosen.driver))
        except (RasterioError, CRSError, ValueError, OSError, TypeError) as error:
            raise InputError(f"{path}: is not a raster that can be read; give a GeoTIFF (.tif)") from error
        try:
            if dataset.count == 0:
                raise InputError(f"{path}: holds no raster band of its own; export one layer as a GeoTIFF")
            if dataset.count > MAX_BANDS:
                raise InputError(
                    f"{path}: has {dataset.count} bands, more than any product that is read here; export the band you mean"
                )
            if dataset.width * dataset.height > MAX_DECLARED_CELLS:
                raise InputError(
                    f"{path}: claims {dataset.width} x {dataset.height} grid cells, more than any real product; "
                    "the file is damaged or not what its name says"
                )
            _check_structure(dataset, path)
            yield dataset
        except (RasterioError, CPLE_BaseError, CRSError, MemoryError, OSError) as error:
            raise InputError(
                f"{path}: cannot be read to its end, so it is damaged or cut off; download it again"
            ) from error


def raster_files(path: Path, suffixes: tuple[str, ...]) -> list[Path]:
    """The file itself, or every file with one of the endings in a folder and the folders in it, sorted."""
    if not path.is_dir():
        return [path]
    found, seen = [], 0
    for folder, _, names in os.walk(path):  # which follows no links, so that it ends
        seen += 1 + len(names)
        if seen > _MOST_ENTRIES:
            raise InputError(
                f"{path}: holds more than {_MOST_ENTRIES} files and folders; name the folder of the tiles only"
            )
        found += [Path(folder, name) for name in names if name.lower().endswith(suffixes)]
    return sorted(file for file in found if file.is_file())


def _check_structure(dataset: rasterio.DatasetReader, path: Path) -> None:
    """Refuse what would lead GDAL to other files, fill the memory at the first cell, or hold no real numbers."""
    if "OVERVIEW_FILE" in dataset.tags(ns="OVERVIEWS"):
        raise InputError(f"{path}: (or the .aux.xml beside it) takes its overviews from elsewhere; remove them")
    if dataset.dtypes[0] not in _REAL:
        raise InputError(f"{path}: its values are {dataset.dtypes[0]}, not plain numbers; give a real-valued raster")
    rows, cols = dataset.block_shapes[0]
    together = dataset.count if dataset.interleaving == Interleaving.pixel else 1
    if rows * cols * np.dtype(dataset.dtypes[0]).itemsize * together > MAX_BLOCK_BYTES:
        raise InputError(
            f"{path}: is stored in blocks of {cols} x {rows} cells, too large to read one by one; write it again in tiles "
            "(gdal_translate -co TILED=YES)"
        )
    if not all(np.isfinite(value) for value in (*dataset.transform[:6], *dataset.scales, *dataset.offsets)):
        raise InputError(f"{path}: its place or its scale is not a number, so it is damaged; export it again")


def _format(path: Path, head: bytes) -> Format:
    """The line of the table of formats that a file's first bytes call for."""
    chosen = raster_format(head)
    if chosen is None:
        kind = "a text file" if head[:512].isascii() and b"\x00" not in head else "no raster format that is read"
        raise InputError(f"{path}: is {kind}, not a raster; give a GeoTIFF (.tif)")
    return chosen


def crs_of(dataset: rasterio.DatasetReader, path: Path, stated: str | None) -> tuple[CRS, tuple[str, ...]]:
    """The coordinate system of a raster: the file's own, or the one stated in inputs.toml (which wins, and is said)."""
    notes: tuple[str, ...] = ()
    if stated is None:
        if dataset.crs is None:
            raise InputError(
                f'{path}: has no coordinate system (CRS); state it in inputs.toml, as in crs = "EPSG:4326"'
            )
        crs = dataset.crs
    else:
        try:
            check_stated(stated, path)
            crs = CRS.from_user_input(stated)
        except (ValueError, OverflowError) as error:  # rasterio's own CRSError is a ValueError
            raise no_system(stated, path) from error
        if dataset.crs is None:
            notes = (f"The file has no CRS; {stated} was taken as stated.",)
        elif dataset.crs != crs:
            notes = (f"The file says {crs_name(dataset.crs)}; {stated} was taken instead, as stated.",)
    _check_system(crs, path)
    return crs, notes


def own_crs(dataset: rasterio.DatasetReader, path: Path) -> CRS:
    """The coordinate system of a raster for which inputs.toml can state none."""
    if dataset.crs is None:
        raise InputError(
            f"{path}: has no coordinate system (CRS); give it one (of degrees: gdal_edit.py -a_srs EPSG:4326, of netCDF: "
            "gdal_translate -a_srs EPSG:4326 into a .tif)"
        )
    _check_system(dataset.crs, path)
    return dataset.crs


def bounds_in_degrees(bounds: Sequence[float], crs: CRS, path: Path) -> tuple[float, float, float, float]:
    """West, south, east and north of a raster whose ``bounds`` (left, bottom, right, top) are in ``crs``."""
    west, south, east, north = (float(value) for value in bounds)
    if not crs.is_geographic:
        west, south, east, north = transform_bounds(crs, "EPSG:4326", west, south, east, north)
    if not all(map(math.isfinite, (west, south, east, north))):
        raise InputError(f"{path}: its place on the earth cannot be told from its CRS; correct it")
    return west, min(south, north), east, max(south, north)


def _check_system(crs: CRS, path: Path) -> None:
    """Refuse what has no place on earth, and longitudes that are not degrees from Greenwich: Paris, grads, turned poles."""
    check_crs(crs.to_wkt(), path)
    if not _on_earth(crs):
        raise InputError(
            f"{path}: its coordinate system (CRS) is a local one, with no place on the earth; state the real one"
        )
    if not crs.is_geographic:
        return
    system = pyproj.CRS.from_user_input(crs_name(crs))
    meridian = system.prime_meridian
    plain = all(axis.unit_name == "degree" for axis in system.axis_info[:2]) and not system.is_derived
    if not plain or (meridian is not None and meridian.longitude != 0):
        raise InputError(
            f"{path}: {system.name} does not count degrees from Greenwich; warp it to EPSG:4326 (gdalwarp) first"
        )


def is_value(raw: np.ndarray, value: float) -> np.ndarray:
    """Where ``raw`` holds a certain number such as a nodata value, allowing for its rounding to float32."""
    if not np.isfinite(value):
        return np.isnan(raw) if np.isnan(value) else np.asarray(raw == value)
    slack = abs(value) * _NODATA_TOLERANCE
    if raw.dtype.kind in "iu":
        limits = np.iinfo(raw.dtype)
        low, high = np.ceil(value - slack), np.floor(value + slack)
        if high < limits.min or low > limits.max:
            return np.zeros(raw.shape, dtype=bool)
        return np.asarray((raw >= max(int(low), limits.min)) & (raw <= min(int(high), limits.max)))
    if abs(value) > _LAST_NUMBERS:  # the lowest float32 is declared with few digits or many: all that far out are one
        return np.isfinite(raw) & (raw * np.sign(value) > _LAST_NUMBERS)
    return np.asarray((raw >= raw.dtype.type(value - slack)) & (raw <= raw.dtype.type(value + slack)))


def missing_in(raw: np.ndarray, nodata: float | None) -> np.ndarray:
    """Where a raster of any type has no value: NaN, or its nodata value if it has one."""
    missing = np.isnan(raw) if raw.dtype.kind == "f" else np.zeros(raw.shape, dtype=bool)
    return missing if nodata is None or np.isnan(nodata) else missing | is_value(raw, nodata)


_OWN: Any = object()


def read_band(
    dataset: rasterio.DatasetReader,
    window: rasterio.windows.Window | None = None,
    *,
    nodata: float | None = _OWN,
    band: int = 1,
) -> tuple[np.ndarray, np.ndarray]:
    """A band (or a part of it) as it is stored, and where it is missing: its nodata value, NaN, and its mask if it has one.

    ``nodata``: the nodata value where it is not the file's own (None: no value means missing).
    """
    raw = dataset.read(band, window=window)
    missing = missing_in(raw, dataset.nodata if nodata is _OWN else nodata)
    if MaskFlags.per_dataset in dataset.mask_flag_enums[band - 1]:
        missing |= dataset.read_masks(band, window=window) == 0
    return raw, missing


def read_values(
    dataset: rasterio.DatasetReader, window: rasterio.windows.Window | None = None, band: int = 1
) -> tuple[np.ndarray, np.ndarray]:
    """As :func:`read_band`, with the band's scale and offset applied. Missing cells hold any number."""
    raw, missing = read_band(dataset, window, band=band)
    scale, offset = dataset.scales[band - 1], dataset.offsets[band - 1]
    return (raw if (scale, offset) == (1.0, 0.0) else raw * scale + offset), missing


def values_at(
    dataset: rasterio.DatasetReader, crs: CRS, lat: np.ndarray, lon: np.ndarray, *, nodata: float | None, band: int = 1
) -> np.ma.MaskedArray:
    """What a band holds at some places (degrees, shape (n,)), of that shape and the raster's type; masked where it holds
    nothing and beyond its edges. ``nodata``: as of :func:`read_band`. One cell is read at a time: for some thousands of
    places."""
    values = np.ma.masked_all(lat.shape, dtype=dataset.dtypes[band - 1])
    for turn in TURNS:
        x, y = transform("EPSG:4326", crs, (lon + turn).tolist(), lat.tolist())
        with np.errstate(invalid="ignore"):
            col, row = (np.floor(part) for part in ~dataset.transform @ (np.array(x), np.array(y)))
            inside = (col >= 0) & (col < dataset.width) & (row >= 0) & (row < dataset.height)
        for place in np.flatnonzero(inside & np.ma.getmaskarray(values)):
            cell = rasterio.windows.Window(int(col[place]), int(row[place]), 1, 1)
            raw, missing = read_band(dataset, cell, nodata=nodata, band=band)
            if not missing[0, 0]:
                values[place] = raw[0, 0]
        if not crs.is_geographic:
            break
    return values


def grade_of_raster(dataset: rasterio.DatasetReader) -> str:
    """The mark of a raster, its tag ``data_grade``, as :func:`grade_of` reads it."""
    return grade_of([dataset.tags().get(GRADE, "")])


def _on_earth(crs: CRS) -> bool:
    """Whether positions can be brought to longitude and latitude."""
    if not (crs.is_geographic or crs.is_projected):
        return False
    try:
        Transformer.from_crs(pyproj.CRS.from_user_input(crs_name(crs)), "EPSG:4326", always_xy=True)
    except ProjError:
        return False
    return True


def crs_name(crs: CRS) -> str:
    """``EPSG:4326``, ``ESRI:54009``, or the whole WKT where there is no code."""
    authority = crs.to_authority()
    return ":".join(authority) if authority else crs.to_wkt()


def check_plain_grid(dataset: rasterio.DatasetReader, path: Path, crs: CRS) -> None:
    """Refuse rotated grids, grids without a position, and degrees that are none."""
    affine = dataset.transform
    if affine.b or affine.d:
        raise InputError(f"{path}: its grid is rotated; warp it to a north-up grid (gdalwarp) first")
    if not (affine.a and affine.e) or (affine.is_identity and dataset.crs is None):
        raise InputError(f"{path}: has no position on the earth (no geotransform); export it as a GeoTIFF again")
    metre = math.degrees(1 / 6_371_000) if crs.is_geographic else 1 / crs.units_factor[1]
    size, farthest = min(abs(affine.a), abs(affine.e)), max(map(abs, dataset.bounds))
    if size < FINEST_M * metre or (crs.is_projected and not farthest < FARTHEST_M * metre):
        raise InputError(
            f"{path}: has cells of {size:.3g} units as far out as {farthest:.3g}, which is nowhere on earth; correct its "
            "geotransform or its CRS"
        )
    if crs.is_geographic:
        west, east = sorted((affine.c, affine.c + affine.a * dataset.width))
        south, north = sorted((affine.f, affine.f + affine.e * dataset.height))
        cell = abs(affine.e)
        if south < -90 - cell or north > 90 + cell or west < -180 - 360 or east > 540 or east - west > 362:
            raise InputError(
                f"{path}: spans {west:.6g}..{east:.6g} east and {south:.6g}..{north:.6g} north, which are not degrees of "
                "longitude and latitude; correct its CRS (metres?) or its swapped axes"
            )
