"""What ``ewcm plan`` writes: the sites as tables and points, the curve of people against sites, and a page with a map."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pyogrio

from ewcm.analysis.siting import Plan
from ewcm.report.own_folder import replace_folder
from ewcm.report.plan_lines import sentences
from ewcm.report.plan_page import render_plan
from ewcm.report.tables import grade, json_text, write_csv
from ewcm.result import CountryResult
from ewcm.version import VERSION

#: Every file of a plan.
FILES = ("plan.csv", "plan.json", "plan.geojson", "plan.gpkg", "plan.html")


def as_json(result: CountryResult, plan: Plan) -> str:
    """plan.json: what was asked, the figures, the sites, and the curve of people against sites."""
    columns = [name for name in plan.table.columns if name != "geometry"]
    curve = [{"sites": 0, "people": 0.0, "people_low": 0.0, "people_high": 0.0}] + [
        {"sites": int(rank), "people": central, "people_low": low, "people_high": high}
        for rank, central, low, high in plan.table[
            ["rank", "cumulative", "cumulative_low", "cumulative_high"]
        ].itertuples(index=False, name=None)
    ]
    wish = plan.wish
    content: dict[str, Any] = {
        "data_grade": grade(result),
        "ewcm_version": VERSION,
        "iso3": result.data.country.iso3,
        "service": wish.service,
        "asked": {
            "towers": wish.counts[0],
            "sirens": wish.counts[1],
            "tower_radius_km": list(wish.radii_km[0]),
            "siren_radius_km": list(wish.radii_km[1]),
            "budget": wish.budget if math.isfinite(wish.budget) else None,
            "min_gain": wish.least,
            "candidates": plan.candidates,
            "weight": wish.weight,
        },
        "people": plan.people,
        "uncovered": float(plan.total[1]),
        "uncovered_low": float(plan.total[0]),
        "uncovered_high": float(plan.total[2]),
        "unknown": plan.unknown,
        "unknown_people": float(plan.table["unknown_people"].sum()),
        "unknown_share": plan.unknown_share,
        "weighed": plan.weighed,
        "exposed": None if plan.unknown_hazard is None else float(plan.table["exposed"].sum()),
        "unknown_hazard": plan.unknown_hazard,
        "by_circles": None
        if plan.circles is None
        else {
            "same_sites": plan.circles.shared,
            "claimed": plan.circles.claimed,
            "served_over_terrain": plan.circles.served,
            "sites": plan.circles.chosen["candidate_id"].tolist(),
        },
        "after_loss": None
        if plan.after is None
        else {
            "event": plan.after.event,
            "hours": plan.after.hours,
            "sites": plan.after.sites,
            "sites_out": plan.after.out,
        },
        "at_least_share": plan.at_least,
        "bound": plan.bound,
        "bound_by": plan.bound_by,
        "optimal": plan.optimal,
        "exchanges": plan.exchanges,
        "sentences": sentences(result, plan),
        "curve": curve,
        "sites": [
            dict(zip(columns, row, strict=True)) for row in plan.table[columns].itertuples(index=False, name=None)
        ],
    }
    return json_text(content)


def write_plan(result: CountryResult, plan: Plan, folder: Path, language: str | None = None) -> Path:
    """Write ``FILES`` into ``folder``, in the place of an earlier plan, and return it.

    ``language``: in which the page opens; None is that of the country.
    Raises :class:`ewcm.errors.PublishError` where the folder holds anything else.
    """
    return replace_folder(
        folder, FILES, "plan.json", "a plan", lambda fresh: _write_files(result, plan, fresh, language)
    )


def _write_files(result: CountryResult, plan: Plan, folder: Path, language: str | None) -> None:
    write_csv(plan.table, grade(result), folder / "plan.csv")
    (folder / "plan.json").write_text(as_json(result, plan), encoding="utf-8")
    frame = plan.table.copy()
    frame.insert(0, "data_grade", grade(result))
    for name, driver in (("plan.geojson", "GeoJSON"), ("plan.gpkg", "GPKG")):
        pyogrio.write_dataframe(frame, folder / name, layer="plan", driver=driver, geometry_type="Point")
    (folder / "plan.html").write_text(
        render_plan(result, plan, language or result.data.country.language), encoding="utf-8"
    )
