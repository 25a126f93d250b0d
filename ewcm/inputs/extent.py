"""Whether the people of a raster are those of the country: neighbours' people in it, and a total that cannot be right."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from ewcm.core import grid
from ewcm.core.input_warning import InputWarning
from ewcm.core.record import InputRecord
from ewcm.countries import Country
from ewcm.errors import InputError
from ewcm.inputs.country_data import CountryData
from ewcm.sources.boundaries import Boundaries, wrapped
from ewcm.sources.neighbours import (
    BEYOND_KM,
    Beyond,
    beyond,
    land_beyond,
    land_within,
    lent_outline,
    outline_of,
    own_people,
    people_inside,
)

#: By how much a country grows and shrinks in a year at most, and how far two counts of one year lie apart.
_GROWTH, _DECLINE, _APART = 0.04, 0.02, 0.05

#: The years of the rasters that are in use, of one that does not say its own.
_YEARS = (2015, 2030)

#: Boundaries that leave out more of the people of a country are those of a part of it.
_PART = 0.01

#: What a record says of the grid cells on the border that were shared with the neighbours.
_SPLIT = "split by ground and density"

#: What earlier versions said of them: they shared them otherwise.
_SPLIT_BEFORE = "split by ground"

#: The warnings of this module, which take the place of those of an earlier look at the same raster.
_OWN_CODES = ("neighbours", "border", "part", "of_others", "total", "no_outline")

#: No country has more people than this.
_MOST_PEOPLE = 1.6e9


def _usual_km() -> float:
    from ewcm.settings import Settings  # who opens a published country needs none

    return Settings().nearest_area_km


def with_extent(data: CountryData, *, may_lend: bool = True, nearest_km: float | None = None) -> CountryData:
    """The inputs of a country with what lies beyond it: neighbours' land where the raster reaches onto it, the outline that
    comes with the engine where there are no boundaries, and what there is to say of both.

    ``may_lend``: whether the outline may serve. ``nearest_km``: people this near to the country belong to it
    (default: that of the settings).

    Raises :class:`InputError` for people that cannot be one country's.
    """
    from ewcm_kernels.sums import masked_sum  # an alert reads this module and needs no compiled kernel

    areas = data.boundaries or lent_outline(data.country)
    if areas is not None and data.population.beyond_180 and not data.country.crosses_180:
        areas = wrapped(areas)
    record = data.population.record
    warnings: tuple[InputWarning, ...] = ()
    data = replace(data, neighbours=None)
    total = float(masked_sum(data.population.people))
    here = total
    if areas is not None:
        own = outline_of(areas.table)
        land = land_beyond(data.country.iso3, own, data.population.geobox)
        warnings += _left_out(data, own, total) + _of_others(data, own)
        found = beyond(data.population.people, data.population.geobox, own, land) if land else None
        if found is not None:
            reaches = data.population.cut or found.reaches(total)
            record = replace(record, facts=record.facts | _facts(found, reaches))
            if reaches:
                if data.boundaries is None and not may_lend:
                    raise InputError(
                        f"{record.path}: holds people of neighbouring countries; add [[boundaries]] of {data.country.name}, or "
                        "clip the raster to it"
                    )
                km = _usual_km() if nearest_km is None else nearest_km
                here = own_people(data.population.people, data.population.geobox, own, land, km)
                warnings += _border_warnings(found)
                data = replace(data, boundaries=areas, neighbours=shapely.union_all(list(land.values())))
    else:
        warnings += (_nothing_known(data.country),)
    cell_km2 = float(np.median(grid.row_cell_area_km2(data.population.geobox)))
    warnings += _implausible(record, data.country, here, areas, cell_km2)
    earlier = tuple(warning for warning in record.warnings if warning.code not in _OWN_CODES)
    record = replace(record, warnings=earlier + warnings)
    return replace(data, population=replace(data.population, record=record))


def with_neighbours(data: CountryData) -> CountryData:
    """The inputs of a published country with the neighbours' land that its people were told from, if they were.

    Raises :class:`InputError` for a country of an earlier version, which shared the cells on the border otherwise.
    """
    record = data.population.record
    if record.facts.get("border") == _SPLIT_BEFORE:
        raise InputError(
            f"{record.path}: was published by an earlier version of the engine, which shared the people of grid cells on the "
            "border by ground alone; run the country again"
        )
    if data.boundaries is None or record.facts.get("border") != _SPLIT:
        return data
    land = land_beyond(data.country.iso3, outline_of(data.boundaries.table), data.population.geobox)
    return replace(data, neighbours=shapely.union_all(list(land.values())))


def _facts(found: Beyond, reaches: bool) -> dict[str, object]:
    """What the record of the raster says of the border."""
    border: dict[str, object] = {
        "border_cells": found.border_cells,
        "border_people": found.border_people,
        "border": _SPLIT if reaches else "kept whole",
    }
    return border | {"people_beyond": found.people, "cells_beyond": found.cells}


def _outline_beside(data: CountryData) -> BaseGeometry | None:
    """The outline that comes with the engine, on the side of 180° where the people are; None without one, and where no
    boundaries were given that it could stand beside."""
    outline = lent_outline(data.country)
    if data.boundaries is None or outline is None or all(record.lent for record in data.boundaries.records):
        return None
    if data.population.beyond_180 and not data.country.crosses_180:
        outline = wrapped(outline)
    return outline_of(outline.table)


def _left_out(data: CountryData, own: BaseGeometry, total: float) -> tuple[InputWarning, ...]:
    """A warning where the boundaries are those of a part of the country: its other people are outside."""
    outline = _outline_beside(data)
    if outline is None:
        return ()
    others = beyond(data.population.people, data.population.geobox, own, {data.country.iso3: outline})
    if others.people <= _PART * total:
        return ()
    text = (
        f"{others.people:,.0f} of {total:,.0f} people of the population grid live in {data.country.name} and outside all areas "
        "of the boundaries that were given: every figure is of that part of the country alone."
    )
    return (InputWarning("part", text, {"people": round(others.people), "total": round(total)}),)


def _of_others(data: CountryData, own: BaseGeometry) -> tuple[InputWarning, ...]:
    """A warning where many people inside the boundaries that were given live on what the engine knows as the land of others.

    Raises :class:`InputError` where most of them do, or where nobody lives inside.
    """
    outline = _outline_beside(data)
    if data.boundaries is None or outline is None:
        return ()
    people, geobox, name = data.population.people, data.population.geobox, data.country.name
    files = ", ".join(dict.fromkeys(str(record.path) for record in data.boundaries.records)) or "the boundaries"
    inside = people_inside(people, geobox, own)
    if not inside > 0:
        raise InputError(
            f"{files}: nobody of {data.population.record.path} lives inside these boundaries; check that both are of {name}"
        )
    land = land_within(data.country.iso3, own, geobox)
    found = beyond(people, geobox, outline, land) if land else None
    if found is None or found.people <= _PART * inside:
        return ()
    theirs = {code: beyond(people, geobox, outline, {code: ground}).people for code, ground in land.items()}
    codes = sorted((code for code in theirs if theirs[code] >= 0.5), key=lambda code: -theirs[code])
    if found.people > 0.5 * inside:
        raise InputError(
            f"{files}: {found.people:,.0f} of {inside:,.0f} people inside these boundaries live in other countries "
            f"({', '.join(codes)}); check that they are the boundaries of {data.country.iso3}"
        )
    text = (
        f"{found.people:,.0f} of {inside:,.0f} people inside the boundaries that were given live on land that the outlines of "
        f"the engine show as that of others ({', '.join(codes)}), more than {BEYOND_KM:g} km from {name}. Every figure counts "
        "them. Borders do not imply an opinion on the status of any territory."
    )
    values = {"people": round(found.people), "total": round(inside), "countries": ", ".join(codes), "km": BEYOND_KM}
    return (InputWarning("of_others", text, values),)


def _border_warnings(found: Beyond) -> tuple[InputWarning, ...]:
    """What there is to say of the people beyond the border and of those on it. Of a raster that was cut to the grid cells that
    the country touches only the latter are left."""
    if round(found.people):
        return (_neighbours_warning(found),)
    if not round(found.border_people):
        return ()
    values = {"people": round(found.border_people), "cells": found.border_cells}
    text = (
        f"{found.border_people:,.0f} people live in {found.border_cells:,} grid cells on the border with neighbouring countries, "
        "and on which side of it is not known: they are shared by ground and by how densely people live around."
    )
    return (InputWarning("border", text, values),)


def _neighbours_warning(found: Beyond) -> InputWarning:
    values = {"people": round(found.people), "cells": found.cells, "km": BEYOND_KM, "border": found.border_cells}
    values["border_people"] = round(found.border_people)
    text = (
        f"{found.people:,.0f} people in {found.cells:,} grid cells live more than {BEYOND_KM:g} km outside the country, on "
        f"neighbours' land. People beyond the border are counted as outside. {found.border_people:,.0f} people live in "
        f"{found.border_cells:,} grid cells on the border, and on which side of it is not known: they are shared by ground and "
        "by how densely people live around."
    )
    return InputWarning("neighbours", text, values)


def _nothing_known(country: Country) -> InputWarning:
    text = (
        f"The engine knows no outline of {country.name}, and none was given: nothing tells whether the people of the raster are "
        "its own. Add [[boundaries]], or make sure that the raster holds nobody else."
    )
    return InputWarning("no_outline", text, {"country": country.name})


def _total_hint(record: InputRecord, people: float, low: float, high: float, cell_km2: float) -> str:
    """What may have made a total implausible, where it then would not be; else where to look."""
    is_density = record.facts.get("unit") == "people_per_km2"
    if is_density and low <= people / cell_km2 <= high:
        return '; is it a count (unit = "people")?'
    if not is_density and low <= people * cell_km2 <= high:
        return '; is it a density (unit = "people_per_km2")?'
    if low <= 1000.0 * people <= high:
        return "; does it count people in thousands?"
    if people < low:
        return "; does it hold a part of the country, or of its people, only?"
    return "; does it, or do the boundaries, hold other countries, places twice, or a value that stands for no data?"


def _implausible(
    record: InputRecord, country: Country, people: float, areas: Boundaries | None, cell_km2: float
) -> tuple[InputWarning, ...]:
    """Warn of a number of people that the country cannot have; refuse it where nothing tells the country from others."""
    low, high = plausible(country, record.year)
    if low <= people <= high:
        return ()
    if areas is None and people > min(2 * high, _MOST_PEOPLE):
        known = f", but {country.name} has about {country.people:,.0f}" if country.people else ""
        raise InputError(
            f"{record.path}: holds {people:,.0f} people{known}; it holds other countries too: add [[boundaries]] of "
            f"{country.name}, or clip the raster to it"
        )
    if country.people is None:
        return ()
    hint = _total_hint(record, people, low, high, cell_km2)
    text = (
        f"The raster gives {country.name} {people:,.0f} people, but it has about {country.people:,.0f} "
        f"({country.people_year}){hint}"
    )
    values = {"people": round(people), "expected": round(country.people), "year": country.people_year}
    return (InputWarning("total", text, values),)


def plausible(country: Country, year: int | None) -> tuple[float, float]:
    """Fewest and most people that a raster of a country may hold, by the UN's total: as far as a country may have grown or
    shrunk between the year of the raster and that of the total. ``year``: None where it is not known."""
    if country.people is None:
        return 0.0, _MOST_PEOPLE
    first, last = (year, year) if year else _YEARS
    before, after = max(country.people_year - first, 0), max(last - country.people_year, 0)
    low = (1 - _APART) * min((1 + _GROWTH) ** -before, (1 - _DECLINE) ** after)
    high = (1 + _APART) * max((1 + _GROWTH) ** after, (1 - _DECLINE) ** -before)
    return country.people * low, country.people * high
