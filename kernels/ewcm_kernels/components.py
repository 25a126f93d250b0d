"""Connected groups of grid cells (8-neighbour) and what they hold, without an image of labels.

Each row is cut into runs of member cells; runs of neighbouring rows that touch are joined in a union-find forest whose
roots are the first runs of their groups (run-length labelling; L. He, Y. Chao, K. Suzuki, IEEE Trans. Image Process. 17(5),
2008). Bands of rows are joined within themselves in parallel and then at their seams. The time and the memory beyond
the one pass over the members go with the number of runs, not with the size of the grid.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ewcm_kernels.bands import row_bands, run
from ewcm_kernels.compiled import njit

#: Shifts and masks for eight cells in one word, the leftmost in the lowest byte.
_BYTE = np.uint64(8)
_LAST_BYTE = np.uint64(56)
_FULL_BYTE = np.uint64(255)

#: Times 256**k, the highest byte of this (modulo 2**64) is k: the place of a lone 1 in a word.
_PLACES = np.uint64(0x0001020304050607)

#: Runs that one thread sums in one go.
_RUNS_A_JOB = 1 << 15


class Components(NamedTuple):
    """Groups numbered 0..n-1 by their first cell, rows from the top and columns from the left.

    ``cells``: int64 (n,). ``sums``: float64 (weights, n), one row a weight. ``row_moment``, ``col_moment``: float64 (n,),
    sum of first weight × row (or column) number; divided by the sum of the weight, the weighted centre in cell numbers.
    ``area_km2``: float64 (n,). ``box``: int64 (n, 4): first row, past the last row, first column, past the last column.
    ``run_row``, ``run_start``, ``run_stop``, ``run_component``: int32 (runs,), the cells themselves, row by row: columns
    start..stop-1 of the row.
    """

    cells: np.ndarray
    sums: np.ndarray
    row_moment: np.ndarray
    col_moment: np.ndarray
    area_km2: np.ndarray
    box: np.ndarray
    run_row: np.ndarray
    run_start: np.ndarray
    run_stop: np.ndarray
    run_component: np.ndarray


@njit(cache=True, nogil=True)
def _line_buffer(cols):
    """Room for one row as bytes of 0 and 1, and the same memory as words of eight; it ends in at least one 0."""
    line = np.zeros((cols // 8 + 1) * 8, np.uint8)
    return line, line.view(np.uint64)


@njit(cache=True, nogil=True)
def _load(member, row, line):
    for col in range(member.shape[1]):
        line[col] = member[row, col] != 0


@njit(cache=True, nogil=True)
def _count_runs(member, counts, first, past_last):
    line, words = _line_buffer(member.shape[1])
    for row in range(first, past_last):
        _load(member, row, line)
        count = 0
        previous = np.uint64(0)
        # Each byte of the sum counts the runs that start in its place; it is read before it can overflow.
        for chunk in range(0, words.size, 255):
            starts = np.uint64(0)
            for word in range(chunk, min(words.size, chunk + 255)):
                starts += words[word] & ~((words[word] << _BYTE) | previous)
                previous = words[word] >> _LAST_BYTE
            for place in range(8):
                count += np.int64((starts >> np.uint64(8 * place)) & _FULL_BYTE)
        counts[row] = count


@njit(cache=True, nogil=True)
def _root(parent, run_index):
    while parent[run_index] != run_index:
        parent[run_index] = parent[parent[run_index]]
        run_index = parent[run_index]
    return run_index


@njit(cache=True, nogil=True)
def _join_rows(start, stop, parent, above, above_end, below, below_end):
    """Join the runs above..above_end of one row with the runs below..below_end of the next, where they touch."""
    while above < above_end and below < below_end:
        if stop[above] >= start[below] and stop[below] >= start[above]:
            a, b = _root(parent, above), _root(parent, below)
            # The smaller number stays root: the group's first run.
            if a < b:
                parent[b] = a
            else:
                parent[a] = b
        if stop[above] < stop[below]:
            above += 1
        else:
            below += 1


@njit(cache=True, nogil=True)
def _find_runs(member, row_offsets, run_row, start, stop, parent, first, past_last):
    line, words = _line_buffer(member.shape[1])
    for row in range(first, past_last):
        _load(member, row, line)
        index = row_offsets[row]
        inside = False
        previous = np.uint64(0)
        for word in range(words.size):
            # A byte of 1 wherever a cell differs from the one left of it.
            changes = words[word] ^ ((words[word] << _BYTE) | previous)
            previous = words[word] >> _LAST_BYTE
            while changes != 0:
                lowest = changes & (~changes + np.uint64(1))
                changes ^= lowest
                col = 8 * word + np.int64((lowest * _PLACES) >> _LAST_BYTE)
                if inside:
                    stop[index] = col
                    index += 1
                else:
                    run_row[index] = row
                    start[index] = col
                    parent[index] = index
                inside = not inside
        if row > first:
            _join_rows(start, stop, parent, row_offsets[row - 1], row_offsets[row], row_offsets[row], index)


@njit(cache=True, nogil=True)
def _number(parent):
    """Replace each run's parent by the number of its group; parents stand before their children. Returns the count."""
    count = 0
    for index in range(parent.size):
        if parent[index] == index:
            parent[index] = count
            count += 1
        else:
            parent[index] = parent[parent[index]]
    return count


