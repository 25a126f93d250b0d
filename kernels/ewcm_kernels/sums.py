"""Sums over rasters: whole, in blocks, by zone, and of people by what is known of their coverage.

All sums are float64 whatever the type of the values, and skip NaN, which means "no data". (A float32 running sum lost
43 % of the people over 4e7 grid cells.)
"""

import numpy as np

from ewcm_kernels.bands import MOST_BANDS, row_bands, run
from ewcm_kernels.compiled import njit

#: Coverage levels: 0..LEVELS is the coverage fraction times LEVELS; UNKNOWN where nothing is known.
LEVELS = 60_000
UNKNOWN = 65_535

#: Per-band accumulators of all zones together stay below this many numbers (128 MiB).
_MOST_ACCUMULATORS = 1 << 24

#: Columns of a block sum that are worked on together: their sums stay in the first-level cache.
_CHUNK_COLS = 1000

#: Lets the compiler add a row in several lanes at once. NaN keeps its meaning.
_LANES = {"reassoc", "contract", "nsz"}


@njit(cache=True, nogil=True, fastmath=_LANES)
def _sum_rows(values, first, past_last):
    total = 0.0
    for row in range(first, past_last):
        row_sum = 0.0
        for col in range(values.shape[1]):
            value = values[row, col]
            row_sum += np.float64(value) if value == value else 0.0
        total += row_sum
    return total


def masked_sum(values: np.ndarray) -> float:
    """Sum of all values that are not NaN.

    ``values``: 2-D array of any real type. Infinities are added as they are.
    """
    bands = row_bands(*values.shape)
    return float(sum(run(_sum_rows, [(values, first, past_last) for first, past_last in bands])))


@njit(cache=True, nogil=True, fastmath=_LANES, inline="always")
def _known(value):
    number = np.float64(value)
    return number if number == number else 0.0


