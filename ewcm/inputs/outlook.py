"""What a run of these inputs will compute, what they lack, and what there is to doubt: the end of ``ewcm check``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from ewcm.core.channels import TECHNOLOGIES
from ewcm.errors import one_line
from ewcm.inputs.country_data import CountryData
from ewcm.inputs.find import Inputs
from ewcm.inputs.ignored import Ignored, ignored
from ewcm.settings import Settings
from ewcm.sources.cells import crowd_sourced
from ewcm.sources.coverage_cards import SERVICES


@dataclass(frozen=True)
class Outlook:
    """``computed``: by what, a part of a sentence each. ``missing``: layers that are not given. ``ignored``: files that are not
    read. ``doubts``: a sentence for everything that may be a mistake; empty where there is none."""

    computed: dict[str, str]
    missing: tuple[str, ...]
    ignored: tuple[Ignored, ...]
    doubts: tuple[str, ...]


def outlook(data: CountryData, inputs: Inputs) -> Outlook:
    """What is to be expected of a run, from what was read."""
    files = ignored(inputs)
    doubts = [f"{file.path}: not read ({file.why})" for file in files if file.data]
    doubts += [f"{record.path}: {warning}" for record in data.records for warning in record.warnings]
    if not data.declared and data.sites is None:
        doubts.append("no source of coverage: for everybody it is unknown whether an alert reaches them")
    return Outlook(dict(_computed(data, inputs.settings)), absent(data), files, tuple(map(one_line, doubts)))


def absent(data: CountryData) -> tuple[str, ...]:
    """The layers that neither the user nor the pack brings."""
    layers = {
        "cells, sites or coverage (all coverage is then unknown)": data.sites is None and not data.declared,
        "terrain": data.terrain is None,
        "clutter (coverage computed from terrain is then too good)": data.terrain is not None and data.clutter is None,
        "boundaries": data.boundaries is None,
        "places": data.places is None,
        "official figures": not data.official.figures,
        "hazards": not data.hazards,
    }
    return tuple(name for name, missing in layers.items() if missing)


def _computed(data: CountryData, settings: Settings) -> Iterator[tuple[str, str]]:
    """What is computed and by what, in the order of the results."""
    rows, cols = data.population.geobox.shape
    yield "people", f"on a grid of {rows} x {cols} cells"
    for technology in TECHNOLOGIES:
        yield technology, _coverage_of(technology, data, settings)
    table = None if data.boundaries is None else data.boundaries.table
    levels = Counter() if table is None else Counter(int(level) for level in table["level"])
    areas = ", ".join(f"{count} of level {level}" for level, count in sorted(levels.items()))
    yield "areas", areas or "the country only, as no boundaries are given"
    yield "coldspots", f"of {', '.join(settings.coldspot_services) or 'no service'}"
    if data.hazards:
        kinds = Counter(hazard.kind for hazard in data.hazards)
        yield "hazards", ", ".join(f"{kind} ({count} map{'s' * (count > 1)})" for kind, count in sorted(kinds.items()))


def _coverage_of(technology: str, data: CountryData, settings: Settings) -> str:
    """By which model the coverage of a technology will come, and from how much."""
    sites = 0 if data.sites is None else int((data.sites.table["technology"] == technology).sum())
    transmitters = f"{sites:,} transmitter{'s' * (sites != 1)}"
    maps = [found for found in data.declared if found.technology == technology]
    for model in settings.models:
        if model == "declared" and maps:
            operators = sorted({found.operator for found in maps if found.operator})
            whose = f" of {', '.join(operators)}" if operators else ""
            unused = f"; not used: {transmitters} of it in lists" if sites else ""
            return f"as declared: {len(maps)} map{'s' * (len(maps) > 1)}{whose}{unused}"
        if model == "estimated" and (share := estimated_from(technology, data, settings)):
            return f"estimated around {transmitters}, {share}"
        if model == "p1812" and sites and data.terrain is not None:
            return f"computed over terrain from {transmitters} (ITU-R P.1812)"
        if model == "radius" and sites:
            return f"circles of {settings.radius_km[technology]:g} km around {transmitters}"
    return "unknown: no source tells it"


def estimated_from(technology: str, data: CountryData, settings: Settings) -> str:
    """What the level of an estimate of a technology will be set to; empty where it will not be estimated."""
    taken = data.better_known(settings.models)
    if "estimated" not in settings.models or technology in taken or technology not in crowd_sourced(data.sites):
        return ""
    service = next(name for name, own in SERVICES.items() if own == technology)
    if data.coverage_card is not None and data.coverage_card.mode == "local_truth":
        return "as learnt from places" if service in data.coverage_card.curves else ""
    figure = data.official.of(technology)
    if figure is None or figure.kept:
        return ""
    of_year = f" ({figure.year})" if figure.year else ""
    return (
        f"set to the official share of {100 * figure.share:g} %{of_year} (circles where it is too far from the cells)"
    )
