"""What a country is made from, in one number: inputs, settings and the engine."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import ewcm_kernels

import ewcm
from ewcm.core.record import sha256_of
from ewcm.inputs.find import Inputs
from ewcm.packaged import BASEMAP, STARTER
from ewcm.settings import Settings

#: Folder of what was compiled from the files of a package, which is no part of the engine.
_COMPILED = "__pycache__"


@cache
def engine() -> str:
    """The version of the engine and a digest of its files (packages, starter pack and base map), so that a changed checkout
    is not taken for the same one."""
    digest = hashlib.sha256()
    packages = Path(str(ewcm.__file__)).parent, Path(str(ewcm_kernels.__file__)).parent
    for root in (*packages, STARTER.folder, BASEMAP.folder):
        for path in sorted(path for path in root.rglob("*") if path.is_file() and _COMPILED not in path.parts):
            digest.update(f"{path.relative_to(root).as_posix()} {sha256_of(path)}\n".encode())
    return f"{ewcm.__version__} ({digest.hexdigest()[:12]})"


def fingerprint(inputs: Inputs, settings: Settings) -> str:
    """SHA-256 over the country, the content of every input file and what is said of it, the settings and the engine.

    Times of files and the place of the folder do not count: a copied workspace is as current as the first one.
    """
    content = {
        "country": inputs.country.iso3,
        "engine": engine(),
        "settings": settings.to_dict(),
        "lend": inputs.lend.model_dump(),
        "tables": {name: [_plain(table, inputs.folder) for table in tables] for name, tables in inputs.tables.items()},
        "files": sorted(_hashes(inputs)),
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _hashes(inputs: Inputs) -> Iterator[tuple[str, str]]:
    for path in inputs.paths():
        for file in _with_companions(path):
            yield _name(file, inputs.folder), sha256_of(file)


def _with_companions(path: Path) -> list[Path]:
    """A file and those that GDAL reads with it (``roads.shp`` with ``roads.dbf``, ``people.tif`` with
    ``people.tif.aux.xml``), or every file of a folder."""
    if path.is_dir():
        return sorted(file for file in path.rglob("*") if file.is_file())
    return sorted(file for file in path.parent.iterdir() if file.is_file() and file.name.startswith(path.stem + "."))


def _plain(table: object, folder: Path | None) -> object:
    """A table of inputs.toml as JSON types, its paths relative to the folder."""
    if isinstance(table, Path):
        return _name(table, folder)
    if isinstance(table, dict):
        return {name: _plain(value, folder) for name, value in table.items()}
    if isinstance(table, list | tuple):
        return [_plain(value, folder) for value in table]
    return table


def _name(path: Path, folder: Path | None) -> str:
    return path.relative_to(folder).as_posix() if folder and path.is_relative_to(folder) else path.name
