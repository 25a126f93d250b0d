"""A made-up country of islands across the 180th meridian: four near one another, one 2,000 km to the east."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import shapely

from ewcm import pipeline
from ewcm.countries import country
from ewcm.result import CountryResult
from ewcm.settings import Settings
from ewcm.sources.places import Places
from ewcm.sources.points import POINT_COLUMNS, Points
from tests.made import cell_box, made_areas, made_data, made_grid, made_record, made_sites

#: Rows and columns of the islands (first row, past the last, first column, past the last) and people in each of their cells.
ISLANDS = (
    (20, 26, 40, 48, 200.0),
    (60, 64, 90, 96, 50.0),
    (30, 33, 160, 164, 20.0),
    (70, 71, 200, 201, 5.0),
    (10, 14, 2380, 2390, 9.0),
)

ROWS, COLS, WEST = 100, 2400, 172.0


def people_of(island: tuple[int, int, int, int, float]) -> float:
    """People on an island."""
    top, bottom, left, right, each = island
    return (bottom - top) * (right - left) * each


@cache
def archipelago() -> CountryResult:
    """Its result: one site, on the largest island; one area, which says nothing of where people live."""
    geobox = made_grid(ROWS, COLS, west=WEST)
    people = np.full((ROWS, COLS), np.nan, dtype=np.float32)
    shapes = []
    for top, bottom, left, right, each in ISLANDS:
        people[top:bottom, left:right] = each
        shapes.append(cell_box(geobox, top, left, bottom, right))
    middles = [(shape.centroid.y, shape.centroid.x) for shape in shapes]
    lon = (middles[0][1] + 180) % 360 - 180
    far = (middles[4][1] + 180) % 360 - 180
    record = replace(made_record("places"), attribution="GeoNames.", licence="CC BY 4.0")
    rows = [
        {"name": "Suva", "lat": middles[0][0], "lon": lon, "population": 9000.0, "rank": 0, "name_ar": "سوفا"},
        {"name": "Far", "lat": middles[4][0], "lon": far, "population": 300.0, "rank": 3, "name_ar": ""},
    ]
    clinics = [
        ("1", "Near", "clinic", np.nan, np.nan, middles[0][0], lon),
        ("2", "Beyond", "clinic", np.nan, np.nan, middles[4][0], far),
    ]
    data = made_data(
        people,
        geobox,
        boundaries=made_areas((1, "All", shapely.MultiPolygon(shapes))),
        points=Points(pd.DataFrame(clinics, columns=list(POINT_COLUMNS)), {}, (made_record("poi"),)),
        sites=made_sites((middles[0][0], lon, "2G", "A")),
        places=Places(pd.DataFrame(rows), (record, replace(record, path="places_2.csv"))),
    )
    return pipeline.run(replace(data, country=country("FJI")), Settings())