@njit(cache=True, nogil=True)
def _shapes(run_row, start, stop, component, row_area_km2, cells, area_km2, box):
    for index in range(component.size):
        group = component[index]
        length = stop[index] - start[index]
        row = run_row[index]
        if cells[group] == 0:
            box[group, 0] = row
            box[group, 2] = start[index]
        cells[group] += length
        area_km2[group] += length * row_area_km2[row]
        box[group, 1] = row + 1
        box[group, 2] = min(box[group, 2], start[index])
        box[group, 3] = max(box[group, 3], stop[index])


@njit(cache=True, nogil=True)
def _sum_runs(weight, run_row, start, stop, run_sum, run_moment, first, past_last):
    for index in range(first, past_last):
        row = run_row[index]
        total = 0.0
        moment = 0.0
        for col in range(start[index], stop[index]):
            value = np.float64(weight[row, col])
            if value == value:
                total += value
                moment += value * col
        run_sum[index] = total
        run_moment[index] = moment


@njit(cache=True, nogil=True)
def _gather(component, run_value, out):
    for index in range(component.size):
        out[component[index]] += run_value[index]


def components(
    member: np.ndarray, weights: Sequence[np.ndarray] | np.ndarray = (), row_area_km2: np.ndarray | None = None
) -> Components:
    """Groups of member cells that touch at a side or a corner, with the sums of any number of weights over each.

    ``member``: 2-D uint8 or bool, not 0 = member. ``weights``: 2-D float arrays of the same shape (a sequence, or stacked
    in one 3-D array), NaN counts as 0; the first also gives the moments. ``row_area_km2``: area of one cell of each row,
    (rows,); without it areas are 0. The result does not depend on the number of threads.
    """
    rows, cols = member.shape
    if any(weight.shape != member.shape for weight in weights):
        raise ValueError("every weight must have the shape of member")
    if row_area_km2 is not None and row_area_km2.shape != (rows,):
        raise ValueError("row_area_km2 must have one number a row")
    member = member.view(np.uint8)
    bands = row_bands(rows, cols)
    row_offsets = np.zeros(rows + 1, np.int64)
    run(_count_runs, [(member, row_offsets[1:], *band) for band in bands])
    np.cumsum(row_offsets, out=row_offsets)
    runs = int(row_offsets[-1])
    run_row, start, stop, parent = (np.empty(runs, np.int32) for _ in range(4))
    run(_find_runs, [(member, row_offsets, run_row, start, stop, parent, *band) for band in bands])
    for seam, _ in bands[1:]:
        _join_rows(start, stop, parent, *row_offsets[[seam - 1, seam, seam, seam + 1]])
    count = _number(parent)

    cells, box = np.zeros(count, np.int64), np.zeros((count, 4), np.int64)
    area_km2 = np.zeros(count)
    row_area_km2 = np.zeros(rows) if row_area_km2 is None else np.ascontiguousarray(row_area_km2, np.float64)
    _shapes(run_row, start, stop, parent, row_area_km2, cells, area_km2, box)

    sums = np.zeros((len(weights), count))
    row_moment, col_moment = np.zeros(count), np.zeros(count)
    run_sum, run_moment = np.empty(runs), np.empty(runs)
    jobs = [(first, min(runs, first + _RUNS_A_JOB)) for first in range(0, runs, _RUNS_A_JOB)]
    for number, weight in enumerate(weights):
        run(_sum_runs, [(weight, run_row, start, stop, run_sum, run_moment, *job) for job in jobs])
        _gather(parent, run_sum, sums[number])
        if number == 0:
            _gather(parent, run_moment, col_moment)
            run_sum *= run_row
            _gather(parent, run_sum, row_moment)
    return Components(cells, sums, row_moment, col_moment, area_km2, box, run_row, start, stop, parent)


def runs_of(found: Components, wanted: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Runs of the wanted groups only: (row, start, stop, place of the group in ``wanted``), int32, row by row.

    ``wanted``: numbers of groups, each at most once, in any order (the largest first, say).
    """
    place = np.full(found.cells.size, -1, np.int32)
    place[wanted] = np.arange(len(wanted), dtype=np.int32)
    run_place = place[found.run_component]
    keep = run_place >= 0
    return found.run_row[keep], found.run_start[keep], found.run_stop[keep], run_place[keep]


@njit(cache=True, nogil=True)
def _paint_runs(run_row, start, stop, label, out):
    for index in range(run_row.size):
        out[run_row[index], start[index] : stop[index]] = label[index]


def label_image(
    run_row: np.ndarray, run_start: np.ndarray, run_stop: np.ndarray, run_label: np.ndarray, shape: tuple[int, int]
) -> np.ndarray:
    """An image of the runs' labels, int32 of ``shape``, -1 where there is no run. For those who need the picture."""
    out = np.full(shape, -1, np.int32)
    _paint_runs(run_row, run_start, run_stop, run_label, out)
    return out
