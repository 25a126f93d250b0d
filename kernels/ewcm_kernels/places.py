"""From codes on a fine grid in degrees to a grid of people: its places, and the mean share of each of its grid cells.

A grid cell has ``split`` × ``split`` places. On a grid in degrees they are the fine cells themselves, in blocks. On a
projected grid each place takes the fine cell nearest to it: the position of a place in the fine grid is interpolated
between nodes that stand ``NODES_EVERY`` grid cells apart, for which the projection was computed exactly.
"""

import math
from typing import NamedTuple

import numpy as np

from ewcm_kernels.compiled import njit

#: Grid cells from one node to the next.
NODES_EVERY = 16

#: A share is kept as a whole number: that many make a whole.
SHARE_STEPS = 250


class Nodes(NamedTuple):
    """Positions of the nodes of some grid rows in the fine grid, as fractional rows and columns."""

    first_row: int  # grid row of the first row of nodes
    past_row: int  # the nodes hold for the grid rows before this one
    first_col: int  # grid column of the first column of nodes, a multiple of NODES_EVERY
    past_col: int
    fine_row: np.ndarray  # f64[node rows, node columns]; not finite where the projection shows nothing
    fine_col: np.ndarray


class Window(NamedTuple):
    """A part of the fine grid and its codes. Everywhere else the code is 0."""

    code: np.ndarray  # u8
    first_row: int
    first_col: int


@njit(cache=True, nogil=True)
def _nearest(node, i, j, down, right, size):
    """Fine row (or column) nearest to a place between four nodes; −1 or ``size`` beyond the fine grid and where a node is
    not known."""
    above = node[i, j] + (node[i, j + 1] - node[i, j]) * right
    below = node[i + 1, j] + (node[i + 1, j + 1] - node[i + 1, j]) * right
    between = above + (below - above) * down
    if not math.isfinite(between):
        return -1
    return np.int64(min(max(np.rint(between), -1.0), np.float64(size)))


@njit(cache=True, nogil=True)
def nearest_codes(code, nodes, split, out):
    """Code of the fine cell nearest to each place, into ``out`` (u8[rows · split, columns · split]); 0 outside.

    ``code``: the whole fine grid, u8.
    """
    for place_row in range(out.shape[0]):
        row = nodes.first_row + (place_row + 0.5) / split
        down = (row - nodes.first_row) / NODES_EVERY
        i = int(down)
        for place_col in range(out.shape[1]):
            right = (nodes.first_col + (place_col + 0.5) / split - nodes.first_col) / NODES_EVERY
            j = int(right)
            fine_row = _nearest(nodes.fine_row, i, j, down - i, right - j, code.shape[0])
            fine_col = _nearest(nodes.fine_col, i, j, down - i, right - j, code.shape[1])
            inside = 0 <= fine_row < code.shape[0] and 0 <= fine_col < code.shape[1]
            out[place_row, place_col] = code[fine_row, fine_col] if inside else 0


@njit(cache=True, nogil=True)
def _add_cell(total, places, cell, found, cells, shares):
    """Append a grid cell with its mean shares, unless the largest rounds to nothing; returns how many there are now."""
    if SHARE_STEPS * total[2] / places < 0.5:
        return found
    cells[found] = cell
    for case in range(3):
        shares[found, case] = np.uint8(SHARE_STEPS * min(1.0, total[case] / places) + 0.5)
    return found + 1


@njit(cache=True, nogil=True)
def block_shares(window, split, cols, share_of_code, cells, shares):
    """Mean shares of the grid cells that a window of codes touches, on a grid whose cells are blocks of fine cells.

    ``cols``: columns of the grid. ``share_of_code``: f32[256, 3], low, central and high; never falling from low to high.
    ``cells`` (i64) and ``shares`` (u8[n, 3], in 1/SHARE_STEPS) are filled with the grid cells, row by row, whose high
    share does not round to nothing; they must have room for all that the window touches. Returns how many they are.
    """
    code, top, left = window.code, window.first_row, window.first_col
    bottom, right = top + code.shape[0], left + code.shape[1]
    total = np.empty(3)
    found = np.int64(0)
    for row in range(top // split, (bottom + split - 1) // split):
        for col in range(left // split, (right + split - 1) // split):
            total[:] = 0.0
            for r in range(max(row * split, top) - top, min((row + 1) * split, bottom) - top):
                for c in range(max(col * split, left) - left, min((col + 1) * split, right) - left):
                    here = code[r, c]
                    if here:
                        total[0] += share_of_code[here, 0]
                        total[1] += share_of_code[here, 1]
                        total[2] += share_of_code[here, 2]
            found = _add_cell(total, split * split, row * cols + col, found, cells, shares)
    return found


@njit(cache=True, nogil=True)
def _beyond(node, i, j, first, past):
    """Whether all places between four nodes lie outside the fine rows (or columns) from ``first`` to before ``past``."""
    a, b, c, d = node[i, j], node[i, j + 1], node[i + 1, j], node[i + 1, j + 1]
    return max(max(a, b), max(c, d)) < first - 1.0 or min(min(a, b), min(c, d)) > past


@njit(cache=True, nogil=True)
def place_shares(window, nodes, split, cols, fine_shape, share_of_code, cells, shares):
    """As `block_shares`, on a grid whose places take the fine cell nearest to them, for the grid rows of ``nodes``.

    ``fine_shape``: rows and columns of the fine grid. ``cells`` and ``shares`` must have room for all grid cells of
    ``nodes``.
    """
    code, top, left = window.code, window.first_row, window.first_col
    bottom, right_edge = top + code.shape[0], left + code.shape[1]
    total = np.empty(3)
    found = np.int64(0)
    for row in range(nodes.first_row, nodes.past_row):
        i = (row - nodes.first_row) // NODES_EVERY
        for j in range((nodes.past_col - nodes.first_col + NODES_EVERY - 1) // NODES_EVERY):
            if _beyond(nodes.fine_row, i, j, top, bottom) or _beyond(nodes.fine_col, i, j, left, right_edge):
                continue
            start = nodes.first_col + j * NODES_EVERY
            for col in range(start, min(start + NODES_EVERY, nodes.past_col)):
                total[:] = 0.0
                for r in range(split):
                    # the same sums in the same order as in `nearest_codes`, so that both find the same fine cell
                    place_row = nodes.first_row + ((row - nodes.first_row) * split + r + 0.5) / split
                    down = (place_row - nodes.first_row) / NODES_EVERY
                    for c in range(split):
                        right = (col * split + c + 0.5) / split / NODES_EVERY
                        right -= nodes.first_col // NODES_EVERY
                        fine_row = _nearest(nodes.fine_row, i, j, down - i, right - j, fine_shape[0])
                        fine_col = _nearest(nodes.fine_col, i, j, down - i, right - j, fine_shape[1])
                        if top <= fine_row < bottom and left <= fine_col < right_edge:
                            here = code[fine_row - top, fine_col - left]
                            total[0] += share_of_code[here, 0]
                            total[1] += share_of_code[here, 1]
                            total[2] += share_of_code[here, 2]
                found = _add_cell(total, split * split, row * cols + col, found, cells, shares)
    return found
