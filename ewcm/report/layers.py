"""The layers for a GIS: layers.gpkg (areas, coldspots, sites) and reach.tif."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyogrio
import rasterio
import rasterio.shutil
from rasterio.windows import Window

from ewcm import grid
from ewcm.coverage.fraction import decode
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
    for name in table.select_dtypes("float"):
        table[name] = table[name].round(DECIMALS) + 0.0
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
        lon = lon % 360
    return gpd.GeoDataFrame(table, geometry=gpd.points_from_xy(lon, table["lat"]), crs="EPSG:4326")


_TEXT_COLUMNS = ("site_id", "technology", "operator")


def bands(result: CountryResult) -> list[str]:
    """Descriptions of the bands of reach.tif, in order."""
    services = [service for service in ("any", *TECHNOLOGIES) if f"level_{service}" in result.layers]
    return ["people", "uncovered_people", *(f"fraction_{service}" for service in services)]


def write_reach(result: CountryResult, path: Path, threads: int) -> None:
    """Write reach.tif: a Cloud-Optimised GeoTIFF of float32 on the population grid, NaN where nothing is known.

    Bands: people [persons per grid cell], people not covered by any technology, and the coverage fraction (0..1) of any
    technology and of each that is known. Overviews are averages: sum the full resolution only. Row bands are written one
    at a time, so that memory stays at a few rows of tiles. The bytes do not depend on ``threads``.
    """
    layers = result.layers
    names = bands(result)
    people = layers["people"].values
    rows, cols = people.shape
    geobox = result.data.population.geobox
    plain = path.with_suffix(".rows.tif")
    profile = {
        "driver": "GTiff",
        "dtype": "float32",
        "count": len(names),
        "height": rows,
        "width": cols,
        "crs": result.data.population.record.crs or str(geobox.crs),
        "transform": geobox.affine,
        "nodata": float("nan"),
        "tiled": True,
        "blockxsize": _TILE,
        "blockysize": _TILE,
        "compress": "deflate",
        "zlevel": 1,
        "interleave": "band",
        "num_threads": threads,
        "BIGTIFF": "IF_SAFER",
    }
    with rasterio.open(plain, "w", **profile) as target:
        target.update_tags(iso3=result.data.country.iso3, data_grade=grade(result))
        for index, name in enumerate(names, start=1):
            target.set_band_description(index, name)
            target.set_band_unit(index, "persons" if name.endswith("people") else "1")
        for block in grid.blocks(rows):
            window = Window(0, block.start, cols, block.stop - block.start)  # type: ignore[call-arg]
            here = people[block]
            target.write(here.astype(np.float32), 1, window=window)
            target.write(_uncovered(result, block), 2, window=window)
            for index, name in enumerate(names[2:], start=3):
                level = layers[f"level_{name.removeprefix('fraction_')}"].values[block]
                target.write(decode(level), index, window=window)
    rasterio.shutil.copy(
        plain,
        path,
        driver="COG",
        blocksize=_TILE,
        compress="deflate",
        level=6,
        predictor="floating_point",
        overview_resampling="average",
        num_threads=threads,
        BIGTIFF="IF_SAFER",
    )
    plain.unlink()
    _check_readable(path)


def _uncovered(result: CountryResult, block: slice) -> np.ndarray:
    """People of some rows who are known to be out of reach of any technology, NaN where that is not known."""
    people = result.layers["people"].values[block]
    if "level_any" not in result.layers:
        return np.full(people.shape, np.nan, dtype=np.float32)
    fraction = decode(result.layers["level_any"].values[block])
    return (people * (np.float32(1) - fraction)).astype(np.float32)


def _check_readable(path: Path) -> None:
    """A full disk may cut a file short without a word: its last tile tells."""
    try:
        with rasterio.open(path) as source:
            source.read(source.count, window=Window(source.width - 1, source.height - 1, 1, 1))  # type: ignore[call-arg]
    except rasterio.errors.RasterioError as error:
        raise PublishError(f"{path}: could not be written whole ({error}); is the disk full?") from error
