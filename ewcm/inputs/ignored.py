"""The files of a folder of inputs that nothing reads, so that none is left out without a word."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from ewcm.core.drivers import VECTORS
from ewcm.core.record import companions_of
from ewcm.inputs.discovery import companions
from ewcm.inputs.find import INPUTS_FILE, Inputs

#: Endings of files that hold data of a kind that inputs may be. Anything else (a PDF, a picture, a style) is no doubt.
_DATA = frozenset(
    {
        *(".tif", ".tiff", ".asc", ".img", ".hgt", ".vrt", ".nc", ".h5", ".hdf5", ".grd", ".jp2", ".xml"),
        *(".csv", ".tsv", ".txt", ".xlsx", ".xls", ".xlsm", ".ods", ".dbf", ".parquet"),
        *(".kml", ".kmz", ".tab", ".mif", ".gdb", ".gml", ".gpx", ".sqlite", ".topojson", ".feather"),
        *(".zip", ".gz", ".7z", ".rar", ".tar", ".tgz"),
        *(ending for one in VECTORS for ending in one.endings),
    }
)

#: Written by the engine, or notes about files that are read.
_NOT_INPUTS = (INPUTS_FILE, "fetched.json")
_NOTES = (".shp.xml", ".aux.xml", ".qpj", ".qml")

#: Files below a folder that are counted; a folder may hold another disk.
_MOST_FILES = 10_000


@dataclass(frozen=True)
class Ignored:
    """A file (or a folder of files) that nothing reads. ``why``: a part of a sentence. ``data``: it may be meant as an input."""

    path: str
    why: str
    data: bool


def ignored(inputs: Inputs) -> tuple[Ignored, ...]:
    """What of a folder of inputs is not read, in the order of names: of its subfolders those that no table names, as a whole."""
    folder = inputs.folder
    if folder is None or not folder.is_dir():
        return ()
    described = (folder / INPUTS_FILE).exists()
    reasons = {} if described else _reasons(inputs)
    otherwise = f"{INPUTS_FILE} does not name it" if described else "nothing tells what it is"
    return tuple(
        Ignored(name, reasons.get(name, why or otherwise), data)
        for name, why, data in _not_in(folder, set(_used(inputs)), "")
    )


def _not_in(folder: Path, used: set[str], prefix: str) -> Iterator[tuple[str, str, bool]]:
    """The names of what is not used in a folder, why (where that is plain), and whether it is data."""
    paths = sorted(folder.iterdir(), key=lambda path: path.name)
    beside = companions(paths)
    for path in paths:
        name, place = path.name, _plain(path)
        if name.startswith((".", "~$")) or name.lower().startswith("readme") or name in _NOT_INPUTS or name in beside:
            continue
        if not path.is_dir():
            if place not in used and not name.lower().endswith(_NOTES):
                yield prefix + name, "", _is_data(name)
        elif place in used:
            continue
        elif any(other.startswith(place + os.sep) for other in used):
            yield from _not_in(path, used, f"{prefix}{name}/")
        elif names := list(islice(_below(path), _MOST_FILES)):
            data = sum(_is_data(one) for one in names)
            holds = f"{data} data file{'s' * (data != 1)}" if data else "no data files"
            yield f"{prefix}{name}/", f"a folder with {holds} that nothing names", data > 0


def _below(folder: Path) -> Iterator[str]:
    for _, _, names in os.walk(folder):
        yield from names


def _used(inputs: Inputs) -> Iterator[str]:
    """Every file and folder that a table names, with what is read beside it."""
    for tables in inputs.tables.values():
        for table in tables:
            for path in (table["path"],) if "path" in table else table.get("paths", ()):
                yield _plain(path)
                if path.is_file():
                    yield from (_plain(companion) for companion in companions_of(path).values())


def _reasons(inputs: Inputs) -> dict[str, str]:
    """By name of a file, why discovery has not taken it, in its own words."""
    found = {}
    for line in inputs.guesses:
        names, _, why = line.partition(": not used (")
        if why:
            found[names] = why.rpartition(")")[0]
        elif ": terrain with a step of" in line:
            names, _, why = line.partition(": ")
            found |= dict.fromkeys(names.split(", "), why.rstrip("."))
    return found


def _is_data(name: str) -> bool:
    return Path(name).suffix.lower() in _DATA


def _plain(path: Path) -> str:
    """The place of a file, so that two names of one place agree; links stay as they are."""
    return os.path.normpath(path.absolute())
