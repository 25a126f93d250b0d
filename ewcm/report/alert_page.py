"""The page of an alert: one offline file in five languages, with what to do first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from ewcm.core.texts import words_in
from ewcm.countries import LANGUAGES
from ewcm.report.alert_reach import AlertReach
from ewcm.report.numbers import rounded
from ewcm.report.webmap import shapes
from ewcm.report.webmap.page import ANSWER_HEAD, Page, page_words
from ewcm.sources.alert_notes import words_of_cap

STYLES = ["base.css", "atlas.css", "alert.css"]
SCRIPTS = ["plain_map.js", "dom.js", "words.js", "language_choice.js", "answer_parts.js", "alert.js"]

#: Places that the page lists; remaining.csv has all.
PLACES = 25


def render_alerts(content: Mapping[str, Any], reaches: Sequence[AlertReach], language: str) -> str:
    """The page of reach.json's ``content`` as the text of one HTML file."""
    drawn = iter(
        [_drawn(each) for each in reaches]
    )  # in the order of the alerts and their countries, as in the content
    alerts = [
        {**alert, "countries": [{**country, **next(drawn)} for country in alert["countries"]]}
        for alert in content["alerts"]
    ]
    words = {
        code: {
            **page_words()[code],
            "answer_title": words_in(code, "alert")["title"],
            **{f"alert_{key}": text for key, text in words_in(code, "alert").items()},
            **_of_losses(code),
            **_of_cap(code),
        }
        for code in LANGUAGES
    }
    page = Page(
        title=str(words[language]["alert_title"]),
        language=language,
        body=(ANSWER_HEAD, "alert.html"),
        styles=STYLES,
        scripts=SCRIPTS,
        figures_in=("reach.csv", "remaining.csv"),
        data={
            "language": language,
            "strings": words,
            "alerts": rounded(alerts),
            "caveats": content["caveats"],
            "at": content["at"],
            "scale": shapes.SCALE,
        },
    )
    return page.render()


def _of_losses(language: str) -> dict[str, str]:
    """What is said of a loss of sites, by ``loss_`` and its code."""
    words = words_in(language, "loss")
    return {f"loss_{key.removeprefix('said.')}": text for key, text in words.items() if key.startswith("said.")}


def _of_cap(language: str) -> dict[str, str]:
    """The words of CAP and what is said of its messages, by ``cap_`` and their key."""
    return {f"cap_{key}": text for key, text in words_of_cap(language).items()}


def _drawn(reach: AlertReach) -> dict[str, Any]:
    """What the page draws of an alert in a country: its ground, areas of the country, places of those left."""
    return {
        "names": dict(reach.result.data.country.names),
        "ground": shapes.encode(reach.ground),
        "outlines": shapes.outlines_of_areas(reach.result.areas),
        "places": _rows(reach.remaining),
        "places_after": [] if reach.remaining_after is None else _rows(reach.remaining_after),
        "points": _rows(reach.points),
    }


def _rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    """The first rows of a table as the page lists them."""
    rows = table.head(PLACES).drop(columns=["identifier", "sender", "sent", "iso3"], errors="ignore").astype(object)
    found: list[dict[str, Any]] = rows.where(rows.notna(), None).to_dict("records")
    return found
