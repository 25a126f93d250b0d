"""Single places on the page's map: the next sites with what they would reach, and points of interest by their signal."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from ewcm.analysis.points import STATES
from ewcm.report.numbers import shortened
from ewcm.report.webmap.places import beside
from ewcm.result import CountryResult

#: Points in the page: those without a signal first, then the unknown ones; the others stand in points.csv.
POINTS_DRAWN = 5000

#: Points without a signal that the sheet of an area names.
POINTS_NAMED = 5


def marks(result: CountryResult, east: float) -> dict[str, object]:
    """``next_sites``: ``[rank, latitude, longitude, radius_km, people, kind, place, place_distance_km, place_direction]``;
    ``by_low_coverage``: whether they are chosen by those of whom nobody is known to be covered, who are the people then.
    ``points``: ``[latitude, longitude, number of the state]``, with the names of the ``states`` and how many points have each
    (``counts``); by area of the finest level how many have each (``points_in``), and the first of those without one (``silent``):
    ``[area, name, kind, people out of reach within 5 km, latitude, longitude]``. ``east``: edge of the map."""
    next_sites = _table(result, "next_sites")
    points = _table(result, "points")
    found: dict[str, Any] = {
        "next_sites": [],
        "by_low_coverage": result.figure("next_sites", "chosen_by") == "low_coverage",
        "points": [],
        "states": STATES,
        "counts": [0] * len(STATES),
        "points_service": result.figure("points", "service") or "",
        "points_in": {},
        "silent": [],
    }
    if next_sites is not None:
        found["next_sites"] = [
            [
                int(row["rank"]),
                shortened(float(row["lat"]), 5),
                beside(float(row["lon"]), east),
                _number(row["radius_km"]),
                _number(row["gain"]),
                str(row["kind"]),
                str(row["place"] or ""),
                _number(row["place_distance_km"]),
                str(row["place_direction"] or ""),
            ]
            for row in next_sites.to_dict("records")
        ]
    if points is not None:
        state = points["signal"].map(STATES.index)
        found["counts"] = [int((state == number).sum()) for number in range(len(STATES))]
        shown = points.assign(state=state).sort_values("state", kind="stable").head(POINTS_DRAWN)
        found["points"] = [
            [shortened(float(lat), 5), beside(float(lon), east), int(number)]
            for lat, lon, number in zip(shown["lat"], shown["lon"], shown["state"], strict=True)
        ]
        for area, states in state.groupby(points["area_id"].astype(str)):
            found["points_in"][area] = [int((states == number).sum()) for number in range(len(STATES))]
        silent = points[points["signal"] == "no"].sort_values("rank", kind="stable")
        columns = ["area_id", "name", "kind", "unreached_within_5km", "lat", "lon"]
        found["silent"] = [
            [str(area), str(name), str(kind), round(float(near)), shortened(float(lat), 5), shortened(float(lon), 5)]
            for area, name, kind, near, lat, lon in silent.groupby("area_id", sort=False)
            .head(POINTS_NAMED)[columns]
            .itertuples(index=False, name=None)
        ]
    return found


def _table(result: CountryResult, name: str) -> pd.DataFrame | None:
    """The table of the finding that has its name."""
    table = next((finding.table(name) for finding in result.findings if finding.name == name), None)
    return None if table is None or table.empty else table


def _number(value: Any) -> float | None:
    number = float(value)
    return shortened(number, 1) if math.isfinite(number) else None
