"""Lists of sectors in which only the first row of a site is filled: its name and position hold for the rows below it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ewcm.core.input_warning import InputWarning
from ewcm.errors import one_line
from ewcm.sources.headings import Found, words_of

#: What a row says of a sector of its own.
_OF_A_SECTOR = ("technology", "azimuth_deg", "frequency_mhz", "beamwidth_deg")
_SECTORS = ("sect", "setor", "cell", "celda", "celula", "anten", "قطاع", "خلية")

#: What tells where a site stands, beside the parts of degrees.
_PLACE = ("lat", "lon", "x", "y", "pair", "zone")


def filled_down(table: pd.DataFrame, found: Found) -> tuple[pd.DataFrame, tuple[InputWarning, ...]]:
    """The table with name and position of a site in each of its rows, where rows below one that has both are blank in both and
    tell a sector, a direction or a technology; as it is where any row without a position is of another kind. Other columns that
    all those rows leave blank were filled once for the site too."""
    name = found.columns.get("site_id")
    place = [one.heading for key, one in found.columns.items() if key in _PLACE or key.startswith(("lat_", "lon_"))]
    if name is None or not place or not len(table):
        return table, ()
    sectors = [one.heading for key, one in found.columns.items() if key in _OF_A_SECTOR] + list(found.flags)
    sectors += [str(column) for column in table.columns if column != name.heading and _is_of_sectors(str(column))]
    is_blank = table == ""
    below = is_blank[place].all(axis=1).to_numpy()
    whole = ~below & ~is_blank[[name.heading]].any(axis=1).to_numpy()
    of_sectors = (
        (~is_blank[list(dict.fromkeys(sectors))]).any(axis=1).to_numpy() if sectors else np.zeros(len(table), bool)
    )
    if not below.any() or below[0]:
        return table, ()
    above = np.maximum.accumulate(np.where(below, -1, np.arange(len(table))))[below]
    if not (of_sectors[below] & is_blank[name.heading].to_numpy()[below] & whole[above]).all():
        return table, ()
    once = [column for column in table.columns if column in (*place, name.heading) or is_blank.loc[below, column].all()]
    filled = table.copy()
    filled.loc[below, once] = table[once].to_numpy()[above]
    rows, example = int(below.sum()), one_line(str(table[name.heading].iloc[above[0]]), 40)
    text = (
        f"{rows} rows without a name and a position are sectors of the site above them (such as '{example}'), and were given its "
        "name and position."
    )
    return filled, (InputWarning("filled_down", text, {"rows": rows, "example": example}),)


def _is_of_sectors(heading: str) -> bool:
    return any(word.startswith(_SECTORS) for word in words_of(heading))
