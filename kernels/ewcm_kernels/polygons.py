"""Exact share of each grid cell that lies inside a polygon, and sums weighted with it.

Signed-area accumulation (the coverage buffer of anti-aliased font rasterisers): seen from the left, an edge that spans dy
of a row turns everything to its right from outside to inside, or back, by dy. Within the cell it crosses, the part right of
the edge is dy × (1 - mean x). Each edge adds these two numbers to the cells it crosses, and a running sum along the row is
the share of each cell inside. It is exact up to float64 rounding, and costs the length of the outline, not its area.

Polygons come as bare vertices in pixel coordinates: ``x`` counts columns and ``y`` counts rows, both from the outer corner
of the first cell, so that cell (row, col) is the square col..col+1 × row..row+1. Rings are x[ring_offsets[k] :
ring_offsets[k + 1]], closed or not. Holes must turn the other way than shells; which way shells turn does not matter (a
flip of the y axis turns both), because the whole is taken positive. Several shells (a multipolygon) are welcome; where
two overlap, the share counts twice in a sum.
"""

from itertools import pairwise

import numpy as np

from ewcm_kernels.bands import row_bands, run
from ewcm_kernels.compiled import njit

#: Rows whose accumulators are held at once: few enough for the processor's cache.
_STRIP_ROWS = 16

#: Columns that are skipped, or summed in one go, where no edge passes.
_BLOCK_COLS = 64

#: A running sum below this is rounding, not area.
_NO_SHARE = 1e-11

_LANES = {"reassoc", "contract", "nsz"}


@njit(cache=True, nogil=True)
def _orientation(x, y, ring_offsets):
    """+1 where shells have the inside right of the edges that go down (y growing), -1 where they turn the other way.

    It is the sign of the whole area, since holes are smaller than the shells they lie in.
    """
    # Relative to the first vertex, so that far-away coordinates do not cancel.
    total = 0.0
    for ring in range(ring_offsets.size - 1):
        first, past_last = ring_offsets[ring], ring_offsets[ring + 1]
        for start in range(first, past_last):
            end = start + 1 if start + 1 < past_last else first
            total += (x[start] - x[first]) * (y[end] - y[first]) - (x[end] - x[first]) * (y[start] - y[first])
    return -1.0 if total > 0.0 else 1.0