@njit(cache=True, nogil=True, fastmath=_LANES)
def _sum_blocks(values, factor, out, first, past_last):
    # Down the columns first, which the compiler does in lanes, over so many columns that their sums stay in the cache;
    # five rows at a time, so that each sum is loaded and stored a fifth as often. A slice of one row is known to lie in one
    # piece, which that of several is not: without it there are no lanes.
    rows, cols = values.shape
    blocks = max(1, _CHUNK_COLS // factor)
    column_sum = np.empty(blocks * factor)
    for block_row in range(first, past_last):
        for block_col in range(0, out.shape[1], blocks):
            left = block_col * factor
            width = min(cols - left, blocks * factor)
            top, past_bottom = block_row * factor, min(rows, (block_row + 1) * factor)
            past_fives = top + (past_bottom - top) // 5 * 5
            column_sum[:] = 0.0
            for row in range(top, past_fives, 5):
                a = values[row, left : left + width]
                b = values[row + 1, left : left + width]
                c = values[row + 2, left : left + width]
                d = values[row + 3, left : left + width]
                e = values[row + 4, left : left + width]
                for col in range(width):
                    column_sum[col] += (
                        _known(a[col]) + _known(b[col]) + _known(c[col]) + _known(d[col]) + _known(e[col])
                    )
            for row in range(past_fives, past_bottom):
                a = values[row, left : left + width]
                for col in range(width):
                    column_sum[col] += _known(a[col])
            for block in range(min(blocks, out.shape[1] - block_col)):
                total = 0.0
                for col in range(block * factor, (block + 1) * factor):
                    total += column_sum[col]
                out[block_row, block_col + block] = total


def block_sum(values: np.ndarray, factor: int) -> np.ndarray:
    """Sums of blocks of ``factor`` × ``factor`` values, float64 (ceil(rows / factor), ceil(cols / factor)).

    ``values``: 2-D. Blocks start at row 0, column 0; those at the far edges may be partial. NaN is skipped, and a block of
    nothing but NaN sums to 0: the sum of the result is the sum of the values.
    """
    if factor < 1:
        raise ValueError(f"factor is {factor}; it must be at least 1")
    rows, cols = values.shape
    out = np.zeros((-(-rows // factor), -(-cols // factor)))
    bands = row_bands(out.shape[0], cols * factor)
    run(_sum_blocks, [(values, factor, out, first, past_last) for first, past_last in bands])
    return out


@njit(cache=True, nogil=True)
def _sum_zones(values, labels, zones, first, past_last):
    # Neighbours mostly share their label, so the sum of a stretch of one label is kept in a register.
    sums = np.zeros(zones)
    for row in range(first, past_last):
        label = np.int64(-1)
        stretch = 0.0
        for col in range(values.shape[1]):
            here = labels[row, col]
            if here != label:
                if label >= 0:
                    sums[label] += stretch
                label = np.int64(here)
                stretch = 0.0
            value = values[row, col]
            if value == value:
                stretch += np.float64(value)
        if label >= 0:
            sums[label] += stretch
    return sums


@njit(cache=True, nogil=True)
def _largest(labels, first, past_last):
    largest = np.int64(-1)
    for row in range(first, past_last):
        for col in range(labels.shape[1]):
            largest = max(largest, np.int64(labels[row, col]))
    return largest


def _checked_bands(shapes: set[tuple[int, ...]], labels: np.ndarray, accumulators: int) -> list[tuple[int, int]]:
    """Bands for accumulators of this many numbers each, once the labels are known to fit them."""
    if shapes != {labels.shape}:
        raise ValueError(f"arrays of one grid must have one shape, not {sorted(shapes | {labels.shape})}")
    most = max(1, min(MOST_BANDS, _MOST_ACCUMULATORS // max(1, accumulators)))
    rows, cols = labels.shape
    return row_bands(rows, cols, most)


def _check_labels(labels: np.ndarray, zones: int) -> None:
    bands = row_bands(*labels.shape)
    largest = max(run(_largest, [(labels, first, past_last) for first, past_last in bands]))
    if largest >= zones:
        raise ValueError(f"labels go up to {largest}, but there are only {zones} zones")


def zonal_sum(values: np.ndarray, labels: np.ndarray, zones: int) -> np.ndarray:
    """Sum of the values of each zone, float64 (zones,).

    ``values``: 2-D, NaN is skipped. ``labels``: integers of the same shape, 0..zones-1, negative = no zone.
    Raises ValueError for a label beyond the zones, and for shapes that differ.
    """
    bands = _checked_bands({values.shape}, labels, zones)
    _check_labels(labels, zones)
    parts = run(_sum_zones, [(values, labels, zones, first, past_last) for first, past_last in bands])
    return np.sum(parts, axis=0)


@njit(cache=True, nogil=True)
def _sum_reach(people, level, labels, zones, first, past_last):
    # In units of 1/LEVELS, in which the sums of whole people are exact.
    sums = np.zeros((zones, 3))
    for row in range(first, past_last):
        label = np.int64(-1)
        covered = 0.0
        uncovered = 0.0
        unknown = 0.0
        for col in range(people.shape[1]):
            here = labels[row, col]
            if here != label:
                if label >= 0:
                    sums[label, 0] += covered
                    sums[label, 1] += uncovered
                    sums[label, 2] += unknown
                label = np.int64(here)
                covered = 0.0
                uncovered = 0.0
                unknown = 0.0
            persons = np.float64(people[row, col])
            if persons == persons:
                share = level[row, col]
                if share == UNKNOWN:
                    unknown += persons * LEVELS
                else:
                    covered += persons * share
                    uncovered += persons * (LEVELS - np.float64(share))
        if label >= 0:
            sums[label, 0] += covered
            sums[label, 1] += uncovered
            sums[label, 2] += unknown
    return sums


@njit(cache=True, nogil=True)
def _sum_reach_in_part(people, level, unknown, labels, zones, first, past_last):
    sums = np.zeros((zones, 3))
    for row in range(first, past_last):
        for col in range(people.shape[1]):
            label = np.int64(labels[row, col])
            persons = np.float64(people[row, col])
            if label < 0 or persons != persons:
                continue
            share = np.float64(level[row, col])
            missing = np.float64(unknown[row, col])
            if share == UNKNOWN:
                share = 0.0
                missing = np.float64(LEVELS)
            sums[label, 0] += persons * share
            sums[label, 1] += persons * (LEVELS - share - missing)
            sums[label, 2] += persons * missing
    return sums


def reach_sum(
    people: np.ndarray, level: np.ndarray, labels: np.ndarray, zones: int, unknown: np.ndarray | None = None
) -> np.ndarray:
    """People covered, uncovered and unknown in each zone, float64 (zones, 3); the three add up to the people.

    ``people``: persons per grid cell, 2-D, NaN is skipped. ``level``: uint16, covered share × LEVELS, or UNKNOWN.
    ``unknown``: uint16, unknown share × LEVELS of each cell, of which level and unknown add up to at most LEVELS; None where
    a cell is unknown whole or not at all. ``labels``: integers 0..zones-1, negative = no zone. Raises ValueError as
    `zonal_sum` does.
    """
    bands = _checked_bands(
        {people.shape, level.shape} | ({unknown.shape} if unknown is not None else set()), labels, 3 * zones
    )
    _check_labels(labels, zones)
    if unknown is None:
        parts = run(_sum_reach, [(people, level, labels, zones, first, past_last) for first, past_last in bands])
    else:
        parts = run(
            _sum_reach_in_part,
            [(people, level, unknown, labels, zones, first, past_last) for first, past_last in bands],
        )
    return np.sum(parts, axis=0) / LEVELS


@njit(cache=True, nogil=True)
def _unreached(people, level, unknown, out, first, past_last):
    for row in range(first, past_last):
        for col in range(people.shape[1]):
            persons = np.float64(people[row, col])
            share = level[row, col]
            if persons != persons or share == UNKNOWN:
                out[row, col] = 0.0
                continue
            left = LEVELS - np.float64(share)
            if unknown.size:
                left -= np.float64(unknown[row, col])
            out[row, col] = persons * (left / LEVELS)


def unreached(people: np.ndarray, level: np.ndarray, unknown: np.ndarray | None = None) -> np.ndarray:
    """People out of reach in each grid cell, float64; 0 where nothing is known or there is no value of people.

    ``people``, ``level``, ``unknown``: as of :func:`reach_sum`, (rows, columns).
    """
    out = np.empty(people.shape)
    part = np.zeros((0, 0), np.uint16) if unknown is None else unknown
    run(_unreached, [(people, level, part, out, first, past_last) for first, past_last in row_bands(*people.shape)])
    return out
