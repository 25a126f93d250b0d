"""Radio cells and sites: OpenCelliD/MLS exports and site lists of operators and regulators."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from ewcm.core.channels import TECHNOLOGIES
from ewcm.core.record import GRADE, InputRecord, Meta, grade_of, record_of
from ewcm.countries import Country
from ewcm.errors import InputError
from ewcm.sources.cell_sites import sorted_sites
from ewcm.sources.coverage_cards import SERVICES
from ewcm.sources.files import first_line, read_text
from ewcm.sources.position import Bbox, check_position
from ewcm.sources.tables import (
    facts_of,
    grade_of_table,
    numbers,
    parse_pieces,
    read_heading,
    reasons_text,
    warning_of,
)

#: Columns of an OpenCelliD or Mozilla Location Service export, in order.
CELL_COLUMNS = [
    "radio", "mcc", "net", "area", "cell", "unit", "lon", "lat",
    "range", "samples", "changeable", "created", "updated", "averageSignal",
]  # fmt: skip

#: Names of some of them in the answers of OpenCelliD's interface and of apps.
_OTHER_NAMES = {
    "mnc": "net", "lac": "area", "tac": "area", "cellid": "cell", "cell_id": "cell", "cid": "cell", "ci": "cell",
    "longitude": "lon", "lng": "lon", "long": "lon", "latitude": "lat", "averagesignalstrength": "averagesignal",
}  # fmt: skip

#: Those that are used beside the first three: each row has another number.
_NUMERIC_COLUMNS = ("cell", "lon", "lat", "updated")

#: Names of the radio standards as exports and site lists write them.
TECHNOLOGY_OF = {
    "GSM": "2G", "UMTS": "3G", "WCDMA": "3G", "HSPA": "3G", "LTE": "4G", "LTE-A": "4G", "NR": "5G",
    **{technology: technology for technology in TECHNOLOGIES},
}  # fmt: skip

#: Names of a standard on 4G masts that carries no warning to a phone.
_NB_IOT = ("NB-IOT", "NBIOT", "NB_IOT", "NB IOT")


#: Largest network number (a CDMA system identifier has 15 bits) and cell number (5G: 36 bits).
_LARGEST_NET, _LARGEST_CELL = 2**16 - 1, 2**36 - 1


@dataclass(frozen=True)
class Sites:
    """Transmitters, one row a site (or sector) and technology. ``records``: one a file read.

    Rows of one ``site_id`` may differ in position: crowd-sourced cells keep each its own (estimated) place, which is
    what the circle model is asked for; the propagation model merges rows by ``site_id``, technology and operator.
    """

    table: pd.DataFrame
    records: tuple[InputRecord, ...]


def crowd_sourced(sites: Sites | None) -> tuple[str, ...]:
    """Technologies that crowd-sourced cells know and no list of sites does."""
    if sites is None:
        return ()
    cells: set[str] = set()
    listed: set[str] = set()
    for record in sites.records:
        stated = record.facts.get("cells" if record.layer == "cells" else "technologies")
        names = set(map(str, stated)) if isinstance(stated, Mapping | list | tuple) else set()
        if record.layer == "cells":
            cells |= names
        else:
            listed |= names
    return tuple(
        name for name in SERVICES.values() if name in cells - listed and (sites.table["technology"] == name).any()
    )


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
        names, said = _as_in_exports(names)
        assumptions += said
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
        grade=found.grade,
        facts={
            "rows": found.rows,
            "cells": {str(name): int(number) for name, number in counted.sort_index().items() if number},
            "positions": len(rows),
            "sites": per_site,
            "operators": sorted(rows["operator"].unique().tolist()),
            **facts_of(broken),
            "extent": extent_of_sites(rows),
        },
    )
    return Sites(rows, (record,))


def _as_in_exports(names: list[str]) -> tuple[list[str], tuple[str, ...]]:
    """The columns of a heading by their names in exports, where the interface of OpenCelliD calls them otherwise."""
    taken = {other: name for other, name in _OTHER_NAMES.items() if other in names and name not in names}
    first = {name: next(other for other in names if taken.get(other) == name) for name in set(taken.values())}
    renamed = [taken[name] if name in taken and first[taken[name]] == name else name for name in names]
    shown = ", ".join(f"{other} as {name}" for name, other in sorted(first.items()))
    return renamed, (f"Columns were taken by their headings: {shown}.",) if shown else ()


class _Cells:
    """The usable rows of an export, added some at a time, and the number of the others by reason."""

    def __init__(self, country: Country) -> None:
        self._country = country
        self._parts: list[pd.DataFrame] = []
        self.rows = 0
        self.broken: dict[str, int] = {"with too many fields": 0}
        self.newest = 0.0  # seconds since 1970
        self.grade = ""
        self.mccs: list[str] = []  # the first five that stand there

    def add(self, table: pd.DataFrame, long_lines: int) -> None:
        """Rows as text, and how many lines beside them had too many fields."""
        cells, broken = _clean_cells(table, self._country, long_lines)
        self.rows += len(table) + long_lines
        for reason, count in broken.items():
            self.broken[reason] = self.broken.get(reason, 0) + count
        self.grade = grade_of([self.grade, grade_of_table(table)])
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


def extent_of_sites(table: pd.DataFrame) -> list[float]:
    """[west, south, east, north] in degrees."""
    return [float(table["lon"].min()), float(table["lat"].min()), float(table["lon"].max()), float(table["lat"].max())]
