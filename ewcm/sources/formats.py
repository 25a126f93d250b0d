"""What the formats of :mod:`ewcm.core.drivers` may hide, looked for before GDAL opens a file."""

from __future__ import annotations

import html
import json
import re
import struct
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ewcm.core import archive
from ewcm.core.drivers import Format
from ewcm.errors import InputError
from ewcm.sources.crs_texts import SRS_NAME, check_crs, check_crs_inside
from ewcm.sources.geopackages import check_geopackage
from ewcm.sources.hdf5 import check_hdf5
from ewcm.sources.netcdf import check_netcdf
from ewcm.sources.workbooks import check_workbook
from ewcm.sources.xml import outermost_of

#: GeoJSON and KML are looked through as a whole, which takes several times their size in memory.
MAX_TEXT_BYTES = 1_000_000_000

#: Nesting of brackets in a GeoJSON file: a feature's coordinates stand about 8 deep.
_MAX_NESTING = 64

#: Strings (to their end, or to that of the file) and brackets of JSON, in one pass that never goes back.
_JSON_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*+(?:"|\Z)|[\[{]|[\]}]', re.DOTALL)

#: How a GeoJSON may state its CRS. GDAL would fetch any other kind (a link) from the internet.
_CRS_KINDS = ("name", "epsg", "ogc")

#: What OGR's virtual format begins with. GDAL looks for it anywhere in the first bytes of any file and then opens what it names.
_VIRTUAL = b"<ogrvrt"

#: What in a MapInfo table leads to others, and how much of one is looked at [bytes].
#: The type of a MapInfo table; a column that is called ``Type`` has a type of its own and ends with a semicolon.
_TAB_TYPE = re.compile(r"^\s*type\s+\"?(\w+).*?(;?)\s*$", re.MULTILINE)
_TAB_FIELDS = {
    *("char", "integer", "smallint", "largeint", "decimal", "float", "date", "time", "datetime", "logical"),
}  # fmt: skip
_TAB_ELSEWHERE = re.compile(r"create\s+view|open\s+table|isseamless\"?\s*=\s*\"?true|^\s*file\s+\"", re.MULTILINE)
_MAX_TAB_BYTES = 1_000_000

#: The head of a FlatGeobuf file ends within this [bytes].
_FGB_HEAD_BYTES = 1 << 24

#: Files in a geodatabase, and definitions of coordinate systems in them.
_MOST_GDB_FILES = 20_000
_WKT = re.compile(rb"(?:GEOGC[SR]S?|PROJC[SR]S?|GEODCRS|COMPD_CS|BOUNDCRS)\[", re.IGNORECASE)
_LONGEST_WKT = 20_000

#: Nodes of an Erdas Imagine file that name other files, and how many nodes are looked at.
_HFA_ELSEWHERE = (b"ImgExternalRaster", b"Eimg_DependentFile", b"Eimg_RRDNamesList")
_MOST_HFA_NODES = 20_000

#: Texts among the numbers of such a node, and what makes one the name of a file.
_TEXT, _OF_A_FILE = re.compile(rb"[^\x00-\x1f\x7f]{3,}"), re.compile(rb"[./\\]")

#: No list of names of an Erdas Imagine file is longer [bytes].
_HFA_NAMES_BYTES = 1 << 20


def _check_kml(path: Path) -> None:
    """Refuse what is not harmless XML with ``kml`` as its outermost element."""
    data = path.read_bytes()
    name = outermost_of(data, path, "KML", max_bytes=MAX_TEXT_BYTES)
    if name.rpartition(":")[2] != "kml" or _VIRTUAL in data.lower():
        raise InputError(f"{path}: is not the vector file its name says (no KML inside); export it again")


def _check_geojson(path: Path) -> None:
    """Refuse text that is not a GeoJSON object, nested deeper than any real one (parsers recurse), with a CRS by link, or of
    which a server has sent a part."""

    def without_links(pairs: list[tuple[str, object]]) -> dict[str, object]:
        for key, value in pairs:
            if key == "crs" and isinstance(value, dict) and str(value.get("type")).lower() not in _CRS_KINDS:
                raise InputError(f"{path}: names its CRS by a link; export it in EPSG:4326")
            if key == "crs" and isinstance(value, dict):
                check_crs(str(value.get("properties")), path)
        return dict(pairs)

    found = _json_of(path, without_links)
    kind = found.get("type")
    if kind == "Topology":
        raise InputError(f"{path}: is TopoJSON; export it as GeoJSON")
    if "geometryType" in found:
        raise InputError(
            f"{path}: is JSON of ArcGIS that begins with other keys than geometryType; ask its service for f=geojson"
        )
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
    more = found.get("properties")
    _refuse_a_part(path, found, more if isinstance(more, dict) else {})


def _check_esri_json(path: Path) -> None:
    """Refuse what is not whole JSON of a service of ArcGIS, with a coordinate system by its number."""
    found = _json_of(path, dict)
    system = found.get("spatialReference")
    if not isinstance(found.get("features"), list) or not str(found.get("geometryType")).startswith("esriGeometry"):
        raise InputError(
            f"{path}: is JSON of ArcGIS without shapes; ask its service for the shapes too (returnGeometry=true)"
        )
    if not isinstance(system, dict) or not all(isinstance(code, int) for code in system.values()):
        raise InputError(f"{path}: tells no coordinate system by its number; ask its service for outSR=4326")
    for feature in found["features"]:
        shape = feature.get("geometry") if isinstance(feature, dict) else None
        if isinstance(shape, dict) and ({"curveRings", "curvePaths"} & shape.keys() or "spatialReference" in shape):
            raise InputError(f"{path}: holds curves, or systems of single shapes; ask its service for f=geojson")
    _refuse_a_part(path, found)


def _refuse_a_part(path: Path, *parts: Mapping[str, object]) -> None:
    """Raise :class:`InputError` where a server says that it has not sent all rows."""
    if any(part.get("exceededTransferLimit") is True for part in parts):
        raise InputError(
            f"{path}: holds only the first part of the layer (exceededTransferLimit), as its server sends no more rows at once; "
            "download all of them, or ask for a file geodatabase or GeoPackage"
        )


def _json_of(path: Path, pairs: Callable[[list[tuple[str, object]]], dict[str, object]]) -> dict[str, Any]:
    """The object of a JSON file, its own objects made by ``pairs``. Refuses what is nested deeper than any layer (parsers
    recurse)."""
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
    try:
        found = json.loads(data, object_pairs_hook=pairs)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: is not valid JSON, so it is damaged or cut off; export it again") from error
    if not isinstance(found, dict):
        raise InputError(f"{path}: is JSON but not GeoJSON (no FeatureCollection); export it as GeoJSON")
    return found


def _check_gml(path: Path) -> None:
    """Refuse what is not harmless XML, or leads to a file or server for its coordinate system."""
    data = path.read_bytes()
    outermost_of(data, path, "GML", max_bytes=MAX_TEXT_BYTES)
    if _VIRTUAL in data.lower():
        raise InputError(f"{path}: is not the vector file its name says (no GML inside); export it again")
    for name in {found["name"] for found in SRS_NAME.finditer(data)}:
        check_crs(html.unescape(name.decode("utf-8", "replace")), path)


def _check_mapinfo_table(path: Path) -> None:
    """Refuse a MapInfo table that is a view or a seamless layer of other tables, or stands for a picture or a database."""
    text = path.read_bytes()[:_MAX_TAB_BYTES].decode("latin-1").lower()
    kinds = {word for word, end in _TAB_TYPE.findall(text) if not (end == ";" and word in _TAB_FIELDS)}
    if _TAB_ELSEWHERE.search(text) or not kinds or not kinds <= {"native", "dbf"}:
        raise InputError(
            f"{path}: is a MapInfo table whose data stand elsewhere; save it as a table of its own (NATIVE)"
        )


def _check_file_geodatabase(path: Path) -> None:
    """Refuse a file geodatabase that holds links or folders, is too large, or names files in its coordinate systems."""
    members = sorted(path.iterdir())
    strange = [file for file in members if file.is_symlink() or not file.is_file()]
    if strange:
        raise InputError(f"{path}: holds '{strange[0].name[:60]}', which is no file of a geodatabase; export it again")
    if len(members) > _MOST_GDB_FILES or sum(file.stat().st_size for file in members) > archive.IN_PLACE.total_bytes:
        raise InputError(f"{path}: is larger than {archive.IN_PLACE.total_bytes / 1e9:.0f} GB; clip it to the country")
    for file in members:
        if file.suffix.lower() == ".gdbtable":
            data = file.read_bytes()
            for text in (data, data.replace(b"\x00", b"")):  # texts stand there in UTF-8 and in UTF-16
                for found in _WKT.finditer(text):
                    check_crs(text[found.start() : found.start() + _LONGEST_WKT].decode("latin-1"), path)


def _check_netcdf(path: Path) -> None:
    with path.open("rb") as stream:
        classic = stream.read(3) == b"CDF"
    (check_netcdf if classic else check_hdf5)(path)
    check_crs_inside(path)


def _check_flatgeobuf(path: Path) -> None:
    check_crs_inside(path, _FGB_HEAD_BYTES)


def _check_hfa(path: Path) -> None:
    """Refuse an Erdas Imagine file that takes cells or overviews from files that do not bear its own name."""
    check_crs_inside(path)
    try:
        with path.open("rb") as stream:
            stream.seek(16)
            stream.seek(struct.unpack("<I", stream.read(4))[0] + 8)
            waiting, seen = [struct.unpack("<I", stream.read(4))[0]], {0}
            while waiting:
                place = waiting.pop()
                if place in seen:
                    continue
                seen.add(place)
                if len(seen) > _MOST_HFA_NODES:
                    raise InputError(f"{path}: holds more parts than any raster; export it as a GeoTIFF")
                stream.seek(place)
                following, _, _, child, data, size, _, kind = struct.unpack("<6I64s32s", stream.read(120))
                waiting += [following, child]
                if kind.partition(b"\x00")[0] in _HFA_ELSEWHERE:
                    stream.seek(data)
                    _check_hfa_names(path, stream.read(min(size, _HFA_NAMES_BYTES)))
    except struct.error:
        raise InputError(f"{path}: is a damaged or cut-off .img file; export it again as a GeoTIFF") from None


def _check_hfa_names(path: Path, data: bytes) -> None:
    for name in _TEXT.findall(data):
        if _OF_A_FILE.search(name) and not name.lower().startswith(path.stem.lower().encode() + b"."):
            raise InputError(
                f"{path}: takes cells from another file ({name[:60].decode('latin-1')!r}); export it as one GeoTIFF"
            )


#: By the names that the table of formats uses.
CHECKS: dict[str, Callable[[Path], object]] = {
    "geojson": _check_geojson,
    "file geodatabase": _check_file_geodatabase,
    "flatgeobuf": _check_flatgeobuf,
    "esri json": _check_esri_json,
    "geopackage": check_geopackage,
    "gml": _check_gml,
    "hfa": _check_hfa,
    "kml": _check_kml,
    "mapinfo table": _check_mapinfo_table,
    "netcdf": _check_netcdf,
    "workbook": check_workbook,
}


def check_content(path: Path, chosen: Format) -> None:
    """Refuse what a file of a format may hide. Raises :class:`InputError`."""
    if chosen.check:
        CHECKS[chosen.check](path)
