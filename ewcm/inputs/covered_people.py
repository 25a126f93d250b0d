"""Maps of coverage that cover nobody, or everybody, or the emptier ground, or only the ground that newer technologies leave out:
rather the wrong map, or shapes of something else."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

import numpy as np
import shapely

from ewcm.core import grid, longitude
from ewcm.core.channels import TECHNOLOGIES
from ewcm.core.input_warning import InputWarning
from ewcm.core.record import InputRecord
from ewcm.errors import one_line
from ewcm.inputs.country_data import CountryData
from ewcm.sources.coverage_maps import CoveragePolygons, CoverageRaster, DeclaredMap
from ewcm.sources.rasters import open_raster, own_crs, values_at

#: So many populated cells are looked at, evenly picked; fewer say nothing.
_MOST_PLACES, _FEWEST_PLACES = 2000, 50

#: Networks begin where most people live. A map whose covered cells hold fewer people than those that it leaves out, by this
#: factor and by medians, is in question.
_EMPTIER = 0.5

#: Older networks stand where newer ones do. Maps that share less than this of the places of the newer one, of at least so many
#: places each, show each technology where it is the best one alone.
_SHARED, _FEWEST_SHARED = 0.05, 15

#: So large a share of the places, and no two shapes at so many of these: of so many shapes, none with more than half of the
#: places, this is how districts lie.
_NEARLY_ALL, _ALONE, _FEWEST_AREAS = 0.97, 0.98, 5


def with_covered_people(data: CountryData) -> CountryData:
    """The inputs, with a warning in the record of each map that covers emptier ground than it leaves out, or nearly nothing of
    what the next newer technology of its operator covers; or of polygons that cover none of the places where people live or
    every one of them (of rasters that is told as they are read), lie side by side as districts do, or in one frame."""
    places, people = _places(data) if data.declared else (np.empty((0, 2)), np.empty(0))
    if len(places) < _FEWEST_PLACES:
        return data
    warnings: dict[int, list[InputWarning]] = defaultdict(list)
    inside: dict[tuple[str, str], np.ndarray] = {}
    for one in data.declared:
        areas = None
        if isinstance(one, CoveragePolygons):
            place, shape = _shapes_at(one, places)
            covered = np.zeros(len(places))
            covered[place] = 1.0
            areas = _side_by_side(one, place, shape, len(places)) or _frame(one, place, shape, len(places))
        else:
            covered = _covered(one, places)
        if (found := _warning(one, covered, people) or areas) is not None:
            warnings[id(one.record)].append(found)
        key = (one.operator, one.technology)
        inside[key] = (covered >= 0.5) | inside.get(key, False)
    for one in data.declared:
        if (ring := _best_alone(one, inside)) is not None:
            warnings[id(one.record)].append(ring)
    changed_records: dict[int, InputRecord] = {
        id(one.record): replace(one.record, warnings=(*one.record.warnings, *warnings[id(one.record)]))
        for one in data.declared
        if id(one.record) in warnings
    }
    return replace(
        data,
        declared=tuple(replace(one, record=changed_records.get(id(one.record), one.record)) for one in data.declared),
    )


def _map_in_words(one: DeclaredMap) -> dict[str, str]:
    """What a sentence calls a map: its technology, and whose it is in brackets ("" of all operators)."""
    return {"technology": one.technology, "whose": f" ({one_line(one.operator, 40)})" if one.operator else ""}


def _places(data: CountryData) -> tuple[np.ndarray, np.ndarray]:
    """Centres of populated cells, evenly picked (longitude and latitude, one a row), and the people of each."""
    geobox = data.population.geobox
    blocks = list(grid.blocks(geobox.shape[0]))
    cells, found = [], []
    for rows in blocks:
        people = np.nan_to_num(data.population.people[rows]).ravel()
        populated = np.flatnonzero(people > 0)
        step = max(1, len(populated) * len(blocks) // _MOST_PLACES)
        populated = populated[step // 2 :: step]
        cells.append(populated + rows.start * geobox.shape[1])
        found.append(people[populated])
    row, col = grid.rows_and_columns(geobox, np.concatenate(cells))
    lat, lon = grid.latlon(geobox, row + 0.5, col + 0.5)
    return np.stack([lon, lat], axis=1), np.concatenate(found)


def _shapes_at(one: CoveragePolygons, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The places that lie in a shape and that shape, by their numbers, one pair for each place in each shape."""
    shapes = one.polygons.geometry.to_numpy()
    shapely.prepare(shapes)
    tree = shapely.STRtree(shapes)
    pairs = []
    for turn in longitude.TURNS:
        lon, lat = places[:, 0] + turn, places[:, 1]
        place, shape = tree.query(shapely.points(lon, lat))
        inside = shapely.intersects_xy(shapes[shape], lon[place], lat[place])
        pairs.append(np.stack([place[inside], shape[inside]]))
    place, shape = np.concatenate(pairs, axis=1)
    return place, shape


