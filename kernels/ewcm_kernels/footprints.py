"""The best of several footprints: for each grid cell the largest share that any of them covers."""

import numpy as np

from ewcm_kernels.compiled import njit


@njit(cache=True, nogil=True)
def largest_shares(offsets, cells, shares, chosen, first_cell, past_cell, out):
    """Raise ``out`` to the shares of the chosen footprints in the grid cells from ``first_cell`` to before ``past_cell``.

    Footprint i has the entries ``offsets[i]`` to before ``offsets[i + 1]`` (i64) of ``cells`` (rising grid cells) and
    ``shares`` (u8, one case). ``chosen``: i64, footprints. ``out``: u8, flat, its first element is ``first_cell``.
    """
    for index in chosen:
        low, high = offsets[index], offsets[index + 1]
        past = high
        while low < high:  # the first entry that is not before first_cell
            middle = (low + high) // 2
            if cells[middle] < first_cell:
                low = middle + 1
            else:
                high = middle
        for entry in range(low, past):
            cell = np.int64(cells[entry])
            if cell >= past_cell:
                break
            if shares[entry] > out[cell - first_cell]:
                out[cell - first_cell] = shares[entry]
