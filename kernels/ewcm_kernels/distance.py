"""Distance from every grid cell to the nearest covered one.

Metric, between the centres of cells (r, c) and (r', c'):  d² = y² + w_r w_r' (c − c')², with y the sum of the row heights
between them and w the widths of their two rows. On a geographic grid w_r w_r' (c − c')² is R² cos φ cos φ' Δλ², the
haversine formula with each sine replaced by its angle: within 0.1 % of the great circle up to 300 km at latitudes up to
60°. (The width of one of the two rows alone would be out by 1.5 % there.) On a projected grid it is the plane's metric.

In each row the nearest covered cell above in every column is one parabola over the columns, and their lower envelope is
found with a stack (A. Meijster, J. B. T. M. Roerdink, W. H. Hesselink, Mathematical Morphology 18, 2000; P. F. Felzenszwalb,
D. P. Huttenlocher, Theory of Computing 8, 2012). Cells below are a second envelope. Where the widths of rows differ the
parabolas of one envelope differ slightly in curvature and two of them may cross a second time, far out; the nearer crossing
is taken, which costs below 0.1 % of distance.
"""

import math

import numpy as np

from ewcm_kernels.bands import row_bands, run
from ewcm_kernels.compiled import njit

_NONE = np.int32(-1)


@njit(cache=True, nogil=True)
def _covered_ends(covered, top_row, bottom_row, first, past_last):
    """First and last covered row of every column within the band, -1 where it has none."""
    for col in range(covered.shape[1]):
        top_row[col] = _NONE
        bottom_row[col] = _NONE
    for row in range(first, past_last):
        for col in range(covered.shape[1]):
            if covered[row, col] != 0:
                bottom_row[col] = row
                if top_row[col] == _NONE:
                    top_row[col] = row


@njit(cache=True, nogil=True, error_model="numpy")
def _envelope(nearest_row, row, height_km, width_km, start, site_col, offset, curve):
    """Lower envelope over the columns of one row: each parabola offset + curve × (c - site_col)², best from ``start`` on."""
    depth = 0
    for col in range(nearest_row.size):
        other = nearest_row[col]
        if other == _NONE:
            continue
        y = height_km[row] - height_km[other]
        new_offset = y * y
        new_curve = width_km[row] * width_km[other]
        begin = -np.inf
        while depth > 0:
            top = depth - 1
            apart = np.float64(col - site_col[top])
            # new(c) - top(c) = bend x² - 2 slope x + rest, with x counted from the top's column.
            bend = new_curve - curve[top]
            slope = new_curve * apart
            rest = slope * apart + new_offset - offset[top]
            under_root = slope * slope - bend * rest
            if under_root < 0.0:
                begin = np.inf if bend > 0.0 else -np.inf
            else:
                begin = site_col[top] + rest / (slope + math.sqrt(under_root))
            if begin > start[top]:
                break
            depth -= 1
            begin = -np.inf
        if begin < nearest_row.size:
            start[depth] = begin
            site_col[depth] = col
            offset[depth] = new_offset
            curve[depth] = new_curve
            depth += 1
    return depth


@njit(cache=True, nogil=True)
def _lower(line, depth, start, site_col, offset, curve):
    """Bring the squared distances of one row down to the envelope."""
    for piece in range(depth):
        begin = 0 if piece == 0 else np.int64(math.ceil(start[piece]))
        end = line.size if piece + 1 == depth else np.int64(math.ceil(start[piece + 1]))
        for col in range(max(begin, 0), min(end, line.size)):
            across = np.float64(col - site_col[piece])
            line[col] = min(line[col], np.float32(offset[piece] + curve[piece] * across * across))


@njit(cache=True, nogil=True)
def _distance_rows(covered, height_km, width_km, above, below, out, first, past_last):
    """One band: ``above`` and ``below`` are the nearest covered rows outside it, and are used up."""
    cols = covered.shape[1]
    start, offset, curve = np.empty(cols), np.empty(cols), np.empty(cols)
    site_col = np.empty(cols, np.int32)
    for row in range(past_last - 1, first - 1, -1):
        for col in range(cols):
            if covered[row, col] != 0:
                below[col] = row
            out[row, col] = np.inf
        depth = _envelope(below, row, height_km, width_km, start, site_col, offset, curve)
        _lower(out[row], depth, start, site_col, offset, curve)
    for row in range(first, past_last):
        for col in range(cols):
            if covered[row, col] != 0:
                above[col] = row
        depth = _envelope(above, row, height_km, width_km, start, site_col, offset, curve)
        _lower(out[row], depth, start, site_col, offset, curve)
        for col in range(cols):
            out[row, col] = math.sqrt(out[row, col])


def nearest_covered_km(
    covered: np.ndarray, row_height_km: np.ndarray, row_width_km: np.ndarray, out: np.ndarray | None = None
) -> np.ndarray:
    """Distance [km] from the centre of every cell to the centre of the nearest covered one, float32.

    ``covered``: 2-D uint8 or bool, not 0 = covered. ``row_height_km``, ``row_width_km``: size of the cells of each row,
    (rows,), positive. ``out``: float32 array of the shape of ``covered`` to be filled and returned; made anew without it. 0 at
    covered cells; infinite where nothing at all is covered. Metric: see the module.
    """
    rows, cols = covered.shape
    height_km, width_km = (np.ascontiguousarray(size, np.float64) for size in (row_height_km, row_width_km))
    if height_km.shape != (rows,) or width_km.shape != (rows,):
        raise ValueError("row_height_km and row_width_km must have one number a row")
    covered = covered.view(np.uint8)
    centre_km = np.cumsum(height_km) - 0.5 * height_km
    bands = row_bands(rows, cols)
    top_row, bottom_row = np.empty((2, len(bands), cols), np.int32)
    run(_covered_ends, [(covered, top_row[i], bottom_row[i], *band) for i, band in enumerate(bands)])
    # Nearest covered row above each band, and below it: rows are numbered downwards, and -1 is none.
    above, below = np.full((2, len(bands), cols), _NONE)
    for i in range(1, len(bands)):
        above[i] = np.where(bottom_row[i - 1] == _NONE, above[i - 1], bottom_row[i - 1])
    for i in range(len(bands) - 2, -1, -1):
        below[i] = np.where(top_row[i + 1] == _NONE, below[i + 1], top_row[i + 1])
    if out is None:
        out = np.empty((rows, cols), np.float32)
    run(
        _distance_rows, [(covered, centre_km, width_km, above[i], below[i], out, *band) for i, band in enumerate(bands)]
    )
    return out
