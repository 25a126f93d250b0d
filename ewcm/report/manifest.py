"""manifest.json: every input, every setting, every version, and the digest of every file written."""

from __future__ import annotations

import dataclasses
import platform
from collections.abc import Hashable, Iterable, Mapping
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pyogrio
import pyproj
import rasterio
import shapely

from ewcm.core.files import write_atomically
from ewcm.core.record import InputRecord, sha256_of
from ewcm.countries import LANGUAGES
from ewcm.report.tables import grade, json_text
from ewcm.result import CountryResult
from ewcm.version import VERSION

if TYPE_CHECKING:
    from ewcm.settings import Settings

SCHEMA_VERSION = 3

#: Written beside the other files where coverage is computed over terrain.
FOOTPRINTS = "footprints.npz"

#: Name of the file.
FILE = "manifest.json"

#: The only place in all outputs where a time of day stands.
TIME_KEY = "written_at"

_PACKAGES = ("numpy", "numba", "pandas", "geopandas", "rasterio", "pyogrio", "pyproj", "shapely", "xarray", "odc-geo")


def manifest(result: CountryResult, folder: Path, written_at: str) -> dict[str, object]:
    """The manifest of a run, for the files that stand in ``folder`` already."""
    return manifest_of(
        folder,
        written_at,
        {
            "iso3": result.data.country.iso3,
            "data_grade": grade(result),
            "country": dataclasses.asdict(result.data.country),
        },
        result.data.records,
        {
            "models": {name: figures.model for name, figures in result.services.items()},
            "settings": result.settings.to_dict(),
            "operators": list(result.data.operators),
            "boundary_levels": _boundary_levels(result),
            "area_names": _area_names(result),
            "findings": _findings(result),
        },
    )


def command_manifest(
    folder: Path,
    written_at: str,
    command: str,
    arguments: Mapping[str, object],
    inputs: Iterable[InputRecord] = (),
    settings: Settings | None = None,
) -> dict[str, object]:
    """The manifest of a command other than `run`, for the files that stand in ``folder`` already.

    ``arguments``: as the command line gave them, such as ``vars(options)``; of files and folders only what shows no place of
    this machine is kept. ``inputs``: the record of every file read. ``settings``: where the command has any.
    """
    about = {"command": command, "arguments": _stated(arguments)}
    further = {} if settings is None else {"settings": settings.to_dict()}
    return manifest_of(folder, written_at, about, inputs, further)


def manifest_of(
    folder: Path,
    written_at: str,
    about: Mapping[str, object],
    inputs: Iterable[InputRecord],
    further: Mapping[str, object],
) -> dict[str, object]:
    """What every manifest says: ``about`` (what was made), the engine, the inputs, ``further``, versions, and the digest of
    every other file of ``folder``."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path != folder / FILE)
    return {
        "schema_version": SCHEMA_VERSION,
        TIME_KEY: written_at,
        **about,
        "ewcm_version": VERSION,
        "inputs": [dataclasses.asdict(record) for record in inputs],
        **further,
        "versions": versions(),
        "outputs": {
            path.relative_to(folder).as_posix(): {"sha256": sha256_of(path), "size_bytes": path.stat().st_size}
            for path in files
        },
    }


#: Arguments that change how a command talks, and nothing of what it makes.
_OUTPUT_OPTIONS = ("command", "debug", "json", "quiet")


def _stated(arguments: Mapping[str, object]) -> dict[str, object]:
    """The arguments that were given, as JSON types; of a path outside the working folder the last name only."""
    return {
        name: _without_place(value)
        for name, value in arguments.items()
        if value is not None and name not in _OUTPUT_OPTIONS
    }


def _without_place(value: object) -> object:
    if isinstance(value, list | tuple):
        return [_without_place(part) for part in value]
    if isinstance(value, dict):
        return {str(name): _without_place(part) for name, part in value.items()}
    if isinstance(value, str | Path) and (Path(value).is_absolute() or ".." in Path(value).parts):
        return Path(value).name
    return value.as_posix() if isinstance(value, Path) else value


def _area_names(result: CountryResult) -> list[dict[str, object]]:
    """The names of the areas in other languages, of those whose boundaries have them."""
    if result.data.boundaries is None:
        return []
    table = result.data.boundaries.table
    columns = [f"name_{language}" for language in LANGUAGES if f"name_{language}" in table]
    rows = [
        {"level": int(row["level"]), "area_id": str(row["area_id"])} | _named(row, columns)
        for row in table[["level", "area_id", *columns]].to_dict("records")
    ]
    return [row for row in rows if len(row) > 2]


def _named(row: Mapping[Hashable, object], columns: Iterable[str]) -> dict[str, object]:
    return {name: row[name] for name in columns if isinstance(row[name], str) and row[name]}


def _boundary_levels(result: CountryResult) -> list[int]:
    """The levels of areas that were given; the engine makes the country of them where it is not among them."""
    boundaries = result.data.boundaries
    return [] if boundaries is None else sorted(int(level) for level in boundaries.table["level"].unique())


def _findings(result: CountryResult) -> list[dict[str, object]]:
    """Which figures, tables and caveats each finding has, so that a published country can be opened again."""
    places = {id(caveat): place for place, caveat in enumerate(result.caveats)}
    return [
        {
            "name": finding.name,
            "figures": list(dict.fromkeys(figure.path[0] for figure in finding.figures)),
            "units": {"/".join(figure.path): figure.units for figure in finding.figures if figure.units},
            "caveats": [places[id(caveat)] for caveat in finding.caveats],
            "texts": finding.texts,
            "layers": [
                {
                    "name": layer.name,
                    "units": layer.units,
                    "dims": {name: list(values) for name, values in layer.dims.items()},
                    "title": layer.title,
                    "edges": list(layer.edges),
                    "only_inhabited": layer.only_inhabited,
                }
                for layer in finding.layers
            ],
            "tables": [
                {
                    "name": table.name,
                    "files": list(table.files),
                    "geometry": table.geometry,
                    "units": dict(table.units),
                    "texts": [
                        str(name)
                        for name in table.frame.columns
                        if name != "geometry" and not pd.api.types.is_numeric_dtype(table.frame[name])
                    ],
                }
                for table in finding.tables
            ],
        }
        for finding in result.findings
    ]


@cache
def versions() -> dict[str, str]:
    """Versions of Python, of the packages that make figures and of the libraries below them."""
    return {
        "python": platform.python_version(),
        **{name: version(name) for name in _PACKAGES},
        "gdal (rasterio)": rasterio.__gdal_version__,
        "gdal (pyogrio)": pyogrio.__gdal_version_string__,
        "proj": pyproj.proj_version_str,
        "geos": shapely.geos_version_string,
    }


def write_manifest(result: CountryResult, folder: Path, written_at: str) -> None:
    """Write the manifest of a run, last of all files."""
    _write(folder, manifest(result, folder, written_at))


def write_command_manifest(
    folder: Path,
    command: str,
    arguments: Mapping[str, object],
    inputs: Iterable[InputRecord] = (),
    settings: Settings | None = None,
) -> None:
    """Write the manifest of a command other than `run`, last of all files; see :func:`command_manifest`."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    _write(folder, command_manifest(folder, now, command, arguments, inputs, settings))


def _write(folder: Path, content: Mapping[str, object]) -> None:
    write_atomically(folder / FILE, json_text(content).encode())
