"""Administrative boundaries: areas of level 0 (the country) to 4."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from ewcm.core import longitude
from ewcm.core.input_warning import InputWarning
from ewcm.core.record import InputRecord, Meta, record_of
from ewcm.countries import Country
from ewcm.errors import InputError
from ewcm.sources.boundary_checks import check_areas, gap_warnings
from ewcm.sources.boundary_names import level_warnings, name_warnings
from ewcm.sources.position import check_position, extent_of
from ewcm.sources.vectors import polygons_only, read_vector

#: Columns that say which country a unit belongs to, as alpha-2 and as alpha-3 codes.
_COUNTRY_2 = ("iso_a2", "iso2", "country_code", "adm0_iso2")
_COUNTRY_3 = ("adm0_a3", "iso_a3", "sov_a3", "shapegroup", "gid_0", "iso3", "adm0_pcode")

#: Natural Earth's own codes for units it draws apart.
_OWN_CODES = {"SOL": "SOM", "SDS": "SSD", "PSX": "PSE", "SAH": "ESH", "KOS": "XKX"}

#: Columns that hold a unit's name and its code, the likeliest first; ``{level}`` is 0 to 4.
_NAMES = (
    "adm{level}_en", "adm{level}_name", "adm{level}_fr", "adm{level}_es", "adm{level}_pt", "name_{level}", "shapename",
    "name_en", "name", "admin{level}name_en", "admin{level}name", "nom", "nombre", "nome", "admin",
)  # fmt: skip
_CODES = (
    "adm{level}_pcode", "admin{level}pcode", "pcode", "iso_3166_2", "shapeiso", "hasc_{level}", "gid_{level}", "adm1_code",
    "shapeid", "code", "id",
)  # fmt: skip


#: Columns that hold the code of the area above, else its name; ``{level}`` is the level above.
_PARENTS = (
    "parent", "parent_id", "parent_code", "parentcode", "parentid", "parent_pcode", "adm{level}_pcode", "admin{level}pcode",
    "hasc_{level}", "gid_{level}", "adm{level}_code", "parent_name", "adm{level}_en", "adm{level}_name", "adm{level}_fr",
    "adm{level}_es", "adm{level}_pt", "name_{level}", "admin{level}name_en", "admin{level}name",
)  # fmt: skip


@dataclass(frozen=True)
class Boundaries:
    """Areas, EPSG:4326 (longitudes 0..360 for a country that crosses 180°, in step with its population grid).

    ``table`` columns: ``level`` (0 to 4), ``area_id`` (P-code, ISO 3166-2 or a number of the file; unique within its
    level), ``name``, ``parent_id`` ("" when not known), ``geometry`` (valid Polygon or MultiPolygon). Level 0 may be
    absent: the analysis then makes it as the whole grid.
    """

    table: gpd.GeoDataFrame
    records: tuple[InputRecord, ...]


def read_boundaries(
    path: Path,
    level: int,
    country: Country,
    *,
    name: str | None = None,
    code: str | None = None,
    parent: str | None = None,
    layer: str | None = None,
    meta: Meta | None = None,
) -> Boundaries:
    """Read the areas of one level.

    ``name``, ``code`` and ``parent`` are columns of the file; where not given they are found by the usual names. Rows of
    other countries are left out. Raises :class:`InputError` when no area of the country is left, or it lies elsewhere.
    """
    meta = meta or Meta()
    vector = read_vector(path, layer)
    frame, mended = polygons_only(path, vector.frame)
    assumptions = vector.assumptions + mended
    frame, added = _own_units(path, frame, country)
    assumptions += added
    points = frame.geometry.representative_point()
    warnings = check_position(
        path, "areas", points.y.to_numpy(), points.x.to_numpy(), country, country.bbox, extent_of(frame)
    )
    if country.bbox is None and float(np.abs(frame.total_bounds[[1, 3]]).max()) > 91:
        raise InputError(f"{path}: latitude and longitude are swapped, or the CRS is wrong; correct the file")
    columns = {str(column).lower(): column for column in frame.columns if column != frame.geometry.name}
    name_column = _column(path, columns, name, _NAMES, level)
    code_column = _column(path, columns, code, _CODES, level)
    parent_column = _column(path, columns, parent, _PARENTS if level > 1 else (), level - 1)
    if parent is None and parent_column in (code_column, name_column):
        parent_column = None
    table, more = _table(frame, level, name_column, code_column, parent_column, country)
    assumptions += more
    checks = check_areas(table)
    warnings += vector.warnings + _code_warnings(frame, code_column, level) + tuple(checks.warnings)
    warnings += name_warnings(frame, level, name_column, code_column, parent_column) + level_warnings(columns, level)
    table = _moved(table, longitude.shape_to_360 if country.crosses_180 else longitude.shape_to_180)
    record = record_of(
        "boundaries",
        path,
        meta,
        format=vector.format,
        crs=vector.crs,
        assumptions=assumptions,
        warnings=warnings,
        grade=vector.grade,
        facts={
            "level": level,
            "layer": layer or "",
            "areas": len(table),
            "name_column": name_column or "",
            "code_column": code_column or "",
            "parent_column": parent_column or "",
            **checks.facts,
            "extent": [float(value) for value in table.total_bounds],
        },
    )
    return Boundaries(table, (record,))


def joined(parts: list[Boundaries]) -> Boundaries | None:
    """Several levels as one table, coarse first; None when there is none."""
    if not parts:
        return None
    table = pd.concat([part.table for part in parts], ignore_index=True).sort_values("level", kind="stable")
    table = _parents_by_name(gpd.GeoDataFrame(table.reset_index(drop=True), geometry="geometry", crs="EPSG:4326"))
    records = [_with_missing_parents(record, table) for part in parts for record in part.records]
    return Boundaries(table, tuple(_with_gap(record, table) for record in records))


def _level_above(table: gpd.GeoDataFrame, level: int) -> int:
    """The finest level above one that is there; 0 where there is none but the country."""
    return max((int(other) for other in table["level"].unique() if 0 < other < level), default=0)


def _parents_by_name(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The same areas with the code of the area above where its name stands in place of it, and no other area has that name."""
    parents = table["parent_id"].copy()
    for level in sorted({int(each) for each in table["level"].unique() if each > 1}):
        above = table[table["level"] == _level_above(table, level)]
        by_name = above.drop_duplicates("name", keep=False).set_index("name")["area_id"]
        own = (table["level"] == level) & ~parents.isin(set(above["area_id"])) & parents.isin(set(by_name.index))
        parents[own] = parents[own].map(by_name)
    return table.assign(parent_id=parents)


