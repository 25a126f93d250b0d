"""The row of units below the heading of a table: what each column is in, and no row of the list."""

from __future__ import annotations

import re
from dataclasses import replace

import pandas as pd

from ewcm.sources.headings import UNIT_WORDS, Found, words_of

#: Words of such a row that name no unit.
_OTHER_WORDS = {
    *("decimal", "degrees", "degree", "dd", "dms", "ddmmss", "wgs84", "wgs", "84", "text", "number", "string", "unit", "units"),
    *("unite", "unites", "unidad", "unidades", "unidade", "degres", "decimaux", "grados", "decimales", "graus", "decimais", "y"),
    *("n", "agl", "above", "ground", "level", "integer", "float", "date", "in", "en", "em", "yes", "no"),
}  # fmt: skip


def without_units(cells: pd.DataFrame, found: Found) -> tuple[pd.DataFrame, Found, tuple[str, ...]]:
    """A table without the row of units that stands first in it, its columns with these units, and what to say; as it is where
    it has none. ``cells``: texts."""
    first = {str(name): str(text) for name, text in cells.iloc[0].items() if text}
    named = {name: _unit(text) for name, text in first.items()}
    if not first or not any(named.values()) or not all(_is_of_units(text) for text in first.values()):
        return cells, found, ()
    columns = {
        name: replace(column, unit=named[column.heading]) if column.unit == "" and named.get(column.heading) else column
        for name, column in found.columns.items()
    }
    shown = ", ".join(f"{column.heading} in {column.unit}" for column in columns.values() if column.unit)
    note = "The first row below the heading holds units" + (f": {shown}." if shown else ".")
    return cells.iloc[1:].reset_index(drop=True), Found(columns, found.flags, found.owned), (note,)


def _unit(text: str) -> str:
    """The unit that a cell names; "" where it names none."""
    return next((UNIT_WORDS[word] for word in words_of(text) if word in UNIT_WORDS), "")


def _is_of_units(text: str) -> bool:
    return not re.search(r"\d\.?\d*\s*$", text) and all(
        word in UNIT_WORDS or word in _OTHER_WORDS for word in words_of(text)
    )