def _side_by_side(one: CoveragePolygons, place: np.ndarray, shape: np.ndarray, places: int) -> InputWarning | None:
    """A warning where shapes cover nearly all of the places and do not lie on each other, as districts do. ``place``, ``shape``:
    as :func:`_shapes_at` has them."""
    at_each, of_each = np.bincount(place, minlength=places), np.bincount(shape)
    covered = np.count_nonzero(at_each)
    if covered < _NEARLY_ALL * places or np.count_nonzero(at_each == 1) < _ALONE * covered:
        return None
    if np.count_nonzero(of_each) < _FEWEST_AREAS or of_each.max() > 0.5 * places:
        return None
    values = _map_in_words(one) | {"percent": f"{100 * covered / places:.0f}"}
    text = (
        f"The shapes of the {one.technology} map{values['whose']} lie side by side and cover {values['percent']} % of the places "
        "where people live that were looked at, as districts do: if they are areas and not coverage, say which are covered with "
        "where, or take the file out of the inputs."
    )
    return InputWarning("side_by_side", text, values)


def _frame(one: CoveragePolygons, place: np.ndarray, shape: np.ndarray, places: int) -> InputWarning | None:
    """A warning where one shape holds nearly all of the places, and others lie in it: a frame, or the country.
    ``place``, ``shape``: as :func:`_shapes_at` has them."""
    of_each = np.bincount(shape)
    if len(of_each) < 2 or of_each.max() < _NEARLY_ALL * places or np.sort(of_each)[-2] < _FEWEST_SHARED:
        return None
    values = _map_in_words(one) | {"percent": f"{100 * of_each.max() / places:.0f}"}
    text = (
        f"One shape of the {one.technology} map{values['whose']} holds {values['percent']} % of the places where people live "
        "that were looked at, and others lie in it: if it is a frame, the country or the weakest class, say which shapes are "
        "covered with where."
    )
    return InputWarning("frame", text, values)


def _covered(one: CoverageRaster, places: np.ndarray) -> np.ndarray:
    """The share of each place that a raster says is covered, NaN where it says nothing."""
    with open_raster(one.path) as dataset:
        crs = own_crs(dataset, one.path)
        values = values_at(dataset, crs, places[:, 1], places[:, 0], nodata=one.nodata, band=one.band)
    unknown = 0.0 if one.nodata_is_uncovered else np.nan
    return np.where(np.ma.getmaskarray(values), unknown, one.covered(values.filled(0)).astype(np.float64))


def _warning(one: DeclaredMap, covered: np.ndarray, people: np.ndarray) -> InputWarning | None:
    whose = f" of {one_line(one.operator, 40)}" if one.operator else ""
    values = _map_in_words(one)
    inside, outside = covered >= 0.5, covered < 0.5
    if isinstance(one, CoveragePolygons) and not inside.any():
        text = (
            f"The {one.technology} map{whose} covers no place where people live; check that it is the right map, and the "
            "right layer of it."
        )
        return InputWarning("no_people_covered", text, values)
    if isinstance(one, CoveragePolygons) and inside.all():
        text = (
            f"The {one.technology} map{whose} covers every place where people live that was looked at ({len(people):,}); check "
            "that its shapes are of coverage alone."
        )
        return InputWarning("all_people_covered", text, values)
    if min(inside.sum(), outside.sum()) < _FEWEST_PLACES:
        return None
    within, without = float(np.median(people[inside])), float(np.median(people[outside]))
    if within >= _EMPTIER * without:
        return None
    shown = {"within": f"{within:.1f}", "without": f"{without:.1f}"}
    text = (
        f"The {one.technology} map{whose} covers emptier ground than it leaves out: half of its covered grid cells with people "
        f"hold {shown['within']} people or fewer, half of the others {shown['without']} or more; look whether covered and not "
        "covered are exchanged."
    )
    return InputWarning("covers_emptier_ground", text, {**values, **shown})


def _best_alone(one: DeclaredMap, inside: dict[tuple[str, str], np.ndarray]) -> InputWarning | None:
    """A warning where a map and that of the next newer technology of its operator hardly share a place. ``inside``: which places
    are covered, by operator and technology."""
    newer = [name for name in TECHNOLOGIES[TECHNOLOGIES.index(one.technology) + 1 :] if (one.operator, name) in inside]
    if not newer:
        return None
    old, new = inside[one.operator, one.technology], inside[one.operator, newer[0]]
    if min(old.sum(), new.sum()) < _FEWEST_SHARED or (old & new).sum() >= _SHARED * new.sum():
        return None
    values = _map_in_words(one) | {"newer": newer[0]}
    text = (
        f"The {one.technology} map{values['whose']} leaves out nearly all ground of the {newer[0]} map, where older networks "
        f"mostly stand too: if each shows only where its technology is the best one, give the {one.technology} map all "
        "of its ground."
    )
    return InputWarning("best_alone", text, values)
