"""The formats that GDAL may open for the engine, and the only place where it is asked to open a file.

One line a format: how a file of it begins and is called, the one driver that may read it, and with which options. Whatever
can lead to other files or to the network (VRT, web services, databases) is in no line and so never opened, whatever a file's
name or content says. Checks of what a format may hide are in :mod:`ewcm.sources.formats`.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import geopandas as gpd
import pandas as pd
import pyogrio
import pyogrio._ogr
import pyproj
import rasterio

#: SQLite neither replays a journal nor leaves files beside the database.
_UNTOUCHED = MappingProxyType({"IMMUTABLE": "YES"})

#: No schema is fetched, no link followed and nothing written beside the file.
_AS_IT_STANDS = MappingProxyType(
    {
        "DOWNLOAD_SCHEMA": "NO",
        "WRITE_GFS": "NO",
        "EXPOSE_GML_ID": "NO",
        "USE_SCHEMA_IMPORT": "NO",
        "XSD": "/vsimem/none.xsd",
    }
)


@dataclass(frozen=True)
class Format:
    """A format that is read. ``begins``: first bytes, one of them (lower case where ``text``, without blanks and a byte-order
    mark); ``endings``: those of vector files, which are told by name too; ``prefix``: what stands before the path; ``helpers``:
    further drivers of GDAL that read the same format; ``check``: what it may hide is looked for by this one of
    :mod:`ewcm.sources.formats` before GDAL opens it."""

    driver: str
    begins: tuple[bytes, ...]
    endings: tuple[str, ...] = ()
    text: bool = False
    options: Mapping[str, str] = field(default_factory=dict)
    prefix: str = ""
    helpers: tuple[str, ...] = ()
    check: str = ""


#: The place of a GeoTIFF is the file's own, or stands in the notes and the world file beside it, which are looked at and said
#: (:mod:`ewcm.core.record`); GDAL would take it from tables of MapInfo and from descriptions of ArcGIS as well.
_OWN_PLACE = MappingProxyType({"GEOREF_SOURCES": "PAM,INTERNAL,WORLDFILE"})

_SQLITE = (b"SQLite format 3\x00",)

#: The first keys of what services of ArcGIS answer, none of which GeoJSON has.
_ESRI_JSON = tuple(
    b'{"' + key + b'":'
    for key in (b"displayfieldname", b"objectidfieldname", b"uniqueidfield", b"globalidfieldname", b"fieldaliases",
                b"geometrytype", b"hasz", b"hasm", b"spatialreference")
)  # fmt: skip

#: Rasters, told by their first bytes alone.
RASTERS = (
    Format("GTiff", (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+"), options=_OWN_PLACE),
    Format("HFA", (b"EHFA_HEADER_TAG",), check="hfa"),
    Format("GPKG", _SQLITE, options=_UNTOUCHED, check="geopackage"),
    Format("netCDF", (b"CDF", b"\x89HDF"), check="netcdf"),
    Format("AAIGrid", (b"ncols", b"nrows"), text=True),
)

#: Vector files, told by their ending and their first bytes.
VECTORS = (
    Format("GPKG", _SQLITE, (".gpkg",), options=_UNTOUCHED, check="geopackage"),
    Format("ESRIJSON", _ESRI_JSON, (".json", ".geojson"), text=True, prefix="ESRIJSON:", check="esri json"),
    Format("GeoJSON", (b"{",), (".geojson", ".json"), text=True, prefix="GeoJSON:", check="geojson"),
    Format("FlatGeobuf", (b"fgb",), (".fgb",), check="flatgeobuf"),
    Format("ESRI Shapefile", (b"\x00\x00\x27\x0a",), (".shp",)),
    Format("KML", (b"<",), (".kml",), text=True, helpers=("LIBKML",), check="kml"),
    Format("MapInfo File", (b"!table",), (".tab",), text=True, check="mapinfo table"),
    Format("MapInfo File", (b"version",), (".mif",), text=True),
    Format("GML", (b"<",), (".gml",), text=True, options=_AS_IT_STANDS, check="gml"),
)

#: Folders of files that together are one vector file, told by their ending: a file geodatabase.
FOLDERS = (Format("OpenFileGDB", (), (".gdb",), check="file geodatabase"),)

#: Archives with files of :data:`VECTORS` (or one folder of :data:`FOLDERS`) in them. They are unpacked and looked through like
#: any other file, so that GDAL opens none.
ARCHIVES = (".zip", ".kmz")

#: Tables without shapes, told by their ending and their first bytes.
TABLES = (
    Format("XLSX", (b"PK",), (".xlsx", ".xlsm"), check="workbook"),
    Format("ODS", (b"PK",), (".ods",), check="workbook"),
)

_AS_TEXT = {"HEADERS": "DISABLE", "FIELD_TYPES": "STRING"}

#: In force while GDAL reads. No server is asked, even where a path leads to one; what stands beside a raster is read (and said),
#: whatever the environment says of it.
SETTINGS = MappingProxyType(
    {
        "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": ".nothing-is-read-from-the-network",
        "GDAL_DISABLE_READDIR_ON_OPEN": "FALSE",
        "GDAL_PAM_ENABLED": "YES",
        "GDAL_PAM_PROXY_DIR": "",
        "GDAL_VRT_ENABLE_PYTHON": "NO",
        "GML_SKIP_RESOLVE_ELEMS": "ALL",
        # Every cell of a workbook as the text that it holds; which row is the heading is not for GDAL to guess. (As options of
        # the file they are not heeded for its last sheet.)
        **{f"OGR_{kind}_{key}": value for kind in ("XLSX", "ODS") for key, value in _AS_TEXT.items()},
        "GDAL_VRT_ENABLE_RAWRASTERBAND": "NO",
        "OGR_SQLITE_LOAD_EXTENSIONS": "",
        "OGR_SQLITE_PRAGMA": "",
    }
)

#: With these too GDAL looks at no other file than the one it opens.
ALONE = MappingProxyType({"GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR", "GDAL_PAM_ENABLED": "NO"})

#: The driver of tables in memory, which others use while they read.
_IN_MEMORY = "MEM"

#: Drivers are taken away from the process and given back: one file at a time.
_drivers_in_use = threading.RLock()

# PROJ would fetch grids of shifts from its servers where the environment says so, and figures would depend on it.
os.environ["PROJ_NETWORK"] = "OFF"
pyproj.network.set_network_enabled(False)


def raster_format(head: bytes) -> Format | None:
    """The format of a raster by its first bytes."""
    return next((one for one in RASTERS if _begins(one, head)), None)


def vector_format(path: Path, head: bytes) -> Format | None:
    """The format of a vector file, or of a table, by its ending and its first bytes."""
    ending = path.suffix.lower()
    return next((one for one in (*VECTORS, *TABLES) if ending in one.endings and _begins(one, head)), None)


def folder_format(path: Path) -> Format | None:
    """The format of a folder by its ending."""
    return next((one for one in FOLDERS if path.suffix.lower() in one.endings), None)


def _begins(one: Format, head: bytes) -> bool:
    start = b"".join(head.removeprefix(b"\xef\xbb\xbf")[:4096].split())[:64].lower() if one.text else head
    return start.startswith(one.begins)


@contextmanager
def opened_raster(
    path: str | Path, driver: str = "GTiff", *, alone: bool = False, variable: str = "", threads: int = 1
) -> Iterator[rasterio.DatasetReader]:
    """A raster of one driver of :data:`RASTERS`, by it and no other. ``alone``: without the files beside it. ``variable``: of a
    netCDF file whose path holds no quotes, this one. ``threads``: that unpack a GeoTIFF.

    Raises what rasterio raises, and :class:`ValueError` for a driver that the table lacks.
    """
    found = next((one for one in RASTERS if one.driver == driver), None)
    if found is None:
        raise ValueError(f"{driver} is none of the formats that are read")
    settings = {**SETTINGS, **(ALONE if alone else {})}
    unpacking = {"NUM_THREADS": threads} if threads > 1 and driver == "GTiff" else {}
    whole = Path(path).absolute()
    place = f'NETCDF:"{whole}":{variable}' if variable else whole
    with (
        rasterio.Env(**settings),
        rasterio.open(place, driver=driver, sharing=False, **found.options, **unpacking) as dataset,
    ):
        yield dataset


class VectorSource:
    """A vector file, for as long as its format's drivers are the only ones (see :func:`opened_vector`)."""

    def __init__(self, path: Path, chosen: Format) -> None:
        self._source, self._chosen = f"{chosen.prefix}{path.absolute()}", chosen

    def layers(self) -> list[str]:
        """The layers with shapes, or where there are none, all."""
        found = pyogrio.list_layers(self._source)
        return [str(name) for name, kind in found if kind is not None] or [str(name) for name, _ in found]

    def tables(self) -> list[str]:
        """The layers without shapes, beside those that have some."""
        found = pyogrio.list_layers(self._source)
        return [str(name) for name, kind in found if kind is None] if any(kind for _, kind in found) else []

    def columns(self, table: str) -> pd.DataFrame:
        """The rows of a layer without shapes."""
        return pyogrio.read_dataframe(self._source, layer=table, read_geometry=False, **self._chosen.options)

    def frame(self, layer: str | None = None, **more: object) -> gpd.GeoDataFrame:
        """The rows of a layer."""
        return gpd.read_file(self._source, layer=layer, engine="pyogrio", **self._chosen.options, **more)

    def rows(self, layer: str) -> int:
        """How many rows a layer has."""
        return int(pyogrio.read_info(self._source, layer=layer, force_feature_count=True)["features"])

    def table(self, layer: str) -> pd.DataFrame:
        """The rows of a sheet, every cell as text, "" where it is empty."""
        found = pyogrio.read_dataframe(self._source, layer=layer, read_geometry=False, **self._chosen.options)
        if [str(name) for name in found.columns] != [f"Field{number}" for number in range(1, found.shape[1] + 1)]:
            raise ValueError("GDAL has taken a row for a heading")
        return found.astype("object").where(found.notna(), "").astype(str)


