"""Caveats: what a reader must know before using the figures, in plain words.

Each has a ``code`` (the map translates by it), an English ``text`` and the ``values`` that the text was made with.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ewcm.core.channels import TECHNOLOGIES
from ewcm.core.finding import Caveat, Json
from ewcm.core.record import InputRecord
from ewcm.core.zones import Zones

#: Below this share of the people it is a coast drawn coarsely, or two borders that were not drawn by one hand.
_NOTABLE = 1e-3

#: Where more of a country's people than this share are its share of cells on the border, that is said of the whole figure.
_MUCH_SHARED = 0.1


class _Caveats(list[Caveat]):
    """Caveats in the order in which they are added."""

    def add(self, code: str, text: str, **values: Json) -> None:
        self.append(Caveat(code, text, values))


def coverage_caveats(
    models: Mapping[str, str],
    *,
    open_services: Sequence[str] = (),
    missing: Mapping[str, Sequence[str]] | None = None,
    taken_as_all: Mapping[tuple[str, ...], Sequence[str]] | None = None,
    listed: Sequence[str] = (),
    crowd_sourced: bool = False,
    terrain: bool = False,
    clutter: bool = False,
    coarse_terrain: bool = False,
    margin_db: float = 0.0,
    footprints_left_out: bool = False,
    calibrated: Sequence[str] = (),
) -> list[Caveat]:
    """What to know about the coverage.

    ``models``: the name of the model of each technology that has one. ``open_services``: services of which something is known,
    and not who is out of their reach. ``missing``: by technology, operators without a source. ``taken_as_all``: technologies by
    the operators that their sources name, where these were taken as all there are. ``listed``: technologies of the site lists.
    ``crowd_sourced``: whether sites come from crowd-sourced cells. ``terrain``, ``clutter``, ``coarse_terrain``: what was given
    for propagation. ``margin_db``: how far the cases of low and of high coverage lie from the central one [dB].
    ``footprints_left_out``: whether those of single sites were too large to be kept. ``calibrated``: technologies whose computed
    levels were moved by offsets from measurements.
    """
    found = _Caveats()
    say = found.add
    unknown = [technology for technology in TECHNOLOGIES if technology not in models]
    if len(unknown) == len(TECHNOLOGIES):
        say(
            "unknown_everywhere",
            "No coverage data was given: nobody is counted as covered or as uncovered. Unknown is not uncovered.",
        )
    elif unknown:
        say(
            "technology_unknown",
            f"Nothing is known about {', '.join(unknown)}: people are counted as unknown there, not as uncovered.",
            technologies=unknown,
        )
    _known_in_part(found, open_services, missing or {}, taken_as_all or {})
    by_model: dict[str, list[str]] = {}
    for technology, model in models.items():
        by_model.setdefault(model, []).append(technology)
    _computed(
        found, by_model, terrain and bool(listed), clutter, coarse_terrain, round(margin_db, 1), footprints_left_out
    )
    moved = [name for name in TECHNOLOGIES if name in calibrated and name in by_model.get("p1812", ())]
    if moved:
        say(
            "p1812_calibrated",
            f"Computed levels of {', '.join(moved)} were moved by offsets from measurements ([[settings.calibration]]).",
            technologies=moved,
        )
    if "given" in by_model:
        say(
            "given_model",
            f"Coverage of {', '.join(by_model['given'])} was given as arrays; what it was made from is not recorded here.",
            technologies=by_model["given"],
        )
    if "declared" in by_model:
        say(
            "declared_model",
            f"Coverage of {', '.join(by_model['declared'])} is as operators or regulators declare it; it was not measured.",
            technologies=by_model["declared"],
        )
    unused = [name for name in TECHNOLOGIES if name in listed and name in by_model.get("declared", [])]
    if unused:
        say(
            "sites_unused",
            f"Sites of {', '.join(unused)} were not used: coverage is taken from declared maps there, also of operators that "
            "have no such map.",
            technologies=unused,
        )
    if crowd_sourced and set(by_model) & {"radius", "p1812"}:
        say(
            "crowd_sourced",
            "Sites come from crowd-sourced data, which miss many cells of every technology, 2G among them and 3G, 4G and 5G "
            "above all: real coverage is usually wider than shown.",
        )
    return found


def _known_in_part(
    found: _Caveats,
    open_services: Sequence[str],
    missing: Mapping[str, Sequence[str]],
    taken_as_all: Mapping[tuple[str, ...], Sequence[str]],
) -> None:
    """What to know where the sources do not speak for every technology and operator; see :func:`coverage_caveats`."""
    say = found.add
    if open_services:
        say(
            "uncovered_unknown",
            f"Who is out of reach of {', '.join(map(_named, open_services))} is not known: its oldest technology has no "
            "source, or none for some operators. All whom the known networks do not cover count as unknown.",
            services=list(open_services),
        )
    by_operators: dict[tuple[str, ...], list[str]] = {}
    for technology, operators in missing.items():
        by_operators.setdefault(tuple(operators), []).append(technology)
    for names, without in by_operators.items():
        say(
            "operators_missing",
            f"There is no source of {', '.join(without)} for {', '.join(names)}: who is outside the coverage of the other "
            "operators counts as unknown for it. If an operator has two names, use one of them in all inputs.",
            technologies=without,
            operators=list(names),
        )
    for names, channels in taken_as_all.items():
        say(
            "operators_taken_as_all",
            f"Coverage of {', '.join(channels)} is that of {', '.join(names)}, taken as all operators there are: if there are "
            "others, their coverage is missing. State operators = […] in inputs.toml.",
            technologies=list(channels),
            operators=list(names),
        )


def _named(service: str) -> str:
    return "any technology" if service == "any" else service


def _computed(
    found: _Caveats,
    by_model: Mapping[str, Sequence[str]],
    sites_and_terrain: bool,
    clutter: bool,
    coarse_terrain: bool,
    margin_db: float,
    footprints_left_out: bool,
) -> None:
    """What to know about coverage that is computed from sites; ``by_model``: technologies by the name of their model."""
    say = found.add
    if sites_and_terrain and "p1812" not in by_model:
        say(
            "terrain_unused",
            "The terrain that was given was not used for mobile coverage, which comes from an estimate, declared maps or "
            'circles. To compute it from the sites over the terrain, set models = ["p1812"].',
        )
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
        if not clutter:
            say(
                "no_clutter",
                f"No map of trees and buildings was given: coverage of {', '.join(by_model['p1812'])} is computed over bare "
                "ground and is too good, above all in forests and towns.",
                technologies=by_model["p1812"],
            )
        if coarse_terrain:
            say(
                "coarse_terrain",
                "The terrain is coarser than propagation needs: ridges are flattened and coverage may be overstated.",
            )
        say(
            "p1812_range",
            f"The range between the low and the high figure is the computed signal {margin_db:g} dB weaker or stronger. It "
            "stands for powers, heights and terrain that are not quite the real ones, and not for sites that are missing.",
            margin=margin_db,
        )
        if footprints_left_out:
            say(
                "footprints_left_out",
                "The footprints of single sites are too large to be kept: what is asked of single sites, such as the loss of "
                "some, takes circles for them.",
            )


def area_caveats(zones: Sequence[Zones], people: float, outside: float, shared: float = 0.0) -> list[Caveat]:
    """What to know about the areas: ``people`` are those of the country, ``shared`` those of them who are its share of grid cells
    on the border, ``outside`` those of the grid outside of it."""
    found = _Caveats()
    say = found.add
    if outside > 0:
        say(
            "outside_people",
            f"{outside:,.0f} people of the population grid live outside every area: in a neighbouring country, or too far from "
            "the areas to belong to one; they are counted apart.",
            people=outside,
        )
    if shared > _MUCH_SHARED * people:
        say(
            "border_share",
            f"{shared:,.0f} of the {people:,.0f} people of the country are its share of grid cells on the border, which is made "
            "by ground and density: they may be many more or fewer. A population raster with smaller cells, or one of this "
            "country alone, would tell.",
            people=shared,
            total=people,
        )
    nearest = _by_people({areas.level: areas.adopted for areas in zones}, people)
    for adopted, levels in nearest.items():
        say(
            "areas_nearest",
            f"{adopted:,} people live where no area of level {' or '.join(map(str, levels))} is drawn; they are counted in the "
            "nearest one. Add the areas that are missing; if the population data holds other countries too, cut it to this one.",
            people=adopted,
            levels=levels,
        )
    overlaps = _by_people({areas.level: areas.doubled for areas in zones}, people)
    for doubled, levels in overlaps.items():
        say(
            "areas_overlap",
            f"Areas of level {' and '.join(map(str, levels))} overlap where {doubled:,} people live; each is counted once, in "
            "the first of the areas or by the share of each.",
            people=doubled,
            levels=levels,
        )
    return found


def input_caveats(records: Sequence[InputRecord]) -> list[Caveat]:
    """What to know about the files that were read: their licences, and what looks wrong in them."""
    found = _Caveats()
    say = found.add
    closed = [record for record in records if record.non_commercial]
    if closed:
        say(
            "non_commercial",
            f"Some inputs are licensed for non-commercial use only: {', '.join(sorted(r.path for r in closed))}.",
            files=sorted(record.path for record in closed),
        )
    kept = [record for record in records if not record.redistributable]
    if kept:
        say(
            "not_redistributable",
            f"Some inputs may not be passed on: {', '.join(sorted(r.path for r in kept))}. Check before sharing this map.",
            files=sorted(record.path for record in kept),
        )
    for record in records:
        for warning in record.warnings:
            say(f"input_{warning.code}", f"{record.path}: {warning}", file=record.path, **warning.values)
    return found


def lent_caveats(records: Sequence[InputRecord]) -> list[Caveat]:
    """Which layers come with the engine because nobody brought them, as far as names or figures depend on them (of official
    figures the analysis of these says so)."""
    found = _Caveats()
    say = found.add
    for record in records:
        if record.lent and record.layer == "boundaries":
            say(
                "lent_boundaries",
                "No boundaries were given: the areas are those of Natural Earth, which come with the engine. They may be older "
                "than the country's present division.",
            )
        if record.lent and record.layer == "places":
            say(
                "lent_places",
                "No places were given: coldspots are named by the places of GeoNames that come with the engine, which are few.",
            )
    return found


def starter_caveat(iso3: str) -> Caveat:
    """The first thing to know about a result of starter data."""
    text = (
        "STARTER DATA: people and network are modelled, not measured. Not for decisions. Bring real data: put files in "
        f"data/{iso3}/ or run 'make data country={iso3}'."
    )
    return Caveat("starter", text, {"iso3": iso3})


def exercise_caveat() -> Caveat:
    """The first thing to know about a result of people who are made up."""
    text = "EXERCISE: these data are made up for training. They are not the real country, and not for decisions."
    return Caveat("exercise", text)


#: Said where nobody lives.
NOBODY = Caveat("nobody", "The population grid holds no people: every share is undefined.")


def _by_people(by_level: dict[int, float], people: float) -> dict[int, list[int]]:
    """Levels by the number of people they concern, where it is notable: what is the same at two levels is said once."""
    found: dict[int, list[int]] = {}
    for level, number in by_level.items():
        if number > _NOTABLE * people:
            found.setdefault(round(number), []).append(level)
    return found
