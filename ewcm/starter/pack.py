"""The files of the starter pack: where they are, and how each is read.

``admin1_population.csv`` and ``places.csv`` hold all countries; ``areas/``, ``basemap/`` and ``environment/`` have one file a
country, named by its ISO 3166-1 alpha-3 code.
"""

from __future__ import annotations

import json
import sys
from functools import cache
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import rasterio
from affine import Affine

from ewcm.errors import CountryError, InputError

#: Where the pack is: beside the engine's folder in a checkout, else where an installed wheel puts it.
_CHECKOUT = Path(__file__).resolve().parents[2] / "data" / "starter"
FOLDER = _CHECKOUT if _CHECKOUT.is_dir() else Path(sys.prefix) / "share" / "ewcm" / "starter"

POPULATION = "admin1_population.csv"
PLACES = "places.csv"
WORLD = "world.json"


def areas_file(iso3: str) -> str:
    """Admin-1 units, GeoJSON."""
    return f"areas/{iso3}.geojson"


def basemap_file(iso3: str) -> str:
    """Neighbours' land, lakes and borders, JSON."""
    return f"basemap/{iso3}.json"


def basemap_window(bounds: tuple[float, float, float, float] | np.ndarray) -> tuple[float, float, float, float]:
    """West, south, east and north of the basemap of a country with these bounds [degrees].

    Half of the longer side of the country around it, at least 1.5°: what a window of another shape shows beside it.
    """
    west, south, east, north = (float(edge) for edge in bounds)
    margin = max(1.5, max(east - west, north - south) / 2)
    return west - margin, max(south - margin, -90.0), east + margin, min(north + margin, 90.0)


def environment_file(iso3: str) -> str:
    """Altitude, rain and temperature, GeoTIFF."""
    return f"environment/{iso3}.tif"


@cache
def world() -> dict:
    """Land of the world at the scale of an atlas, a GeoJSON FeatureCollection; read once a process, not to be changed."""
    collection: dict = json.loads(path_of(WORLD).read_text(encoding="utf-8"))
    return collection


def available() -> tuple[str, ...]:
    """ISO 3166-1 alpha-3 codes of the countries in the pack, in alphabetical order."""
    return tuple(sorted(path.stem for path in (FOLDER / "areas").glob("*.geojson")))


def path_of(name: str) -> Path:
    """The path of a file of the pack; raises InputError where it is missing."""
    path = FOLDER / name
    if not path.is_file():
        raise InputError(f"data/starter/{name}: the starter pack lacks this file; restore it from the repository")
    return path


def known(iso3: str) -> str:
    """``iso3`` if the pack has it; raises CountryError otherwise."""
    if iso3 not in available():
        raise CountryError(
            f"{iso3}: the starter pack has no such country; put your own files in data/{iso3}/ (see data/README.md)"
        )
    return iso3


def areas(iso3: str) -> gpd.GeoDataFrame:
    """Admin-1 units with their people.

    Columns ``adm1_code``, ``iso_3166_2``, ``name``, ``name_en`` ... ``name_ar``, ``type``, ``people`` (2025), ``geometry``
    (EPSG:4326, longitudes 0..360 for a country that crosses 180°).
    """
    collection = json.loads(path_of(areas_file(iso3)).read_text(encoding="utf-8"))
    table = gpd.GeoDataFrame.from_features(collection, crs="EPSG:4326")
    figures = pd.read_csv(path_of(POPULATION), usecols=["adm1_code", "population_2025"]).set_index("adm1_code")
    table["people"] = figures["population_2025"].loc[table["adm1_code"]].to_numpy(dtype=np.float64)
    return table


def places(iso3: str) -> pd.DataFrame:
    """Named places: ``geonameid``, ``name``, ``lat``, ``lon``, ``population`` (NaN: not known), ``rank``."""
    table = pd.read_csv(
        path_of(PLACES), keep_default_na=False, dtype={"name": str, "iso3": str}, na_values={"population": [""]}
    )
    return table[table["iso3"] == iso3].drop(columns="iso3").reset_index(drop=True)


def basemap(iso3: str) -> dict[str, dict]:
    """GeoJSON FeatureCollections ``land`` (neighbours), ``lakes`` and ``borders``."""
    return json.loads(path_of(basemap_file(iso3)).read_text(encoding="utf-8"))


def environment(iso3: str) -> tuple[np.ndarray, Affine]:
    """Altitude [m], rain [mm a year] and temperature [°C], float64, shape (3, rows, cols) on a 5′ grid, and its affine."""
    with rasterio.open(path_of(environment_file(iso3))) as raster:
        values = raster.read().astype(np.float64)
        return values * [[[1.0]], [[1.0]], [[0.1]]], raster.transform
