"""Levels of an estimated coverage from its log-odds, and the people whom a level covers.

Log-odds of a grid cell are whole numbers of a step (int16) and their standard errors whole numbers of another (uint8), so that
what depends on one of them alone is looked up in a table. No exponential is worked out in any cell.
"""

from collections.abc import Sequence

import numpy as np
from numba import njit

from ewcm_kernels.bands import row_bands, run
from ewcm_kernels.sums import LEVELS

#: Entries of a table of log-odds: every int16, the least first.
ODDS = 1 << 16

#: Entries of a table of standard errors: every uint8.
ERRORS = 1 << 8

_LEAST = 1 << 15


@njit(cache=True, nogil=True)
def _levels(centre, error, circle, central_of, unlikely_of, lower, higher, certain, older, central, bound, first, past):
    older_central, older_bound, older_circle = older
    for row in range(first, past):
        for col in range(centre.shape[1]):
            place = np.int64(centre[row, col]) + _LEAST
            here = central_of[place]
            # Within circles of known cells the case of high coverage has everybody, outside them that of low coverage nobody.
            factor = lower[error[row, col]] if circle[row, col] else higher[error[row, col]]
            share = 1.0 / (1.0 + unlikely_of[place] * factor)
            share = min(max((share - certain) / (1.0 - 2.0 * certain), 0.0), 1.0)
            edge = np.uint16(np.rint(share * LEVELS))
            if older_central.size:
                here = min(here, older_central[row, col])
                # Where only the older service has circles, everybody has it in the case of high coverage.
                if circle[row, col] == older_circle[row, col]:
                    edge = min(edge, older_bound[row, col])
            central[row, col] = here
            bound[row, col] = edge


def estimated_levels(
    centre: np.ndarray,
    error: np.ndarray,
    circle: np.ndarray,
    central_of: np.ndarray,
    unlikely_of: np.ndarray,
    lower_factor: np.ndarray,
    higher_factor: np.ndarray,
    certain_share: float,
    older: tuple[np.ndarray, np.ndarray, np.ndarray] | None,
    central: np.ndarray,
    bound: np.ndarray,
) -> None:
    """Put the level of the central case into ``central`` and that of the other case which is open into ``bound``, both uint16
    (rows, columns): of low coverage within circles of known cells, of high coverage outside them.

    ``centre`` int16, ``error`` uint8, ``circle`` (1 within circles) uint8: (rows, columns). ``central_of``: level (uint16) by
    log-odds, (ODDS,). ``unlikely_of``: exp(−log-odds), (ODDS,). ``lower_factor``, ``higher_factor``: by what it is multiplied
    at the lower and the upper edge of the band, by error, (ERRORS,). A share within ``certain_share`` of 0 or 1 is 0 or 1.
    ``older``: ``central``, ``bound`` and ``circle`` of the older service, within which these levels are; a cell in circles of
    this service is in those of the older one.
    """
    within = (*[np.zeros((0, 0), np.uint16)] * 2, np.zeros((0, 0), np.uint8)) if older is None else older
    jobs = [
        (
            *(centre, error, circle, central_of, unlikely_of, lower_factor, higher_factor, certain_share, within),
            *(central, bound, first, past),
        )
        for first, past in row_bands(*centre.shape)
    ]
    run(_levels, jobs)


@njit(cache=True, nogil=True)
def _covered(people, centres, shares_of, has_floor, floors, first, past):
    total = 0.0
    for row in range(first, past):
        row_sum = 0.0
        for col in range(people.shape[1]):
            persons = np.float64(people[row, col])
            if not persons > 0.0:
                continue
            share = 1.0
            for service in range(len(centres)):
                share = min(share, shares_of[service, np.int64(centres[service][row, col]) + _LEAST])
                if has_floor[service]:
                    share = max(share, floors[service][row, col] / LEVELS)
            row_sum += persons * share
        total += row_sum
    return total


def covered_people(
    people: np.ndarray, centres: Sequence[np.ndarray], shares_of: np.ndarray, floors: Sequence[np.ndarray | None]
) -> float:
    """The people whom the newest of some services covers, the oldest first, each of which is estimated within the one before it
    and covers no less than its floor.

    ``people``: (rows, columns), any real type; who is NaN or not above 0 does not count. ``centres``: log-odds of each
    service, int16 of the same shape. ``shares_of``: shares (0..1) by log-odds, (services, ODDS). ``floors``: of each service,
    levels (uint16) of the same shape, or None.
    """
    levels = tuple(np.zeros((0, 0), np.uint16) if floor is None else floor for floor in floors)
    has_floor = np.array([floor is not None for floor in floors])
    jobs = [
        (people, tuple(centres), shares_of, has_floor, levels, first, past) for first, past in row_bands(*people.shape)
    ]
    return float(sum(run(_covered, jobs)))
