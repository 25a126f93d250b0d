"""Fixed bands of rows, and threads to work them.

Where the bands are cut depends on the shape of the grid alone, never on the number of threads.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numba

#: More bands than threads, so that a band full of people does not keep the others waiting.
MOST_BANDS = 64

#: A band smaller than this is done sooner than a thread is started.
LEAST_CELLS = 1 << 18


def row_bands(rows: int, cols: int, most: int = MOST_BANDS) -> list[tuple[int, int]]:
    """Cut ``rows`` into at most ``most`` bands ``(first, past_last)`` of about equal height, none without rows."""
    count = max(1, min(most, rows, rows * cols // LEAST_CELLS))
    return [(rows * band // count, rows * (band + 1) // count) for band in range(count)]


def run(kernel: Callable[..., Any], jobs: Sequence[tuple[Any, ...]]) -> list[Any]:
    """Call ``kernel(*job)`` for every job on ``numba.get_num_threads()`` threads; results in the order of the jobs.

    The kernel must release the interpreter lock (``nogil=True``) and two jobs must not write to the same cell.
    """
    threads = min(len(jobs), numba.get_num_threads())
    if threads < 2:
        return [kernel(*job) for job in jobs]
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(lambda job: kernel(*job), jobs))
