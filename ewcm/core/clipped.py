"""Shapes cut to a box."""

from __future__ import annotations

import shapely
from shapely.geometry.base import BaseGeometry


def clipped(shape: BaseGeometry, west: float, south: float, east: float, north: float) -> BaseGeometry:
    """What of a shape lies in a box. The quick cut of GEOS stops at some rings that a side of the box grazes; the exact one,
    which takes several times as long, then makes it."""
    try:
        return shapely.clip_by_rect(shape, west, south, east, north)
    except shapely.GEOSException:
        return shapely.intersection(shapely.make_valid(shape), shapely.box(west, south, east, north))
