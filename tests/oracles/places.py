"""Codes and mean shares of grid cells, place by place over the whole grid."""

import numpy as np


def nearest_codes(code, nodes, split, every=16):
    """Code of the fine cell nearest to each place of the grid rows of ``nodes``; 0 outside."""
    row = nodes.first_row + (np.arange((nodes.past_row - nodes.first_row) * split) + 0.5) / split
    col = (np.arange((nodes.past_col - nodes.first_col) * split) + 0.5) / split
    down, right = (row - nodes.first_row) / every, col / every
    i, j = down.astype(int), right.astype(int)

    def nearest(node, size):
        across = node[:, j] + (node[:, j + 1] - node[:, j]) * (right - j)
        between = across[i] + (across[i + 1] - across[i]) * (down - i)[:, None]
        return np.where(np.isfinite(between), np.rint(between), -1).clip(-1, size).astype(int)

    at_row, at_col = nearest(nodes.fine_row, code.shape[0]), nearest(nodes.fine_col, code.shape[1])
    inside = (at_row >= 0) & (at_row < code.shape[0]) & (at_col >= 0) & (at_col < code.shape[1])
    return np.where(inside, code[at_row.clip(0, code.shape[0] - 1), at_col.clip(0, code.shape[1] - 1)], 0)


def mean_shares(place_code, split, share_of_code):
    """Grid cells and shares (in 1/250) of the codes of all places; cells whose high share rounds to 0 are left out."""
    rows, cols = place_code.shape[0] // split, place_code.shape[1] // split
    share = share_of_code.astype(np.float64)[place_code].reshape(rows, split, cols, split, 3).mean(axis=(1, 3))
    steps = np.floor(250 * share + 0.5).astype(int).reshape(-1, 3)
    cell = np.flatnonzero(steps[:, 2])
    return cell, steps[cell]


def largest_shares(footprints, chosen, case, cells):
    """Largest share of each of so many grid cells, from (cells, shares) of every footprint."""
    largest = np.zeros(cells, int)
    for index in chosen:
        for cell, share in zip(*footprints[index], strict=True):
            largest[cell] = max(largest[cell], int(share[case]))
    return largest
