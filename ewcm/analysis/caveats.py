"""Caveats: what a reader must know before using the figures, in plain words.

Each has a ``code`` (the map translates by it), an English ``text`` and the ``values`` that the text was made with.
"""

from __future__ import annotations

from ewcm.analysis.areas import Partition
from ewcm.coverage.combine import Stack
from ewcm.coverage.p1812.model import margin_of
from ewcm.inputs.country_data import CountryData
from ewcm.settings import TECHNOLOGIES, Settings

Caveat = dict[str, object]

#: Below this share of the people it is a coast drawn coarsely, or two borders that were not drawn by one hand.
_NOTABLE = 1e-3


def caveats(
    data: CountryData, settings: Settings, stack: Stack, partitions: list[Partition], people: float, outside: float
) -> list[Caveat]:
    """Every caveat that holds for this run, the gravest first."""
    found: list[Caveat] = []

    def say(code: str, text: str, **values: object) -> None:
        found.append({"code": code, "text": text, "values": values})

    if data.starter:
        say(
            "starter",
            "STARTER DATA: people and network are modelled, not measured. Not for decisions. Bring real data: put files in "
            f"data/{data.country.iso3}/ or run 'make data country={data.country.iso3}'.",
            iso3=data.country.iso3,
        )
    unknown = [technology for technology in TECHNOLOGIES if technology not in stack.chosen]
    if len(unknown) == len(TECHNOLOGIES):
        say(
            "unknown_everywhere",
            "No coverage data was given: nobody is counted as covered or as uncovered. Unknown is not uncovered.",
        )
    elif unknown:
        say(
            "technology_unknown",
            f"Nothing is known about {', '.join(unknown)}: people are counted as unknown for it, not as uncovered.",
            technologies=unknown,
        )
    by_model: dict[str, list[str]] = {}
    for technology, model in stack.chosen.items():
        by_model.setdefault(model.name, []).append(technology)
    if "radius" in by_model:
        say(
            "radius_model",
            f"Coverage of {', '.join(by_model['radius'])} is a circle around each site; hills and buildings are not "
            "considered, so that people behind them may be counted as reached.",
            technologies=by_model["radius"],
        )
    if "p1812" in by_model:
        say(
            "p1812_model",
            f"Coverage of {', '.join(by_model['p1812'])} is computed from sites and terrain (Recommendation ITU-R P.1812) "
            "with the transmitter powers and heights of the manifest; real ones may differ.",
            technologies=by_model["p1812"],
        )
        if data.clutter is None:
            say(
                "no_clutter",
                f"No map of trees and buildings was given: coverage of {', '.join(by_model['p1812'])} is computed over bare "
                "ground and is too good, above all in forests and towns.",
                technologies=by_model["p1812"],
            )
        if data.terrain is not None and data.terrain.error_db:
            say(
                "coarse_terrain",
                "The terrain is coarser than propagation needs: ridges are flattened and coverage may be overstated.",
            )
        margin_db = round(margin_of(data.terrain, settings), 1)
        say(
            "p1812_range",
            f"The range between the low and the high figure is the computed signal {margin_db:g} dB weaker or stronger. It "
            "stands for powers, heights and terrain that are not quite the real ones, and not for sites that are missing.",
            margin=margin_db,
        )
    if "declared" in by_model:
        say(
            "declared_model",
            f"Coverage of {', '.join(by_model['declared'])} is as operators or regulators declare it; it was not measured.",
            technologies=by_model["declared"],
        )
    listed = set(data.sites.table["technology"]) if data.sites else set()
    unused = [name for name in TECHNOLOGIES if name in listed and name in by_model.get("declared", [])]
    if unused:
        say(
            "sites_unused",
            f"Sites of {', '.join(unused)} were not used: its coverage is taken from declared maps, also of operators that "
            "have no such map.",
            technologies=unused,
        )
    site_records = data.sites.records if data.sites else ()
    if any(record.layer == "cells" for record in site_records) and set(by_model) & {"radius", "p1812"}:
        say(
            "crowd_sourced",
            "Sites come from crowd-sourced data, which misses many 3G, 4G and 5G cells: real coverage of these is likely "
            "to be wider than shown.",
        )
    if outside > 0:
        say(
            "outside_people",
            f"{outside:,.0f} people of the population grid live too far from every area to belong to one; they are counted "
            "apart.",
            people=outside,
        )
    nearest = _by_people({partition.level: partition.adopted for partition in partitions}, people)
    for adopted, levels in nearest.items():
        say(
            "areas_nearest",
            f"{adopted:,} people live where no area of level {' or '.join(map(str, levels))} is drawn; they are counted in the "
            "nearest one. If the population data holds other countries too, cut it to this one.",
            people=adopted,
            levels=levels,
        )
    overlaps = _by_people({partition.level: partition.doubled for partition in partitions}, people)
    for doubled, levels in overlaps.items():
        say(
            "areas_overlap",
            f"Areas of level {' and '.join(map(str, levels))} overlap where {doubled:,} people live; each is counted once, in "
            "the first of the areas or by the share of each.",
            people=doubled,
            levels=levels,
        )
    closed = [record for record in data.records if record.non_commercial]
    if closed:
        say(
            "non_commercial",
            f"Some inputs are licensed for non-commercial use only: {', '.join(sorted(r.path for r in closed))}.",
            files=sorted(record.path for record in closed),
        )
    kept = [record for record in data.records if not record.redistributable]
    if kept:
        say(
            "not_redistributable",
            f"Some inputs may not be passed on: {', '.join(sorted(r.path for r in kept))}. Check before sharing this map.",
            files=sorted(record.path for record in kept),
        )
    for record in data.records:
        for warning in record.warnings:
            say(f"input_{warning.code}", f"{record.path}: {warning}", file=record.path, **warning.values)
    if people == 0:
        say("nobody", "The population grid holds no people: every share is undefined.")
    return found


def _by_people(by_level: dict[int, float], people: float) -> dict[int, list[int]]:
    """Levels by the number of people they concern, where it is notable: what is the same at two levels is said once."""
    found: dict[int, list[int]] = {}
    for level, number in by_level.items():
        if number > _NOTABLE * people:
            found.setdefault(round(number), []).append(level)
    return found
