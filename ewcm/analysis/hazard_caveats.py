"""What a reader must know of the hazards before using their figures."""

from __future__ import annotations

import re

import numpy as np

from ewcm.analysis.cyclone_winds import seasons_of
from ewcm.analysis.hazard_shares import HazardShares
from ewcm.core.finding import Caveat
from ewcm.sources.ground_source import GroundSource
from ewcm.sources.hazards import ArraySource, PolygonSource, RasterSource, TrackSource

#: Extents that differ by less than this share are one.
_SAME = 0.01

#: Scenarios that are none of the future.
_OF_TODAY = re.compile(r"histori|baseline|present|current|today|actuel|actual|referen|base", re.IGNORECASE)

#: Maps of one hazard from which on equal extents are no accident.
_FEWEST_MAPS = 3


def unknown(iso3: str) -> Caveat:
    """No hazard is known."""
    return Caveat(
        "hazards_unknown",
        f"No hazard is known: who is in harm's way is unknown, not nobody. Bring hazard maps with: ewcm fetch {iso3} --only "
        "jrc-floods, or name your own under [[hazard]] in inputs.toml.",
        {"iso3": iso3},
    )


def of_hazards(hazards: HazardShares, sums: np.ndarray, reference: tuple[int, ...]) -> tuple[Caveat, ...]:
    """Caveats of the hazards that are known. ``sums``: exposed and unknown people of the country by map and threshold."""
    found = [
        Caveat(
            "hazards_even",
            "Inside a grid cell people are taken to live evenly over its ground, and hazard and coverage to be "
            "independent; the range "
            "of the people exposed and out of reach holds without the second.",
        )
    ]
    coarse = [
        hazard.name
        for hazard in hazards.hazards
        if isinstance(hazard.source, RasterSource | ArraySource | GroundSource) and hazard.source.coarse
    ]
    for name in dict.fromkeys(coarse):
        text = f"The maps of {name} are coarser than the people: each grid cell has the value at its middle."
        found.append(Caveat("hazards_coarse", text, {"hazard": name}))
    fields = [(number, place) for number, each in enumerate(hazards.hazards) for place in range(len(each.thresholds))]
    first = {number: place for place, (number, threshold) in enumerate(fields) if threshold == 0}
    by_name: dict[str, list[np.ndarray]] = {}
    for number, hazard in enumerate(hazards.hazards):
        by_name.setdefault(hazard.name, []).append(sums[first[number]])
    for name, of_maps in by_name.items():
        exposed, unknown = np.transpose(of_maps).tolist()
        found += _of_periods(name, exposed, max(unknown) - min(unknown))
    found += _of_tracks(hazards)
    found += _of_ground(hazards)
    found += _of_maps(hazards)
    missing = max((float(sums[first[number], 1]) for number in reference), default=0.0)
    if missing >= 1:
        text = (
            f"For {missing:,.0f} people a hazard is unknown, because a map says nothing of where they live; they are in a "
            f"column of "
            "their own and are not counted as safe."
        )
        found.append(Caveat("hazards_partly", text, {"people": round(missing)}))
    return tuple(found)


def _of_periods(name: str, exposed: list[float], uneven: float) -> list[Caveat]:
    """Doubts about figures that fall, or do not change, with the return period. ``uneven``: by how many people of whom the hazard
    is unknown the maps differ."""
    if uneven >= 1:
        text = (
            f"The maps of {name} do not show the same ground: at least {uneven:,.0f} people live where one return period is "
            "known and another is not. Its return periods cannot be compared there, and the yearly figures may be too low."
        )
        return [Caveat("hazards_uneven", text, {"hazard": name, "people": round(uneven)})]
    if any(after < before * (1 - 1e-9) for before, after in zip(exposed, exposed[1:], strict=False)):
        text = (
            f"Fewer people are exposed to a rarer {name} than to a commoner one; check the return periods of its maps."
        )
        return [Caveat("hazards_fall", text, {"hazard": name})]
    if len(exposed) >= _FEWEST_MAPS and 0 < max(exposed) <= min(exposed) * (1 + _SAME):
        text = (
            f"The maps of {name} expose the same people at every return period; the threshold is too low, or the maps are one "
            "map."
        )
        return [Caveat("hazards_same", text, {"hazard": name})]
    return []


def _of_maps(hazards: HazardShares) -> list[Caveat]:
    """Which maps do not say how rare they are, leave out what nobody mapped, or are of another time."""
    found: dict[tuple[str, str], Caveat] = {}

    def say(code: str, hazard: str, text: str, **more: str) -> None:
        found.setdefault((code, hazard), Caveat(code, f"{hazard}: {text}", {"hazard": hazard, **more}))

    for hazard in hazards.hazards:
        mapped = isinstance(hazard.source, RasterSource | PolygonSource)
        if mapped and hazard.return_period is None and not hazard.event:
            text = "its map states neither a return period nor an event: how rare it is, and whether it has happened, is unknown."
            say("hazards_no_period", hazard.name, text)
        if isinstance(hazard.source, PolygonSource):
            text = "all ground outside its polygons counts as not reached, also where nobody has mapped it."
            say("hazards_polygons", hazard.name, text)
        if hazard.scenario and not _OF_TODAY.search(hazard.scenario):
            about = hazard.scenario + (f", {hazard.year}" if hazard.year else "")
            say("hazards_projection", hazard.name, f"a projection ({about}), not the hazard of today.", about=about)
    return list(found.values())


def _of_tracks(hazards: HazardShares) -> list[Caveat]:
    """How long the record of storms is, and which return periods lie beyond it."""
    found: dict[str, Caveat] = {}
    for hazard in hazards.hazards:
        if not isinstance(hazard.source, TrackSource):
            continue
        if hazard.return_period is None:
            text = (
                f"{hazard.name}: the winds are those of a model along the track, over open sea: hills and buildings "
                "change them."
            )
            found.setdefault(hazard.name, Caveat("hazards_track", text, {"hazard": hazard.name}))
            continue
        seasons = seasons_of(hazard.source.tracks.table)
        text = (
            f"{hazard.name}: the winds are those of a model along the tracks of {seasons} seasons, over open sea: hills and "
            f"buildings "
            "change them, and so few years miss the rarest storms."
        )
        found.setdefault(
            "hazards_history", Caveat("hazards_history", text, {"hazard": hazard.name, "seasons": seasons})
        )
        if hazard.return_period > seasons + 1:
            text = f"Winds of {hazard.return_period:g} years are extrapolated from {seasons} seasons."
            values = {"period": hazard.return_period, "seasons": seasons}
            found[f"extrapolated {hazard.return_period}"] = Caveat("hazards_extrapolated", text, values)
    return list(found.values())


#: What must be known of ground that terrain shows, by the values that were asked for.
_GROUND = {
    "drainage": "{hazard}: ground low above the nearest stream, by the terrain alone. It is no flood map: no return period, no "
    "rain, no dykes.",
    "low_coast": "{hazard}: low ground connected with the sea, by the terrain alone. It has no return period. Most heights are "
    "those of roofs and trees and metres wrong: too few people are counted, and bands of 1 and 2 m are hardly told.",
    "steep": "{hazard}: slope by the terrain alone. It says nothing of landslides and has no return period.",
}


def _of_ground(hazards: HazardShares) -> list[Caveat]:
    """That ground is no map of an event."""
    return [
        Caveat(
            f"hazards_{hazard.source.values}",
            _GROUND[hazard.source.values].replace("{hazard}", hazard.name),
            {"hazard": hazard.name},
        )
        for hazard in hazards.hazards
        if isinstance(hazard.source, GroundSource)
    ]
