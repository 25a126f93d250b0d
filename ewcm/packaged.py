"""Files that come with the engine: where they are, and the outlines of countries, which starter pack and base map share."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import geopandas as gpd
import shapely
from shapely.geometry.base import BaseGeometry

from ewcm.core.record import InputRecord, sha256_of
from ewcm.errors import InputError

#: Coordinates of the files are rounded to this [degrees].
GRID_DEG = 1e-4


@dataclass(frozen=True)
class Package:
    """A folder of files that comes with the engine. ``name``: as under ``data/`` in a checkout."""

    name: str

    @property
    def folder(self) -> Path:
        """Beside the engine's folder in a checkout, else where an installed wheel puts it: in ``share`` of the environment,
        or beside the engine (``pip install --target``)."""
        beside, installed = Path(__file__).resolve().parents[1], Path("share") / "ewcm" / self.name
        found = (folder for folder in (beside / "data" / self.name, beside / installed) if folder.is_dir())
        return next(found, Path(sys.prefix) / installed)

    def label(self, file: str) -> str:
        """How a file is called in records and messages, wherever it is."""
        return f"data/{self.name}/{file}"

    def path_of(self, file: str) -> Path:
        """The path of a file; raises :class:`InputError` where it is missing."""
        path = self.folder / file
        if not path.is_file():
            raise InputError(f"{self.label(file)}: the engine lacks this file; restore it from the repository")
        return path

    def record(self, layer: str, file: str, **fields: Any) -> InputRecord:
        """The record of a layer that was made from a file; ``fields``: the further ones of the record."""
        path = self.path_of(file)
        return InputRecord(
            layer=layer, path=self.label(file), sha256=sha256_of(path), size_bytes=path.stat().st_size, **fields
        )


STARTER = Package("starter")
BASEMAP = Package("basemap")


def available() -> tuple[str, ...]:
    """ISO 3166-1 alpha-3 codes of the countries whose areas come with the engine, in alphabetical order."""
    return tuple(sorted(path.stem for path in (STARTER.folder / "areas").glob("*.geojson")))


def areas_file(iso3: str) -> str:
    """Admin-1 units in the starter pack, GeoJSON."""
    return f"areas/{iso3}.geojson"


def environment_file(iso3: str) -> str:
    """Altitude, rain and temperature in the starter pack, GeoTIFF on a 5′ grid."""
    return f"environment/{iso3}.tif"


def areas(iso3: str) -> gpd.GeoDataFrame:
    """Admin-1 units of a country.

    Columns ``adm1_code``, ``iso_3166_2``, ``name``, ``name_en`` ... ``name_ar``, ``type``, ``geometry`` (EPSG:4326,
    longitudes 0..360 for a country that crosses 180°).
    """
    collection = json.loads(STARTER.path_of(areas_file(iso3)).read_text(encoding="utf-8"))
    return gpd.GeoDataFrame.from_features(collection, crs="EPSG:4326")


@cache
def outline(iso3: str) -> BaseGeometry:
    """A country: all its units together, on the grid that their coordinates are rounded to."""
    return shapely.union_all(areas(iso3).geometry.to_numpy(), grid_size=GRID_DEG)
