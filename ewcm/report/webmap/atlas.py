"""The atlas: every published country on one map of the world and in one table, each linking to its own map."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from ewcm.core import longitude
from ewcm.core.channels import TECHNOLOGIES
from ewcm.countries import country
from ewcm.errors import CountryError
from ewcm.report.summaries import LAST_RUN_FAILED
from ewcm.report.webmap import shapes
from ewcm.report.webmap.map import BASEMAP_VERTICES
from ewcm.report.webmap.offline_map import map_script
from ewcm.report.webmap.page import Page, strings

STYLES = ["base.css", "atlas.css"]
SCRIPTS = ["dom.js", "words.js", "language_choice.js", "atlas_circles.js", "atlas.js"]

#: The map is cut here [degrees of longitude], in the ocean, so that countries on both sides of 180° stand side by side.
CUT_DEG = -110.0

Summary = dict[str, Any]


def render_atlas(entries: Iterable[Summary], world: dict[str, object] | None = None, language: str = "en") -> str:
    """The atlas as the text of one HTML file, to stand in the folder that holds the countries' folders.

    ``entries``: the ``summary.json`` of every published country. ``world``: land of the world, a GeoJSON
    FeatureCollection; without it the circles stand on an empty sea. ``language``: the first one shown.
    """
    rows = sorted((row_of(summary) for summary in entries), key=lambda row: str(row["iso3"]))
    page = Page(
        title=str(strings()[language]["atlas_title"]),
        language=language,
        body="atlas.html",
        styles=STYLES,
        scripts=SCRIPTS,
        figures_in=("*/summary.json", "*/areas.csv"),
        data={
            "language": language,
            "strings": strings(),
            "countries": rows,
            "land": shapes.encode_collection(world, BASEMAP_VERTICES),
            "cut": CUT_DEG,
            "scale": shapes.SCALE,
        },
        map_script=map_script(min_zoom=1, max_zoom=7),
    )
    return page.render()


def row_of(summary: Summary) -> dict[str, object]:
    """What the atlas shows of one country."""
    figures = summary["services"]["any"]
    # What the software lends says nothing of how new a country's data are.
    inputs = [record for record in summary.get("inputs") or [] if not record.get("lent")]
    dates = [str(record.get("date")) for record in inputs if re.match(r"\d{4}", str(record.get("date")))]
    return {
        "iso3": summary["iso3"],
        "names": summary["names"],
        "people": summary["people"],
        "unreached": figures["uncovered"],
        "share": figures["uncovered_share"],
        "covered_share": figures["covered_share"],
        "official": _official(summary),
        "unknown": figures["unknown"],
        "low": figures["uncovered_low"],
        "high": figures["uncovered_high"],
        "starter": summary["starter"],
        "exercise": bool(summary.get("exercise")),
        "grade": "starter" if summary["starter"] else "exercise" if summary.get("exercise") else figures["model"],
        "date": max(dates, default=""),
        "newer": _newer(summary),
        "basis": _basis(summary),
        "older": bool(summary.get(LAST_RUN_FAILED)),
        "position": _position(str(summary["iso3"])),
    }


def _newer(summary: Summary) -> dict[str, object] | None:
    """The service of the headline and who lives without it, where nearly nobody is out of reach of any network."""
    if "any" not in (summary.get("nearly_all_covered") or []):
        return None
    service = summary["headline_service"]
    figures = summary["services"][service]
    return {"service": service, "people": figures["uncovered"], "share": figures["uncovered_share"]}


def _basis(summary: Summary) -> dict[str, object]:
    """What the figure of those out of reach of any network rests on: ``estimated``, whether it is an estimate, ``set_to``, the
    share that this was set to, and ``operators`` whose sources were taken as all there are."""
    estimate = (summary.get("estimated") or {}).get("any")
    alone = [one["values"] for one in summary.get("caveats") or [] if one["code"] == "operators_taken_as_all"]
    return {
        "estimated": bool(estimate),
        "set_to": (estimate or {}).get("set_to_share"),
        "operators": list(dict.fromkeys(name for values in alone for name in values["operators"])),
    }


def _official(summary: Summary) -> dict[str, object] | None:
    """What was reported of coverage by the oldest technology: the people whom any mobile network reaches. None: nothing was."""
    reported = (summary.get("official") or {}).get(TECHNOLOGIES[0])
    return {key: reported.get(key) for key in ("share", "year", "role")} if reported else None


def _position(iso3: str) -> list[float] | None:
    """Latitude and longitude of the middle of a country of the registry."""
    try:
        bbox = country(iso3).bbox
    except CountryError:
        bbox = None
    if bbox is None:
        return None
    west, south, east, north = bbox
    return [round((south + north) / 2, 2), round(longitude.east_of((west + east) / 2, CUT_DEG), 2)]
