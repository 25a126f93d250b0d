"""The figures that people ask for first, a row an area and a column each: a sheet of the workbook."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ewcm.core.channels import SERVICES
from ewcm.report.numbers import DECIMALS
from ewcm.result import CountryResult

#: Shares of the people of an area who are covered, by these services.
_COVERED = ("2G", "3G+", "4G+", "5G")


def key_figures(result: CountryResult) -> pd.DataFrame:
    """The areas with people, those out of reach of the headline's service (of any technology where nothing is known), their
    range and shares (0..1). Every figure is that of ``areas``, or one of its columns divided by its people; NaN where that is not
    known.
    """
    # As the other files hold them: shares of what is told are the same in a country that is opened again.
    areas = result.areas.assign(
        **{name: result.areas[name].round(DECIMALS) for name in result.areas.select_dtypes("float")}
    )
    names = dict(zip(areas["area_id"], areas["name"], strict=True))
    service = SERVICES[result.headline_service or "any"].column
    people = areas["people"].to_numpy(np.float64)
    columns: dict[str, object] = {
        "level": areas["level"].to_numpy(),
        "area_id": areas["area_id"].to_numpy(),
        "name": areas["name"].to_numpy(),
        # An area whose parent is not known lies in the country all the same.
        "parent_name": [
            names.get(parent) or (areas["name"].iloc[0] if level > 0 else "")
            for parent, level in zip(areas["parent_id"], areas["level"], strict=True)
        ],
        "people": people,
    }
    for what in ("uncovered", "unknown"):
        for ending in ("", "_low", "_high") if what == "uncovered" else ("",):
            columns[f"{what}_{service}{ending}"] = areas[f"{what}_{service}{ending}"].to_numpy()
        columns[f"{what}_{service}_share"] = _share(areas[f"{what}_{service}"], people)
    for name in _COVERED:
        column = SERVICES[name].column
        columns[f"covered_{column}_share"] = _share(areas[f"covered_{column}"], people)
    return pd.DataFrame(columns)


def _share(part: pd.Series, people: np.ndarray) -> np.ndarray:
    """A part of the people, NaN where nobody lives or the part is not known."""
    values = part.to_numpy(np.float64)
    return np.divide(values, people, out=np.full(len(values), np.nan), where=people > 0)
