"""Sums, with numpy and loops."""

import numpy as np


def masked_sum(values):
    return float(np.nansum(values.astype(np.float64)))


def block_sum(values, factor):
    rows, cols = values.shape
    return np.array(
        [
            [masked_sum(values[row : row + factor, col : col + factor]) for col in range(0, cols, factor)]
            for row in range(0, rows, factor)
        ]
    )


def zonal_sum(values, labels, zones):
    return np.array([masked_sum(values[labels == zone]) for zone in range(zones)])


def reach_sum(people, level, labels, zones):
    known = level != 65535
    fraction = np.where(known, level / 60000.0, 0.0)
    covered = people.astype(np.float64) * fraction
    uncovered = np.where(known, people - covered, 0.0)
    unknown = np.where(known, 0.0, people)
    return np.stack([zonal_sum(part, labels, zones) for part in (covered, uncovered, unknown)], axis=1)
