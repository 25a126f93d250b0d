"""Areas that stand as texts in the cells of a table: WKT, EWKT or WKB in hexadecimal digits, as databases write them."""

from __future__ import annotations

import re
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.errors import ShapelyError

from ewcm.errors import EwcmError, InputError, one_line
from ewcm.sources.headed import read_any_table
from ewcm.sources.vectors import Vector, in_degrees

_WKT = re.compile(r"(?:SRID=(\d+);)?\s*((?:MULTI)?POLYGON(?:\s+Z?M?)?\s*[(E].*)", re.IGNORECASE | re.DOTALL)
_WKB = re.compile(r"(?:\\x)?(0[01][0-9a-f]{60,})", re.IGNORECASE)


def is_table(path: Path) -> bool:
    """Whether a file is a table of text by its name."""
    return path.name.lower().endswith((".csv", ".csv.gz", ".tsv", ".txt"))


def holds_areas(path: Path) -> bool:
    """Whether a table has a column of areas."""
    try:
        table = read_any_table(path).table
    except (EwcmError, OSError):
        return False  # whoever reads it says why
    return _column(table) is not None


def read_areas(path: Path, crs: str | None = None) -> Vector:
    """The rows of a table with the areas in their cells, in EPSG:4326. ``crs``: in place of what EWKT and EWKB say. Raises
    :class:`InputError` in one line for a table without areas, and for cells that are damaged, with the row."""
    headed = read_any_table(path)
    column = _column(headed.table)
    if column is None:
        raise InputError(f"{path}: has no column of areas (WKT); give polygons, or a raster")
    shapes = np.array(
        [_shape(path, row, str(text)) for row, text in enumerate(headed.table[column], start=1)], dtype=object
    )
    systems = {int(number) for number in shapely.get_srid(shapes[shapes != None]) if number}  # noqa: E711
    if len(systems) > 1:
        raise InputError(
            f"{path}: its areas are in several coordinate systems ({', '.join(map(str, sorted(systems)))})"
        )
    own = f"EPSG:{systems.pop()}" if systems else None
    frame = gpd.GeoDataFrame(headed.table.drop(columns=column), geometry=shapely.set_srid(shapes, 0), crs=own)
    if frame.geometry.isna().all():
        raise InputError(f"{path}: holds no shapes; export it with its geometry")
    frame, name, assumptions = in_degrees(path, frame, crs)
    return Vector(frame, headed.format, name, (*headed.assumptions, *assumptions), warnings=tuple(headed.warnings))


def _column(table: pd.DataFrame) -> str | None:
    """The column of which most cells are areas."""
    for name in table.columns:
        texts = [str(text).strip() for text in table[name].head(200) if str(text).strip()]
        areas = [text for text in texts if _WKT.match(text) or _is_area(text)]
        if areas and 2 * len(areas) > len(texts):
            return str(name)
    return None


def _is_area(text: str) -> bool:
    """Whether a text is the WKB of a polygon."""
    found = _WKB.fullmatch(text)
    if found is None:
        return False
    kind = bytes.fromhex(found[1][2:10])
    number = int.from_bytes(kind, "little" if found[1][:2] == "01" else "big") & 0xFFFF
    return number % 1000 in (3, 6)


def _shape(path: Path, row: int, text: str) -> shapely.Geometry | None:
    """The shape of a cell; None of an empty one."""
    text = text.strip()
    if not text:
        return None
    try:
        if (binary := _WKB.fullmatch(text)) is not None:
            return shapely.from_wkb(binary[1])
        written = re.fullmatch(r"(?:SRID=(\d+);)?(.*)", text, re.IGNORECASE | re.DOTALL)
        assert written is not None, "the pattern matches any text"
        return shapely.set_srid(shapely.from_wkt(written[2]), int(written[1] or 0))
    except ShapelyError:
        raise InputError(
            f"{path}: row {row} holds no area that can be read ('{one_line(text, 40)}'), perhaps cut off at the 32,767 letters "
            "that a cell of a workbook holds; export it as a GeoPackage"
        ) from None
