"""Totals of people by unit, and tables of displacement: what a census or a tracking matrix brings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from ewcm.core.record import InputRecord, Meta, record_of
from ewcm.countries import Country
from ewcm.errors import InputError
from ewcm.sources.files import read_text
from ewcm.sources.position import check_position
from ewcm.sources.tables import facts_of, numbers, read_headed
from ewcm.sources.vectors import polygons_only, read_vector

#: How the column of people may begin, the likeliest first.
_PEOPLE = (
    "people",
    "population",
    "pop",
    "total",
    "persons",
    "habitants",
    "poblacion",
    "populacao",
    "idps",
    "individuals",
)

#: Columns that name a unit, the likeliest first, where no other tells.
_KEYS = ("pcode", "code", "area_id", "id", "adm2_pcode", "adm1_pcode", "district", "unit", "name")


@dataclass(frozen=True)
class Units:
    """Outlines of units, EPSG:4326, with ``key`` (text, unique), ``people`` (NaN where not known) and ``parent`` ("" where the
    file does not say it)."""

    table: gpd.GeoDataFrame
    records: tuple[InputRecord, ...]


def read_units(
    path: Path,
    country: Country,
    *,
    totals: Path | None = None,
    column: str | None = None,
    parent_key: str = "",
    layer: str,
) -> tuple[Units, str]:
    """Outlines with their people, from one file or from outlines and a table that share a column. ``column``: that of the people.
    ``parent_key``: column that names the unit above. ``layer``: what the file is, for the record. Returns the units and the name
    of the column that tells them apart.

    Raises :class:`InputError` where units cannot be told apart or matched, and where numbers are no people.
    """
    vector = read_vector(path)
    frame, made = polygons_only(path, vector.frame)
    other = frame.drop(columns=frame.geometry.name)
    other.columns = [str(name).lower() for name in other.columns]
    frame = gpd.GeoDataFrame(
        other.drop(columns="geometry", errors="ignore"), geometry=frame.geometry.to_numpy(), crs="EPSG:4326"
    ).reset_index(drop=True)
    records = []
    table: pd.DataFrame = frame
    place = path
    if totals is not None:
        text, assumptions = read_text(totals)
        table, broken = read_headed(totals, text)
        key = _common_key(path, frame, totals, table)
        table = _matched(path, frame, totals, table, key)
        records.append(record_of("totals", totals, Meta(), format="CSV", assumptions=assumptions,
                                 facts={"rows": len(table), **facts_of({"with too many fields": broken})}))  # fmt: skip
        place = totals
    else:
        key = _own_key(path, frame, parent_key)
    people = _people(place, table, column, needed=layer == "units" or totals is not None)
    unit = frame[key].astype(str).str.strip() if key else pd.Series([str(n + 1) for n in range(len(frame))])
    twice = unit[unit.duplicated()]
    if len(twice):
        raise InputError(f"{path}: '{twice.iloc[0][:60]}' stands twice in column {key}; join its rows, or correct it")
    above = frame[parent_key].astype(str).str.strip() if parent_key and parent_key in frame else ""
    found = gpd.GeoDataFrame({"key": unit, "people": people, "parent": above}, geometry=frame.geometry, crs="EPSG:4326")
    points = found.geometry.representative_point()
    check_position(path, "units", points.y.to_numpy(), points.x.to_numpy(), country, country.bbox)
    facts = {
        "units": len(found),
        "with_people": int(np.isfinite(people).sum()),
        "people": float(np.nansum(people)),
        "key": key,
    }
    records.insert(0, record_of(layer, path, Meta(), format=vector.format, crs=vector.crs,
                                assumptions=(*vector.assumptions, *made), facts=facts, grade=vector.grade))  # fmt: skip
    return Units(found, tuple(records)), key


def _common_key(path: Path, frame: pd.DataFrame, totals: Path, table: pd.DataFrame) -> str:
    """The column that both files have and that matches most of the units."""
    both = [name for name in table.columns if name in frame.columns and name != "geometry"]
    match = {name: len(set(_names(table[name])) & set(_names(frame[name]))) for name in both}
    best = max(match, key=lambda name: match[name], default=None)
    if best is None or not match[best]:
        raise InputError(
            f"{totals}: shares no column of codes or names with {path.name} (columns: {', '.join(map(str, table.columns[:8]))}); "
            "name one column alike in both"
        )
    return best


def _names(column: pd.Series) -> pd.Series:
    return column.astype(str).str.strip()


def _matched(path: Path, frame: pd.DataFrame, totals: Path, table: pd.DataFrame, key: str) -> pd.DataFrame:
    """The rows of a table in the order of the units."""
    rows = table.assign(**{key: _names(table[key])})
    twice = rows[key][rows[key].duplicated()]
    if len(twice):
        raise InputError(f"{totals}: '{twice.iloc[0][:60]}' stands twice in column {key}; keep one row a unit")
    unit = _names(frame[key])
    foreign = sorted(set(rows[key]) - set(unit))
    if foreign:
        raise InputError(
            f"{totals}: {len(foreign)} of {len(rows)} units are not in {path.name} (first: '{foreign[0][:60]}'); correct their "
            f"{key}, or their people would be lost"
        )
    lacking = sorted(set(unit) - set(rows[key]))
    if lacking:
        raise InputError(
            f"{totals}: has no total of {len(lacking)} units of {path.name} (first: '{lacking[0][:60]}'); add it"
        )
    return rows.set_index(key).reindex(unit).reset_index()


def _own_key(path: Path, frame: pd.DataFrame, parent_key: str) -> str:
    candidates = [name for name in frame.columns if name not in ("geometry", parent_key)]
    for name in (*_KEYS, *candidates):
        if name in candidates and not any(str(name).startswith(start) for start in _PEOPLE):
            values = _names(frame[name])
            if values.is_unique and (values != "").all():
                return str(name)
    return ""


def _people(path: Path, table: pd.DataFrame, column: str | None, *, needed: bool) -> np.ndarray:
    """People of each unit, f64; NaN where the cell is empty (refused where ``needed``)."""
    names = [str(name) for name in table.columns if name != "geometry"]
    if column is not None and column.lower() not in names:
        raise InputError(f"{path}: has no column '{column[:60]}'; it has {', '.join(names[:12])}")
    found = [column.lower()] if column else [n for start in _PEOPLE for n in names if n.startswith(start)]
    found = found or [name for name in names if any(start in name for start in _PEOPLE[:3])]
    if not found and not needed:
        return np.full(len(table), np.nan)
    if not found:
        raise InputError(f"{path}: has no column of people ({', '.join(names[:12])}); name it people, or say --column")
    text = table[found[0]]
    empty = text.isna() | (text.astype(str).str.strip().isin(("", "nan", "None")))
    dotted = text[~empty].astype(str).str.strip()
    if (
        len(dotted)
        and not pd.api.types.is_numeric_dtype(text)
        and dotted.str.fullmatch(r"[1-9]\d{0,2}(\.\d{3})+").mean() > 0.5
    ):
        raise InputError(
            f"{path}: column {found[0]} holds '{dotted.iloc[0][:40]}', which may be thousands or decimals; write people without "
            "signs between the digits"
        )
    values = numbers(text.astype(str).str.replace(" ", "").str.replace("\u00a0", ""))
    wrong = (~np.isfinite(values) & ~empty.to_numpy()) | (values < 0)
    if wrong.any():
        raise InputError(
            f"{path}: column {found[0]} holds '{str(text[wrong].iloc[0])[:40]}', which is no number of people; correct it"
        )
    if needed and empty.any():
        raise InputError(f"{path}: column {found[0]} is empty for {int(empty.sum())} units; every unit needs its total")
    result: np.ndarray = np.where(empty, np.nan, values)
    return result


@dataclass(frozen=True)
class Moves:
    """Displaced people: ``origin`` and ``destination`` are keys of units ("" where not known), ``people`` how many."""

    table: pd.DataFrame
    record: InputRecord


def read_moves(path: Path, keys: Sequence[str]) -> Moves:
    """Read a table of displacement: columns from, to, people. Either end may be empty, not both.

    Raises :class:`InputError` for units that are not among ``keys``.
    """
    text, assumptions = read_text(path)
    table, broken = read_headed(path, text)
    names = {
        "origin": ("from", "origin", "from_unit", "origin_code", "origin_pcode"),
        "destination": ("to", "destination", "to_unit", "destination_code", "destination_pcode"),
    }
    found = {}
    for name, candidates in names.items():
        column = next((candidate for candidate in candidates if candidate in table.columns), None)
        if column is None:
            raise InputError(f"{path}: has no column {candidates[0]}; a table of displacement has from,to,people")
        found[name] = _names(table[column])
    people = _people(path, table, None, needed=True)
    moves = pd.DataFrame({**found, "people": people})
    known = set(keys)
    for name in ("origin", "destination"):
        strange = sorted(set(moves[name]) - known - {""})
        if strange:
            raise InputError(
                f"{path}: '{strange[0][:60]}' is no unit of the outlines ({len(strange)} such names); correct it"
            )
    nowhere = (moves["origin"] == "") & (moves["destination"] == "")
    if nowhere.any():
        raise InputError(f"{path}: {int(nowhere.sum())} rows say neither from nor to; fill in one of the two")
    moves = moves.groupby(["origin", "destination"], as_index=False, sort=True)["people"].sum()
    facts = {"rows": len(table), "people": float(moves["people"].sum()), **facts_of({"with too many fields": broken})}
    return Moves(moves, record_of("displacement", path, Meta(), format="CSV", assumptions=assumptions, facts=facts))
