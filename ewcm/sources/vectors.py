"""Opening vector files: a few formats, told by their content, whole and valid shapes in EPSG:4326."""

from __future__ import annotations

import json
import logging
import re
import warnings
import zipfile
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import pyogrio
import shapely
from pyproj.exceptions import CRSError

from ewcm.errors import InputError
from ewcm.sources.files import check_file
from ewcm.sources.record import GRADE, says_starter

#: Names that end so are looked at as vector files.
VECTOR_SUFFIXES = (".gpkg", ".geojson", ".json", ".fgb", ".shp", ".kml", ".zip")

#: Members of a zipped shapefile; anything else in the archive is refused.
_ZIP_SUFFIXES = (".shp", ".shx", ".dbf", ".prj", ".cpg", ".qix", ".sbn", ".sbx", ".xml", ".txt", ".qmd", ".pdf", ".md")

#: A zipped shapefile may unpack to at most this many bytes.
_MAX_ZIP_BYTES = 2_000_000_000

#: Nesting of brackets in a GeoJSON file: a feature's coordinates stand about 8 deep.
_MAX_NESTING = 64

_MAX_VECTOR_BYTES = 4_000_000_000

#: Longer edges [m] of projected shapes get corners in between before they are brought to degrees: a straight line of 500 km
#: in one projection is kilometres off a straight line in another, of this length less than a metre.
_LONGEST_EDGE_M = 5000.0

logging.getLogger("pyogrio").setLevel(logging.CRITICAL)  # its messages come to the user as InputError, once


@dataclass(frozen=True)
class Vector:
    """The features of one layer in EPSG:4326 (always longitude, latitude), as the file gave them."""

    frame: gpd.GeoDataFrame
    format: str
    crs: str
    assumptions: tuple[str, ...]
    starter: bool = False  # a layer that the engine made from STARTER DATA


def read_vector(path: Path, layer: str | None = None) -> Vector:
    """Read one layer of a GeoPackage, GeoJSON, FlatGeobuf, (zipped) Shapefile or KML file.

    ``layer`` is needed where the file has several. Raises :class:`InputError` for anything else than those formats.
    """
    driver = _format(path, check_file(path))
    source = (
        f"/vsizip/{path.absolute()}"
        if driver == "ESRI Shapefile" and path.suffix.lower() == ".zip"
        else path.absolute()
    )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            layers = [str(name) for name, kind in pyogrio.list_layers(source) if kind is not None] or [
                str(name) for name, _ in pyogrio.list_layers(source)
            ]
            chosen = _layer(path, layers, layer)
            frame = gpd.read_file(source, layer=chosen, engine="pyogrio", on_invalid="ignore")
    except InputError:
        raise
    except Exception as error:  # GDAL, shapely and pyproj each have their own; a bad file may raise any of them
        raise InputError(f"{path}: cannot be read as {driver}, so it is damaged or cut off; export it again") from error
    if not isinstance(frame, gpd.GeoDataFrame) or frame.geometry.isna().all():
        raise InputError(f"{path}: holds no shapes (layer '{chosen}'); export it with its geometry")
    assumptions: tuple[str, ...] = ()
    if frame.crs is None:
        west, south, east, north = frame.total_bounds
        if west < -361 or east > 361 or south < -91 or north > 91:
            raise InputError(f"{path}: has no coordinate system (CRS) and is not in degrees; export it with its CRS")
        frame = frame.set_crs("EPSG:4326")
        assumptions += ("The file has no CRS; its coordinates were taken as degrees (EPSG:4326).",)
    crs = ":".join(frame.crs.to_authority() or ("", frame.crs.name)).lstrip(":")
    try:
        if frame.crs.is_projected:
            unit_m = frame.crs.axis_info[0].unit_conversion_factor
            frame = frame.set_geometry(frame.geometry.segmentize(_LONGEST_EDGE_M / unit_m))
        frame = frame.to_crs("EPSG:4326")
    except (CRSError, RuntimeError, ValueError) as error:
        raise InputError(f"{path}: cannot be brought from {crs} to degrees; export it in EPSG:4326") from error
    if not _finite(frame):
        raise InputError(f"{path}: holds coordinates that are not numbers, or lie outside its {crs}; correct its CRS")
    grades = [grade for name in frame.columns if str(name).lower() == GRADE for grade in frame[name].unique()]
    return Vector(frame, driver, crs, assumptions, says_starter(grades))


def polygons_only(path: Path, frame: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, tuple[str, ...]]:
    """Valid, non-empty polygons of a layer, and what was mended or left out. Refuses a layer without any."""
    kept = frame[frame.geometry.notna() & ~frame.geometry.is_empty].copy()
    invalid = ~kept.geometry.is_valid
    kept.loc[invalid, kept.geometry.name] = shapely.make_valid(kept.geometry[invalid].to_numpy())
    kept.geometry = [_areal(shape) for shape in kept.geometry]
    flat = kept.geometry.is_empty
    kept = kept[~flat].reset_index(drop=True)
    said: tuple[str, ...] = ()
    if invalid.any():
        said += (f"{int(invalid.sum())} shapes crossed themselves and were mended.",)
    if len(kept) < len(frame):
        said += (f"{len(frame) - len(kept)} features without any area were left out.",)
    if kept.empty:
        raise InputError(f"{path}: holds no polygons; give areas, not points or lines")
    return kept, said


