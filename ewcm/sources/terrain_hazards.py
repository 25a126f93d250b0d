"""Ground that terrain shows to be low, near drainage or steep, as hazards without a return period.

It is no map of an event: nobody says how often water comes, or that a slope slides (docs/method-hazards.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from odc.geo.geobox import GeoBox

from ewcm.core import grid
from ewcm.core.record import Meta, grade_of, record_of
from ewcm.errors import InputError
from ewcm.sources.ground_source import GROUND, GroundKind, GroundSource
from ewcm.sources.hazards import Hazard
from ewcm.sources.terrain import Terrain

#: Terrain with a step [m] outside these is refused: 3″ (92.7 m) is the coarsest that shows a valley floor, and a finer one than
#: 20 m would fill the memory.
FINEST_M, COARSEST_M = 20.0, 95.0

#: Streams begin where so much ground drains through [km²], unless stated; the limits are such that the window that is worked on
#: holds the ground that such a stream drains.
STREAM_KM2, LEAST_STREAM_KM2, MOST_STREAM_KM2 = 1.0, 0.1, 25.0

#: More thresholds than this are no question.
_MOST_THRESHOLDS = 10

#: Keys of ``[[hazard]]`` that say something of a map of an event.
_OF_EVENTS = ("return_period", "event", "unit", "nodata_is", "averaging_minutes", "model", "field", "layer")


def ground_hazard(
    where: str, terrain: Terrain | None, path: Path | None, geobox: GeoBox, meta: Meta, asked: Mapping[str, Any]
) -> Hazard:
    """What a table of ``[[hazard]]`` asks of the ground.

    ``where``: what errors begin with. ``terrain``: the heights, None where the inputs have none; ``path``: the file of these
    that stands for them in the record. ``asked``: the keys of the table. Raises :class:`InputError` where the ground cannot be
    told from it.
    """
    values, kind = str(asked["values"]), _kind_of(where, asked)
    thresholds = _thresholds(where, kind, asked)
    stream_km2 = float(asked.get("stream_km2", STREAM_KM2))
    if values != "drainage" and "stream_km2" in asked:
        raise InputError(f'{where} stream_km2 is of values = "drainage" only; remove it')
    if not LEAST_STREAM_KM2 <= stream_km2 <= MOST_STREAM_KM2:
        raise InputError(
            f"{where} stream_km2 = {stream_km2:g} is not within {LEAST_STREAM_KM2:g} to {MOST_STREAM_KM2:g}; correct it"
        )
    if terrain is None:
        raise InputError(
            f'{where} values = "{values}" needs a terrain; name a DEM of 90 m or finer in path or in [terrain]'
        )
    if not FINEST_M <= terrain.step_m <= COARSEST_M:
        mend = "give a DEM of 90 m or finer" if terrain.step_m > COARSEST_M else "average it to 30 m"
        raise InputError(
            f'{terrain.paths[0]}: has a step of about {terrain.step_m:.0f} m, with which values = "{values}" cannot be told; '
            f"{mend}"
        )
    cell_km2 = float(grid.row_cell_area_km2(geobox)[geobox.shape[0] // 2])
    coarse = terrain.step_m**2 / 1e6 > 1.2 * cell_km2
    common: dict[str, Any] = {
        "name": str(asked.get("name") or kind.name),
        "kind": "ground",
        "unit": kind.unit,
        "thresholds": thresholds,
        "scenario": str(asked.get("scenario", "")),
        "year": asked.get("year"),
    }
    source = path or terrain.paths[0]
    record = record_of(
        "hazard",
        source,
        meta,
        format=terrain.records[0].format,
        crs=terrain.records[0].crs,
        assumptions=_assumptions(values, stream_km2, coarse, len(terrain.paths)),
        grade=grade_of(each.origin for each in terrain.records),
        facts={**common, "thresholds": list(thresholds), "values": values, "step_m": terrain.step_m}
        | ({"stream_km2": stream_km2} if values == "drainage" else {}),
    )
    if path is not None:  # what is in doubt of [terrain] stands in its own record
        record = replace(record, warnings=tuple(each for one in terrain.records for each in one.warnings))
    return Hazard(**common, source=GroundSource(terrain, values, stream_km2, coarse), record=record)


def _kind_of(where: str, asked: Mapping[str, Any]) -> GroundKind:
    values, kind = str(asked["values"]), asked["kind"]
    if kind != "ground":
        raise InputError(
            f'{where} values = "{values}" is of the ground and no map of a {kind[:30]}; state kind = "ground"'
        )
    if given := [key for key in _OF_EVENTS if key in asked]:
        raise InputError(f'{where} {given[0]} is not for kind = "ground", which shows no event; remove it')
    return GROUND[values]


def _thresholds(where: str, kind: GroundKind, asked: Mapping[str, Any]) -> tuple[float, ...]:
    """The thresholds that are stated, else the usual ones, the one that exposes most first."""
    stated = asked.get("thresholds")
    found = (
        kind.thresholds if stated is None else tuple(sorted({float(value) for value in stated}, reverse=kind.at_most))
    )
    if not np.isfinite(found).all() or not min(found) > 0 or not max(found) <= kind.largest:
        raise InputError(f"{where} thresholds must lie above 0 and up to {kind.largest:g} {kind.unit}; correct them")
    if len(found) > _MOST_THRESHOLDS:
        raise InputError(f"{where} thresholds are {len(found)}, more than {_MOST_THRESHOLDS}; name fewer")
    return found


def _assumptions(values: str, stream_km2: float, coarse: bool, files: int) -> tuple[str, ...]:
    how = {
        "drainage": "Heights above the nearest drainage were made from it: D8 on filled heights, streams where "
        f"{stream_km2:g} km² or more drain through.",
        "low_coast": "Ground no higher than each threshold that is connected with the sea through such ground was made from "
        "it; where the heights are those of roofs and trees it looks higher than it is, and too few people are counted.",
        "steep": "Slopes were made from it (Horn 1981); steep ground is no landslide hazard.",
    }
    return (
        *([f"Of the {files} files of the terrain this is the first."] if files > 1 else []),
        how[values],
        "It shows ground and no event: it has no return period.",
        "Of each grid cell with people the share of its known land was taken; a cell without any has that of the sea, and "
        "one with no height is unknown."
        if not coarse
        else "Its cells are larger than those of the grid: each grid cell has the value at its middle.",
    )
