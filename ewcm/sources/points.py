"""Points that a user brings: schools, clinics and shelters (points of interest), or places where a site may be built."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import shapely

from ewcm.core import longitude
from ewcm.core.record import InputRecord, Meta, record_of
from ewcm.countries import Country
from ewcm.errors import InputError
from ewcm.sources.files import read_text
from ewcm.sources.position import Bbox, check_position
from ewcm.sources.tables import facts_of, made_of_starter, numbers, read_headed, reasons_text, warning_of
from ewcm.sources.vectors import VECTOR_SUFFIXES, read_vector

#: Columns of a table of points: texts, ``people`` and ``cost`` NaN where they are not stated, position [degrees, −180..180].
POINT_COLUMNS = ("point_id", "name", "kind", "people", "cost", "lat", "lon")

#: Other headings of the same columns, the first that a file has.
_ALIASES = {
    "lat": ("lat", "latitude", "y"),
    "lon": ("lon", "longitude", "long", "lng", "x"),
    "name": ("name", "facility name", "facility_name", "school name", "school_name", "nom", "nombre", "nome"),
    "kind": ("kind", "type", "amenity", "facility type", "facility_type", "category"),
    "people": ("people", "pupils", "students", "enrolment", "enrollment", "beds", "capacity"),
    "cost": ("cost",),
    "point_id": ("point_id", "candidate_id", "id", "osm_id", "giga_id_school"),
}

#: Positions this near to 0° north, 0° east [degrees] are those of nothing.
_NULL_ISLAND = 0.01


@dataclass(frozen=True)
class Points:
    """``table``: ``POINT_COLUMNS``, a row a point with a usable position, in the order of the file. ``not_used``: rows left out,
    by reason; with those of the table they are all rows of the file."""

    table: pd.DataFrame
    not_used: dict[str, int]
    records: tuple[InputRecord, ...]


def point_columns(headings: Collection[str]) -> set[str]:
    """Which columns of points some headings (in lower case) are taken for."""
    return {name for name, ways in _ALIASES.items() if any(way in headings for way in ways)}


def read_points(
    path: Path,
    country: Country,
    meta: Meta | None = None,
    bbox: Bbox | None = None,
    *,
    layer: str | None = None,
    kind: str = "",
    role: str = "poi",
) -> Points:
    """Read points from a CSV with a header (``lat`` and ``lon``, and optionally ``name``, ``kind``, ``people``, ``cost``), a
    GeoPackage or GeoJSON (of lines and areas, a point on them).

    ``layer``: of a file with several. ``kind``: of points that state none. ``role``: the layer of the record. Raises
    :class:`InputError` when a needed column is missing or no point is left; rows that cannot be used are counted by reason.
    """
    meta = meta or Meta()
    if path.suffix.lower() in VECTOR_SUFFIXES:
        vector = read_vector(path, layer)
        table, long_lines = _texts_of(vector.frame), 0
        form, crs, assumptions, starter = vector.format, vector.crs, vector.assumptions, vector.starter
    else:
        text, assumptions = read_text(path)
        table, long_lines = read_headed(path, text)
        form, crs, starter = "CSV", "EPSG:4326", made_of_starter(table)
    chosen = {name: next((one for one in names if one in table.columns), None) for name, names in _ALIASES.items()}
    if lacking := [name for name in ("lat", "lon") if chosen[name] is None]:
        raise InputError(
            f"{path}: has no column {', '.join(lacking)}; points need lat and lon (and name, kind, people)"
        )
    if not len(table):
        raise InputError(f"{path}: holds no points; fill it, or remove it from the inputs")
    points, broken = _clean(table, chosen, kind, path.stem)
    broken = {"with too many fields": long_lines, **broken}
    if points.empty:
        raise InputError(
            f"{path}: holds no usable point of {len(table) + long_lines} rows ({reasons_text(broken)}); check its columns"
        )
    lat, lon = points["lat"].to_numpy(), points["lon"].to_numpy()
    warnings = check_position(path, "points", lat, lon, country, bbox or country.bbox)
    warnings += warning_of(broken, len(table) + long_lines)
    used = [f"{given} as {name}" for name, given in chosen.items() if given not in (None, name)]
    if used:
        assumptions = (*assumptions, f"Columns were taken for others: {', '.join(used)}.")
    record = record_of(
        role,
        path,
        meta,
        format=form,
        crs=crs,
        assumptions=assumptions,
        warnings=warnings,
        starter=starter,
        facts={"rows": len(table) + long_lines, "points": len(points), **facts_of(broken)},
    )
    return Points(points, {reason: count for reason, count in broken.items() if count}, (record,))


def _texts_of(frame: pd.DataFrame) -> pd.DataFrame:
    """The attributes of a vector file as texts, names in lower case, with the position of a point on each shape."""
    shapes = frame.geometry.to_numpy()
    missing = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    inside = shapely.point_on_surface(np.where(missing, shapely.Point(0, 0), shapes))
    table = pd.DataFrame(frame.drop(columns=frame.geometry.name))
    table.columns = [str(name).strip().lower() for name in table.columns]
    table = table.loc[:, ~table.columns.duplicated()].drop(columns=["lat", "lon"], errors="ignore")
    table = table.astype(object).where(table.notna(), "").astype(str)
    x, y = np.where(missing, np.nan, shapely.get_x(inside)), np.where(missing, np.nan, shapely.get_y(inside))
    return table.assign(lat=[repr(float(value)) for value in y], lon=[repr(float(value)) for value in x])


def _clean(
    table: pd.DataFrame, chosen: dict[str, str | None], kind: str, stem: str
) -> tuple[pd.DataFrame, dict[str, int]]:
    """The usable points, and the number of the other rows by reason."""

    def text(name: str) -> pd.Series:
        column = chosen[name]
        return pd.Series("", index=table.index) if column is None else table[column].str.strip()

    def number(name: str) -> np.ndarray:
        column = chosen[name]
        found = np.full(len(table), np.nan) if column is None else numbers(table[column])
        return np.where(found >= 0, found, np.nan)

    lat, lon = numbers(table[chosen["lat"]]), numbers(table[chosen["lon"]])
    names, kinds = text("name"), text("kind")
    points = pd.DataFrame(
        {
            "point_id": text("point_id"),
            "name": names,
            "kind": kinds.where(kinds != "", kind),
            "people": number("people"),
            "cost": number("cost"),
            "lat": lat,
            "lon": lon,
        }
    )
    reasons = {
        "with no position": ~(np.isfinite(lat) & np.isfinite(lon)),
        "with an impossible position": ~((np.abs(lat) <= 90) & (np.abs(lon) <= 360)),
        "at 0° north, 0° east": (np.abs(lat) < _NULL_ISLAND) & (np.abs(lon) < _NULL_ISLAND),
        "that stand there twice": points.duplicated(["point_id", "name", "kind", "lat", "lon"]).to_numpy(),
    }
    usable = np.ones(len(table), bool)
    broken = {}
    for reason, bad in reasons.items():
        broken[reason] = int((usable & bad).sum())
        usable &= ~bad
    points = points[usable].reset_index(drop=True)
    points["lon"] = longitude.to_180(points["lon"])
    rank = np.flatnonzero(usable) + 1  # rows without an identifier are named by their line
    nameless = points["point_id"] == ""
    points.loc[nameless, "point_id"] = [f"{stem}-{row}" for row in rank[nameless.to_numpy()]]
    return points, broken


def joined(parts: list[Points]) -> Points | None:
    """Several files as one; None when there is none."""
    if not parts:
        return None
    reasons = dict.fromkeys(reason for part in parts for reason in part.not_used)
    return Points(
        pd.concat([part.table for part in parts], ignore_index=True),
        {reason: sum(part.not_used.get(reason, 0) for part in parts) for reason in reasons},
        tuple(record for part in parts for record in part.records),
    )
