"""Sites of a list that stand where nobody lives: mostly positions that were read wrongly, or are wrong."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ewcm.core import grid
from ewcm.core.input_warning import InputWarning
from ewcm.sources.cells import Sites
from ewcm.sources.population import Population

#: Nobody within this of a site [km] is worth saying where it is so of more than this share of at least so many sites.
NEAR_KM, _SHARE, _SITES = 5.0, 0.5, 5


def with_nobody_near(sites: Sites, population: Population) -> Sites:
    """A list of sites, whose record says so where most of its sites have nobody within ``NEAR_KM``."""
    places = sites.table.drop_duplicates(["lat", "lon"])
    lat, lon = places["lat"].to_numpy(np.float64), places["lon"].to_numpy(np.float64)
    people, geobox = population.people, population.geobox
    row, col = grid.cells_at(geobox, lat, lon)
    width_km, height_km = grid.row_cell_size_km(geobox)
    tall = int(np.ceil(NEAR_KM / float(np.median(height_km))))
    lonely = 0
    for y, x in zip(row.tolist(), col.tolist(), strict=True):
        wide = int(np.ceil(NEAR_KM / float(width_km[min(max(y, 0), len(width_km) - 1)])))
        around = people[max(0, y - tall) : max(0, y + tall + 1), max(0, x - wide) : max(0, x + wide + 1)]
        lonely += not (around > 0).any()
    if len(places) < _SITES or lonely <= _SHARE * len(places):
        return sites
    text = f"{lonely} of {len(places)} sites have nobody living within {NEAR_KM:g} km; look whether their positions are right."
    warning = InputWarning("nobody_near", text, {"count": lonely, "sites": len(places), "km": NEAR_KM})
    return replace(
        sites, records=tuple(replace(record, warnings=(*record.warnings, warning)) for record in sites.records)
    )
