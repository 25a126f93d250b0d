"""Tables without shapes that stand beside a layer in its file, joined with it by the column that both have: what its shapes are,
and what their codes mean."""

from __future__ import annotations

from collections.abc import Mapping

import geopandas as gpd
import pandas as pd

from ewcm.core.input_warning import InputWarning
from ewcm.errors import one_line

#: Tables of programs, which say how a layer is drawn or was made.
_OF_PROGRAMS = ("layer_styles", "qgis_", "gpkg_", "metadata", "gdb_", "t_1_", "n_1_")

#: So large a share of the shapes has a row of a table that is joined.
_MOST_FOUND = 0.9


def with_tables(
    frame: gpd.GeoDataFrame, tables: Mapping[str, pd.DataFrame]
) -> tuple[gpd.GeoDataFrame, tuple[str, ...], tuple[InputWarning, ...]]:
    """The layer with the columns of the tables that have one row for each value of a column of its own, and what is to be said:
    which were joined, and a doubt about those that were not."""
    said: tuple[str, ...] = ()
    left: list[str] = []
    for name, table in tables.items():
        if name.casefold().startswith(_OF_PROGRAMS) or table.empty:
            continue
        found = _key(frame, table)
        if found is None:
            left.append(one_line(name, 40))
            continue
        own, other = found
        taken = {str(column).casefold() for column in frame.columns}
        new = [column for column in table.columns if str(column).casefold() not in taken]
        rows, keys = table.set_axis(_texts(table[other]), axis=0), _texts(frame[own])
        frame = frame.assign(**{str(column): keys.map(rows[column]) for column in new})
        said += (
            f"Of the table '{one_line(name, 40)}' {', '.join(one_line(str(one), 40) for one in new[:12])} were joined with the "
            f"shapes by '{one_line(str(own), 40)}'.",
        )
    if not left:
        return frame, said, ()
    shown = ", ".join(left[:8])
    text = (
        f"The file holds tables without shapes that were not read ({shown}): where they say what the shapes are, or which of "
        "them are in service, join them with the layer and export it."
    )
    return frame, said, (InputWarning("tables", text, {"tables": shown}),)


def _key(frame: gpd.GeoDataFrame, table: pd.DataFrame) -> tuple[str, str] | None:
    """The column of a layer, and that of a table, by which each shape has one row at the most, and nearly all have one; None
    where there is none, or a choice."""
    of_table = {str(column).casefold(): str(column) for column in table.columns}
    pairs = []
    for column in map(str, frame.columns.drop(frame.geometry.name)):
        other = of_table.get(column.casefold())
        if other is None:
            continue
        values = _texts(table[other])
        if values.is_unique and "" not in set(values) and _texts(frame[column]).isin(values).mean() >= _MOST_FOUND:
            pairs.append((column, other))
    return pairs[0] if len(pairs) == 1 else None


def _texts(column: pd.Series) -> pd.Series:
    """Keys as texts: a code that is a number in one table and a text in another is the same."""
    return column.map(
        lambda value: (
            ""
            if pd.isna(value)
            else str(int(value))
            if isinstance(value, float) and value.is_integer()
            else str(value).strip()
        )
    )