def _with_gap(record: InputRecord, table: gpd.GeoDataFrame) -> InputRecord:
    """The record of one level, with a warning where its areas leave ground of the level above in none of them."""
    level = record.facts.get("level")
    if not isinstance(level, int) or level < 1:
        return record
    above = table[table["level"] == _level_above(table, level)]
    warnings = gap_warnings(table[table["level"] == level], above, level) if len(above) else ()
    return replace(record, warnings=(*record.warnings, *warnings)) if warnings else record


def _with_missing_parents(record: InputRecord, table: gpd.GeoDataFrame) -> InputRecord:
    """The record of one level, with a warning where its areas name areas above them that the level above has not."""
    level = record.facts.get("level")
    found = _level_above(table, level) if isinstance(level, int) and level > 1 else 0
    above = set(table["area_id"][table["level"] == found]) if found else set()
    if not above:
        return record
    own = table[table["level"] == level]
    lost = own[(own["parent_id"] != "") & ~own["parent_id"].isin(above)]
    if lost.empty:
        return record
    example = f"{lost['parent_id'].iloc[0]} of {lost['name'].iloc[0]}"[:80]
    text = f"{len(lost)} areas of level {level} name an area above them that is not there (such as {example})."
    values: dict[str, object] = {"count": len(lost), "level": level, "example": example}
    return replace(record, warnings=(*record.warnings, InputWarning("parents", text, values)))


