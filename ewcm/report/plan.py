"""What ``ewcm plan`` writes: the sites as tables and points, the curve of people against sites, and a page to print."""

from __future__ import annotations

import html
import math
from pathlib import Path
from typing import Any

import pyogrio

from ewcm.analysis.siting import KINDS, TERRAIN_COLUMNS, UNITS, Plan
from ewcm.core.texts import texts_of
from ewcm.report.numbers import roughly
from ewcm.report.own_folder import replace_folder
from ewcm.report.printed import printed_page, printed_table
from ewcm.report.tables import grade, json_text, write_csv
from ewcm.result import CountryResult
from ewcm.version import VERSION

#: Every file of a plan.
FILES = ("plan.csv", "plan.json", "plan.geojson", "plan.gpkg", "plan.html")

#: Columns of the page.
_SHOWN = (
    "rank", "kind", "name", "place", "place_distance_km", "place_direction", "area_name", "people", "people_low",
    "people_high", "cumulative", "remaining", "unknown_people", "exposed", "annual_exposed", "unknown_hazard_people",
    "areas_that_gain", "nearest_site_km", "lat", "lon",
)  # fmt: skip


def sentences(result: CountryResult, plan: Plan) -> list[str]:
    """What a person has to know of a plan, in English, the result first."""
    wish, rows = plan.wish, plan.table
    towers, sirens = (int((rows["kind"] == kind).sum()) for kind in KINDS)
    what = " and ".join(
        f"{count} {kind}{'s' if count != 1 else ''}" for count, kind in ((towers, "tower"), (sirens, "siren")) if count
    )
    if not what:
        return [
            f"{result.data.country.name}: no site of {plan.candidates} candidates adds {wish.least:g} people out of reach of "
            f"{wish.service} within the budget."
        ]
    low, high = (float(rows[f"cumulative_{case}"].iloc[-1]) for case in ("low", "high"))
    by = {
        "people": "",
        "exposed": ", chosen by those exposed to a hazard",
        "annual": ", chosen by those exposed in a year",
    }
    said = [
        f"{result.data.country.name}: {what} would serve {roughly(plan.people)} people ({roughly(low)} to {roughly(high)}) of "
        f"the {roughly(float(plan.total[1]))} out of reach of {wish.service}{by[wish.weight]}.",
        "No choice of as many candidates serves more."
        if plan.at_least > 1 - 1e-9
        else f"At least {math.floor(plan.at_least * 1000) / 10:g} % of the best possible choice of as many of the "
        f"{plan.candidates} candidates.",
    ]
    said += _of_hazards(plan)
    if towers and plan.circles is not None:
        said.append(_beside_circles(plan, towers))
    elif towers:
        near, radius, far = wish.radii_km[0]
        said.append(
            f"A tower is taken to serve a circle of {radius:g} km ({near:g} to {far:g}); hills, power and the backhaul are not "
            "looked at."
        )
    if sirens:
        near, radius, far = wish.radii_km[1]
        said.append(
            f"A siren is heard outdoors within {radius:.2f} km ({near:.2f} to {far:.2f}); people count as living evenly on their "
            "grid cell, and where two sirens reach one grid cell the larger part counts."
        )
    unknown = float(rows["unknown_people"].sum())
    said.append(
        f"{roughly(unknown)} people around these sites, of whom nothing is known ({plan.unknown_share:.1%} of the two), are "
        "not counted."
        if unknown >= 0.5
        else "Nobody of unknown coverage lives around these sites."
    )
    asked = sum(wish.counts)
    if len(rows) < asked:
        why = "the budget is spent, or no" if math.isfinite(wish.budget) else "no"
        said.append(f"{len(rows)} of {asked} sites are listed: {why} further candidate adds {wish.least:g} people.")
    if math.isfinite(wish.budget):
        said.append(f"They cost {float(rows['cost'].sum()):g} of {wish.budget:g}.")
    if result.data.starter:
        said.append("STARTER DATA: people and network are modelled, not measured. Not for decisions.")
    return [*said, *plan.said]


def _of_hazards(plan: Plan) -> list[str]:
    """Who of those served is exposed, and of whom that is not known."""
    if plan.unknown_hazard is None:
        return ["No hazard is known here: who of them is in harm's way is unknown."]
    exposed, yearly, unknown = (
        float(plan.table[name].sum()) for name in ("exposed", "annual_exposed", "unknown_hazard_people")
    )
    said = f"Of them {roughly(exposed)} are exposed to a hazard"
    said += f" ({roughly(yearly)} expected in a year)" if yearly > 0 else ""
    said += f"; of {roughly(unknown)} no hazard is known" if unknown >= 0.5 else ""
    said += (
        f", and these count for nothing in the choice, as do {roughly(plan.unknown_hazard)} of all out of reach"
        if (plan.wish.weight != "people" and plan.unknown_hazard >= 0.5)
        else ""
    )
    return [f"{said}."]


