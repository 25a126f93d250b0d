"""Outlines of groups of grid cells, along the edges of their cells."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import shapely
from affine import Affine
from rasterio import features
from shapely.geometry.base import BaseGeometry

from ewcm.core import pieces
from ewcm.core.geojson import geometries

#: Groups that are drawn in one piece.
_OUTLINES = 256

#: Grid cells of a raster on which they are drawn; a larger group has one of its own.
_SHEET_CELLS = 2**22

#: Runs of grid cells of one group: rows, first columns and columns past the last.
_Cells = tuple[np.ndarray, np.ndarray, np.ndarray]


def outlines(
    row: np.ndarray, start: np.ndarray, stop: np.ndarray, group: np.ndarray, groups: int, affine: Affine
) -> list[BaseGeometry]:
    """Outlines of groups 0..``groups`` - 1, in the coordinates of ``affine``. Each has at least one run of cells (columns
    start..stop-1 of a row)."""
    by_group = np.argsort(group, kind="stable")
    bounds = np.searchsorted(group[by_group], np.arange(groups + 1))
    cells: list[_Cells] = [
        (row[mine], start[mine], stop[mine])
        for mine in (by_group[first:past_last] for first, past_last in zip(bounds[:-1], bounds[1:], strict=True))
    ]
    parts = [(affine, cells[first : first + _OUTLINES]) for first in range(0, len(cells), _OUTLINES)]
    return [outline for drawn in pieces.results_of(_draw, parts) for outline in drawn]


def _draw(part: tuple[Affine, list[_Cells]]) -> list[BaseGeometry]:
    """Outlines of some groups."""
    affine, groups = part
    return [outline for sheet in _sheets(groups) for outline in _outlined(affine, sheet)]


def _sheets(groups: list[_Cells]) -> Iterator[list[_Cells]]:
    """Groups, as many at a time as one raster of bearable size holds one below the other."""
    sheet: list[_Cells] = []
    height = width = 0
    for cells in groups:
        row, start, stop = cells
        tall, wide = int(row.max()) - int(row.min()) + 2, int(stop.max()) - int(start.min())
        if sheet and (height + tall) * max(width, wide) > _SHEET_CELLS:
            yield sheet
            sheet, height, width = [], 0, 0
        sheet.append(cells)
        height, width = height + tall, max(width, wide)
    if sheet:
        yield sheet


def _outlined(affine: Affine, sheet: list[_Cells]) -> list[BaseGeometry]:
    """Outlines of groups drawn on one sheet, an empty line between each two: GDAL needs far longer to be asked than to
    draw, and where there are keys of an object store in the environment rasterio goes through them for each question."""
    row0 = np.array([row.min() for row, _, _ in sheet], dtype=np.int64)
    col0 = np.array([start.min() for _, start, _ in sheet], dtype=np.int64)
    tall = np.array([row.max() for row, _, _ in sheet], dtype=np.int64) - row0 + 2
    width = max(int(stop.max()) - left for (_, _, stop), left in zip(sheet, col0, strict=True))
    top = np.cumsum(tall) - tall
    drawn = np.zeros((int(tall.sum()), width), dtype=np.uint8)
    for (row, start, stop), above, left, line in zip(sheet, row0, col0, top, strict=True):
        for at, first, past_last in zip(row - above + line, start - left, stop - left, strict=True):
            drawn[at, first:past_last] = 1
    found = geometries([outline for outline, _ in features.shapes(drawn, mask=drawn == 1)])
    owner = np.searchsorted(top, shapely.bounds(found)[:, 1], side="right") - 1
    # From the sheet to the ground, in the order in which GDAL adds.
    at = shapely.get_coordinates(found)
    of = np.repeat(owner, shapely.get_num_coordinates(found))
    x, y = at[:, 0], at[:, 1] - top[of]
    west = affine.a * col0 + affine.b * row0 + affine.c
    north = affine.d * col0 + affine.e * row0 + affine.f
    there = np.stack([west[of] + x * affine.a + y * affine.b, north[of] + x * affine.d + y * affine.e], axis=1)
    found = shapely.set_coordinates(found, there)
    by_owner = np.argsort(owner, kind="stable")
    parts = np.split(found[by_owner], np.searchsorted(owner[by_owner], np.arange(1, len(sheet))))
    return [shapely.MultiPolygon(list(polygons)) if len(polygons) > 1 else polygons[0] for polygons in parts]
