"""Connected groups by flooding, one cell at a time."""

import numpy as np


def label(member):
    """Labels 0..n-1 by first cell, -1 elsewhere; 8 neighbours."""
    labels = np.full(member.shape, -1, np.int32)
    count = 0
    for seed in zip(*np.nonzero(member), strict=True):
        if labels[seed] >= 0:
            continue
        labels[seed] = count
        waiting = [seed]
        while waiting:
            row, col = waiting.pop()
            for near_row in range(max(0, row - 1), min(member.shape[0], row + 2)):
                for near_col in range(max(0, col - 1), min(member.shape[1], col + 2)):
                    if member[near_row, near_col] and labels[near_row, near_col] < 0:
                        labels[near_row, near_col] = count
                        waiting.append((near_row, near_col))
        count += 1
    return labels, count
