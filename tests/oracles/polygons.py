"""Share of each grid cell inside a polygon, by clipping the polygon to the cell."""

import numpy as np


def _clip(points, axis, bound, keep_below):
    """Sutherland-Hodgman against one side of a box; keeps the area even of a polygon that is not convex."""
    kept = []
    for start, end in zip(points, points[1:] + points[:1], strict=True):
        start_in = start[axis] <= bound if keep_below else start[axis] >= bound
        end_in = end[axis] <= bound if keep_below else end[axis] >= bound
        if start_in != end_in:
            share = (bound - start[axis]) / (end[axis] - start[axis])
            crossing = [start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1])]
            crossing[axis] = bound
            kept += [tuple(crossing)] if start_in else [tuple(crossing), end]
        elif end_in:
            kept.append(end)
    return kept


def _area(points):
    return 0.5 * sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(points, points[1:] + points[:1], strict=True))


def polygon_fraction(x, y, ring_offsets, rows, cols):
    """The whole grid, not a window."""
    rings = [
        list(zip(x[first:stop].tolist(), y[first:stop].tolist(), strict=True))
        for first, stop in zip(ring_offsets[:-1], ring_offsets[1:], strict=True)
    ]
    fraction = np.zeros((rows, cols))
    for row in range(rows):
        for col in range(cols):
            for ring in rings:
                for axis, bound, keep_below in (
                    (0, col, False),
                    (0, col + 1, True),
                    (1, row, False),
                    (1, row + 1, True),
                ):
                    ring = _clip(ring, axis, bound, keep_below)
                fraction[row, col] += _area(ring)
    return fraction * np.sign(sum(_area(ring) for ring in rings))


def polygon_sum(values, x, y, ring_offsets):
    return float(np.nansum(values * polygon_fraction(x, y, ring_offsets, *values.shape)))
