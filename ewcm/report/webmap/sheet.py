"""One sheet of pictures for a country whose grid is larger than a page bears as one picture: a picture for each group of islands.

A single picture of Kiribati would have pixels three cells wide, most of them sea. The groups together are small, so that each
keeps the cells of the grid.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from ewcm_kernels.components import components
from numpy.typing import NDArray
from odc.geo.geobox import GeoBox

from ewcm.core import grid
from ewcm.report.webmap import rasters
from ewcm.report.webmap.rasters import Frame, Part

#: Finest pixels [km]: finer cells are shown by the one of a block in which most people live.
FINEST_KM = 1.0

#: Pixels of a sheet, at most.
SHEET_PIXELS = rasters.LONGEST_SIDE**2

#: Parts of a sheet begin at multiples of this, so that a sheet that is halved four times keeps them apart.
ALIGNED = 16

#: Cells that lie nearer than about this many to others are in one picture with them.
_BLOCK = 16

#: A country in more pieces than this has one picture.
_MOST_GROUPS = 400

Box = tuple[slice, slice]


def frame(geobox: GeoBox, people: np.ndarray) -> Frame:
    """The frame of the page's pictures: one picture, or a sheet of them where that keeps more of the grid.

    Where the sheet would have too many pixels the largest groups get coarser ones, so that the small ones keep theirs.
    """
    one_factor = -(-max(geobox.shape) // rasters.LONGEST_SIDE)
    cell_km = float(np.mean([np.median(size) for size in grid.row_cell_size_km(geobox)]))
    finest = max(1, int(FINEST_KM / cell_km))
    if one_factor <= finest or not grid.is_geographic(geobox):
        return rasters.frame(geobox, people)
    boxes = groups(people)
    if not 1 < len(boxes) <= _MOST_GROUPS:
        return rasters.frame(geobox, people)
    sizes = np.array([[rows.stop - rows.start, columns.stop - columns.start] for rows, columns in boxes])
    factors = np.full(len(boxes), finest)
    while (pixels := _pixels(sizes, factors)).sum() > SHEET_PIXELS:
        factors[np.argmax(pixels)] += 1
    if factors.max() > one_factor:
        return rasters.frame(geobox, people)
    frames = [_of_group(geobox, people, box, int(factor)) for box, factor in zip(boxes, factors, strict=True)]
    return _together(frames, [round(cell_km * int(factor), 3) for factor in factors])


def groups(people: np.ndarray) -> list[Box]:
    """Boxes (rows, columns) that hold all cells of the country and do not overlap, from north to south.

    ``people``: NaN outside the country; where the grid has no such cells, those with people count.
    """
    rows, cols = people.shape
    held = np.zeros((-(-rows // _BLOCK), -(-cols // _BLOCK)), dtype=bool)
    crowded = held.copy()
    edges = np.arange(0, cols, _BLOCK)
    for number in range(held.shape[0]):
        part = people[number * _BLOCK : (number + 1) * _BLOCK]
        held[number] = np.logical_or.reduceat(~np.isnan(part).all(axis=0), edges)
        crowded[number] = np.logical_or.reduceat((part > 0).any(axis=0), edges)
    mask = crowded if held.mean() > 0.5 else held
    found = [
        (top * _BLOCK, min(bottom * _BLOCK, rows), left * _BLOCK, min(right * _BLOCK, cols))
        for top, bottom, left, right in components(mask).box.tolist()
    ]
    return [(slice(top, bottom), slice(left, right)) for top, bottom, left, right in _joined(found)]


def _joined(boxes: list[tuple[int, int, int, int]]) -> list[tuple[int, int, int, int]]:
    """Boxes without overlaps: two that overlap become the one that holds both."""
    done: list[tuple[int, int, int, int]] = []
    waiting = list(boxes)
    while waiting:
        top, bottom, left, right = waiting.pop()
        meets = [one for one in done if one[0] < bottom and top < one[1] and one[2] < right and left < one[3]]
        if not meets:
            done.append((top, bottom, left, right))
            continue
        done = [one for one in done if one not in meets]
        every = [(top, bottom, left, right), *meets]
        waiting.append(
            (min(b[0] for b in every), max(b[1] for b in every), min(b[2] for b in every), max(b[3] for b in every))
        )
    return sorted(done)


def _pixels(sizes: NDArray[np.int64], factors: NDArray[np.int64]) -> NDArray[np.int64]:
    """About how many pixels each group takes up on the sheet."""
    aligned = np.ceil(np.ceil(sizes / factors[:, None]) / ALIGNED) * ALIGNED
    return np.asarray(aligned.prod(axis=1).astype(np.int64))


def _of_group(geobox: GeoBox, people: np.ndarray, box: Box, factor: int) -> Frame:
    """The frame of one group: its cells as flat indices of the whole grid."""
    rows, columns = box
    part = rasters.frame(geobox[rows, columns], people[rows, columns], factor=factor)
    width = columns.stop - columns.start
    row, column = np.divmod(np.maximum(part.source, 0), width)
    whole = (row + rows.start) * people.shape[1] + column + columns.start
    return replace(part, source=np.where(part.source < 0, -1, whole))


def _together(frames: list[Frame], pixel_km: list[float]) -> Frame:
    """One sheet of all pictures, in rows of about one height, the highest first."""
    shapes = [tuple(-(-side // ALIGNED) * ALIGNED for side in part.source.shape) for part in frames]
    area = sum(height * width for height, width in shapes)
    across = max(max(width for _, width in shapes), int(np.sqrt(area) * 1.1) // ALIGNED * ALIGNED)
    places: dict[int, tuple[int, int]] = {}
    x = y = high = 0
    for number in sorted(range(len(frames)), key=lambda one: (-shapes[one][0], one)):
        height, width = shapes[number]
        if x + width > across:
            x, y, high = 0, y + high, 0
        places[number] = (x, y)
        x, high = x + width, max(high, height)
    source = np.full((y + high, across), -1, dtype=np.int64)
    parts = []
    for number, part in enumerate(frames):
        x, y = places[number]
        height, width = part.source.shape
        source[y : y + height, x : x + width] = part.source
        parts.append(Part(x, y, width, height, part.bounds, pixel_km[number]))
    west, south = min(part.bounds[0] for part in frames), min(part.bounds[1] for part in frames)
    east, north = max(part.bounds[2] for part in frames), max(part.bounds[3] for part in frames)
    return Frame((west, south, east, north), source, tuple(parts))
