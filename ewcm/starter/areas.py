"""Areas of the starter pack: admin-1 units of Natural Earth on the land that WorldPop's outlines know.

Natural Earth at 1:10m leaves out most small islands, or draws them a kilometre beside their place. Where a country is
made of islands its land is therefore WorldPop's outline, cut by the units; elsewhere the units stay as they are and only
islands that they miss are added. Nothing else is changed, but coordinates are rounded to 0.0001° (11 m).
"""

from __future__ import annotations

import numpy as np
import shapely
from shapely import MultiPolygon, Polygon

from ewcm.packaged import GRID_DEG

SIMPLIFY_DEG = 0.002  # mainland borders: corners that span less than the square of this are dropped
PIECE_DEG = 0.02  # coastal leftovers are given to the nearest unit in pieces of this size


def unit_areas(units: np.ndarray, outline: np.ndarray, islands: bool) -> np.ndarray:
    """The area of each unit.

    ``units``: polygons of the admin-1 units, a coverage (they share borders and do not overlap). ``outline``: the
    polygons of the country's land, one a landmass. ``islands``: whether the country is made of islands.
    """
    if islands:
        pieces = _cut(outline, units)
    else:
        units = shapely.coverage_simplify(units, SIMPLIFY_DEG)
        missed = outline[~_touching(outline, units)]
        pieces = [[unit] for unit in units]
        for land, unit in zip(missed, _nearest(missed, units), strict=True):
            pieces[unit].append(land)
    return np.array([_joined(parts) for parts in pieces], dtype=object)


def _joined(parts: list) -> MultiPolygon:
    """One multipolygon on the rounded grid; an empty one stays empty."""
    whole = shapely.make_valid(shapely.union_all(parts, grid_size=GRID_DEG))
    return MultiPolygon([part for part in shapely.get_parts(whole) if isinstance(part, Polygon) and part.area > 0])


def _touching(lands: np.ndarray, units: np.ndarray) -> np.ndarray:
    """Which ``lands`` meet any unit."""
    touched = np.zeros(len(lands), dtype=bool)
    touched[shapely.STRtree(lands).query(units, predicate="intersects")[1]] = True
    return touched


def _nearest(lands: np.ndarray, units: np.ndarray) -> np.ndarray:
    """Index of the unit nearest to each land; the distance is measured with longitudes shrunk by the latitude."""
    if not len(lands):
        return np.empty(0, dtype=int)
    parts, owner = shapely.get_parts(units, return_index=True)
    shrink = np.cos(np.radians(shapely.bounds(lands)[:, [1, 3]].mean()))

    def flat(xy: np.ndarray) -> np.ndarray:
        return xy * [shrink, 1.0]

    return owner[shapely.STRtree(shapely.transform(parts, flat)).nearest(shapely.transform(lands, flat))]


def _cut(outline: np.ndarray, units: np.ndarray) -> list[list]:
    """Each landmass of ``outline`` cut by the units; what no unit holds goes to the nearest one."""
    pieces: list[list] = [[] for _ in units]
    leftovers = []
    shapely.prepare(units)
    for land in outline:
        meets = np.flatnonzero(shapely.intersects(units, land))
        if len(meets) == 1:
            pieces[meets[0]].append(land)
        elif len(meets) == 0:
            leftovers.append(land)
        else:
            for unit in meets:
                pieces[unit].append(shapely.intersection(land, units[unit]))
            rest = shapely.get_parts(shapely.difference(land, shapely.union_all(units[meets])))
            leftovers.extend(small for part in rest for small in _diced(part))
    lost = np.array([land for land in leftovers if land.area > 0], dtype=object)
    for land, unit in zip(lost, _nearest(lost, units), strict=True):
        pieces[unit].append(land)
    return pieces


def _diced(land: Polygon) -> np.ndarray:
    """``land`` cut along a regular grid of lines."""
    west, south, east, north = land.bounds
    columns = np.arange(np.floor(west / PIECE_DEG), np.ceil(east / PIECE_DEG)) * PIECE_DEG
    rows = np.arange(np.floor(south / PIECE_DEG), np.ceil(north / PIECE_DEG)) * PIECE_DEG
    x, y = (axis.ravel() for axis in np.meshgrid(columns, rows))
    tiles = shapely.box(x, y, x + PIECE_DEG, y + PIECE_DEG)
    shapely.prepare(land)
    cut = shapely.intersection(tiles[shapely.intersects(tiles, land)], land)
    return shapely.get_parts(cut)
