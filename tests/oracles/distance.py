"""Distance to the nearest covered cell, by trying them all."""

import numpy as np


def nearest_covered_km(covered, row_height_km, row_width_km):
    centre = np.cumsum(row_height_km) - 0.5 * row_height_km
    nearest = np.full(covered.shape, np.inf)
    cols = np.arange(covered.shape[1])
    for row, col in zip(*np.nonzero(covered), strict=True):
        y = (centre - centre[row])[:, None]
        squared_width = (row_width_km * row_width_km[row])[:, None]
        nearest = np.minimum(nearest, np.sqrt(y * y + squared_width * (cols - col) ** 2))
    return nearest
