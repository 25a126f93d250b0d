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
    """The rows of the sheets that tell the technologies, with the columns of the site that each names; the list as it is where
    it tells them itself, or no sheet does. ``tells_technologies``: whether a table tells them."""
    if not is_workbook(path) or not len(sites.table) or tells_technologies(sites.table, sites.found):
        return sites
    place = _headings_of_place(sites.found)
    names = {
        heading: {text.casefold(): row for row, text in reversed(list(enumerate(sites.table[heading]))) if text}
        for heading in map(str, sites.table.columns)
        if heading not in place and sites.table[heading].nunique() >= 0.9 * len(sites.table)
    }
    parts: list[Headed] = []
    for sheet, other in other_sheets(path, sites.above[0]):
        if other.found.has_place or not len(other.table) or not tells_technologies(other.table, other.found):
            continue
        best = (0, "", "", np.zeros(0, dtype=np.int64))
        for name, row_of in names.items():
            for key in map(str, other.table.columns):
                rows = (
                    other.table[key]
                    .map(lambda text, row_of=row_of: row_of.get(str(text).casefold(), -1))
                    .to_numpy(np.int64)
                )
                best = max(best, (int((rows >= 0).sum()), name, key, rows), key=lambda one: one[0])
        if best[0] >= _SHARE * len(other.table):
            parts.append(_joined(sites, Column(best[1]), other, sheet, best[2], best[3]))
    return _together(parts) if parts else sites


def _headings_of_place(found: Found) -> set[str]:
    """The headings of the columns that tell where a site stands."""
    return {one.heading for field, one in found.columns.items() if field in _PLACE or field[:4] in ("lat_", "lon_")}


def _together(parts: list[Headed]) -> Headed:
    """The rows of several sheets as those of one, with what they hold below the headings of the first that has it."""
    whole = parts[0]
    for part in parts[1:]:
        columns = {**part.found.columns, **whole.found.columns}
        ours = {one.heading: columns[field].heading for field, one in part.found.columns.items()}
        ours = {own: name for own, name in ours.items() if name not in part.table}
        table = pd.concat([whole.table, part.table.rename(columns=ours)], ignore_index=True).fillna("")
        found = Found(columns, {**part.found.flags, **whole.found.flags}, {**part.found.owned, **whole.found.owned})
        whole = replace(
            whole,
            table=table,
            found=found,
            notes=whole.notes + part.notes,
            assumptions=tuple(dict.fromkeys((*whole.assumptions, *part.assumptions))),
            warnings=tuple(dict.fromkeys((*whole.warnings, *part.warnings))),
            above=(*whole.above, *part.above),
        )
    return whole


def _joined(sites: Headed, name: Column, other: Headed, sheet: str, key: str, rows: np.ndarray) -> Headed:
    """``rows``: of the site that each row of the other sheet names in its column ``key``, -1 where it names none."""
    here = rows >= 0
    own = other.table[here].reset_index(drop=True)
    is_place = _headings_of_place(sites.found)
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
