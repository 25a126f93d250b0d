"""Opening vector files: a few formats, told by their content, whole and valid shapes in EPSG:4326."""

from __future__ import annotations

import json
import logging
import re
import warnings
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyogrio
import shapely
from pyproj.exceptions import CRSError

from ewcm.core import archive
from ewcm.core.record import GRADE, is_starter
from ewcm.errors import InputError
from ewcm.sources.files import check_file
from ewcm.sources.geopackages import check_geopackage
from ewcm.sources.xml import outermost_of

#: Names that end so are looked at as vector files.
VECTOR_SUFFIXES = (".gpkg", ".geojson", ".json", ".fgb", ".shp", ".kml", ".zip")

#: Members of a zipped shapefile; anything else in the archive is refused.
_ZIP_SUFFIXES = (".shp", ".shx", ".dbf", ".prj", ".cpg", ".qix", ".sbn", ".sbx", ".xml", ".txt", ".qmd", ".pdf", ".md")

#: Nesting of brackets in a GeoJSON file: a feature's coordinates stand about 8 deep.
_MAX_NESTING = 64

#: Strings (to their end, or to that of the file) and brackets of JSON, in one pass that never goes back.
_JSON_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*+(?:"|\Z)|[\[{]|[\]}]', re.DOTALL)

#: How a GeoJSON may state its CRS. GDAL would fetch any other kind (a link) from the internet.
_CRS_KINDS = ("name", "epsg", "ogc")

#: What OGR's virtual format begins with. GDAL looks for it anywhere in the first bytes of any file and then opens what it names.
_VIRTUAL = b"<ogrvrt"

_MAX_VECTOR_BYTES = 4_000_000_000

#: Longer edges [m] of projected shapes get corners in between before they are brought to degrees: a straight line of 500 km
#: in one projection is kilometres off a straight line in another, of this length less than a metre.
_LONGEST_EDGE_M = 5000.0

#: GeoJSON and KML are looked through as a whole, which takes several times their size in memory.
_MAX_TEXT_BYTES = 1_000_000_000

#: Crossings of outlines that are mended in one file; each takes some 50 µs, and more of them ever more.
_MOST_CROSSINGS = 20_000

#: Drivers of GDAL that may turn out to be at work, by format. Any other has taken the file for something it is not.
_DRIVERS = {"KML": ("KML", "LIBKML")}

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
    source, options = _source(path, driver)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            chosen = _layer(path, _layers(path, source, driver), layer)
            used = pyogrio.read_info(source, layer=chosen, **options)["driver"]
            if used not in _DRIVERS.get(driver, (driver,)):
                raise InputError(f"{path}: is {used} under the name of {driver}; export it again")
            frame = gpd.read_file(source, layer=chosen, engine="pyogrio", on_invalid="ignore", **options)
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
    grades = [
        grade for name in frame.columns if str(name).lower() == GRADE for grade in frame[name].astype(str).unique()
    ]
    return Vector(frame, driver, crs, assumptions, is_starter(grades))


def _source(path: Path, driver: str) -> tuple[str, dict[str, str]]:
    """What GDAL is to open, so that no other driver can take it, and with which options."""
    if driver == "ESRI Shapefile" and path.suffix.lower() == ".zip":
        return f"/vsizip/{path.absolute()}", {}
    if driver == "GeoJSON":
        return f"GeoJSON:{path.absolute()}", {}
    # Immutable: SQLite neither replays a journal nor leaves files beside the database.
    return str(path.absolute()), {"IMMUTABLE": "YES"} if driver == "GPKG" else {}


def _layers(path: Path, source: str, driver: str) -> list[str]:
    """The layers with shapes, or where there are none, all."""
    if driver == "GPKG":
        return check_geopackage(path)
    found = pyogrio.list_layers(source)
    return [str(name) for name, kind in found if kind is not None] or [str(name) for name, _ in found]


def polygons_only(path: Path, frame: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, tuple[str, ...]]:
    """Valid, non-empty polygons of a layer, and what was mended or left out. Refuses a layer without any."""
    kept = frame[frame.geometry.notna() & ~frame.geometry.is_empty].copy()
    invalid = ~kept.geometry.is_valid
    kept.loc[invalid, kept.geometry.name] = _mended(path, kept.geometry[invalid].to_numpy())
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


def _mended(path: Path, shapes: np.ndarray) -> np.ndarray:
    """Shapes made valid, each covering what any of its rings encloses: where parts of one feature overlap, the overlap stays
    (the other way that GEOS knows, by line work, would turn it into a hole)."""
    budget = _MOST_CROSSINGS
    for shape in shapes:
        budget -= _crossings(shape, budget)
        if budget < 0:
            raise InputError(
                f"{path}: its outlines cross themselves more than {_MOST_CROSSINGS} times; export it again"
            )
    return np.asarray(shapely.make_valid(shapes, method="structure", keep_collapsed=False))


def _crossings(shape: shapely.Geometry, enough: int) -> int:
    """How often the edges of a shape cross each other; counting stops soon after ``enough``."""
    corners, ring = shapely.get_coordinates(shapely.get_rings(shapely.get_parts(shape)), return_index=True)
    edges = shapely.linestrings(np.stack([corners[:-1], corners[1:]], axis=1)[ring[:-1] == ring[1:]])
    tree = shapely.STRtree(edges)
    first, step, found = 0, 16, 0
    while first < len(edges) and found <= 2 * enough:
        here = tree.query(edges[first : first + step], predicate="crosses").shape[1]
        first, found = first + step, found + here
        step = min(2 * step, 8192) if here < step else 16  # few edges at a time where each crosses many
    return found // 2


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
    if suffix in (".geojson", ".json", ".kml") and path.stat().st_size > _MAX_TEXT_BYTES:
        raise InputError(f"{path}: is larger than {_MAX_TEXT_BYTES / 1e9:.0f} GB; save it as a GeoPackage")
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
    if suffix == ".kml" and start.startswith(b"<") and _is_kml(path):
        return "KML"
    if suffix == ".zip" and head.startswith(b"PK"):
        _check_zip(path)
        return "ESRI Shapefile"
    raise InputError(
        f"{path}: is not the vector file its name says; give GeoPackage, GeoJSON, FlatGeobuf, Shapefile (or zipped) or KML"
    )


def _is_kml(path: Path) -> bool:
    """Whether a file is harmless XML with ``kml`` as its outermost element."""
    data = path.read_bytes()
    name = outermost_of(data, path, "KML", max_bytes=_MAX_TEXT_BYTES)
    return name.rpartition(":")[2] == "kml" and _VIRTUAL not in data.lower()


def _check_geojson(path: Path) -> None:
    """Refuse text that is not a GeoJSON object, nested deeper than any real one (parsers recurse), or with a CRS by link."""
    data = path.read_bytes()
    depth = 0
    for token in _JSON_TOKEN.finditer(data):
        character = token.group()[:1]
        if character in b"[{":
            depth += 1
            if depth > _MAX_NESTING:
                raise InputError(f"{path}: is nested deeper than any GeoJSON; export it again")
        elif character in b"]}":
            depth -= 1

    def without_links(pairs: list[tuple[str, object]]) -> dict[str, object]:
        for key, value in pairs:
            if key == "crs" and isinstance(value, dict) and str(value.get("type")).lower() not in _CRS_KINDS:
                raise InputError(f"{path}: names its CRS by a link; export it in EPSG:4326")
        return dict(pairs)

    try:
        kind = json.loads(data, object_pairs_hook=without_links).get("type")
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
        with archive.opened_zip(path) as opened:
            names = [member.filename for member in opened.infolist() if not member.filename.endswith("/")]
            strange = [name for name in names if not name.lower().endswith(_ZIP_SUFFIXES) or ".." in Path(name).parts]
            if strange or len([name for name in names if name.lower().endswith(".shp")]) != 1:
                raise InputError(
                    f"{path}: is not a zip file with one shapefile in it; unpack it and name the file you mean"
                )
            archive.check_sizes(opened, archive.IN_PLACE)
    except (archive.DamagedArchive, OSError) as error:
        raise InputError(f"{path}: is a damaged or cut-off zip file; download it again") from error
    except archive.ArchiveError as error:
        raise InputError(f"{path}: {str(error).removeprefix('the archive ')}; clip it to the country") from error