def _beside_circles(plan: Plan, towers: int) -> str:
    """What hills and power make: the choice by circles, and what it would serve."""
    assert plan.circles is not None, "of a plan over terrain"
    other, what = plan.circles, {"people": "people", "exposed": "exposed people", "annual": "exposed people a year"}
    return (
        f"By circles of {plan.wish.radii_km[0][1]:g} km other sites would have been chosen: {other.shared} of "
        f"{len(other.chosen)} are the same. Their circles hold {roughly(other.claimed)} {what[plan.wish.weight]}; over the "
        f"terrain they would serve {roughly(other.served)}, the sites of this list {roughly(plan.weighed)}. The columns "
        "people_alone and people_in_circle say it of each site."
    )


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
        "at_least_share": plan.at_least,
        "bound": plan.bound,
        "bound_by": plan.bound_by,
        "optimal": plan.optimal,
        "exchanges": plan.exchanges,
        "said": sentences(result, plan),
        "curve": curve,
        "sites": [
            dict(zip(columns, row, strict=True)) for row in plan.table[columns].itertuples(index=False, name=None)
        ],
    }
    return json_text(content)


def write_plan(result: CountryResult, plan: Plan, folder: Path) -> Path:
    """Write ``FILES`` into ``folder``, in the place of an earlier plan, and return it.

    Raises :class:`ewcm.errors.PublishError` where the folder holds anything else.
    """
    return replace_folder(folder, FILES, "plan.json", "a plan", lambda fresh: _write_files(result, plan, fresh))


def _write_files(result: CountryResult, plan: Plan, folder: Path) -> None:
    write_csv(plan.table, grade(result), folder / "plan.csv")
    (folder / "plan.json").write_text(as_json(result, plan), encoding="utf-8")
    frame = plan.table.copy()
    frame.insert(0, "data_grade", grade(result))
    for name, driver in (("plan.geojson", "GeoJSON"), ("plan.gpkg", "GPKG")):
        pyogrio.write_dataframe(frame, folder / name, layer="plan", driver=driver, geometry_type="Point")
    (folder / "plan.html").write_text(_page(result, plan), encoding="utf-8")


def _page(result: CountryResult, plan: Plan) -> str:
    """One page without a network: what was found, the curve, and the list, in the language of the country."""
    language = result.data.country.language
    words = {**texts_of("next_sites")["en"], **texts_of("next_sites")[language]}
    names = result.data.country.names
    title = f"{words['title']}: {names.get(language) or result.data.country.name}"
    # What is empty in every row (no hazard is known) needs no column.
    columns = [
        name
        for name in (*_SHOWN, *(one for one in TERRAIN_COLUMNS if one in plan.table))
        if not plan.table[name].isna().all()
    ]
    table = printed_table(
        [_heading(words, name) for name in columns], plan.table[columns].itertuples(index=False, name=None)
    )
    body = _curve(plan, html.escape(words["column.cumulative"])) + table
    return printed_page(
        title, words["text"], sentences(result, plan), body, language, result.data.starter, said_in="en"
    )


def _heading(words: dict[str, str], name: str) -> str:
    units = UNITS.get(name, "")
    return f"{words[f'column.{name}']} [{units}]" if units in ("km", "degrees") else words[f"column.{name}"]


def _curve(plan: Plan, label: str) -> str:
    """People served against sites as a picture, with the range."""
    count, top = len(plan.table), float(plan.table["cumulative_high"].max()) if len(plan.table) else 0.0
    if not count or top <= 0:
        return ""

    def points(name: str) -> list[str]:
        values = [0.0, *plan.table[name]]
        return [f"{10 + 560 * place / count:.1f},{190 - 180 * value / top:.1f}" for place, value in enumerate(values)]

    band = " ".join([*points("cumulative_low"), *reversed(points("cumulative_high"))])
    return (
        f'<figure><svg viewBox="0 0 580 200" width="580" role="img" aria-label="{label}"><polygon points="{band}" '
        f'fill="#b3cde3"/><polyline points="{" ".join(points("cumulative"))}" fill="none" stroke="#08519c" stroke-width="2"/>'
        f'<path d="M10 10V190H570" fill="none" stroke="#666"/></svg><figcaption>{label}</figcaption></figure>'
    )
