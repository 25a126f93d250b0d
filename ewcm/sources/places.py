"""Named settlements, for naming coldspots and labelling the map."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from ewcm.core import longitude
from ewcm.core.record import InputRecord, Meta, record_of
from ewcm.countries import Country
from ewcm.errors import InputError
from ewcm.sources.files import first_line, read_text
from ewcm.sources.position import Bbox, check_position
from ewcm.sources.tables import facts_of, grade_of_table, numbers, parse_rows, read_headed, reasons_text, warning_of

#: Columns of a GeoNames dump (tab-separated, no header).
GEONAMES_COLUMNS = [
    "geonameid", "name", "asciiname", "alternatenames", "lat", "lon", "feature_class", "feature_code", "country_code",
    "cc2", "admin1", "admin2", "admin3", "admin4", "population", "elevation", "dem", "timezone", "modified",
]  # fmt: skip

#: Other headings of the same columns.
_ALIASES = {
    "latitude": "lat",
    "y": "lat",
    "longitude": "lon",
    "lng": "lon",
    "long": "lon",
    "x": "lon",
    "pop": "population",
}

#: GeoNames feature codes of seats; every other populated place has rank 3.
_RANK = {"PPLC": 0, "PPLA": 1, "PPLA2": 2}

#: GeoNames feature codes of class P that are no living settlement of their own.
_NOT_PLACES = ("PPLH", "PPLQ", "PPLW", "PPLCH", "PPLX")


@dataclass(frozen=True)
class Places:
    """``table`` columns: ``name`` (str), ``lat``, ``lon`` (degrees), ``population`` (persons, NaN when not known),
    ``rank`` (int: 0 national capital, 1 seat of a level-1 area, 2 of a level-2 area, 3 any other place)."""

    table: pd.DataFrame
    records: tuple[InputRecord, ...]


def read_places(path: Path, country: Country, meta: Meta | None = None, bbox: Bbox | None = None) -> Places:
    """Read a gazetteer: a GeoNames dump (19 tab-separated columns, no header), or a CSV with a header ``name,lat,lon`` and
    optionally ``population``, ``rank``, ``feature_code`` and ``country_code``.

    Raises :class:`InputError` when a needed column is missing or no place is left; broken rows are counted.
    """
    meta = meta or Meta()
    text, assumptions = read_text(path)
    first = first_line(text)
    if first.count("\t") == len(GEONAMES_COLUMNS) - 1 and first.split("\t")[0].strip().isdigit():
        table, long_lines = parse_rows(text, list(GEONAMES_COLUMNS), "\t", quoted=False)
        kind = "GeoNames"
    else:
        table, long_lines = read_headed(path, text)
        table = table.rename(columns={old: new for old, new in _ALIASES.items() if new not in table.columns})
        kind = "CSV"
    lacking = [name for name in ("name", "lat", "lon") if name not in table.columns]
    if lacking:
        raise InputError(f"{path}: has no column {', '.join(lacking)}; places need name, lat, lon (and population)")
    if not len(table):
        raise InputError(f"{path}: holds no places; fill it, or remove it from the inputs")
    places, broken = _clean(table, country, long_lines)
    if places.empty:
        raise InputError(
            f"{path}: holds no usable place of {len(table)} rows ({reasons_text(broken)}); check its columns"
        )
    warnings = check_position(
        path, "places", places["lat"].to_numpy(), places["lon"].to_numpy(), country, bbox or country.bbox
    )
    warnings += warning_of(broken, len(table) + long_lines)
    record = record_of(
        "places",
        path,
        meta,
        format=kind,
        crs="EPSG:4326",
        assumptions=assumptions,
        warnings=warnings,
        grade=grade_of_table(table),
        facts={
            "rows": len(table) + long_lines,
            "places": len(places),
            "with_population": int(places["population"].notna().sum()),
            **facts_of(broken),
        },
    )
    return Places(places, (record,))


def _clean(table: pd.DataFrame, country: Country, long_lines: int) -> tuple[pd.DataFrame, dict[str, int]]:
    """The usable places by population, and the number of the other rows by reason."""
    name, lat, lon = table["name"].str.strip(), numbers(table["lat"]), numbers(table["lon"])
    empty = pd.Series("", index=table.index)
    code = table.get("feature_code", empty).str.strip()
    reasons = {
        "of another country": ~table.get("country_code", empty)
        .str.strip()
        .str.upper()
        .isin(["", country.iso2, country.iso3]),
        "that are no populated place": (
            ~table.get("feature_class", empty).isin(["", "P"]) | code.isin(_NOT_PLACES) & (code != "")
        ),
        "with no name": name == "",
        "with no position": pd.Series(~(np.isfinite(lat) & np.isfinite(lon)), index=table.index),
        "with an impossible position": pd.Series(~((np.abs(lat) <= 90) & (np.abs(lon) <= 360)), index=table.index),
    }
    usable = pd.Series(True, index=table.index)
    broken = {"with too many fields": long_lines}
    for reason, bad in reasons.items():
        broken[reason] = int((usable & bad).sum())
        usable &= ~bad
    population = numbers(table["population"]) if "population" in table.columns else np.full(len(table), np.nan)
    rank = code.map(_RANK).fillna(3)
    if "rank" in table.columns:
        stated = numbers(table["rank"])
        rank = rank.where(~np.isin(stated, (0, 1, 2, 3)), stated)
    places = pd.DataFrame(
        {
            "name": name,
            "lat": lat,
            "lon": longitude.to_180(lon),
            "population": np.where(population > 0, population, np.nan),
            "rank": rank.astype(int),
        }
    )[usable]
    return places.sort_values(["rank", "population", "name"], ascending=[True, False, True], ignore_index=True), broken


def joined(parts: list[Places]) -> Places | None:
    """Several files as one; None when there is none."""
    if not parts:
        return None
    table = pd.concat([part.table for part in parts], ignore_index=True)
    return Places(table, tuple(record for part in parts for record in part.records))
