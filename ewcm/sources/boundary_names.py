"""What is doubtful in the names of areas, and in the level that they are said to be of."""

from __future__ import annotations

import re
from collections.abc import Mapping

import geopandas as gpd
import pandas as pd

from ewcm.core.input_warning import InputWarning
from ewcm.errors import one_line

#: A column that says by its heading of which level it is: ``ADM2_PCODE``, ``NAME_2``, ``admin2Name``.
_OF_LEVEL = re.compile(
    r"(?:adm|admin|gid_|name_|hasc_)(?P<level>[1-4])(?:_?(?:pcode|en|fr|es|pt|ar|name|name_en|code))?"
)

#: Words of headings of names.
_OF_NAMES = re.compile(
    r"name|nom|nombre|nome|district|province|region|county|commune|distrito|provincia|município|municipio", re.I
)


def name_warnings(
    frame: gpd.GeoDataFrame, level: int, name: str | None, code: str | None, parent: str | None
) -> tuple[InputWarning, ...]:
    """That no column of names was found though the file has columns, and that areas of different codes go by one name.
    ``name``, ``code``, ``parent``: the columns that are used."""
    if level == 0:
        return ()
    if name is None:
        return _nameless(frame, level)

    def texts(column: str | None) -> pd.Series:
        return pd.Series("", index=frame.index) if column is None else frame[column].fillna("").astype(str).str.strip()

    named = pd.DataFrame({"name": texts(name), "parent": texts(parent), "code": texts(code)})
    named["code"] = named["code"].where(named["code"] != "", [f"row {row}" for row in range(len(named))])
    kinds = named[named["name"] != ""].groupby(["name", "parent"])["code"].nunique()
    shared = kinds[kinds > 1]
    # Districts of two provinces may share a name, and nothing tells the provinces.
    untold = level > 1 and parent is None
    if shared.empty or (untold and shared.sum() <= len(frame) / 2):
        return ()
    count, example = int(shared.sum()), one_line(str(shared.index[0][0]), 60)
    text = (
        f"{count} areas of level {level} go by a name that another has too (such as '{example}'); check that '{name}' is the "
        'column of their names, and state another with name = "…".'
    )
    values: dict[str, object] = {"count": count, "level": level, "example": example, "column": name}
    return (InputWarning("same_names", text, values),)


def _nameless(frame: gpd.GeoDataFrame, level: int) -> tuple[InputWarning, ...]:
    columns = [str(name) for name in frame.columns if name != frame.geometry.name]
    texts = [
        name
        for name in columns
        if pd.api.types.is_string_dtype(frame[name])
        and not frame[name].dropna().astype(str).str.fullmatch(r"[\d\W]*").all()
    ]
    if not columns:
        return ()
    likely = sorted(texts, key=lambda name: (-int(frame[name].nunique()), _OF_NAMES.search(name) is None))
    best = next(iter(likely), columns[0])
    shown = ", ".join(one_line(name, 40) for name in columns[:12])
    text = (
        f"None of its columns was taken for the names of the areas, which go by their codes; it has {shown}. State the one with "
        f'the names, as in name = "{one_line(best, 40)}".'
    )
    return (InputWarning("no_names", text, {"level": level, "columns": shown, "column": one_line(best, 40)}),)


def level_warnings(columns: Mapping[str, object], level: int) -> tuple[InputWarning, ...]:
    """That a file has columns of a finer level than the one it is read as. ``columns``: headings in small letters."""
    found = {name: int(match["level"]) for name in columns if (match := _OF_LEVEL.fullmatch(name)) is not None}
    finest = max(found.values(), default=0)
    if level < 1 or finest <= level:
        return ()
    column = str(columns[next(name for name, own in found.items() if own == finest)])
    text = (
        f"It is read as areas of level {level} and has a column of level {finest} ({one_line(column, 40)}): are its rows areas "
        f"of level {finest}? Then state level = {finest}."
    )
    return (InputWarning("finer_level", text, {"level": level, "finest": finest, "column": one_line(column, 40)}),)
