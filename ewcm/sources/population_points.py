"""People as points (the tables of HRSL: latitude, longitude, population), summed onto a grid.

No person is moved but within the grid cell that they live in, and none is shared out: a cell holds the exact sum of its points.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import rasterio
from affine import Affine

from ewcm.core.input_warning import InputWarning
from ewcm.core.record import GRADE, Meta, grade_of, record_of
from ewcm.countries import Country
from ewcm.errors import InputError, one_line
from ewcm.sources.files import read_text
from ewcm.sources.headings import columns_of, words_of
from ewcm.sources.people_columns import factor_of_heading
from ewcm.sources.population import Population, read_population
from ewcm.sources.quantities import decimal_sign, notes_on_numbers, numbers_of
from ewcm.sources.tables import numbers, parse_pieces, read_heading

#: Endings of tables of people.
POINT_SUFFIXES = (".csv", ".csv.gz", ".txt", ".tsv")

#: The grid onto which points are summed, where nobody states another [arc seconds]: that of WorldPop's 1 km.
STEP_ARCSEC = 30.0

#: Finest and coarsest grid that may be stated [arc seconds].
STEPS_ARCSEC = (1.0, 600.0)

#: Grid cells of a country at most: those of a box of 60° at 3″.
_MOST_CELLS = 400_000_000

_PEOPLE = {
    "population",
    "people",
    "pop",
    "habitants",
    "habitantes",
    "poblacion",
    "populacao",
    "persons",
    "personas",
    "pessoas",
}

#: Words beside people in the heading of a column that does not count them.
_NO_COUNT = {
    *("density", "densite", "densidad", "densidade", "km2", "sqkm", "rate", "growth", "share", "percent", "pct", "name", "code"),
    *("year", "source", "covered", "served", "target", "male", "female", "men", "women", "hommes", "femmes", "hombres"),
    *("mujeres", "homens", "mulheres"),
}  # fmt: skip

#: How totals are called.
_TOTAL = re.compile(
    r"\s*(?:(?:grand|sub|sous)[\s-]?)?(?:total|totaux|totales|totais|somme|suma|soma)\b|.*\btotal\s*$", re.IGNORECASE
)

#: So many columns of a table are looked through for such words.
_MOST_NAMES = 12

#: Tables of more points are those of a modelled surface, in which none stands twice.
_MOST_COMPARED = 2_000_000

#: No point stands for more people.
_MOST_AT_A_POINT = 1e7


def is_points(path: Path) -> bool:
    """Whether a file of people is called a table."""
    return path.name.lower().endswith(POINT_SUFFIXES)


def read_population_points(
    path: Path, country: Country, *, step_arcsec: float | None = None, meta: Meta | None = None, **more: Any
) -> Population:
    """Sum a table of points with people onto a grid of degrees, its lines at whole multiples of its step.

    ``more``: as of :func:`ewcm.sources.population.read_population`, which the sums then go through like any raster. Rows without
    a position or a number of people are counted. Raises :class:`InputError` for a table without the three columns.
    """
    step = step_arcsec or STEP_ARCSEC
    if not STEPS_ARCSEC[0] <= step <= STEPS_ARCSEC[1]:
        raise InputError(f"{path}: step_arcsec = {step:g} is none; give {STEPS_ARCSEC[0]:g} to {STEPS_ARCSEC[1]:g}")
    sums, corner, stated = _summed(path, step)
    with _as_raster(sums, corner, step) as raster:
        try:
            found = read_population(raster, country, **more)
        except InputError as error:
            raise InputError(str(error).replace(str(raster), str(path))) from error
    record = found.record
    lost = stated["lost"]
    warnings = record.warnings
    if lost:
        text = (
            f"{lost} of {stated['rows']} rows were not used: without a position or a possible number of people, or totals "
            f"(such as '{stated['example']}')."
        )
        warnings += (InputWarning("rows", text, {"lost": lost, "rows": stated["rows"]}),)
    if stated["twice"]:
        values = {"count": stated["twice"], "people": round(stated["people_twice"])}
        text = (
            f"{stated['twice']} rows say the same people at the same place as another row, {stated['people_twice']:,.0f} people "
            "in all, and were counted too; take them out, if they are copies."
        )
        warnings += (InputWarning("people_twice", text, values),)
    notes = (
        f"{stated['rows'] - lost} points of '{stated['column']}' were summed onto a grid of {step:g} arc seconds, "
        f"{stated['people']:,.0f} people in all.",
    )
    own = record_of(
        "population",
        path,
        meta or Meta(),
        format="CSV",
        crs="EPSG:4326",
        assumptions=(*stated["assumptions"], *notes, *record.assumptions),
        warnings=warnings,
        grade=stated["grade"],
        facts={**record.facts, "points": stated["rows"] - lost, "not_used": lost},
    )
    return replace(found, record=own)


def _summed(path: Path, step: float) -> tuple[np.ndarray, tuple[int, int], dict[str, Any]]:
    """Sums of people (float64, rows from the north), the row and column of its first cell counted from 90° N and 180° W, and what
    is to be said."""
    text, assumptions = read_text(path)
    names, separator, start = read_heading(path, text)
    wanted = _columns(path, names)
    step_deg = step / 3600.0
    factor, unit = factor_of_heading(wanted[2])
    if unit:
        assumptions += (f"Column '{one_line(wanted[2], 60)}' was read as {unit} of people.",)
    seen: list[np.ndarray] = []
    rows_all: list[np.ndarray] = []
    cols_all: list[np.ndarray] = []
    sums_all: list[np.ndarray] = []
    rows = lost = 0
    people = 0.0
    example, grade, decimal = "", "", ""
    # Columns of names may say of a row that it is the total of others.
    named = [name for name in names if name not in wanted][:_MOST_NAMES]
    kept = [*wanted, *named]
    numeric = wanted if separator == "," else []  # with another separator the numbers may have decimal commas
    for table, long_lines in parse_pieces(text, start, names, kept, numeric, separator):
        if not rows and separator != ",":
            first = [text for name in wanted for text in table[name].head(1000)]
            decimal = decimal_sign(table[wanted[0]].head(1000))
            assumptions += notes_on_numbers(first, decimal) if decimal == "," else ()
        lat, lon = (_floats(table[name], decimal) for name in wanted[:2])
        count = _floats(_without_thousands(table[wanted[2]], decimal), decimal) * factor
        grade = grade_of([grade, *(table[GRADE].unique() if GRADE in table else ())])
        is_total = np.zeros(len(table), dtype=bool)
        for name in named:
            is_total |= table[name].astype(str).str.match(_TOTAL).to_numpy(dtype=bool)
        good = ~is_total & (np.abs(lat) <= 90) & (np.abs(lon) <= 360) & (count >= 0) & (count <= _MOST_AT_A_POINT)
        rows += len(table) + long_lines
        lost += long_lines + int((~good).sum())
        if not example and not good.all():
            example = ", ".join(str(table[name].iloc[int((~good).argmax())])[:20] for name in wanted)
        people += float(count[good].sum())
        if rows <= _MOST_COMPARED:
            seen.append(np.stack([lat[good], lon[good], count[good]], axis=1))
        row, col, total = _cells(lat[good], lon[good], count[good], step_deg)
        rows_all.append(row)
        cols_all.append(col)
        sums_all.append(total)
    if rows == lost:
        raise InputError(f"{path}: holds no point with a position and people (of {rows} rows); check its columns")
    row, col, total = (np.concatenate(parts) for parts in (rows_all, cols_all, sums_all))
    top, left = int(row.min()) - 1, int(col.min()) - 1
    shape = (int(row.max()) - top + 2, int(col.max()) - left + 2)
    if shape[0] * shape[1] > _MOST_CELLS:
        raise InputError(
            f"{path}: its points lie in {shape[1]} x {shape[0]} grid cells of {step:g} arc seconds, above the limit of "
            f"{_MOST_CELLS:.0e}; clip it to the country, or state a larger step_arcsec"
        )
    sums = np.bincount((row - top) * shape[1] + (col - left), weights=total, minlength=shape[0] * shape[1])
    twice, of_them = _stand_twice(np.concatenate(seen) if seen else np.empty((0, 3)))
    stated = {
        "twice": twice, "people_twice": of_them,
        "rows": rows, "lost": lost, "people": people, "example": example or "too many fields", "grade": grade,
        "column": wanted[2], "assumptions": assumptions,
    }  # fmt: skip
    return sums.reshape(shape), (top, left), stated


def _stand_twice(points: np.ndarray) -> tuple[int, float]:
    """How many points (latitude, longitude, people) of somebody say what another says, and the people of them."""
    lived_in = points[points[:, 2] > 0]
    whole, count = np.unique(lived_in, axis=0, return_counts=True)
    return int((count - 1).sum()), float(((count - 1) * whole[:, 2]).sum())


def _cells(lat: np.ndarray, lon: np.ndarray, people: np.ndarray, step: float) -> tuple[np.ndarray, ...]:
    """Row and column of the cells that points lie in, each once, and the sums. A point on a line belongs to the cell south or
    east of it, within a millionth of a cell."""
    row = np.floor((90.0 - lat) / step + 1e-6).astype(np.int64)
    col = np.floor((lon + 180.0) / step + 1e-6).astype(np.int64)
    key, which = np.unique(row << 32 | (col + (1 << 30)), return_inverse=True)
    return key >> 32, (key & 0xFFFFFFFF) - (1 << 30), np.bincount(which, weights=people, minlength=key.size)


def _without_thousands(column: pd.Series, decimal: str) -> pd.Series:
    """Texts such as 1,071.16 without the signs between thousands."""
    if decimal == "," or column.dtype.kind in "fiu":
        return column
    grouped = column.astype(str).str.fullmatch(r"\s*\d{1,3}([,'’\s]\d{3})+(\.\d+)?\s*")
    plain = column.astype(str).str.replace(r"[,'’\s]", "", regex=True)
    return plain.where(grouped, column) if grouped.any() else column


def _floats(column: pd.Series, decimal: str) -> np.ndarray:
    return numbers_of(column, "degrees", decimal, False).values if decimal == "," else numbers(column)


def people_of_points(names: Sequence[str]) -> list[str]:
    """The columns that may hold the people of points: by their headings, as HRSL has them too (``uga_general_2020``)."""
    return [
        name
        for name in names
        if (set(words := words_of(name)) & _PEOPLE and not set(words) & _NO_COUNT and "%" not in name)
        or words[:1] == ["hrsl"]
        or ("general" in words and len(names) == 3)
    ]


def _columns(path: Path, names: list[str]) -> list[str]:
    """The columns of latitude, longitude and people."""
    found = columns_of(names).columns
    people = people_of_points(names)
    if "lat" not in found or "lon" not in found or not people:
        raise InputError(
            f"{path}: has not the columns of people as points (latitude, longitude, population); it has {', '.join(names[:12])}"
        )
    if len(people) > 1:
        total = [name for name in people if {"total", "general"} & set(words_of(name))] or [
            name for name in people if words_of(name) == ["population"]
        ]
        if len(total) != 1:
            raise InputError(
                f"{path}: has several columns of people ({', '.join(people[:8])}); keep the one that is meant"
            )
        people = total
    return [found["lat"].heading, found["lon"].heading, people[0]]


@contextmanager
def _as_raster(sums: np.ndarray, corner: tuple[int, int], step: float) -> Iterator[Path]:
    """The sums as a raster that is read like any other."""
    top, left = corner
    step_deg = step / 3600.0
    with tempfile.TemporaryDirectory(prefix="ewcm-points-") as folder:
        path = Path(folder, "people.tif")
        transform = Affine(step_deg, 0, -180.0 + left * step_deg, 0, -step_deg, 90.0 - top * step_deg)
        with rasterio.open(
            path, "w", driver="GTiff", height=sums.shape[0], width=sums.shape[1], count=1, dtype="float64", crs="EPSG:4326",
            transform=transform, nodata=-1.0,
        ) as target:  # fmt: skip
            target.write(np.where(sums > 0, sums, -1.0), 1)
        yield path
