"""Workbooks in which one sheet holds the sites and another their transmitters or cells, by the names of the sites, as planning
tools and network management systems export them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from ewcm.core.input_warning import InputNote, InputWarning
from ewcm.errors import one_line
from ewcm.sources.headed import Headed, is_workbook, other_sheets
from ewcm.sources.headings import Column, Found

#: So large a share of the rows of the other sheet name a site.
_SHARE = 0.5

#: What tells where a site stands.
_PLACE = ("lat", "lon", "x", "y", "pair", "zone")


def with_transmitters(path: Path, sites: Headed, tells_technologies: Callable[[pd.DataFrame, Found], bool]) -> Headed:
    """The rows of the sheet that tells the technologies, with the columns of the site that each names; the list as it is where
    it tells them itself, or no sheet does. ``tells_technologies``: whether a table tells them."""
    name = sites.found.columns.get("site_id")
    if not is_workbook(path) or name is None or not len(sites.table) or tells_technologies(sites.table, sites.found):
        return sites
    row_of = {text.casefold(): row for row, text in reversed(list(enumerate(sites.table[name.heading]))) if text}
    for sheet, other in other_sheets(path, sites.above[0]):
        if other.found.has_place or not len(other.table) or not tells_technologies(other.table, other.found):
            continue
        rows_by = {
            heading: other.table[heading].map(lambda text: row_of.get(str(text).casefold(), -1)).to_numpy(np.int64)
            for heading in map(str, other.table.columns)
        }
        key = max(rows_by, key=lambda heading: int((rows_by[heading] >= 0).sum()))
        if (rows_by[key] >= 0).mean() >= _SHARE:
            return _joined(sites, name, other, sheet, key, rows_by[key])
    return sites


def _joined(sites: Headed, name: Column, other: Headed, sheet: str, key: str, rows: np.ndarray) -> Headed:
    """``rows``: of the site that each row of the other sheet names in its column ``key``, -1 where it names none."""
    here = rows >= 0
    own = other.table[here].reset_index(drop=True)
    is_place = {
        one.heading for field, one in sites.found.columns.items() if field in _PLACE or field[:4] in ("lat_", "lon_")
    }
    added = [column for column in sites.table.columns if column in is_place or column not in own]
    of_site = sites.table[added].iloc[rows[here]].reset_index(drop=True)
    table = pd.concat([own.drop(columns=[column for column in own if column in of_site]), of_site], axis=1)
    columns = {
        field: one for field, one in sites.found.columns.items() if one.heading in of_site and field != "site_id"
    }
    columns |= {field: one for field, one in other.found.columns.items() if one.heading not in is_place}
    columns["site_id"] = Column(key)
    columns = {field: one for field, one in columns.items() if field == "site_id" or one.heading != key}
    shown, of = one_line(sheet, 60), one_line(sites.above[0], 60)
    values: dict[str, object] = {
        "sheet": shown,
        "sites": of,
        "column": one_line(key, 60),
        "name": one_line(name.heading, 60),
    }
    note = InputNote(
        "joined_sheets",
        f"Rows of sheet '{shown}' were given the positions of sheet '{of}', by the names of the sites in columns "
        f"'{values['column']}' and '{values['name']}'.",
        values,
    )
    warnings = sites.warnings + other.warnings
    if not here.all():
        example = one_line(str(other.table[key].iloc[int((~here).argmax())]), 40)
        count = int((~here).sum())
        text = f"{count} rows of sheet '{shown}' name no site of sheet '{of}' (such as '{example}') and were not used."
        warnings += (InputWarning("not_joined", text, {"rows": count, "sheet": shown, "example": example}),)
    return replace(
        other,
        table=table,
        found=Found(columns, other.found.flags, other.found.owned),
        assumptions=(*sites.assumptions, note, *other.assumptions),
        warnings=warnings,
        above=(*sites.above, *other.above),
    )
