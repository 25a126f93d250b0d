"""The columns that a KML keeps in the descriptions of its shapes, as tables of two columns or as lines with a colon."""

from __future__ import annotations

import html
import re

import geopandas as gpd
import pandas as pd

from ewcm.errors import one_line

_ROW = re.compile(r"<tr\b", re.IGNORECASE)
_CELL = re.compile(r"<t[dh]\b[^>]*>(.*?)</t[dh]>", re.IGNORECASE | re.DOTALL)
_LINE_END = re.compile(r"<br\s*/?>|</p>|</li>|</div>|\n", re.IGNORECASE)
_TAG = re.compile(r"<[^>]*>")
_PAIR = re.compile(r"\s*([^:=<>]{1,60}?)\s*[:=]\s*(.*\S)\s*", re.DOTALL)

#: Longer descriptions are texts; more columns than this no such table has.
_LONGEST, _MOST_COLUMNS = 20_000, 100


def with_description_columns(frame: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, tuple[str, ...]]:
    """The shapes with what most of their descriptions name as columns, in place of these descriptions, and what to say; as they
    are where the descriptions are plain texts."""
    name = next((one for one in frame.columns if str(one).lower() == "description"), None)
    if name is None:
        return frame, ()
    rows = [pairs_of(text) if isinstance(text, str) else {} for text in frame[name]]
    counted: dict[str, int] = {}
    for row in rows:
        for key in row:
            counted[key] = counted.get(key, 0) + 1
    there = {str(one).casefold() for one in frame.columns}
    keys = [key for key, count in counted.items() if 2 * count >= len(rows) and key.casefold() not in there]
    if not keys or len(keys) > _MOST_COLUMNS:
        return frame, ()
    columns = pd.DataFrame({key: [row.get(key, "") for row in rows] for key in keys}, index=frame.index)
    found = frame.drop(columns=name).join(columns)
    shown = ", ".join(one_line(key, 40) for key in keys[:12])
    return found, (f"Columns were read from the descriptions of its shapes: {shown}.",)


def pairs_of(text: str) -> dict[str, str]:
    """The names and values of one description, of a table in it or else of its lines."""
    if len(text) > _LONGEST:
        return {}
    found: dict[str, str] = {}
    for row in _ROW.split(text)[1:]:
        cells = [_plain(cell) for cell in _CELL.findall(row)]
        if len(cells) == 2 and cells[0] and len(cells[0]) <= 60:
            found.setdefault(cells[0].rstrip(":").strip(), cells[1])
    if found:
        return found
    for line in _LINE_END.split(text):
        pair = _PAIR.fullmatch(_plain(line))
        if pair:
            found.setdefault(pair[1], pair[2])
    return found


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", html.unescape(_TAG.sub(" ", text))).strip()
