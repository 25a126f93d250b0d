"""Geometries of GeoJSON: many at once, as shapely's own ``shape`` takes every point by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np
import shapely
from shapely import GeometryType

#: How many lists deep the points of each type lie within those of all geometries of the type.
_DEPTHS = {
    "LineString": (GeometryType.LINESTRING, 1),
    "MultiLineString": (GeometryType.MULTILINESTRING, 2),
    "Polygon": (GeometryType.POLYGON, 2),
    "MultiPolygon": (GeometryType.MULTIPOLYGON, 3),
}


def geometries(found: Sequence[Mapping[str, Any]]) -> np.ndarray:
    """Lines and polygons of GeoJSON geometries, an array of shapely's in the same order; None for any other type."""
    made = np.full(len(found), None, dtype=object)
    for name, (kind, depth) in _DEPTHS.items():
        mine = [number for number, geometry in enumerate(found) if geometry["type"] == name]
        if not mine:
            continue
        within = [found[number]["coordinates"] for number in mine]
        offsets: list[np.ndarray] = []
        for _ in range(depth):
            offsets.insert(0, np.cumsum([0, *map(len, within)]))
            within = list(chain.from_iterable(within))
        made[mine] = shapely.from_ragged_array(kind, np.array(within, dtype=np.float64), tuple(offsets))
    return made