@contextmanager
def opened_vector(path: Path, chosen: Format) -> Iterator[VectorSource]:
    """A vector file by the drivers of its format: pyogrio cannot be told which to use, so all others are taken out of it
    meanwhile (14 ms). Threads that read by pyogrio beside this one find those only."""
    allowed = {chosen.driver, *chosen.helpers, _IN_MEMORY}
    with _drivers_in_use:
        before = {name: pyogrio.get_gdal_config_option(name) for name in (*SETTINGS, "GDAL_SKIP")}
        others = ",".join(name for name in pyogrio.list_drivers() if name not in allowed)
        pyogrio.set_gdal_config_options({**SETTINGS, "GDAL_SKIP": others})
        try:
            pyogrio._ogr._register_drivers()
            yield VectorSource(path, chosen)
        finally:
            pyogrio.set_gdal_config_options(before)
            pyogrio._ogr._register_drivers()


def read_vector_frame(path: Path, layer: str | None = None) -> gpd.GeoDataFrame:
    """A layer of a file that the engine wrote or fetched. Raises :class:`ValueError` for a format that the table lacks."""
    with opened_vector(path, _format_of(path)) as source:
        return source.frame(layer)


def vector_rows(path: Path, layer: str) -> int:
    """How many rows a layer of such a file has."""
    with opened_vector(path, _format_of(path)) as source:
        return source.rows(layer)


def _format_of(path: Path) -> Format:
    with path.open("rb") as stream:
        chosen = vector_format(path, stream.read(4096))
    if chosen is None:
        raise ValueError(f"{path} is none of the formats that are read")
    return chosen
