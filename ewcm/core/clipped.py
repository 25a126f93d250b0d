"""Shapes cut to a box."""

from __future__ import annotations

from typing import Any

import shapely


def clipped(shape: Any, west: float, south: float, east: float, north: float) -> Any:
    """What of a shape, or of each of an array of them, lies in a box. The quick cut of GEOS stops at some rings that a side of
    the box grazes; the exact one, which takes several times as long, then makes it."""
    try:
        return shapely.clip_by_rect(shape, west, south, east, north)
    except shapely.GEOSException:
        return shapely.intersection(shapely.make_valid(shape), shapely.box(west, south, east, north))