@njit(cache=True, nogil=True)
def _edges_by_strip(y, ring_offsets, row0, strips):
    """Which edges touch which strip of rows: (start vertex, end vertex) of each, and where each strip's edges begin."""
    offsets = np.zeros(strips + 1, np.int64)
    edges = np.empty((0, 2), np.int64)
    for filling in (False, True):
        if filling:
            total = 0
            for strip in range(strips + 1):
                total, offsets[strip] = total + offsets[strip], total
            edges = np.empty((total, 2), np.int64)
        for ring in range(ring_offsets.size - 1):
            first, past_last = ring_offsets[ring], ring_offsets[ring + 1]
            for start in range(first, past_last):
                end = start + 1 if start + 1 < past_last else first
                top = min(y[start], y[end]) - row0
                bottom = max(y[start], y[end]) - row0
                if top == bottom or bottom <= 0.0 or top >= strips * _STRIP_ROWS:
                    continue
                last_strip = min(strips - 1, np.int64(bottom) // _STRIP_ROWS)
                for strip in range(np.int64(max(top, 0.0)) // _STRIP_ROWS, last_strip + 1):
                    if filling:
                        edges[offsets[strip], 0] = start
                        edges[offsets[strip], 1] = end
                    offsets[strip] += 1
    # Filling moved each beginning to its end, which is where the next one begins.
    for strip in range(strips, 0, -1):
        offsets[strip] = offsets[strip - 1]
    offsets[0] = 0
    return edges, offsets


@njit(cache=True, nogil=True)
def _add(cover, touched, row, col, dy, mean_x):
    cover[row, col] += dy * (1.0 - mean_x)
    cover[row, col + 1] += dy * mean_x
    touched[row, col // _BLOCK_COLS] = True
    touched[row, (col + 1) // _BLOCK_COLS] = True


@njit(cache=True, nogil=True, error_model="numpy")
def _add_edge(cover, touched, cols, x_start, y_start, x_end, y_end):
    """Add one edge to a strip whose first row and column are the origin; parts above and below it are cut off."""
    sign = 1.0
    if y_end < y_start:
        sign = -1.0
        x_start, y_start, x_end, y_end = x_end, y_end, x_start, y_start
    slope = (x_end - x_start) / (y_end - y_start)
    low, high = min(x_start, x_end), max(x_start, x_end)
    top = max(y_start, 0.0)
    bottom = min(y_end, np.float64(cover.shape[0]))
    row = np.int64(top)
    while row < bottom:
        y_in = max(top, np.float64(row))
        y_out = min(bottom, np.float64(row + 1))
        x_in = min(max(x_start + (y_in - y_start) * slope, low), high)
        x_out = min(max(x_start + (y_out - y_start) * slope, low), high)
        left, right = min(x_in, x_out), max(x_in, x_out)
        dy = sign * (y_out - y_in)
        if right <= 0.0:
            _add(cover, touched, row, 0, dy, 0.0)
        elif left < cols:
            per_col = dy / (right - left)  # not used where the edge stays in one column
            if left < 0.0:
                _add(cover, touched, row, 0, -left * per_col, 0.0)
                dy += left * per_col
                left = 0.0
            if right > cols:
                dy -= (right - cols) * per_col
                right = np.float64(cols)
            col = np.int64(left)
            if right <= col + 1:
                _add(cover, touched, row, col, dy, 0.5 * (left + right) - col)
            else:
                _add(cover, touched, row, col, (col + 1 - left) * per_col, 0.5 * (left - col + 1.0))
                col += 1
                while col + 1 < right:
                    _add(cover, touched, row, col, per_col, 0.5)
                    col += 1
                _add(cover, touched, row, col, (right - col) * per_col, 0.5 * (right - col))
        row += 1


@njit(cache=True, nogil=True)
def _accumulate(cover, touched, x, y, edges, row0, col0, cols):
    for edge in range(edges.shape[0]):
        start, end = edges[edge, 0], edges[edge, 1]
        _add_edge(cover, touched, cols, x[start] - col0, y[start] - row0, x[end] - col0, y[end] - row0)


@njit(cache=True, nogil=True)
def _buffers(cols):
    # One column more than the window: an edge in its last column adds to the cell right of it.
    blocks = cols // _BLOCK_COLS + 1
    return np.zeros((_STRIP_ROWS, blocks * _BLOCK_COLS)), np.zeros((_STRIP_ROWS, blocks), np.bool_)


@njit(cache=True, nogil=True)
def _fill_strips(fraction, sign, x, y, edges, offsets, row0, col0, first, past_last):
    rows, cols = fraction.shape
    cover, touched = _buffers(cols)
    for strip in range(first, past_last):
        top = strip * _STRIP_ROWS
        _accumulate(cover, touched, x, y, edges[offsets[strip] : offsets[strip + 1]], row0 + top, col0, cols)
        for row in range(top, min(rows, top + _STRIP_ROWS)):
            share = 0.0
            for col in range(cols):
                share += cover[row - top, col]
                fraction[row, col] = min(1.0, sign * share) if sign * share > _NO_SHARE else 0.0
        cover[:] = 0.0


@njit(cache=True, nogil=True, fastmath=_LANES)
def _sum_stretch(values, row, left, right):
    # Unsigned, so that the compiler need not ask whether an index counts from the end, and adds in lanes.
    total = 0.0
    for col in range(np.uint64(left), np.uint64(right)):
        value = values[row, col]
        total += np.float64(value) if value == value else 0.0
    return total


@njit(cache=True, nogil=True)
def _sum_strips(values, sign, x, y, edges, offsets, row0, col0, rows, cols, first, past_last):
    cover, touched = _buffers(cols)
    total = 0.0
    for strip in range(first, past_last):
        top = strip * _STRIP_ROWS
        _accumulate(cover, touched, x, y, edges[offsets[strip] : offsets[strip + 1]], row0 + top, col0, cols)
        # Edges that pass below the last row of the window leave their marks there too: every row is wiped.
        for row in range(_STRIP_ROWS):
            inside = top + row < rows
            share = 0.0
            for block in range(touched.shape[1]):
                left = block * _BLOCK_COLS
                right = min(cols, left + _BLOCK_COLS)
                if touched[row, block]:
                    touched[row, block] = False
                    if inside:
                        for col in range(left, right):
                            share += cover[row, col]
                            value = values[row0 + top + row, col0 + col]
                            if value == value:
                                total += share * np.float64(value)
                    cover[row, left : left + _BLOCK_COLS] = 0.0
                elif inside and abs(share) > _NO_SHARE:
                    total += share * _sum_stretch(values, row0 + top + row, col0 + left, col0 + right)
    return sign * total


def _window(x: np.ndarray, y: np.ndarray, rows: int, cols: int) -> tuple[int, int, int, int]:
    """First row, first column, rows and columns of the part of the grid that the polygon's box touches."""
    if x.size == 0:
        return 0, 0, 0, 0
    row0, row1 = max(0, int(np.floor(y.min()))), min(rows, int(np.ceil(y.max())))
    col0, col1 = max(0, int(np.floor(x.min()))), min(cols, int(np.ceil(x.max())))
    if row1 <= row0 or col1 <= col0:
        return 0, 0, 0, 0
    return row0, col0, row1 - row0, col1 - col0


def _plain(x: np.ndarray, y: np.ndarray, ring_offsets: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The arguments in the one type the kernels are compiled for."""
    x, y = np.ascontiguousarray(x, np.float64), np.ascontiguousarray(y, np.float64)
    ring_offsets = np.ascontiguousarray(ring_offsets, np.int64)
    if x.shape != y.shape or x.ndim != 1 or ring_offsets.ndim != 1 or ring_offsets[-1] != x.size:
        raise ValueError("x and y must be vectors of one length, and the last of ring_offsets must be that length")
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise ValueError("polygon vertices must be finite numbers")
    return x, y, ring_offsets


def polygon_fraction(
    x: np.ndarray, y: np.ndarray, ring_offsets: np.ndarray, rows: int, cols: int
) -> tuple[int, int, np.ndarray]:
    """Area share (0..1) of each grid cell inside the polygon: (row0, col0, float64 window of the grid).

    ``x``, ``y``: vertices [columns, rows] and ``ring_offsets``: rings, as the module describes; ``rows`` × ``cols``: the
    grid. Cells outside the window have share 0. A polygon that misses the grid gives a window of shape (0, 0).
    """
    x, y, ring_offsets = _plain(x, y, ring_offsets)
    row0, col0, height, width = _window(x, y, rows, cols)
    fraction = np.zeros((height, width))
    if fraction.size == 0:
        return row0, col0, fraction
    sign = _orientation(x, y, ring_offsets)
    strips = -(-height // _STRIP_ROWS)
    edges, offsets = _edges_by_strip(y, ring_offsets, row0, strips)
    bands = row_bands(strips, width * _STRIP_ROWS)
    run(_fill_strips, [(fraction, sign, x, y, edges, offsets, row0, col0, *band) for band in bands])
    return row0, col0, fraction


def polygon_sums(
    values: np.ndarray, x: np.ndarray, y: np.ndarray, ring_offsets: np.ndarray, polygon_offsets: np.ndarray
) -> np.ndarray:
    """For each of many polygons the sum of the values, each times the share of its cell inside; float64 (polygons,).

    ``values``: 2-D, NaN is skipped. ``x``, ``y``, ``ring_offsets``: the rings of all polygons in pixel coordinates, as the
    module describes. ``polygon_offsets``: integers (polygons + 1,): polygon p has the rings polygon_offsets[p] to
    polygon_offsets[p + 1] - 1. No image of shares is made: cells that no edge crosses are skipped, or summed whole.
    """
    x, y, ring_offsets = _plain(x, y, ring_offsets)
    jobs = []
    owners = []
    for polygon, (first_ring, past_last_ring) in enumerate(pairwise(np.asarray(polygon_offsets).tolist())):
        rings = ring_offsets[first_ring : past_last_ring + 1]
        vertices = slice(rings[0], rings[-1])
        row0, col0, height, width = _window(x[vertices], y[vertices], *values.shape)
        if height == 0:
            continue
        sign = _orientation(x, y, rings)
        strips = -(-height // _STRIP_ROWS)
        edges, offsets = _edges_by_strip(y, rings, row0, strips)
        for band in row_bands(strips, width * _STRIP_ROWS):
            jobs.append((values, sign, x, y, edges, offsets, row0, col0, height, width, *band))
            owners.append(polygon)
    sums = np.zeros(len(polygon_offsets) - 1)
    for polygon, part in zip(owners, run(_sum_strips, jobs), strict=True):
        sums[polygon] += part
    return sums


def polygon_sum(values: np.ndarray, x: np.ndarray, y: np.ndarray, ring_offsets: np.ndarray) -> float:
    """Sum of the values, each times the share of its cell inside one polygon: `polygon_sums` with all rings in one."""
    return float(polygon_sums(values, x, y, ring_offsets, np.array([0, len(ring_offsets) - 1]))[0])
