"""The files of the starter pack, and how each is read.

``admin1_population.csv``, ``places.csv`` and ``official_9c1.csv`` hold all countries of the pack; ``areas/`` and
``environment/`` have one file a country, named by its ISO 3166-1 alpha-3 code. ``places_elsewhere.csv.gz`` holds the most
important places of all other countries.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
from affine import Affine

from ewcm import packaged
from ewcm.core.drivers import opened_raster
from ewcm.countries import LANGUAGES, countries
from ewcm.errors import CountryError
from ewcm.packaged import STARTER

POPULATION = "admin1_population.csv"
PLACES = "places.csv"
PLACES_ELSEWHERE = "places_elsewhere.csv.gz"
OFFICIAL = "official_9c1.csv"


def known(iso3: str) -> str:
    """``iso3`` if the pack has it; raises CountryError otherwise."""
    if iso3 not in packaged.available():
        raise CountryError(
            f"{iso3}: the starter pack has no such country; put your own files in data/{iso3}/ (see data/README.md)"
        )
    return iso3


def areas(iso3: str) -> gpd.GeoDataFrame:
    """Admin-1 units as of :func:`ewcm.packaged.areas`, with their ``people`` (2025)."""
    table = packaged.areas(iso3)
    figures = pd.read_csv(STARTER.path_of(POPULATION), usecols=["adm1_code", "population_2025"]).set_index("adm1_code")
    table["people"] = figures["population_2025"].loc[table["adm1_code"]].to_numpy(dtype=np.float64)
    return table


def places_file(iso3: str) -> str:
    """The file that holds the named places of a country."""
    return PLACES if any(one.iso3 == iso3 for one in countries()) else PLACES_ELSEWHERE


def places(iso3: str) -> pd.DataFrame:
    """Named places: ``geonameid``, ``name``, ``lat``, ``lon``, ``population`` (NaN: not known), ``rank``, and ``name_fr`` …
    ``name_ar`` ("": as ``name``). No rows for a country that GeoNames has no place of."""
    table = _all_places(places_file(iso3))
    return table[table["iso3"] == iso3].drop(columns="iso3").reset_index(drop=True)


def _all_places(file: str) -> pd.DataFrame:
    numbers = {"geonameid": int, "lat": float, "lon": float, "population": float, "rank": int}
    with_empty = {"population": [""]}
    texts = ("iso3", "name", *(f"name_{language}" for language in LANGUAGES if language != "en"))
    types = numbers | dict.fromkeys(texts, str)
    return pd.read_csv(STARTER.path_of(file), keep_default_na=False, dtype=types, na_values=with_empty)


def official(iso3: str) -> pd.Series:
    """The official figures of a country: ``2G``, ``3G``, ``4G`` [per cent] and ``year_2G`` … (NaN: not known)."""
    return pd.read_csv(STARTER.path_of(OFFICIAL)).set_index("iso3").loc[iso3]


def environment(iso3: str) -> tuple[np.ndarray, Affine]:
    """Altitude [m], rain [mm a year] and temperature [°C], float64, shape (3, rows, cols) on a 5′ grid, and its affine."""
    with opened_raster(STARTER.path_of(packaged.environment_file(iso3))) as raster:
        values = raster.read().astype(np.float64)
        return values * [[[1.0]], [[1.0]], [[0.1]]], raster.transform
