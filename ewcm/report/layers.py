"""The layers for a GIS: layers.gpkg (areas, coldspots, sites) and reach.tif."""

from __future__ import annotations

import contextlib
import sqlite3
import tempfile
from pathlib import Path
from xml.etree import ElementTree as ET

import geopandas as gpd
import numpy as np
import pyogrio
import rasterio
import rasterio.shutil
from affine import Affine
from rasterio.windows import Window

from ewcm.core import grid, longitude
from ewcm.core.fraction import decode
from ewcm.errors import PublishError
from ewcm.report.numbers import DECIMALS
from ewcm.report.tables import GRADE_COLUMN, grade
from ewcm.result import CountryResult
from ewcm.settings import TECHNOLOGIES
from ewcm.sources.cells import SITE_COLUMNS

#: GeoPackage notes when a table last changed; the manifest is the one file that holds a time.
_GPKG_DATE = "1980-01-01T00:00:00.000Z"

#: Edge of a tile of reach.tif [pixels].
_TILE = 512


def write_geopackage(result: CountryResult, path: Path) -> None:
    """Write layers.gpkg with the layers ``areas``, ``coldspots`` and ``sites`` (empty where there are none), EPSG:4326.

    A country across 180° has longitudes 0..360, so that it stays in one piece.
    """
    layers = {
        "areas": (result.areas, "MultiPolygon"),
        "coldspots": (result.coldspots, "MultiPolygon"),
        "sites": (_sites(result), "Point"),
    }
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": _GPKG_DATE})
    try:
        for number, (name, (frame, geometry_type)) in enumerate(layers.items()):
            pyogrio.write_dataframe(
                _graded(frame, grade(result)),
                path,
                layer=name,
                driver="GPKG",
                append=number > 0,
                geometry_type=geometry_type,
                promote_to_multi=geometry_type.startswith("Multi"),
                layer_options={"DESCRIPTION": f"{result.data.country.iso3}, data grade {grade(result)}"},
            )
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})
    _check_geopackage(path, {name: len(frame) for name, (frame, _) in layers.items()})


def _check_geopackage(path: Path, rows: dict[str, int]) -> None:
    """On a full disk GDAL closes the file without a word: the rows of each layer and of its spatial index tell."""
    whole = True
    try:
        with contextlib.closing(sqlite3.connect(path)) as database:
            for name, count in rows.items():
                for table in (name, f"rtree_{name}_geom"):
                    whole &= database.execute(f'SELECT COUNT(*) FROM "{table}"').fetchone()[0] == count
            whole &= database.execute("PRAGMA quick_check").fetchone()[0] == "ok"
    except sqlite3.DatabaseError:
        whole = False
    if not whole:
        raise PublishError(f"{path}: could not be written whole; is the disk full?")


def _graded(frame: gpd.GeoDataFrame, data_grade: str) -> gpd.GeoDataFrame:
    table = frame.copy()
    numbers = table.select_dtypes("float").columns
    table[numbers] = table[numbers].round(DECIMALS) + 0.0
    table.insert(0, GRADE_COLUMN, data_grade)
    return table


def _sites(result: CountryResult) -> gpd.GeoDataFrame:
    columns = list(SITE_COLUMNS)
    if result.data.sites is None:
        empty = {name: np.zeros(0, dtype=object if name in _TEXT_COLUMNS else np.float64) for name in columns}
        return gpd.GeoDataFrame(empty, geometry=gpd.points_from_xy([], []), crs="EPSG:4326")
    table = result.data.sites.table[columns].reset_index(drop=True)
    lon = table["lon"]
    if result.data.country.crosses_180:
        lon = longitude.to_360(lon)
    return gpd.GeoDataFrame(table, geometry=gpd.points_from_xy(lon, table["lat"]), crs="EPSG:4326")


_TEXT_COLUMNS = ("site_id", "technology", "operator")


def bands(result: CountryResult) -> list[str]:
    """Descriptions of the bands of reach.tif, in order."""
    services = [service for service in ("any", *TECHNOLOGIES) if service in result.levels]
    return ["people", "uncovered_people", *(f"fraction_{service}" for service in services)]


