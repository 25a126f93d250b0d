"""Named places from the pinned GeoNames: of the starter pack's countries all, of every other country the most important.

Names by language come from three sources, the first that has one: ``capitals.toml``; the unit of Natural Earth that bears the
place's name; for Arabic the other names of GeoNames, which say no language, by :func:`arabic_name`.
"""

from __future__ import annotations

import gzip
import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from importlib import resources
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from ewcm.core import longitude
from ewcm.countries import LANGUAGES, country
from ewcm.starter import pack

#: Places of a country outside the pack: its capital, the largest place of each first-level division, then the largest.
PLACES_ELSEWHERE = 60

#: Languages whose names may differ from the place's own.
_OTHERS = tuple(language for language in LANGUAGES if language != "en")

#: Letters of Arabic; Persian, Urdu and Uyghur names have others as well.
_ARABIC = re.compile(r"[ءآأؤإئابةتثجحخدذرزسشصضطظعغفقكلمنهوىي]+( [ءآأؤإئابةتثجحخدذرزسشصضطظعغفقكلمنهوىي]+)*")

#: Words for a kind of division, which are no part of a place's name.
_DIVISIONS = ("ولاية", "إقليم", "اقليم", "مقاطعة", "محافظة", "مديرية", "منطقة", "دائرة", "قسم", "مدينة", "علاقة")


def arabic_name(name: str, others: Iterable[str]) -> str:
    """The most carefully written of the ``others`` (names in any language) that is in Arabic letters only; "" for none.

    It has as many words as ``name`` or one more or less; more letters that hurried writing leaves out (hamza, teh marbuta)
    come first, then the longer one, since vowels are left out as well.
    """
    words = len(re.split(r"[ -]", name))

    def care(text: str) -> tuple[int, int, str]:
        return sum(text.count(letter) for letter in "آأؤإئة"), len(text), text

    fitting = [
        text
        for text in others
        if _ARABIC.fullmatch(text)
        and abs(len(text.split()) - words) <= 1
        and not re.search(r"(.)\1\1", text)
        and text.split()[0] not in _DIVISIONS
    ]
    return max(fitting, key=care, default="")


def names_of_unit(name: str, unit: Mapping[str, Any]) -> dict[str, str]:
    """Names by language of a place that its unit is called after, from those of the unit; empty for any other place."""
    if name not in (unit["name"], unit["name_en"]):
        return {}
    words = len(name.split())
    found = {}
    for language in _OTHERS:
        text = unit[f"name_{language}"]
        parts = text.split() if isinstance(text, str) else []
        if language == "ar" and parts and parts[0] in _DIVISIONS:
            parts = parts[1:]
        # A name with more words says what kind of division it is: "Zona de Karnali".
        if parts and len(parts) == words:
            found[language] = " ".join(parts)
    return found


def places_of_pack(cities: Path, lands: Mapping[str, gpd.GeoDataFrame]) -> str:
    """The text of ``places.csv``. ``lands``: the units of each country with their names.

    The capital has rank 0, the largest place of each unit rank 1, the others rank 3.
    """
    table, countries = _read(cities)
    capitals = _capital_names()
    parts = []
    for iso3, areas in lands.items():
        here = table[table["countrycode"] == country(iso3).iso2].reset_index(drop=True)
        lon = here["longitude"].to_numpy()
        lon = longitude.to_360(lon) if country(iso3).crosses_180 else lon
        tree = shapely.STRtree(areas.geometry.to_numpy())
        unit = tree.nearest(shapely.points(lon, here["latitude"].to_numpy()))
        rank = _ranks(here, unit, countries[country(iso3).iso2]["capital"])
        units = areas.to_dict("records")
        names = []
        for row, (own, others) in enumerate(zip(here["name"], here["alternatenames"], strict=True)):
            found = {"ar": arabic_name(own, others)} | names_of_unit(own, units[unit[row]])
            names.append(found | (capitals.get(iso3, {}) if rank[row] == 0 else {}))
        parts.append(_table(iso3, here, rank, names))
    return _csv(parts)


def places_elsewhere(cities: Path, codes: Iterable[str]) -> bytes:
    """The file of places of the countries ``codes`` (ISO 3166-1 alpha-3), compressed without a time."""
    table, countries = _read(cities)
    by_country = dict(iter(table.groupby("countrycode", sort=False)))
    parts = []
    for iso3 in sorted(codes):
        here = by_country.get(country(iso3).iso2)
        if here is None:
            continue
        here = here.reset_index(drop=True)
        rank = _ranks(here, here["admin1code"].to_numpy(), countries[country(iso3).iso2]["capital"])
        kept = np.sort(np.argsort(rank, kind="stable")[:PLACES_ELSEWHERE])
        here, rank = here.iloc[kept].reset_index(drop=True), rank[kept]
        names = [
            {"ar": arabic_name(own, others)} for own, others in zip(here["name"], here["alternatenames"], strict=True)
        ]
        parts.append(_table(iso3, here, rank, names))
    return gzip.compress(_csv(parts).encode(), compresslevel=9, mtime=0)


def _read(cities: Path) -> tuple[pd.DataFrame, dict[str, Any]]:
    """All places, the largest first, and facts of the countries by ISO 3166-1 alpha-2."""
    table = pd.DataFrame(json.loads(cities.read_text(encoding="utf-8")).values())
    table = table.sort_values(["population", "geonameid"], ascending=[False, True], ignore_index=True)
    return table, json.loads((cities.parent / "countries.json").read_text(encoding="utf-8"))


def _ranks(places: pd.DataFrame, unit: np.ndarray, capital: str) -> np.ndarray:
    known = places["population"].to_numpy() > 0
    largest = known & ~pd.Series(np.where(known, unit, -1)).duplicated().to_numpy()
    rank = np.where(largest, 1, 3)
    rank[_capital(places, capital)] = 0
    return rank


def _capital(places: pd.DataFrame, name: str) -> int:
    """Row of the place that bears the capital's name, else of the largest place (``places`` are sorted by people)."""
    for row, (own, others) in enumerate(zip(places["name"], places["alternatenames"], strict=True)):
        if name == own or name in others:
            return row
    return 0


def _capital_names() -> dict[str, dict[str, str]]:
    text = resources.files("ewcm.starter").joinpath("capitals.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def _table(iso3: str, places: pd.DataFrame, rank: np.ndarray, names: list[dict[str, str]]) -> pd.DataFrame:
    columns = {"iso3": iso3, "geonameid": places["geonameid"], "name": places["name"], "lat": places["latitude"]}
    columns |= {"lon": places["longitude"], "population": places["population"].where(places["population"] > 0)}
    columns |= {"rank": rank}
    for language in _OTHERS:
        other = pd.Series([found.get(language, "") for found in names], index=places.index, dtype=object)
        columns[f"name_{language}"] = other.where(other != places["name"], "")
    return pd.DataFrame(columns)


def _csv(parts: list[pd.DataFrame]) -> str:
    places = pd.concat(parts).sort_values(["iso3", "rank", "geonameid"])
    places["population"] = places["population"].astype("Int64")
    return places.to_csv(index=False, lineterminator="\n")


def write(folder: Path, cities: Path, lands: Mapping[str, gpd.GeoDataFrame], codes: Iterable[str]) -> None:
    """Write both files into the folder of the pack; ``codes``: those of all countries."""
    (folder / pack.PLACES).write_text(places_of_pack(cities, lands), encoding="utf-8", newline="\n")
    elsewhere = places_elsewhere(cities, [code for code in codes if code not in lands])
    (folder / pack.PLACES_ELSEWHERE).write_bytes(elsewhere)
