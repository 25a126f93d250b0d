"""What hazards mean for each area, for its sheet: the map of each hazard that stands for it, at its first threshold."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from ewcm.core.texts import has_text, in_every_language
from ewcm.report.numbers import rounded
from ewcm.result import CountryResult


def area_hazards(result: CountryResult) -> dict[str, Any]:
    """What the sheets tell of hazards; empty where none is known.

    ``hazards``: name ("" where the kind says it), kind by language, return period [years] (None of an event), threshold and its
    unit. ``rows``: by area (``level/area_id``) a list of ``[number of the hazard, exposed, unknown, {service: [low, central,
    high]}]`` [persons], the
    last of whom are exposed and out of reach. ``words``: by language, of names that the engine has given.
    """
    finding = next((one for one in result.findings if one.name == "hazards"), None)
    frame = None if finding is None else finding.table("hazards")
    if finding is None or frame is None or frame.empty:
        return {"hazards": [], "rows": {}, "words": {}}
    hazards: list[dict[str, Any]] = []
    rows: dict[str, list[list[Any]]] = {}
    for name, of_hazard in frame.groupby("hazard", sort=False):
        period, threshold = _reference(of_hazard, result.settings.hazard_return_period)
        kept = of_hazard[_same(of_hazard["return_period"], period) & _same(of_hazard["threshold"], threshold)]
        kept = kept[kept["event"] == kept["event"].iloc[0]]
        first = kept.iloc[0]
        keys = (f"ground.{name}", f"kind.{first['kind']}", f"hazard.{name}")
        key = next((one for one in keys if has_text(finding, one)), "")
        hazards.append(
            {
                # A hazard that its kind tells in every language needs no name of its own, which is in one.
                "name": "" if has_text(finding, f"hazard.{name}") else str(name),
                "kind": in_every_language(finding, key) if key else {},
                "period": rounded(period),
                "event": str(first["event"]),
                "threshold": rounded(threshold),
                "unit": str(first["unit"]),
            }
        )
        for (level, code), of_area in kept.groupby(["level", "area_id"], sort=False):
            columns = ("exposed_uncovered_low", "exposed_uncovered", "exposed_uncovered_high")
            exposed, unexposed, unknown = (
                float(of_area[column].iloc[0]) for column in ("exposed", "not_exposed", "unknown_hazard")
            )
            # Where the hazard is unknown for everybody, nobody is known to be exposed: that is no 0.
            told = exposed + unexposed >= 0.5 or unknown < 0.5
            services = {
                str(row["service"]): [rounded(row[column]) if told else None for column in columns]
                for row in of_area.to_dict("records")
            }
            entry = [len(hazards) - 1, rounded(exposed) if told else None, rounded(unknown)]
            rows.setdefault(f"{int(level)}/{code}", []).append([*entry, services])
    names = [str(name) for name in frame["hazard"].unique() if has_text(finding, f"hazard.{name}")]
    words = {name: in_every_language(finding, f"hazard.{name}") for name in names}
    return {"hazards": hazards, "rows": rows, "words": words}


def _reference(of_hazard: pd.DataFrame, wanted: float) -> tuple[float, float]:
    """The return period [years] of the map that stands for a hazard, and its first threshold: the longest that is not above
    ``wanted``, else the shortest; NaN of an event."""
    periods = sorted(of_hazard["return_period"].dropna().unique())
    period = max([one for one in periods if one <= wanted], default=periods[0]) if periods else math.nan
    here = of_hazard[_same(of_hazard["return_period"], period)]
    return float(period), float(here["threshold"].iloc[0]) if len(here) else math.nan


def _same(column: pd.Series, value: float) -> pd.Series:
    return column.isna() if math.isnan(value) else column == value
