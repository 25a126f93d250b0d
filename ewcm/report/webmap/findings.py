"""What the page shows of the findings that it has no part of its own for: figures, tables and rasters of classes."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from ewcm.core.channels import Service
from ewcm.core.finding import Figure, Finding, Table
from ewcm.core.layer import Layer
from ewcm.core.texts import finding_text, has_text, in_every_language
from ewcm.report.headings import has_heading, heading
from ewcm.report.numbers import rounded
from ewcm.report.tables import OWN_PARTS
from ewcm.report.webmap import rasters
from ewcm.result import CountryResult

#: Rows of a table in the page; the others stand in the CSV file, and the page says so.
ROWS_LISTED = 1000

#: Columns that only programs and a GIS read.
_FOR_PROGRAMS = ("geometry", "candidate_id")

#: Colours of the classes of a layer, from the lowest to the highest: single-hue, told apart in grey.
_RAMP = ("#edf8fb", "#b3cde3", "#8c96c6", "#8856a7", "#6e016b", "#3f0143")


def page_findings(result: CountryResult, frame: rasters.Frame) -> list[dict[str, object]]:
    """Every further finding as the page's scripts take it; ``frame`` is that of the page's pictures."""
    further = [finding for finding in result.findings if finding.name not in OWN_PARTS]
    people = result.data.population.people
    found = [_finding(finding, result.coverage.services, frame, people) for finding in further]
    # Of an analysis that had nothing to work on (no points of interest, no further channel) a heading alone would stand there.
    return [one for one in found if one["figures"] or one["tables"] or one["layers"]]


def _shown(figure: Figure) -> object:
    """The value of a figure; people are whole, as everywhere in the page."""
    if figure.units == "persons" and isinstance(figure.value, float):
        return round(figure.value)
    return rounded(figure.value, figure.path[-1])


def _finding(
    finding: Finding, services: Mapping[str, Service], frame: rasters.Frame, people: np.ndarray
) -> dict[str, object]:
    figures = [
        _figure(finding, figure, services)
        for figure in finding.figures
        # The whole of a finding that is empty is no figure.
        if isinstance(figure.value, str | int | float) or (figure.value is None and len(figure.path) > 1)
    ]
    return {
        "name": finding.name,
        "title": in_every_language(finding, "title"),
        "text": {code: _without_keys(text) for code, text in in_every_language(finding, "text").items()},
        "figures": figures,
        "tables": [_table(finding, table, services) for table in finding.tables if "page" in table.files],
        "layers": [_layer(finding, layer, frame, people) for layer in finding.layers if layer.edges],
    }


def _figure(finding: Finding, figure: Figure, services: Mapping[str, Service]) -> dict[str, object]:
    """A figure: what it is, the service that it is of where its path names one, and words for its value where it has some."""
    of_service = [part for part in figure.path if part in services]
    name = figure.path[-1]
    labels = in_every_language(finding, f"figure.{'.'.join(part for part in figure.path if part not in services)}")
    return {
        "name": name,
        "label": {code: _plainly(finding, name, text, code, short=True) for code, text in labels.items()},
        "service": of_service[0] if of_service else "",
        "value": _shown(figure),
        "units": figure.units,
        "words": _words(finding, name, [figure.value]),
    }


#: A name that a program reads, and what stands in brackets after it.
_KEY = re.compile(r"`([^`]+)`(?: \(([^)]*)\))?")


def _plainly(finding: Finding, name: str, text: str, language: str, *, short: bool = False) -> str:
    """A text of the tables' documentation for readers of the page: words in place of the names that programs read. ``short``:
    without the list of the values, which is for those who read files."""
    if short and "`" in text and ":" in text[: text.index("`")]:
        text = text[: text.index(":")].rstrip()

    def words(found: re.Match[str]) -> str:
        key = f"{name}.{found[1]}"
        if has_text(finding, key):
            return finding_text(finding, key, language)
        return found[2] or found[1].replace("_", " ")

    return _KEY.sub(words, text)


def _without_keys(text: str) -> str:
    """A text without the sentences that speak of columns of files."""
    return " ".join(part for part in re.split(r"(?<=\.) ", text) if "`" not in part)


def _words(finding: Finding, name: str, values: Iterable[object]) -> dict[str, dict[str, str]]:
    """Words by language for those values of a column or figure that have some."""
    stems = (name, name.partition("_")[0])  # signal_4Gplus is a signal
    found = {}
    for value in values:
        key = next((f"{stem}.{value}" for stem in stems if has_text(finding, f"{stem}.{value}")), "")
        if isinstance(value, str) and key:
            found[value] = in_every_language(finding, key)
    return found


def _table(finding: Finding, table: Table, services: Mapping[str, Service]) -> dict[str, object]:
    names = [str(name) for name in table.frame.columns if name not in _FOR_PROGRAMS]
    shown = table.frame[names].head(ROWS_LISTED)
    # A column without anything in it takes room from the others; it stands in the CSV file.
    names = [name for name in names if not len(shown) or not shown[name].isin(["", None]).all()]
    shown = shown[names]
    captioned = has_text(finding, f"caption.{table.name}")
    return {
        "name": table.name,
        "title": in_every_language(finding, f"caption.{table.name}" if captioned else f"table.{table.name}"),
        "columns": [
            _column(finding, name, table.units.get(name, ""), shown[name].unique(), services) for name in names
        ],
        "rows": [[_value(value) for value in row] for row in shown.itertuples(index=False, name=None)],
        "total": len(table.frame),
    }


def _column(
    finding: Finding, name: str, units: str, values: Iterable[object], services: Mapping[str, Service]
) -> dict[str, object]:
    """A column: its heading, what it says in full, and words for those of its values that have some."""
    texts = in_every_language(finding, f"column.{name}")
    about = {code: _plainly(finding, name, text, code) for code, text in texts.items()}
    if has_text(finding, f"heading.{name}"):
        label = in_every_language(finding, f"heading.{name}")
    else:
        label = {code: heading(name, services, code) if has_heading(name, services) else about[code] for code in about}
    return {
        "name": name,
        "label": label,
        "about": about,
        "units": units if label == about else "",  # the heading says it
        "words": _words(finding, name, values),
        "people": units.startswith("persons"),
    }


def _value(value: object) -> object:
    """A value of a table for JSON; None where it is not known."""
    plain = rounded(value)
    if isinstance(plain, str | int | float | bool) or plain is None:
        return plain
    return str(plain)


def _layer(finding: Finding, layer: Layer, frame: rasters.Frame, people: np.ndarray) -> dict[str, object]:
    """A picture of classes for each coordinate of the layer's further dimensions, and one of the ground where it is unknown."""
    places: list[str] = [""]
    for name, labels in layer.dims.items():
        places = [f"{place} {name} {label}".strip() for place in places for label in labels]
    colours = _colours(len(layer.edges))
    classes = _classes(layer, len(places), frame, people)
    unknown = len(colours) + 1
    rgb = [(int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)) for colour in colours]
    gaps = [
        rasters.png((one == unknown).astype(np.uint8), rasters.MARK_COLOURS) if (one == unknown).any() else None
        for one in classes
    ]
    images = list(dict.fromkeys(gap for gap in gaps if gap is not None))
    return {
        "name": f"{finding.name}/{layer.name}",
        "title": in_every_language(finding, f"layer.{layer.name}"),
        "units": layer.units,
        "edges": list(layer.edges),
        "colours": colours,
        "places": places,
        "steps": [float(label) for label in next(iter(layer.dims.values()))] if _is_series(layer) else [],
        "dimension": next(iter(layer.dims)) if _is_series(layer) else "",
        "pictures": [
            rasters.png(np.where(one == unknown, np.uint8(0), one), ((255, 255, 255), *rgb)) for one in classes
        ],
        # Maps of one source mostly end at one edge: their pictures of what is unknown are one.
        "unknown": [None if gap is None else images.index(gap) for gap in gaps],
        "unknown_images": images,
        "unknown_words": in_every_language(finding, "unknown") if has_text(finding, "unknown") else {},
        "only_inhabited": layer.only_inhabited,
    }


