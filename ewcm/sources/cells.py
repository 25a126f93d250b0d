"""Radio cells and sites: OpenCelliD/MLS exports and site lists of operators and regulators."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from ewcm.core import grid, longitude
from ewcm.core.channels import TECHNOLOGIES
from ewcm.core.input_warning import InputWarning
from ewcm.core.record import GRADE, InputRecord, Meta, record_of
from ewcm.countries import Country
from ewcm.errors import InputError
from ewcm.sources.cell_sites import SITE_COLUMNS, sorted_sites
from ewcm.sources.files import check_file, first_line, read_text
from ewcm.sources.position import Bbox, check_position
from ewcm.sources.tables import (
    facts_of,
    made_of_starter,
    numbers,
    parse_pieces,
    read_headed,
    read_heading,
    reasons_text,
    warning_of,
)
from ewcm.sources.vectors import read_vector

#: Columns of an OpenCelliD or Mozilla Location Service export, in order.
CELL_COLUMNS = [
    "radio", "mcc", "net", "area", "cell", "unit", "lon", "lat",
    "range", "samples", "changeable", "created", "updated", "averageSignal",
]  # fmt: skip

#: Those that are used beside the first three: each row has another number.
_NUMERIC_COLUMNS = ("cell", "lon", "lat", "updated")

#: Names of the radio standards as exports and site lists write them.
TECHNOLOGY_OF = {
    "GSM": "2G", "UMTS": "3G", "WCDMA": "3G", "HSPA": "3G", "LTE": "4G", "LTE-A": "4G", "NR": "5G",
    **{technology: technology for technology in TECHNOLOGIES},
}  # fmt: skip

#: Names of a standard on 4G masts that carries no warning to a phone.
_NB_IOT = ("NB-IOT", "NBIOT", "NB_IOT", "NB IOT")

#: Rows of a site list that share a ``site_id`` and stand farther apart than this [km] are different sites.
_ONE_SITE_KM = 1.0

#: Largest network number (a CDMA system identifier has 15 bits) and cell number (5G: 36 bits).
_LARGEST_NET, _LARGEST_CELL = 2**16 - 1, 2**36 - 1

#: Limits of the numbers a site list may state: (lowest, highest), both allowed.
_LIMITS = {
    "frequency_mhz": (30.0, 100_000.0),
    "eirp_dbm": (-20.0, 120.0),
    "height_m": (0.5, 1000.0),
    "azimuth_deg": (-360.0, 360.0),
    "beamwidth_deg": (1.0, 360.0),
}


@dataclass(frozen=True)
class Sites:
    """Transmitters, one row a site (or sector) and technology. ``records``: one a file read.

    Rows of one ``site_id`` may differ in position: crowd-sourced cells keep each its own (estimated) place, which is
    what the circle model is asked for; the propagation model merges rows by ``site_id``, technology and operator.
    """

    table: pd.DataFrame
    records: tuple[InputRecord, ...]


def read_cells(path: Path, country: Country, meta: Meta | None = None, bbox: Bbox | None = None) -> Sites:
    """Read an OpenCelliD/MLS export (.csv or .csv.gz), with or without its header.

    One row for every distinct technology, operator (``MCC-MNC``) and position. ``site_id`` is ``MCC-MNC-e<eNodeB>`` for
    LTE (cell number // 256), else ``MCC-MNC-<technology>-<lat>,<lon>`` of a grid of about 200 m. Rows that cannot be
    used are counted by reason in the record. Raises :class:`InputError` when none is left.
    """
    meta = meta or Meta()
    text, assumptions = read_text(path)
    first = first_line(text)
    names, separator, start = list(CELL_COLUMNS), ",", 0
    if "radio" in first.lower() and "lat" in first.lower():
        names, separator, start = read_heading(path, text)
        lacking = [name for name in ("radio", "mcc", "net", "cell", "lon", "lat") if name not in names]
        if lacking:
            raise InputError(f"{path}: has no column {', '.join(lacking)}; a cell export has {','.join(CELL_COLUMNS)}")
    elif first.count(",") != len(CELL_COLUMNS) - 1 and first.count(",") + 1 < 8:
        raise InputError(
            f"{path}: is not a cell export; its lines should be {','.join(CELL_COLUMNS)} (a site list goes under "
            "[[sites]])"
        )
    else:
        assumptions += ("The file has no header; its columns were taken in the order of OpenCelliD.",)
    found = _Cells(country)
    wanted = (*CELL_COLUMNS[:3], *_NUMERIC_COLUMNS, GRADE)
    for table, long_lines in parse_pieces(text, start, names, wanted, _NUMERIC_COLUMNS, separator):
        found.add(table, long_lines)
    del text
    if not found.rows - found.broken["with too many fields"]:
        raise InputError(f"{path}: holds a header and no cells; download or export it again")
    cells, broken = found.usable(), found.broken
    if cells.empty:
        if broken["of another country (MCC)"]:
            mccs = ", ".join(str(mcc) for mcc in country.mccs)
            raise InputError(
                f"{path}: holds no cell of {country.name} (MCC {mccs}) but of MCC {', '.join(found.mccs)}; check the country"
            )
        raise InputError(
            f"{path}: holds no usable cell of {found.rows - broken['with too many fields']} rows "
            f"({reasons_text(broken)}); check its columns"
        )
    warnings = check_position(
        path, "cells", cells["lat"].to_numpy(), cells["lon"].to_numpy(), country, bbox or country.bbox
    )
    if not country.mccs:
        assumptions += (
            f"The mobile country codes of {country.name} are not known to the engine; every MCC was taken.",
        )
    counted, count = cells["technology"].value_counts(), len(cells)
    rows, per_site = sorted_sites(cells.drop_duplicates(["technology", "operator", "lat", "lon"]))
    del cells
    warnings += warning_of(broken, found.rows)
    assumptions += (
        f"{count} cells stand at {len(rows)} distinct positions; they were joined to {per_site} sites "
        "(LTE by eNodeB, others within about 200 m).",
    )
    if not meta.date and 1e9 < found.newest < 4e9:  # a time in seconds since 1970
        meta = Meta(**(vars(meta) | {"date": f"{pd.Timestamp(found.newest, unit='s'):%Y-%m-%d}"}))
    record = record_of(
        "cells",
        path,
        meta,
        format="CSV",
        crs="EPSG:4326",
        assumptions=assumptions,
        warnings=warnings,
        starter=found.starter,
        facts={
            "rows": found.rows,
            "cells": {str(name): int(number) for name, number in counted.sort_index().items() if number},
            "positions": len(rows),
            "sites": per_site,
            "operators": sorted(rows["operator"].unique().tolist()),
            **facts_of(broken),
            "extent": _extent(rows),
        },
    )
    return Sites(rows, (record,))


class _Cells:
    """The usable rows of an export, added some at a time, and the number of the others by reason."""

    def __init__(self, country: Country) -> None:
        self._country = country
        self._parts: list[pd.DataFrame] = []
        self.rows = 0
        self.broken: dict[str, int] = {"with too many fields": 0}
        self.newest = 0.0  # seconds since 1970
        self.starter = False
        self.mccs: list[str] = []  # the first five that stand there

    def add(self, table: pd.DataFrame, long_lines: int) -> None:
        """Rows as text, and how many lines beside them had too many fields."""
        cells, broken = _clean_cells(table, self._country, long_lines)
        self.rows += len(table) + long_lines
        for reason, count in broken.items():
            self.broken[reason] = self.broken.get(reason, 0) + count
        self.starter |= made_of_starter(table)
        self.mccs = sorted({*self.mccs, *table["mcc"].unique()})[:5]
        if "updated" in cells:
            self.newest = max(self.newest, float(np.nanmax(numbers(cells.pop("updated")), initial=0)))
        self._parts.append(cells)

    def usable(self) -> pd.DataFrame:
        """Columns ``technology`` and ``operator`` (categories, in the order of their texts), ``lat``, ``lon``, ``cell``."""
        for name in ("technology", "operator"):
            texts = sorted({text for part in self._parts for text in part[name].cat.categories})
            for part in self._parts:
                part[name] = part[name].cat.set_categories(texts)
        return pd.concat(self._parts, ignore_index=True)


def _clean_cells(table: pd.DataFrame, country: Country, long_lines: int) -> tuple[pd.DataFrame, dict[str, int]]:
    """The usable rows with typed columns, and the number of the others by reason (each row under its first reason)."""
    code, texts = pd.factorize(table["radio"])
    radio = pd.Index(texts).str.strip().str.upper()
    technology = radio.map(TECHNOLOGY_OF)
    mcc, net = (_few_numbers(table[name]) for name in ("mcc", "net"))
    cell, lat, lon = (numbers(table[name]) for name in ("cell", "lat", "lon"))
    reasons = {
        "with too many fields": None,
        "of another radio standard (CDMA)": np.asarray(radio == "CDMA")[code],
        "of NB-IoT, which is for devices and not for phones": np.asarray(radio.isin(_NB_IOT))[code],
        "of no known radio standard": np.asarray(technology.isna())[code],
        "of another country (MCC)": np.isfinite(mcc) & ~np.isin(mcc, country.mccs) if country.mccs else None,
        "with a broken network or cell number": ~(
            (mcc >= 0) & (mcc <= 999) & (net >= 0) & (net <= _LARGEST_NET) & (cell >= 0) & (cell <= _LARGEST_CELL)
        ),
        "with no position": ~(np.isfinite(lat) & np.isfinite(lon)),
        "at 0°, 0°": (lat == 0) & (lon == 0),
        "with an impossible position": ~((np.abs(lat) <= 90) & (np.abs(lon) <= 180)),
    }
    usable = np.ones(len(table), dtype=bool)
    broken = {}
    for reason, bad in reasons.items():
        hit = usable & bad if bad is not None else np.zeros(len(table), dtype=bool)
        broken[reason] = int(hit.sum())
        usable &= ~hit
    broken["with too many fields"] = long_lines
    cells = pd.DataFrame({"lat": lat[usable], "lon": lon[usable], "cell": cell[usable]})
    cells["technology"] = pd.Categorical(np.asarray(technology, dtype=object)[code[usable]])
    pairs, which = np.unique(
        mcc[usable].astype(np.int64) * (_LARGEST_NET + 1) + net[usable].astype(np.int64), return_inverse=True
    )
    named = [f"{pair // (_LARGEST_NET + 1)}-{str(pair % (_LARGEST_NET + 1)).zfill(2)}" for pair in pairs.tolist()]
    cells["operator"] = pd.Categorical(np.array(named, dtype=object)[which])
    if "updated" in table.columns:
        cells["updated"] = table["updated"].to_numpy()[usable]
    return cells, broken


def _few_numbers(column: pd.Series) -> np.ndarray:
    """As :func:`numbers`, of a column with few different texts."""
    code, texts = pd.factorize(column)
    return numbers(pd.Series(texts, dtype=column.dtype))[code]


def read_sites(path: Path, country: Country, meta: Meta | None = None, bbox: Bbox | None = None) -> Sites:
    """Read a site list of an operator or regulator: CSV, or a GeoPackage of points.

    Columns ``site_id, lat, lon, technology`` and optionally ``operator, frequency_mhz, eirp_dbm, height_m, azimuth_deg,
    beamwidth_deg``. Several technologies in one field are separated by ``;``, ``/``, ``+`` or ``|``. Raises
    :class:`InputError` when a needed column is missing or no row is usable; broken rows are counted in the record.
    """
    meta = meta or Meta()
    assumptions: tuple[str, ...]
    if path.suffix.lower() == ".gpkg":
        table, lost_lines, assumptions = _site_points(path), 0, ()
    else:
        check_file(path)
        text, assumptions = read_text(path)
        table, lost_lines = read_headed(path, text)
    lacking = [name for name in ("lat", "lon", "technology") if name not in table.columns]
    if lacking:
        raise InputError(
            f"{path}: has no column {', '.join(lacking)}; a site list has {','.join(SITE_COLUMNS)} (all after technology "
            "may be left out)"
        )
    if not len(table):
        raise InputError(f"{path}: holds no sites; fill it, or remove it from the inputs")
    unknown = [str(name) for name in table.columns if name not in (*SITE_COLUMNS, GRADE, "geometry")]
    if unknown:
        assumptions += (f"Columns that are not read: {', '.join(unknown[:20])}.",)
    if "site_id" not in table.columns:
        table["site_id"] = [f"site-{number}" for number in range(1, len(table) + 1)]
        assumptions += ("The list has no site_id; its rows were numbered.",)
    sites, broken, more = _clean_sites(table, lost_lines)
    if sites.empty:
        raise InputError(
            f"{path}: holds no usable site of {len(table)} rows ({reasons_text(broken)}); see data/templates/sites.csv"
        )
    warnings = check_position(
        path, "sites", sites["lat"].to_numpy(), sites["lon"].to_numpy(), country, bbox or country.bbox
    )
    warnings += more
    warnings += warning_of(broken, len(table) + lost_lines)
    halves = int(
        (sites["azimuth_deg"].isna() != (sites["beamwidth_deg"].isna() | (sites["beamwidth_deg"] == 360))).sum()
    )
    if halves:
        assumptions += (
            f"{halves} rows have a direction without a beamwidth, or a beamwidth without a direction: they are taken to "
            "radiate all round.",
        )
    record = record_of(
        "sites",
        path,
        meta,
        format="GPKG" if path.suffix.lower() == ".gpkg" else "CSV",
        crs="EPSG:4326",
        assumptions=assumptions,
        warnings=warnings,
        starter=made_of_starter(table),
        facts={
            "rows": len(table) + lost_lines,
            "sites": int(sites["site_id"].nunique()),
            "technologies": {
                name: int(count) for name, count in sites["technology"].value_counts().sort_index().items()
            },
            "operators": sorted(sites["operator"].unique().tolist()),
            **facts_of(broken),
            "extent": _extent(sites),
        },
    )
    return Sites(sites, (record,))


def _site_points(path: Path) -> pd.DataFrame:
    """A GeoPackage of points as a site table; positions from the geometry."""
    points: gpd.GeoDataFrame = read_vector(path).frame
    points = points[points.geometry.notna() & ~points.geometry.is_empty]
    if not (points.geom_type == "Point").all():
        raise InputError(f"{path}: holds shapes that are not points; a site list is a layer of points")
    table = pd.DataFrame(points.drop(columns=points.geometry.name)).astype(str)
    table = table.replace({"None": "", "nan": "", "<NA>": ""})
    table.columns = [str(name).strip().lower() for name in table.columns]
    table["lat"], table["lon"] = points.geometry.y.astype(str), points.geometry.x.astype(str)
    return table


def _clean_sites(table: pd.DataFrame, lost_lines: int) -> tuple[pd.DataFrame, dict[str, int], tuple[InputWarning, ...]]:
    """Usable rows, one a technology; the number of the others by reason; warnings about single numbers."""
    table = table.assign(
        site_id=table["site_id"].str.strip(),
        operator=table["operator"].str.strip() if "operator" in table.columns else "",
        lat=numbers(table["lat"]),
        lon=numbers(table["lon"]),
        technology=table["technology"].map({text: _technologies(text) for text in table["technology"].unique()}),
    )
    lat, lon = table["lat"], table["lon"]
    reasons = {
        "with no position": lat.isna() | lon.isna(),
        "at 0°, 0°": (lat == 0) & (lon == 0),
        "with an impossible position": (lat.abs() > 90) | (lon.abs() > 360),
        "with no known technology": table["technology"].map(len) == 0,
    }
    broken = {"with too many fields": lost_lines}
    usable = pd.Series(True, index=table.index)
    for reason, bad in reasons.items():
        broken[reason] = int((usable & bad).sum())
        usable &= ~bad
    sites = table[usable].explode("technology", ignore_index=True)
    sites["lon"] = longitude.to_180(sites["lon"])
    warnings: tuple[InputWarning, ...] = ()
    for name, (low, high) in _LIMITS.items():
        values = numbers(sites[name]) if name in sites.columns else np.full(len(sites), np.nan)
        wrong = (values < low) | (values > high)
        if wrong.any():
            values_out: dict[str, object] = {"count": int(wrong.sum()), "column": name, "low": low, "high": high}
            text = f"{int(wrong.sum())} values of {name} lie outside {low:g}..{high:g} and were not used."
            warnings += (InputWarning("values", text, values_out),)
        sites[name] = np.where(wrong, np.nan, values)
    nameless = sites["site_id"] == ""
    if nameless.any():
        sites.loc[nameless, "site_id"] = [f"site-{number}" for number in range(1, int(nameless.sum()) + 1)]
        text = f"{int(nameless.sum())} rows have no site_id and were numbered."
        warnings += (InputWarning("nameless", text, {"rows": int(nameless.sum())}),)
    apart = _apart(sites)
    if apart.any():
        place = sites["lat"].map("{:.4f}".format) + "," + sites["lon"].map("{:.4f}".format)
        sites["site_id"] = sites["site_id"].mask(apart, sites["site_id"] + " @ " + place)
        text = (
            f"{int(apart.sum())} rows stand more than {_ONE_SITE_KM:g} km from another row of their site_id; each such place "
            "was taken as a site of its own."
        )
        warnings += (InputWarning("apart", text, {"rows": int(apart.sum()), "km": _ONE_SITE_KM}),)
    return sites[list(SITE_COLUMNS)].reset_index(drop=True), broken, warnings


def _apart(sites: pd.DataFrame) -> np.ndarray:
    """Rows that stand farther than ``_ONE_SITE_KM`` from the first row of their ``site_id``: they are another site."""
    first = sites.groupby("site_id")[["lat", "lon"]].transform("first")
    km = grid.distance_km(*(sites["lat"], sites["lon"], first["lat"], first["lon"]))  # type: ignore[arg-type]
    return np.asarray(km > _ONE_SITE_KM)


def _technologies(text: str) -> list[str]:
    """``"GSM/LTE"`` → ``["2G", "4G"]``; empty when any part is not a technology. What is for devices only is left out."""
    parts = [part.strip().upper() for part in re.split(r"[;/+|,]", str(text)) if part.strip()]
    found = [TECHNOLOGY_OF.get(part) for part in parts if part not in _NB_IOT]
    return [] if None in found else sorted({name for name in found if name is not None})


def _extent(table: pd.DataFrame) -> list[float]:
    """[west, south, east, north] in degrees."""
    return [float(table["lon"].min()), float(table["lat"].min()), float(table["lon"].max()), float(table["lat"].max())]


def joined(parts: list[Sites]) -> Sites | None:
    """Several files as one; None when there is none."""
    if not parts:
        return None
    tables: list[pd.DataFrame] = []
    taken: set[str] = set()
    for number, part in enumerate(parts, start=1):
        table = part.table
        if all(record.layer == "sites" for record in part.records):
            # Two lists may both begin to count at 1: what they call by one name are two sites, unless they stand together.
            apart = _apart(pd.concat([*tables, table], ignore_index=True))[-len(table) :]
            double = apart & table["site_id"].isin(taken).to_numpy()
            table = table.assign(site_id=table["site_id"].mask(double, table["site_id"] + f" (list {number})"))
        taken |= set(table["site_id"])
        tables.append(table)
    table = pd.concat(tables, ignore_index=True)
    return Sites(table, tuple(record for part in parts for record in part.records))
