"""Is it what was asked for? Checks of a file that came from outside, before it gets its name.

What can be found without a checksum: a file that is something else, cut off, or damaged where its format checks itself
(gzip and ZIP carry a CRC, JSON must parse, every block of a TIFF must decode to plausible values). What cannot: a byte
flipped inside an uncompressed or LZW-compressed number that stays plausible. Servers that state a checksum
(see :mod:`ewcm.fetch.checksums`) close that gap.
"""

from __future__ import annotations

import json
import re
import sqlite3
from pathlib import Path
from typing import Any

from ewcm.errors import FetchError, one_line

#: First bytes of the formats that are fetched.
_MAGIC = {
    "TIFF": (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+"),
    "ZIP": (b"PK\x03\x04",),
    "gzip": (b"\x1f\x8b\x08",),
    "JSON": (b"{", b"["),
    "GeoPackage": (b"SQLite format 3\x00",),
}

#: References to other files or hosts that GDAL would follow. All are long enough never to occur by chance.
_REFERENCES = re.compile(
    rb"<VRTDataset|<OGRVRTDataSource|/vsi(?:curl|s3|gs|az|adls|oss|swift|webhdfs|hdfs|zip|gzip|tar|7z|rar|stdin"
    rb"|subfile|sparse|crypt|cached|mem)(?:_streaming)?/",
    re.IGNORECASE,
)
_REFERENCE_BYTES = 40  # longest match, so that blocks can overlap

_LFS = re.compile(rb"\Aversion https://git-lfs[^\n]*\noid sha256:([0-9a-f]{64})\nsize (\d+)\s*\Z")


class Damaged(FetchError):
    """The content is broken in a way that another try may mend."""


def lfs_pointer(head: bytes) -> tuple[str, int] | None:
    """SHA-256 and size [bytes] of the real file, when ``head`` is the whole of a Git LFS pointer."""
    match = _LFS.match(head)
    return (match[1].decode(), int(match[2])) if match else None


def check_answer(head: bytes) -> None:
    """Refuse the first bytes of an error message or a web page that came with status 200."""
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip().lstrip(b'"{').lower()
    if start.startswith((b"rate_limited", b"rate limit")):
        raise FetchError(
            "the server says RATE_LIMITED: the day's downloads are used up; run the command again tomorrow"
        )
    if start.startswith(b"invalid_token"):
        raise FetchError("the server says INVALID_TOKEN; check the token that is set in the environment")
    if start.startswith((b"<!doctype html", b"<html")):
        raise FetchError("a web page came instead of the file; open the address in a browser, or try again later")
    if lfs_pointer(head) or start.startswith(b"version https://git-lfs"):
        raise FetchError("a Git LFS pointer came instead of the file; run the command again, or report it")


def check_format(path: Path, expected: str) -> None:
    """Refuse a file that is not of the format ``expected`` (a key of the table of magic numbers)."""
    with path.open("rb") as stream:
        head = stream.read(4096)
    if not head:
        raise Damaged("an empty file came; run the command again")
    check_answer(head)
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip() if expected == "JSON" else head
    if not start.startswith(_MAGIC[expected]):
        raise FetchError(
            f"what came is no {expected} file (it begins with '{one_line(head[:24].decode('latin-1'))}'); "
            "open the address in a browser to see what the server says"
        )


def check_references(path: Path) -> None:
    """Refuse a file that names a VRT or a ``/vsicurl/``-like path: GDAL could be led to other files or hosts by it."""
    tail = b""
    with path.open("rb") as stream:
        while block := stream.read(1 << 22):
            if match := _REFERENCES.search(tail + block):
                raise FetchError(
                    f"the file refers to another file or host ('{one_line(match[0].decode('latin-1'))}') and is refused"
                )
            tail = block[-_REFERENCE_BYTES:]


def parse_json(data: bytes) -> Any:
    """JSON from outside."""
    check_answer(data[:4096])
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise Damaged(f"what came is no whole JSON ({one_line(error, 80)}); run the command again") from None


def check_geojson(path: Path, iso3: str) -> None:
    """A FeatureCollection of areas; where features name their country (``shapeGroup``), it must be ``iso3``."""
    check_format(path, "JSON")
    check_references(path)
    collection = parse_json(path.read_bytes())
    features = collection.get("features") if isinstance(collection, dict) else None
    if not isinstance(features, list) or not features:
        raise FetchError("the GeoJSON holds no features; report it to the source")
    for feature in features:
        geometry = feature.get("geometry") if isinstance(feature, dict) else None
        if not isinstance(geometry, dict) or geometry.get("type") not in ("Polygon", "MultiPolygon"):
            raise FetchError("the GeoJSON holds something other than polygons; report it to the source")
        group = (feature.get("properties") or {}).get("shapeGroup", iso3)
        if group != iso3:
            raise FetchError(
                f"the boundaries are those of {one_line(group, 20)}, not of {iso3}; report it to the source"
            )


def check_geopackage(path: Path) -> None:
    """A GeoPackage whose SQL does nothing but hold tables: no virtual table that could read other files."""
    check_format(path, "GeoPackage")
    check_references(path)
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)
        try:
            answer = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
            statements = [row[0] or "" for row in connection.execute("SELECT sql FROM sqlite_master")]
            connection.execute("SELECT table_name FROM gpkg_contents").fetchone()
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise Damaged(f"the GeoPackage is damaged ({one_line(error, 80)}); run the command again") from None
    if answer != "ok":
        raise Damaged("the GeoPackage is damaged; run the command again")
    for statement in statements:
        words = statement.lower()
        if "create virtual table" in words and not re.search(r"using\s+\"?(rtree|fts\d)", words):
            raise FetchError("the GeoPackage holds a virtual table, which could read other files, and is refused")
        if "load_extension" in words:
            raise FetchError("the GeoPackage would load code and is refused")
