"""Rasters of the map: classes of grid cells as palette PNGs in Web Mercator.

A class is never blended: every pixel shows exactly one grid cell. Where the grid is finer than the picture may be, that is
the cell of the block in which most people live, so that a village does not vanish between two samples.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement, product
from typing import Any

import numpy as np
from numpy.typing import NDArray
from odc.geo.geobox import GeoBox
from PIL import Image
from pyproj import CRS, Transformer

from ewcm.core import grid, longitude
from ewcm.core.fraction import LEVELS, Shares

#: Longest side of a picture [pixels]: a bound on the size of the page and on the browser's memory.
LONGEST_SIDE = 2048

#: How hard pictures are compressed: 9 makes them an eighth smaller (Uganda's 115 for 131 kB) and takes eight times as long.
_COMPRESSION = 6

#: Latitude [degrees] at which Web Mercator ends.
_LATITUDE_MAX = 85.0511287798

#: Spacing [pixels] of the points that are really projected; between them positions are interpolated.
_LATTICE = 8

#: States of a grid cell for one service.
OUTSIDE, UNCOVERED, PARTLY, COVERED, UNKNOWN_STATE = range(5)

#: What a pixel says of one service: the states if networks carry least far, as assumed and farthest. Coverage never
#: shrinks from one to the next, so that few classes hold all three, and one picture is enough. Where it is not known who is out
#: of reach, ground is unknown in one case and covered in the next.
STANDINGS = (
    (OUTSIDE,) * 3,
    (UNKNOWN_STATE,) * 3,
    *combinations_with_replacement((UNCOVERED, PARTLY, COVERED), 3),
    (UNKNOWN_STATE, UNKNOWN_STATE, COVERED),
    (UNKNOWN_STATE, COVERED, COVERED),
)

#: Colours that tell the standings apart in the PNG: by the central state, with the number of the class in the last part.
STANDING_COLOURS = tuple(
    (*((255, 255), (248, 244), (188, 217), (106, 174), (140, 140))[central], number)
    for number, (_, central, _) in enumerate(STANDINGS)
)

#: A cell is marked as estimated where the estimate alone covers at least this level of it.
MARKED_FROM = LEVELS // 20

#: Colours of a picture that only says where a texture is.
MARK_COLOURS = ((255, 255, 255), (0, 0, 0))

#: Lower edges [people per km²] of the classes 2, 3, … of people; class 1 is an empty cell, class 0 lies outside.
PEOPLE_EDGES = (0.0, 1.0, 10.0, 100.0, 1000.0)
PEOPLE_COLOURS = (
    (255, 255, 255),
    (248, 244, 236),
    (218, 218, 235),
    (188, 189, 220),
    (158, 154, 200),
    (117, 107, 177),
    (84, 39, 143),
)


@dataclass(frozen=True)
class Part:
    """One picture of a sheet: its corner and size [pixels of the sheet], its place on the map, the width of a pixel [km]."""

    x: int
    y: int
    width: int
    height: int
    bounds: tuple[float, float, float, float]
    pixel_km: float


@dataclass(frozen=True)
class Frame:
    """A picture's place on the map and the grid cell behind each of its pixels.

    ``bounds``: west, south, east, north [degrees] of the picture's outer edges, east of 180 where the grid is. ``source``:
    int64, shape (height, width), flat index of the grid cell shown, −1 for none. ``parts``: where the pictures of a sheet
    stand; none: the whole is one picture.
    """

    bounds: tuple[float, float, float, float]
    source: NDArray[np.int64]
    parts: tuple[Part, ...] = ()

    def pictures(self) -> tuple[Part, ...]:
        """The parts, and the whole where it is one picture."""
        height, width = self.source.shape
        return self.parts or (Part(0, 0, width, height, self.bounds, 0.0),)

    def take(self, classes: np.ndarray) -> NDArray[np.uint8]:
        """The picture of ``classes`` (uint8, shape of the grid): class 0 where no grid cell lies."""
        return np.where(self.source < 0, np.uint8(0), classes.reshape(-1)[np.maximum(self.source, 0)])

    def blocks(self, shape: tuple[int, int]) -> Iterator[tuple[slice, NDArray[np.int64], NDArray[np.int64]]]:
        """The rows of a grid of this shape by blocks, the pixels that show them and the cells of the block that these
        show; pixels and cells are flat indices."""
        source = self.source.reshape(-1)
        for rows in grid.blocks(shape[0]):
            first, past_last = rows.start * shape[1], rows.stop * shape[1]
            pixels = np.flatnonzero((source >= first) & (source < past_last))
            yield rows, pixels, source[pixels] - first


def frame(geobox: GeoBox, people: np.ndarray, longest_side: int = LONGEST_SIDE, factor: int | None = None) -> Frame:
    """Lay a picture of at most about ``longest_side`` pixels over a grid, or one of ``factor`` × ``factor`` cells a pixel."""
    factor = factor or -(-max(geobox.shape) // longest_side)
    cells = _cells_to_show(people, factor)
    rows, cols = cells.shape
    affine = geobox.affine @ geobox.affine.scale(factor)
    if grid.is_geographic(geobox):
        west, east = affine.c, affine.c + cols * affine.a
        edges = np.clip(affine.f + np.arange(rows + 1) * affine.e, -_LATITUDE_MAX, _LATITUDE_MAX)
        y = mercator(edges)
        # As many rows as the flattest row of cells asks for, so that no row of the grid is passed over.
        height = max(1, int(np.ceil((y[0] - y[-1]) / np.min(-np.diff(y)[np.diff(y) < 0]) - 1e-6)))
        middle = y[0] + (np.arange(height) + 0.5) / height * (y[-1] - y[0])
        row = np.clip(np.floor((latitude(middle) - affine.f) / affine.e), 0, rows - 1).astype(np.int64)
        return Frame((west, float(edges[-1]), east, float(edges[0])), cells[row])
    return _projected_frame(geobox, affine, cells)


def _projected_frame(geobox: GeoBox, affine: Any, cells: NDArray[np.int64]) -> Frame:
    rows, cols = cells.shape
    crs = CRS.from_user_input(str(geobox.crs))
    to_degrees = Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
    # The outline of the grid, and some of its inside for projections whose edges bend.
    row, col = np.meshgrid(np.linspace(0, rows, 33), np.linspace(0, cols, 33), indexing="ij")
    lon, lat = to_degrees.transform(*(affine @ (col, row)))
    lon, lat = np.where(np.isfinite(lon), lon, np.nan), np.where(np.isfinite(lat), lat, np.nan)
    lat = np.clip(lat, -_LATITUDE_MAX, _LATITUDE_MAX)
    if np.nanmax(lon) - np.nanmin(lon) > 180:
        lon = longitude.to_360(lon)
    west, east, south, north = np.nanmin(lon), np.nanmax(lon), np.nanmin(lat), np.nanmax(lat)
    x0, x1, y0, y1 = np.radians(west), np.radians(east), mercator(south), mercator(north)
    # Pixels as small as the smallest cell, however the grid is turned.
    x, y = np.radians(lon), mercator(lat)
    size = min(
        np.nanmin(np.hypot(np.diff(x, axis=axis), np.diff(y, axis=axis))) / (count / 32)
        for axis, count in ((0, rows), (1, cols))
    )
    width, height = int(np.ceil((x1 - x0) / size)), int(np.ceil((y1 - y0) / size))
    # Project a lattice of the pixels' centres and interpolate: the projection is smooth, the pixels are many.
    lattice_row = np.append(np.arange(0, height - 1, _LATTICE), height - 1)
    lattice_col = np.append(np.arange(0, width - 1, _LATTICE), width - 1)
    y = y1 + (lattice_row + 0.5) / height * (y0 - y1)
    x = x0 + (lattice_col + 0.5) / width * (x1 - x0)
    lon_lattice, lat_lattice = np.meshgrid(np.degrees(x), latitude(y))
    from_degrees = Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    grid_x, grid_y = from_degrees.transform(longitude.to_180(lon_lattice), lat_lattice)
    source_col, source_row = ~affine @ (grid_x, grid_y)
    source_row = np.floor(_refine(source_row, lattice_row, lattice_col)).astype(np.int64)
    source_col = np.floor(_refine(source_col, lattice_row, lattice_col)).astype(np.int64)
    inside = (source_row >= 0) & (source_row < rows) & (source_col >= 0) & (source_col < cols)
    source = np.where(inside, cells[np.clip(source_row, 0, rows - 1), np.clip(source_col, 0, cols - 1)], -1)
    return Frame((float(west), float(south), float(east), float(north)), source)


def _refine(values: np.ndarray, rows: np.ndarray, cols: np.ndarray) -> np.ndarray:
    """Bilinear values at every pixel from those at the lattice ``rows`` × ``cols``."""
    every_col = np.arange(cols[-1] + 1)
    wide = np.stack([np.interp(every_col, cols, line) for line in values])
    every_row = np.arange(rows[-1] + 1)
    upper = np.clip(np.searchsorted(rows, every_row, side="right") - 1, 0, max(len(rows) - 2, 0))
    lower = np.minimum(upper + 1, len(rows) - 1)
    share = (every_row - rows[upper]) / np.maximum(rows[lower] - rows[upper], 1)
    return np.asarray(wide[upper] * (1 - share)[:, None] + wide[lower] * share[:, None])


def _cells_to_show(people: np.ndarray, factor: int) -> NDArray[np.int64]:
    """Flat index of the cell with most people of each block of ``factor`` × ``factor`` cells (the middle one if none)."""
    rows, cols = people.shape
    if factor == 1:
        return np.arange(rows * cols, dtype=np.int64).reshape(rows, cols)
    lines = []
    padded = np.full((factor, -(-cols // factor) * factor), -1.0, dtype=np.float32)
    middle = np.int64(factor // 2 * factor + factor // 2)
    for row in range(0, rows, factor):
        padded[:] = -1.0
        part = people[row : row + factor]
        padded[: part.shape[0], :cols] = np.nan_to_num(part, nan=0.0)
        block = padded.reshape(factor, -1, factor).transpose(1, 0, 2).reshape(-1, factor * factor)
        best = block.argmax(axis=1)
        best[block.max(axis=1) <= 0] = middle
        first = np.arange(block.shape[0]) * factor
        source_row = np.minimum(row + best // factor, rows - 1)
        lines.append(source_row * cols + np.minimum(first + best % factor, cols - 1))
    return np.stack(lines).astype(np.int64)


def mercator(latitude_deg: np.ndarray | float) -> NDArray[np.float64]:
    """Web Mercator ordinate [radians] of a latitude."""
    return np.asarray(np.arctanh(np.sin(np.radians(latitude_deg))))


def latitude(y: np.ndarray) -> NDArray[np.float64]:
    return np.asarray(np.degrees(np.arcsin(np.tanh(y))))


def state_classes(shares: Shares, people: np.ndarray, covered_from: float) -> NDArray[np.uint8]:
    """States of the grid cells for one service; ``covered_from`` is the coverage fraction at which a cell is covered.

    A cell that is known in part is judged by what is known of it, and unknown where more than half of it is.
    """
    level = shares.covered if shares.unknown is None else shares.covered_level()
    missing = shares.unknown_level().astype(np.float64)
    state = np.full(level.shape, UNCOVERED, dtype=np.uint8)
    state[level > 0] = PARTLY
    state[level >= covered_from * (LEVELS - missing)] = COVERED
    state[2 * missing > LEVELS] = UNKNOWN_STATE
    state[np.isnan(people)] = OUTSIDE
    return state


def standing_classes(shares: Sequence[Shares], people: np.ndarray, covered_from: float) -> NDArray[np.uint8]:
    """Classes of ``STANDINGS`` of some grid cells; ``shares``: those of low coverage, central and high coverage."""
    low, central, high = (state_classes(each, people, covered_from) for each in shares)
    return _CLASS_OF[low, central, high]


def _class_of() -> NDArray[np.uint8]:
    """The class of every three states; coverage that does not stand in order is taken as that of the central case."""
    table = np.zeros((5, 5, 5), dtype=np.uint8)
    for low, central, high in product((UNCOVERED, PARTLY, COVERED, UNKNOWN_STATE), repeat=3):
        if central == UNKNOWN_STATE:
            states = (central, central, COVERED if high == COVERED else central)
        elif low == UNKNOWN_STATE and central == COVERED:
            states = (low, central, central)
        else:
            states = (min(low, central), central, max(central, central if high == UNKNOWN_STATE else high))
        table[low, central, high] = STANDINGS.index(states)
    return table


_CLASS_OF = _class_of()


def people_classes(people: np.ndarray, row_area_km2: np.ndarray) -> NDArray[np.uint8]:
    """Classes of people per km² of the grid cells: 0 outside, 1 empty, 2 and up by ``PEOPLE_EDGES``."""
    classes = np.zeros(people.shape, dtype=np.uint8)
    for rows in grid.blocks(people.shape[0]):
        density = people[rows] / row_area_km2[rows, None].astype(np.float32)
        classes[rows] = (
            1 + np.searchsorted(np.array(PEOPLE_EDGES[1:], dtype=np.float32), density, side="right") + (density > 0)
        )
        classes[rows][np.isnan(density)] = 0
    return classes


def css_colours(colours: Sequence[tuple[int, int, int]]) -> list[str]:
    """Colours as style sheets write them, for the legend of a picture."""
    return ["#{:02x}{:02x}{:02x}".format(*colour) for colour in colours]


def png(classes: NDArray[np.uint8], colours: Sequence[tuple[int, int, int]], transparency: int | bytes = 0) -> str:
    """A palette PNG as a data URI; ``transparency``: the class that is clear, or the opacity (0..255) of each."""
    image = Image.fromarray(classes, mode="P")
    image.putpalette([part for colour in colours for part in colour])
    stream = io.BytesIO()
    image.save(stream, format="PNG", compress_level=_COMPRESSION, transparency=transparency, bits=4)
    return "data:image/png;base64," + base64.b64encode(stream.getvalue()).decode("ascii")
