"""The page of a comparison: one offline file in five languages, with before and after side by side on the map."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ewcm.comparison import Comparison
from ewcm.core.fraction import LEVELS
from ewcm.core.layer import Layer
from ewcm.core.texts import words_in
from ewcm.countries import LANGUAGES
from ewcm.report.numbers import rounded
from ewcm.report.webmap import rasters, shapes
from ewcm.report.webmap.page import ANSWER_HEAD, Page, strings

STYLES = ["base.css", "atlas.css", "alert.css", "compare.css"]
SCRIPTS = ["plain_map.js", "dom.js", "words.js", "language_choice.js", "answer_parts.js", "swipe_cut.js", "compare.js"]

#: Longest side of a picture [pixels]: there are three for each service.
_LONGEST_SIDE = 1400

#: Areas that the page lists; compare.csv has all.
AREAS = 25

#: Share of a grid cell from which it is shown as covered.
_COVERED_FROM = 0.5

#: Share of a grid cell's people from which a change is drawn.
_MOVED_FROM = 0.05

#: States of a cell, and what became of it, as classes from 1 on; 0 is outside.
STATES = ("uncovered", "partly", "covered", "unknown")
MOVED = ("same", "gained", "lost", "known", "unknown")

#: Their colours; told apart in every common kind of colour blindness, and in grey. What is covered is pale, what is not is dark,
#: as on the country's page.
STATE_COLOURS = ((255, 255, 255), (143, 47, 0), (242, 162, 78), (192, 220, 245), (123, 123, 123))
MOVED_COLOURS = ((255, 255, 255), (236, 236, 236), (0, 80, 127), (232, 125, 30), (140, 205, 245), (120, 120, 120))


def render_comparison(
    comparison: Comparison, content: Mapping[str, Any], layers: Mapping[str, Sequence[Layer]], language: str
) -> str:
    """The page of compare.json's ``content`` as the text of one HTML file."""
    words = {code: _words(code) for code in LANGUAGES}
    page = Page(
        title=str(words[language]["compare_title"]),
        language=language,
        body=(ANSWER_HEAD, "compare.html"),
        styles=STYLES,
        scripts=SCRIPTS,
        figures_in=("compare.csv", "compare.json"),
        data={
            "language": language,
            "iso2": comparison.about.iso2,
            "names": dict(comparison.about.names),
            "strings": words,
            "compare": rounded(dict(content)),
            "areas": _areas(comparison),
            "pictures": _pictures(comparison, layers),
            "outlines": shapes.outlines_of_areas(comparison.after.areas),
            "colours": {"state": _css(STATE_COLOURS, STATES), "moved": _css(MOVED_COLOURS, MOVED)},
            "scale": shapes.SCALE,
        },
    )
    return page.render()


def _words(code: str) -> dict[str, object]:
    own = words_in(code, "compare")
    return {**strings()[code], "answer_title": own["title"], **{f"compare_{key}": text for key, text in own.items()}}


def _css(colours: Sequence[tuple[int, int, int]], names: Sequence[str]) -> dict[str, str]:
    return dict(zip(names, rasters.css_colours(colours[1:]), strict=True))


def _areas(comparison: Comparison) -> dict[str, list[dict[str, Any]]]:
    """The areas of the finest level by service, those where most changed first."""
    table = comparison.table
    found: dict[str, list[Any]] = {}
    for service in comparison.services:
        mine = table[(table["level"] == table["level"].max()) & (table["service"] == service) & (table["level"] > 0)]
        mine = mine[mine["uncovered_change"].abs() >= 0.5]
        order = mine["uncovered_change"].abs().sort_values(ascending=False, kind="stable").index[:AREAS]
        columns = ["name", *(name for name in mine if name.startswith("uncovered_"))]
        rows = mine.loc[order, columns].astype(object)
        found[service] = [rounded(row) for row in rows.where(rows.notna(), None).to_dict("records")]
    return found


def _pictures(comparison: Comparison, layers: Mapping[str, Sequence[Layer]]) -> dict[str, Any]:
    """For each service three pictures: before, after, and what became of each cell; and which classes are ``drawn``."""
    if not layers:
        return {}
    from ewcm.analysis.compare import became_known, levels_at, offset_of
    from ewcm.comparison import sides

    before, after = sides(comparison.before, comparison.after, comparison.operators)
    whole = comparison.geobox()
    people = _people_of_both(comparison)
    frame = rasters.frame(whole, people, _LONGEST_SIDE)
    west, south, east, north = frame.bounds
    found: dict[str, Any] = {"bounds": [[south, west], [north, east]], "services": {}, "drawn": {}}
    offset = offset_of(before.geobox, after.geobox)
    for service in layers:
        classes = {name: np.zeros(people.shape, np.uint8) for name in ("before", "after", "moved")}
        for side, other, name in ((before, after, "before"), (after, before, "after")):
            row, col = offset_of(whole, side.geobox)
            shift = offset if name == "before" else (-offset[0], -offset[1])
            height, width = side.people.shape
            own, there = levels_at(side, other, shift, service, slice(0, height))
            window = slice(row, row + height), slice(col, col + width)
            outside = ~(people[window] > 0)
            state = _states(own.covered, own.unknown)
            classes[name][window] = np.where(outside, 0, state)
            if name == "before":
                known = became_known(own, there)
                real = there.covered - own.covered - known.covered
                classes["moved"][window] = np.where(outside, 0, _moves(real, -known.unknown))
        colours = {"before": STATE_COLOURS, "after": STATE_COLOURS, "moved": MOVED_COLOURS}
        found["services"][service] = {name: rasters.png(frame.take(classes[name]), colours[name]) for name in classes}
        found["drawn"][service] = {
            "state": _names(STATES, classes["before"], classes["after"]),
            "moved": _names(MOVED, classes["moved"]),
        }
    return found


def _names(names: Sequence[str], *pictures: np.ndarray) -> list[str]:
    """The names of the classes that any of the pictures holds."""
    there = np.unique(np.concatenate([np.unique(picture) for picture in pictures]))
    return [names[number - 1] for number in there if number]


def _people_of_both(comparison: Comparison) -> np.ndarray:
    """The larger number of people of both in each cell of the grid that holds both, NaN outside."""
    from ewcm.analysis.compare import offset_of

    whole = comparison.geobox()
    people = np.full(whole.shape.yx, np.nan, np.float32)
    for result in (comparison.before, comparison.after):
        row, col = offset_of(whole, result.geobox)
        own = result.data.population.people
        window = slice(row, row + own.shape[0]), slice(col, col + own.shape[1])
        people[window] = np.fmax(people[window], own)
    return people


def _states(covered: np.ndarray, unknown: np.ndarray) -> np.ndarray:
    """Classes of ``STATES`` of cells."""
    state = np.ones(covered.shape, np.uint8)
    state[covered > 0] = 2
    state[covered >= _COVERED_FROM * (LEVELS - unknown)] = 3
    state[2 * unknown > LEVELS] = 4
    return state


def _moves(covered: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Classes of ``MOVED``: by the larger of what changed and of what became known."""
    least = _MOVED_FROM * LEVELS
    moved = np.ones(covered.shape, np.uint8)
    real = np.abs(covered) >= np.abs(known)
    moved[real & (covered >= least)] = 2
    moved[real & (covered <= -least)] = 3
    moved[~real & (known >= least)] = 4
    moved[~real & (known <= -least)] = 5
    return moved
