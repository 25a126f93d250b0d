"""Maps of coverage that cover nobody, or everybody: rather the wrong map, or shapes of something else."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

import numpy as np
import shapely

from ewcm.core import grid, longitude
from ewcm.core.input_warning import InputWarning
from ewcm.core.record import InputRecord
from ewcm.errors import one_line
from ewcm.inputs.country_data import CountryData
from ewcm.sources.coverage_maps import CoveragePolygons

#: So many populated cells are looked at, evenly picked; fewer say nothing.
_MOST_PLACES, _FEWEST_PLACES = 2000, 50


def with_covered_people(data: CountryData) -> CountryData:
    """The inputs, with a warning in the record of each map of polygons that covers none of the places where people live, or
    every one of them (rasters are looked at as they are read)."""
    maps = [one for one in data.declared if isinstance(one, CoveragePolygons)]
    places = _places(data) if maps else None
    if places is None or len(places) < _FEWEST_PLACES:
        return data
    warnings: dict[int, list[InputWarning]] = defaultdict(list)
    for one in maps:
        if (found := _warning(one, places)) is not None:
            warnings[id(one.record)].append(found)
    changed_records: dict[int, InputRecord] = {
        id(one.record): replace(one.record, warnings=(*one.record.warnings, *warnings[id(one.record)]))
        for one in maps
        if id(one.record) in warnings
    }
    return replace(
        data,
        declared=tuple(replace(one, record=changed_records.get(id(one.record), one.record)) for one in data.declared),
    )


def _places(data: CountryData) -> np.ndarray:
    """Centres of populated cells, evenly picked: longitude and latitude, one a row."""
    geobox = data.population.geobox
    blocks = list(grid.blocks(geobox.shape[0]))
    cells: list[np.ndarray] = []
    for rows in blocks:
        populated = np.flatnonzero(np.nan_to_num(data.population.people[rows]) > 0)
        step = max(1, len(populated) * len(blocks) // _MOST_PLACES)
        cells.append(populated[step // 2 :: step] + rows.start * geobox.shape[1])
    row, col = np.divmod(np.concatenate(cells), geobox.shape[1])
    lat, lon = grid.latlon(geobox, row + 0.5, col + 0.5)
    return np.stack([lon, lat], axis=1)


def _warning(one: CoveragePolygons, places: np.ndarray) -> InputWarning | None:
    shapes = one.polygons.geometry.to_numpy()
    shapely.prepare(shapes)
    tree = shapely.STRtree(shapes)
    covered = np.zeros(len(places), dtype=bool)
    for turn in longitude.TURNS:
        lon, lat = places[:, 0] + turn, places[:, 1]
        place, shape = tree.query(shapely.points(lon, lat))
        inside = shapely.intersects_xy(shapes[shape], lon[place], lat[place])
        covered[place[inside]] = True
    if covered.any() and not covered.all():
        return None
    whose = f" of {one_line(one.operator, 40)}" if one.operator else ""
    values = {"technology": one.technology, "whose": f" ({one_line(one.operator, 40)})" if one.operator else ""}
    if not covered.any():
        text = (
            f"The {one.technology} map{whose} covers no place where people live; check that it is the right map, and the "
            "right layer of it."
        )
        return InputWarning("no_people_covered", text, values)
    text = (
        f"The {one.technology} map{whose} covers every place where people live that was looked at ({len(places):,}); check that "
        "its shapes are of coverage alone."
    )
    return InputWarning("all_people_covered", text, values)
