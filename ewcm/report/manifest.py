"""manifest.json: every input, every setting, every version, and the digest of every file written."""

from __future__ import annotations

import dataclasses
import platform
from functools import cache
from importlib.metadata import version
from pathlib import Path

import pyogrio
import pyproj
import rasterio
import shapely

from ewcm.core.record import sha256_of
from ewcm.report.tables import grade, json_text
from ewcm.result import CountryResult
from ewcm.version import VERSION

SCHEMA_VERSION = 1

#: The only place in all outputs where a time of day stands.
TIME_KEY = "written_at"

_PACKAGES = ("numpy", "numba", "pandas", "geopandas", "rasterio", "pyogrio", "pyproj", "shapely", "xarray", "odc-geo")


def manifest(result: CountryResult, folder: Path, written_at: str) -> dict[str, object]:
    """What goes into manifest.json, for the files that stand in ``folder`` already."""
    return {
        "schema_version": SCHEMA_VERSION,
        TIME_KEY: written_at,
        "iso3": result.data.country.iso3,
        "data_grade": grade(result),
        "ewcm_version": VERSION,
        "inputs": [dataclasses.asdict(record) for record in result.data.records],
        "models": {name: figures["model"] for name, figures in result.summary["services"].items()},  # type: ignore[attr-defined]
        "settings": result.settings.to_dict(),
        "versions": versions(),
        "outputs": {
            path.name: {"sha256": sha256_of(path), "size_bytes": path.stat().st_size}
            for path in sorted(folder.iterdir())
        },
    }


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
    """Write manifest.json, last of all files."""
    content = json_text(manifest(result, folder, written_at))
    (folder / "manifest.json").write_text(content, encoding="utf-8")
