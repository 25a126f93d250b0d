"""The page of a plan: one offline file in five languages, with the new sites, what they reach and why on a map."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from ewcm_kernels.places import SHARE_STEPS

from ewcm.analysis.siting import TERRAIN_COLUMNS, Drawn, Plan
from ewcm.analysis.siting_demand import to_serve
from ewcm.core import grid
from ewcm.core.texts import words_in
from ewcm.countries import LANGUAGES
from ewcm.report.numbers import rounded
from ewcm.report.plan_lines import sentences
from ewcm.report.tables import grade
from ewcm.report.webmap import rasters, shapes
from ewcm.report.webmap.page import ANSWER_HEAD, Page, strings
from ewcm.result import CountryResult

STYLES = ["base.css", "atlas.css", "alert.css", "compare.css", "plan.css"]
SCRIPTS = ["plain_map.js", "dom.js", "words.js", "language_choice.js", "answer_parts.js", "plan.js"]

#: Columns of the table of the page, of those that are known of any site; plan.csv has all.
SHOWN = (
    "rank", "kind", "name", "place", "place_distance_km", "place_direction", "gain", "people", "people_low", "people_high",
    "cumulative", "remaining", *TERRAIN_COLUMNS, "unknown_people", "exposed", "annual_exposed", "unknown_hazard_people",
    "areas_that_gain", "nearest_site_km", "lat", "lon",
)  # fmt: skip

#: Headings of ``ewcm/texts/headings`` that the table of the page has.
_HEADINGS = (
    "cumulative", "remaining", *TERRAIN_COLUMNS, "unknown_people", "exposed", "annual_exposed", "unknown_hazard_people",
    "areas_that_gain", "nearest_site_km",
)  # fmt: skip

#: Longest side of a picture [pixels].
_LONGEST_SIDE = 1400

#: People out of reach per km² from which a class is drawn, and the colours of the classes (class 0 is not drawn).
PEOPLE_EDGES = (1.0, 10.0, 100.0)
PEOPLE_COLOURS = ((255, 255, 255), (253, 208, 162), (253, 141, 60), (166, 54, 3))

#: What towers serve over the terrain: in part, and half of the places or more.
SERVED_COLOURS = ((255, 255, 255), (158, 202, 225), (33, 113, 181))


def render_plan(result: CountryResult, plan: Plan, language: str) -> str:
    """The page of a plan as the text of one HTML file, which opens in ``language``."""
    words = {code: _words(code) for code in LANGUAGES}
    page = Page(
        title=f"{words[language]['plan_title']}: {result.data.country.names.get(language) or result.data.country.name}",
        language=language,
        body=(ANSWER_HEAD, "plan.html"),
        styles=STYLES,
        scripts=SCRIPTS,
        figures_in=("plan.csv", "plan.json"),
        data={
            "language": language,
            "iso2": result.data.country.iso2,
            "names": {"en": result.data.country.name, **result.data.country.names},
            "strings": words,
            "grade": grade(result),
            "sentences": {code: sentences(result, plan, code) for code in LANGUAGES},
            "sites": rounded(_sites(plan)),
            "circles": rounded(_circles(plan)),
            "by_low_coverage": plan.wish.weight == "low_coverage",
            "by_estimate": bool(result.figure("estimated", plan.wish.service, "low_coverage_leads")),
            "curve": rounded([[float(value) for value in plan.table[name]] for name in _CURVE]),
            "pictures": _pictures(result, plan),
            "outlines": shapes.outlines_of_areas(result.areas),
            "colours": {
                "people": rasters.css_colours(PEOPLE_COLOURS[1:]),
                "served": rasters.css_colours(SERVED_COLOURS[1:]),
            },
            "scale": shapes.SCALE,
        },
    )
    return page.render()


_CURVE = ("cumulative", "cumulative_low", "cumulative_high")


def _words(code: str) -> dict[str, object]:
    own = words_in(code, "plan")
    headings, about = words_in(code, "headings"), words_in(code, "next_sites")
    return {
        **strings()[code],
        "answer_title": own["title"],
        **{f"plan_{key}": text for key, text in own.items() if not key.startswith(("line_", "said."))},
        **{f"plan_kind_{kind}": own[f"line_{kind}"] for kind in ("tower", "siren")},
        **{f"plan_{name}": headings[f"heading.{name}"] for name in _HEADINGS},
        "plan_people": own["adds"],
        **{f"plan_about_{name}": about[f"column.{name}"] for name in ("people", *_HEADINGS)},
    }


def _sites(plan: Plan) -> list[dict[str, Any]]:
    """The sites as rows of the page; a column that is empty in every row (no hazard is known) is left out."""
    table = pd.DataFrame(plan.table.drop(columns="geometry"))
    table = table.assign(x=plan.table.geometry.x.to_numpy(), circle_km=_radius(plan, table["kind"]))
    shown = [name for name in (*SHOWN, "x", "circle_km") if name in table and not table[name].isna().all()]
    rows = table[shown].astype(object)
    found: list[dict[str, Any]] = rows.where(rows.notna(), None).to_dict("records")
    return found


def _radius(plan: Plan, kind: pd.Series) -> np.ndarray:
    """Radius of the model [km], also of towers over terrain."""
    tower, siren = plan.wish.chosen_radii_km
    return np.where(kind == "tower", tower, siren)


def _circles(plan: Plan) -> list[list[float]]:
    """Position and radius of the sites that circles would have chosen, over terrain."""
    if plan.circles is None:
        return []
    chosen = plan.circles.chosen
    lon = chosen["lon"].to_numpy(np.float64)
    if len(plan.table) and float(plan.table.geometry.x.max()) > 180.0:
        lon = lon % 360.0
    return [
        [float(lat), float(x), float(radius)]
        for lat, x, radius in zip(chosen["lat"], lon, _radius(plan, chosen["kind"]), strict=True)
    ]


def _pictures(result: CountryResult, plan: Plan) -> dict[str, Any]:
    """Pictures on the map: people out of reach; what the sites serve over the terrain, and the choice by circles."""
    people = result.own_people
    frame = rasters.frame(result.geobox, people, _LONGEST_SIDE)
    west, south, east, north = frame.bounds
    found: dict[str, Any] = {"bounds": [[south, west], [north, east]]}
    width_km, height_km = grid.row_cell_size_km(result.geobox)
    classes = np.zeros(people.shape, np.uint8)
    case, coverage = plan.wish.case, result.coverage if plan.after is None else plan.after.coverage
    for rows in grid.blocks(people.shape[0]):
        left = to_serve(people[rows], coverage.shares(plan.wish.service, case, rows), case)
        density = left / (width_km * height_km)[rows, None]
        classes[rows] = np.searchsorted(np.array(PEOPLE_EDGES), density, side="right")
    found["people"] = rasters.png(frame.take(classes), PEOPLE_COLOURS)
    for name, drawn in zip(("chosen", "circles"), plan.drawn or (), strict=False):
        found[name] = rasters.png(frame.take(_served(drawn, people.shape)), SERVED_COLOURS)
    return found


def _served(drawn: Drawn, shape: tuple[int, ...]) -> np.ndarray:
    classes = np.zeros(shape, np.uint8)
    classes.reshape(-1)[drawn.cell] = np.where(2 * drawn.share.astype(np.int64) >= SHARE_STEPS, 2, 1)
    return classes