def wrapped(boundaries: Boundaries) -> Boundaries:
    """The same areas with longitudes in 0..360, each in one piece across 180°."""
    return Boundaries(_moved(boundaries.table, longitude.shape_to_360), boundaries.records)


def _moved(table: gpd.GeoDataFrame, move: Callable[[BaseGeometry], BaseGeometry]) -> gpd.GeoDataFrame:
    """The same areas with each shape moved."""
    return table.set_geometry([move(shape) for shape in table.geometry], crs=table.crs)


def _own_units(path: Path, frame: gpd.GeoDataFrame, country: Country) -> tuple[gpd.GeoDataFrame, tuple[str, ...]]:
    """The rows of the country, where the file has a column that tells (alpha-2 first: Somaliland is SOL but SO)."""
    columns = {str(column).lower(): column for column in frame.columns}
    for names, own in ((_COUNTRY_2, country.iso2), (_COUNTRY_3, country.iso3)):
        for name in names:
            if name not in columns:
                continue
            codes = frame[columns[name]].astype(str).str.strip().str.upper().replace(_OWN_CODES)
            width = len(own)
            if not (codes.str.len() == width).any():
                continue  # the column is empty, or holds something else ("-99")
            mine = codes == own
            if not mine.any():
                if name == "adm0_pcode":
                    continue
                found = ", ".join(sorted(set(codes))[:5])
                raise InputError(f"{path}: holds no area of {country.name} ({own}) but of {found}; check the country")
            if mine.all():
                return frame, ()
            return frame[mine].reset_index(drop=True), (
                f"{int((~mine).sum())} areas of other countries were left out.",
            )
    return frame, ()


def _column(
    path: Path, columns: dict[str, object], asked: str | None, usual: tuple[str, ...], level: int
) -> str | None:
    """The column asked for (in any case), else the first of the usual ones that is there."""
    if asked is not None:
        if asked.lower() not in columns:
            raise InputError(f"{path}: has no column '{asked}'; it has {', '.join(map(str, columns.values()))}"[:400])
        return str(columns[asked.lower()])
    for candidate in usual:
        found = candidate.format(level=level)
        if found in columns:
            return str(columns[found])
    return None


def _table(
    frame: gpd.GeoDataFrame,
    level: int,
    name_column: str | None,
    code_column: str | None,
    parent_column: str | None,
    country: Country,
) -> tuple[gpd.GeoDataFrame, tuple[str, ...]]:
    """The table of :class:`Boundaries`, with names and unique codes made up (and said) where the file has none."""
    assumptions: tuple[str, ...] = ()
    if level > 0:
        frame, assumptions = _rows_of_one_area_joined(frame, name_column, code_column)
    numbers = [f"{country.iso3}-{level}-{number:03d}" for number in range(1, len(frame) + 1)]
    codes = _texts(frame, code_column)
    if level == 0 and len(frame) > 1:
        frame = gpd.GeoDataFrame(geometry=[shapely.union_all(frame.geometry.to_numpy())], crs=frame.crs)
        codes, names, parents = [country.iso3], [country.name], [""]
        assumptions += ("The shapes of level 0 were joined to one area.",)
    elif level == 0:
        codes, names, parents = [country.iso3], [country.name], [""]
    else:
        names, parents = _texts(frame, name_column), _texts(frame, parent_column)
        if not all(codes) or len(set(codes)) < len(codes):
            codes, added = _unique(codes, numbers)
            assumptions += (added,)
        if not all(names):
            names = [name or code for name, code in zip(names, codes, strict=True)]
            assumptions += ("Areas without a name are called by their code.",)
        parents = [parent or (country.iso3 if level == 1 else "") for parent in parents]
    return (
        gpd.GeoDataFrame(
            {"level": level, "area_id": codes, "name": names, "parent_id": parents},
            geometry=frame.geometry.to_numpy(),
            crs="EPSG:4326",
        ),
        assumptions,
    )


