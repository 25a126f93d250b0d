"""The same call under several numbers of threads."""

import numba


def under_threads(call):
    """Results of ``call()`` with 1, 2 and 8 threads, as far as numba was started with so many."""
    before = numba.get_num_threads()
    results = []
    for threads in (1, 2, 8):
        numba.set_num_threads(min(threads, numba.config.NUMBA_NUM_THREADS))
        results.append(call())
    numba.set_num_threads(before)
    return results
