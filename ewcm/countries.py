"""The registry of countries (``countries.toml``) and, for users who bring their own inputs, all of ISO 3166-1.

``iso3166.csv`` is written by ``ewcm.starter.world``: boxes from WorldPop's outlines of countries, names and people from Natural
Earth (people: World Bank, after the UN's World Population Prospects of that time), mobile country codes (ITU-T E.212) from the
networks that the package mcc-mnc-list knows. What no source has is empty there, and nothing is checked by it.
"""

from __future__ import annotations

import csv
import difflib
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources

from ewcm.errors import CountryError, one_line

#: Languages of the country names and of the maps.
LANGUAGES = ("en", "fr", "es", "pt", "ar")


@dataclass(frozen=True)
class Country:
    """One country. ``names`` by language code (en, fr, es, pt, ar). ``membership``: ``ew4all``, ``pilot``, ``assumed``
    or ``""`` (not in the registry: brought by the user; ``mccs``, ``bbox`` and ``people`` are those of other sources, where there
    is one)."""

    iso3: str
    iso2: str
    m49: str  # three digits, as text
    names: dict[str, str]
    mccs: tuple[int, ...]
    language: str  # default language of the map
    crosses_180: bool
    membership: str
    bbox: tuple[float, float, float, float] | None = None  # west, south, east, north [degrees]; east may exceed 180
    people: float | None = None  # rough national total, to warn of an implausible raster
    people_year: int = 2025  # which year that is the total of

    @property
    def name(self) -> str:
        """The English name."""
        return self.names["en"]


#: What stands beside the name of a country whose people are made up, so that nobody takes its map for the real one.
_MADE_UP = {
    "en": "{name} (exercise, made-up data)",
    "fr": "{name} (exercice, données inventées)",
    "es": "{name} (ejercicio, datos inventados)",
    "pt": "{name} (exercício, dados inventados)",
    "ar": "{name} (تمرين، بيانات مختلقة)",
}


def made_up(about: Country) -> Country:
    """The country under names that say that its data are made up for an exercise: every title and sentence uses them."""
    names = {
        code: name if _is_made_up(name, code) else _MADE_UP.get(code, _MADE_UP["en"]).format(name=name)
        for code, name in about.names.items()
    }
    return replace(about, names=names)


def _is_made_up(name: str, code: str) -> bool:
    return name.endswith(_MADE_UP.get(code, _MADE_UP["en"]).format(name=""))


def _box(edges: Sequence[float]) -> tuple[float, float, float, float]:
    west, south, east, north = map(float, edges)
    return west, south, east, north


@cache
def countries() -> tuple[Country, ...]:
    """The countries of the registry, in alphabetical order of their English names."""
    text = resources.files("ewcm").joinpath("countries.toml").read_text(encoding="utf-8")
    found = [
        Country(
            iso3=row["iso3"],
            iso2=row["iso2"],
            m49=row["m49"],
            names=dict(row["names"]),
            mccs=tuple(row["mccs"]),
            language=row["language"],
            crosses_180=row["crosses_180"],
            membership=row["membership"],
            bbox=_box(row["bbox"]),
            people=float(row["people"]),
        )
        for row in tomllib.loads(text)["country"]
    ]
    return tuple(sorted(found, key=lambda country: country.name))


@cache
def _iso3166() -> dict[str, Country]:
    """Every country and territory of ISO 3166-1 by alpha-3 code, with what is known of it."""
    text = resources.files("ewcm").joinpath("iso3166.csv").read_text(encoding="utf-8")
    return {row["iso3"]: _of_row(row) for row in csv.DictReader(text.splitlines())}


def _of_row(row: Mapping[str, str]) -> Country:
    """A country of a row of ``iso3166.csv``."""
    others = {language: row[f"name_{language}"] or row["name"] for language in LANGUAGES if language != "en"}
    edges = [row[edge] for edge in ("west", "south", "east", "north")]
    return Country(
        iso3=row["iso3"],
        iso2=row["iso2"],
        m49=row["m49"],
        names={"en": row["name"], **others},
        mccs=tuple(int(mcc) for mcc in row["mccs"].split()),
        language="en",
        crosses_180=row["crosses_180"] == "yes",
        membership="",
        bbox=_box([float(edge) for edge in edges]) if all(edges) else None,
        people=float(row["people"]) if row["people"] else None,
        people_year=int(row["people_year"]) if row["people_year"] else 2025,
    )


@cache
def _by_code() -> dict[str, Country]:
    return _iso3166() | {country.iso3: country for country in countries()}


def every_country() -> tuple[Country, ...]:
    """The countries of the registry and all others of ISO 3166-1, by alpha-3 code."""
    return tuple(_by_code()[code] for code in sorted(_by_code()))


def country(iso3: str) -> Country:
    """The country of an ISO 3166-1 alpha-3 code (upper or lower case).

    Raises :class:`CountryError` for anything else, and names the likeliest code.
    """
    code = iso3.strip().upper() if isinstance(iso3, str) else ""
    known = _by_code()
    if code in known and iso3.isascii():  # "ſom".upper() is SOM too
        return known[code]
    hint = _likeliest(code)
    raise CountryError(
        f"'{one_line(iso3, 40)}' is not a country code; use an ISO 3166-1 alpha-3 code such as SOM"
        + (f" (did you mean {hint.iso3}, {hint.name}?)" if hint else "; `ewcm countries` lists those of the registry")
    )


def _likeliest(code: str) -> Country | None:
    """The country that someone who typed ``code`` may have meant: by alpha-2, by name, or by a similar alpha-3."""
    known = _by_code()
    for candidate in known.values():
        if code == candidate.iso2 or code in (name.upper() for name in candidate.names.values()):
            return candidate
    if not (len(code) == 3 and code.isascii() and code.isalpha()):
        names = {candidate.name.upper(): candidate for candidate in known.values()}
        close = difflib.get_close_matches(code, names, n=1, cutoff=0.8) if len(code) > 3 else []
        return names[close[0]] if close else None
    registry = [candidate.iso3 for candidate in countries()]
    close = difflib.get_close_matches(code, registry, n=1, cutoff=0.6) or difflib.get_close_matches(code, known, n=1)
    return known[close[0]] if close else None