def _rows_of_one_area_joined(
    frame: gpd.GeoDataFrame, name_column: str | None, code_column: str | None
) -> tuple[gpd.GeoDataFrame, tuple[str, ...]]:
    """Rows with a code and a name that are alike in every column of text are parts of one area: its mainland, its islands.

    Those that differ in one stay apart: the county and the district of Mbarara share code and name, not their type.
    """
    codes, names = _texts(frame, code_column), _texts(frame, name_column)
    words = [_texts(frame, column) for column in frame.columns if pd.api.types.is_string_dtype(frame[column])]
    key = [
        "\n".join([code, name, *(column[row] for column in words)]) if code and name else str(row)
        for row, (code, name) in enumerate(zip(codes, names, strict=True))
    ]
    if len(set(key)) == len(key):
        return frame, ()
    whole = frame.geometry.groupby(key, sort=False).agg(lambda parts: shapely.union_all(parts.to_numpy()))
    first = frame[~pd.Series(key, index=frame.index).duplicated()]
    added = f"{len(frame) - len(first)} rows are further pieces of an area and were joined with it."
    return first.set_geometry(list(whole), crs=frame.crs).reset_index(drop=True), (added,)


def _code_warnings(frame: gpd.GeoDataFrame, code_column: str | None, level: int) -> tuple[InputWarning, ...]:
    """Codes that several areas share, beside the pieces of one."""
    if level == 0 or code_column is None:
        return ()
    areas = pd.DataFrame({"code": _texts(frame, code_column), "rest": range(len(frame))})
    words = [_texts(frame, column) for column in frame.columns if pd.api.types.is_string_dtype(frame[column])]
    areas["rest"] = ["\n".join(parts) for parts in zip(*words, strict=True)] if words else areas["rest"]
    kinds = areas[areas["code"] != ""].drop_duplicates()["code"].value_counts()
    shared = kinds[kinds > 1]
    if shared.empty:
        return ()
    count = int((shared - 1).sum())
    values: dict[str, object] = {"count": count, "level": level, "example": str(shared.index[0])[:60]}
    text = (
        f"{count} areas of level {level} share a code with another (such as {str(shared.index[0])[:60]}); they were given "
        "codes of their own."
    )
    return (InputWarning("codes", text, values),)


def _unique(codes: list[str], numbers: list[str]) -> tuple[list[str], str]:
    """Codes made unique: a missing one is numbered, a repeated one gets a suffix."""
    seen: dict[str, int] = {}
    taken = set(codes)
    made = []
    for code, number in zip(codes, numbers, strict=True):
        candidate = code or number
        seen[candidate] = seen.get(candidate, 0) + 1
        if seen[candidate] > 1:
            suffix = seen[candidate]
            while f"{candidate}.{suffix}" in taken:
                suffix += 1
            candidate = f"{candidate}.{suffix}"
            taken.add(candidate)
        made.append(candidate)
    changed = sum(old != new for old, new in zip(codes, made, strict=True))
    return made, f"{changed} areas had no code of their own and were numbered."


def _texts(frame: gpd.GeoDataFrame, column: str | None) -> list[str]:
    """A column as stripped text, "" where there is nothing."""
    if column is None:
        return [""] * len(frame)
    # A GeoJSON property may be a list, which is neither missing nor not.
    # A code that is a number in one file and a text in another is the same.
    whole = [int(value) if isinstance(value, float) and value.is_integer() else value for value in frame[column]]
    return ["" if np.ndim(value) == 0 and pd.isna(value) else str(value).strip() for value in whole]
