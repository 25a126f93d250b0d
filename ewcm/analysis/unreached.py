"""Who is out of reach of a service, cell by cell, and which cells are ground that a coldspot can hold."""

from __future__ import annotations

import numpy as np

from ewcm.core import grid, storage
from ewcm.core.fraction import LEVELS, Case, Shares
from ewcm.coverage.combine import Coverage


def unreached_people(people: np.ndarray, shares: Shares) -> np.ndarray:
    """People × uncovered share, float64; 0 where coverage is unknown or there is no population value."""
    from ewcm_kernels.sums import unreached

    return unreached(people, shares.covered, shares.unknown)


def is_ground(people: np.ndarray, shares: Shares, fraction: float) -> np.ndarray:
    """Grid cells (bool) with people, of whose known share less than ``fraction`` is covered."""
    if shares.unknown is None:
        below = shares.covered < fraction * LEVELS
    else:
        below = shares.covered_level() < fraction * (LEVELS - shares.unknown.astype(np.float64))
    return np.asarray(below & (people > 0))


def ground_cells(service: str, case: Case, people: np.ndarray, coverage: Coverage, fraction: float) -> np.ndarray:
    """:func:`is_ground` of a whole grid, uint8."""
    ground = storage.empty((people.shape[0], people.shape[1]), np.uint8)
    for rows in grid.blocks(people.shape[0]):
        ground[rows] = is_ground(people[rows], coverage.shares(service, case, rows), fraction)
    return ground


def covered_cells(service: str, coverage: Coverage, fraction: float, case: Case = "central") -> np.ndarray:
    """Grid cells (uint8, 1 or 0) whose known covered share reaches ``fraction``."""
    covered = storage.empty(coverage.geobox.shape.yx, np.uint8)
    for rows in grid.blocks(covered.shape[0]):
        shares = coverage.shares(service, case, rows)
        covered[rows] = (shares.unknown_level() < LEVELS) & (shares.covered_level() >= fraction * LEVELS)
    return covered
