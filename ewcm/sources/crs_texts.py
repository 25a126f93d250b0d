"""Definitions of coordinate systems that would lead PROJ to a file or a server."""

from __future__ import annotations

import re
from pathlib import Path

import pyproj
from pyproj.database import get_authorities
from pyproj.exceptions import CRSError, ProjError
from pyproj.transformer import TransformerGroup

from ewcm.core.record import companions_of
from ewcm.errors import InputError, one_line

#: What in a definition names files: grids of shifts, tables of parameters, definitions that stand elsewhere. In PROJJSON values
#: are numbers, unless they are names of files.
_NAMES_FILES = re.compile(
    r"""(?:(?:nad|geoid|xy_)?grids|catalog|file|init|(?:deformation_)?model|PROJ4_GRIDS["'])\s*[=,]\s*["']?([^\s"'\]]*)"""
    r"""|PARAMETERFILE\s*[\[(][^,]*,\s*["']([^"']*)|"value"\s*:\s*"([^"]*)""",
    re.IGNORECASE,
)

#: Near one of these a binary file may hold a definition that names files (in small letters), how far from it the definition is
#: looked through, and how much of a file is looked at in one go [bytes].
_TOLD_BY = (b"grids", b"parameterfile", b"proj=", b"init=", b"boundcrs")
_AROUND_BYTES, _PIECE_BYTES = 4000, 1 << 26

#: What ends a text in a binary file.
_NOT_TEXT = re.compile(rb"[\x00-\x08\x0e-\x1f]")

#: The coordinate system of a GML element. Text in UTF-16 is no GML that GDAL reads.
SRS_NAME = re.compile(rb"""srsName\s*=\s*(["'])(?P<name>.*?)\1""", re.DOTALL)

#: Where texts name their coordinate system, and how near to their beginning or end.
_NAMED_BY = {
    "GML": SRS_NAME,
    "GeoJSON": re.compile(rb'"crs"\s*:\s*\{[^{}]{0,200}\{\s*"name"\s*:\s*"(?P<name>[^"]{1,200})"'),
}
_NAMED_WITHIN_BYTES = 1 << 16

#: Names of WGS 84 that are no codes.
_DEGREES = re.compile(r"CRS:?84|WGS[ _]?(?:19)?84", re.IGNORECASE)

#: Names that lead nowhere: "no shift", and codes of a register.
_HARMLESS = re.compile(r"@?null|(?:epsg|esri|ogc|iau_2015):\w+", re.IGNORECASE)

#: A grid that stands under its bare name where PROJ keeps its own.
_BARE = re.compile(r"@?[\w-][\w.-]*")

#: How a coordinate system may be stated: a code of a register, WKT, PROJJSON or a PROJ text. GDAL would take other text for the
#: name of a file, or fetch an address.
_STATED = re.compile(r"\s*((\w+):\w+\s*$|urn:ogc:def:crs:|[A-Z]+(_[A-Z]+)?\s*\[|\+proj=|\{)", re.IGNORECASE)


def check_stated(stated: str, path: Path) -> None:
    """Refuse a ``crs`` of inputs.toml that is neither a code nor a definition, or that leads to a file. Raises
    :class:`InputError`."""
    found = _STATED.match(stated)
    if found is None or (found[2] and found[2].upper() not in get_authorities()):
        raise no_system(stated, path)
    check_crs(stated, path)


def no_system(stated: str, path: Path) -> InputError:
    """The error about a ``crs`` that is none."""
    return InputError(f"{path}: crs = '{stated[:60]}' is not a coordinate system; give a code such as EPSG:4326")


def system_of(stated: str, path: Path) -> pyproj.CRS:
    """The coordinate system of a ``crs`` of inputs.toml. Raises :class:`InputError`."""
    check_stated(stated, path)
    try:
        return pyproj.CRS.from_user_input(stated)
    except (CRSError, ValueError, OverflowError) as error:
        raise no_system(stated, path) from error


def unknown_name(path: Path, driver: str) -> str:
    """What a vector file, or the ``.prj`` beside it, calls its coordinate system where that is none that PROJ knows; "" where the
    file names none, or a known one; one that leads to a file is none. GDAL reads such a file as if it named none, a GeoJSON as if
    it were in degrees."""
    if driver == "ESRI Shapefile":
        beside = (file for after, file in companions_of(path).items() if after.lower() == ".prj")
        found = next(beside, None)
        text = b"" if found is None else _part_of(found)
    elif driver in _NAMED_BY:
        text = _part_of(path) + _part_of(path, max(_NAMED_WITHIN_BYTES, path.stat().st_size - _NAMED_WITHIN_BYTES))
        named = _NAMED_BY[driver].search(text)
        text = named["name"] if named else b""
    else:
        return ""
    name = text.decode("utf-8", "replace").strip().strip("\0")
    if not name or _DEGREES.fullmatch(name):
        return ""
    try:
        system_of(name, path)
    except InputError:
        return one_line(name, 60)
    return ""


def _part_of(path: Path, start: int = 0) -> bytes:
    with path.open("rb") as stream:
        stream.seek(start)
        return stream.read(_NAMED_WITHIN_BYTES)


def check_crs(definition: str, path: Path) -> None:
    """Refuse a definition (WKT, PROJJSON or PROJ's own text, or text that holds one) that names a file by a path or an
    address. Raises :class:`InputError`."""
    for found in _NAMES_FILES.finditer(definition):
        for name in (found[1] or found[2] or found[3] or "").split(","):
            if name and not _HARMLESS.fullmatch(name) and not _BARE.fullmatch(name):
                raise InputError(
                    f"{path}: its coordinate system (CRS) takes shifts from a file ({name[:60]}); state a code such as EPSG:4326"
                )


def check_crs_inside(path: Path, most_bytes: int | None = None) -> None:
    """The same of any definition that stands in a binary file, or in its first ``most_bytes``: libraries look it up while they
    open the file. Raises :class:`InputError`."""
    with path.open("rb") as stream:
        before, left = b"", most_bytes
        while data := stream.read(_PIECE_BYTES if left is None else min(left, _PIECE_BYTES)):
            left = None if left is None else left - len(data)
            data = before + data
            small = data.lower()
            for word in _TOLD_BY:
                place = small.find(word)
                while place >= 0:
                    text = _NOT_TEXT.split(data[max(0, place - len("nad")) : place + _AROUND_BYTES], maxsplit=1)[0]
                    check_crs(text.decode("latin-1"), path)
                    place = small.find(word, place + len(word))
            before = data[-_AROUND_BYTES:]


def note_on_shift(system: pyproj.CRS) -> tuple[str, ...]:
    """What is to be said of a coordinate system whose datum PROJ cannot bring to WGS 84: it leaves positions as they are."""
    try:
        best = next(iter(TransformerGroup(system, "EPSG:4326", always_xy=True).transformers), None)
    except ProjError:  # a damaged one, of which the shift itself will say more
        return ()
    if best is None or "ballpark" not in best.description.lower():
        return ()
    return (
        f"Nothing is known of how far the datum of {system.name} lies from WGS 84: positions may be some hundred metres off; ask "
        "for the file in WGS 84.",
    )
