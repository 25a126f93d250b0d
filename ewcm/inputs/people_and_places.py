"""A raster whose people do not live where the country's settlements are: mostly one that is turned over, or elsewhere."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ewcm.core import grid
from ewcm.core.input_warning import InputWarning
from ewcm.countries import Country
from ewcm.sources.population import Population
from ewcm.starter import lent

#: People are counted around a settlement as far as this [km]; a cell that is larger is counted alone.
_AROUND_KM, _LARGE_KM = 1.0, 3.0

#: Fewer settlements than this on the grid tell nothing, nor does less than this share of the country's: a raster of one district
#: has nobody at the settlements of the districts around it, and they would find more people the other way round.
_PLACES, _SHARE_OF_PLACES = 10, 0.5

#: In 33 modelled and three real countries the mean of log₁₀(1 + people around) over the settlements is 2.5 to 4.3, and lower by
#: 0.7 or more when the same raster is turned over. The doubts begin at these.
_MORE, _EMPTY = 0.5, 1.0

#: How a raster may be turned: what is said of it, and whether rows and columns are.
TURNS = {
    "turned_rows": (True, False, "north and south"),
    "turned_columns": (False, True, "east and west"),
    "turned_both": (True, True, "north and south, and east and west,"),
}


def with_settlements_compared(population: Population, country: Country) -> Population:
    """The people, whose record says so where many more of them would live at the country's settlements if the raster were
    turned over, or where hardly anybody lives there. A raster between others' land looks right whichever way it is stored."""
    if population.record.exercise or not lent.has_places(country.iso3):
        return population
    places = lent.places(country.iso3).table
    geobox = population.geobox
    row, col = grid.cells_at(geobox, places["lat"].to_numpy(np.float64), places["lon"].to_numpy(np.float64))
    height, width = geobox.shape
    here = (row >= 0) & (row < height) & (col >= 0) & (col < width)
    row, col = row[here], col[here]
    if row.size < max(_PLACES, _SHARE_OF_PLACES * here.size):
        return population
    _, cell_km = grid.row_cell_size_km(geobox)
    side = float(np.median(cell_km))
    cells = 0 if side > _LARGE_KM else max(1, round(_AROUND_KM / side))
    as_it_is = _people_around(population.people, row, col, cells)
    turned = {
        code: _people_around(
            population.people, height - 1 - row if rows else row, width - 1 - col if cols else col, cells
        )
        for code, (rows, cols, _) in TURNS.items()
    }
    code = max(turned, key=lambda each: float(turned[each].mean()))
    if turned[code].mean() > as_it_is.mean() + _MORE:
        count = int((turned[code] > as_it_is).sum())
        text = (
            f"{count} of {row.size} settlements of {country.name} have more people around them if {TURNS[code][2]} are "
            "exchanged: the raster may be stored the other way round; look at it beside a map."
        )
    elif as_it_is.mean() < _EMPTY:
        code, count = "settlements_empty", int((as_it_is < _EMPTY).sum())
        text = (
            f"{count} of {row.size} settlements of {country.name} have hardly anybody around them; the raster may lie elsewhere, "
            "or hold something else."
        )
    else:
        return population
    warning = InputWarning(code, text, {"count": count, "places": int(row.size), "country": country.name})
    return replace(population, record=replace(population.record, warnings=(*population.record.warnings, warning)))


def _people_around(people: np.ndarray, row: np.ndarray, col: np.ndarray, cells: int) -> np.ndarray:
    """log₁₀(1 + people) within so many cells of some others."""
    found = np.array(
        [
            np.nansum(people[max(0, y - cells) : y + cells + 1, max(0, x - cells) : x + cells + 1], dtype=np.float64)
            for y, x in zip(row.tolist(), col.tolist(), strict=True)
        ]
    )
    around: np.ndarray = np.log10(1.0 + found)
    return around
