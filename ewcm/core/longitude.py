"""Longitudes count modulo 360: numbers, intervals and shapes brought to the turn of the earth that somebody needs.

Longitudes are in degrees, of any turn (−180 and 180 and 540 are one meridian). Functions of numbers take floats, arrays and
pandas Series alike and return the same kind. A *turn* is a multiple of 360° that is added.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
import shapely
from shapely import affinity
from shapely.geometry.base import BaseGeometry

Numbers = TypeVar("Numbers", float, np.ndarray)

#: What is added to a longitude of −180..180 or 0..360 to meet another such frame, from west to east.
TURNS = (-360.0, 0.0, 360.0)


def to_180(lon: Numbers) -> Numbers:
    """``lon`` in −180..180, the eastern end excluded."""
    return (lon + 180.0) % 360.0 - 180.0


def to_360(lon: Numbers) -> Numbers:
    """``lon`` in 0..360. Also how far east of a meridian something lies, as in ``to_360(lon - meridian)``."""
    return lon % 360.0


def near(lon: Numbers, meridian: Numbers | float) -> Numbers:
    """``lon`` within 180° of ``meridian``, so that what lies around it is in one piece."""
    return meridian + (lon - meridian + 180.0) % 360.0 - 180.0


def east_of(lon: float, west: float) -> float:
    """``lon`` in ``west`` .. ``west`` + 360, moved by whole turns only: one that is there already keeps every digit."""
    return lon - 360.0 * float(np.floor((lon - west) / 360.0))


def on_map(lon: float | np.ndarray, east: float) -> np.ndarray:
    """``lon`` (−180..180) on a map whose eastern edge is ``east``: a turn further where the edge lies beyond 180°.

    What lies up to one degree beyond the edge moves too, so that places just outside a country stay beside it.
    """
    lon = np.asarray(lon)
    return np.where((lon < east - 359.0) & (east > 180.0), lon + 360.0, lon)


def is_within(lon: Numbers, west: float, east: float, margin: float = 0.0) -> Numbers:
    """Whether ``lon`` lies in ``west`` .. ``east`` (ends included), widened by ``margin`` on both sides, in any turn."""
    return to_360(lon - (west - margin)) <= east - west + 2 * margin


def turns_onto(span: tuple[float, float], window: tuple[float, float], *, touching: bool = False) -> list[float]:
    """The turns of ``TURNS`` by which a span of longitudes (west, east) has to move to meet a window (west, east).

    ``touching``: whether sharing an edge is enough.
    """
    west, east = span
    if touching:
        return [turn for turn in TURNS if west + turn <= window[1] and east + turn >= window[0]]
    return [turn for turn in TURNS if west + turn < window[1] and east + turn > window[0]]


def boxes_meet(one: Sequence[float] | np.ndarray, other: Sequence[float], *, touching: bool = False) -> bool:
    """Whether two boxes (west, south, east, north) meet, longitudes modulo 360. ``touching``: whether sharing a meridian is
    enough; sharing a parallel is."""
    (west, south, east, north), (left, low, right, high) = one, other
    return bool(south <= high and north >= low and turns_onto((west, east), (left, right), touching=touching))


def turned(shape: BaseGeometry) -> tuple[BaseGeometry, ...]:
    """``shape`` once for each of ``TURNS``."""
    return tuple(affinity.translate(shape, turn) for turn in TURNS)


def shape_onto(shape: BaseGeometry, window: tuple[float, float]) -> BaseGeometry:
    """``shape`` where a window (west, east) is: the union of its copies that meet the window, itself where none does."""
    if shape.is_empty:
        return shape
    west, _, east, _ = shape.bounds
    copies = [affinity.translate(shape, turn) for turn in turns_onto((west, east), window)]
    if len(copies) > 1:
        return shapely.union_all(copies)
    return copies[0] if copies else shape


def shape_to_360(shape: BaseGeometry) -> BaseGeometry:
    """A shape of −180..180 in 0..360: its part west of Greenwich moved east, and joined where it was split at 180°."""
    east = shapely.intersection(shape, shapely.box(0, -90, 360, 90))
    west = shapely.intersection(shape, shapely.box(-360, -90, 0, 90))
    parts = [part for part in (east, affinity.translate(west, 360.0)) if not part.is_empty]
    # Cuts at exactly ±180° leave a seam of rounding; a grid of 1e-9° (0.1 mm) closes it.
    merged = shapely.union_all([shapely.set_precision(part, 1e-9) for part in parts])
    polygons = [part for part in shapely.get_parts(merged) if part.geom_type == "Polygon"]
    return polygons[0] if len(polygons) == 1 else shapely.MultiPolygon(polygons)


def shape_to_180(shape: BaseGeometry) -> BaseGeometry:
    """A shape that lies wholly beyond 180° (from a file in 0..360) moved back to −180..180; any other as it is."""
    return affinity.translate(shape, -360.0) if shape.bounds[0] >= 180.0 else shape


def corners_to_360(shapes: np.ndarray) -> np.ndarray:
    """Shapes with every corner in 0..360, not joined: for polygons that are split at 180° and do not cross Greenwich."""
    return np.asarray(shapely.transform(shapes, lambda xy: np.column_stack([to_360(xy[:, 0]), xy[:, 1]])))