def _areal(shape: shapely.Geometry) -> shapely.Geometry:
    """The polygons of a geometry, without its lines and points."""
    if shape.geom_type in ("Polygon", "MultiPolygon"):
        return shape if shape.area > 0 else shapely.MultiPolygon()
    parts = [part for part in shapely.get_parts(shape, return_index=False) if part.geom_type.endswith("Polygon")]
    parts = [part for part in parts if part.area > 0]
    return shapely.union_all(parts) if parts else shapely.MultiPolygon()


def swapped(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The same shapes with x and y exchanged."""
    return frame.set_geometry(shapely.transform(frame.geometry.to_numpy(), lambda xy: xy[:, ::-1]), crs=frame.crs)


def _finite(frame: gpd.GeoDataFrame) -> bool:
    bounds = frame.total_bounds
    return bool((abs(bounds) < 1e6).all())


def _layer(path: Path, layers: list[str], asked: str | None) -> str:
    if asked is not None:
        if asked not in layers:
            raise InputError(f"{path}: has no layer '{asked}'; it has {', '.join(layers[:12])}")
        return asked
    if not layers:
        raise InputError(f"{path}: holds no layers; export it again")
    if len(layers) > 1:
        raise InputError(f'{path}: has several layers ({", ".join(layers[:12])}); name one with layer = "…"')
    return layers[0]


def _format(path: Path, head: bytes) -> str:
    """The GDAL driver that the content (not the name) calls for."""
    if path.stat().st_size > _MAX_VECTOR_BYTES:
        raise InputError(f"{path}: is larger than {_MAX_VECTOR_BYTES / 1e9:.0f} GB; clip it to the country")
    suffix = path.suffix.lower()
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if suffix == ".gpkg" and head.startswith(b"SQLite format 3\x00"):
        return "GPKG"
    if suffix in (".geojson", ".json") and start.startswith(b"{"):
        _check_geojson(path)
        return "GeoJSON"
    if suffix == ".fgb" and head.startswith(b"fgb"):
        return "FlatGeobuf"
    if suffix == ".shp" and head.startswith(b"\x00\x00\x27\x0a"):
        return "ESRI Shapefile"
    if suffix == ".kml" and start.startswith(b"<") and b"<kml" in head and b"<!ENTITY" not in head:
        return "KML"
    if suffix == ".zip" and head.startswith(b"PK"):
        _check_zip(path)
        return "ESRI Shapefile"
    raise InputError(
        f"{path}: is not the vector file its name says; give GeoPackage, GeoJSON, FlatGeobuf, Shapefile (or zipped) or KML"
    )


def _check_geojson(path: Path) -> None:
    """Refuse text that is not a GeoJSON object, or nested deeper than any real one: parsers recurse."""
    data = path.read_bytes()
    depth = deepest = 0
    for token in re.finditer(rb'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]', data):
        sign = token.group()
        if sign in (b"[", b"{"):
            depth += 1
            deepest = max(deepest, depth)
            if deepest > _MAX_NESTING:
                raise InputError(f"{path}: is nested deeper than any GeoJSON; export it again")
        elif sign in (b"]", b"}"):
            depth -= 1
    try:
        kind = json.loads(data).get("type")
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: is not valid JSON, so it is damaged or cut off; export it again") from error
    if kind == "Topology":
        raise InputError(f"{path}: is TopoJSON; export it as GeoJSON")
    if kind not in (
        "FeatureCollection",
        "Feature",
        "GeometryCollection",
        "Polygon",
        "MultiPolygon",
        "Point",
        "MultiPoint",
    ):
        raise InputError(f"{path}: is JSON but not GeoJSON (no FeatureCollection); export it as GeoJSON")


def _check_zip(path: Path) -> None:
    """Only a zipped shapefile of bounded size; nothing is unpacked to disk."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, ValueError) as error:
        raise InputError(f"{path}: is a damaged or cut-off zip file; download it again") from error
    names = [member.filename for member in members if not member.is_dir()]
    strange = [name for name in names if not name.lower().endswith(_ZIP_SUFFIXES) or ".." in Path(name).parts]
    if strange or len([name for name in names if name.lower().endswith(".shp")]) != 1:
        raise InputError(f"{path}: is not a zip file with one shapefile in it; unpack it and name the file you mean")
    if sum(member.file_size for member in members) > _MAX_ZIP_BYTES:
        raise InputError(f"{path}: unpacks to more than {_MAX_ZIP_BYTES / 1e9:.0f} GB; clip it to the country")
