"""The exact share of each grid cell inside a polygon, in numpy alone: for a question about a few polygons, which is answered
before compiled kernels are loaded.

The same signed areas as in `ewcm_kernels.polygons`, where they are explained: each piece of an edge within one cell adds to that
cell and to the one right of it, and a running sum along the row is the share inside.
"""

from __future__ import annotations

import numpy as np

#: A running sum below this is rounding, not area.
_NO_SHARE = 1e-11


def polygon_shares(
    x: np.ndarray, y: np.ndarray, ring_offsets: np.ndarray, rows: int, cols: int
) -> tuple[int, int, np.ndarray]:
    """Area share (0..1) of each grid cell inside the polygon: (first row, first column, float64 window of the grid).

    ``x``, ``y``: vertices in columns and rows, ``ring_offsets``: where its rings begin and end, as
    :func:`ewcm.core.grid.pixel_polygon` gives them; ``rows`` × ``cols``: the grid. Cells outside the window have share 0.
    """
    nothing = 0, 0, np.zeros((0, 0))
    if not x.size:
        return nothing
    row0, row1 = max(0, int(np.floor(y.min()))), min(rows, int(np.ceil(y.max())))
    col0, col1 = max(0, int(np.floor(x.min()))), min(cols, int(np.ceil(x.max())))
    if row1 <= row0 or col1 <= col0:
        return nothing
    height, width = row1 - row0, col1 - col0
    x, y, next_x, next_y = _edges(x - col0, y - row0, ring_offsets)
    row, dy, left, right = _by_row(x, y, next_x, next_y, height)
    cover = _by_cell(row, dy, left, right, height, width)
    share = np.cumsum(cover[:, :-1], axis=1)
    share *= _turn(x, y, next_x, next_y)
    return row0, col0, np.where(share > _NO_SHARE, np.minimum(share, 1.0), 0.0)


def _edges(
    x: np.ndarray, y: np.ndarray, ring_offsets: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Both ends (x, y, next x, next y) of every edge, rings closed."""
    following = np.arange(1, x.size + 1)
    following[ring_offsets[1:] - 1] = ring_offsets[:-1]
    return x, y, x[following], y[following]


def _turn(x: np.ndarray, y: np.ndarray, next_x: np.ndarray, next_y: np.ndarray) -> float:
    """−1 where shells have the inside left of the edges that go down (y growing), else 1: the sign of the whole area."""
    return -1.0 if float(((x - x[0]) * (next_y - y[0]) - (next_x - x[0]) * (y - y[0])).sum()) > 0.0 else 1.0


def _repeated(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The number of the thing that each of its parts belongs to, and the number of the part in it."""
    of = np.repeat(np.arange(counts.size), counts)
    return of, np.arange(of.size) - np.repeat(np.cumsum(counts) - counts, counts)


def _by_row(
    x: np.ndarray, y: np.ndarray, next_x: np.ndarray, next_y: np.ndarray, height: int
) -> tuple[np.ndarray, ...]:
    """Edges cut at the borders of rows: the row, the signed height, and the smaller and larger x of each piece."""
    down = next_y > y
    x_start, x_end = np.where(down, x, next_x), np.where(down, next_x, x)
    y_start, y_end = np.where(down, y, next_y), np.where(down, next_y, y)
    top, bottom = np.maximum(y_start, 0.0), np.minimum(y_end, float(height))
    first = np.floor(top).astype(np.int64)
    counts = np.where(bottom > top, np.ceil(bottom).astype(np.int64) - first, 0)
    edge, part = _repeated(np.maximum(counts, 0))
    row = first[edge] + part
    y_in, y_out = np.maximum(top[edge], row), np.minimum(bottom[edge], row + 1.0)
    slope = (x_end - x_start)[edge] / (y_end - y_start)[edge]
    low, high = np.minimum(x_start, x_end)[edge], np.maximum(x_start, x_end)[edge]
    x_in, x_out = (np.clip(x_start[edge] + (at - y_start[edge]) * slope, low, high) for at in (y_in, y_out))
    dy = np.where(down[edge], 1.0, -1.0) * (y_out - y_in)
    return row, dy, np.minimum(x_in, x_out), np.maximum(x_in, x_out)


def _by_cell(
    row: np.ndarray, dy: np.ndarray, left: np.ndarray, right: np.ndarray, height: int, width: int
) -> np.ndarray:
    """What the pieces add to each cell, shape (height, width + 1): a piece left of the window turns all of its row, one right of
    it nothing."""
    wide = right > left
    per_col = np.divide(dy, right - left, out=np.zeros_like(dy), where=wide)
    before = np.where(wide, (np.minimum(right, 0.0) - left) * per_col, dy) * (left < 0.0)
    inner_left, inner_right = np.clip(left, 0.0, width), np.clip(right, 0.0, width)
    first = np.floor(inner_left).astype(np.int64)
    counts = np.maximum(np.ceil(inner_right).astype(np.int64) - first, 1)
    counts[(left >= width) | (right < 0.0) | (wide & (inner_right <= inner_left))] = 0
    piece, part = _repeated(counts)
    col = first[piece] + part
    begin, end = np.maximum(inner_left[piece], col), np.minimum(inner_right[piece], col + 1.0)
    amount = np.where(wide[piece], (end - begin) * per_col[piece], dy[piece])
    middle = 0.5 * (begin + end) - col
    place = np.concatenate([row[piece] * (width + 1) + col, row[piece] * (width + 1) + col + 1, row * (width + 1)])
    added = np.concatenate([amount * (1.0 - middle), amount * middle, before])
    return np.bincount(place, weights=added, minlength=height * (width + 1)).reshape(height, width + 1)
