"""The sheets of areas: one offline file with a page of A4 for each, drawn by the scripts of the country's page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import pandas as pd

from ewcm.report.webmap.map import SCRIPTS as PAGE_SCRIPTS
from ewcm.report.webmap.map import Basemap, page_data
from ewcm.report.webmap.page import Page, strings
from ewcm.result import CountryResult

Case = Literal["low", "central", "high"]

STYLES = ["base.css", "brief.css", "sheet.css"]

#: Those of the country's page, of which the sheets need the words, the figures and the shapes; another one begins.
SCRIPTS = [*(name for name in PAGE_SCRIPTS if name != "start.js"), "language_choice.js", "brief.js"]

#: Coldspots of a service and case that the sheet of an area shows.
SPOTS = 5


def render_brief(
    result: CountryResult,
    basemap: Basemap | None,
    areas: Sequence[tuple[int, str]],
    *,
    service: str,
    case: Case,
    language: str,
    made: str,
) -> str:
    """The sheets of ``areas`` (level and code of each) as the text of one HTML file. ``made``: the date, in ISO 8601."""
    words = strings()[language]
    country = result.data.country
    name = country.names.get(language, country.name)
    page = Page(
        title=str(words["brief_title"]).replace("{country}", name),
        language=language,
        body=("brief.html", "textures.html"),
        styles=STYLES,
        scripts=SCRIPTS,
        figures_in=("areas.csv", "coldspots.csv"),
        data=_data(result, basemap or {}, areas, service, case, language, made),
    )
    return page.render()


def _data(
    result: CountryResult,
    basemap: Basemap,
    areas: Sequence[tuple[int, str]],
    service: str,
    case: Case,
    language: str,
    made: str,
) -> dict[str, Any]:
    """What the country's page knows, without what no sheet shows: dots of sites, points, shading, other findings and pictures of
    other services."""
    data: dict[str, Any] = dict(page_data(result, basemap, language, _spots_of_areas(result)))
    pictures = dict(data["pictures"])
    for index, images in (("standing", "standing_images"), ("estimated", "estimated_images")):
        number = pictures[index].get(service)
        pictures[images] = [] if number is None else [pictures[images][number]]
        pictures[index] = {} if number is None else {service: 0}
    return {
        **data,
        "pictures": pictures,
        "sites": {**data["sites"], "points": [], "kinds": []},
        "marks": {**data["marks"], "points": []},
        "findings": [],
        "relief": None,
        "brief": {
            "areas": [f"{level}/{code}" for level, code in areas],
            "service": service,
            "case": case,
            "made": made,
        },
    }


def _spots_of_areas(result: CountryResult) -> pd.DataFrame:
    """The largest coldspots of each area of the finest level: with them those of every wider area are there too."""
    spots = result.coldspots
    return spots.groupby(["service", "case", "area_id"], sort=False).head(SPOTS)