def write_reach(result: CountryResult, path: Path, threads: int) -> None:
    """Write reach.tif: a Cloud-Optimised GeoTIFF of float32 on the population grid, NaN where nothing is known.

    Bands: people [persons per grid cell], people not covered by any technology, and the coverage fraction (0..1) of any
    technology and of each that is known. Overviews are averages: sum the full resolution only. Blocks of rows are written
    one at a time, so that memory stays at a few rows of tiles. The bytes do not depend on ``threads``.
    """
    names = bands(result)
    geobox = result.data.population.geobox
    with tempfile.TemporaryDirectory(prefix=".reach-", dir=path.parent) as folder:
        # GDAL takes most of its time for averages of floats with gaps: it gets them made.
        plain = Path(folder) / "rows.tif"
        shapes = _halvings(geobox.shape.yx)
        with contextlib.ExitStack() as stack:
            levels = []
            for number, (rows, cols) in enumerate(shapes):
                profile = {
                    "driver": "GTiff",
                    "dtype": "float32",
                    "count": len(names),
                    "height": rows,
                    "width": cols,
                    "crs": result.data.population.record.crs or str(geobox.crs),
                    "transform": geobox.affine @ Affine.scale(geobox.shape[1] / cols, geobox.shape[0] / rows),
                    "nodata": float("nan"),
                    "tiled": True,
                    "blockxsize": _TILE,
                    "blockysize": max(16, grid.BLOCK_ROWS >> number),  # one block of rows fills one row of tiles
                    "compress": "zstd",
                    "zstd_level": 1,
                    "interleave": "band",
                    "num_threads": threads,
                    "BIGTIFF": "IF_SAFER",
                }
                levels.append(stack.enter_context(rasterio.open(_level(plain, number), "w", **profile)))
            levels[0].update_tags(iso3=result.data.country.iso3, data_grade=grade(result))
            for index, name in enumerate(names, start=1):
                levels[0].set_band_description(index, name)
                levels[0].set_band_unit(index, "persons" if name.endswith("people") else "1")
                for block in grid.blocks(geobox.shape[0]):
                    _write_levels(levels, index, block.start, _values(result, name, block))
        rasterio.shutil.copy(
            _with_overviews(plain, len(shapes)),
            path,
            driver="COG",
            blocksize=_TILE,
            compress="deflate",
            level=6,
            predictor="floating_point",
            num_threads=threads,
            BIGTIFF="IF_SAFER",
        )
    _check_readable(path)


def _values(result: CountryResult, name: str, block: slice) -> np.ndarray:
    """Some rows of a band of reach.tif, float32."""
    if name == "uncovered_people":
        return _uncovered(result, block)
    if name == "people":
        return result.data.population.people[block]
    return decode(result.level(name.removeprefix("fraction_"), "central", block))


def _halvings(shape: tuple[int, int]) -> list[tuple[int, int]]:
    """The shapes of a grid and of its overviews, each half the one before, until one tile holds all."""
    shapes = [(shape[0], shape[1])]
    while max(shapes[-1]) > _TILE:
        rows, cols = shapes[-1]
        shapes.append((-(-rows // 2), -(-cols // 2)))
    return shapes


def _level(plain: Path, number: int) -> Path:
    return plain.with_suffix(f".{number}.tif") if number else plain


def _write_levels(levels: list[rasterio.io.DatasetWriter], index: int, start: int, values: np.ndarray) -> None:
    """Write a block of rows of one band to the full resolution, and its averages to every overview."""
    for number, target in enumerate(levels):
        if number:
            values = _halved(values)
        window = Window(0, start >> number, values.shape[1], values.shape[0])  # type: ignore[call-arg]
        target.write(values, index, window=window)


def _halved(values: np.ndarray) -> np.ndarray:
    """Means of 2 x 2 cells (float32), of those that are known; NaN where none is."""
    rows, cols = values.shape
    values = np.pad(values, ((0, rows % 2), (0, cols % 2)), constant_values=np.nan)
    four = [values[row::2, col::2] for row in (0, 1) for col in (0, 1)]
    total, known = np.zeros((2, *four[0].shape), np.float32)
    for part in four:
        missing = np.isnan(part)
        total += np.where(missing, np.float32(0), part)
        known += ~missing
    with np.errstate(invalid="ignore"):
        return total / known


def _with_overviews(plain: Path, count: int) -> Path:
    """A virtual raster (VRT) of ``plain`` that names its overviews."""
    virtual = plain.with_suffix(".vrt")
    rasterio.shutil.copy(plain, virtual, driver="VRT")
    tree = ET.parse(virtual)
    for band in tree.getroot().iter("VRTRasterBand"):
        for number in range(1, count):
            overview = ET.SubElement(band, "Overview")
            name = ET.SubElement(overview, "SourceFilename", relativeToVRT="1")
            name.text = _level(plain, number).name
            ET.SubElement(overview, "SourceBand").text = band.attrib["band"]
    tree.write(virtual)
    return virtual


def _uncovered(result: CountryResult, block: slice) -> np.ndarray:
    """People of some rows who are known to be out of reach of any technology, NaN where that is not known."""
    fraction = decode(result.level("any", "central", block))
    return (result.data.population.people[block] * (np.float32(1) - fraction)).astype(np.float32)


def _check_readable(path: Path) -> None:
    """A full disk may cut a file short without a word: its last tile tells."""
    try:
        with rasterio.open(path) as source:
            source.read(source.count, window=Window(source.width - 1, source.height - 1, 1, 1))  # type: ignore[call-arg]
    except rasterio.errors.RasterioError as error:
        raise PublishError(f"{path}: could not be written whole ({error}); is the disk full?") from error
