"""layers.gpkg: every table of the findings whose rows are places, for a GIS."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyogrio

from ewcm.errors import PublishError
from ewcm.report.numbers import rounded_column
from ewcm.report.styles import STYLES, layer_styles
from ewcm.report.tables import GRADE_COLUMN, grade
from ewcm.result import CountryResult

#: GeoPackage notes when a table last changed; the manifest is the one file that holds a time.
_GPKG_DATE = "1980-01-01T00:00:00.000Z"

#: How GDAL writes: nothing waits for the disk after each table, as the whole file is brought there before it is published
#: (:func:`ewcm.core.files.exchange`).
_WRITING = {"OGR_CURRENT_DATE": _GPKG_DATE, "OGR_SQLITE_SYNCHRONOUS": "OFF"}

#: The column of the outlines, as GDAL calls it.
_GEOMETRY = "geom"


def write_geopackage(result: CountryResult, path: Path) -> None:
    """Write layers.gpkg with a layer for each table of places (areas, coldspots, sites; empty where there are none), EPSG:4326,
    and how QGIS shows them.

    A country across 180° has longitudes 0..360, so that it stays in one piece. Raises :class:`PublishError` on a full disk.
    """
    tables = [
        table
        for finding in result.findings
        for table in finding.tables
        if table.geometry and "geopackage" in table.files
    ]
    pyogrio.set_gdal_config_options(_WRITING)
    try:
        for number, table in enumerate(tables):
            pyogrio.write_dataframe(
                _graded(gpd.GeoDataFrame(table.frame), grade(result)),
                path,
                layer=table.name,
                driver="GPKG",
                append=number > 0,
                geometry_type=table.geometry,
                promote_to_multi=table.geometry.startswith("Multi"),
                layer_options={"DESCRIPTION": f"{result.data.country.iso3}, data grade {grade(result)}"},
            )
        if tables:
            styles = layer_styles(result, tables, _GEOMETRY, _GPKG_DATE)
            options = {"FID": "id", "DESCRIPTION": "how QGIS shows the layers"}
            pyogrio.write_dataframe(styles, path, layer=STYLES, driver="GPKG", append=True, layer_options=options)
    finally:
        pyogrio.set_gdal_config_options(dict.fromkeys(_WRITING))
    _check_geopackage(path, {table.name: len(table.frame) for table in tables}, len(tables))


def _check_geopackage(path: Path, rows: dict[str, int], styles: int) -> None:
    """On a full disk GDAL closes the file without a word: the rows of each layer and of its spatial index tell."""
    whole = True
    try:
        with contextlib.closing(sqlite3.connect(path)) as database:
            for name, count in rows.items():
                for table in (name, f"rtree_{name}_{_GEOMETRY}"):
                    whole &= database.execute(f'SELECT COUNT(*) FROM "{table}"').fetchone()[0] == count
            if styles:
                whole &= database.execute(f"SELECT COUNT(*) FROM {STYLES}").fetchone()[0] == styles
            whole &= database.execute("PRAGMA quick_check").fetchone()[0] == "ok"
    except sqlite3.DatabaseError:
        whole = False
    if not whole:
        raise PublishError(f"{path}: could not be written whole; is the disk full?")


def _graded(frame: gpd.GeoDataFrame, data_grade: str) -> gpd.GeoDataFrame:
    # One rounding in every file, so that a country that is opened again and written anew has the same bytes.
    rounded = {
        name: np.array(rounded_column(frame[name], str(name)), dtype=np.float64)
        for name in frame.select_dtypes("float").columns
    }
    return frame.assign(**{GRADE_COLUMN: data_grade, **rounded})[[GRADE_COLUMN, *frame.columns]]