def _is_series(layer: Layer) -> bool:
    """Whether the maps of a layer differ by one number, such as a return period."""
    labels = next(iter(layer.dims.values()), ())
    return len(layer.dims) == 1 and all(isinstance(label, int | float) for label in labels)


def _colours(classes: int) -> list[str]:
    steps = np.linspace(0, len(_RAMP) - 1, classes) if classes > 1 else np.array([len(_RAMP) // 2])
    return [_RAMP[math.floor(step + 0.5)] for step in steps]


def _classes(layer: Layer, count: int, frame: rasters.Frame, people: np.ndarray) -> NDArray[np.uint8]:
    """The class of every pixel for each place of the further dimensions, shape (count, rows, columns): 0 below the lowest edge
    and beside the country, 1, 2 … by the edges, and one more where there is ground (with people, of a layer that is worked out
    for them alone) of which the layer says nothing. Made some rows at a time: a large country with many maps fits in memory."""
    edges = np.asarray(layer.edges, dtype=np.float64)
    classes = np.zeros((count, *frame.source.shape), dtype=np.uint8)
    for rows, pixels, cells in frame.blocks(layer.shape):
        if not pixels.size:
            continue
        values = layer.decoded(rows).reshape(count, -1)[:, cells].astype(np.float64)
        here = people[rows].reshape(-1)[cells]
        ground = here > 0 if layer.only_inhabited else ~np.isnan(here)
        found = np.searchsorted(edges, np.nan_to_num(values, nan=-np.inf), side="right")
        found[np.isnan(values) & ground] = len(edges) + 1
        classes.reshape(count, -1)[:, pixels] = found
    return classes
